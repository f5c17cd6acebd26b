"""What a smooth loss and a penalty promise, so that the solver knows nothing else of them."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Datafit", "Penalty"]

Array = npt.NDArray[np.floating[Any]]


class Datafit(Protocol):
    """A smooth convex function f of the (L, d) sums of deviations ``W = D δ``.

    The expensive step of all of them is linear in W, its *image*. The solver's points are linear
    combinations of a few W, so it combines images instead of making new ones.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """(L, d), the shape of W."""

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Columns of W in which rows may differ although they share the rest; shape (d,)."""

    @property
    def curvature(self) -> npt.NDArray[np.float64]:
        """How curved f is in each row of W, but for one factor; shape (L,)."""

    @property
    def columns(self) -> npt.NDArray[np.float64]:
        """How curved f is along the columns of W, but for one factor; shape (d, d)."""

    def image(self, W: Array) -> Array:
        """Return the linear map of W that value and gradient are made from."""

    def value(self, W: Array, image: Array) -> float:
        """Return f(W)."""

    def gradient(self, W: Array, image: Array) -> tuple[float, Array]:
        """Return f(W) and ∇f(W), shape (L, d)."""

    def conjugate(self, scale: float, value: float, inner: float) -> float:
        """Return f*(scale ∇f(W)), or a number above it, from f(W) and ⟨W, ∇f(W)⟩."""

    def sharing(self, groups: npt.NDArray[np.intp]) -> Self:
        """Return f for those W whose rows are equal within groups, constant columns apart."""

    def astype(self, dtype: npt.DTypeLike) -> Self | None:
        """Return f computed in another precision; None if that cannot hold it."""


class Penalty(Protocol):
    """A convex function Ω of the (K, d) deviations that is a sum over their rows."""

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """Columns that do not have to be zero for a row to be inactive; shape (d,)."""

    def value(self, delta: Array) -> float:
        """Return Ω(δ)."""

    def smooth(self, delta: Array) -> Array:
        """Return the gradient of Ω's ridge; shape (K, d)."""

    def prox(self, V: Array, steps: Array) -> Array:
        """Return argmin over δ of ``Σ_aj (δ_aj − V_aj)² / (2 steps_aj) + Ω(δ)``; a new array.

        Steps are of shape (K, d) and equal in all columns of a row that are not free.
        """

    def conjugate(self, V: Array) -> float:
        """Return Ω*(V), infinite where it is."""

    def dual_norm(self, V: Array) -> npt.NDArray[np.float64]:
        """Return for each row the least factor on Ω's norms at which it stays zero; shape (K,)."""

    def scaled(self, factor: float) -> Self:
        """Return Ω with its norms, not its ridge, times a factor."""
