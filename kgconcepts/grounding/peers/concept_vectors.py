"""Concept activation vectors: what tells images that show a concept from others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from kgconcepts.grounding.peers.base import Annotated, Array, OneAgainstRest, Peer, sides
from kgconcepts.hierarchy import Hierarchy

__all__ = ["CAV", "FastCAV", "support_vectors"]

COSTS = (0.01, 0.03, 0.1, 0.3, 1.0)


class CAV(OneAgainstRest):
    """A linear support vector machine a concept, against what is known not to show it.

    For each concept, over the images known to show it (y = 1) or not (y = −1),

        min over w, b   ½ ‖w‖² + ½ b²  +  C Σ_i s_i max(0, 1 − y_i (x_i·w + b))² ,

    with ``s_i`` such that both sides count the same, as in scikit-learn's ``LinearSVC`` with
    ``class_weight="balanced"``.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    costs : sequence of float
        Values of C to choose from, rising.
    folds, random_state : int
        How the images are divided to choose by AUC.

    References
    ----------
    Kim et al. (2018), Interpretability beyond feature attribution: quantitative testing with
    concept activation vectors (TCAV), ICML.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        costs: Sequence[float] = COSTS,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.hierarchy = hierarchy
        self.costs = costs
        self.folds = folds
        self.random_state = random_state

    def _path(self, X: Array, side: npt.NDArray[np.int8]) -> Iterator[Array]:
        return support_vectors(X, side, self.costs)


class FastCAV(Peer):
    """The mean of the images that show a concept less the mean of these and the counterexamples.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts

    References
    ----------
    Schmalwasser et al. (2025), FastCAV: efficient computation of concept activation vectors for
    explaining deep neural networks, ICML.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy

    def _learn(self, annotated: Annotated) -> None:
        side = sides(annotated.values)
        centre, mean = (
            which.T.astype(float) @ annotated.X / np.maximum(which.sum(axis=0), 1)[:, None]
            for which in (side != 0, side == 1)
        )
        difference = np.where((side == 1).any(axis=0)[:, None], mean - centre, 0.0)
        length = np.linalg.norm(difference, axis=1, keepdims=True)
        # Rounding alone is no difference.
        known = length > 1e-12
        self.directions_ = np.divide(difference, length, out=np.zeros_like(difference), where=known)
        self.intercepts_ = -(self.directions_ * centre).sum(axis=1)


def support_vectors(
    X: Array, side: npt.NDArray[np.int8], costs: Sequence[float], *, tolerance: float = 1e-8
) -> Iterator[Array]:
    """Yield weights of the support vector machine of each column for each cost, as in `CAV`.

    Parameters
    ----------
    X : array of shape (n, d)
    side : int8 array of shape (n, K)
        1, -1, or 0 for images that are left out.
    costs : sequence of float
        Best rising: each starts where the one before ended.
    tolerance : float
        Stop when a step lowers the sum of all objectives by less than this fraction.

    Yields
    ------
    weights : array of shape (K, d + 1)
        The intercept last; zero where one side is empty.
    """
    fitted = (side == 1).any(axis=0) & (side == -1).any(axis=0)
    y = side[:, fitted].astype(float)
    number = np.abs(y).sum(axis=0) / 2
    counts = np.where(y > 0, number / (y > 0).sum(axis=0), number / (y < 0).sum(axis=0)) * (y != 0)
    features = np.column_stack([X, np.ones(len(X))])
    W = np.zeros((y.shape[1], features.shape[1]))

    def objective(w: Array, cost: float) -> tuple[float, Array]:
        W = w.reshape(y.shape[1], -1)
        short = np.maximum(0, 1 - y * (features @ W.T))
        value = 0.5 * float(w @ w) + cost * float((counts * short**2).sum())
        slope: Array = W - 2 * cost * (counts * y * short).T @ features
        return value, slope.ravel()

    for cost in costs:
        if W.size:
            result = minimize(
                objective,
                W.ravel(),
                args=(cost,),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": 1000, "ftol": tolerance, "gtol": 1e-6},
            )
            W = result.x.reshape(W.shape)
        weights = np.zeros((side.shape[1], features.shape[1]))
        weights[fitted] = W
        yield weights
