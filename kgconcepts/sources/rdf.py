"""OWL ontologies in RDF: RDF/XML, Turtle, N-Triples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS
from rdflib.plugins.parsers.notation3 import BadSyntax

from kgconcepts.errors import SourceError
from kgconcepts.files import read_text, sha256
from kgconcepts.graph import KINDS, TRAITS, Concept, ConceptGraph, Relation, Source
from kgconcepts.identifiers import OBO, VOCABULARY, curie

__all__ = ["can_read", "concepts", "parse", "read"]

_KGC = rdflib.Namespace(VOCABULARY)
_OBO = rdflib.Namespace(OBO)
_OIO = rdflib.Namespace("http://www.geneontology.org/formats/oboInOwl#")

_DEFINITIONS = (_OBO.IAO_0000115, SKOS.definition)
_SYNONYMS = (_OIO.hasExactSynonym, _OIO.hasRelatedSynonym, SKOS.altLabel)
_RELATIONS: dict[rdflib.term.Node | None, str] = {
    _OBO.BFO_0000050: "part_of",
    _OBO.BFO_0000051: "has_part",
    _OBO.RO_0000086: "has_quality",
    **{_KGC[name]: name for name in ("part_of", *TRAITS)},
}
_STARTS = (
    *("<?xml", "<!--", "<!doctype rdf", "<rdf:rdf"),
    *("<http", "<urn:", "_:", "[", "#", "@prefix", "@base", "prefix ", "base "),
)
_KIND_OF_TRAIT = {"has_part": "part", "has_quality": "quality", "has_stage": "stage"}


def can_read(head: str) -> bool:
    """Return whether a file that begins like this may be RDF."""
    return head.lstrip().lower().startswith(_STARTS)


def read(path: Path) -> ConceptGraph:
    """Read the named classes of an ontology.

    Labels, definitions, synonyms and cross-references are taken from the usual annotations,
    relations from ``subClassOf``, ``some`` restrictions included. Obsolete classes are left out.
    What does not say its kind is of the kind that relations to it tell, a taxon where none does.
    """
    triples = parse(path)
    header = next(triples.subjects(RDF.type, OWL.Ontology), rdflib.BNode())
    source = Source(
        path.name,
        sha256(path),
        str(triples.value(header, OWL.versionInfo) or triples.value(header, OWL.versionIRI) or ""),
        str(triples.value(header, DCTERMS.license) or ""),
    )
    found, relations = concepts(triples, source.name)
    if not found:
        raise SourceError(f"{path}: declares no owl:Class with a name; give an OWL ontology")
    return ConceptGraph(found, relations, [source])


def concepts(triples: rdflib.Graph, source: str) -> tuple[list[Concept], list[Relation]]:
    """Return the concepts and relations that triples state, in alphabetical order of their IRIs."""
    obsolete = {
        subject
        for subject, value in triples.subject_objects(OWL.deprecated)
        if isinstance(value, rdflib.Literal) and value.value is True
    }
    classes = sorted(
        {c for c in triples.subjects(RDF.type, OWL.Class) if isinstance(c, rdflib.URIRef)}
        - obsolete
        - {OWL.Thing},
        key=str,
    )
    ids: dict[rdflib.term.Node | None, str] = {class_: curie(str(class_)) for class_ in classes}
    relations = sorted(_relations(triples, ids))
    kinds = _kinds(relations)
    found = [_concept(triples, c, ids[c], kinds.get(ids[c], "taxon"), source) for c in classes]
    return found, relations


def _kinds(relations: list[Relation]) -> dict[str, str]:
    """Return the kinds of traits, which what is above and below them in ``is_a`` shares."""
    kinds = {r.parent: _KIND_OF_TRAIT[r.relation] for r in relations if r.relation in TRAITS}
    isa = nx.DiGraph((r.child, r.parent) for r in relations if r.relation == "is_a")
    having = {r.child for r in relations if r.relation in TRAITS} - set(kinds)
    for id_, kind in list(kinds.items()):
        if id_ in isa:
            # networkx's descendants are what the arrows lead to: here, the ancestors.
            above = (a for a in nx.descendants(isa, id_) if not nx.ancestors(isa, a) & having)
            for relative in (*above, *nx.ancestors(isa, id_)):
                kinds.setdefault(relative, kind)
    return kinds


def parse(path: Path) -> rdflib.Graph:
    """Parse a file's triples.

    Raises
    ------
    SourceError
        If it is malformed; the message gives the parser's account of where.
    """
    text = read_text(path)
    format_ = "xml" if text.lstrip().startswith("<?xml") or "<rdf:RDF" in text[:4096] else "turtle"
    try:
        return rdflib.Graph().parse(data=text, format=format_)
    except BadSyntax as error:  # rdflib counts lines twice where it looks ahead
        line = error._str.decode()[: error._i].count("\n") + 1
        raise SourceError(
            f"{path}, line {line}: malformed turtle: {error._why}; correct it there"
        ) from error
    except Exception as error:  # rdflib raises nearly anything on what it does not expect
        account = " ".join(str(error).split())[:200]
        raise SourceError(f"{path}: malformed {format_}: {account}; correct it there") from error


def _relations(triples: rdflib.Graph, ids: Mapping[Any, str]) -> Iterator[Relation]:
    for class_, id_ in ids.items():
        for above in triples.objects(class_, RDFS.subClassOf):
            if above in ids:
                yield Relation(id_, "is_a", ids[above])
                continue
            property_ = triples.value(above, OWL.onProperty)
            filler = triples.value(above, OWL.someValuesFrom)
            if property_ in _RELATIONS and filler in ids:
                yield Relation(id_, _RELATIONS[property_], ids[filler])


def _concept(
    triples: rdflib.Graph, class_: rdflib.term.Node, id_: str, kind: str, source: str
) -> Concept:
    def texts(*properties: rdflib.term.Node) -> tuple[str, ...]:
        found = {o for p in properties for o in triples.objects(class_, p)}
        # English, or what names no language, before other languages.
        foreign = {o: not str(getattr(o, "language", "") or "en").startswith("en") for o in found}
        return tuple(
            dict.fromkeys(str(o) for o in sorted(found, key=lambda o: (foreign[o], str(o))))
        )

    kind = next(iter(texts(_KGC["kind"])), kind)
    return Concept(
        id_,
        label=next(iter(texts(RDFS.label) or texts(SKOS.prefLabel)), id_),
        kind=kind if kind in KINDS else "taxon",
        definition=next(iter(texts(*_DEFINITIONS)), ""),
        synonyms=texts(*_SYNONYMS),
        xrefs=texts(_OIO.hasDbXref),
        rank=next(iter(texts(_KGC["rank"])), ""),
        source=next(iter(texts(_KGC["from_source"])), source),
    )
