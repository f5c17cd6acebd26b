"""What the hierarchical model is measured against, behind the same interface, always."""

from __future__ import annotations

from collections.abc import Sequence

import numpy.typing as npt
from sklearn.base import BaseEstimator

from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import Head
from kgconcepts.grounding.peers.concept_vectors import CAV, FastCAV
from kgconcepts.grounding.peers.cos_cubed import CosCubed
from kgconcepts.grounding.peers.gaussian import FlatGaussian
from kgconcepts.grounding.peers.lasso import FlatLasso
from kgconcepts.grounding.peers.means import ShrunkMeans
from kgconcepts.grounding.peers.multinomial import FlatMultinomial, NearestMean, PermutedParents
from kgconcepts.grounding.peers.on_head import OnHead
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
    "Head",
    "NearestMean",
    "OnHead",
    "PermutedParents",
    "ShrunkMeans",
    "TextToConcept",
    "all_peers",
    "peers",
]


def peers(
    hierarchy: Hierarchy,
    seed: int = 0,
    *,
    head: Head | None = None,
    families: Sequence[str] | None = None,
) -> dict[str, BaseEstimator]:
    """Return every model of the comparison, unfitted, by the name that tables give it.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    seed : int
        Of the division of the images to choose strengths.
    head : (array of shape (c, d), array of shape (c,)), optional
        Weight and bias of the classifier's last layer. The hierarchical model and its control then
        learn from it, and the flat ones are there on it as well, so that its part can be told.
    families : sequence of str, K, optional
        What the hierarchical model and its control learn trust for together.
    """
    flat = {
        "flat ridge": FlatRidge(hierarchy),
        "flat multinomial": FlatMultinomial(hierarchy, random_state=seed),
    }
    on_head = {} if head is None else {f"{n} on the head": OnHead(m, head) for n, m in flat.items()}
    hierarchical, control = (
        model(hierarchy, head=head, families=families, random_state=seed)
        for model in (HierarchicalGrounder, PermutedParents)
    )
    return {
        **flat,
        **on_head,
        "nearest class mean": NearestMean(hierarchy, random_state=seed),
        "hierarchical": hierarchical,
        "permuted parents": control,
    }


def all_peers(
    hierarchy: Hierarchy,
    seed: int = 0,
    vectors: npt.ArrayLike | None = None,
    *,
    head: Head | None = None,
    families: Sequence[str] | None = None,
) -> dict[str, BaseEstimator]:
    """Return those of `peers` and the slower or weaker ones, unfitted, by name.

    Parameters
    ----------
    hierarchy, seed, head, families
        See `peers`.
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
    return {**peers(hierarchy, seed, head=head, families=families), **others}
