"""The minimum of a smooth loss of sums of deviations plus a penalty on the deviations."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from kgconcepts.grounding.solving.descent import Descent, active_rows, shared
from kgconcepts.grounding.solving.gap import duality_gap
from kgconcepts.grounding.solving.protocols import Array, Datafit, Penalty

__all__ = ["Solution", "solve"]


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

    Two proximal gradient steps find which entries are zero, then limited-memory BFGS moves the
    others, as long as none changes its sign; and so on. The step of row a is in proportion to
    ``1 / Σ_l |D_la| c_l Σ_b |D_lb|``, which bounds the Hessian from above row by row (c is the
    datafit's curvature, up to a factor that is found on the way). Rows that are zero and stay so
    are left out, and classes that differ in such rows alone share one product. In float32 first;
    float64 certifies, and goes on if that was not enough.

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

    Warns
    -----
    ConvergenceWarning
        If the gap is above the tolerance at the end.

    References
    ----------
    Andrew and Gao, *Scalable training of L1-regularized log-linear models* (2007). Bareilles,
    Iutzeler and Malick, *Newton acceleration on manifolds identified by proximal gradient methods*
    (2023): why alternating the two kinds of steps converges. Johnson and Guestrin, *Blitz* (2015):
    working sets that grow.
    """
    K = design.shape[1]
    d = datafit.shape[1]
    delta = np.zeros((K, d)) if start is None else start.astype(np.float64)
    exact = datafit.astype(np.float64)
    assert exact is not None  # noqa: S101 (float64 holds every problem)
    used = 0
    # The gap in float32 is not exact: half of it leaves room.
    # Small blocks: on a busy machine a second BLAS thread made it 20 × slower.
    with threadpool_limits(1, user_api="blas"):
        for fast, share in ((datafit.astype(np.float32), 0.5), (exact, 1.0)):
            if fast is None:
                continue
            descent = Descent(fast, penalty, design)
            delta, used = descent.run(delta, share * tolerance, used, iterations)
            solution = _certified(exact, penalty, design, delta, used)
            if solution.gap <= tolerance * abs(solution.objective) or used >= iterations:
                break
            delta = solution.deviations
    if solution.gap > tolerance * abs(solution.objective):
        warnings.warn(
            f"solve: the gap is {solution.gap / (abs(solution.objective) or 1):.1e} of the "
            f"objective after {used} gradients, not {tolerance:.1e}; allow more iterations",
            ConvergenceWarning,
            stacklevel=2,
        )
    return solution


def _certified(
    exact: Datafit, penalty: Penalty, design: sp.csr_array, found: Array, used: int
) -> Solution:
    """Compute objective and gap in float64."""
    delta = found.astype(np.float64)
    D = design.astype(np.float64)
    f = shared(exact, penalty, D, active_rows(delta, penalty))
    W = D @ delta
    value, gradient = f.gradient(W, f.image(W))
    objective, gap = duality_gap(f, penalty, delta, W, value, (gradient, D.T @ gradient))
    return Solution(delta, objective, gap, used)
