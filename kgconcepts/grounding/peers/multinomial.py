"""Competing classes without the hierarchy, or with a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from kgconcepts.grounding.estimator import HierarchicalGrounder

__all__ = ["FlatMultinomial", "NearestMean", "PermutedParents"]

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
