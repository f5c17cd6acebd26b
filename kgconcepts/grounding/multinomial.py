"""Multinomial regression whose class weights are sums of deviations with a ridge penalty.

The objective is DESIGN.md's with the ridge term alone,

    min over δ   Σ_i −ω_i log Σ_l p(l | x_i) exp(e_il)  +  ½ λ Σ_a ‖δ_a‖² ,
    w_l = Σ_a D_la δ_a ,   p(l | x) = softmax_l (x·w_l) ,

where ``e_il`` is how likely the evidence on image ``i`` is if it is of class ``l``, as a log
factor: minus infinity where it rules the class out. Two exact changes of variables make it small.
Writing ``D Dᵀ = R Rᵀ`` and ``W = R V``, the least δ that gives W is ``Dᵀ R⁻ᵀ V`` and its penalty
``½ λ ‖V‖²``. And V lies in the row space of X, so X is replaced by its coordinates in that space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

__all__ = ["log_likelihood", "ridge_path"]

Array = npt.NDArray[np.float64]


def ridge_path(
    X: Array,
    factors: npt.NDArray[np.float32],
    weight: Array,
    design: Array,
    strengths: Sequence[float],
    tolerance: float = 1e-7,
) -> Iterator[Array]:
    """Minimise the objective for each strength in turn, each from where the last one ended.

    Parameters
    ----------
    X : array of shape (n, d)
        Features; a column of ones gives intercepts. float32 halves the time, for a tolerance of
        1e-5 or more.
    factors : array of shape (n, L)
        Log factors of the classes; at least one of an image's is finite.
    weight : array of shape (n,)
        ω, how much each image counts.
    design : array of shape (L, C)
        How often class ``l`` counts deviation ``a``; of full row rank.
    strengths : sequence of float
        Values of λ, best in falling order.
    tolerance : float
        Stop when a step lowers the objective by less than this fraction.

    Yields
    ------
    deviations : array of shape (C, d)
    """
    root = np.linalg.cholesky(design @ design.T).astype(X.dtype)
    _, singular, axes = np.linalg.svd(X, full_matrices=False)
    axes = axes[singular > singular.max(initial=0.0) * 1e-6]
    F = X @ axes.T
    certain = np.isfinite(factors).sum(axis=1) == 1
    only = np.isfinite(factors).argmax(axis=1)
    rows = np.arange(len(X))
    soft = factors[~certain]
    omega = weight.astype(X.dtype)
    V = np.zeros((len(root), F.shape[1]))

    def objective(v: Array, strength: float) -> tuple[float, Array]:
        V = v.reshape(len(root), -1).astype(X.dtype)
        scores = F @ (root @ V).T
        log_p = log_softmax(scores, axis=1)
        residual = np.exp(log_p)
        loss = -omega[certain] @ log_p[rows[certain], only[certain]]
        residual[rows[certain], only[certain]] -= 1
        if len(soft):
            among = log_p[~certain] + soft
            evidence = logsumexp(among, axis=1)
            loss -= omega[~certain] @ evidence
            residual[~certain] -= np.exp(among - evidence[:, None])
        residual *= omega[:, None]
        gradient = root.T @ (residual.T @ F) + strength * V
        return float(loss + 0.5 * strength * (v @ v)), gradient.ravel().astype(np.float64)

    for strength in strengths:
        result = minimize(
            objective,
            V.ravel(),
            args=(strength,),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 1000, "ftol": tolerance, "gtol": 1e-6 * max(1, len(X))},
        )
        V = result.x.reshape(V.shape)
        yield np.asarray(
            design.T @ solve_triangular(root, V, trans="T", lower=True) @ axes, dtype=np.float64
        )


def log_likelihood(log_p: Array, factors: npt.NDArray[np.float32]) -> Array:
    """Return the log likelihood of what is known of each image; shape (n,)."""
    return np.asarray(logsumexp(log_p + factors, axis=1))
