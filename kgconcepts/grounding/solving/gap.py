"""How far a point can be from the optimum: the duality gap."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from kgconcepts.grounding.solving.protocols import Array, Datafit, Penalty

__all__ = ["duality_gap"]


def duality_gap(
    datafit: Datafit,
    penalty: Penalty,
    delta: Array,
    W: Array,
    value: float,
    gradients: tuple[Array, Array],
) -> tuple[float, float]:
    """Return the objective at δ and a bound of its distance to the optimum.

    For every dual point U, ``f(D δ) + Ω(δ) + f*(U) + Ω*(−Dᵀ U)`` bounds it (Fenchel). The dual
    points are ``s ∇f(W)``; s is between the greatest one at which Ω's norms keep every row at zero
    and 1, where a ridge makes Ω* finite, and is chosen best.

    Parameters
    ----------
    datafit, penalty : Datafit, Penalty
        f and Ω.
    delta : array of shape (K, d)
        δ.
    W : array of shape (L, d)
        D δ.
    value : float
        f(W).
    gradients : pair of arrays of shape (L, d) and (K, d)
        ``∇f(W)`` and ``Dᵀ ∇f(W)``.

    References
    ----------
    Ndiaye, Fercoq, Gramfort and Salmon, *Gap safe screening rules for sparsity enforcing
    penalties* (2017).
    """
    of_sums, of_deviations = gradients
    objective = value + penalty.value(delta)
    inner = float(np.vdot(W.astype(np.float64), of_sums))
    V = -of_deviations.astype(np.float64)

    def above(s: float) -> float:
        return objective + datafit.conjugate(s, value, inner) + penalty.conjugate(s * V)

    # A trifle inside, so that rounding does not leave a rest outside the bound.
    norm = max(1.0, float(penalty.dual_norm(V).max(initial=0.0)))
    least = (1 - 1e-12) / norm
    gap = min(above(least), above(1.0))
    if norm > 1 and np.isfinite(above(1.0)):
        found = minimize_scalar(
            above, bounds=(least, 1), method="bounded", options={"xatol": 1e-3 * (1 - least)}
        )
        gap = min(gap, float(found.fun))
    # The dual point at the origin is always there.
    return objective, float(min(gap, above(0.0)))
