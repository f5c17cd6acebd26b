"""Multinomial regression whose class weights are sums of deviations with a ridge penalty.

The objective is DESIGN.md's with the ridge term alone,

    min over δ   Σ_i −log Σ_{l ∈ S_i} p(l | x_i)  +  ½ λ Σ_a ‖δ_a‖² ,
    w_l = Σ_a D_la δ_a ,   p(l | x) = softmax_l (x·w_l) ,

where ``S_i`` are the classes that the evidence on image ``i`` leaves possible. Two exact changes of
variables make it small. Writing ``D Dᵀ = R Rᵀ`` and ``W = R V``, the least δ that gives W is
``Dᵀ R⁻ᵀ V`` and its penalty ``½ λ ‖V‖²``. And V lies in the row space of X, so X is replaced by its
coordinates in that space.
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
    possible: npt.NDArray[np.bool_],
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
    possible : bool array of shape (n, L)
        Classes that an image may be of; at least one each.
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
    certain = possible.sum(axis=1) == 1
    only = possible.argmax(axis=1)
    rows = np.arange(len(X))
    V = np.zeros((len(root), F.shape[1]))

    def objective(v: Array, strength: float) -> tuple[float, Array]:
        V = v.reshape(len(root), -1).astype(X.dtype)
        scores = F @ (root @ V).T
        log_p = log_softmax(scores, axis=1)
        residual = np.exp(log_p)
        loss = -log_p[rows[certain], only[certain]].sum()
        residual[rows[certain], only[certain]] -= 1
        if not certain.all():
            among = np.where(possible[~certain], log_p[~certain], -np.inf)
            evidence = logsumexp(among, axis=1)
            loss -= evidence.sum()
            residual[~certain] -= np.exp(among - evidence[:, None])
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


def log_likelihood(log_p: Array, possible: npt.NDArray[np.bool_]) -> Array:
    """Return each image's log probability of the classes that it may be of; shape (n,)."""
    return np.asarray(logsumexp(np.where(possible, log_p, -np.inf), axis=1))
