"""Solutions along falling penalties, each from where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize

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
    delta = np.zeros((design.shape[1], len(free)))
    if not (free & ~exact.constant).any():
        exact = exact.sharing(np.zeros(design.shape[0], dtype=np.intp))

    def gradient() -> tuple[float, Array]:
        W = D @ delta
        value, of_sums = exact.gradient(W, exact.image(W))
        return value, np.asarray(D.T @ of_sums)

    def objective(v: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        delta[:, free] = v.reshape(-1, free.sum())
        value, slope = gradient()
        return value + penalty.value(delta), (slope + penalty.smooth(delta))[:, free].ravel()

    if free.any():
        start = np.zeros(int(delta[:, free].size))
        options = {"maxiter": 10_000, "maxfun": 20_000, "maxcor": 30, "ftol": 1e-15, "gtol": 1e-9}
        found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
        delta[:, free] = found.x.reshape(-1, free.sum())
    return float(penalty.dual_norm(gradient()[1]).max(initial=0.0))
