"""WoRMS in its usual spellings: keyed by AphiaID, unaccepted names lead to the accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError

ROWS = [
    ("1", "Biota", "", "", "1", "accepted"),
    ("2", "Animalia", "Kingdom", "1", "2", "accepted"),
    ("7", "Alpha", "", "2", "7", "accepted"),
    ("8", "Alpha prima", "Species", "7", "8", "accepted"),
    ("9", "Beta prima", "Species", "10", "8", "unaccepted"),
    ("11", "Gamma prima", "Species", "7", "9", "deleted"),
    ("12", "Alpha", "Genus", "1", "99", "nomen dubium"),
]


def table(path: Path, header: str, delimiter: str, encoding: str = "utf-8") -> Path:
    lines = [header.split(), *ROWS]
    path.write_text("\n".join(delimiter.join(row) for row in lines) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    "header",
    [
        "AphiaID scientificname rank parentNameUsageID valid_AphiaID status",
        "taxon_id scientific_name taxonRank parent_id valid_aphia_id taxonomicStatus",
        "aphia_id name rank parentAphiaID acceptedNameUsageID Status",
    ],
)
def test_the_usual_spellings_say_the_same(
    tmp_path: Path, header: str, delimiter: str, encoding: str
) -> None:
    graph = kg.read(table(tmp_path / "worms.csv", header, delimiter, encoding))
    assert len(graph) == len(ROWS)
    assert graph["AphiaID:8"].synonyms == ("Beta prima", "Gamma prima")
    assert graph.find("Beta prima") == graph.find("AphiaID:11") == ["AphiaID:8"]
    assert graph["AphiaID:9"].obsolete
    assert graph["AphiaID:9"].status == "unaccepted"
    assert graph.hierarchy().ancestors("AphiaID:8") == ("AphiaID:1", "AphiaID:2", "AphiaID:7")
    assert graph.find("Alpha") == ["AphiaID:7", "AphiaID:12"]
    rules = {(f.rule, f.subject, f.value) for f in graph.findings}
    assert ("missing_accepted_name", "AphiaID:12", "AphiaID:99") in rules
    assert ("unresolved_reference", "AphiaID:9", "AphiaID:10") in rules


def test_columns_of_ranks_make_the_lineage(tmp_path: Path) -> None:
    path = tmp_path / "worms.csv"
    path.write_text(
        "AphiaID,scientificname,rank,kingdom,phylum,genus\n"
        "5,Alpha,Genus,Animalia,Arthropoda,Alpha\n6,Alpha prima,Species,Animalia,,Alpha\n"
    )
    graph = kg.read(path)
    tree = graph.hierarchy()
    assert [graph[id_].label for id_ in tree.ancestors("AphiaID:5")] == ["Animalia", "Arthropoda"]
    assert graph.related("AphiaID:6", "is_a") == ("AphiaID:5",)


def test_homonyms_of_other_kingdoms_are_told_apart_by_their_ranks(tmp_path: Path) -> None:
    path = tmp_path / "worms.csv"
    path.write_text(
        "AphiaID,scientificname,rank,kingdom,genus\n1,Alpha,Genus,Animalia,Alpha\n"
        "2,Alpha,Genus,Plantae,Alpha\n3,Alpha prima,Species,Animalia,Alpha\n"
    )
    graph = kg.read(path)
    assert graph.related("AphiaID:3", "is_a") == ("AphiaID:1",)
    assert not graph.findings


def test_records_without_parents_have_the_lineage_of_their_ranks(tmp_path: Path) -> None:
    record = {"AphiaID": 5, "scientificname": "Alpha", "rank": "Genus", "kingdom": "Animalia"}
    (tmp_path / "a.json").write_text(json.dumps([record]))
    graph = kg.read(tmp_path / "a.json")
    assert [graph[id_].label for id_ in graph.related("AphiaID:5", "is_a")] == ["Animalia"]


def test_records_come_alone_in_pages_nested_and_in_folders(tmp_path: Path) -> None:
    record = {"AphiaID": 8, "scientificname": "Alpha prima", "rank": None, "valid_AphiaID": 8}
    nested = {"AphiaID": 1, "scientificname": "Biota", "child": {**record, "child": None}}
    for name, content in (("a.json", record), ("b.json", [record]), ("c.json", nested)):
        (tmp_path / name).write_text(json.dumps(content))
        assert kg.read(tmp_path / name)["AphiaID:8"].label == "Alpha prima"
    graph = kg.read(tmp_path)
    assert set(graph.ids) == {"AphiaID:1", "AphiaID:8"}
    assert kg.read(tmp_path / "c.json").related("AphiaID:8", "is_a") == ("AphiaID:1",)
    (tmp_path / "a.json").write_text('{"AphiaID": 8,\n')
    with pytest.raises(SourceError, match=r"a.json, line 2: malformed JSON"):
        kg.read(tmp_path / "a.json")


def test_names_that_are_each_others_accepted_name_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "worms.csv"
    path.write_text("AphiaID,scientificname,valid_AphiaID\n1,Alpha,2\n2,Beta,1\n")
    graph = kg.read(path)
    assert {f.rule for f in graph.findings} == {"accepted_name_cycle"}
    assert not any(concept.obsolete for concept in graph)
