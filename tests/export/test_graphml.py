"""GraphML: as networkx reads it."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

import kgconcepts as kg
from kgconcepts.graph import ConceptGraph


def test_networkx_reads_the_same_nodes_and_edges_from_graphml(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    kg.write(plankton, tmp_path / "graph.graphml")
    found = nx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert tuple(found) == plankton.ids
    assert found.nodes["PLK:1"] == {
        "label": "Copepoda",
        "kind": "taxon",
        "rank": "class",
        "synonyms": "copepod",
        "xrefs": "AphiaID:1080",
    }
    edges = {(c, data["relation"], p) for c, p, data in found.edges(data=True)}
    assert edges == set(plankton.relations)
    assert [e["label"] for e in found["PLK:1"]["PLK:9"].values()] == ["has part"]
    ids = [key for _, _, key in found.edges(keys=True)]
    assert len(set(ids)) == len(ids)  # programs take edges of one id for one edge
