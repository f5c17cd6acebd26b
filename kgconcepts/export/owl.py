"""A graph as OWL, in RDF/XML, Turtle, N-Triples or JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from kgconcepts.errors import OutputError
from kgconcepts.files import replacing
from kgconcepts.graph import ABSENCES, RELATIONS, TRAITS, Concept, ConceptGraph, Relation, plain
from kgconcepts.identifiers import CONCEPTS, OBO, VOCABULARY, iri
from kgconcepts.sources.origin import as_text
from kgconcepts.sources.triples import RDF
from kgconcepts.sources.vocabularies import DCTERMS, ISO_THES, OIO, OWL, PROPERTIES, RDFS, SKOS

__all__ = [
    "ADDRESS",
    "FORMATS",
    "SCOPED",
    "Annotations",
    "annotated",
    "described",
    "property_of",
    "save",
    "write",
    "write_graph",
]

ADDRESS = "https://w3id.org/kgconcepts/graph"  # of a graph whose source has none

Annotations = Mapping[str, Iterable[str | int | float | ox.NamedNode]]

FORMATS = {
    ".owl": ox.RdfFormat.RDF_XML,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
_PREFIXES = {
    "obo": OBO,
    "oboInOwl": OIO,
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "dcterms": DCTERMS,
    "skos": SKOS,
    "iso-thes": ISO_THES,
    "kgc": VOCABULARY,
    "concept": CONCEPTS,
}
SCOPED = {
    scope: OIO + f"has{scope.capitalize()}Synonym"
    for scope in ("exact", "narrow", "broad", "related")
}
# What may stand behind the namespace of an element's name in XML.
_XML_NAME = re.compile(r"[A-Za-z_\u00c0-\U000effff][-.\w\u00b7]*$")

_TYPE = ox.NamedNode(RDF + "type")
_CLASS = ox.NamedNode(OWL + "Class")
_SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
_RESTRICTION = ox.NamedNode(OWL + "Restriction")
_ON, _SOME = ox.NamedNode(OWL + "onProperty"), ox.NamedNode(OWL + "someValuesFrom")
_COMPLEMENT = ox.NamedNode(OWL + "complementOf")
_HAS = dict(zip(ABSENCES, TRAITS, strict=True))  # what it is that is not had
_ABSENT = {PROPERTIES[relation][0] for relation in ABSENCES}  # written by other means
_SEEN = PROPERTIES["visible_in"][0]  # says nothing of what a class is: an annotation
_FIRST, _REST, _NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))


def write_graph(
    graph: ConceptGraph, path: Path, evidence: Mapping[Relation, str] | None = None
) -> None:
    """Write a graph as an ontology of its own; the header keeps its sources.

    `evidence` says where relations are said: ``dcterms:source`` of their axioms.
    """
    address, header = described(graph)
    annotations = {c.id: {VOCABULARY + "from_source": [c.source]} for c in graph}
    statements = {r: {DCTERMS + "source": [text]} for r, text in (evidence or {}).items()}
    write(graph, path, address, header, annotations, statements)


def described(graph: ConceptGraph) -> tuple[str, Annotations]:
    """Return a graph's address and what is said of it as a whole: that of its source, if one."""
    sources = list(graph.sources.values())
    header: dict[str, list[str]] = {VOCABULARY + "sources": [as_text(sources)]}
    if len(sources) != 1:
        return ADDRESS, header
    (one,) = sources
    header |= {
        OWL + "versionInfo": [one.version],
        DCTERMS + "title": [one.title],
        DCTERMS + "description": [one.description],
        DCTERMS + "license": [one.licence],
    }
    return one.address or ADDRESS, header


def write(
    graph: ConceptGraph,
    path: Path,
    address: str,
    header: Annotations,
    annotations: Mapping[str, Annotations] | None = None,
    statements: Mapping[Relation, Annotations] | None = None,
) -> None:
    """Write concepts as classes, ``is_a`` as ``subClassOf``, other relations as ``some``.

    What a concept lacks (`kgconcepts.graph.ABSENCES`) is written as the complement of what has it.

    Parameters
    ----------
    graph : ConceptGraph
    path : path
        Its suffix names the format (`FORMATS`). Replaced only when all is written.
    address : str
        IRI of the ontology.
    header : mapping of property IRI → values
        What is said of the ontology as a whole.
    annotations : mapping of id → mapping of property IRI → values
        What is said of a concept beside its own fields.
    statements : mapping of Relation → mapping of property IRI → values
        What is said of relations other than `disjoint_with` and `visible_in`: of their axioms.

    Raises
    ------
    OutputError
        If the format is RDF/XML and a property's IRI does not end in an XML name.
    """
    properties = [property_of(r.relation) for r in graph.stated]
    properties += [property_of(name) for c in graph for name, _ in c.intersection]
    used = dict.fromkeys(p for p in properties if p not in _ABSENT)
    annotations, statements = annotations or {}, statements or {}
    further = (*annotations.values(), *statements.values())
    said = dict.fromkeys(p for values in further for p in values)
    triples = _triples(graph, address, header, annotations, statements, used)
    save(triples, path, [*header, *said])


def save(triples: Iterable[ox.Triple], path: Path, predicates: Iterable[str] = ()) -> None:
    """Write triples in the format that the suffix names; `predicates` are those not ours.

    Raises
    ------
    OutputError
        If the format is RDF/XML and the address of one of these does not end in an XML name.
    """
    format_ = FORMATS.get(path.suffix.lower(), ox.RdfFormat.RDF_XML)
    if format_ == ox.RdfFormat.RDF_XML:
        for predicate in predicates:
            if not _XML_NAME.search(predicate):
                raise OutputError(
                    f"{path}: RDF/XML cannot write the property <{predicate}>, as it does not end "
                    "in an XML name; write Turtle (.ttl)"
                )
    prefixes = _PREFIXES if format_ != ox.RdfFormat.N_TRIPLES else {}
    with replacing(path) as temporary, temporary.open("wb") as file:
        ox.serialize(_numbered(triples), file, format=format_, prefixes=prefixes)


def _numbered(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Call blank nodes by numbers, so that equal graphs give equal files."""
    numbers: dict[ox.BlankNode, ox.BlankNode] = {}

    def number(node: ox.BlankNode) -> ox.BlankNode:
        if node not in numbers:
            numbers[node] = ox.BlankNode(f"b{len(numbers)}")
        return numbers[node]

    for triple in triples:
        subject, object_ = triple.subject, triple.object
        if isinstance(subject, ox.BlankNode) or isinstance(object_, ox.BlankNode):
            one = number(subject) if isinstance(subject, ox.BlankNode) else subject
            other = number(object_) if isinstance(object_, ox.BlankNode) else object_
            yield ox.Triple(one, triple.predicate, other)
        else:
            yield triple


def property_of(relation: str) -> str:
    """Return the address of a relation's property."""
    if relation in PROPERTIES:
        return PROPERTIES[relation][0]
    return VOCABULARY + relation if relation in RELATIONS else iri(relation)


def _triples(
    graph: ConceptGraph,
    address: str,
    header: Annotations,
    annotations: Mapping[str, Annotations],
    statements: Mapping[Relation, Annotations],
    properties: Iterable[str],
) -> Iterator[ox.Triple]:
    ontology = ox.NamedNode(address)
    yield ox.Triple(ontology, _TYPE, ox.NamedNode(OWL + "Ontology"))
    yield from annotated(ontology, header)
    labels = {property_of(r): label for r, label in graph.relation_labels.items()}
    labels |= {property_of(name): name.replace("_", " ") for name in PROPERTIES}
    not_properties = {property_of(name) for name in ("is_a", "disjoint_with")}
    for name in dict.fromkeys((*(PROPERTIES[r][0] for r in PROPERTIES), *properties)):
        if name not in not_properties | _ABSENT:
            node = ox.NamedNode(name)
            kind = "ObjectProperty" if name != _SEEN else "AnnotationProperty"
            yield ox.Triple(node, _TYPE, ox.NamedNode(OWL + kind))
            yield from annotated(node, {RDFS + "label": [labels.get(name, "")]})
    ours = {OIO, DCTERMS, VOCABULARY, OBO}
    fields = _fields(Concept("a", "b"))
    further = (fields, header, *annotations.values(), *statements.values())
    spoken = [p for values in further for p in values]
    for name in dict.fromkeys((*SCOPED.values(), OBO + "IAO_0000115", *spoken)):
        if any(name.startswith(base) for base in ours):
            yield ox.Triple(ox.NamedNode(name), _TYPE, ox.NamedNode(OWL + "AnnotationProperty"))
    for concept in graph:
        node = ox.NamedNode(iri(concept.id))
        yield ox.Triple(node, _TYPE, _CLASS)
        yield from annotated(node, _fields(concept))
        yield from annotated(node, annotations.get(concept.id, {}))
        for replacement in concept.replaced_by:
            predicate = ox.NamedNode(OBO + "IAO_0100001")
            yield ox.Triple(node, predicate, ox.NamedNode(iri(replacement)))
        if concept.obsolete:
            yield ox.Triple(node, ox.NamedNode(OWL + "deprecated"), ox.Literal(True))
        for relation, other in graph.stated_of(concept.id):
            if relation in ("disjoint_with", "visible_in"):
                said = OWL + "disjointWith" if relation == "disjoint_with" else _SEEN
                yield ox.Triple(node, ox.NamedNode(said), ox.NamedNode(iri(other)))
            else:
                axiom = list(_expression(node, _SUBCLASS, relation, other))
                yield from axiom
                if values := statements.get(Relation(concept.id, relation, other)):
                    yield from _statement(axiom[0], values)
        if concept.intersection:
            yield from _intersection(node, concept)


def _fields(concept: Concept) -> Annotations:
    found: dict[str, list[str]] = {
        RDFS + "label": [concept.label] if concept.label != concept.id else [],
        OBO + "IAO_0000115": [concept.definition],
        RDFS + "comment": [concept.comment],
        OIO + "hasDbXref": list(concept.xrefs),
        VOCABULARY + "kind": [concept.kind],
        VOCABULARY + "rank": [concept.rank],
        VOCABULARY + "authority": [concept.authority],
        VOCABULARY + "status": [concept.status],
    }
    for name, scope in concept.scoped_synonyms:
        found.setdefault(SCOPED[scope], []).append(name)
    return found


def annotated(subject: ox.NamedNode | ox.BlankNode, values: Annotations) -> Iterator[ox.Triple]:
    """Say of a subject what is known of it, but for what is empty."""
    for property_, items in values.items():
        predicate = ox.NamedNode(property_)
        for item in items:
            if isinstance(item, ox.NamedNode):
                yield ox.Triple(subject, predicate, item)
            elif item != "":
                text = plain(item) if isinstance(item, str) else item
                yield ox.Triple(subject, predicate, ox.Literal(text))


def _expression(
    subject: ox.NamedNode | ox.BlankNode, predicate: ox.NamedNode, relation: str, other: str
) -> Iterator[ox.Triple]:
    """Say that a subject is of a class, of what has some of it, or of what has none."""
    target = ox.NamedNode(iri(other))
    if relation == "is_a":
        yield ox.Triple(subject, predicate, target)
        return
    some = ox.BlankNode()
    if relation in _HAS:
        without = ox.BlankNode()
        yield ox.Triple(subject, predicate, without)
        yield ox.Triple(without, _TYPE, _CLASS)
        subject, predicate, relation = without, _COMPLEMENT, _HAS[relation]
    yield ox.Triple(subject, predicate, some)
    yield ox.Triple(some, _TYPE, _RESTRICTION)
    yield ox.Triple(some, _ON, ox.NamedNode(property_of(relation)))
    yield ox.Triple(some, _SOME, target)


def _statement(axiom: ox.Triple, values: Annotations) -> Iterator[ox.Triple]:
    """Say something of an axiom."""
    node = ox.BlankNode()
    yield ox.Triple(node, _TYPE, ox.NamedNode(OWL + "Axiom"))
    for end, term in (("Source", axiom.subject), ("Property", axiom.predicate)):
        yield ox.Triple(node, ox.NamedNode(f"{OWL}annotated{end}"), term)
    yield ox.Triple(node, ox.NamedNode(OWL + "annotatedTarget"), axiom.object)
    yield from annotated(node, values)


def _intersection(node: ox.NamedNode, concept: Concept) -> Iterator[ox.Triple]:
    whole, cell = ox.BlankNode(), ox.BlankNode()
    yield ox.Triple(node, ox.NamedNode(OWL + "equivalentClass"), whole)
    yield ox.Triple(whole, _TYPE, _CLASS)
    yield ox.Triple(whole, ox.NamedNode(OWL + "intersectionOf"), cell)
    for k, (relation, other) in enumerate(concept.intersection):
        yield from _expression(cell, _FIRST, relation, other)
        following = ox.BlankNode() if k + 1 < len(concept.intersection) else _NIL
        yield ox.Triple(cell, _REST, following)
        if isinstance(following, ox.BlankNode):
            cell = following
