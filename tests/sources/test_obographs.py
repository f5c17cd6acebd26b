"""obographs JSON: its nodes become concepts as the classes of the same ontology in OWL do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastobo
import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.sources import obographs
from kgconcepts.sources.document import opened

OBO = "http://purl.obolibrary.org/obo/"
NODES = [
    {
        "id": f"{OBO}ZZZ_1",
        "lbl": "Copepoda",
        "type": "CLASS",
        "meta": {
            "definition": {"val": 'Small "oar-footed" crustaceans.', "xrefs": ["ISBN:1"]},
            "comments": ["Many.", "Everywhere."],
            "synonyms": [
                {"pred": "hasExactSynonym", "val": "copepod", "xrefs": []},
                {"pred": "hasRelatedSynonym", "val": "oar-foot"},
            ],
            "xrefs": [{"val": "AphiaID:1080"}],
            "basicPropertyValues": [
                {"pred": "https://w3id.org/kgconcepts/vocabulary#rank", "val": "Subclass"}
            ],
        },
    },
    {"id": f"{OBO}ZZZ_2", "lbl": "Oithona", "type": "CLASS", "meta": None},
    {"id": f"{OBO}ZZZ_3", "lbl": "antenna", "type": "CLASS"},
    {
        "id": f"{OBO}ZZZ_4",
        "lbl": "old",
        "type": "CLASS",
        "meta": {
            "deprecated": True,
            "basicPropertyValues": [{"pred": f"{OBO}IAO_0100001", "val": "ZZZ:1"}],
        },
    },
    {"id": f"{OBO}RO_0002202", "lbl": "develops from", "type": "PROPERTY"},
    {"id": f"{OBO}zzz#frozen", "lbl": "frozen", "type": "INDIVIDUAL"},
    {"id": f"{OBO}CARO_0000003", "lbl": "of another ontology"},
]
EDGES = [
    {"sub": f"{OBO}ZZZ_2", "pred": "is_a", "obj": f"{OBO}ZZZ_1"},
    {"sub": f"{OBO}ZZZ_1", "pred": f"{OBO}BFO_0000051", "obj": f"{OBO}ZZZ_3"},
    {"sub": f"{OBO}ZZZ_3", "pred": f"{OBO}RO_0002202", "obj": f"{OBO}ZZZ_2"},
    {"sub": f"{OBO}RO_0002202", "pred": "subPropertyOf", "obj": f"{OBO}RO_0002258"},
]
GRAPH = {
    "id": f"{OBO}zzz.owl",
    "meta": {"version": f"{OBO}zzz/2025-05-01/zzz.owl"},
    "nodes": NODES,
    "edges": EDGES,
}


def read(folder: Path, *graphs: Any) -> kg.ConceptGraph:
    path = folder / "zzz.json"
    path.write_text(json.dumps({"graphs": graphs}), encoding="utf-8")
    return read_file(path)


def read_file(path: Path) -> kg.ConceptGraph:
    with opened(path) as document:
        assert obographs.can_read(document)
        return obographs.read(document)


def test_a_node_brings_what_is_said_of_it(tmp_path: Path) -> None:
    graph = read(tmp_path, GRAPH)
    assert graph.ids == ("ZZZ:1", "ZZZ:2", "ZZZ:3", "ZZZ:4")
    assert graph["ZZZ:1"] == kg.Concept(
        "ZZZ:1",
        "Copepoda",
        definition='Small "oar-footed" crustaceans.',
        synonyms=("copepod", "oar-foot"),
        scopes=("exact", "related"),
        xrefs=("AphiaID:1080",),
        rank="subclass",
        comment="Many.\nEverywhere.",
        source="zzz.json",
    )
    assert graph["ZZZ:4"].obsolete
    assert graph["ZZZ:4"].replaced_by == ("ZZZ:1",)
    assert graph.sources["zzz.json"].version == f"{OBO}zzz/2025-05-01/zzz.owl"
    assert graph.sources["zzz.json"].address == f"{OBO}zzz.owl"


def test_edges_are_relations_called_as_in_owl(tmp_path: Path) -> None:
    graph = read(tmp_path, GRAPH)
    assert set(graph.relations) == {
        ("ZZZ:2", "is_a", "ZZZ:1"),
        ("ZZZ:1", "has_part", "ZZZ:3"),
        ("ZZZ:3", "RO:0002202", "ZZZ:2"),
    }
    assert graph.relation_labels == {"RO:0002202": "develops from"}
    assert graph["ZZZ:3"].kind == "part"


def test_ids_may_be_curies_and_our_relations_go_by_their_names(tmp_path: Path) -> None:
    short = json.loads(json.dumps(GRAPH).replace(f"{OBO}ZZZ_", "ZZZ:"))
    short["edges"][1]["pred"] = "has_part"
    graph, whole = read(tmp_path, short), read(tmp_path, GRAPH)
    assert {c.id: c for c in graph} == {c.id: c for c in whole}
    assert set(graph.relations) == set(whole.relations)


def test_a_logical_definition_is_an_intersection(tmp_path: Path) -> None:
    definition = {
        "definedClassId": f"{OBO}ZZZ_2",
        "genusIds": [f"{OBO}ZZZ_1"],
        "restrictions": [{"propertyId": f"{OBO}BFO_0000051", "fillerId": f"{OBO}ZZZ_3"}],
    }
    graph = read(tmp_path, {**GRAPH, "logicalDefinitionAxioms": [definition]})
    assert graph["ZZZ:2"].intersection == (("has_part", "ZZZ:3"), ("is_a", "ZZZ:1"))


def test_classes_that_the_ontology_access_kit_calls_disjoint_are_so(tmp_path: Path) -> None:
    apart = {"classIds": [f"{OBO}ZZZ_1", f"{OBO}ZZZ_2", f"{OBO}ZZZ_3"]}
    axioms = [apart, {"classIds": [f"{OBO}ZZZ_4"]}, {"unionEquivalentTo": "x"}]
    graph = read(tmp_path, {**GRAPH, "disjointClassExpressionsAxioms": axioms})
    assert {r for r in graph.relations if r.relation == "disjoint_with"} == {
        ("ZZZ:1", "disjoint_with", "ZZZ:2"),
        ("ZZZ:1", "disjoint_with", "ZZZ:3"),
        ("ZZZ:2", "disjoint_with", "ZZZ:3"),
    }


def test_equivalent_nodes_are_cross_references(tmp_path: Path) -> None:
    same = {"representativeNodeId": None, "nodeIds": [f"{OBO}ZZZ_1", f"{OBO}ZZZ_2"]}
    graph = read(tmp_path, {**GRAPH, "equivalentNodesSets": [same]})
    assert graph["ZZZ:1"].xrefs == ("AphiaID:1080", "ZZZ:2")


def test_a_parent_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    edge = {"sub": f"{OBO}ZZZ_2", "pred": "is_a", "obj": f"{OBO}CARO_0000003"}
    graph = read(tmp_path, {**GRAPH, "edges": [edge]})
    assert graph.findings == (
        Finding("WARN", "unresolved_reference", "ZZZ:2", "is_a", "CARO:0000003"),
    )


def test_several_graphs_are_read_as_one(tmp_path: Path) -> None:
    parts = [{"nodes": NODES}, {"id": f"{OBO}more.owl", "edges": EDGES}]
    graph, whole = read(tmp_path, *parts), read(tmp_path, GRAPH)
    assert graph.ids == whole.ids
    assert set(graph.relations) == set(whole.relations)


@pytest.mark.parametrize(
    ("graph", "place"),
    [
        ({"nodes": [*NODES, {"lbl": "no id"}]}, r"graphs\[0\]\.nodes\[7\]\.id: found nothing"),
        ({"nodes": [{"id": 3}]}, r"graphs\[0\]\.nodes\[0\]\.id: found 3; .* valid string"),
        ({"nodes": "many"}, r"graphs\[0\]\.nodes: found 'many'; .* valid array"),
        ({"edges": [{"sub": "a", "pred": "is_a"}]}, r"graphs\[0\]\.edges\[0\]\.obj: found nothing"),
        (7, r"graphs\[0\]: found 7"),
        ({"nodes": []}, "declares no owl:Class"),
    ],
)
def test_what_is_of_another_shape_is_refused_with_its_place(
    tmp_path: Path, graph: Any, place: str
) -> None:
    with pytest.raises(SourceError, match=f"zzz.json: {place}"):
        read(tmp_path, graph)


@pytest.mark.parametrize("content", ['{"graphs": [{"nodes": [', '{"graphs": [' + "[" * 10**6])
def test_what_is_no_json_is_refused_with_its_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "zzz.json"
    path.write_text("\n" + content, encoding="utf-8")
    with pytest.raises(SourceError, match=r"zzz.json: malformed JSON: .* line 2 column \d+"):
        read_file(path)


def test_a_file_too_large_to_be_held_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "zzz.json"
    path.write_text('{"graphs": [', encoding="utf-8")
    with opened(path) as document:
        with path.open("r+b") as file:
            file.truncate(2**29 + 1)  # a hole: takes no room
        with pytest.raises(SourceError, match="expected 536,870,912 at most"):
            obographs.read(document)


def test_other_json_is_not_taken_for_it(tmp_path: Path) -> None:
    for content in ('[{"AphiaID": 1080}]', '{"@graph": [], "x": "\\"graphs\\": ["}'):
        path = tmp_path / "other.json"
        path.write_text(content, encoding="utf-8")
        with opened(path) as document:
            assert not obographs.can_read(document)


def test_our_own_dictionary_is_refused_with_what_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.json"
    path.write_text('{\n "schema": "https://w3id.org/kgconcepts/schema/dictionary-1",\n')
    with pytest.raises(SourceError, match=r"dictionary.json: is a dictionary .*Dictionary.read"):
        kg.read(path)


@pytest.mark.data
@pytest.mark.parametrize("name", ["ecao-simple", "pato"])
def test_real_ontologies_are_the_same_as_fastobo_writes_them(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    source = shared_data / "ontologies" / f"{name}.obo"
    with (tmp_path / "zzz.json").open("wb") as file:
        fastobo.dump_graph(fastobo.load(str(source)), file)
    graph, obo = read_file(tmp_path / "zzz.json"), kg.read(source)
    # fastobo does not write synonyms, comments and what is obsolete.
    assert set(graph.ids) == set(obo.ids)
    assert {c.id: (c.label, c.definition) for c in graph} == {
        c.id: (c.label, c.definition) for c in obo
    }
    isa, expected = ({r for r in g.relations if r.relation == "is_a"} for g in (graph, obo))
    assert isa == expected
    assert len(graph.relations) == len({r for r in obo.relations if r.relation != "disjoint_with"})
