"""OWL ontologies and SKOS thesauri, in any syntax of RDF."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl
from pydantic import TypeAdapter, ValidationError

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, Source
from kgconcepts.identifiers import OBO, VOCABULARY, curie
from kgconcepts.sources import triples as rdf
from kgconcepts.sources.document import Document
from kgconcepts.sources.statements import Statements, assemble, no_collection
from kgconcepts.sources.triples import RDF, Literal, Triples, literal, value

__all__ = [
    "DCTERMS",
    "NAME",
    "OIO",
    "OWL",
    "PROPERTIES",
    "RDFS",
    "SKOS",
    "can_read",
    "graph",
    "read",
]

NAME = "RDF (RDF/XML, Turtle, N-Triples, JSON-LD)"
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OIO = "http://www.geneontology.org/formats/oboInOwl#"
DCTERMS = "http://purl.org/dc/terms/"
DC = "http://purl.org/dc/elements/1.1/"
ISO_THES = "http://purl.org/iso25964/skos-thes#"

PROPERTIES = {  # what an ontology calls our relations; the first is what we write
    "part_of": (OBO + "BFO_0000050", VOCABULARY + "part_of"),
    "has_part": (OBO + "BFO_0000051", VOCABULARY + "has_part"),
    "has_quality": (OBO + "RO_0000086", VOCABULARY + "has_quality"),
    "has_stage": (VOCABULARY + "has_stage",),
}
_RELATION = {address: name for name, addresses in PROPERTIES.items() for address in addresses}
_DEFINITIONS = (OBO + "IAO_0000115", SKOS + "definition")
_SYNONYMS = {
    OIO + "hasExactSynonym": "exact",
    SKOS + "altLabel": "exact",
    SKOS + "hiddenLabel": "related",
    OIO + "hasNarrowSynonym": "narrow",
    OIO + "hasBroadSynonym": "broad",
    OIO + "hasRelatedSynonym": "related",
    OIO + "hasSynonym": "related",
}
_BROADER = (SKOS + "broader", ISO_THES + "broaderGeneric", ISO_THES + "broaderInstantial")
_NARROWER = (SKOS + "narrower", ISO_THES + "narrowerGeneric", ISO_THES + "narrowerInstantial")
_COMMENTS = (RDFS + "comment", SKOS + "scopeNote", SKOS + "note")
_MATCHES = tuple(SKOS + name for name in ("exactMatch", "closeMatch"))
_SOURCES = TypeAdapter(list[Source])

can_read = rdf.can_read


def read(document: Document) -> ConceptGraph:
    """Read the named classes of an ontology, and the concepts of a thesaurus.

    Labels, definitions, synonyms and cross-references are taken from the usual annotations (OBO,
    SKOS), English first; other languages' labels are synonyms. Relations come from ``subClassOf``,
    ``some`` restrictions included, and from ``broader``. An equivalence to an intersection is
    kept. What does not say its kind gets it from its place (`kinds.guess`).

    Raises
    ------
    SourceError
        If the document is malformed or names no class and no concept.
    """
    return graph(rdf.parse(document), document)


def graph(triples: Triples, document: Document) -> ConceptGraph:
    """Make a graph of triples."""
    header = next((s for s, o in triples.pairs(RDF + "type") if value(o) == OWL + "Ontology"), "")
    source, own_sources = _source(triples, header, document)
    with no_collection():
        stated = _state(triples)
        if not stated.ids:
            raise SourceError(
                f"{document.where}: declares no owl:Class and no skos:Concept with a name; give "
                "an ontology or a thesaurus"
            )
        return assemble(stated, source, own_sources)


def _source(
    triples: Triples, header: str, document: Document
) -> tuple[Source, list[Source] | None]:
    """Return what the file says of itself and, where it says so, the sources it was made from."""

    def said(*addresses: str) -> str:
        terms = [o for a in addresses for s, o in triples.pairs(a) if s == header]
        return _in_order(terms)[0].text if terms else ""

    source = Source(
        document.name,
        document.sha256,
        said(OWL + "versionInfo") or said(OWL + "versionIRI"),
        said(DCTERMS + "license", DC + "license", DC + "rights"),
        said(DCTERMS + "title", DC + "title"),
        said(DCTERMS + "description", DC + "description"),
        value(header) if header.startswith("<") else "",
        tuple(value(o) for s, o in triples.pairs(OWL + "imports") if s == header),
    )
    if not (stated := said(VOCABULARY + "sources")):
        return source, None
    try:
        return source, _SOURCES.validate_json(stated)
    except ValidationError as error:
        raise SourceError(
            f"{document.where}: kgconcepts' own list of sources is damaged: "
            f"{' '.join(str(error).split())[:200]}; remove it"
        ) from error


def _state(triples: Triples) -> Statements:
    kinds = [f"<{OWL}Class>", f"<{SKOS}Concept>"]
    subjects = (
        triples.of(RDF + "type")
        .filter(pl.col("o").is_in(kinds) & pl.col("s").str.starts_with("<"))
        .filter(pl.col("s") != f"<{OWL}Thing>")
        .unique("s", keep="first", maintain_order=True)
        .select("s", id=pl.col("s").str.slice(1, pl.col("s").str.len_chars() - 2))
    )
    subjects = subjects.with_columns(pl.Series("id", [curie(a) for a in subjects["id"]], pl.String))
    subjects = subjects.unique("id", keep="first", maintain_order=True)
    stated = Statements(ids=dict.fromkeys(subjects["id"].to_list()))
    _annotate(triples, subjects, stated)
    _relate(triples, subjects, stated)
    return stated


def _annotate(triples: Triples, subjects: pl.DataFrame, stated: Statements) -> None:
    def texts(*addresses: str) -> pl.DataFrame:
        return triples.texts(subjects, *addresses)

    labels, foreign = _one_language(texts(RDFS + "label", SKOS + "prefLabel"))
    stated.labels = _by_id(labels)
    stated.definitions = _by_id(_one_language(texts(*_DEFINITIONS))[0])
    stated.comments = _by_id(_one_language(texts(*_COMMENTS))[0])
    synonyms = pl.concat(
        [
            found.select("id", "text", scope=pl.lit(scope))
            for scope, found in (
                *((scope, texts(address)) for address, scope in _SYNONYMS.items()),
                ("exact", foreign),
            )
        ]
    )
    stated.synonyms = _by_id(synonyms)
    if (synonyms["scope"] != "exact").any():
        stated.scopes = _by_id(synonyms, "scope")
    stated.kinds = _by_id(texts(VOCABULARY + "kind"))
    stated.ranks = _by_id(texts(VOCABULARY + "rank"))
    stated.authorities = _by_id(texts(VOCABULARY + "authority"))
    stated.status = _by_id(texts(VOCABULARY + "status"))
    stated.sources = _by_id(texts(VOCABULARY + "from_source"))
    stated.xrefs = _by_id(_ids(texts(OIO + "hasDbXref", *_MATCHES)))
    stated.replaced_by = _by_id(_ids(texts(OBO + "IAO_0100001", DCTERMS + "isReplacedBy")))
    deprecated = texts(OWL + "deprecated").filter(pl.col("text").is_in(["true", "1"]))
    stated.obsolete = set(deprecated["id"].to_list())


def _one_language(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part what is in the language of a concept's first text from what is in others."""
    language = pl.col("language").str.slice(0, 2).replace("", "en")
    first = language == language.first().over("id")
    return texts.filter(first), texts.filter(~first)


def _by_id(texts: pl.DataFrame, column: str = "text") -> dict[str, list[str]]:
    grouped = texts.group_by("id", maintain_order=True).agg(column)
    return dict(zip(grouped["id"].to_list(), grouped[column].to_list(), strict=True))


def _ids(texts: pl.DataFrame) -> pl.DataFrame:
    """Write addresses as ids."""
    if not texts["text"].str.contains("^(http|urn:)").any():
        return texts
    return texts.with_columns(pl.Series("text", [curie(t) for t in texts["text"]], pl.String))


def _relate(triples: Triples, subjects: pl.DataFrame, stated: Statements) -> None:
    names = dict(zip(subjects["s"].to_list(), subjects["id"].to_list(), strict=True))
    properties = {s: value(o) for s, o in triples.pairs(OWL + "onProperty")}
    fillers = dict(triples.pairs(OWL + "someValuesFrom"))
    members = dict(triples.pairs(OWL + "intersectionOf"))
    relation = {term: _relation(address) for term, address in properties.items()}

    def parts(term: str) -> Iterator[tuple[str, str]]:
        """Give what a class expression says its instances are and have, as (relation, id)."""
        if term in names:
            yield "is_a", names[term]
        elif term in fillers and term in relation:
            filler = fillers[term]
            if filler[0] == "<":
                yield relation[term], curie(filler[1:-1])
        elif term in members:
            for member in triples.collection(members[term]):
                if member not in members:
                    yield from parts(member)
        elif term[0] == "<" and term != f"<{OWL}Thing>":
            yield "is_a", curie(term[1:-1])

    relations = stated.relations
    for term, above in triples.pairs(RDFS + "subClassOf"):
        if (id_ := names.get(term)) is not None:
            if above in names:
                relations.append((id_, "is_a", names[above]))
            else:
                relations += [(id_, r, p) for r, p in parts(above)]
    for term, same in triples.pairs(OWL + "equivalentClass"):
        if (id_ := names.get(term)) is not None and same in members:
            if whole := tuple(parts(same)):
                stated.intersections[id_].append(whole)
        elif id_ is not None and same in names and term != same:
            stated.xrefs[id_].append(names[same])
    for term, other in triples.pairs(OWL + "disjointWith"):
        if term in names and other in names:
            relations.append((names[term], "disjoint_with", names[other]))
    for term, list_ in triples.pairs(OWL + "members"):
        if (f"<{OWL}AllDisjointClasses>") in triples.objects(RDF + "type").get(term, ()):
            apart = [names[m] for m in triples.collection(list_) if m in names]
            relations += [
                (a, "disjoint_with", b) for k, a in enumerate(apart) for b in apart[k + 1 :]
            ]
    for address, name, forward in (
        *((a, "is_a", True) for a in _BROADER),
        *((a, "is_a", False) for a in _NARROWER),
        (ISO_THES + "broaderPartitive", "part_of", True),
        *((a, name, True) for name, addresses in PROPERTIES.items() for a in addresses),
        (SKOS + "related", _relation(SKOS + "related"), True),
    ):
        for child, parent in triples.pairs(address):
            ends = (child, parent) if forward else (parent, child)
            if all(end in names for end in ends):
                relations.append((names[ends[0]], name, names[ends[1]]))
    labels = triples.objects(RDFS + "label")
    for address in {*properties.values(), SKOS + "related"}:
        if terms := labels.get(f"<{address}>"):
            stated.relation_labels[_relation(address)] = _in_order(terms)[0].text
    _unread(triples, names, {*relation, *members}, stated)


def _unread(
    triples: Triples, names: dict[str, str], understood: set[str], stated: Statements
) -> None:
    """Report class expressions that have no place in a graph."""
    for address in ("subClassOf", "equivalentClass"):
        base = RDFS if address == "subClassOf" else OWL
        count: dict[str, int] = defaultdict(int)
        for term, other in triples.pairs(base + address):
            if term in names and other[0] == "_" and other not in understood:
                count[names[term]] += 1
        stated.findings += [
            Finding("INFO", "unread_axiom", id_, address, f"{number} class expressions")
            for id_, number in count.items()
        ]


def _relation(address: str) -> str:
    """Return one of our relations, or a property's CURIE."""
    name = _RELATION.get(address)
    return name or curie(address)


def _in_order(terms: Iterable[str]) -> list[Literal]:
    """Return literals, English or without a language first, then by language."""

    def order(found: Literal) -> tuple[bool, str]:
        english = found.language[:2].lower() in ("", "en")
        return not english, "" if english else found.language

    return sorted((literal(t) if t[0] == '"' else Literal(value(t)) for t in terms), key=order)
