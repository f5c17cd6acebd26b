"""The squared loss of sums of deviations, from moments alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kgconcepts.grounding.solving.protocols import Array

__all__ = ["Moments"]


@dataclass(frozen=True, eq=False)
class Moments:
    """``f(W) = ½ tr(W G Wᵀ) − ⟨W, B⟩ + c``, which is ``½ Σ_i ‖y_i − W x_i‖²``.

    Parameters
    ----------
    gram : array of shape (d, d)
        ``G = Xᵀ X``; its dtype is the precision of the products.
    cross : array of shape (L, d)
        ``B = Yᵀ X``.
    total : float
        ``c = ½ ‖Y‖²``, without which f has no bound below that a gap could be measured from.
    """

    gram: Array
    cross: npt.NDArray[np.float64]
    total: float
    groups: npt.NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(L, d)."""
        L, d = self.cross.shape
        return L, d

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """No columns: rows that share share all."""
        return np.zeros(self.shape[1], dtype=bool)

    def curvature(self, W: Array, image: Array) -> npt.NDArray[np.float64]:
        """Return ones: all rows are curved alike."""
        return np.ones(len(self.cross))

    @property
    def columns(self) -> npt.NDArray[np.float64]:
        """Return G."""
        return self.gram.astype(np.float64)

    def image(self, W: Array) -> Array:
        """Return W G; shape (L, d)."""
        if self.groups is None:
            return np.asarray(W.astype(self.gram.dtype) @ self.gram)
        return np.asarray(W[self._first].astype(self.gram.dtype) @ self.gram)[self.groups]

    def value(self, W: Array, image: Array) -> float:
        """Return f(W)."""
        return float(np.vdot(W, 0.5 * image.astype(np.float64) - self.cross)) + self.total

    def gradient(self, W: Array, image: Array, full: bool = True) -> tuple[float, Array]:
        """Return f(W) and its gradient ``W G − B``."""
        return self.value(W, image), image - self.cross

    def conjugate(self, scale: float, value: float, inner: float) -> float:
        """Return f*(scale ∇f(W)), a square in the scaled residuals."""
        return scale * scale * value - 2 * scale * value + scale * inner

    def sharing(self, groups: npt.NDArray[np.intp]) -> Moments:
        """Return the loss for W whose rows are equal within groups."""
        return replace(self, groups=groups)

    def astype(self, dtype: npt.DTypeLike) -> Moments | None:
        """Return the loss in another precision; None where float32 would overflow or vanish."""
        if np.dtype(dtype) == np.float32 and not 1e-12 < np.abs(self.gram).max(initial=0.0) < 1e12:
            return None
        if self.gram.dtype == dtype:
            return self
        return replace(self, gram=self.gram.astype(dtype))

    @cached_property
    def _first(self) -> npt.NDArray[np.intp]:
        assert self.groups is not None  # noqa: S101 (asked for where there are groups)
        return np.asarray(np.unique(self.groups, return_index=True)[1])
