"""A graph as OWL in RDF/XML, through owlready2."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import owlready2

from kgconcepts.files import replacing
from kgconcepts.graph import TRAITS, ConceptGraph, plain
from kgconcepts.identifiers import OBO, VOCABULARY, iri

__all__ = ["Annotations", "write"]

OIO = "http://www.geneontology.org/formats/oboInOwl#"
DCTERMS = "http://purl.org/dc/terms/"
_PART = {"part_of": OBO + "BFO_0000050", "has_part": OBO + "BFO_0000051"}
_RELATIONS = {**_PART, "has_quality": OBO + "RO_0000086", "has_stage": VOCABULARY + "has_stage"}

Annotations = Mapping[str, Iterable[str | int | float]]


class _Double(float):
    """A number that is written as xsd:double; owlready2 would take xsd:decimal, which has no e."""


owlready2.declare_datatype(
    _Double, "http://www.w3.org/2001/XMLSchema#double", _Double, lambda number: repr(float(number))
)


def write(
    graph: ConceptGraph,
    path: Path,
    address: str,
    header: Annotations,
    annotations: Mapping[str, Annotations] | None = None,
) -> None:
    """Write concepts as classes, ``is_a`` as ``subClassOf``, other relations as ``some``.

    Parameters
    ----------
    graph : ConceptGraph
    path : path
        Replaced only when all is written.
    address : str
        IRI of the ontology.
    header : mapping of property IRI → values
        What is said of the ontology as a whole.
    annotations : mapping of id → mapping of property IRI → values
        What is said of a concept beside its own fields. The last parts of the IRIs must differ:
        owlready2 keeps annotations by them.
    """
    world = owlready2.World()
    ontology = world.get_ontology(address)
    properties: dict[str, Any] = {}

    def of_kind(property_: str, kind: type) -> Any:
        if property_ not in properties:
            base, name = _split(property_)
            with ontology.get_namespace(base):
                properties[property_] = world[property_] or types.new_class(name, (kind,))
        return properties[property_]

    def annotate(entity: Any, values: Annotations) -> None:
        for property_, items in values.items():
            if literals := [_literal(item) for item in items if item != ""]:
                of_kind(property_, owlready2.AnnotationProperty)[entity] = literals

    classes: dict[str, Any] = {}
    for id_ in graph.ids:
        base, name = _split(iri(id_))
        with ontology.get_namespace(base):
            classes[id_] = types.new_class(name, (owlready2.Thing,))
    for relation, address_ in _RELATIONS.items():
        of_kind(address_, owlready2.ObjectProperty).label = [relation.replace("_", " ")]
    for concept in graph:
        class_ = classes[concept.id]
        parents = [classes[p] for p in graph.related(concept.id, "is_a")]
        traits = [
            properties[_RELATIONS[r]].some(classes[p])
            for r in ("part_of", *TRAITS)
            for p in graph.related(concept.id, r)
        ]
        class_.is_a = [*(parents or [owlready2.Thing]), *traits]
        class_.label = [_literal(concept.label)]
        annotate(
            class_,
            {
                OBO + "IAO_0000115": [concept.definition],
                OIO + "hasExactSynonym": concept.synonyms,
                OIO + "hasDbXref": concept.xrefs,
                VOCABULARY + "kind": [concept.kind],
                VOCABULARY + "rank": [concept.rank],
                **(annotations or {}).get(concept.id, {}),
            },
        )
    annotate(ontology.metadata, header)
    with replacing(path) as temporary:
        ontology.save(str(temporary), format="rdfxml")


def _literal(item: str | float) -> str | float:
    if isinstance(item, str):
        return plain(item)
    return _Double(item) if isinstance(item, float) else item


def _split(address: str) -> tuple[str, str]:
    cut = max(address.rfind("#"), address.rfind("/")) + 1
    return address[:cut], address[cut:]
