"""A graph as SKOS, in RDF/XML, Turtle, N-Triples or JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kgconcepts.export import owl
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph
from kgconcepts.identifiers import VOCABULARY, curie, iri
from kgconcepts.sources.flat import name_of
from kgconcepts.sources.triples import RDF
from kgconcepts.sources.vocabularies import DCTERMS, ISO_THES, OIO, OWL, RDFS, SKOS

__all__ = ["FORMATS", "write"]

FORMATS = {f".skos{suffix}": owl.FORMATS[suffix] for suffix in (".ttl", ".rdf", ".nt", ".jsonld")}
_OWN = {"is_a": SKOS + "broader", "part_of": ISO_THES + "broaderPartitive"}
_TYPE = ox.NamedNode(RDF + "type")
# What can be a concept elsewhere, and so an exact match; what else is referred to may be a book.
_ELSEWHERE = ("AphiaID:", "NCBITaxon:", "http://", "https://")


def write(graph: ConceptGraph, path: Path) -> Iterator[Finding]:
    """Write concepts of one scheme; yields what SKOS cannot hold.

    ``is_a`` is ``skos:broader``, ``part_of`` ``iso-thes:broaderPartitive``; any other relation is
    a triple of its own property. Concepts are individuals in SKOS: nothing is said of what they
    are equivalent to or disjoint with.

    Raises
    ------
    OutputError
        If the format is RDF/XML and the IRI of a relation does not end in an XML name.
    """
    relations = {r.relation: None for r in graph.relations if r.relation != "disjoint_with"}
    predicates = {relation: _predicate(relation) for relation in relations}
    owl.save(_triples(graph, predicates), path, predicates.values())
    for concept in graph:
        if concept.intersection:
            found = " and ".join(f"{relation} {id_}" for relation, id_ in concept.intersection)
            yield Finding("WARN", "not_written", concept.id, "intersection", found)
    for child, relation, parent in graph.relations:
        if relation == "disjoint_with":
            yield Finding("WARN", "not_written", child, relation, parent)


def _predicate(relation: str) -> str:
    return _OWN.get(relation) or owl.property_of(relation)


def _triples(graph: ConceptGraph, predicates: dict[str, str]) -> Iterator[ox.Triple]:
    address, header = owl.described(graph)
    scheme = ox.NamedNode(address)
    yield ox.Triple(scheme, _TYPE, ox.NamedNode(SKOS + "ConceptScheme"))
    yield from owl.annotated(scheme, header)
    for relation, predicate in predicates.items():
        if relation not in _OWN:
            node = ox.NamedNode(predicate)
            yield ox.Triple(node, _TYPE, ox.NamedNode(OWL + "ObjectProperty"))
            label = name_of(relation, graph.relation_labels)
            yield from owl.annotated(node, {RDFS + "label": [label]})
    type_, in_scheme, has_top, top_of = (
        ox.NamedNode(SKOS + name)
        for name in ("Concept", "inScheme", "hasTopConcept", "topConceptOf")
    )
    for concept in graph:
        node = ox.NamedNode(iri(concept.id))
        yield ox.Triple(node, _TYPE, type_)
        yield ox.Triple(node, in_scheme, scheme)
        if not concept.obsolete and not graph.related(concept.id, *_OWN):
            yield ox.Triple(node, top_of, scheme)
            yield ox.Triple(scheme, has_top, node)
        yield from _said(node, concept, graph)
        for relation, other in graph.relations_of(concept.id):
            if relation in predicates:
                above = ox.NamedNode(predicates[relation])
                yield ox.Triple(node, above, ox.NamedNode(iri(other)))


def _said(node: ox.NamedNode, concept: Concept, graph: ConceptGraph) -> Iterator[ox.Triple]:
    matches = [xref for xref in concept.xrefs if _is_match(xref) and xref not in graph]
    found: dict[str, list[str]] = {
        SKOS + "prefLabel": [concept.label],
        SKOS + "definition": [concept.definition],
        SKOS + "note": [concept.comment],
        OIO + "hasDbXref": [xref for xref in concept.xrefs if xref not in matches],
        VOCABULARY + "kind": [concept.kind],
        VOCABULARY + "rank": [concept.rank],
        VOCABULARY + "authority": [concept.authority],
        VOCABULARY + "status": [concept.status],
        VOCABULARY + "from_source": [concept.source],
    }
    for name, scope in concept.scoped_synonyms:
        # In SKOS no label is both preferred and alternative.
        alternative = scope == "exact" and name != concept.label
        property_ = SKOS + "altLabel" if alternative else owl.SCOPED[scope]
        found.setdefault(property_, []).append(name)
    yield from owl.annotated(node, found)
    for xref in matches:
        yield ox.Triple(node, ox.NamedNode(SKOS + "exactMatch"), ox.NamedNode(iri(xref)))
    for other in concept.replaced_by:
        yield ox.Triple(node, ox.NamedNode(DCTERMS + "isReplacedBy"), ox.NamedNode(iri(other)))
    if concept.obsolete:
        yield ox.Triple(node, ox.NamedNode(OWL + "deprecated"), ox.Literal(True))


def _is_match(xref: str) -> bool:
    """Return whether a cross-reference has an IRI that reads back as it."""
    if not xref.startswith(_ELSEWHERE):
        return False
    address = iri(xref)
    return curie(address) == xref and (address == xref or not xref.startswith("http"))
