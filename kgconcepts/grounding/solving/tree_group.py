"""ℓ2 norms of the subtrees of a tree: a row is zero unless all rows above it may be non-zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kgconcepts.grounding.solving.protocols import Array

__all__ = ["TreeGroup"]

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TreeGroup:
    """``Ω(δ) = Σ_a w_a ‖δ_{a and its descendants}‖₂`` (over rows and columns together).

    Parameters
    ----------
    parent : int array of shape (K,)
        The parent of each row; -1 at a root.
    weights : array of shape (K,)
        w_a > 0.
    targets : int
        d, the columns of δ.

    Raises
    ------
    ValueError
        If a weight is not positive and finite, or the parents are no forest.

    Examples
    --------
    >>> penalty = TreeGroup(np.array([-1, 0]), np.array([1.0, 1.0]), 1)
    >>> penalty.prox(np.array([[4.0], [4.0]]), np.ones((2, 1))).ravel().round(4).tolist()
    [3.2, 2.4]

    References
    ----------
    Jenatton, Mairal, Obozinski and Bach, *Proximal methods for hierarchical sparse coding* (2011):
    the prox is that of one norm after the other, children first.
    """

    parent: npt.NDArray[np.intp]
    weights: Vector
    targets: int

    def __post_init__(self) -> None:
        if self.parent.shape != self.weights.shape or self.parent.ndim != 1:
            raise ValueError(
                f"parent and weights are one number a row; found {self.parent.shape} and "
                f"{self.weights.shape}"
            )
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise ValueError("weights: must be finite and above zero")
        if len(self.parent) and not -1 <= self.parent.min() <= self.parent.max() < len(self.parent):
            raise ValueError(f"parent: must be from -1 to {len(self.parent) - 1}")
        if sum(len(level) for level in self._levels) != len(self.parent):
            raise ValueError("parent: there is a cycle; a tree has none")

    @cached_property
    def _levels(self) -> list[npt.NDArray[np.intp]]:
        """Rows by their distance to the root."""
        levels, above = [], np.flatnonzero(self.parent < 0)
        order = np.argsort(self.parent, kind="stable")
        sorted_ = self.parent[order]
        while len(above):
            levels.append(above)
            first, last = np.searchsorted(sorted_, above), np.searchsorted(sorted_, above, "right")
            above = np.concatenate([order[i:j] for i, j in zip(first, last, strict=True)])
        return levels

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """No columns: all are in the norms."""
        return np.zeros(self.targets, dtype=bool)

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """All rows."""
        return np.ones(len(self.parent), dtype=bool)

    @property
    def ridge(self) -> Vector:
        """None."""
        return np.zeros(len(self.parent))

    @property
    def kinks(self) -> bool:
        """Whether single entries are zero: with one target, where they are leaves."""
        return self.targets == 1

    def value(self, delta: Array) -> float:
        """Return Ω(δ)."""
        return float(self.weights @ np.sqrt(self._left(delta, 0.0)))

    def gradient(self, delta: Array) -> Array:
        """Return ``δ_a Σ_b w_b / ‖δ_{b and its descendants}‖`` over a and its ancestors b."""
        norms = np.sqrt(self._left(delta, 0.0))
        sums = self.weights / np.where(norms > 0, norms, 1)
        for level in self._levels[1:]:
            sums[level] += sums[self.parent[level]]
        return np.asarray(sums[:, None] * delta.astype(np.float64))

    def prox(self, V: Array, steps: Array) -> Array:
        """Shrink one subtree after the other, children first.

        Raises
        ------
        ValueError
            If rows have different steps: the prox is then no such sequence.
        """
        step = float(steps.flat[0]) if steps.size else 1.0
        if not np.allclose(steps, step, rtol=1e-6, atol=0):
            raise ValueError("a tree's prox needs one step for all rows; give it a plain datafit")
        norms = np.sqrt(self._left(V, step))
        shrink = np.maximum(0, 1 - step * self.weights / np.where(norms > 0, norms, np.inf))
        shrink[norms == 0] = 0
        for level in self._levels[1:]:
            shrink[level] *= shrink[self.parent[level]]
        return np.asarray(V * shrink.astype(V.dtype)[:, None])

    def conjugate(self, V: Array) -> float:
        """Return 0 where the prox of V is zero, and else infinity."""
        roots = self._levels[0] if self._levels else np.empty(0, dtype=np.intp)
        left = np.sqrt(self._left(V, 1.0)[roots])
        return 0.0 if (left <= self.weights[roots]).all() else np.inf

    def dual_norm(self, V: Array) -> Vector:
        """Return for each row the least factor on Ω at which its whole tree stays zero."""
        squares = np.einsum("ad,ad->a", V, V, dtype=np.float64)
        root = np.arange(len(self.parent))
        for level in self._levels[1:]:
            root[level] = root[self.parent[level]]
        roots = root[self.parent < 0]
        factors = np.zeros(len(squares))
        low = np.zeros(len(roots))
        high = np.sqrt(self._shrunk(squares, np.zeros(len(squares)))[roots]) / self.weights[roots]
        for _ in range(50):
            middle = (low + high) / 2
            factors[roots] = middle
            left = np.sqrt(self._shrunk(squares, factors[root] * self.weights)[roots])
            enough = left <= middle * self.weights[roots]
            high, low = np.where(enough, middle, high), np.where(enough, low, middle)
            if (high - low <= 1e-10 * high).all():
                break
        factors[roots] = high
        return factors[root]

    def violations(self, V: Array, active: npt.NDArray[np.bool_]) -> Vector:
        """Return what is left of a zero subtree over its weight, where those above are not zero."""
        inside = active.astype(np.float64)
        for level in self._levels[:0:-1]:
            np.add.at(inside, self.parent[level], inside[level])
        zero = inside == 0
        left = np.sqrt(self._left(np.where(zero[:, None], V, 0), 1.0))
        found = np.where(zero, left / self.weights, np.inf)
        for level in self._levels[1:]:
            found[level] = np.where(found[self.parent[level]] > 1, found[level], 0)
        return np.where(active, 0, found)

    def scaled(self, factor: float) -> TreeGroup:
        """Return Ω times a factor."""
        return TreeGroup(self.parent, self.weights * factor, self.targets)

    def _left(self, V: Array, step: float) -> Vector:
        """Return the square of what is left of each subtree when those in it are shrunk."""
        squares = np.einsum("ad,ad->a", V, V, dtype=np.float64)
        return self._shrunk(squares, step * self.weights)

    def _shrunk(self, squares: Vector, thresholds: Vector) -> Vector:
        left = squares.copy()
        for level in self._levels[:0:-1]:
            rest = np.maximum(np.sqrt(left[level]) - thresholds[level], 0)
            np.add.at(left, self.parent[level], rest * rest)
        return left
