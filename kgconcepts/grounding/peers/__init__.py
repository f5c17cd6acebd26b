"""What the hierarchical model is measured against, behind the same interface, always."""

from __future__ import annotations

import numpy.typing as npt
from sklearn.base import BaseEstimator

from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.peers.concept_vectors import CAV, FastCAV
from kgconcepts.grounding.peers.cos_cubed import CosCubed
from kgconcepts.grounding.peers.gaussian import FlatGaussian
from kgconcepts.grounding.peers.lasso import FlatLasso
from kgconcepts.grounding.peers.means import ShrunkMeans
from kgconcepts.grounding.peers.multinomial import FlatMultinomial, NearestMean, PermutedParents
from kgconcepts.grounding.peers.ridge import FlatRidge
from kgconcepts.grounding.peers.text import TextToConcept
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "CAV",
    "CosCubed",
    "FastCAV",
    "FlatGaussian",
    "FlatLasso",
    "FlatMultinomial",
    "FlatRidge",
    "NearestMean",
    "PermutedParents",
    "ShrunkMeans",
    "TextToConcept",
    "all_peers",
    "peers",
]


def peers(hierarchy: Hierarchy, seed: int = 0) -> dict[str, BaseEstimator]:
    """Return every model of the comparison, unfitted, by the name that tables give it."""
    return {
        "flat ridge": FlatRidge(hierarchy),
        "flat multinomial": FlatMultinomial(hierarchy, random_state=seed),
        "nearest class mean": NearestMean(hierarchy, random_state=seed),
        "hierarchical": HierarchicalGrounder(hierarchy, random_state=seed),
        "permuted parents": PermutedParents(hierarchy, random_state=seed),
    }


def all_peers(
    hierarchy: Hierarchy, seed: int = 0, vectors: npt.ArrayLike | None = None
) -> dict[str, BaseEstimator]:
    """Return those of `peers` and the slower or weaker ones, unfitted, by name.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    seed : int
        Of the division of the images to choose strengths.
    vectors : array of shape (K, m), optional
        Text vectors in the order of ``hierarchy.ids``; the text-to-concept map needs them.
    """
    others: dict[str, BaseEstimator] = {
        "flat lasso": FlatLasso(hierarchy, random_state=seed),
        "flat Gaussian": FlatGaussian(hierarchy, random_state=seed),
        "shrink-to-parent means": ShrunkMeans(hierarchy, random_state=seed),
        "CAV": CAV(hierarchy, random_state=seed),
        "FastCAV": FastCAV(hierarchy),
        "cos-cubed projection": CosCubed(hierarchy, random_state=seed),
    }
    if vectors is not None:
        others["text-to-concept map"] = TextToConcept(hierarchy, vectors)
    return {**peers(hierarchy, seed), **others}
