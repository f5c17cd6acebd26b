"""Tables of nodes and edges: CSV that others read."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

import kgconcepts as kg
from kgconcepts.graph import ConceptGraph


def test_tables_of_nodes_and_edges_are_csv_with_labels_for_people(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    kg.write(plankton, tmp_path / "graph.csv")
    assert {path.name for path in tmp_path.iterdir()} == {
        "graph.csv",
        "graph_edges.csv",
        "graph_sources.csv",
    }
    with (tmp_path / "graph.csv").open(encoding="utf-8", newline="") as file:
        nodes = list(csv.DictReader(file))
    assert [row["label"] for row in nodes] == [concept.label for concept in plankton]
    with (tmp_path / "graph_edges.csv").open(encoding="utf-8", newline="") as file:
        edges = list(csv.DictReader(file))
    assert {(e["child"], e["relation"], e["parent"]) for e in edges} == set(plankton.relations)
    named = [(e["child_label"], e["relation_label"], e["parent_label"]) for e in edges]
    assert ("Copepoda", "has part", "antenna") in named
    assert pl.read_csv(tmp_path / "graph.csv")["label"].to_list()[0] == "Copepoda"


def test_tables_may_go_by_the_name_of_their_nodes(plankton: ConceptGraph, tmp_path: Path) -> None:
    kg.write(plankton, tmp_path / "graph_nodes.tsv")
    assert kg.read(tmp_path / "graph_nodes.tsv") == plankton
    assert (tmp_path / "graph_edges.tsv").is_file()
