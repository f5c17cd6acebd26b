"""What models whose classes compete say of images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from kgconcepts.grounding.inputs import check_latents, unit_latents
from kgconcepts.grounding.sums import concept_probabilities, log_odds
from kgconcepts.hierarchy import Hierarchy

__all__ = ["ClassScores", "features"]

Array = npt.NDArray[np.float64]


def features(Z: Array, center: Array) -> Array:
    """Return latents less the centre at unit length, and a column of ones; shape (n, d + 1)."""
    return np.column_stack([unit_latents(Z, center), np.ones(len(Z))])


class ClassScores(BaseEstimator):  # type: ignore[misc]
    """Class probabilities that are a softmax of linear scores, and the concepts' sums of them.

    Subclasses find ``center_``, ``n_features_in_`` and ``_class_weights``, of shape (L, d + 1).
    """

    hierarchy: Hierarchy
    center_: Array
    n_features_in_: int
    _class_weights: Array

    def class_log_p(self, Z: npt.ArrayLike) -> Array:
        """Return the log probabilities of the classes; shape (n, L)."""
        check_is_fitted(self)
        latents = check_latents(Z, units=self.n_features_in_)
        scores = features(latents, self.center_) @ self._class_weights.T
        return np.asarray(log_softmax(scores, axis=1))

    def predict_proba(self, Z: npt.ArrayLike) -> Array:
        """Return each concept's probability, a child's never above its parent's; shape (n, K)."""
        return concept_probabilities(self.class_log_p(Z), self.hierarchy)

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return the log odds of `predict_proba`; shape (n, K)."""
        return log_odds(self.class_log_p(Z), self.hierarchy)
