"""What the drawn world promises: it shows what the ontology says, no more and no less."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kgconcepts.demo.draw import GROUPS, draw, long_tail
from kgconcepts.demo.plans import RECIPES
from kgconcepts.errors import KGConceptsError, UnknownConceptError

ONTOLOGY = Path(__file__).parents[2] / "ontology"
TABLES = ("taxa", "parts", "qualities", "stages", "objects")
COLUMNS = [
    "id",
    "label",
    "kind",
    "rank",
    "parents",
    "definition",
    "synonyms",
    "xrefs",
    "has_part",
    "has_quality",
    "has_stage",
    "source",
]
KIND_OF = {"has_part": "part", "has_quality": "quality", "has_stage": "stage"}


def read_terms() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for table in TABLES:
        with (ONTOLOGY / f"{table}.tsv").open(encoding="utf-8", newline="") as file:
            rows.extend(csv.DictReader(file, delimiter="\t"))
    return rows


ROWS = read_terms()
TERMS = {row["label"]: row for row in ROWS}


def values(row: dict[str, str], column: str) -> list[str]:
    return row[column].split("|") if row[column] else []


def lineage(label: str) -> set[str]:
    """The term and all its is_a ancestors."""
    return {label}.union(*(lineage(parent) for parent in values(TERMS[label], "parents")))


def asserted(label: str, relation: str) -> set[str]:
    """Traits of a term, its own and those inherited."""
    return {trait for term in lineage(label) for trait in values(TERMS[term], relation)}


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_agreed_columns(table: str) -> None:
    content = (ONTOLOGY / f"{table}.tsv").read_bytes()
    assert b"\r" not in content
    lines = content.decode("utf-8").splitlines()
    assert lines[0].split("\t") == COLUMNS
    assert {line.count("\t") for line in lines} == {len(COLUMNS) - 1}


def test_ids_and_names_are_unique() -> None:
    ids = Counter(row["id"] for row in ROWS)
    assert max(ids.values()) == 1
    names = Counter(row["label"].casefold() for row in ROWS)
    names.update(synonym.casefold() for row in ROWS for synonym in values(row, "synonyms"))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_reference_resolves_to_a_term_of_the_right_kind() -> None:
    wrong = [
        (row["label"], relation, other)
        for row in ROWS
        for relation in ("parents", *KIND_OF)
        for other in values(row, relation)
        if other not in TERMS or TERMS[other]["kind"] != KIND_OF.get(relation, row["kind"])
    ]
    assert wrong == []


def test_every_term_is_defined() -> None:
    assert [row["label"] for row in ROWS if not row["definition"].endswith(".")] == []


def test_is_a_has_no_cycle() -> None:
    left = {row["label"]: set(values(row, "parents")) for row in ROWS}
    while ready := {label for label, parents in left.items() if not parents & left.keys()}:
        left = {label: parents for label, parents in left.items() if label not in ready}
    assert not left


def test_each_kind_has_one_root() -> None:
    roots = {row["label"] for row in ROWS if not row["parents"]}
    assert roots == {"Biota", "body part", "visible quality", "life stage", "non-living object"}


def test_aphia_ids_name_their_table() -> None:
    for row in ROWS:
        assert bool(row["xrefs"]) == (row["source"] != "kgconcepts"), row["label"]
    ids = [row["xrefs"] for row in ROWS if row["xrefs"]]
    assert len(set(ids)) == len(ids)


def test_groups_are_the_recipes_in_a_fixed_order() -> None:
    assert len(set(GROUPS)) == len(GROUPS)
    assert set(GROUPS) == set(RECIPES)


@pytest.mark.parametrize("group", GROUPS)
def test_group_is_a_leaf_with_at_least_two_traits(group: str) -> None:
    assert TERMS[group]["kind"] in {"taxon", "object"}
    assert not any(group in values(row, "parents") for row in ROWS)
    assert sum(len(asserted(group, relation)) for relation in KIND_OF) >= 2


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("seed", range(4))
def test_exactly_the_asserted_parts_are_drawn(group: str, seed: int) -> None:
    drawing = draw(group, np.random.default_rng(seed))
    assert set(drawing.parts) == asserted(group, "has_part")


@pytest.mark.parametrize("group", GROUPS)
def test_pixels_are_grey_and_depend_on_the_generator_alone(group: str) -> None:
    one, same, other = (draw(group, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert one.pixels.dtype == np.uint8
    assert one.pixels.shape == (64, 64)
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize("group", GROUPS)
def test_organism_is_dark_on_a_light_ground(group: str) -> None:
    pixels = draw(group, np.random.default_rng(1)).pixels.astype(float)
    assert np.median(pixels[[0, -1]]) > 190
    assert np.percentile(pixels, 2) < np.median(pixels[[0, -1]]) - 15


@pytest.mark.parametrize("size", [32, 96])
def test_size_is_the_side_of_the_image(size: int) -> None:
    assert draw("Oithona", np.random.default_rng(0), size).pixels.shape == (size, size)


def test_unknown_group_is_refused() -> None:
    with pytest.raises(UnknownConceptError, match="unicorn") as caught:
        draw("unicorn", np.random.default_rng(0))
    assert isinstance(caught.value, KGConceptsError)
    assert isinstance(caught.value, KeyError)


def test_long_tail_is_long_and_leaves_nobody_out() -> None:
    counts = Counter(long_tail(2400, np.random.default_rng(0)))
    assert counts.total() == 2400
    numbers = [counts[group] for group in GROUPS]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] >= 4
    assert numbers[0] > 20 * numbers[-1]
