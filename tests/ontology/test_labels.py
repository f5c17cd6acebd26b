"""The labels of four image collections reach concepts that say what they show."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import inherited
from kgconcepts.sources.labels import read_labels

COLLECTIONS = {
    "planktonset": "planktonset1.0",
    "zooscan": "zooscan",
    "zoolake": "zoolake",
    "uvp6net": "uvp6net",
}
# What a qualifier of planktonzilla's, or a word in a label, says: one of these concepts.
SAYS = {
    "larvae": ("larva", "juvenile"),
    "egg": ("egg", "egg structure", "egg-bearing"),
    "part_tail": ("tail",),
    "part_head": ("head",),
    "part_skin": ("moulted skin",),
    "part_tentacle": ("tentacle",),
    "part_trunk": ("trunk",),
    "part": ("fragment", "cut by the edge"),
    "nauplii": ("nauplius",),
    "metanauplii": ("metanauplius",),
    "zoea": ("zoea",),
    "protozoea": ("protozoea", "zoea"),
    "megalopa": ("megalopa",),
    "cypris": ("cyprid",),
    "ephyra": ("ephyra",),
    "pluteus": ("pluteus",),
    "bipinnaria": ("bipinnaria",),
    "brachiolaria": ("brachiolaria",),
    "auricularia": ("auricularia",),
    "tornaria": ("tornaria",),
    "trochophore": ("trochophore",),
    "cyphonaute": ("cyphonautes",),
    "calyptopsis": ("calyptopis",),
    "actinula": ("actinula",),
    "siphonula": ("siphonula",),
    "leptocephali": ("leptocephalus",),
    "nurse": ("nurse stage",),
    "juvenile": ("juvenile",),
    "young": ("juvenile", "young medusa"),
    "eudoxie": ("eudoxid",),
    "nectophore": ("nectophore",),
    "bract": ("bract",),
    "gonophore": ("gonophore",),
    "cirrus": ("cirrus",),
    "endostyle": ("endostyle",),
    "nucleus": ("visceral nucleus",),
    "house": ("house",),
    "stem": ("siphonophore stem",),
    "chain": ("chain", "chain-forming"),
    "chains": ("chain", "chain-forming"),
    "colony": ("colonial",),
    "sideview": ("lateral view",),
    "side": ("lateral view",),
    "skins": ("moulted skin",),
}


# What lives, and is no more closely named.
UNNAMED = ("other_living", "unknown_plankton", "other<living")


@pytest.fixture(scope="module", params=COLLECTIONS)
def collection(request: pytest.FixtureRequest) -> str:
    """Name of a label table."""
    return str(request.param)


@pytest.fixture(scope="module")
def labels(folder: Path) -> Callable[[str], dict[str, list[str]]]:
    """A function that gives the names that each label of a collection stands for."""

    def read(name: str) -> dict[str, list[str]]:
        with (folder / "labels" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            return {row["label"]: row["concept"].split("|") for row in rows}

    return read


@pytest.fixture(scope="module")
def shown(graph: kg.ConceptGraph) -> Callable[[list[str]], set[str]]:
    """A function that gives all that holds of an image with these concepts: itself and above."""
    tree, had = graph.hierarchy(), inherited(graph)

    def close(names: list[str]) -> set[str]:
        ids = {graph.find_one(name) for name in names}
        ids |= {trait for id_ in ids for trait in had.of(id_)}
        return ids | set(tree.ancestors(ids))

    return close


def _planktonzilla(shared_data: Path, collection: str) -> list[dict[str, str]]:
    path = shared_data / "taxonomies" / "planktonzilla_taxonomy.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["Dataset"] == COLLECTIONS[collection]]


@pytest.mark.data
def test_every_label_of_a_collection_has_its_row(
    labels: Callable[[str], dict[str, list[str]]], collection: str, shared_data: Path
) -> None:
    rows = _planktonzilla(shared_data, collection)
    assert {row["Raw_Labels"] for row in rows} == set(labels(collection))


def test_each_name_is_that_of_one_concept(
    graph: kg.ConceptGraph, folder: Path, collection: str
) -> None:
    report = kg.check(graph, folder / "labels" / f"{collection}.tsv")
    assert report.rules.get("label_without_concept", ()) == ()


def test_labels_are_concepts_that_can_be(
    graph: kg.ConceptGraph, folder: Path, collection: str
) -> None:
    labelled, _ = read_labels(folder / "labels" / f"{collection}.tsv", graph)
    report = kg.check(labelled)
    assert report.at_least("ERROR") == ()
    assert report.rules.get("exclusive_traits", ()) == ()


@pytest.mark.data
def test_what_lives_reaches_a_taxon_and_what_does_not_an_object(
    graph: kg.ConceptGraph,
    labels: Callable[[str], dict[str, list[str]]],
    shown: Callable[[list[str]], set[str]],
    collection: str,
    shared_data: Path,
) -> None:
    named = labels(collection)
    biota = graph.find_one("Biota")
    for row in _planktonzilla(shared_data, collection):
        label = row["Raw_Labels"]
        kinds = {graph[i].kind for i in shown(named[label]) if i != biota}
        if row["living"] != "True":  # parts of what lived among them
            assert ("object" in kinds) != ("taxon" in kinds), label
        elif label in UNNAMED:
            assert graph.find_one(named[label][0]) == biota
        else:
            assert kinds & {"taxon", "object"} == {"taxon"}, label


@pytest.mark.data
def test_a_label_that_says_a_stage_part_or_view_reaches_it(
    graph: kg.ConceptGraph,
    labels: Callable[[str], dict[str, list[str]]],
    shown: Callable[[list[str]], set[str]],
    shared_data: Path,
) -> None:
    """At least 95 % of those with a qualifier, over all four collections."""
    missed, asked = [], 0
    for collection in COLLECTIONS:
        named = labels(collection)
        for row in _planktonzilla(shared_data, collection):
            words = {row["qualifier"], *re.split(r"[_\s<>-]+", row["Raw_Labels"].casefold())}
            for word in words & SAYS.keys():
                asked += 1
                wanted = {graph.find_one(name) for name in SAYS[word]}
                if wanted.isdisjoint(shown(named[row["Raw_Labels"]])):
                    missed.append((collection, row["Raw_Labels"], word))
    assert asked > 100
    assert len(missed) <= 0.05 * asked, missed


def test_no_two_labels_of_planktonset_are_described_alike(
    labels: Callable[[str], dict[str, list[str]]],
    shown: Callable[[list[str]], set[str]],
    graph: kg.ConceptGraph,
) -> None:
    named = labels("planktonset")
    traits = {
        label: frozenset(i for i in shown(names) if graph[i].kind not in ("taxon", "object"))
        for label, names in named.items()
    }
    things = {
        label: frozenset(i for i in shown(n) if graph[i].kind == "object")
        for label, n in named.items()
    }
    alike = [
        (one, other)
        for one, other in combinations(named, 2)
        if traits[one] == traits[other] and things[one] == things[other]
    ]
    assert alike == []


def test_no_label_says_what_its_taxon_lacks(
    graph: kg.ConceptGraph,
    labels: Callable[[str], dict[str, list[str]]],
    shown: Callable[[list[str]], set[str]],
    collection: str,
) -> None:
    lacked = absent(graph)
    for label, names in labels(collection).items():
        without = {trait for name in names for trait in lacked.of(graph.find_one(name))}
        wrong = [graph[i].label for i in shown(names) & without]
        assert wrong == [], label


@pytest.mark.data
def test_planktonzilla_s_own_identifiers_reach_our_taxa(
    graph: kg.ConceptGraph, collection: str, shared_data: Path
) -> None:
    known = {xref for concept in graph for xref in concept.xrefs}
    missing = {
        (row["Raw_Labels"], row["aphia_ID"])
        for row in _planktonzilla(shared_data, collection)
        if row["aphia_ID"] and f"AphiaID:{row['aphia_ID'].removesuffix('.0')}" not in known
    }
    # Leptocephalus is a larval stage, and no taxon here; it is reached by the label table.
    assert missing <= {("fish_larvae_leptocephali", "843623.0")}
