"""One-against-rest regression of squares, and the ridge that others use too."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge, RidgeCV

from kgconcepts.evidence import SHOWN
from kgconcepts.grounding.peers.base import Annotated, Array, Peer
from kgconcepts.hierarchy import Hierarchy

__all__ = ["FlatRidge", "ridge"]


class FlatRidge(Peer):
    """One-against-rest ridge, targets divided by √support; strength by leave-one-out error.

    What evidence does not say counts as not shown.

    References
    ----------
    Hoerl and Kennard (1970), Ridge regression, Technometrics 12.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy

    def _learn(self, annotated: Annotated) -> None:
        shown = (annotated.values == SHOWN).astype(float)
        targets = shown / np.sqrt(np.maximum(shown.sum(axis=0), 1))
        self.directions_, self.intercepts_ = ridge(annotated.X, targets)


def ridge(X: Array, Y: Array) -> tuple[Array, Array]:
    """Return weights and intercepts of the penalty of least leave-one-out error.

    Parameters
    ----------
    X : array of shape (n, d)
        Rows of unit length: penalties from 0.01 to 100 are tried.
    Y : array of shape (n, C)

    Returns
    -------
    weights : array of shape (C, d)
    intercepts : array of shape (C,)
    """
    # With a single image there is none to leave out.
    model = RidgeCV(alphas=np.geomspace(0.01, 100, 13)) if len(X) > 1 else Ridge()
    model.fit(X, Y)
    C = Y.shape[1]
    return model.coef_.reshape(C, -1), np.broadcast_to(model.intercept_, C).copy()
