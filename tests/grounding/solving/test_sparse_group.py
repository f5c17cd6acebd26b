"""The penalty's prox, conjugate and dual norm are what their definitions say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgconcepts.grounding.solving import SparseGroup

K, D = 4, 5


def penalty(seed: int, alpha: float, free: bool) -> SparseGroup:
    rng = np.random.default_rng(seed)
    columns = np.zeros(D, dtype=bool)
    columns[-1] = free
    return SparseGroup(rng.uniform(0.1, 2, K), alpha, rng.uniform(0.1, 2, K), columns)


def at_random(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.uniform(0.1, 3, (K, 1)), D, axis=1)
    steps[:, -1] *= 2
    return rng.normal(size=(K, D)) * 3, rng.normal(size=(K, D)) * 3, steps


cases = given(
    seed=st.integers(0, 10_000), alpha=st.sampled_from([0.0, 0.3, 1.0]), free=st.just(True)
)


@cases
def test_prox_is_the_least_point(seed: int, alpha: float, free: bool) -> None:
    omega = penalty(seed, alpha, free)
    V, other, steps = at_random(seed)

    def objective(delta: np.ndarray) -> float:
        return float(((delta - V) ** 2 / (2 * steps)).sum()) + omega.value(delta)

    P = omega.prox(V, steps)
    least = objective(P)
    for length in (1e-4, 1e-2, 1.0):
        assert objective(P + length * (other - P)) >= least - 1e-12
        assert objective(P + length * other) >= least - 1e-12
    assert objective(P * (1 + 1e-3)) >= least


@cases
def test_prox_brings_no_two_points_further_apart(seed: int, alpha: float, free: bool) -> None:
    omega = penalty(seed, alpha, free)
    V, U, steps = at_random(seed)
    before = ((V - U) ** 2 / steps).sum()
    after = ((omega.prox(V, steps) - omega.prox(U, steps)) ** 2 / steps).sum()
    assert after <= before * (1 + 1e-12)


@cases
def test_moreau_value_and_conjugate_meet_at_the_prox(seed: int, alpha: float, free: bool) -> None:
    omega = penalty(seed, alpha, free)
    V, other, steps = at_random(seed)
    P = omega.prox(V, steps)
    U = (V - P) / steps  # a subgradient of Ω at P
    assert omega.value(P) + omega.conjugate(U) == pytest.approx(float(np.vdot(U, P)), abs=1e-9)
    # Fenchel and Young: no other point does better.
    assert omega.value(other) + omega.conjugate(U) >= float(np.vdot(U, other)) - 1e-9


@cases
def test_dual_norm_is_the_least_factor_that_keeps_a_row_at_zero(
    seed: int, alpha: float, free: bool
) -> None:
    omega = penalty(seed, alpha, free)
    V, _, _ = at_random(seed)
    V[0] = 0
    norms = omega.dual_norm(V)
    assert norms[0] == 0
    ones = np.ones((K, D))
    for a in range(1, K):
        assert not omega.scaled(norms[a] * (1 + 1e-9)).prox(V, ones)[a, :-1].any()
        assert omega.scaled(norms[a] * (1 - 1e-6)).prox(V, ones)[a, :-1].any()


def test_without_a_ridge_the_conjugate_is_zero_or_infinite() -> None:
    omega = SparseGroup(np.ones(2), 0.5, np.zeros(2), np.zeros(3, dtype=bool))
    V = np.random.default_rng(0).normal(size=(2, 3))
    scale = (1 - 1e-12) / omega.dual_norm(V).max()
    assert omega.conjugate(scale * V) == 0
    assert omega.conjugate(1.01 * scale * V) == np.inf


@settings(max_examples=20)
@given(exponent=st.sampled_from([-30, -10, 10, 30]))
def test_dual_norm_scales_with_its_argument(exponent: int) -> None:
    omega = penalty(0, 0.5, True)
    V, _, _ = at_random(0)
    factor = 10.0**exponent
    np.testing.assert_allclose(omega.dual_norm(factor * V), factor * omega.dual_norm(V), rtol=1e-9)


@pytest.mark.parametrize(
    ("rho", "alpha", "ridge", "message"),
    [
        ([1.0, -1.0], 0.5, [1.0, 1.0], "rho: strengths must be finite and not negative"),
        ([1.0, 1.0], 0.5, [1.0, np.inf], "ridge: strengths must be finite"),
        ([1.0, 1.0], 1.5, [1.0, 1.0], "alpha is the part of ℓ1, from 0 to 1; found 1.5"),
        ([1.0, 0.0], 0.5, [1.0, 0.0], "deviation 1 has entries without any penalty"),
        ([1.0, 1.0], 0.5, [1.0], "rho and ridge are one number a deviation"),
    ],
)
def test_impossible_penalties_are_refused(
    rho: list[float], alpha: float, ridge: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SparseGroup(np.array(rho), alpha, np.array(ridge), np.zeros(2, dtype=bool))
