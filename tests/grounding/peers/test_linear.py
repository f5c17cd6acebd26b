"""One-against-rest peers against closed forms and other libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.linear_model import Lasso
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.competing import divide
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.peers import CAV, CosCubed, FastCAV, FlatLasso, FlatRidge
from kgconcepts.grounding.peers.base import held_out_auc, sides
from kgconcepts.grounding.peers.concept_vectors import support_vectors
from kgconcepts.grounding.peers.cos_cubed import cos_cubed, project

World = Any  # of conftest


def told(world: World) -> tuple[Any, Any, Any]:
    """Some images, what is known of them (of every third not all), and their latents as seen."""
    rows = np.arange(0, len(world.Z), 4)
    targets = world.targets(rows)
    targets[::3, world.tree.leaves[::2]] = -1
    Z = world.Z[rows]
    return Z, targets, unit_latents(Z, Z.mean(axis=0))


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


def test_flat_lasso_is_the_lasso_of_what_is_known(world: World) -> None:
    Z, targets, X = told(world)
    evidence = Evidence.from_targets(targets, world.tree.ids)
    model = FlatLasso(world.tree, fractions=(0.1,), folds=1).fit(Z, evidence)
    for k in range(1, len(world.tree)):
        known = targets[:, k] >= 0
        y, part = targets[known, k], X[known]
        most = np.abs((part - part.mean(axis=0)).T @ (y - y.mean())).max() / len(y)
        lasso = Lasso(alpha=0.1 * most, tol=1e-8).fit(part, y)
        np.testing.assert_allclose(model.directions_[k], lasso.coef_, atol=0.02)
        np.testing.assert_allclose(model.intercepts_[k], lasso.intercept_, atol=0.02)
    assert (model.directions_[world.tree.leaves] == 0).mean() > 0.1


def test_a_strength_is_chosen_by_held_out_auc(world: World) -> None:
    Z, targets, X = told(world)
    model = CAV(world.tree, costs=(1e-4, 0.1, 100.0), random_state=4)
    model.fit(Z, Evidence.from_targets(targets, world.tree.ids))
    side, fold = sides(targets.astype(np.int8)), divide(len(Z), 5, 4)
    worth = []
    for cost in model.costs:
        scores = np.zeros(side.shape)
        for part in range(5):
            out = fold == part
            (weights,) = support_vectors(X[~out], side[~out], [cost])
            scores[out] = X[out] @ weights[:, :-1].T + weights[:, -1]
        worth.append(held_out_auc(scores, side, fold))
    (best,) = support_vectors(X, side, [model.costs[int(np.argmax(worth))]])
    np.testing.assert_allclose(model.directions_, best[:, :-1], atol=0.02)


@pytest.mark.parametrize("cost", [0.01, 1.0])
def test_support_vectors_are_liblinears(world: World, cost: float) -> None:
    _, targets, X = told(world)
    side = sides(targets.astype(np.int8))
    (weights,) = support_vectors(X, side, [cost], tolerance=1e-12)
    for k in range(1, len(world.tree)):
        known = side[:, k] != 0
        machine = LinearSVC(C=cost, class_weight="balanced", tol=1e-8, max_iter=100_000)
        machine.fit(X[known], side[known, k])
        np.testing.assert_allclose(weights[k, :-1], machine.coef_[0], atol=2e-3)
        np.testing.assert_allclose(weights[k, -1], machine.intercept_[0], atol=2e-3)


def test_fast_cav_is_along_the_difference_of_means(world: World) -> None:
    Z, targets, X = told(world)
    model = FastCAV(world.tree).fit(Z, Evidence.from_targets(targets, world.tree.ids))
    for k in range(1, len(world.tree)):
        shown, absent = X[targets[:, k] == 1], X[targets[:, k] == 0]
        difference = shown.mean(axis=0) - absent.mean(axis=0)
        difference /= np.linalg.norm(difference)
        np.testing.assert_allclose(model.directions_[k], difference, atol=1e-12)
        both = np.concatenate([shown, absent]).mean(axis=0)
        assert model.intercepts_[k] == pytest.approx(-difference @ both)


def test_counterexamples_are_any_others_where_none_is_known() -> None:
    side = sides(np.array([[1, 1, -1], [-1, 0, -1], [-1, -1, -1]], dtype=np.int8))
    np.testing.assert_array_equal(side, [[1, 1, -1], [-1, -1, -1], [-1, 0, -1]])


def test_auc_within_folds_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    scores, side = rng.normal(size=(40, 3)).round(1), rng.choice([-1, 0, 1], size=(40, 3))
    side = side.astype(np.int8)
    whole = held_out_auc(scores, side, np.zeros(40, dtype=np.intp))
    known = side != 0
    each = [roc_auc_score(side[known[:, k], k], scores[known[:, k], k]) for k in range(3)]
    assert whole == pytest.approx(np.mean(each))
    # Adding a constant to a fold changes nothing.
    fold = np.arange(40) % 4
    moved = held_out_auc(scores + 10 * fold[:, None], side, fold)
    assert moved == pytest.approx(held_out_auc(scores, side, fold))


def test_flat_ridge_of_one_concept() -> None:
    evidence = Evidence.from_targets([[1], [1], [0]], ["bubble"])
    model = FlatRidge(Hierarchy.from_edges(["bubble"], [])).fit(np.eye(3), evidence)
    assert model.decision_function(np.eye(3)).shape == (3, 1)


def similarity(world: World) -> tuple[Any, Any, Any]:
    """Latents, similarities with two concepts that are there, noise, and images not known."""
    rng = np.random.default_rng(5)
    X = unit_latents(world.Z, world.Z.mean(axis=0))
    P = X @ rng.normal(size=(16, 2))
    unknown = rng.random(P.shape) < 0.3
    return X, P, np.where(unknown, np.nan, P + rng.normal(scale=0.02, size=P.shape))


def test_cos_cubed_is_the_cosine_of_the_cubes() -> None:
    rng = np.random.default_rng(2)
    q, p = rng.normal(size=(2, 30))
    a, b = (((v - v.mean()) / v.std()) ** 3 for v in (q, p))
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert cos_cubed(q[:, None], p[:, None])[0] == pytest.approx(expected)


def test_the_projection_finds_what_similarities_are_of(world: World) -> None:
    X, truth, noisy = similarity(world)
    W = project(X, noisy, 0.01, np.zeros((2, 16)))
    assert (cos_cubed(X @ W.T, truth) > 0.98).all()


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_the_projection_is_at_a_maximum(world: World, strength: float) -> None:
    X, _, P = similarity(world)
    (p,) = P.T[:1]
    known = ~np.isnan(p)
    x, cubes = X[known] - X[known].mean(axis=0), (p[known] - p[known].mean()) ** 3

    def objective(w: Any) -> float:
        q = x @ w
        noise = strength / 16 * (w @ w)
        return float((q**3 @ cubes) / np.sqrt(((q**2 + noise) ** 3).sum() * (cubes @ cubes)))

    w = project(X, P[:, :1], strength, np.zeros((1, 16)))[0]
    assert np.abs(approx_fprime(w, objective, 1e-7)).max() < 2e-3
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert objective(w) >= objective(w + rng.normal(scale=0.05, size=16))


def test_the_projection_takes_similarities_instead_of_evidence(world: World) -> None:
    tree = Hierarchy.from_edges("ab", [])
    X, _, P = similarity(world)
    targets = np.full(P.shape, -1)
    targets[0] = [1, 0]
    evidence = Evidence.from_targets(targets, tree.ids)
    model = CosCubed(tree).fit(world.Z, evidence, similarity=P)
    activations = model.decision_function(world.Z)
    assert (cos_cubed(activations, P) > 0.95).all()
    known = np.where(np.isnan(P), np.nan, activations)
    np.testing.assert_allclose(np.nanmean(known, axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.nanstd(known, axis=0), 1, atol=1e-9)
    assert X.shape[1] == model.n_features_in_
    with pytest.raises(EvidenceError, match="similarities are of shape"):
        CosCubed(tree).fit(world.Z, evidence, similarity=P[:, :1])
