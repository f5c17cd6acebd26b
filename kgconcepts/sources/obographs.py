"""Ontologies in obographs JSON, https://github.com/geneontology/obographs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.identifiers import OBO, iri
from kgconcepts.sources import owl
from kgconcepts.sources.document import Document
from kgconcepts.sources.expressions import Expressions, address, text
from kgconcepts.sources.triples import RDF
from kgconcepts.sources.vocabularies import OIO, OWL, PROPERTIES, RDFS

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

__all__ = [
    "NAME",
    "Definition",
    "Edge",
    "Graph",
    "Graphs",
    "Meta",
    "Node",
    "Restriction",
    "Value",
    "can_read",
    "read",
    "shape",
]

NAME = "obographs JSON"
_GRAPHS = re.compile(r'"graphs"\s*:\s*\[')
_DICTIONARY = re.compile(r'\s*\{\s*"schema"\s*:\s*"https://w3id\.org/kgconcepts/schema/dictionary')
_MOST_BYTES = 512 * 2**20
_NOT_OF_CLASSES = ("subPropertyOf", "inverseOf", "type")  # predicates of other edges
_IRI = re.compile("[A-Za-z][A-Za-z0-9+.-]*://|urn:")


@dataclass(slots=True)
class Value:
    """A definition, synonym, cross-reference or other annotation."""

    val: str | None = None
    pred: str | None = None


@dataclass(slots=True)
class Meta:
    """What is said of a node, or of a graph as a whole."""

    definition: Value | None = None
    comments: list[str] | None = None
    synonyms: list[Value] | None = None
    xrefs: list[Value] | None = None
    basicPropertyValues: list[Value] | None = None  # noqa: N815 (the format's name, as below)
    version: str | None = None
    deprecated: bool | None = None


@dataclass(slots=True)
class Node:
    """A class, property or individual; without a type, a node of another ontology."""

    id: str
    lbl: str | None = None
    type: str | None = None
    propertyType: str | None = None  # noqa: N815
    meta: Meta | None = None


@dataclass(slots=True)
class Edge:
    """A relation between two nodes."""

    sub: str
    pred: str
    obj: str


@dataclass(slots=True)
class Restriction:
    """What has some of a class through a property."""

    propertyId: str  # noqa: N815
    fillerId: str  # noqa: N815


@dataclass(slots=True)
class Definition:
    """What a class is equivalent to: all of these at once."""

    definedClassId: str  # noqa: N815
    genusIds: list[str] | None = None  # noqa: N815
    restrictions: list[Restriction | None] | None = None


@dataclass(slots=True)
class SameNodes:
    """Nodes that stand for the same thing."""

    nodeIds: list[str] | None = None  # noqa: N815


@dataclass(slots=True)
class _Apart:
    classIds: list[str] | None = None  # noqa: N815


@dataclass(slots=True)
class Graph:
    """An ontology."""

    id: str | None = None
    meta: Meta | None = None
    nodes: list[Node] | None = None
    edges: list[Edge] | None = None
    equivalentNodesSets: list[SameNodes] | None = None  # noqa: N815
    logicalDefinitionAxioms: list[Definition] | None = None  # noqa: N815
    # Not in the format's schema; the Ontology Access Kit writes it.
    disjointClassExpressionsAxioms: list[_Apart] | None = None  # noqa: N815


@dataclass(slots=True)
class Graphs:
    """A whole file."""

    graphs: list[Graph] = field(default_factory=list)


@cache
def shape() -> TypeAdapter[Graphs]:
    """Return what reads and writes such files."""
    from pydantic import TypeAdapter  # noqa: PLC0415 (slow to load)

    return TypeAdapter(Graphs)


def can_read(document: Document) -> bool:
    """Return whether a document begins as JSON with graphs in it, or is our own dictionary."""
    if _DICTIONARY.match(document.head):
        return True
    return document.head.lstrip().startswith("{") and _GRAPHS.search(document.head) is not None


def read(document: Document) -> ConceptGraph:
    """Read the classes of the document's graphs, as from the same ontology in OWL.

    Individuals, domains, ranges and property chains have no place in a graph, nor have nodes
    without a type, which are of other ontologies.

    Raises
    ------
    SourceError
        With the place (``graphs[0].nodes[12].id``), if something is of another shape than
        obographs gives it; with the line, if it is no JSON; if it is larger than 512 MiB; if it
        is a `ConceptDictionary`, which has a reader of its own.
    """
    if _DICTIONARY.match(document.head):
        raise SourceError(
            f"{document.where}: is a dictionary of grounded concepts; expected an ontology: read "
            "it with ConceptDictionary.read, which has it as .graph"
        )
    size = document.path.stat().st_size
    if size > _MOST_BYTES:
        raise SourceError(
            f"{document.where}: {size:,} bytes of JSON; expected {_MOST_BYTES:,} at most: give the "
            "ontology in OWL or OBO"
        )
    from pydantic import ValidationError  # noqa: PLC0415 (slow to load)

    said = Expressions()
    text = document.path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        content = shape().validate_json(text)
    except ValidationError as error:
        raise SourceError(f"{document.where}: {_account(error)}") from error
    for graph in content.graphs:
        _state(graph, said)
    return owl.graph(said.triples(), document)


def _account(error: ValidationError) -> str:
    """Say where the first thing that is wrong is, what it is and what was expected."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"malformed JSON: {first['msg'].partition(': ')[2]}; correct it there"
    place = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
    found = repr(first["input"])[:80] if first["type"] != "missing" else "nothing"
    return f"{place.lstrip('.')}: found {found}; {first['msg'].lower()} (obographs JSON)"


def _state(graph: Graph, said: Expressions) -> None:
    """Write a graph as triples."""
    header = address(graph.id) if graph.id else said.blank()
    said.say(header, RDF + "type", address(OWL + "Ontology"))
    _annotate(header, graph.meta, said)
    for node in graph.nodes or ():
        if node.type in ("CLASS", "PROPERTY"):
            term = _term(node.id)
            if node.type == "CLASS":
                said.say(term, RDF + "type", address(OWL + "Class"))
            if node.lbl:
                said.say(term, RDFS + "label", text(node.lbl))
            _annotate(term, node.meta, said)
    for edge in graph.edges or ():
        if edge.pred not in _NOT_OF_CLASSES:
            parent = _term(edge.obj)
            if edge.pred != "is_a":
                parent = said.some(_property(edge.pred), parent)
            said.say(_term(edge.sub), RDFS + "subClassOf", parent)
    _say_axioms(graph, said)


def _say_axioms(graph: Graph, said: Expressions) -> None:
    """Write which classes are equivalent or disjoint, and what they are defined as."""
    for same in graph.equivalentNodesSets or ():
        if same.nodeIds:
            said.equivalent(map(_term, same.nodeIds))
    for apart in graph.disjointClassExpressionsAxioms or ():
        if apart.classIds and len(apart.classIds) > 1:
            said.disjoint(map(_term, apart.classIds))
    for definition in graph.logicalDefinitionAxioms or ():
        members = [_term(genus) for genus in definition.genusIds or ()]
        members += [
            # Some files have null for what they cannot say.
            said.some(_property(part.propertyId), _term(part.fillerId)) if part else said.blank()
            for part in definition.restrictions or ()
        ]
        if members:
            said.equivalent([_term(definition.definedClassId), said.intersection(members)])


def _annotate(subject: str, meta: Meta | None, said: Expressions) -> None:
    """Write what is said of a node or of the whole."""
    meta = meta or Meta()
    annotations = [
        *((OBO + "IAO_0000115", value.val) for value in (meta.definition,) if value),
        *((RDFS + "comment", comment) for comment in meta.comments or ()),
        *((_synonym(value), value.val) for value in meta.synonyms or ()),
        *((OIO + "hasDbXref", value.val) for value in meta.xrefs or ()),
        *((value.pred, value.val) for value in meta.basicPropertyValues or ()),
        (OWL + "versionIRI", meta.version),
        (OWL + "deprecated", "true" if meta.deprecated else None),
    ]
    for predicate, value in annotations:
        if predicate and value:
            said.say(subject, predicate, text(value))


def _synonym(value: Value) -> str:
    name = value.pred or "hasRelatedSynonym"
    return name if _IRI.match(name) else OIO + name


def _term(id_: str) -> str:
    """Return a node's id as address, as nodes may go by CURIEs."""
    return id_ if id_.startswith("_:") else address(id_ if _IRI.match(id_) else iri(id_))


def _property(id_: str) -> str:
    """Return a property as address; our own relations may go by their names."""
    return address(PROPERTIES[id_][0]) if id_ in PROPERTIES else _term(id_)
