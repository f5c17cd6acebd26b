"""ℓ1 and ℓ2 norms of rows and a ridge: deviations that are zero, or sparse, or small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgconcepts.grounding.solving.protocols import Array

__all__ = ["SparseGroup"]


@dataclass(frozen=True, eq=False)
class SparseGroup:
    """``Ω(δ) = Σ_a ρ_a ( α ‖δ_a‖₁ + (1−α) ‖δ_a‖₂ ) + ½ Σ_a λ_a ‖δ_a‖²``.

    Free columns, an intercept's, are in the ridge alone.

    Parameters
    ----------
    rho : array of shape (K,)
        Strength of the norms, ρ_a ≥ 0.
    alpha : float
        Part of ℓ1, in [0, 1].
    ridge : array of shape (K,)
        λ_a ≥ 0, and above zero where ρ_a is zero or there are free columns.
    free : bool array of shape (d,)
        Columns without norms.

    Raises
    ------
    ValueError
        If a strength is negative or not finite, or an entry of δ has no penalty at all.

    Examples
    --------
    >>> penalty = SparseGroup(np.array([1.0]), 1.0, np.array([0.0]), np.array([False, False]))
    >>> penalty.prox(np.array([[3.0, -0.5]]), np.ones((1, 2))).tolist()
    [[2.0, 0.0]]

    References
    ----------
    Simon, Friedman, Hastie and Tibshirani, *A sparse-group lasso* (2013). Ndiaye, Fercoq,
    Gramfort and Salmon, *GAP safe screening rules for sparse-group lasso* (2016): the dual norm.
    """

    rho: npt.NDArray[np.float64]
    alpha: float
    ridge: npt.NDArray[np.float64]
    free: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("rho", "ridge"):
            strengths = getattr(self, name)
            if not (np.isfinite(strengths).all() and (strengths >= 0).all()):
                raise ValueError(f"{name}: strengths must be finite and not negative")
        if self.rho.shape != self.ridge.shape or self.rho.ndim != 1:
            raise ValueError(
                f"rho and ridge are one number a deviation; found {self.rho.shape} and "
                f"{self.ridge.shape}"
            )
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha is the part of ℓ1, from 0 to 1; found {self.alpha}")
        bare = (self.ridge == 0) & (self.free.any() | (self.rho == 0))
        if bare.any():
            raise ValueError(
                f"deviation {bare.argmax()} has entries without any penalty, so that no gap can "
                "be certified; give it a ridge above zero"
            )

    @property
    def _l1(self) -> npt.NDArray[np.float64]:
        return (self.rho * self.alpha)[:, None]

    @property
    def _l2(self) -> npt.NDArray[np.float64]:
        return (self.rho * (1 - self.alpha))[:, None]

    def value(self, delta: Array) -> float:
        """Return Ω(δ)."""
        delta = delta.astype(np.float64)
        bound = delta[:, ~self.free]
        l1 = np.abs(bound).sum(axis=1) @ self._l1[:, 0]
        l2 = np.linalg.norm(bound, axis=1) @ self._l2[:, 0]
        return float(l1 + l2 + 0.5 * (np.einsum("ad,ad->a", delta, delta) @ self.ridge))

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Rows with norms; the others have a ridge alone and need not be zero."""
        return np.asarray(self.rho > 0)

    @property
    def kinks(self) -> bool:
        """Whether single entries are zero: where there is ℓ1, or one column."""
        return self.alpha > 0 or int((~self.free).sum()) == 1

    def gradient(self, delta: Array) -> Array:
        """Return ``ρ_a (α sign δ_a + (1−α) δ_a / ‖δ_a‖) + λ_a δ_a``, zero where δ is."""
        delta = delta.astype(np.float64)
        bound = delta[:, ~self.free]
        norms = np.linalg.norm(bound, axis=1)[:, None]
        out = self.ridge[:, None] * delta
        out[:, ~self.free] += self._l1 * np.sign(bound)
        out[:, ~self.free] += self._l2 / np.where(norms > 0, norms, 1) * bound
        return out

    def violations(self, V: Array, active: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Return the dual norms of inactive rows: above 1 where a row cannot stay zero."""
        return np.where(active, 0, self.dual_norm(V))

    def prox(self, V: Array, steps: Array) -> Array:
        """Threshold entries, then rows, then shrink (exact in this order: Simon et al. 2013)."""
        shrink = (1 / (1 + steps * self.ridge[:, None])).astype(V.dtype)
        if self.free.all():
            return V * shrink
        bound = ~self.free
        t = steps[:, bound][:, :1].astype(np.float64)
        if bound.all():
            return self._threshold(V, t) * shrink
        out = V.copy()
        out[:, bound] = self._threshold(V[:, bound], t)
        out *= shrink
        return out

    def conjugate(self, V: Array) -> float:
        """Return ``Ω*(V) = Σ_a ‖T_a(V_a)‖² / (2 λ_a)``, T the two thresholds."""
        V = V.astype(np.float64)
        left = np.zeros(len(V))
        if not self.free.all():
            T = self._threshold(V[:, ~self.free], np.ones((1, 1)))
            left += np.einsum("ad,ad->a", T, T)
        left += (V[:, self.free] ** 2).sum(axis=1)
        hard = self.ridge == 0
        if left[hard].any():
            return np.inf
        return float((left[~hard] / (2 * self.ridge[~hard])).sum())

    def dual_norm(self, V: Array) -> npt.NDArray[np.float64]:
        """Return for each row the least τ with ``‖ST(V_a, τ ρ_a α)‖ ≤ τ ρ_a (1−α)``.

        With entries in falling order, the τ at which the j-th one passes the threshold are known,
        and between two of them τ solves a quadratic equation. A row with ρ_a = 0 has norm 0: only
        its ridge bounds it.
        """
        U = -np.sort(-np.abs(V[:, ~self.free].astype(np.float64)), axis=1)
        norm = np.zeros(len(U))
        size = U.max(axis=1, initial=0.0)
        rows = np.flatnonzero((self.rho > 0) & (size > 0))
        if not len(rows):
            return norm
        U = U[rows] / size[rows, None]
        a, b = self.alpha, 1 - self.alpha
        S1, S2 = np.cumsum(U, axis=1), np.cumsum(U * U, axis=1)
        j = np.arange(1, U.shape[1] + 1)
        above = a * a * (S2 - 2 * U * S1 + j * U * U) <= (b * U) ** 2
        above[:, 0] = True
        J = above.sum(axis=1)
        at = np.arange(len(U)), J - 1
        s1, s2 = S1[at], S2[at]
        root = np.sqrt(np.maximum((a * s1) ** 2 - s2 * (J * a * a - b * b), 0))
        norm[rows] = size[rows] * s2 / (a * s1 + root) / self.rho[rows]
        return norm

    def scaled(self, factor: float) -> SparseGroup:
        """Return Ω with ρ times a factor."""
        return SparseGroup(self.rho * factor, self.alpha, self.ridge, self.free)

    def _threshold(self, V: Array, t: npt.NDArray[np.float64]) -> Array:
        """Soft-threshold entries by ``t ρ α``, then rows by ``t ρ (1−α)``."""
        l1 = (t * self._l1).astype(V.dtype)
        out = np.clip(V, -l1, l1)
        np.subtract(V, out, out=out)
        if self.alpha < 1:
            norms = np.sqrt(np.einsum("ad,ad->a", out, out, dtype=np.float64))[:, None]
            l2 = t * self._l2
            with np.errstate(divide="ignore", invalid="ignore"):
                out *= np.where(norms > l2, 1 - l2 / norms, 0).astype(V.dtype)
        return out
