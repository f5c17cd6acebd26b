"""One-against-rest regression with few latent units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import lasso_path

from kgconcepts.grounding.peers.base import Array, OneAgainstRest
from kgconcepts.hierarchy import Hierarchy

__all__ = ["FlatLasso"]

FRACTIONS = tuple(float(x) for x in np.geomspace(0.5, 0.02, 6).round(3))


class FlatLasso(OneAgainstRest):
    """One-against-rest lasso; every concept at the same fraction of its λ_max.

    For each concept, over the images known to show it (y = 1) or not (y = 0),

        min over w, b   1/2n Σ_i (y_i − x_i·w − b)²  +  λ ‖w‖₁ ,

    with λ a fraction of the least λ at which w is zero. What evidence does not say is left out.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    fractions : sequence of float
        Fractions of λ_max to choose from, falling.
    folds, random_state : int
        How the images are divided to choose by AUC.

    References
    ----------
    Tibshirani (1996), Regression shrinkage and selection via the lasso, JRSS B 58.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        fractions: Sequence[float] = FRACTIONS,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.hierarchy = hierarchy
        self.fractions = fractions
        self.folds = folds
        self.random_state = random_state

    def _path(self, X: Array, side: npt.NDArray[np.int8]) -> Iterator[Array]:
        weights = np.zeros((len(self.fractions), side.shape[1], X.shape[1] + 1))
        for k in range(side.shape[1]):
            known = side[:, k] != 0
            y = (side[known, k] == 1).astype(float)
            mean, middle = X[known].mean(axis=0), y.mean()
            centred = X[known] - mean
            most = np.abs(centred.T @ (y - middle)).max() / len(y)
            # Rounding alone is nothing to fit.
            if most > 1e-12:
                alphas = most * np.asarray(self.fractions)
                _, path, _ = lasso_path(
                    centred, y - middle, alphas=alphas, tol=1e-2, max_iter=20_000
                )
                weights[:, k, :-1] = path.T
                weights[:, k, -1] = middle - path.T @ mean
        yield from weights
