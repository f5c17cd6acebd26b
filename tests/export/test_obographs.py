"""obographs JSON: as its schema has it, and as others read it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import kgconcepts as kg
from kgconcepts.identifiers import iri


def _record(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT = {"type": "string"}
VALUE = _record("val", pred=TEXT, val=TEXT, xrefs=_list(TEXT))
META = _record(
    definition=VALUE,
    comments=_list(TEXT),
    subsets=_list(TEXT),
    synonyms=_list(VALUE),
    xrefs=_list(VALUE),
    basicPropertyValues=_list(VALUE),
    version=TEXT,
    deprecated={"type": "boolean"},
)
OBOGRAPHS = _record(  # after schema/obographs-schema.json of geneontology/obographs 0.3.2
    "graphs",
    graphs=_list(
        _record(
            "id nodes edges",
            id=TEXT,
            lbl=TEXT,
            meta=META,
            nodes=_list(
                _record(
                    "id",
                    id=TEXT,
                    lbl=TEXT,
                    type={"enum": ["CLASS", "INDIVIDUAL", "PROPERTY"]},
                    propertyType={"enum": ["ANNOTATION", "OBJECT", "DATA"]},
                    meta=META,
                )
            ),
            edges=_list(_record("sub pred obj", sub=TEXT, pred=TEXT, obj=TEXT, meta=META)),
            equivalentNodesSets=_list(_record(nodeIds=_list(TEXT))),
            logicalDefinitionAxioms=_list(
                _record(
                    "definedClassId",
                    definedClassId=TEXT,
                    genusIds=_list(TEXT),
                    restrictions=_list(
                        _record("propertyId fillerId", propertyId=TEXT, fillerId=TEXT)
                    ),
                )
            ),
        )
    ),
)


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::kgconcepts.errors.LossWarning")
def test_obographs_are_as_their_schema_has_them(shared_data: Path, tmp_path: Path) -> None:
    graph = kg.read(shared_data / "ontologies" / "cteno.obo")
    kg.write(graph, tmp_path / "graph.json")
    found = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, OBOGRAPHS)
    (whole,) = found["graphs"]
    classes = {node["id"] for node in whole["nodes"] if node["type"] == "CLASS"}
    properties = {node["id"] for node in whole["nodes"] if node["type"] == "PROPERTY"}
    assert len(classes) == len(graph)
    elsewhere = {edge["obj"] for edge in whole["edges"]} - classes
    assert {edge["sub"] for edge in whole["edges"]} <= classes
    assert elsewhere == {iri(r.parent) for r in graph.dangling}
    assert {edge["pred"] for edge in whole["edges"]} <= {"is_a", *properties}


@pytest.mark.data
def test_pronto_reads_the_same_terms_from_obographs(shared_data: Path, tmp_path: Path) -> None:
    pronto = pytest.importorskip("pronto")
    graph = kg.read(shared_data / "ontologies" / "ecao-simple.obo")
    kg.write(graph, tmp_path / "graph.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pronto's own, of what it guesses
        terms = {term.id: term for term in pronto.Ontology(tmp_path / "graph.json").terms()}
    assert {id_: term.name for id_, term in terms.items()} == {c.id: c.label for c in graph}
    assert {
        (term.id, parent.id)
        for term in terms.values()
        for parent in term.superclasses(distance=1, with_self=False)
    } == {(r.child, r.parent) for r in graph.relations if r.relation == "is_a"}
    assert {id_: str(term.definition or "") for id_, term in terms.items()} == {
        c.id: c.definition for c in graph
    }
