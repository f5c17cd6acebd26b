"""A graph as obographs JSON, https://github.com/geneontology/obographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kgconcepts.export.owl import SCOPED, Annotations, described, property_of
from kgconcepts.files import replacing
from kgconcepts.findings import Finding
from kgconcepts.graph import RELATIONS, Concept, ConceptGraph, plain
from kgconcepts.identifiers import OBO, VOCABULARY, iri
from kgconcepts.sources.flat import name_of
from kgconcepts.sources.obographs import (
    Definition,
    Edge,
    Graph,
    Graphs,
    Meta,
    Node,
    Restriction,
    Value,
    shape,
)
from kgconcepts.sources.statements import no_collection
from kgconcepts.sources.vocabularies import OIO

__all__ = ["write"]


def write(graph: ConceptGraph, path: Path) -> Iterator[Finding]:
    """Write concepts as nodes; yields what is disjoint, for which the format has no place.

    What is known of a node beside the format's own fields is among its ``basicPropertyValues``.
    """
    apart = [r for r in graph.stated if r.relation == "disjoint_with"]
    with no_collection():
        text = shape().dump_json(Graphs([_graph(graph)]), exclude_none=True, indent=1)
        with replacing(path) as temporary:
            temporary.write_bytes(text + b"\n")
    for child, relation, parent in apart:
        yield Finding("WARN", "not_written", child, relation, parent)


def _graph(graph: ConceptGraph) -> Graph:
    address, header = described(graph)
    edges = [
        Edge(iri(child), "is_a" if type_ == "is_a" else property_of(type_), iri(parent))
        for child, type_, parent in graph.stated
        if type_ != "disjoint_with"
    ]
    return Graph(
        address,
        Meta(basicPropertyValues=_values(header)),
        [*map(_node, graph), *_properties(graph)],
        edges,
        [],
        [_definition(concept) for concept in graph if concept.intersection],
    )


def _values(said: Annotations) -> list[Value]:
    return [Value(plain(str(text)), name) for name, texts in said.items() for text in texts if text]


def _node(concept: Concept) -> Node:
    said = {
        VOCABULARY + "kind": [concept.kind],
        VOCABULARY + "rank": [concept.rank],
        VOCABULARY + "authority": [concept.authority],
        VOCABULARY + "status": [concept.status],
        VOCABULARY + "from_source": [concept.source],
        OBO + "IAO_0100001": list(map(iri, concept.replaced_by)),
    }
    meta = Meta(
        definition=Value(concept.definition) if concept.definition else None,
        comments=[concept.comment] if concept.comment else None,
        synonyms=[
            Value(name, SCOPED[scope].removeprefix(OIO)) for name, scope in concept.scoped_synonyms
        ]
        or None,
        xrefs=[Value(other) for other in concept.xrefs] or None,
        basicPropertyValues=_values(said),
        deprecated=concept.obsolete or None,
    )
    label = concept.label if concept.label != concept.id else None
    return Node(iri(concept.id), label, "CLASS", meta=meta)


def _definition(concept: Concept) -> Definition:
    return Definition(
        iri(concept.id),
        [iri(other) for relation, other in concept.intersection if relation == "is_a"],
        [
            Restriction(property_of(relation), iri(other))
            for relation, other in concept.intersection
            if relation != "is_a"
        ],
    )


def _properties(graph: ConceptGraph) -> Iterator[Node]:
    """Give the properties that edges and definitions use, as nodes."""
    used = [r.relation for r in graph.stated]
    used += [relation for concept in graph for relation, _ in concept.intersection]
    for relation in dict.fromkeys(used):
        if relation not in ("is_a", "disjoint_with"):
            label = name_of(relation, graph.relation_labels) or None
            # By this name others write a relation in OBO.
            short = _values({OIO + "shorthand": [relation]}) if relation in RELATIONS else None
            meta = Meta(basicPropertyValues=short) if short else None
            yield Node(property_of(relation), label, "PROPERTY", "OBJECT", meta)
