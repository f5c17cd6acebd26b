"""The covariance of axes, and intervals: as told by leaving each text out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp

from kgconcepts import Hierarchy
from kgconcepts.embedding.gaussian import GaussianDAG, parents_of
from kgconcepts.embedding.spread import Spread, leave_one_out

Floats = npt.NDArray[np.float64]
Dense = Callable[[sp.csr_array, Floats, Floats, Floats], tuple[Floats, Floats]]


def test_residuals_are_those_of_really_leaving_each_text_out(dense: Dense) -> None:
    rng = np.random.default_rng(0)
    tree = Hierarchy.from_edges(
        "abcdefgh",
        [tuple(edge) for edge in ("ba", "ca", "db", "dc", "ec", "fe", "ge", "ha")],
    )
    above = parents_of(tree, None, {})
    K, m = len(tree), 3
    texts, steps = rng.normal(size=(K, m)), np.exp(rng.normal(size=K))
    noise = np.exp(rng.normal(size=K))
    noise[[2, 5]] = np.inf
    texts[[2, 5]] = 0
    told = np.flatnonzero(np.isfinite(noise))
    residuals = []
    for c in told.tolist():
        without = noise.copy()
        without[c] = np.inf
        mean, covariance = dense(above, texts, steps, without)
        residuals.append((texts[c] - mean[c]) / np.sqrt(covariance[c, c] + noise[c]))
    expected = np.array(residuals).T @ np.array(residuals) / len(told)
    expected = 0.9 * expected + 0.1 * np.trace(expected) / m * np.eye(m)  # drawn to a sphere
    found = leave_one_out(GaussianDAG(above).posterior(texts, steps, noise), texts, noise)
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-9)


@pytest.mark.parametrize(("freedom", "wrong"), [(4.0, 1.0), (5.0, 4.0), (np.inf, 0.25)])
def test_intervals_cover_what_they_say_where_errors_have_heavy_tails(
    freedom: float, wrong: float
) -> None:
    """Even where the variances given are too small or too large by a factor."""
    rng = np.random.default_rng(0)
    parents, children, m = 40, 100, 8
    ids = [f"p{k}" for k in range(parents)] + [f"c{k}" for k in range(parents * children)]
    edges = [(f"c{k}", f"p{k // children}") for k in range(parents * children)]
    tree = Hierarchy.from_edges(ids, edges)
    K = len(tree)
    mix = np.diag(np.linspace(0.5, 2, m))  # axes of unlike spread
    X = rng.normal(size=(parents, m))[np.r_[0:parents, np.arange(parents * children) // children]]
    chi = rng.chisquare(freedom, size=K) / freedom if np.isfinite(freedom) else np.ones(K)
    errors = rng.normal(size=(K, m)) / np.sqrt(chi)[:, None] * 0.5
    T = (X + errors) @ mix
    told = rng.random(K) < 0.5
    steps = wrong * np.where(np.arange(K) < parents, 1.0, 0.01)
    noise = wrong * np.where(told, 0.25, np.inf)
    texts = np.where(told[:, None], T, 0)
    posterior = GaussianDAG(parents_of(tree, None, {})).posterior(texts, steps, noise)
    spread = leave_one_out(posterior, texts, noise)
    withheld = np.flatnonzero(~told & (np.arange(K) >= parents))
    directions = rng.normal(size=(10, m))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    off = np.abs((T[withheld] - posterior.mean[withheld]) @ directions.T)
    variance = posterior.variance[withheld] + wrong * 0.25
    for level in (0.5, 0.9):
        covered = (off <= spread.half_width(variance, directions, level)).mean()
        assert covered == pytest.approx(level, abs=0.03)


def test_intervals_are_as_wide_as_a_normal_distribution_where_tails_are_light() -> None:
    spread = Spread(np.diag([4.0, 1.0]), 1e9, 1.0)
    found = spread.half_width(np.array([1.0, 9.0]), np.eye(2), 0.95)
    np.testing.assert_allclose(found, 1.959964 * np.array([[2, 1], [6, 3]]), rtol=1e-5)


def test_a_higher_level_and_heavier_tails_make_intervals_wider() -> None:
    one, axis = np.ones(1), np.eye(1)
    light, heavy = (Spread(np.eye(1), freedom, 1.0) for freedom in (200.0, 3.0))
    assert light.half_width(one, axis, 0.9) < heavy.half_width(one, axis, 0.9)
    assert light.half_width(one, axis, 0.5) < light.half_width(one, axis, 0.9)


def test_whitening_is_a_root_of_the_inverse_covariance() -> None:
    A = np.random.default_rng(2).normal(size=(9, 5))
    spread = Spread(A.T @ A, 5.0, 1.0)
    W = spread.whitening
    np.testing.assert_allclose(W @ W.T, np.linalg.inv(spread.covariance), rtol=1e-9)
    assert spread.size == pytest.approx(np.linalg.eigvalsh(spread.covariance).mean())


def test_texts_that_are_all_alike_give_intervals_nevertheless() -> None:
    above = parents_of(Hierarchy.from_edges("ab", [("b", "a")]), None, {})
    texts, noise = np.zeros((2, 3)), np.ones(2)
    found = leave_one_out(GaussianDAG(above).posterior(texts, np.ones(2), noise), texts, noise)
    assert np.isfinite(found.half_width(np.ones(2), np.eye(3), 0.9)).all()
    assert np.linalg.eigvalsh(found.covariance).min() > 0
