"""Nested norms of subtrees: prox, conjugate, dual norm, and solutions closed under ancestors."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from kgconcepts.grounding.solving import LeastSquares, TreeGroup, solve, strongest

seeds = st.integers(0, 10_000)


def forest(seed: int, K: int = 9, d: int = 3) -> TreeGroup:
    """Two trees in which a parent's number may be greater than its children's."""
    rng = np.random.default_rng(seed)
    parent = np.array([-1, -1] + [int(rng.integers(0, k)) for k in range(2, K)])
    names = rng.permutation(K)
    renamed = np.empty(K, dtype=np.intp)
    renamed[names] = np.where(parent < 0, -1, names[parent])
    return TreeGroup(renamed, rng.uniform(0.2, 2, K), d)


def subtrees(penalty: TreeGroup) -> np.ndarray:
    """Whether b is a or a descendant of a; shape (K, K)."""
    inside = np.eye(len(penalty.parent), dtype=bool)
    for b in range(len(penalty.parent)):
        a = penalty.parent[b]
        while a >= 0:
            inside[a, b] = True
            a = penalty.parent[a]
    return inside


def norms(penalty: TreeGroup, delta: np.ndarray) -> np.ndarray:
    return np.array([np.linalg.norm(delta[rows]) for rows in subtrees(penalty)])


@given(seed=seeds)
def test_value_sums_the_norms_of_subtrees(seed: int) -> None:
    penalty = forest(seed)
    delta = np.random.default_rng(seed).normal(size=(9, 3))
    assert penalty.value(delta) == pytest.approx(penalty.weights @ norms(penalty, delta))


@given(seed=seeds)
def test_prox_value_and_conjugate_meet_as_moreau_says(seed: int) -> None:
    penalty = forest(seed)
    V = np.random.default_rng(seed).normal(size=(9, 3)) * 2
    P = penalty.prox(V, np.full((9, 3), 0.7))
    U = (V - P) / 0.7  # a subgradient of Ω at P, if P is right
    assert penalty.value(P) == pytest.approx(float(np.vdot(U, P)), abs=1e-9)
    assert penalty.conjugate(U * (1 - 1e-9)) == 0


@given(seed=seeds)
def test_dual_norm_is_the_least_factor_that_leaves_nothing(seed: int) -> None:
    penalty = forest(seed)
    V = np.random.default_rng(seed).normal(size=(9, 3))
    most = float(penalty.dual_norm(V).max())
    ones = np.ones((9, 3))
    assert not penalty.scaled(most * (1 + 1e-8)).prox(V, ones).any()
    assert penalty.scaled(most * (1 - 1e-6)).prox(V, ones).any()


@given(seed=seeds)
def test_gradient_is_the_slope_of_the_value(seed: int) -> None:
    penalty = forest(seed)
    rng = np.random.default_rng(seed)
    delta, E = rng.normal(size=(9, 3)), rng.normal(size=(9, 3))
    h = 1e-6
    slope = (penalty.value(delta + h * E) - penalty.value(delta - h * E)) / (2 * h)
    assert float(np.vdot(penalty.gradient(delta), E)) == pytest.approx(slope, rel=1e-5, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, share=st.sampled_from([0.05, 0.3, 0.7]))
def test_solutions_satisfy_their_certificate_and_are_closed_under_ancestors(
    seed: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(30, 9)), rng.normal(size=(30, 3))
    fit, eye, penalty = LeastSquares(X, Y), sp.eye_array(9, format="csr"), forest(seed)
    penalty = penalty.scaled(share * strongest(fit, penalty, eye))
    found = solve(fit, penalty, eye, tolerance=1e-9)
    assert -1e-12 <= found.gap <= 1e-9 * found.objective
    left = found.deviations.any(axis=1)
    assert left.any()
    for a, b in enumerate(penalty.parent):
        assert not left[a] or b < 0 or left[b]


@pytest.mark.parametrize("targets", [1, 4])
def test_solutions_are_those_of_a_generic_convex_solver(targets: int) -> None:
    cp = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(targets)
    X, Y = rng.normal(size=(12, 15)), rng.normal(size=(12, targets))
    fit, eye, penalty = LeastSquares(X, Y), sp.eye_array(15, format="csr"), forest(1, 15, targets)
    penalty = penalty.scaled(0.3 * strongest(fit, penalty, eye))
    ours = solve(fit, penalty, eye, tolerance=1e-10)
    delta = cp.Variable((15, targets))
    terms = [
        w * cp.norm2(cp.vec(delta[np.flatnonzero(rows)], order="C"))
        for w, rows in zip(penalty.weights, subtrees(penalty), strict=True)
    ]
    problem = cp.Problem(cp.Minimize(0.5 * cp.sum_squares(Y - X @ delta) + sum(terms)))
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    assert ours.objective == pytest.approx(float(problem.value), rel=1e-6)


@pytest.mark.parametrize(
    ("parent", "weights", "message"),
    [
        ([1, 0], [1.0, 1.0], "there is a cycle"),
        ([-1, 0], [1.0, 0.0], "weights: must be finite and above zero"),
        ([-1, 5], [1.0, 1.0], "parent: must be from -1 to 1"),
        ([-1], [1.0, 1.0], "one number a row"),
    ],
)
def test_what_is_no_tree_is_refused(parent: list[int], weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TreeGroup(np.array(parent), np.array(weights), 1)


def test_a_prox_with_steps_that_differ_is_refused() -> None:
    with pytest.raises(ValueError, match="one step for all rows"):
        forest(0).prox(np.ones((9, 3)), np.arange(1.0, 28.0).reshape(9, 3))
