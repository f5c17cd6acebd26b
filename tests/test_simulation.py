"""The simulated world is what it says, right and wrong."""

from __future__ import annotations

import numpy as np
import pytest

from kgconcepts.errors import EvidenceError
from kgconcepts.simulation import WRONGS, Wrong, simulate


def parent(world: object, k: int) -> np.ndarray:
    P = world.hierarchy.parents  # type: ignore[attr-defined]
    return P.indices[P.indptr[k] : P.indptr[k + 1]]


def test_means_are_sums_of_deviations_where_the_hierarchy_is_right() -> None:
    world = simulate(3)
    sums = world.hierarchy.push_down(world.deviations)[world.hierarchy.leaves]
    np.testing.assert_allclose(world.means, sums)


def test_what_does_not_deviate_means_nothing() -> None:
    world = simulate(3)
    own = (world.deviations != 0).any(axis=1)
    np.testing.assert_array_equal(world.null[1:], ~own[1:])
    assert world.null[0]  # of a root there is nothing else
    assert 0.3 < world.null.mean() < 0.5


@pytest.mark.parametrize("wrong", WRONGS)
def test_images_scatter_around_their_class_s_mean(wrong: Wrong) -> None:
    world = simulate(1, wrong)
    Z, targets, leaf = world.images(60_000, seed=2, even=True)
    np.testing.assert_array_equal(
        targets, world.hierarchy.closure[world.hierarchy.leaves[leaf]].toarray()
    )
    rest = Z - world.means[leaf]
    np.testing.assert_allclose(np.cov(rest.T), world.scatter @ world.scatter.T, atol=0.12)
    for c in (0, 7):
        assert np.abs(rest[leaf == c].mean(axis=0)).max() < 0.2


@pytest.mark.parametrize("wrong", WRONGS)
def test_null_is_what_very_many_images_cannot_tell(wrong: Wrong) -> None:
    """Means of a concept's images and of its parents': alike where null, else not."""
    world = simulate(4, wrong)
    hierarchy = world.hierarchy
    below = hierarchy.closure[hierarchy.leaves].toarray() > 0
    null = world.null
    assert 0 < null[1:].sum() < len(hierarchy) - 1
    for k in range(1, len(hierarchy)):
        among = below[:, parent(world, k)].all(axis=1)
        gap = np.average(world.means[below[:, k]], 0, world.frequency[below[:, k]])
        gap = gap - np.average(world.means[among], 0, world.frequency[among])
        alone = (below[:, k] == among).all()
        assert (np.abs(gap).max() < 1e-9) == null[k]
        assert null[k] or not alone


def test_classes_are_as_frequent_as_a_power_law_has_it() -> None:
    world = simulate(0, exponent=1.5)
    often = np.sort(world.frequency)[::-1]
    np.testing.assert_allclose(often / often[0], np.arange(1, 65) ** -1.5)
    _, _, leaf = world.images(50_000, seed=0)
    np.testing.assert_allclose(np.bincount(leaf, minlength=64) / 50_000, world.frequency, atol=0.01)


def test_wrong_parents_are_a_fifth() -> None:
    right, wrong = simulate(5), simulate(5, "wrong parents")
    assert set(wrong.hierarchy.ids) <= set(right.hierarchy.ids)
    moved = 0
    for k in right.hierarchy.leaves:
        id_ = right.hierarchy.ids[k]
        l = wrong.hierarchy.index(id_)  # noqa: E741
        above = [world.hierarchy.ids[parent(world, i)[0]] for world, i in ((right, k), (wrong, l))]
        moved += above[0] != above[1]
        at = [int(np.flatnonzero(w.hierarchy.leaves == i)[0]) for w, i in ((right, k), (wrong, l))]
        np.testing.assert_array_equal(right.means[at[0]], wrong.means[at[1]])
    assert moved == 64 // 5


def test_two_parents_are_as_both_of_them() -> None:
    world = simulate(5, "two parents")
    hierarchy = world.hierarchy
    twice = [k for k in hierarchy.leaves if len(parent(world, k)) == 2]
    assert len(twice) == 64 // 5
    sums = hierarchy.push_down(world.deviations)[hierarchy.leaves]
    for k in twice:
        at = np.flatnonzero(hierarchy.leaves == k)[0]
        np.testing.assert_allclose(world.means[at] - sums[at], _shared_head(world, k), atol=1e-9)


def _shared_head(world: object, k: int) -> np.ndarray:
    """A head of both families counts for either, and once in a sum over ancestors."""
    heads = [parent(world, family)[0] for family in parent(world, k)]
    deviations = world.deviations  # type: ignore[attr-defined]
    return deviations[heads[0]] if heads[0] == heads[1] else np.zeros(deviations.shape[1])


def test_traits_are_shared_across_families_and_not_told() -> None:
    right, world = simulate(5), simulate(5, "convergent traits")
    assert world.hierarchy.ids == right.hierarchy.ids
    added = world.means - right.means
    have = (added != 0).any(axis=1)
    assert have.sum() == 64 // 5
    assert len(np.unique(added[have].round(9), axis=0)) == 4


def test_missing_ranks_leave_their_children_to_the_next_above() -> None:
    right, world = simulate(5), simulate(5, "missing ranks")
    assert len(right.hierarchy) - len(world.hierarchy) == 16 // 3
    assert len(world.hierarchy.leaves) == 64
    for id_ in world.hierarchy.ids:
        above = set(world.hierarchy.ancestors(id_))
        assert above == set(right.hierarchy.ancestors(id_)) & set(world.hierarchy.ids)


def test_the_same_seed_is_the_same_world() -> None:
    for wrong in WRONGS:
        one, two = simulate(9, wrong), simulate(9, wrong)
        np.testing.assert_array_equal(one.means, two.means)
        np.testing.assert_array_equal(one.images(20, 1)[0], two.images(20, 1)[0])
    assert (simulate(8).means != simulate(9).means).any()


def test_another_wrong_is_refused() -> None:
    with pytest.raises(EvidenceError, match="wrong is 'left'; expected one of right, "):
        simulate(0, "left")  # type: ignore[arg-type]
