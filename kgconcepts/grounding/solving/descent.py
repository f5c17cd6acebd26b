"""Steps downhill in one precision: proximal ones find the support, quasi-Newton ones use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.grounding.solving.gap import duality_gap
from kgconcepts.grounding.solving.memory import Memory
from kgconcepts.grounding.solving.protocols import Array, Datafit, Penalty

__all__ = ["Descent", "active_rows", "shared"]

_PROXIMAL = 2  # proximal gradient steps before every check and quasi-Newton run
_QUASI_NEWTON = 30  # steps in one support, and the differences that are remembered
_ENTERING = 50  # rows that may become active at once, at least
_PATIENCE = 5  # checks without a smaller gap after which float32 has given what it can
_FREE = 0.3  # of their own longest step; 0.04 to 5 were measured

Mask = npt.NDArray[np.bool_]


def active_rows(delta: Array, penalty: Penalty) -> Mask:
    """Return rows that are not zero, and those that nothing holds there."""
    return np.asarray((delta[:, ~penalty.free] != 0).any(axis=1)) | ~penalty.held


def shared(datafit: Datafit, penalty: Penalty, design: sp.csr_array, active: Mask) -> Datafit:
    """Return f for sums of active deviations: classes that count them alike share their rows."""
    groups = np.empty(design.shape[0], dtype=np.intp)
    if (penalty.free & ~datafit.constant).any():
        return datafit
    D = design[:, active]
    D.sort_indices()
    number: dict[tuple[bytes, bytes], int] = {}
    for row, (first, last) in enumerate(zip(D.indptr[:-1], D.indptr[1:], strict=True)):
        key = D.indices[first:last].tobytes(), D.data[first:last].tobytes()
        groups[row] = number.setdefault(key, len(number))
    return datafit.sharing(groups)


@dataclass(frozen=True, eq=False)
class _Point:
    """Deviations δ, ``W = D δ``, its image, f(W), ``∇f(W)`` and ``Dᵀ ∇f(W)``."""

    delta: Array
    W: Array
    image: Array
    value: float
    of_sums: Array
    gradient: Array


class Descent:
    """Steps in the precision of a datafit.

    Parameters
    ----------
    datafit, penalty, design : Datafit, Penalty, csr_array of shape (L, K)
        As for `solve`.
    """

    def __init__(self, datafit: Datafit, penalty: Penalty, design: sp.csr_array) -> None:
        self.datafit = datafit
        self.penalty = penalty
        self.dtype: Any = np.float64 if datafit.astype(np.float64) is datafit else np.float32
        self.D = design.astype(self.dtype)
        self.Dt = self.D.T.tocsr()
        self.noise = float(np.finfo(self.dtype).eps)
        self.scale = 1.0
        self.used = 0
        self._sizes = abs(design.astype(np.float64))
        self._columns = np.ones(datafit.shape[1])
        for block in (penalty.free, ~penalty.free):
            if block.any():
                part = datafit.columns[np.ix_(block, block)]
                self._columns[block] = np.linalg.norm(part, 2) or 1.0

    def run(self, delta: Array, tolerance: float, used: int, iterations: int) -> tuple[Array, int]:
        """Step until the gap is below the tolerance or no longer falls."""
        penalty = self.penalty
        self.used = used
        active = active_rows(delta, penalty)
        f = shared(self.datafit, penalty, self.D, active)
        point = self._at(f, delta.astype(self.dtype))
        best, waited, check, renew = np.inf, 0, 0, 0
        patience = _PATIENCE if self.dtype == np.float32 else np.inf
        while True:
            value, of_sums = f.gradient(point.W, point.image)
            gradient = self.Dt @ of_sums
            objective, gap = duality_gap(
                f, penalty, point.delta, point.W, value, (of_sums, gradient)
            )
            waited = 0 if gap < 0.99 * best else waited + 1
            best = min(best, gap)
            if gap <= tolerance * abs(objective) or waited > patience or self.used >= iterations:
                return point.delta, self.used
            more = self._violating(gradient, active)
            if more.any():
                active = active | more
                f = shared(self.datafit, penalty, self.D, active)
                point = self._at(f, point.delta)
                best, waited = np.inf, 0
            if check >= renew:
                # Curvatures change fast at first, slowly later.
                steps = self._steps(f.curvature(point.W, point.image))
                renew = max(check + 1, int(1.5 * check))
            check += 1
            keep = active[:, None] | penalty.free
            for _ in range(_PROXIMAL):
                point = self._proximal(f, point, steps, keep)
            point = self._quasi_newton(f, point, steps, 3e-4 * tolerance)

    def _at(self, f: Datafit, delta: Array) -> _Point:
        self.used += 1
        W = self.D @ delta
        image = f.image(W)
        value, of_sums = f.gradient(W, image, full=False)
        return _Point(delta, W, image, value, of_sums, self.Dt @ of_sums)

    def _steps(self, curvature: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the inverse of a diagonal above the Hessian, but for one factor; shape (K, d).

        ``Σ_l |D_la| c_l Σ_b |D_lb|`` is a diagonal above ``Dᵀ diag(c) D``. Measured on PlanktonSet,
        rows that many classes count can do with a part of it, the root of their number, and free
        columns, which all rows move at once, ask for shorter steps.
        """
        sizes = self._sizes
        classes = np.maximum(sizes.sum(axis=0), 1)
        rows = sizes.T @ (curvature * (sizes @ np.ones(sizes.shape[1]))) / np.sqrt(classes)
        # A deviation that no class counts has no curvature, and any step will do.
        rows = np.where(rows > 0, rows, rows.max(initial=0.0) or 1.0)
        return np.where(self.penalty.free, _FREE, 1.0) / (rows[:, None] * self._columns)

    def _proximal(
        self, f: Datafit, at: _Point, steps: npt.NDArray[np.float64], keep: Mask
    ) -> _Point:
        """Step along the gradient, as far as a parabola above f allows, and take the prox."""
        while True:
            T = (self.scale * steps).astype(self.dtype)
            V = at.delta - T * at.gradient.astype(self.dtype)
            V *= keep
            new = self._at(f, self.penalty.prox(V, T))
            step = (new.delta - at.delta).astype(np.float64)
            parabola = 0.5 * float(np.vdot(step, step / T))
            rise = new.value - at.value - float(np.vdot(new.W.astype(float) - at.W, at.of_sums))
            if parabola <= 4 * self.noise * abs(at.value):
                return new
            if rise <= parabola + 4 * self.noise * abs(at.value):
                self.scale *= 1.3 if rise < 0.5 * parabola else 1.0
                return new
            self.scale /= 2

    def _quasi_newton(
        self, f: Datafit, at: _Point, steps: npt.NDArray[np.float64], least: float
    ) -> _Point:
        """Step along quasi-Newton directions in the entries that are not zero.

        Where Ω has kinks at single entries, one that would change its sign becomes zero and stays
        so until the next proximal step: among the others Ω is smooth (as in OWL-QN, Andrew and
        Gao 2007).
        """
        free = np.broadcast_to(self.penalty.free, at.delta.shape)
        support = (at.delta != 0) | free
        unsigned = free[support] | (not self.penalty.kinks)
        memory = Memory((self.scale * steps)[support], _QUASI_NEWTON)
        u = at.delta[support].astype(np.float64)
        signs = np.sign(u)
        objective = at.value + self.penalty.value(at.delta)
        slope = (at.gradient + self.penalty.gradient(at.delta))[support]
        for _ in range(_QUASI_NEWTON):
            fixed = (u == 0) & ~unsigned
            downhill = np.where(fixed, 0, memory.direction(np.where(fixed, 0, slope)))
            if not float(downhill @ slope) < 0:
                break
            for length in (1.0, 0.5, 0.1, 0.02):
                v = u + length * downhill
                v[(np.sign(v) != signs) & ~unsigned] = 0
                delta = np.zeros_like(at.delta)
                delta[support] = v
                new = self._at(f, delta)
                fallen = objective - new.value - self.penalty.value(delta)
                if fallen >= 1e-4 * float(slope @ (u - v)) - self.noise * abs(objective):
                    break
            else:
                break
            turned = (new.gradient + self.penalty.gradient(delta))[support]
            memory.add(v - u, np.where((v == 0) & ~unsigned, 0, turned - slope))
            at, u, slope, objective = new, v, turned, objective - fallen
            if fallen < max(least, 0.25 * self.noise) * abs(objective):
                break
        return at

    def _violating(self, gradient: Array, active: Mask) -> Mask:
        """Return the inactive rows that violate optimality most."""
        violations = self.penalty.violations(-gradient, active)
        most = max(_ENTERING, int(active.sum()))
        worst = np.argsort(-violations, kind="stable")[:most]
        more = np.zeros(len(active), dtype=bool)
        more[worst] = violations[worst] > 1
        return more
