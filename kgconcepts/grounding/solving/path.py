"""Solutions along falling penalties, each from where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from kgconcepts.grounding.solving.protocols import Array, Datafit, Penalty
from kgconcepts.grounding.solving.solver import Solution, solve

__all__ = ["path", "strongest"]


def path(
    datafit: Datafit,
    penalty: Penalty,
    design: sp.csr_array,
    factors: Sequence[float],
    start: Array | None = None,
    tolerance: float = 1e-5,
    iterations: int = 10_000,
) -> Iterator[Solution]:
    """Solve for each factor on the penalty's norms in turn, best in falling order.

    Parameters
    ----------
    datafit, penalty, design, start, tolerance, iterations
        As for `solve`.
    factors : sequence of float
        What Ω's norms are multiplied by.

    Yields
    ------
    solution : Solution
    """
    for factor in factors:
        solution = solve(datafit, penalty.scaled(factor), design, start, tolerance, iterations)
        start = solution.deviations
        yield solution


def strongest(datafit: Datafit, penalty: Penalty, design: sp.csr_array) -> float:
    """Return the least factor on Ω's norms at which every deviation is zero, free columns apart.

    The dual norm of the gradient where the free columns, whose penalty is smooth, are fitted alone.
    """
    D = design.astype(np.float64)
    exact = datafit.astype(np.float64)
    assert exact is not None  # noqa: S101 (float64 holds every problem)
    free = penalty.free
    if not (free & ~exact.constant).any():
        exact = exact.sharing(np.zeros(design.shape[0], dtype=np.intp))
    W = np.zeros(exact.shape)
    nothing = exact.image(W)

    def gradient() -> tuple[float, Array]:
        # What varies is zero, and constant columns leave the image as it is.
        image = exact.image(W) if (free & ~exact.constant).any() else nothing
        return exact.gradient(W, image)

    def objective(v: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        b = v.reshape(-1, free.sum())
        W[:, free] = D @ b
        value, of_sums = gradient()
        slope = D.T @ of_sums[:, free] + penalty.ridge[:, None] * b
        return value + 0.5 * float(penalty.ridge @ (b * b).sum(axis=1)), slope.ravel()

    if free.any():
        start = np.zeros(design.shape[1] * int(free.sum()))
        options = {"maxiter": 10_000, "maxfun": 20_000, "maxcor": 30, "ftol": 1e-13, "gtol": 1e-9}
        with threadpool_limits(1, user_api="blas"):
            found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
        objective(found.x)
    return float(penalty.dual_norm(D.T @ gradient()[1]).max(initial=0.0))
