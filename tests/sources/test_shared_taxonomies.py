"""Every taxonomy of the real data, counted again by the csv module (one in ``test_dwca.py``)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError

pytestmark = pytest.mark.data

NORDIC = {"facts_biovolumes_nomp.txt", "synonyms.txt", "taxa.txt"}
TAXONOMIES = {
    "planktonzilla_taxonomy.csv",
    *(f"nordicmicroalgae/{name}" for name in NORDIC),
    *(f"gymnodiniales_dwca/{name}" for name in ("eml.xml", "gymno_dwc.txt", "meta.xml")),
}


def rows(path: Path, delimiter: str = "\t") -> list[list[str]]:
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file, delimiter=delimiter, quoting=quoting) if row]


def cells(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    header, *table = rows(path, delimiter)
    return [dict(zip(header, row, strict=True)) for row in table]


@pytest.fixture(scope="module")
def taxonomies(shared_data: Path) -> Path:
    return shared_data / "taxonomies"


def test_no_file_is_left_out(taxonomies: Path) -> None:
    found = {str(f.relative_to(taxonomies)) for f in taxonomies.rglob("*") if f.is_file()}
    assert found == TAXONOMIES


def test_planktonzilla_has_a_concept_for_each_label_taxon_and_qualifier(taxonomies: Path) -> None:
    path = taxonomies / "planktonzilla_taxonomy.csv"
    table = cells(path, ",")
    ranks = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species")
    labels = {f"{row['Dataset']}:{row['Raw_Labels']}" for row in table}
    taxa = set()
    for row in table:
        for rank in ranks:
            genus = row["Genus"] if rank == "Species" else ""
            if row[rank]:
                taxa.add((rank, genus, row[rank]))
    without = [row for row in table if not any(row[rank] for rank in ranks)]
    named = {(row["root_class"], row["proposed_label"]) for row in without}
    roots = {root for root, _ in named}
    qualifiers = {row["qualifier"] for row in table if row["qualifier"]}
    graph = kg.read(path)
    assert len(table) == len(labels) == 330
    assert len(taxa) == 258
    assert len(graph) == len(labels) + len(taxa) + len(named | {(r, r) for r in roots}) + len(
        qualifiers
    )
    assert sum(c.kind in ("stage", "quality") for c in graph) == len(qualifiers)
    traits = [r for r in graph.relations if r.relation in ("has_stage", "has_quality")]
    assert len(traits) == sum(bool(row["qualifier"]) for row in table)
    assert Counter(c.rank for c in graph if c.rank) == Counter(rank.lower() for rank, *_ in taxa)
    tree = graph.hierarchy()
    leaves = {tree.ids[k] for k in tree.leaves}
    assert labels <= leaves
    assert leaves - labels == {f"planktonzilla:qualifier/{name}" for name in qualifiers}


def test_nordic_microalgae_is_whole(taxonomies: Path) -> None:
    folder = taxonomies / "nordicmicroalgae"
    taxa, synonyms = cells(folder / "taxa.txt"), cells(folder / "synonyms.txt")
    graph = kg.read(folder)
    assert len(graph) == len(taxa) == 6867
    edges = [r for r in graph.relations if r.relation == "is_a"]
    assert len(edges) == sum(bool(row["parent_id"]) for row in taxa) == 6866
    assert len(synonyms) == 8571
    for row in synonyms:
        assert row["synonym_name"] in graph[f"AphiaID:{row['taxon_id']}"].synonyms
    assert not [f for f in graph.findings if f.rule == "unresolved_reference"]
    accepted = {row["taxon_id"] for row in taxa}
    replaced = [row for row in taxa if row["valid_aphia_id"] in accepted - {row["taxon_id"]}]
    assert sum(concept.obsolete for concept in graph) == len(replaced)
    assert len(graph.hierarchy()) == len(taxa) - len(replaced)
    assert Counter(c.rank for c in graph) == Counter(row["rank"].lower() for row in taxa)


def test_each_table_of_nordic_microalgae_alone_is_read_or_refused_in_one_line(
    taxonomies: Path,
) -> None:
    folder = taxonomies / "nordicmicroalgae"
    assert len(kg.read(folder / "taxa.txt")) == 6867
    for name in NORDIC - {"taxa.txt"}:  # names of taxa, and sizes of cells, without a taxonomy
        with pytest.raises(SourceError, match=rf"{name}: of no known format") as caught:
            kg.read(folder / name)
        assert "\n" not in str(caught.value)
    # In the folder it is told that the table of sizes was not read.
    unread = [f for f in kg.read(folder).findings if f.rule == "unread_file"]
    assert [Path(f.subject).name for f in unread] == ["facts_biovolumes_nomp.txt"]
