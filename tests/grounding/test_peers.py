"""Peers and controls answer to the same calls, and are what their names say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.multinomial import ridge_path
from kgconcepts.grounding.peers import (
    FlatMultinomial,
    FlatRidge,
    NearestMean,
    PermutedParents,
    peers,
)

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
World = Any  # of conftest
NAMES = list(peers(Hierarchy.from_edges("a", [])))


@pytest.fixture(params=NAMES)
def peer(request: pytest.FixtureRequest, world: World) -> Any:
    """Each of them, unfitted."""
    return peers(world.tree)[request.param]


def test_the_comparison_has_its_peers_and_its_control() -> None:
    assert [
        *("flat ridge", "flat multinomial", "nearest class mean", "hierarchical"),
        "permuted parents",
    ] == NAMES


def test_every_peer_learns_ranks_and_clones(world: World, peer: Any) -> None:
    train, test = np.arange(0, len(world.Z), 2), np.arange(1, len(world.Z), 2)
    model = clone(peer).fit(world.Z[train], world.evidence(train), Z_unlabelled=world.Z[test])
    np.testing.assert_allclose(model.center_, world.Z.mean(axis=0))
    scores, truth = model.decision_function(world.Z[test]), world.targets(test)
    assert scores.shape == truth.shape
    assert np.isfinite(scores).all()
    assert model.directions_.shape == (len(world.tree), 16)
    for k in world.tree.leaves:
        assert roc_auc_score(truth[:, k], scores[:, k]) > 0.9
    again = clone(peer).fit(world.Z[train], world.evidence(train), Z_unlabelled=world.Z[test])
    np.testing.assert_array_equal(again.decision_function(world.Z[test]), scores)


def test_every_peer_takes_a_single_image(world: World, peer: Any) -> None:
    rows = np.array([5])
    scores = peer.fit(world.Z[rows], world.evidence(rows)).decision_function(world.Z)
    assert np.isfinite(scores).all()


def test_every_peer_refuses_what_the_model_refuses(world: World, peer: Any) -> None:
    rows = np.arange(0, 360, 20)
    Z, evidence = world.Z[rows], world.evidence(rows)
    with pytest.raises(LatentsError, match="latents of 17 images and evidence on 18"):
        clone(peer).fit(Z[:-1], evidence)
    with pytest.raises(LatentsError, match="found nan"):
        clone(peer).fit(np.where(Z.max() == Z, np.nan, Z), evidence)
    with pytest.raises(LatentsError, match="expected 16"):
        clone(peer).fit(Z, evidence, Z_unlabelled=np.zeros((2, 3)))
    with pytest.raises(EvidenceError, match="no image is annotated"):
        clone(peer).fit(Z, Evidence.from_targets(np.full(evidence.shape, -1), evidence.ids))
    with pytest.raises(EvidenceError, match="make both from the same graph"):
        clone(peer).fit(Z, Evidence.from_targets(np.eye(18, 3), "abc"))
    model = clone(peer).fit(Z, evidence)
    with pytest.raises(LatentsError, match="latents have 3 units; expected 16"):
        model.decision_function(np.zeros((2, 3)))


def test_the_flat_multinomial_is_the_fit_without_a_hierarchy(world: World) -> None:
    rows = np.arange(0, len(world.Z), 2)
    model = FlatMultinomial(world.tree, strengths=(0.5,), folds=1)
    model.fit(world.Z[rows], world.evidence(rows))
    X = np.column_stack([unit_latents(world.Z[rows], model.center_), np.ones(len(rows))])
    possible = world.targets(rows)[:, world.tree.leaves] == 1
    (weights,) = ridge_path(X, possible, np.eye(9), [0.5])
    np.testing.assert_allclose(model.directions_[world.tree.leaves], weights[:, :-1], atol=1e-6)
    inner = np.setdiff1d(np.arange(len(world.tree)), world.tree.leaves)
    np.testing.assert_array_equal(model.deviations_[inner], 0)


@given(data=st.data(), seed=st.integers(0, 99))
def test_permuted_parents_keep_how_many_classes_are_where(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    true = dag.closure.toarray()
    wrong = PermutedParents(dag, random_state=seed)._prior_closure()
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
    wrong = PermutedParents(world.tree, random_state=seed)._prior_closure()
    moved = (wrong != true).any(axis=1)[world.tree.leaves].sum()
    assert moved >= 3  # of nine; by chance a third stays
    again = PermutedParents(world.tree, random_state=seed)._prior_closure()
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


def test_flat_ridge_is_ridge_at_the_penalty_of_least_leave_one_out_error() -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(25, 4))
    targets = np.eye(3)[(Z[:, :3] + rng.normal(size=(25, 3))).argmax(axis=1)]
    tree = Hierarchy.from_edges("abc", [])
    model = FlatRidge(tree).fit(Z, Evidence.from_targets(targets, "abc"))
    X, Y = unit_latents(Z, Z.mean(axis=0)), targets / np.sqrt(targets.sum(axis=0))

    def ridge(X: Any, Y: Any, penalty: float) -> tuple[Any, Any]:
        mean, offset = X.mean(axis=0), Y.mean(axis=0)
        centred = X - mean
        W = np.linalg.solve(centred.T @ centred + penalty * np.eye(4), centred.T @ (Y - offset))
        return W.T, offset - mean @ W

    def left_out(penalty: float) -> float:
        total = 0.0
        for i in range(len(X)):
            rest = np.arange(len(X)) != i
            W, b = ridge(X[rest], Y[rest], penalty)
            total += float(((Y[i] - W @ X[i] - b) ** 2).sum())
        return total

    W, b = ridge(X, Y, min(np.geomspace(0.01, 100, 13), key=left_out))
    np.testing.assert_allclose(model.directions_, W, atol=1e-8)
    np.testing.assert_allclose(model.intercepts_, b, atol=1e-8)


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


def test_one_against_rest_knows_nothing_of_the_unseen(world: World) -> None:
    unseen = world.tree.index("copepod 2")
    rows = np.flatnonzero(world.leaf != unseen)
    model = FlatRidge(world.tree).fit(world.Z[rows], world.evidence(rows))
    scores = model.decision_function(world.Z)
    np.testing.assert_allclose(scores[:, unseen], scores[0, unseen], atol=1e-12)


def test_flat_ridge_of_one_concept() -> None:
    evidence = Evidence.from_targets([[1], [1], [0]], ["bubble"])
    model = FlatRidge(Hierarchy.from_edges(["bubble"], [])).fit(np.eye(3), evidence)
    assert model.decision_function(np.eye(3)).shape == (3, 1)
