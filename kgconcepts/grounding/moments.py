"""What images tell through sums alone: they are read once, in any order, on any machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.inputs import check_latents, unit_latents

__all__ = ["Along", "Moments"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Counts, sums and products of images' latents: what a Gaussian model needs to know of them.

    Images are compared by their direction from a centre: latents are taken less the centre, at
    unit length. So the centre comes first, from a pass over all images or over a sample of them.

    Parameters
    ----------
    center : array of shape (d,)
    count : float
        How many images, the unlabelled included.
    total : array of shape (d,)
        Their sum.
    products : array of shape (d, d)
        The sum of ``x xᵀ`` over them.
    counts : array of shape (R,)
        How many images, by their weights, have each pattern of evidence.
    sums : array of shape (R, d)
        The sum of those of each pattern.
    known_products : array of shape (d, d)
        The sum of ``x xᵀ`` over all that have a pattern.

    Examples
    --------
    >>> Z, pattern = np.array([[2.0, 0.0], [0.0, 3.0], [0.0, 1.0]]), np.array([0, 1, -1])
    >>> whole = Moments.of(Z, pattern, 2, np.zeros(2))
    >>> whole.sums
    array([[1., 0.],
           [0., 1.]])
    >>> parts = [Moments.of(Z[i : i + 1], pattern[i : i + 1], 2, np.zeros(2)) for i in range(3)]
    >>> np.array_equal((parts[2] + parts[0] + parts[1]).products, whole.products)
    True
    """

    center: Array
    count: float
    total: Array
    products: Array
    counts: Array
    sums: Array
    known_products: Array

    @classmethod
    def of(
        cls,
        Z: npt.ArrayLike,
        pattern: npt.ArrayLike,
        R: int,
        center: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Sum over images; what is used beside them grows with R and d alone.

        Parameters
        ----------
        Z : array of shape (n, d)
            Latents.
        pattern : int array of shape (n,)
            What is known of each image, as `Evidence.pattern` gives it: a row of
            `Evidence.patterns`, -1 for an unlabelled one.
        R : int
            How many patterns there are.
        center : array of shape (d,)
        weight : array of shape (n,), optional
            How much each label counts, as `Evidence.weight` gives it. What is summed over all
            images counts each of them once.

        Raises
        ------
        LatentsError
            If latents are not finite, or the centre has other units.
        EvidenceError
            If patterns or weights are not as many as images, or patterns not below R.
        """
        Z = check_latents(Z)
        n, d = Z.shape
        about = check_latents(np.reshape(center, (1, -1)), "the centre", units=d)[0]
        pattern = np.asarray(pattern)
        weight = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
        if pattern.shape != (n,) or weight.shape != (n,):
            raise EvidenceError(
                f"there are {n} images, patterns of shape {pattern.shape} and weights of shape "
                f"{weight.shape}; give one of each for every image"
            )
        if pattern.max() >= R or pattern.min() < -1:
            raise EvidenceError(
                f"patterns are from {pattern.min()} to {pattern.max()}; expected -1 (unlabelled) "
                f"to {R - 1}, as there are {R} of them"
            )
        if not (np.isfinite(weight) & (weight >= 0)).all():
            raise EvidenceError("weights: found one that is negative or not finite; correct it")
        X = unit_latents(Z, about)
        known = pattern >= 0
        rows, weights = pattern[known], weight[known]
        told = X[known]
        place = sp.csr_array((weights, (rows, np.arange(len(rows)))), shape=(R, len(rows)))
        counts = np.bincount(rows, weights, minlength=R).astype(np.float64)
        known_products = told.T @ (weights[:, None] * told)
        return cls(about, float(n), X.sum(axis=0), X.T @ X, counts, place @ told, known_products)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both sets of images together.

        Raises
        ------
        LatentsError
            If they were taken about different centres.
        EvidenceError
            If they are about different numbers of patterns.
        """
        if not np.array_equal(self.center, other.center):
            raise LatentsError(
                "moments were taken about different centres; give `Moments.of` the same one"
            )
        if len(self.counts) != len(other.counts):
            raise EvidenceError(
                f"moments are of {len(self.counts)} and of {len(other.counts)} patterns; give "
                "`Moments.of` the evidence of the same patterns"
            )
        return Moments(
            self.center,
            self.count + other.count,
            self.total + other.total,
            self.products + other.products,
            self.counts + other.counts,
            self.sums + other.sums,
            self.known_products + other.known_products,
        )

    def along(self, axes: Array, origin: Array) -> Along:
        """Return what these are along some axes; shape (d, q), orthonormal."""
        number, summed = self.counts.sum(), self.sums.sum(axis=0)
        about = np.outer(summed, origin)
        known = self.known_products - about - about.T + number * np.outer(origin, origin)
        every = self.products / self.count - np.outer(origin, origin)
        squares, variance = (np.einsum("iq,ij,jq->q", axes, M, axes) for M in (known, every))
        sums = (self.sums - self.counts[:, None] * origin) @ axes
        return Along(self.counts, sums, np.maximum(squares, 0), variance)


@dataclass(frozen=True, eq=False)
class Along:
    """Moments along q axes, about an origin.

    Parameters
    ----------
    counts : array of shape (R,)
    sums : array of shape (R, q)
        Of the images of each pattern.
    squares : array of shape (q,)
        The sum of squares over all that have a pattern.
    variance : array of shape (q,)
        Of all images.
    """

    counts: Array
    sums: Array
    squares: Array
    variance: Array

    def first(self, q: int) -> Along:
        """Return what is along the first q axes."""
        return Along(self.counts, self.sums[:, :q], self.squares[:q], self.variance[:q])

    def without(self, X: Array, pattern: npt.NDArray[np.intp], weight: Array) -> Along:
        """Return the same as if these images, at coordinates (n, q), had not been annotated."""
        R, n = len(self.counts), len(X)
        place = sp.csr_array((weight, (pattern, np.arange(n))), shape=(R, n))
        counts = self.counts - np.bincount(pattern, weight, minlength=R)
        counts[counts < 1e-9 * self.counts] = 0  # what is left of rounding is no image
        return replace(
            self,
            counts=counts,
            sums=self.sums - place @ X,
            squares=np.maximum(self.squares - weight @ X**2, 0),
        )
