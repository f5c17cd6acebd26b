"""The solver ends where a generic convex solver does, and its gap says how near."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning

from kgconcepts.grounding.solving import (
    Datafit,
    LeastSquares,
    Moments,
    Multinomial,
    SparseGroup,
    path,
    solve,
    strongest,
)

# Two groups of two classes and a trait that crosses them: seven deviations and a root.
DESIGN = sp.csr_array(
    np.array(
        [
            [1, 1, 0, 1, 0, 0, 0, 1],
            [1, 1, 0, 0, 1, 0, 0, 0],
            [1, 0, 1, 0, 0, 1, 0, 0.5],
            [1, 0, 1, 0, 0, 0, 1, 0],
        ]
    )
)
L, K = DESIGN.shape


def images(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features with a column of ones, soft targets, weights, some of them zero."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=(n, d - 1)), np.ones(n)])
    Q = rng.dirichlet(np.full(L, 0.3), n)
    return X, Q, rng.uniform(0.2, 2, n) * (rng.random(n) < 0.8)


def penalty(d: int, rho: float, alpha: float = 0.5, ridge: float = 0.1) -> SparseGroup:
    free = np.zeros(d, dtype=bool)
    free[-1] = True
    rhos = rho * np.random.default_rng(9).uniform(0.5, 2, K)
    return SparseGroup(rhos, alpha, np.full(K, ridge), free)


def multinomial_objective(
    delta: np.ndarray, X: np.ndarray, Q: np.ndarray, omega: np.ndarray, pen: SparseGroup
) -> float:
    """The objective as the issue writes it."""
    S = X @ (DESIGN @ delta).T
    loss = omega @ (logsumexp(S, axis=1) - (Q * S).sum(axis=1))
    bound = delta[:, ~pen.free]
    norms = pen.alpha * np.abs(bound).sum(axis=1)
    norms = norms + (1 - pen.alpha) * np.linalg.norm(bound, axis=1)
    return float(loss + pen.rho @ norms + 0.5 * pen.ridge @ (delta**2).sum(axis=1))


def convex(fit: Any, pen: SparseGroup, shape: tuple[int, int]) -> float:
    """The least objective that clarabel finds."""
    cp = pytest.importorskip("cvxpy")
    delta = cp.Variable(shape)
    bound = np.flatnonzero(~pen.free)
    norms = sum(
        pen.rho[a]
        * (pen.alpha * cp.norm1(delta[a, bound]) + (1 - pen.alpha) * cp.norm2(delta[a, bound]))
        for a in range(shape[0])
    )
    ridge = sum(0.5 * pen.ridge[a] * cp.sum_squares(delta[a]) for a in range(shape[0]))
    problem = cp.Problem(cp.Minimize(fit(cp, delta) + norms + ridge))
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return float(problem.value)


@pytest.mark.parametrize(("alpha", "rho"), [(1.0, 0.5), (0.5, 0.5), (0.0, 1.0), (0.5, 0.01)])
def test_multinomial_is_exact(alpha: float, rho: float) -> None:
    X, Q, omega = images(15, 4, seed=1)
    pen = penalty(4, rho, alpha)

    def loss(cp: Any, delta: Any) -> Any:
        S = X @ (DESIGN.toarray() @ delta).T
        return omega @ (cp.log_sum_exp(S, axis=1) - cp.sum(cp.multiply(Q, S), axis=1))

    fit = Multinomial.from_targets(X, Q, L, omega)
    ours = solve(fit, pen, DESIGN, tolerance=1e-9)
    best = convex(loss, pen, (K, 4))
    assert ours.objective == pytest.approx(best, rel=1e-6)
    assert ours.objective == pytest.approx(
        multinomial_objective(ours.deviations, X, Q, omega, pen), rel=1e-12
    )
    assert ours.objective - best + 1e-7 >= 0


def test_moments_are_exact_and_are_the_squared_loss_of_their_images() -> None:
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, L))
    pen = SparseGroup(np.full(K, 2.0), 0.5, np.zeros(K), np.zeros(3, dtype=bool))
    fit = Moments(X.T @ X, Y.T @ X, 0.5 * float((Y**2).sum()))
    ours = solve(fit, pen, DESIGN, tolerance=1e-9)

    def loss(cp: Any, delta: Any) -> Any:
        return 0.5 * cp.sum_squares(Y - X @ (DESIGN.toarray() @ delta).T)

    assert ours.objective == pytest.approx(convex(loss, pen, (K, 3)), rel=1e-6)


def test_least_squares_is_exact() -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(10, 14)), rng.normal(size=(10, 3))
    pen = SparseGroup(np.full(14, 2.0), 0.0, np.zeros(14), np.zeros(3, dtype=bool))
    ours = solve(LeastSquares(X, Y), pen, sp.eye_array(14, format="csr"), tolerance=1e-9)

    def loss(cp: Any, delta: Any) -> Any:
        return 0.5 * cp.sum_squares(Y - X @ delta)

    assert ours.objective == pytest.approx(convex(loss, pen, (14, 3)), rel=1e-6)
    assert 0 < (ours.deviations != 0).any(axis=1).sum() < 14


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n=st.sampled_from([1, 3, 12]),
    alpha=st.sampled_from([0.0, 0.5, 1.0]),
    used=st.integers(1, 30),
)
def test_the_gap_is_never_negative_and_bounds_how_far_the_optimum_is(
    seed: int, n: int, alpha: float, used: int
) -> None:
    X, Q, omega = images(n, 5, seed)
    fit, pen = Multinomial.from_targets(X, Q, L, omega), penalty(5, 0.1, alpha)
    best = solve(fit, pen, DESIGN, tolerance=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        early = solve(fit, pen, DESIGN, tolerance=1e-9, iterations=used)
    assert early.gap >= -1e-12
    assert best.gap >= -1e-12
    assert early.objective - best.objective <= early.gap + 1e-9
    assert best.gap <= 1e-9 * abs(best.objective) + 1e-300


@pytest.mark.parametrize("ridged", [slice(None), [0, 2]])
def test_rows_without_norms_are_fitted_by_their_ridge(ridged: Any) -> None:
    rng = np.random.default_rng(12)
    X, Y = rng.normal(size=(10, 4)), rng.normal(size=(10, 3))
    rho = np.full(4, 1e3)  # enough to hold every other row at zero
    rho[ridged] = 0
    pen = SparseGroup(rho, 0.5, np.full(4, 0.7), np.zeros(3, dtype=bool))
    ours = solve(LeastSquares(X, Y), pen, sp.eye_array(4, format="csr"), tolerance=1e-12)
    F = X[:, rho == 0]
    expected = np.zeros((4, 3))
    expected[rho == 0] = np.linalg.solve(F.T @ F + 0.7 * np.eye(F.shape[1]), F.T @ Y)
    np.testing.assert_allclose(ours.deviations, expected, atol=1e-5)


def test_a_multinomial_ridge_without_norms_is_a_minimum() -> None:
    X, Q, omega = images(20, 4, seed=13)
    pen = SparseGroup(np.zeros(K), 0.5, np.full(K, 0.3), np.arange(4) == 3)
    fit = Multinomial.from_targets(X, Q, L, omega)
    ours = solve(fit, pen, DESIGN, tolerance=1e-12)
    W = DESIGN @ ours.deviations
    slope = DESIGN.T @ fit.gradient(W, fit.image(W))[1] + 0.3 * ours.deviations
    # The root, which every class counts alike, changes no probability: its ridge makes it zero.
    assert ours.deviations[1:, :-1].any(axis=1).all()
    np.testing.assert_allclose(slope, 0, atol=1e-4)


def test_too_few_iterations_are_warned_of() -> None:
    X, Q, omega = images(20, 4, seed=14)
    fit = Multinomial.from_targets(X, Q, L, omega)
    with pytest.warns(ConvergenceWarning, match="not 1.0e-09; allow more iterations"):
        solve(fit, penalty(4, 0.1), DESIGN, tolerance=1e-9, iterations=2)


def degenerate(name: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    X, y = np.column_stack([rng.normal(size=(12, 4)), np.ones(12)]), rng.integers(0, L, 12)
    if name == "a zero column":
        X[:, 1] = 0
    elif name == "a constant column":
        X[:, 1] = 3
    elif name == "duplicate columns":
        X[:, 2] = X[:, 1]
    elif name == "more units than images":
        X, y = np.column_stack([rng.normal(size=(5, 20)), np.ones(5)]), y[:5]
    elif name == "one image":
        X, y = X[:1], y[:1]
    elif name == "one class":
        y[:] = 2
    elif name == "tiny units":
        X[:, :-1] *= 1e-30
    elif name == "huge units":
        X[:, :-1] *= 1e30
    return X, y


NAMES = [
    *("a zero column", "a constant column", "duplicate columns", "more units than images"),
    *("one image", "one class", "tiny units", "huge units"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_degenerate_images_are_solved(name: str, dtype: type[np.floating[Any]]) -> None:
    X, y = degenerate(name)
    d = X.shape[1]
    size = np.abs(X[:, :-1]).max()
    pen = penalty(d, 0.3 * size if name == "huge units" else 0.3)
    fit = Multinomial.from_targets(X.astype(dtype), y, L)
    ours = solve(fit, pen, DESIGN, tolerance=1e-6)
    assert np.isfinite(ours.deviations).all()
    assert -1e-12 <= ours.gap <= 1e-6 * ours.objective
    if name == "a zero column":
        assert not ours.deviations[:, 1].any()


def test_images_of_weight_zero_do_not_count() -> None:
    X, Q, omega = images(20, 4, seed=5)
    pen = penalty(4, 0.2)
    kept = omega > 0
    assert 0 < kept.sum() < 20
    all_ = solve(Multinomial.from_targets(X, Q, L, omega), pen, DESIGN)
    some = solve(Multinomial.from_targets(X[kept], Q[kept], L, omega[kept]), pen, DESIGN)
    np.testing.assert_array_equal(all_.deviations, some.deviations)
    none = solve(Multinomial.from_targets(X, Q, L, 0 * omega), pen, DESIGN)
    assert not none.deviations.any()


def test_codes_are_distributions_that_are_sure() -> None:
    X, _, omega = images(20, 4, seed=6)
    y = np.random.default_rng(6).integers(0, L, 20)
    pen = penalty(4, 0.2)
    codes = solve(Multinomial.from_targets(X, y, L, omega), pen, DESIGN)
    soft = solve(Multinomial.from_targets(X, np.eye(L)[y], L, omega), pen, DESIGN)
    np.testing.assert_allclose(codes.deviations, soft.deviations, atol=1e-10)


def test_precisions_agree_and_the_same_input_gives_the_same_bits() -> None:
    X, Q, omega = images(60, 6, seed=7)
    pen = penalty(6, 0.3)
    single = Multinomial.from_targets(X.astype(np.float32), Q, L, omega)
    double = Multinomial.from_targets(X, Q, L, omega)
    a, b = (solve(fit, pen, DESIGN, tolerance=1e-10) for fit in (single, double))
    np.testing.assert_allclose(a.deviations, b.deviations, atol=1e-4)
    again = solve(single, pen, DESIGN, tolerance=1e-10)
    assert a.deviations.tobytes() == again.deviations.tobytes()
    assert (a.objective, a.gap, a.iterations) == (again.objective, again.gap, again.iterations)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_strongest_is_the_least_penalty_that_leaves_nothing(alpha: float) -> None:
    X, Q, omega = images(30, 5, seed=8)
    fit, pen = Multinomial.from_targets(X, Q, L, omega), penalty(5, 1.0, alpha)
    factor = strongest(fit, pen, DESIGN)
    nothing = solve(fit, pen.scaled(factor * 1.001), DESIGN, tolerance=1e-9)
    assert not nothing.deviations[:, :-1].any()
    assert nothing.deviations[:, -1].any()
    something = solve(fit, pen.scaled(factor * 0.98), DESIGN, tolerance=1e-9)
    assert something.deviations[:, :-1].any()


def test_a_path_is_its_solutions_one_by_one() -> None:
    X, Q, omega = images(40, 5, seed=10)
    fit, pen = Multinomial.from_targets(X, Q, L, omega), penalty(5, 1.0)
    factors = strongest(fit, pen, DESIGN) * np.geomspace(1, 0.01, 5)
    for factor, warm in zip(
        factors, path(fit, pen, DESIGN, list(factors), tolerance=1e-10), strict=True
    ):
        cold = solve(fit, pen.scaled(factor), DESIGN, tolerance=1e-10)
        assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
        # The ridge makes the objective strongly convex: a gap bounds a distance.
        near = sum(np.sqrt(2 * s.gap / pen.ridge[0]) for s in (warm, cold))
        assert np.linalg.norm(warm.deviations - cold.deviations) <= near


@pytest.mark.parametrize("kind", ["multinomial", "moments", "least squares"])
def test_sharing_changes_nothing_where_rows_are_equal(kind: str) -> None:
    rng = np.random.default_rng(11)
    X = np.column_stack([rng.normal(size=(9, 3)), np.ones(9)])
    W = rng.normal(size=(4, 4))[[0, 1, 0, 1]]
    fit: Datafit
    if kind == "multinomial":
        fit = Multinomial.from_targets(X, rng.dirichlet(np.ones(4), 9), 4)
        W[:, -1] = rng.normal(size=4)  # intercepts need not be shared
    elif kind == "moments":
        fit = Moments(X.T @ X, rng.normal(size=(4, 4)), 1.0)
    else:
        fit = LeastSquares(X, rng.normal(size=(9, 4)))
    shared = fit.sharing(np.array([0, 1, 0, 1]))
    value, gradient = fit.gradient(W, fit.image(W))
    value_, gradient_ = shared.gradient(W, shared.image(W))
    assert value_ == pytest.approx(value)
    assert shared.value(W, shared.image(W)) == pytest.approx(value)
    np.testing.assert_allclose(gradient_, gradient, atol=1e-10)
    step = 1e-6
    for l, j in ((0, 0), (3, 3), (2, 1)):  # noqa: E741
        E = np.zeros_like(W)
        E[l, j] = step
        slope = (fit.value(W + E, fit.image(W + E)) - fit.value(W - E, fit.image(W - E))) / 2 / step
        assert slope == pytest.approx(gradient[l, j], abs=1e-5)


@pytest.mark.parametrize(
    ("X", "targets", "weights", "message"),
    [
        ([[np.nan]], [0], None, "X: row 0, column 0 is not finite"),
        ([[1.0]], [4], None, "targets must be 1 classes from 0 to 3"),
        ([[1.0]], [0], [np.inf], "weights must be 1 finite numbers"),
        ([[1.0]], [[0.5, 0.1, 0.1, 0.1]], None, "targets: row 0 sums to 0.8, not to 1"),
        ([[1.0]], [[0.5, 0.5]], None, r"targets must be of shape \(1, 4\)"),
    ],
)
def test_what_cannot_be_solved_is_refused(
    X: list[list[float]], targets: list[Any], weights: list[float] | None, message: str
) -> None:
    omega = None if weights is None else np.array(weights)
    with pytest.raises(ValueError, match=message):
        Multinomial.from_targets(np.array(X), np.array(targets), L, omega)
