"""The squared loss of many targets, from images: rows of the coefficients are features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kgconcepts.grounding.solving.protocols import Array

__all__ = ["LeastSquares"]


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """``f(W) = ½ ‖Y − X W‖²``.

    Parameters
    ----------
    X : array of shape (n, L)
        Features; its dtype is the precision of the products.
    Y : array of shape (n, d)
        Targets.
    """

    X: Array
    Y: Array
    groups: npt.NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(L, d): features × targets."""
        return self.X.shape[1], self.Y.shape[1]

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """No columns: rows that share share all."""
        return np.zeros(self.shape[1], dtype=bool)

    def curvature(self, W: Array, image: Array) -> npt.NDArray[np.float64]:
        """Return for each row the square of X's norm, from a few power iterations."""
        v: Array = np.random.default_rng(0).normal(size=(self.X.shape[1],)).astype(self.X.dtype)
        for _ in range(4):
            v = self.X.T @ (self.X @ (v / (np.linalg.norm(v) or self.X.dtype.type(1))))
        return np.full(self.X.shape[1], float(np.linalg.norm(v)) or 1.0)

    @property
    def columns(self) -> npt.NDArray[np.float64]:
        """Return the identity: targets do not touch one another."""
        return np.eye(self.Y.shape[1])

    def image(self, W: Array) -> Array:
        """Return X W; shape (n, d)."""
        if self.groups is None:
            return np.asarray(self.X @ W.astype(self.X.dtype))
        return np.asarray(self._summed @ W[self._first].astype(self.X.dtype))

    def value(self, W: Array, image: Array) -> float:
        """Return f(W)."""
        residuals = image.astype(np.float64) - self.Y
        return 0.5 * float(np.vdot(residuals, residuals))

    def gradient(self, W: Array, image: Array, full: bool = True) -> tuple[float, Array]:
        """Return f(W) and its gradient ``Xᵀ (X W − Y)``, or its means over groups."""
        residuals = image.astype(np.float64) - self.Y
        if full or self.groups is None:
            gradient = self.X.T @ residuals.astype(self.X.dtype)
        else:
            sizes = np.bincount(self.groups)[:, None]
            gradient = (self._summed.T @ residuals.astype(self.X.dtype) / sizes)[self.groups]
        return 0.5 * float(np.vdot(residuals, residuals)), np.asarray(gradient, dtype=np.float64)

    def conjugate(self, scale: float, value: float, inner: float) -> float:
        """Return f*(scale ∇f(W)), or a number above it: a square in the scaled residuals."""
        return scale * scale * value - 2 * scale * value + scale * inner

    def sharing(self, groups: npt.NDArray[np.intp]) -> LeastSquares:
        """Return the loss for W whose rows are equal within groups."""
        return replace(self, groups=groups)

    def astype(self, dtype: npt.DTypeLike) -> LeastSquares | None:
        """Return the loss in another precision; None where float32 would overflow or vanish."""
        if np.dtype(dtype) == np.float32 and not 1e-12 < np.abs(self.X).max(initial=0.0) < 1e12:
            return None
        if self.X.dtype == dtype:
            return self
        return replace(self, X=self.X.astype(dtype))

    @cached_property
    def _first(self) -> npt.NDArray[np.intp]:
        assert self.groups is not None  # noqa: S101 (asked for where there are groups)
        return np.asarray(np.unique(self.groups, return_index=True)[1])

    @cached_property
    def _summed(self) -> Array:
        assert self.groups is not None  # noqa: S101 (asked for where there are groups)
        # One product for the groups of several rows; those of one row are columns of X.
        several = np.flatnonzero(np.bincount(self.groups) > 1)
        summed = self.X[:, self._first]
        for group in several:
            summed[:, group] = self.X @ (self.groups == group).astype(self.X.dtype)
        return np.asarray(summed)
