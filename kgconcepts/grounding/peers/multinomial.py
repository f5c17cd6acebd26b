"""Competing classes without the hierarchy, or with a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import softmax

from kgconcepts.grounding.competing import CompetingClasses
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.sums import Sums, permuted

__all__ = ["FlatMultinomial", "NearestMean", "PermutedParents"]

Array = npt.NDArray[np.float64]


class FlatMultinomial(CompetingClasses):
    """Competing classes that share nothing."""

    def _sums(self) -> Sums:
        return replace(Sums.of(self.hierarchy), closure=sp.eye_array(len(self.hierarchy)).tocsr())


class PermutedParents(HierarchicalGrounder):
    """The negative control: the same fit, every class hung where another one belongs."""

    def _sums(self) -> Sums:
        return permuted(self.hierarchy, self.random_state)


class NearestMean(FlatMultinomial):
    """Competing classes, each the likelier the nearer its mean; how much nearer by held-out folds.

    ``p(l | x) = softmax_l (−‖x − μ_l‖² / strength)``; a class without images is expected at the
    centre of all, and an image that may be of several classes counts in parts.
    """

    def _path(
        self,
        X: Array,
        factors: npt.NDArray[np.float32],
        weight: Array,
        design: Array,
        strengths: Sequence[float],
        tolerance: float,
    ) -> Iterator[Array]:
        share = weight[:, None] * softmax(factors, axis=1)
        many = share.sum(axis=0)
        means = share.T @ X[:, :-1] / np.where(many > 0, many, 1)[:, None]
        scores = np.column_stack([2 * means, -(means**2).sum(axis=1)])
        for strength in strengths:
            yield np.asarray(design.T @ scores / strength, dtype=np.float64)
