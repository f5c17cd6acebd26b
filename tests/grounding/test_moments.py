"""What images tell through sums: the same however they are divided, ordered and put together."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.moments import Moments

Array = npt.NDArray[np.float64]
FIELDS = ("count", "total", "products", "counts", "sums", "known_products")


def images(seed: int, n: int, d: int = 4, R: int = 3) -> tuple[Array, npt.NDArray[np.intp], Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.integers(-1, R, n), rng.uniform(0, 3, n)


@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(1, 39), max_size=6, unique=True))
def test_any_split_in_any_order_gives_the_same(seed: int, cuts: list[int]) -> None:
    Z, pattern, weight = images(seed, 40)
    center = np.full(4, 0.1)
    whole = Moments.of(Z, pattern, 3, center, weight)
    rng = np.random.default_rng(seed)
    blocks = np.split(rng.permutation(40), sorted(cuts))
    parts = [Moments.of(Z[b], pattern[b], 3, center, weight[b]) for b in blocks]
    left = reduce(add, parts)
    right = reduce(lambda rest, part: part + rest, reversed(parts))
    for joined in (left, right):
        for field in FIELDS:
            np.testing.assert_allclose(
                getattr(joined, field), getattr(whole, field), rtol=1e-12, atol=1e-12
            )


def test_they_are_the_sums_that_they_say() -> None:
    Z, pattern, weight = images(0, 30)
    found = Moments.of(Z.astype(np.float32), pattern, 3, np.zeros(4), weight)
    X = unit_latents(Z.astype(np.float32).astype(float), np.zeros(4))
    known = pattern >= 0
    assert found.count == 30
    np.testing.assert_allclose(found.total, X.sum(axis=0))
    np.testing.assert_allclose(found.products, X.T @ X)
    np.testing.assert_allclose(found.known_products, (X[known].T * weight[known]) @ X[known])
    for r in range(3):
        np.testing.assert_allclose(found.counts[r], weight[pattern == r].sum())
        np.testing.assert_allclose(found.sums[r], weight[pattern == r] @ X[pattern == r])


@given(seed=st.integers(0, 10**6), q=st.integers(1, 4))
def test_along_axes_they_are_those_of_the_coordinates(seed: int, q: int) -> None:
    Z, pattern, weight = images(seed, 25)
    moments = Moments.of(Z, pattern, 3, np.zeros(4), weight)
    X = unit_latents(Z, np.zeros(4))
    origin = X.mean(axis=0)
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))
    P, known = (X - origin) @ axes[:, :q], pattern >= 0
    along = moments.along(axes, origin).first(q)
    np.testing.assert_allclose(along.squares, weight[known] @ P[known] ** 2, atol=1e-12)
    np.testing.assert_allclose(along.variance, P.var(axis=0), atol=1e-12)
    for r in range(3):
        np.testing.assert_allclose(
            along.sums[r], weight[pattern == r] @ P[pattern == r], atol=1e-12
        )
    out = known & (np.arange(25) % 2 == 0)
    rest = along.without(P[out], pattern[out], weight[out])
    kept = np.where(out, -1, pattern)
    again = Moments.of(Z, kept, 3, np.zeros(4), weight).along(axes, origin).first(q)
    for field in ("counts", "sums", "squares", "variance"):
        np.testing.assert_allclose(getattr(rest, field), getattr(again, field), atol=1e-12)


def test_an_image_at_the_centre_points_nowhere() -> None:
    found = Moments.of(np.ones((1, 3)), [0], 1, np.ones(3))
    assert found.counts[0] == 1
    assert not found.sums.any()


@pytest.mark.parametrize(
    ("pattern", "weight", "says"),
    [
        ([0], None, "one of each for every image"),
        ([0, 3], None, r"expected -1 \(unlabelled\) to 2"),
        ([0, -2], None, "patterns are from -2"),
        ([0, 1], [1.0], "one of each for every image"),
        ([0, 1], [1.0, -1.0], "negative"),
        ([0, 1], [1.0, np.inf], "not finite"),
    ],
)
def test_what_does_not_fit_is_refused(
    pattern: list[int], weight: list[float] | None, says: str
) -> None:
    with pytest.raises(EvidenceError, match=says):
        Moments.of(np.eye(2), pattern, 3, np.zeros(2), weight)


def test_other_latents_and_centres_are_refused() -> None:
    with pytest.raises(LatentsError, match="finite"):
        Moments.of([[np.nan, 0.0]], [0], 1, np.zeros(2))
    with pytest.raises(LatentsError, match="the centre"):
        Moments.of([[1.0, 0.0]], [0], 1, np.zeros(3))
    one = Moments.of([[1.0, 0.0]], [0], 1, np.zeros(2))
    with pytest.raises(LatentsError, match="different centres"):
        one + Moments.of([[1.0, 0.0]], [0], 1, np.ones(2))
    with pytest.raises(EvidenceError, match="1 and of 2 patterns"):
        one + Moments.of([[1.0, 0.0]], [0], 2, np.zeros(2))
