"""Controls keep what they promise to keep, and make chance of the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Hierarchy
from kgconcepts.grounding.certifying.controls import (
    permuted_parents,
    random_concepts,
    shuffled_labels,
)

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
TREE = Hierarchy.from_edges(
    ["a", "b", "c", "b1", "b2", "c1", "c2", "c3"],
    [
        ("b", "a"),
        ("c", "a"),
        *((f"b{i}", "b") for i in (1, 2)),
        *((f"c{i}", "c") for i in (1, 2, 3)),
    ],
)


def of_classes(hierarchy: Hierarchy, n: int, seed: int) -> np.ma.MaskedArray:
    """Images of classes at random, a part of them not annotated."""
    rng = np.random.default_rng(seed)
    table = hierarchy.closure[rng.choice(hierarchy.leaves, n)].toarray().astype(np.int8)
    unknown = np.repeat(rng.random((n, 1)) < 0.2, len(hierarchy), axis=1)
    return np.ma.masked_array(table, mask=unknown)


@given(data=st.data(), seed=st.integers(0, 1000))
def test_images_exchange_labels_and_nothing_above_changes(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    targets = of_classes(dag, 30, seed)
    before = targets.filled(-1)
    for control in (shuffled_labels(dag, targets, seed), random_concepts(dag, targets, seed)):
        after = control.targets.filled(-1)
        np.testing.assert_array_equal(np.sort(after, axis=0), np.sort(before, axis=0))
        np.testing.assert_array_equal(*(np.unique(rows, axis=0) for rows in (after, before)))
        np.testing.assert_array_equal((after == -1).all(axis=1), (before == -1).all(axis=1))
    # What is chance has an ancestor that still is on the images that it was on.
    for k in np.flatnonzero(control.null):
        above = [dag.index(a) for a in dag.ancestors(dag.ids[k])]
        assert any((after[:, a] == before[:, a]).all() and not control.null[a] for a in above)


def test_labels_below_a_concept_are_as_likely_on_any_of_its_images() -> None:
    targets = np.ma.masked_array(np.repeat(TREE.closure[[3, 4, 5]].toarray(), 4, axis=0))
    often, drawn = np.zeros((12, 8)), 0
    for seed in range(600):
        control = random_concepts(TREE, targets, seed)
        if not control.null[1]:  # b itself is kept
            often, drawn = often + control.targets.data, drawn + 1
    assert 250 < drawn < 350
    np.testing.assert_allclose(often[:8, 3] / drawn, 0.5, atol=0.12)
    np.testing.assert_array_equal(often[:, 1], targets.data[:, 1] * drawn)


def test_shuffled_labels_mean_nothing() -> None:
    targets = of_classes(TREE, 60, 0)
    control = shuffled_labels(TREE, targets, 1)
    assert control.null.all()
    assert (control.targets.filled(-1) != targets.filled(-1)).any()


@pytest.mark.parametrize("seed", range(5))
def test_permuted_parents_have_other_children_and_as_many(seed: int) -> None:
    targets = of_classes(TREE, 60, seed)
    control = permuted_parents(TREE, targets, seed)
    assert sorted(control.hierarchy.ids) == sorted(TREE.ids)
    children = [
        sorted(np.diff(tree.children.indptr)[[tree.index(id_) for id_ in "abc"]])
        for tree in (TREE, control.hierarchy)
    ]
    assert children[0] == children[1]
    for id_ in (TREE.ids[k] for k in TREE.leaves):
        np.testing.assert_array_equal(
            control.targets[:, control.hierarchy.index(id_)].filled(-1),
            targets[:, TREE.index(id_)].filled(-1),
        )
    # Each image shows just what its class now is.
    known = ~np.ma.getmaskarray(control.targets).all(axis=1)
    leaves = control.hierarchy.leaves
    leaf = leaves[control.targets.data[known][:, leaves].argmax(axis=1)]
    expected = control.hierarchy.closure[leaf].toarray()
    np.testing.assert_array_equal(control.targets.filled(-1)[known], expected)
    assert not control.null.any()


def test_folds_keep_as_many_of_each_concept() -> None:
    targets, fold = of_classes(TREE, 60, 0), np.arange(60) % 3
    for make in (shuffled_labels, random_concepts):
        control = make(TREE, targets, 4, fold)
        assert (control.targets.filled(-1) != targets.filled(-1)).any()
        for f in range(3):
            here = fold == f
            np.testing.assert_array_equal(
                np.sort(control.targets.filled(-1)[here], axis=0),
                np.sort(targets.filled(-1)[here], axis=0),
            )


def test_the_same_seed_is_the_same_control() -> None:
    targets = of_classes(TREE, 60, 0)
    for make in (shuffled_labels, random_concepts, permuted_parents):
        one, two = make(TREE, targets, 3), make(TREE, targets, 3)
        np.testing.assert_array_equal(one.targets.filled(-1), two.targets.filled(-1))


@pytest.mark.parametrize("table", [[[1, 1, 0, 1, 0, 0, 0, 0]], [[-1] * 8] * 4])
def test_of_one_image_or_none_annotated_there_is_nothing_to_exchange(table: list) -> None:
    targets = np.ma.masked_equal(np.array(table, dtype=np.int8), -1)
    for make in (shuffled_labels, random_concepts):
        np.testing.assert_array_equal(make(TREE, targets, 0).targets.filled(-1), table)
