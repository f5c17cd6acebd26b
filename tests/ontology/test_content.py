"""What the ontology promises: how much, how well described, and that it agrees with the tables."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.curation.absence import contradictions
from kgconcepts.curation.domain_rules import RANKS
from kgconcepts.curation.reasoning import inherited
from kgconcepts.graph import ABSENCES

Table = Callable[[str], list[dict[str, str]]]
TABLES = ("taxa", "forms", "parts", "qualities", "stages", "objects")
PIXEL = {
    "ISIIS": 65.0,
    "UVP6": 73.0,
    "ZooScan": 10.6,
    "PlanktoScope": 1.5,
    "FlowCam": 2.0,
    "IFCB": 0.5,
}


@pytest.mark.parametrize(
    ("name", "least"), [("taxa", 1200), ("parts", 200), ("qualities", 150), ("stages", 80)]
)
def test_there_is_as_much_as_was_asked_for(table: Table, name: str, least: int) -> None:
    assert len(table(name)) >= least


def test_there_are_4000_assertions_each_said_once_and_where_it_is_from(table: Table) -> None:
    rows = table("traits")
    assert len(rows) >= 4000
    assert all(row["evidence"] for row in rows)
    assert len({(r["taxon"], r["relation"], r["trait"]) for r in rows}) == len(rows)
    assert sum(row["relation"] in ABSENCES for row in rows) >= 400
    assert sum(bool(row["except"]) for row in rows) >= 40


def test_every_term_is_defined_and_says_where_it_is_from(table: Table) -> None:
    for row in (row for name in TABLES for row in table(name)):
        assert row["definition"].endswith((".", ".)")), row["label"]
        assert row["source"], row["label"]
        assert len(row["definition"].split()) >= 3, row["label"]


@pytest.mark.parametrize("name", ["parts", "qualities", "stages"])
def test_definitions_are_not_said_twice(table: Table, name: str) -> None:
    said = Counter(row["definition"].casefold() for row in table(name))
    assert [text for text, times in said.items() if times > 1] == []


def test_parts_are_visible_where_their_typical_size_covers_a_pixel(table: Table) -> None:
    """A structure is told from its typical size, up to ten times its least width."""
    told = [
        (row["label"], imaging)
        for row in table("parts")
        for imaging in row["visible_in"].split("|")
        if row["size_um"] and imaging in PIXEL and 10 * float(row["size_um"]) < PIXEL[imaging]
    ]
    assert told == []
    assert sum(bool(row["size_um"]) for row in table("parts")) > 300


def test_a_raphe_is_not_seen_at_50_um_a_pixel(graph: kg.ConceptGraph) -> None:
    seen = {graph[i].label for i in graph.related(graph.find_one("raphe"), "visible_in")}
    assert seen
    assert seen.isdisjoint({"ISIIS", "UVP6", "ZooScan"})


def test_taxa_hang_on_complete_lineages(graph: kg.ConceptGraph, table: Table) -> None:
    tree = graph.hierarchy()
    biota = graph.find_one("Biota")
    height = {rank: k for k, rank in enumerate(RANKS)}
    for row in table("taxa"):
        above = [graph[a] for a in tree.ancestors(row["id"])]
        ranks = {c.rank for c in above}
        if row["label"] != "Biota":
            assert biota in {c.id for c in above}, row["label"]
        if height.get(row["rank"], 0) > height["phylum"]:
            assert "kingdom" in ranks, row["label"]
            assert "phylum" in ranks or any("incertae" in c.label for c in above), row["label"]


@pytest.mark.parametrize(
    ("group", "rank", "least"),
    [
        ("Bacillariophyceae", "genus", 250),
        ("Copepoda", "genus", 150),
        ("Dinophyceae", "genus", 100),
        ("Ciliophora", "genus", 80),
        ("Foraminifera", "genus", 25),
        ("Radiozoa", "genus", 60),
        ("Hydrozoa", "genus", 180),
        ("Siphonophorae", "genus", 50),
    ],
)
def test_groups_go_down_to_genus(graph: kg.ConceptGraph, group: str, rank: str, least: int) -> None:
    tree = graph.hierarchy()
    below = [graph[i] for i in tree.descendants(graph.find_one(group))]
    assert sum(c.rank == rank for c in below) >= least


def test_diatom_genera_have_order_and_family(graph: kg.ConceptGraph) -> None:
    tree = graph.hierarchy()
    for id_ in tree.descendants(graph.find_one("Bacillariophyceae")):
        if graph[id_].rank == "genus":
            above = [graph[a] for a in tree.ancestors(id_)]
            placed = {"order", "family"} <= {c.rank for c in above}
            assert placed or any("incertae sedis" in c.label for c in above), graph[id_].label


def test_nothing_has_what_it_lacks(graph: kg.ConceptGraph) -> None:
    assert contradictions(graph) == ()


@pytest.mark.data
def test_aphia_ids_agree_with_the_tables_in_name_and_rank(table: Table, shared_data: Path) -> None:
    known = _records(shared_data)
    wrong, agree = [], 0
    for row in table("taxa"):
        for xref in row["xrefs"].split("|"):
            number = xref.removeprefix("AphiaID:")
            if xref.startswith("AphiaID:") and number in known:
                name = re.sub(r" \(.*\)$", "", row["label"]).casefold()
                if (name, row["rank"]) in known[number]:
                    agree += 1
                else:
                    wrong.append((row["label"], row["rank"], number, known[number]))
    assert agree > 1900
    assert len(wrong) <= 0.02 * (agree + len(wrong)), wrong


@pytest.mark.data
def test_where_a_table_has_no_aphia_id_the_row_names_another_source(
    table: Table, shared_data: Path
) -> None:
    known = _records(shared_data)
    without = re.compile("kgconcepts$|NCBI Taxonomy|PR2|AlgaeBase|.*Wikipedia|.*Wikispecies")
    for row in table("taxa"):
        numbers = [x.removeprefix("AphiaID:") for x in row["xrefs"].split("|") if "AphiaID" in x]
        if any(number not in known for number in numbers):
            # Not from where there are no AphiaIDs.
            sources = [s for s in row["source"].split("; ") if not without.match(s)]
            assert sources, row["label"]


@pytest.mark.data
def test_cell_shapes_are_those_of_the_table(
    graph: kg.ConceptGraph, table: Table, shared_data: Path
) -> None:
    """Of each taxon that the table gives one shape, the ontology gives a shape, and no other."""
    path = shared_data / "taxonomies" / "nordicmicroalgae" / "facts_biovolumes_nomp.txt"
    shapes: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            shape = re.sub(r"\s*-\s*\d+%$", "", row["Geometric_shape"].strip())
            for number in (row["valid_AphiaID"], row["AphiaID"]):
                shapes.setdefault(number, set()).add(shape.replace("+ ", " + ").replace("  ", " "))
    cell_shape = graph.find_one("cell shape")
    kinds = set(graph.hierarchy().descendants(cell_shape))
    had = inherited(graph, "has_quality")
    of_shape: dict[str, set[str]] = {}
    reached = 0
    for concept in graph:
        numbers = [x.removeprefix("AphiaID:") for x in concept.xrefs if x.startswith("AphiaID:")]
        if concept.kind == "taxon" and concept.rank in ("species", "variety", "forma"):
            for number in numbers:
                found = shapes.get(number, set()) - {""}
                named = kinds & set(had.of(concept.id))
                if len(found) == 1:
                    reached += 1
                    assert len(named) == 1, concept.label
                    of_shape.setdefault(next(iter(found)), set()).update(named)
    assert reached > 800
    assert all(len(qualities) == 1 for qualities in of_shape.values()), of_shape


def _records(shared_data: Path) -> dict[str, set[tuple[str, str]]]:
    """Name and rank of every AphiaID in the tables."""
    folder = shared_data / "taxonomies"
    known: dict[str, set[tuple[str, str]]] = {}
    with (folder / "nordicmicroalgae" / "taxa.txt").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rank = row["rank"].lower().split(" (")[0]
            known.setdefault(row["taxon_id"], set()).add((row["scientific_name"].casefold(), rank))
    ranks = ["Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species"]
    with (folder / "planktonzilla_taxonomy.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            named = [rank for rank in ranks if row[rank]]
            if row["aphia_ID"]:
                name = row[named[-1]]
                if named[-1] == "Species":
                    name = f"{row['Genus']} {name}"
                number = row["aphia_ID"].removesuffix(".0")
                known.setdefault(number, set()).add((name.casefold(), named[-1].lower()))
    return known


def test_the_readme_s_numbers_are_those_of_the_tables(folder: Path, table: Table) -> None:
    said = (folder / "README.md").read_text(encoding="utf-8")
    for name, words in {
        "taxa": "taxa from Biota down",
        "forms": "forms: larvae",
        "parts": "parts, with",
        "qualities": "qualities: shape",
        "stages": "life stages",
        "objects": "non-living things",
        "traits": "statements of what taxa have",
        "drafts/traits": "statements that nobody",
    }.items():
        assert f"{len(table(name)):,} {words}" in said, name
