"""OWL ontologies and SKOS thesauri, in any syntax of RDF."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph, Source
from kgconcepts.identifiers import OBO, VOCABULARY, curie
from kgconcepts.sources import triples as rdf
from kgconcepts.sources.axioms import by_id, relate
from kgconcepts.sources.document import Document
from kgconcepts.sources.origin import own_sources
from kgconcepts.sources.statements import Statements, assemble
from kgconcepts.sources.triples import RDF, Literal, Triples, literal, value
from kgconcepts.sources.vocabularies import DC, DCTERMS, OIO, OWL, RDFS, SKOS

__all__ = ["NAME", "can_read", "graph", "read"]

NAME = "RDF (RDF/XML, Turtle, N-Triples, JSON-LD)"
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
_COMMENTS = (RDFS + "comment", SKOS + "scopeNote", SKOS + "note")
_MATCHES = tuple(SKOS + name for name in ("exactMatch", "closeMatch"))

can_read = rdf.can_read


def read(document: Document) -> ConceptGraph:
    """Read the named classes of an ontology, and the concepts of a thesaurus.

    Labels, definitions, synonyms and cross-references are taken from the usual annotations (OBO,
    SKOS), English first; other languages' labels are synonyms. Relations come from ``subClassOf``,
    ``some`` restrictions included, from ``broader``, and from triples between two concepts whose
    predicate is declared an object property. An equivalence to an intersection is
    kept. What does not say its kind gets it from its place (`kinds.guess`).

    Raises
    ------
    SourceError
        If the document is malformed or names no class and no concept.
    """
    return graph(rdf.parse(document), document)


def graph(triples: Triples, document: Document) -> ConceptGraph:
    """Make a graph of triples."""
    types = triples.of(RDF + "type").unique("o", keep="first")
    of_type = dict(zip(types["o"].to_list(), types["s"].to_list(), strict=True))
    header = of_type.get(f"<{OWL}Ontology>") or of_type.get(f"<{SKOS}ConceptScheme>", "")
    source, own_sources = _source(triples, header, document)
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
    return source, own_sources(said(VOCABULARY + "sources"), document.where)


def _state(triples: Triples) -> Statements:
    kinds = [f"<{OWL}Class>", f"<{SKOS}Concept>"]
    subjects = (
        triples.of(RDF + "type")
        .filter(pl.col("o").is_in(kinds) & pl.col("s").str.starts_with("<"))
        .filter(pl.col("s") != f"<{OWL}Thing>")
        .unique("s", keep="first", maintain_order=True)
        .select("s", id=pl.col("s").str.strip_prefix("<").str.strip_suffix(">"))
        .with_columns(id=pl.col("id").str.replace(f"^{OBO}([A-Za-z]+)_([A-Za-z0-9]+)$", "$1:$2"))
    )
    if subjects["id"].str.contains("^(http|urn)").any():  # others than the usual OBO terms
        subjects = subjects.with_columns(pl.Series("id", [curie(a) for a in subjects["id"]]))
    subjects = subjects.unique("id", keep="first", maintain_order=True)
    stated = Statements(ids=dict.fromkeys(subjects["id"].to_list()))
    _annotate(triples, subjects, stated)
    relate(triples, subjects, stated)
    return stated


def _annotate(triples: Triples, subjects: pl.DataFrame, stated: Statements) -> None:
    def texts(*addresses: str) -> pl.DataFrame:
        return triples.texts(subjects, *addresses)

    labels, foreign = _one_language(texts(RDFS + "label", SKOS + "prefLabel"))
    stated.labels = by_id(labels)
    stated.definitions = by_id(_one_language(texts(*_DEFINITIONS))[0])
    stated.comments = by_id(_one_language(texts(*_COMMENTS))[0])
    synonyms = pl.concat(
        [
            found.select("id", "text", scope=pl.lit(scope))
            for scope, found in (
                *((scope, texts(address)) for address, scope in _SYNONYMS.items()),
                ("exact", foreign),
            )
        ]
    )
    stated.synonyms = by_id(synonyms)
    if (synonyms["scope"] != "exact").any():
        stated.scopes = by_id(synonyms, "scope")
    stated.kinds = by_id(texts(VOCABULARY + "kind"))
    stated.ranks = by_id(texts(VOCABULARY + "rank"))
    stated.authorities = by_id(texts(VOCABULARY + "authority"))
    stated.status = by_id(texts(VOCABULARY + "status"))
    stated.sources = by_id(texts(VOCABULARY + "from_source"))
    stated.xrefs = by_id(_ids(texts(OIO + "hasDbXref", *_MATCHES)))
    stated.replaced_by = by_id(_ids(texts(OBO + "IAO_0100001", DCTERMS + "isReplacedBy")))
    deprecated = texts(OWL + "deprecated").filter(pl.col("text").is_in(["true", "1"]))
    stated.obsolete = set(deprecated["id"].to_list())


def _one_language(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part what is in the language of a concept's first text from what is in others."""
    if (texts["language"] == "").all():
        return texts, texts.clear()
    language = pl.col("language").str.slice(0, 2).replace("", "en")
    first = language == language.first().over("id")
    return texts.filter(first), texts.filter(~first)


def _ids(texts: pl.DataFrame) -> pl.DataFrame:
    """Write addresses as ids."""
    if not texts["text"].str.contains("^(http|urn:)").any():
        return texts
    return texts.with_columns(pl.Series("text", [curie(t) for t in texts["text"]], pl.String))


def _in_order(terms: Iterable[str]) -> list[Literal]:
    """Return literals, English or without a language first, then by language."""

    def order(found: Literal) -> tuple[bool, str]:
        english = found.language[:2].lower() in ("", "en")
        return not english, "" if english else found.language

    return sorted((literal(t) if t[0] == '"' else Literal(value(t)) for t in terms), key=order)
