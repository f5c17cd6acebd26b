"""The minimum of a smooth loss of sums of deviations plus a penalty on the deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.grounding.solving.gap import duality_gap
from kgconcepts.grounding.solving.protocols import Array, Datafit, Penalty

__all__ = ["Solution", "solve"]

_BETWEEN_CHECKS = 10
_FREE = 0.3  # of their own longest step; 0.04 to 5 were measured
_PATIENCE = 20  # checks without a smaller gap after which a precision has given what it can


@dataclass(frozen=True, eq=False)
class Solution:
    """Deviations and how good they are certain to be.

    Attributes
    ----------
    deviations : array of shape (K, d)
        δ, float64.
    objective : float
        ``f(D δ) + Ω(δ)``, computed in float64.
    gap : float
        The objective is at most this far above the optimum; computed in float64.
    iterations : int
        Gradients that were computed.
    """

    deviations: npt.NDArray[np.float64]
    objective: float
    gap: float
    iterations: int


def solve(
    datafit: Datafit,
    penalty: Penalty,
    design: sp.csr_array,
    start: Array | None = None,
    tolerance: float = 1e-5,
    iterations: int = 10_000,
) -> Solution:
    """Minimise ``f(D δ) + Ω(δ)`` over the deviations δ, up to a certified gap.

    Accelerated proximal gradient steps, restarted where they would go uphill. The step of row a
    is in proportion to ``1 / Σ_l |D_la| c_l Σ_b |D_lb|``, which bounds the Hessian from above row
    by row (c is the datafit's curvature, up to a factor that is found on the way). Rows that are
    zero and stay so are left out, and classes that differ in such rows alone share one product.
    In float32 first; float64 certifies, and goes on if that was not enough.

    Parameters
    ----------
    datafit : Datafit
        f, over the (L, d) sums.
    penalty : Penalty
        Ω, over the (K, d) deviations.
    design : csr_array of shape (L, K)
        D, how often each class counts a deviation.
    start : array of shape (K, d), optional
        Where to start; by default zero.
    tolerance : float
        Stop where the gap is below this part of the objective.
    iterations : int
        Stop after this many gradients, whatever the gap.

    Examples
    --------
    >>> from kgconcepts.grounding.solving import LeastSquares, SparseGroup
    >>> lasso = SparseGroup(np.array([1.0]), 1.0, np.array([0.0]), np.array([False]))
    >>> fit = LeastSquares(np.array([[1.0], [0.0]]), np.array([[3.0], [1.0]]))
    >>> solution = solve(fit, lasso, sp.eye_array(1, format="csr"))
    >>> solution.deviations.round(4).tolist(), solution.gap < 1e-4
    ([[2.0]], True)

    References
    ----------
    Beck and Teboulle, *A fast iterative shrinkage-thresholding algorithm* (2009). O'Donoghue and
    Candès, *Adaptive restart for accelerated gradient schemes* (2015). Johnson and Guestrin,
    *Blitz* (2015): working sets that grow by the gap.
    """
    K = design.shape[1]
    d = datafit.shape[1]
    delta = np.zeros((K, d)) if start is None else start.astype(np.float64)
    exact = datafit.astype(np.float64)
    assert exact is not None  # noqa: S101 (float64 holds every problem)
    used = 0
    # The gap in float32 is not exact: half of it leaves room.
    for fast, share in ((datafit.astype(np.float32), 0.5), (exact, 1.0)):
        if fast is None:
            continue
        descent = _Descent(fast, penalty, design)
        delta, used = descent.run(delta, share * tolerance, used, iterations)
        solution = _certified(exact, penalty, design, delta, used)
        if solution.gap <= tolerance * abs(solution.objective) or used >= iterations:
            break
        delta = solution.deviations
    return solution


def _certified(
    exact: Datafit, penalty: Penalty, design: sp.csr_array, found: Array, used: int
) -> Solution:
    """Compute objective and gap in float64."""
    delta = found.astype(np.float64)
    D = design.astype(np.float64)
    shared = exact.sharing(_groups(D, delta, exact, penalty))
    W = D @ delta
    value, gradient = shared.gradient(W, shared.image(W))
    objective, gap = duality_gap(shared, penalty, delta, W, value, (gradient, D.T @ gradient))
    return Solution(delta, objective, gap, used)


def _active(delta: Array, penalty: Penalty) -> npt.NDArray[np.bool_]:
    return np.asarray((delta[:, ~penalty.free] != 0).any(axis=1))


def _groups(
    design: sp.csr_array, delta: Array, datafit: Datafit, penalty: Penalty
) -> npt.NDArray[np.intp]:
    return _sharing(design, _active(delta, penalty), datafit, penalty)


def _sharing(
    design: sp.csr_array, active: npt.NDArray[np.bool_], datafit: Datafit, penalty: Penalty
) -> npt.NDArray[np.intp]:
    """Return the group of each class: those that count the active deviations alike."""
    if (penalty.free & ~datafit.constant).any():
        return np.arange(design.shape[0])
    D = design[:, active]
    D.sort_indices()
    number: dict[tuple[bytes, bytes], int] = {}
    groups = np.empty(design.shape[0], dtype=np.intp)
    for row, (first, last) in enumerate(zip(D.indptr[:-1], D.indptr[1:], strict=True)):
        key = D.indices[first:last].tobytes(), D.data[first:last].tobytes()
        groups[row] = number.setdefault(key, len(number))
    return groups


def _steps(datafit: Datafit, penalty: Penalty, size: sp.csr_array) -> npt.NDArray[np.float64]:
    """Return the inverse of a diagonal above the Hessian, but for one factor; shape (K, d).

    ``Σ_l |D_la| c_l Σ_b |D_lb|`` is a diagonal above ``Dᵀ diag(c) D``. Measured on PlanktonSet,
    rows that many classes count can do with a part of it, the root of their number, and free
    columns, which all rows move at once, ask for shorter steps.
    """
    classes = np.maximum(size.sum(axis=0), 1)
    rows = size.T @ (datafit.curvature * (size @ np.ones(size.shape[1]))) / np.sqrt(classes)
    # A deviation that no class counts has no curvature, and any step will do.
    rows = np.where(rows > 0, rows, rows.max(initial=0.0) or 1.0)
    columns = np.ones(datafit.shape[1])
    for block in (penalty.free, ~penalty.free):
        if block.any():
            columns[block] = np.linalg.norm(datafit.columns[np.ix_(block, block)], 2) or 1.0
    return np.where(penalty.free, _FREE, 1.0) / (rows[:, None] * columns)


class _Descent:
    """Accelerated proximal gradient steps in one precision."""

    def __init__(self, datafit: Datafit, penalty: Penalty, design: sp.csr_array) -> None:
        self.datafit = datafit
        self.penalty = penalty
        self.dtype: Any = np.float64 if datafit.astype(np.float64) is datafit else np.float32
        self.D = design.astype(self.dtype)
        self.Dt = self.D.T.tocsr()
        self.steps = _steps(datafit, penalty, abs(design.astype(np.float64)))
        self.noise = float(np.finfo(self.dtype).eps)

    def run(self, delta: Array, tolerance: float, used: int, iterations: int) -> tuple[Array, int]:
        """Step until the gap is below the tolerance or no longer falls."""
        penalty, D, Dt = self.penalty, self.D, self.Dt
        x = delta.astype(self.dtype)
        active = _active(x, penalty)
        f, keep = self._on(active)
        Wx = D @ x
        Ax = f.image(Wx)
        z, Wz, Az = x, Wx, Ax
        t, scale, growth = 1.0, 1.0, 2.0
        best, waited, first = np.inf, 0, True
        for k in range(used, iterations):
            value, of_sums = f.gradient(Wz, Az)
            gradient = Dt @ of_sums
            if first or (k - used) % _BETWEEN_CHECKS == 0:
                objective, gap = duality_gap(f, penalty, z, Wz, value, (of_sums, gradient))
                waited = 0 if gap < 0.99 * best else waited + 1
                best = min(best, gap)
                if gap <= tolerance * abs(objective) or waited > _PATIENCE:
                    return z if not first else x, k + 1
                more = self._violating(gradient, active)
                inside = np.where(keep, gradient, 0) if more.any() else gradient
                if more.any() and (
                    first or duality_gap(f, penalty, z, Wz, value, (of_sums, inside))[1] < 0.3 * gap
                ):
                    active = active | more
                    f, keep = self._on(active)
                    Ax, Az = f.image(Wx), f.image(Wz)
                    best, waited = np.inf, 0
                first = False
            while True:
                T = (scale * self.steps).astype(self.dtype)
                xn = penalty.prox(z - T * gradient.astype(self.dtype), T)
                xn *= keep
                Wn = D @ xn
                An = f.image(Wn)
                step = (xn - z).astype(np.float64)
                quadratic = 0.5 * float(np.vdot(step, step / T))
                rise = f.value(Wn, An) - value - float(np.vdot(Wn.astype(float) - Wz, of_sums))
                noise = 4 * self.noise * abs(value)
                if quadratic <= noise:
                    break
                if rise <= quadratic + noise:
                    scale *= growth
                    break
                scale /= 2
                growth = 1.1
            uphill = float(np.vdot((z - xn) / T, xn - x)) > 0
            t = 1.0 if uphill else t
            following = (1 + np.sqrt(1 + 4 * t * t)) / 2
            beta = self.dtype((t - 1) / following)
            z, Wz, Az = xn + beta * (xn - x), Wn + beta * (Wn - Wx), An + beta * (An - Ax)
            x, Wx, Ax, t = xn, Wn, An, following
        return x, iterations

    def _on(self, active: npt.NDArray[np.bool_]) -> tuple[Datafit, npt.NDArray[np.bool_]]:
        groups = _sharing(self.D, active, self.datafit, self.penalty)
        return self.datafit.sharing(groups), active[:, None] | self.penalty.free

    def _violating(self, gradient: Array, active: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return the inactive rows that violate optimality most."""
        norms = np.where(active, 0, self.penalty.dual_norm(gradient))
        most = max(10, int(active.sum()))
        worst = np.argsort(-norms, kind="stable")[:most]
        more = np.zeros(len(active), dtype=bool)
        more[worst] = norms[worst] > 1
        return more
