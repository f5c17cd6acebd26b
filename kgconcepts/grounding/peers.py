"""What the hierarchical model is measured against, behind the same interface, always."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.linear_model import RidgeCV
from sklearn.utils.validation import check_is_fitted

from kgconcepts.evidence import SHOWN, Evidence
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import check_evidence, check_latents, unit_latents
from kgconcepts.hierarchy import Hierarchy

__all__ = ["FlatMultinomial", "FlatRidge", "NearestMean", "PermutedParents", "peers"]

Array = npt.NDArray[np.float64]


class FlatMultinomial(HierarchicalGrounder):
    """Competing classes that share nothing: the same fit without the hierarchy."""

    def _prior_closure(self) -> Array:
        return np.eye(len(self.hierarchy))


class PermutedParents(HierarchicalGrounder):
    """The negative control: the same fit, every class hung where another one belongs.

    What is above the classes stays as it is, and so does the number of classes at each place.
    """

    def _prior_closure(self) -> Array:
        closure = self.hierarchy.closure.toarray().astype(float)
        leaves = self.hierarchy.leaves
        above = closure[leaves]
        above[:, leaves] = 0
        closure[leaves] = np.random.default_rng(self.random_state).permutation(above)
        closure[leaves, leaves] = 1
        return np.asarray(closure)


class FlatRidge(BaseEstimator):  # type: ignore[misc]
    """One-against-rest ridge, targets divided by √support; strength by leave-one-out error.

    What evidence does not say counts as not shown.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy

    def fit(
        self, Z: npt.ArrayLike, evidence: Evidence, Z_unlabelled: npt.ArrayLike | None = None
    ) -> FlatRidge:
        """Fit as `HierarchicalGrounder.fit` does."""
        Z, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        self.n_features_in_ = Z.shape[1]
        known = evidence.annotated
        shown = np.asarray(evidence.patterns[evidence.pattern[known]] == SHOWN, dtype=float)
        targets = shown / np.sqrt(np.maximum(shown.sum(axis=0), 1))
        # With a single image there is none to leave out.
        strengths = np.geomspace(0.01, 100, 13) if len(shown) > 1 else [1.0]
        ridge = RidgeCV(alphas=strengths).fit(unit_latents(Z[known], self.center_), targets)
        self.directions_ = ridge.coef_.reshape(len(self.hierarchy), -1)
        self.intercepts_ = np.broadcast_to(ridge.intercept_, len(self.hierarchy)).copy()
        return self

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return a score for each image and concept, alike for all where a concept is unseen."""
        check_is_fitted(self)
        X = unit_latents(check_latents(Z, units=self.n_features_in_), self.center_)
        return np.asarray(X @ self.directions_.T + self.intercepts_)


class NearestMean(FlatMultinomial):
    """Competing classes, each the likelier the nearer its mean; how much nearer by held-out folds.

    ``p(l | x) = softmax_l (−‖x − μ_l‖² / strength)``; a class without images is expected at the
    centre of all, and an image that may be of several classes counts in parts.
    """

    def _path(
        self,
        X: Array,
        possible: npt.NDArray[np.bool_],
        design: Array,
        strengths: Sequence[float],
        tolerance: float,
    ) -> Iterator[Array]:
        share = possible / possible.sum(axis=1, keepdims=True)
        means = share.T @ X[:, :-1] / np.maximum(share.sum(axis=0), 1)[:, None]
        scores = np.column_stack([2 * means, -(means**2).sum(axis=1)])
        for strength in strengths:
            yield np.asarray(design.T @ scores / strength, dtype=np.float64)


def peers(hierarchy: Hierarchy, seed: int = 0) -> dict[str, BaseEstimator]:
    """Return every model of the comparison, unfitted, by the name that tables give it."""
    return {
        "flat ridge": FlatRidge(hierarchy),
        "flat multinomial": FlatMultinomial(hierarchy, random_state=seed),
        "nearest class mean": NearestMean(hierarchy, random_state=seed),
        "hierarchical": HierarchicalGrounder(hierarchy, random_state=seed),
        "permuted parents": PermutedParents(hierarchy, random_state=seed),
    }
