"""The solver minimises the objective that it states, whichever way it is written."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from kgconcepts import Hierarchy
from kgconcepts.grounding.multinomial import log_likelihood, ridge_path

Array = npt.NDArray[np.float64]
Classes = npt.NDArray[np.bool_]

# Two groups of two classes: a class counts its own deviation, its group's and the root's.
TREE = Hierarchy.from_edges(
    ["living", "diatom", "copepod", "pennate", "centric", "Oithona", "Calanus"],
    [
        *(("diatom", "living"), ("copepod", "living")),
        *(("pennate", "diatom"), ("centric", "diatom")),
        *(("Oithona", "copepod"), ("Calanus", "copepod")),
    ],
)
DESIGN = TREE.closure[TREE.leaves].toarray().astype(float)


def problem(n: int, d: int, L: int, seed: int, coarse: float = 0.0) -> tuple[Array, Classes]:
    """Images at random; a part of them labelled with two classes to choose from."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(n, d)), np.ones(n)])
    possible = np.zeros((n, L), dtype=bool)
    truth = (X[:, : min(d, L)].argmax(axis=1) + rng.integers(0, 2, n)) % L
    possible[np.arange(n), truth] = True
    for i in np.flatnonzero(rng.random(n) < coarse):
        possible[i, truth[i] ^ 1 if truth[i] ^ 1 < L else truth[i]] = True
    return X, possible


def objective(delta: Array, X: Array, possible: Classes, design: Array, strength: float) -> float:
    """The objective as DESIGN.md writes it, over the deviations themselves."""
    log_p = log_softmax(X @ (design @ delta).T, axis=1)
    loss = -float(np.log(np.where(possible, np.exp(log_p), 0).sum(axis=1)).sum())
    return loss + 0.5 * strength * float((delta**2).sum())


def factors(possible: Classes) -> npt.NDArray[np.float32]:
    """What is known as log factors."""
    return np.where(possible, 0, -np.inf).astype(np.float32)


def solve(X: Array, possible: Classes, design: Array, strength: float) -> Array:
    ones = np.ones(len(X))
    (delta,) = ridge_path(X, factors(possible), ones, design, [strength], tolerance=1e-13)
    return delta


@pytest.mark.parametrize("strength", [0.1, 1.0, 10.0])
def test_without_a_hierarchy_it_is_scikit_learn_s_multinomial(strength: float) -> None:
    X, possible = problem(80, 5, 4, seed=0)
    ours = solve(X, possible, np.eye(4), strength)
    peer = LogisticRegression(C=1 / strength, fit_intercept=False, tol=1e-10, max_iter=10_000)
    peer.fit(X, possible.argmax(axis=1))
    np.testing.assert_allclose(ours, peer.coef_, atol=2e-3)
    np.testing.assert_allclose(
        log_softmax(X @ ours.T, axis=1), peer.predict_log_proba(X), atol=5e-3
    )


@pytest.mark.parametrize("coarse", [0.0, 0.5])
@pytest.mark.parametrize("strength", [0.3, 3.0])
def test_it_is_where_direct_minimisation_over_deviations_ends(
    strength: float, coarse: float
) -> None:
    X, possible = problem(14, 3, 4, seed=1, coarse=coarse)
    assert (possible.sum(axis=1) == 2).any() == (coarse > 0)
    ours = solve(X, possible, DESIGN, strength)
    best = np.inf
    for start in (np.zeros(ours.size), *np.random.default_rng(2).normal(size=(2, ours.size))):
        found = minimize(
            lambda v: objective(v.reshape(ours.shape), X, possible, DESIGN, strength),
            start,
            method="BFGS",
            options={"gtol": 1e-6},
        )
        if found.fun < best:
            best, direct = found.fun, found.x.reshape(ours.shape)
    assert objective(ours, X, possible, DESIGN, strength) <= best + 1e-6
    np.testing.assert_allclose(ours, direct, atol=2e-3)


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 999), coarse=st.sampled_from([0.0, 0.4]))
def test_no_step_from_it_lowers_the_objective_on_any_dag(
    dags: st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]],
    data: st.DataObject,
    seed: int,
    coarse: float,
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    design = dag.closure[dag.leaves].toarray().astype(float)
    X, possible = problem(10, 3, len(design), seed, coarse)
    ours = solve(X, possible, design, 0.5)
    assert ours.shape == (len(dag), 4)
    at = objective(ours, X, possible, design, 0.5)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        step = rng.normal(size=ours.shape)
        for length in (1e-2, 1.0):
            assert objective(ours + length * step, X, possible, design, 0.5) > at
    assert objective(np.zeros_like(ours), X, possible, design, 0.5) >= at - 1e-9


def test_deviations_are_the_least_that_give_their_class_weights() -> None:
    X, possible = problem(20, 3, 4, seed=3)
    delta = solve(X, possible, DESIGN, 1.0)
    least = np.linalg.pinv(DESIGN) @ (DESIGN @ delta)
    np.testing.assert_allclose(delta, least, atol=1e-8)


def test_a_concept_above_all_classes_adds_nothing() -> None:
    X, possible = problem(30, 3, 4, seed=4)
    delta = solve(X, possible, DESIGN, 1.0)
    np.testing.assert_allclose(delta[TREE.index("living")], 0, atol=1e-4)
    assert np.abs(delta[TREE.index("diatom")]).max() > 1e-2


@pytest.mark.parametrize("n", [1, 5, 40])
def test_more_units_than_images_and_fewer_are_alike(n: int) -> None:
    """A unit that is another one's double only shares its weight: the scores stay."""
    X, possible = problem(n, 6, 4, seed=5)
    wide = np.column_stack([X, X]) / np.sqrt(2)
    ours, doubled = solve(X, possible, DESIGN, 0.5), solve(wide, possible, DESIGN, 0.5)
    np.testing.assert_allclose(wide @ doubled.T, X @ ours.T, atol=2e-3)
    half = ours.shape[1]
    np.testing.assert_allclose(doubled[:, :half], doubled[:, half:], atol=1e-8)


def test_an_unused_unit_gets_no_weight() -> None:
    X, possible = problem(30, 3, 4, seed=6)
    X[:, 1] = 0
    np.testing.assert_allclose(solve(X, possible, DESIGN, 1.0)[:, 1], 0, atol=1e-8)


def test_an_image_that_may_be_anything_says_nothing() -> None:
    X, possible = problem(30, 3, 4, seed=7)
    more = np.vstack([X, 9 * X[:5]])
    may_be = np.vstack([possible, np.ones((5, 4), dtype=bool)])
    np.testing.assert_allclose(
        solve(more, may_be, DESIGN, 1.0), solve(X, possible, DESIGN, 1.0), atol=2e-3
    )


def test_the_stronger_the_penalty_the_smaller_the_deviations() -> None:
    X, possible = problem(30, 3, 4, seed=8)
    strengths = [100.0, 10.0, 1.0, 0.1]
    told = factors(possible), np.ones(len(X))
    path = [np.linalg.norm(delta) for delta in ridge_path(X, *told, DESIGN, strengths)]
    assert path == sorted(path)
    assert path[0] < 0.3


def test_each_strength_of_a_path_is_solved_as_if_alone() -> None:
    X, possible = problem(30, 3, 4, seed=9)
    strengths = [10.0, 1.0, 0.1]
    told = factors(possible), np.ones(len(X))
    path = ridge_path(X, *told, DESIGN, strengths, tolerance=1e-13)
    for strength, delta in zip(strengths, path, strict=True):
        np.testing.assert_allclose(delta, solve(X, possible, DESIGN, strength), atol=5e-3)


def test_float32_is_as_good_to_its_tolerance() -> None:
    X, possible = problem(40, 5, 4, seed=10, coarse=0.3)
    told = factors(possible), np.ones(len(X))
    (light,) = ridge_path(X.astype(np.float32), *told, DESIGN, [1.0], tolerance=1e-5)
    assert light.dtype == np.float64
    best = objective(solve(X, possible, DESIGN, 1.0), X, possible, DESIGN, 1.0)
    assert objective(light, X, possible, DESIGN, 1.0) <= best * (1 + 1e-3)


def test_one_class_alone_needs_no_deviation() -> None:
    X, possible = problem(5, 3, 1, seed=11)
    np.testing.assert_allclose(solve(X, possible, np.ones((1, 2)), 1.0), 0, atol=1e-12)


def test_the_likelihood_of_an_image_is_that_of_the_classes_it_may_be_of() -> None:
    p = np.array([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    possible = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1]], dtype=bool)
    with np.errstate(divide="ignore"):
        found = log_likelihood(np.log(p), factors(possible))
    np.testing.assert_allclose(np.exp(found), [0.7, 0.3, 1.0])


def test_an_image_of_weight_two_counts_as_two_images() -> None:
    X, possible = problem(20, 3, 4, seed=12, coarse=0.3)
    told, weight = factors(possible), np.where(np.arange(20) < 5, 2.0, 1.0)
    (weighted,) = ridge_path(X, told, weight, DESIGN, [1.0], tolerance=1e-13)
    twice = solve(np.vstack([X, X[:5]]), np.vstack([possible, possible[:5]]), DESIGN, 1.0)
    np.testing.assert_allclose(weighted, twice, atol=2e-3)


def test_soft_factors_that_say_nearly_all_are_as_good_as_knowing() -> None:
    X, possible = problem(20, 3, 4, seed=13)
    told = np.where(possible, 0.0, -30.0).astype(np.float32)
    (soft,) = ridge_path(X, told, np.ones(20), DESIGN, [1.0], tolerance=1e-13)
    np.testing.assert_allclose(soft, solve(X, possible, DESIGN, 1.0), atol=2e-3)
