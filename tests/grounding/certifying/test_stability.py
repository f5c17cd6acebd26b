"""Stable units, and how many of them may be there by chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.certifying.stability import (
    complementary_halves,
    false_units,
    stability,
    unimodal_constant,
)


@given(n=st.integers(0, 40), seed=st.integers(0, 99), groups=st.integers(1, 4))
def test_the_halves_of_a_pair_share_no_image(n: int, seed: int, groups: int) -> None:
    group = np.arange(n) % groups
    halves = complementary_halves(n, 3, seed, group)
    assert len(halves) == 6
    for one, other in zip(halves[::2], halves[1::2], strict=True):
        assert len(one) == len(other) == n // 2
        assert len({*one.tolist(), *other.tolist()}) == 2 * (n // 2)
        for g in range(groups):
            assert abs((group[one] == g).sum() - (group[other] == g).sum()) <= 2


def test_every_image_is_as_often_in_a_half() -> None:
    halves = complementary_halves(20, 500, 0, np.repeat([0, 1], [3, 17]))
    often = np.bincount(np.concatenate(halves), minlength=20) / 500
    np.testing.assert_allclose(often, 1)


def test_the_bound_is_meinshausen_and_buhlmann_s() -> None:
    """Their example: with π = 0.9 and q = √(0.8 d) one false unit is expected at most.

    Shah & Samworth's applies as well and is less, except where pairs are too few for it.
    """
    for d in (50, 1000):
        q = np.sqrt(0.8 * d)
        assert q**2 / ((2 * 0.9 - 1) * d) == pytest.approx(1)
        assert false_units(q, d, 0.9, pairs=50) <= 1
        assert false_units(q, d, 0.6, pairs=2) == pytest.approx(min(q**2 / (0.2 * d), d))


@pytest.mark.parametrize(
    ("threshold", "constant"),
    [(0.6, 1 / (2 * 0.19)), (0.75, 1 / (2 * 0.49)), (0.8, 0.84 / 1.02), (1.0, 0.04 / 1.02)],
)
def test_the_constant_is_shah_and_samworth_s(threshold: float, constant: float) -> None:
    assert unimodal_constant(threshold, 50, 0.01) == pytest.approx(constant)


def test_the_two_branches_of_the_constant_meet() -> None:
    """With many pairs both are 1 at π = ¾."""
    assert unimodal_constant(0.75, 10**9, 0.1) == pytest.approx(1)
    assert unimodal_constant(0.75 + 1e-9, 10**9, 0.1) == pytest.approx(1)


def test_too_small_a_threshold_has_no_unimodal_bound() -> None:
    assert unimodal_constant(0.505, 50, 0.1) == np.inf
    assert false_units(20, 100, 0.505, 50) == 100  # no more than all there are
    assert false_units(0, 100, 0.505, 50) == 0


@pytest.mark.parametrize(("q", "threshold"), [(5, 0.6), (5, 0.75), (20, 0.75), (20, 0.9)])
def test_units_picked_by_chance_are_seldom_stable(q: int, threshold: float) -> None:
    rng = np.random.default_rng(q)
    selected = rng.random((50, 400, 40)).argsort(axis=2) < q
    found = stability(selected, threshold)
    np.testing.assert_allclose(found.chosen, q)
    assert found.stable.sum(axis=1).mean() <= found.false_units[0]


def test_what_every_fit_picks_is_stable() -> None:
    selected = np.zeros((4, 2, 5), dtype=bool)
    selected[:, 0, 2] = True
    selected[:3, 0, 3] = True
    selected[:2, 0, 4] = True
    found = stability(selected, 0.75)
    np.testing.assert_array_equal(found.stable[0], [False, False, True, True, False])
    np.testing.assert_array_equal(found.share[0], [0, 0, 1, 0.75, 0.5])
    np.testing.assert_allclose(found.chosen, [2.25, 0])
    assert found.false_units[1] == 0
    assert found.false_units[0] == pytest.approx(false_units(2.25, 5, 0.75, 2))


@pytest.mark.parametrize("shape", [(3, 2, 5), (0, 2, 5), (4, 2)])
def test_fits_without_their_complement_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EvidenceError, match="expected \\(2 B fits"):
        stability(np.zeros(shape, dtype=bool))


@pytest.mark.parametrize("threshold", [0.5, 1.1])
def test_thresholds_are_shares_above_a_half(threshold: float) -> None:
    with pytest.raises(EvidenceError, match="threshold is"):
        stability(np.zeros((2, 1, 1), dtype=bool), threshold)
