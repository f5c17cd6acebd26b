"""What the drawn world promises: it shows what the ontology says, no more and no less."""

from __future__ import annotations

import csv
from collections import Counter

import numpy as np
import pytest

import kgconcepts as kg
from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import inherited
from kgconcepts.demo.draw import GROUPS, draw, long_tail
from kgconcepts.demo.knowledge import shown
from kgconcepts.demo.plans import RECIPES
from kgconcepts.demo.project import ontology
from kgconcepts.errors import KGConceptsError, UnknownConceptError


@pytest.fixture(scope="module")
def whole() -> kg.ConceptGraph:
    """The ontology."""
    return kg.read(ontology())


@pytest.fixture(scope="module")
def world(whole: kg.ConceptGraph) -> kg.ConceptGraph:
    """What of it is drawn."""
    return shown(whole)


def test_groups_are_the_recipes_in_a_fixed_order() -> None:
    assert len(set(GROUPS)) == len(GROUPS)
    assert set(GROUPS) == set(RECIPES)


def test_groups_are_the_classes_of_the_drawn_world_each_with_traits(
    world: kg.ConceptGraph,
) -> None:
    dag = world.hierarchy(traits=True)
    assert {world.find_one(group) for group in GROUPS} == {dag.ids[k] for k in dag.leaves}
    had = inherited(world)
    assert all(len(had.of(world.find_one(group))) >= 2 for group in GROUPS)


def test_the_drawn_world_has_no_error(world: kg.ConceptGraph) -> None:
    assert kg.check(world).at_least("ERROR") == ()


def test_what_is_drawn_is_said_or_drafted_of_the_group_or_its_kinds_and_nowhere_denied(
    whole: kg.ConceptGraph,
) -> None:
    had, lacked, tree = inherited(whole, "has_part"), absent(whole, "has_part"), whole.hierarchy()
    drafts: dict[str, set[str]] = {}
    with (ontology().parent / "drafts" / "traits.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["relation"] == "has_part":
                drafts.setdefault(row["taxon"], set()).add(whole.find_one(row["trait"]))
    for group in GROUPS:
        id_ = whole.find_one(group)
        forms = {r.child for r in whole.relations if r[1:] == ("form_of", id_)}
        kinds = {id_, *tree.descendants({id_, *forms}), *forms}
        said = {part for kind in kinds for part in had.of(kind)}
        for kind in {*kinds, *tree.ancestors(id_)}:
            said |= drafts.get(whole[kind].label, set())
        said |= set(tree.ancestors(said))
        drawn = {whole.find_one(p) for p in draw(group, np.random.default_rng(0), 16).parts}
        assert drawn <= said, (group, [whole[p].label for p in drawn - said])
        assert drawn.isdisjoint(lacked.of(id_)), group


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("seed", range(4))
def test_exactly_the_parts_that_are_stated_are_drawn(
    world: kg.ConceptGraph, group: str, seed: int
) -> None:
    drawing = draw(group, np.random.default_rng(seed))
    stated = inherited(world, "has_part").of(world.find_one(group))
    general = {general for part in stated for general in world.hierarchy().ancestors(part)}
    assert set(drawing.parts) <= {world[part].label for part in stated}
    assert {world[part].label for part in set(stated) - general} <= set(drawing.parts)


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
