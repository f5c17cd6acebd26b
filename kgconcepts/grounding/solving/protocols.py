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

    def curvature(self, W: Array, image: Array) -> npt.NDArray[np.float64]:
        """Return how curved f is in each row of W there, but for one factor; shape (L,)."""

    @property
    def columns(self) -> npt.NDArray[np.float64]:
        """How curved f is along the columns of W, but for one factor; shape (d, d)."""

    def image(self, W: Array) -> Array:
        """Return the linear map of W that value and gradient are made from."""

    def value(self, W: Array, image: Array) -> float:
        """Return f(W)."""

    def gradient(self, W: Array, image: Array, full: bool = True) -> tuple[float, Array]:
        """Return f(W) and ∇f(W), shape (L, d); if not full, only the sums of groups must be right.

        That is enough for steps of the active deviations, which groups count alike.
        """

    def conjugate(self, scale: float, value: float, inner: float) -> float:
        """Return f*(scale ∇f(W)), or a number above it, from f(W) and ⟨W, ∇f(W)⟩."""

    def sharing(self, groups: npt.NDArray[np.intp]) -> Self:
        """Return f for those W whose rows are equal within groups, constant columns apart."""

    def astype(self, dtype: npt.DTypeLike) -> Self | None:
        """Return f computed in another precision; None if that cannot hold it."""


class Penalty(Protocol):
    """A convex function Ω of the (K, d) deviations."""

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """Columns that do not have to be zero for a row to be inactive; shape (d,)."""

    @property
    def ridge(self) -> npt.NDArray[np.float64]:
        """Half of this times a row's squares is part of Ω, and all of it in free columns; (K,)."""

    @property
    def kinks(self) -> bool:
        """Whether Ω has kinks where single entries change their sign, not rows alone."""

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Rows that Ω's norms can hold at zero; shape (K,)."""

    def value(self, delta: Array) -> float:
        """Return Ω(δ)."""

    def gradient(self, delta: Array) -> Array:
        """Return Ω's gradient along the entries that are not zero, or free; shape (K, d)."""

    def prox(self, V: Array, steps: Array) -> Array:
        """Return argmin over δ of ``Σ_aj (δ_aj − V_aj)² / (2 steps_aj) + Ω(δ)``; a new array.

        Steps are of shape (K, d) and equal in all columns of a row that are not free.
        """

    def conjugate(self, V: Array) -> float:
        """Return Ω*(V), infinite where it is."""

    def dual_norm(self, V: Array) -> npt.NDArray[np.float64]:
        """Return for each row the least factor on Ω's norms at which it stays zero; shape (K,)."""

    def violations(self, V: Array, active: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Return by how much inactive rows violate optimality: more than 1 if so; shape (K,).

        V is minus the gradient. What is above 1 must be able to leave zero together.
        """

    def scaled(self, factor: float) -> Self:
        """Return Ω with its norms, not its ridge, times a factor."""
