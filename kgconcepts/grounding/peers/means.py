"""Class means shrunk to their parents'."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from kgconcepts.evidence import SHOWN
from kgconcepts.grounding.competing import divide
from kgconcepts.grounding.peers.base import Annotated, Array, Peer, likeliest
from kgconcepts.grounding.sums import log_odds
from kgconcepts.hierarchy import Hierarchy

__all__ = ["ShrunkMeans", "shrunk_means"]

SETTINGS = tuple(product((1.0, 0.3, 3.0, 10.0), (0.2, 0.1, 0.4, 0.8)))


class ShrunkMeans(Peer):
    """Competing classes, each the likelier the nearer its mean, and means shrunk to the parent's.

    From the roots down, a concept that ``n_c`` images with mean ``x̄_c`` show is expected at

        μ_c = (n_c x̄_c + κ m_c) / (n_c + κ) ,    m_c the average of its parents' μ ,

    or the mean of all images where it has no parent; ``p(l | x) = softmax_l (−‖x − μ_l‖² / τ)``,
    and a concept's score is the log odds of the classes below it. κ and τ are chosen by the
    likelihood of held-out images.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    folds, random_state : int
        How the images are divided to choose.

    Attributes
    ----------
    directions_ : array of shape (K, d)
        A concept's mean less that of all images.
    means_ : array of shape (K, d)
    shrinkage_, temperature_ : float
        κ and τ.

    References
    ----------
    McCallum et al. (1998), Improving text classification by shrinkage in a hierarchy of classes,
    ICML.
    """

    def __init__(self, hierarchy: Hierarchy, *, folds: int = 10, random_state: int = 0) -> None:
        self.hierarchy = hierarchy
        self.folds = folds
        self.random_state = random_state

    def _learn(self, annotated: Annotated) -> None:
        X, shown = annotated.X, annotated.values == SHOWN
        origin = annotated.everything.mean(axis=0)

        def held_out(setting: tuple[float, float], out: npt.NDArray[np.bool_]) -> Array:
            shrinkage, temperature = setting
            means = shrunk_means(X[~out], shown[~out], self.hierarchy, shrinkage, origin)
            return self._log_p(X[out], means, temperature)

        fold = divide(len(X), self.folds, self.random_state)
        chosen = likeliest(SETTINGS, held_out, annotated.possible, fold)
        self.shrinkage_, self.temperature_ = chosen
        self.means_ = shrunk_means(X, shown, self.hierarchy, self.shrinkage_, origin)
        self.directions_ = self.means_ - origin
        # So that what is nearer to the concept's mean than to that of all is above zero.
        self.intercepts_ = -(self.directions_ * (self.means_ + origin)).sum(axis=1) / 2

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return each concept's log odds; shape (n, K)."""
        log_p = self._log_p(self._features(Z), self.means_, self.temperature_)
        return log_odds(log_softmax(log_p, axis=1), self.hierarchy)

    def _log_p(self, X: Array, means: Array, temperature: float) -> Array:
        of_classes = means[self.hierarchy.leaves]
        distance = (of_classes**2).sum(axis=1) - 2 * X @ of_classes.T
        return np.asarray(-distance / temperature)


def shrunk_means(
    X: Array,
    shown: npt.NDArray[np.bool_],
    hierarchy: Hierarchy,
    shrinkage: float,
    origin: Array,
) -> Array:
    """Return the mean of each concept, shrunk to its parents'; shape (K, d).

    Parameters
    ----------
    X : array of shape (n, d)
    shown : bool array of shape (n, K)
    hierarchy : Hierarchy, K concepts
    shrinkage : float
        Images that the parents' mean counts as.
    origin : array of shape (d,)
        Where a concept without parents is expected.

    Examples
    --------
    >>> tree = Hierarchy.from_edges("ab", [("b", "a")])
    >>> shrunk_means(np.array([[2.0]]), np.array([[True, False]]), tree, 1.0, np.zeros(1)).tolist()
    [[1.0], [1.0]]
    """
    sums, number = shown.T.astype(float) @ X, shown.sum(axis=0)
    means = np.empty((len(hierarchy), X.shape[1]))
    parents = hierarchy.parents
    for k in range(len(hierarchy)):
        above = parents.indices[parents.indptr[k] : parents.indptr[k + 1]]
        expected = means[above].mean(axis=0) if len(above) else origin
        means[k] = (sums[k] + shrinkage * expected) / (number[k] + shrinkage)
    return means
