"""The multinomial peers and the control are what their names say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from kgconcepts import Hierarchy
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.multinomial import ridge_path
from kgconcepts.grounding.peers import FlatMultinomial, NearestMean, PermutedParents

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
World = Any  # of conftest


def test_the_flat_multinomial_is_the_fit_without_a_hierarchy(world: World) -> None:
    rows = np.arange(0, len(world.Z), 2)
    model = FlatMultinomial(world.tree, strengths=(0.5,), folds=1)
    model.fit(world.Z[rows], world.evidence(rows))
    X = np.column_stack([unit_latents(world.Z[rows], model.center_), np.ones(len(rows))])
    told = np.where(world.targets(rows)[:, world.tree.leaves] == 1, 0, -np.inf)
    (weights,) = ridge_path(X, told.astype(np.float32), np.ones(len(rows)), np.eye(9), [0.5])
    np.testing.assert_allclose(model.directions_[world.tree.leaves], weights[:, :-1], atol=1e-6)
    inner = np.setdiff1d(np.arange(len(world.tree)), world.tree.leaves)
    np.testing.assert_array_equal(model.deviations_[inner], 0)


@given(data=st.data(), seed=st.integers(0, 99))
def test_permuted_parents_keep_how_many_classes_are_where(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    true = dag.closure.toarray()
    wrong = PermutedParents(dag, random_state=seed)._sums().closure.toarray()
    leaves = dag.leaves
    inner = np.setdiff1d(np.arange(len(dag)), leaves)
    np.testing.assert_array_equal(wrong[inner], true[inner])
    np.testing.assert_array_equal(wrong[leaves].sum(axis=0), true[leaves].sum(axis=0))
    np.testing.assert_array_equal(wrong[np.ix_(leaves, leaves)], np.eye(len(leaves)))
    above = [sorted(map(tuple, x[np.ix_(leaves, inner)].tolist())) for x in (true, wrong)]
    assert above[0] == above[1]
    assert np.linalg.matrix_rank(wrong[leaves]) == len(leaves)


@pytest.mark.parametrize("seed", range(5))
def test_permuted_parents_are_wrong(world: World, seed: int) -> None:
    true = world.tree.closure.toarray()
    wrong = PermutedParents(world.tree, random_state=seed)._sums().closure.toarray()
    moved = (wrong != true).any(axis=1)[world.tree.leaves].sum()
    assert moved >= 3  # of nine; by chance a third stays
    again = PermutedParents(world.tree, random_state=seed)._sums().closure.toarray()
    np.testing.assert_array_equal(wrong, again)


def test_permuted_parents_still_sum_over_the_true_ones(world: World) -> None:
    """The control fits with wrong parents, and is judged on the true concepts."""
    rows = np.arange(0, len(world.Z), 2)
    model = PermutedParents(world.tree, strengths=(0.5,), folds=1)
    p = model.fit(world.Z[rows], world.evidence(rows)).predict_proba(world.Z)
    leaves = world.tree.leaves
    np.testing.assert_allclose(p, p[:, leaves] @ world.tree.closure[leaves].toarray(), atol=1e-12)


def test_the_control_does_not_help_the_unseen(world: World) -> None:
    gains = []
    for name in ("diatom 1", "copepod 2", "larva 0"):
        unseen = world.tree.index(name)
        rows = np.flatnonzero(world.leaf != unseen)
        truth = world.targets(np.arange(len(world.Z)))[:, unseen]
        auc = [
            roc_auc_score(
                truth,
                kind(world.tree, strengths=(0.5,), folds=1)
                .fit(world.Z[rows], world.evidence(rows))
                .decision_function(world.Z)[:, unseen],
            )
            for kind in (HierarchicalGrounder, PermutedParents)
        ]
        gains.append(auc[0] - auc[1])
    assert np.mean(gains) > 0.1


def test_nearest_mean_scores_by_distance(world: World) -> None:
    rows = np.arange(0, len(world.Z), 2)
    model = NearestMean(world.tree, strengths=(0.5,)).fit(world.Z[rows], world.evidence(rows))
    X, new = unit_latents(world.Z[rows], model.center_), unit_latents(world.Z, model.center_)
    truth = world.targets(rows)
    distance = np.array(
        [((new - X[truth[:, k] == 1].mean(axis=0)) ** 2).sum(axis=1) for k in world.tree.leaves]
    )
    expected = softmax(-distance.T / 0.5, axis=1)
    found = model.predict_proba(world.Z)[:, world.tree.leaves]
    np.testing.assert_allclose(found, expected, atol=1e-10)
