"""The multinomial loss of sums of deviations, with soft targets and weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.grounding.solving.protocols import Array

__all__ = ["Multinomial"]

_BLOCK = 1 << 16  # scores that stay in a core's cache between the passes over them


@dataclass(frozen=True, eq=False)
class Multinomial:
    """``f(W) = Σ_i ω_i [ log Σ_l exp(x_i·w_l) − q_i·(X W)_i ]``; make it with `from_targets`.

    The targets are needed in their moments alone: ``f(W) = Σ_i ω_i log Σ_l exp(x_i·w_l) − ⟨W, B⟩``
    with ``B = Qᵀ diag(ω) X``. Classes of one group have equal rows of W but for the columns where
    X is constant, so one column of scores serves them all: a group counts as one class with the
    intercept ``log Σ_{l in group} exp(b_l)``.

    Attributes
    ----------
    X : array of shape (n, d)
        Features; its dtype is the precision of the products.
    weights : array of shape (n,)
        ω_i.
    cross : array of shape (L, d)
        B.
    shares : array of shape (L,)
        Each class's part of the weighted targets.
    least : float
        A bound below f: the entropy of the targets.
    groups : int array of shape (L,)
        The group of each class.
    constant : bool array of shape (d,)
        Columns in which X is constant.
    """

    X: Array
    weights: Array
    cross: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    least: float
    groups: npt.NDArray[np.intp]
    constant: npt.NDArray[np.bool_]

    @classmethod
    def from_targets(
        cls,
        X: Array,
        targets: npt.NDArray[np.generic],
        classes: int,
        weights: Array | None = None,
    ) -> Multinomial:
        """Sum the targets.

        Parameters
        ----------
        X : array of shape (n, d)
            Features; a column of ones gives intercepts.
        targets : int array of shape (n,) or float array of shape (n, L)
            The class of each image, or its distribution over classes.
        classes : int
            L.
        weights : array of shape (n,), optional
            ω_i ≥ 0, by default 1.

        Raises
        ------
        ValueError
            If a number is not finite, a weight negative, or a target no class or distribution.
        """
        X = np.asarray(X, dtype=np.float32 if X.dtype == np.float32 else np.float64)
        n = len(X)
        omega = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
        if not np.isfinite(X).all():
            row, column = np.argwhere(~np.isfinite(X))[0]
            raise ValueError(f"X: row {row}, column {column} is not finite; leave that image out")
        if omega.shape != (n,) or not np.isfinite(omega).all() or (omega < 0).any():
            raise ValueError(f"weights must be {n} finite numbers that are not negative")
        if targets.ndim == 1:
            if len(targets) != n or (n and not (0 <= targets.min() <= targets.max() < classes)):
                raise ValueError(f"targets must be {n} classes from 0 to {classes - 1}")
            Q = sp.csr_array((np.ones(n), targets, np.arange(n + 1)), shape=(n, classes))
            entropy = np.zeros(n)
        else:
            Q = np.asarray(targets, dtype=np.float64)
            if Q.shape != (n, classes) or not (Q >= 0).all():
                raise ValueError(f"targets must be of shape ({n}, {classes}) and not negative")
            sums = Q.sum(axis=1)
            if not np.allclose(sums, 1, atol=1e-5):
                wrong = np.abs(sums - 1).argmax()
                raise ValueError(f"targets: row {wrong} sums to {sums[wrong]:g}, not to 1")
            Q = Q / sums[:, None]
            entropy = -(Q * np.log(np.where(Q > 0, Q, 1))).sum(axis=1)
        kept = omega > 0
        X, omega, entropy = X[kept], omega[kept], entropy[kept]
        cross = Q[kept].T @ (omega[:, None] * X.astype(np.float64))
        constant = (X[:1] == X).all(axis=0)
        groups = np.arange(classes)
        shares = np.asarray(Q[kept].T @ omega) / (omega.sum() or 1.0)
        return cls(
            X,
            omega.astype(X.dtype),
            np.asarray(cross),
            shares,
            float(omega @ entropy),
            groups,
            constant,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(L, d)."""
        L, d = self.cross.shape
        return L, d

    def curvature(self, W: Array, image: Array) -> npt.NDArray[np.float64]:
        """Return ``Σ_i ω_i p_il (1 − p_il)`` and a little, for W that are not yet there.

        The second derivatives in row l are ``Σ_i ω_i p_il (1 − p_il) x_i x_iᵀ``.
        """
        offsets, share = self._offsets(W)
        sums = np.zeros((2, image.shape[1]))
        for rows in self._blocks(image):
            _, P, total = self._exponentials(image[rows], offsets)
            P /= total[:, None]
            sums[0] += self.weights[rows] @ P
            sums[1] += self.weights[rows] @ (P * P)
        once, twice = sums[:, self.groups]
        rest = self.weights.sum(dtype=np.float64) * (self.shares + 0.1 / len(self.cross))
        return np.asarray(share * (once - share * twice) + 0.05 * rest)

    @cached_property
    def columns(self) -> npt.NDArray[np.float64]:
        """Return ``Xᵀ diag(ω) X / Σ ω``; shape (d, d)."""
        weighted = self.X * self.weights[:, None]
        total = float(self.weights.sum(dtype=np.float64)) or 1.0
        return np.asarray(weighted.T @ self.X, dtype=np.float64) / total

    def image(self, W: Array) -> Array:
        """Return the scores of groups without intercepts; shape (n, G)."""
        return np.asarray(self._varying @ W[self._first][:, ~self.constant].astype(self.X.dtype).T)

    def value(self, W: Array, image: Array) -> float:
        """Return f(W)."""
        offsets, _ = self._offsets(W)
        total = 0.0
        for rows in self._blocks(image):
            top, _, sums = self._exponentials(image[rows], offsets)
            total += float(self.weights[rows].astype(np.float64) @ (top + np.log(sums)))
        return total - float(np.vdot(self.cross, W))

    def gradient(self, W: Array, image: Array, full: bool = True) -> tuple[float, Array]:
        """Return f(W) and its gradient ``Pᵀ diag(ω) X − B``."""
        offsets, share = self._offsets(W)
        total = 0.0
        P = np.empty_like(image)
        for rows in self._blocks(image):
            top, E, sums = self._exponentials(image[rows], offsets)
            total += float(self.weights[rows].astype(np.float64) @ (top + np.log(sums)))
            np.multiply(E, (self.weights[rows] / sums).astype(E.dtype)[:, None], out=P[rows])
        moments = np.empty(self.shape)
        moments[:, ~self.constant] = (P.T @ self._varying)[self.groups]
        moments[:, self.constant] = P.sum(axis=0, dtype=np.float64)[self.groups, None] * self._ones
        moments *= share[:, None]
        return total - float(np.vdot(self.cross, W)), moments - self.cross

    def conjugate(self, scale: float, value: float, inner: float) -> float:
        """Return a bound of f*(scale ∇f(W)).

        f* is a negative entropy, ``f*(∇f(W)) = ⟨W, ∇f(W)⟩ − f(W)`` and ``f*(0) ≤ −least``; scaling
        moves the probabilities towards the targets in the simplex, and f* is convex on the way.
        """
        return scale * (inner - value) - (1 - scale) * self.least

    def sharing(self, groups: npt.NDArray[np.intp]) -> Multinomial:
        """Return the loss for W whose rows are equal within groups, constant columns apart."""
        return replace(self, groups=groups)

    def astype(self, dtype: npt.DTypeLike) -> Multinomial | None:
        """Return the loss in another precision; None where float32 would overflow or vanish."""
        size = float(np.abs(self.X).max(initial=0.0)) * max(1.0, float(self.weights.sum()))
        if np.dtype(dtype) == np.float32 and not 1e-12 < size < 1e12:
            return None
        if self.X.dtype == dtype:
            return self
        return replace(self, X=self.X.astype(dtype), weights=self.weights.astype(dtype))

    @cached_property
    def _first(self) -> npt.NDArray[np.intp]:
        return np.unique(self.groups, return_index=True)[1]

    @cached_property
    def _varying(self) -> Array:
        return (
            self.X if not self.constant.any() else np.ascontiguousarray(self.X[:, ~self.constant])
        )

    @cached_property
    def _ones(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.X[:1, self.constant].astype(np.float64).sum(axis=0))

    def _offsets(self, W: Array) -> tuple[Array, npt.NDArray[np.float64]]:
        """Return the intercepts of groups and each class's share of its group's probability."""
        b = W[:, self.constant].astype(np.float64) @ self._ones
        order = np.argsort(self.groups, kind="stable")
        starts = np.searchsorted(self.groups[order], np.arange(len(self._first)))
        top = np.maximum.reduceat(b[order], starts)
        sums = np.add.reduceat(np.exp(b[order] - top[self.groups[order]]), starts)
        offsets = top + np.log(sums)
        return offsets.astype(self.X.dtype), np.asarray(np.exp(b - offsets[self.groups]))

    def _blocks(self, image: Array) -> list[slice]:
        step = max(1, _BLOCK // max(1, image.shape[1]))
        return [slice(i, i + step) for i in range(0, len(image), step)]

    def _exponentials(self, scores: Array, offsets: Array) -> tuple[Array, Array, Array]:
        """Return the greatest score, the exponentials of the rest above it and their sum."""
        E = scores + offsets
        top = E.max(axis=1)
        E -= top[:, None]
        np.exp(E, out=E)
        return top, E, E @ np.ones(E.shape[1], dtype=E.dtype)
