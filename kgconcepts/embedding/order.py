"""Which of two concepts is the more general, and where a new one belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from kgconcepts.embedding.features import FEATURES, LIKENESSES, ParentFeatures
from kgconcepts.embedding.removal import below, removable, without_rows
from kgconcepts.errors import SourceError
from kgconcepts.hierarchy import Hierarchy, Positions

if TYPE_CHECKING:
    from kgconcepts.embedding.hierarchical import HierarchicalEmbedding

__all__ = ["Order", "Place"]

Floats = npt.NDArray[np.float64]

_FOLDS, _QUERIES = 4, 150  # concepts that are taken from their parents to learn from
_CANDIDATES = 5000
_RIDGE = 0.5  # on all queries together
_BLOCK = 64


@dataclass(frozen=True)
class Place:
    """A parent that a new concept could have.

    Parameters
    ----------
    concept : str
        Id of the parent.
    probability : float
        That it is the parent, among all concepts.
    above : float
        That it is the parent or above it.
    """

    concept: str
    probability: float
    above: float


class Order:
    """A learnt order of concepts: who is whose parent, told by vectors.

    Every concept gets a score as the parent of a vector: a weighted sum of the six features of
    `features.ParentFeatures`, among them a bilinear form that takes a child's text to its parent's.
    The weights, and the softmax that makes scores probabilities, are learnt on concepts that are
    taken from their parents, with vectors from which that place was taken too.

    Attributes
    ----------
    weights_ : array of shape (F,)
        Of `features.FEATURES`.

    Examples
    --------
    >>> from kgconcepts import Concept, ConceptGraph, HierarchicalEmbedding
    >>> from kgconcepts.embedding.tfidf import TfidfEncoder
    >>> said = {"part": "body part", "eye": "eye, a part that sees", "lens eye": "lens eye",
    ...         "compound eye": "compound eye", "limb": "limb, a part that moves",
    ...         "leg": "leg, a limb for walking", "antenna": "antenna, a limb for feeling"}
    >>> above = {"eye": "part", "limb": "part", "lens eye": "eye", "compound eye": "eye",
    ...          "leg": "limb", "antenna": "limb"}
    >>> graph = ConceptGraph(
    ...     [Concept(id_, text, kind="part") for id_, text in said.items()],
    ...     [(child, "is_a", parent) for child, parent in above.items()],
    ... )
    >>> encoder = TfidfEncoder.of(said.values())
    >>> model = HierarchicalEmbedding(encoder).fit(graph)
    >>> order = Order().fit(model, graph.hierarchy())
    >>> order.place(encoder.encode(["stalked eye"]), most=1)[0][0].concept
    'eye'
    """

    weights_: Floats

    def fit(self, embedding: HierarchicalEmbedding, hierarchy: Hierarchy) -> Order:
        """Learn from an embedding and its hierarchy.

        Raises
        ------
        SourceError
            If the hierarchy is another one, or nothing in it has a parent.
        """
        if hierarchy.ids != embedding.ids_:
            raise SourceError(
                "the hierarchy is not that of the embedding; give the one that it was fitted on"
            )
        self._hierarchy = hierarchy
        parents = hierarchy.parents.astype(float).tocsr()
        rng = np.random.default_rng(0)
        features, truths, ruled_out = [], [], []
        for _ in range(_FOLDS):
            queries = removable(hierarchy, min(_QUERIES, max(1, len(hierarchy) // 8)), rng)
            if not len(queries):
                raise SourceError("no concept has a parent; there is no order to learn")
            cut = without_rows(parents, queries)
            told = ParentFeatures(
                embedding.cut(queries), embedding.own_texts, cut, embedding.whitening
            )
            true = parents[queries]
            some = rng.permutation(len(hierarchy))[:_CANDIDATES]
            candidates = np.unique(np.append(some, true.indices))
            features.append(told.of(told.vectors[queries], candidates))
            chosen = true[:, candidates].toarray()
            truths.append(chosen / chosen.sum(axis=1, keepdims=True))
            ruled_out.append(
                np.stack([np.isin(candidates, below(hierarchy, q)) for q in queries.tolist()])
            )
        self.weights_ = _learnt(features, truths, ruled_out)
        self._embedding = embedding
        self._features = ParentFeatures(
            embedding.centred, embedding.own_texts, parents, embedding.whitening
        )
        return self

    def log_probabilities(
        self, vectors: npt.ArrayLike, ruled_out: Sequence[Positions] | None = None
    ) -> Floats:
        """Return the logarithm of the probability that each concept is the parent.

        Parameters
        ----------
        vectors : array of shape (n, m)
            In the encoder's space: of the texts of new terms.
        ruled_out : sequence of positions, n, optional
            What cannot be the parent of each: itself, and what is below it.

        Returns
        -------
        log_probabilities : array of shape (n, K)
        """
        centred = self._embedding.from_mean(vectors)
        found = np.empty((len(centred), len(self._hierarchy)))
        for start in range(0, len(centred), _BLOCK):
            block = slice(start, start + _BLOCK)
            found[block] = self._features.of(centred[block]) @ self.weights_
        for row, out in zip(found, ruled_out or (), strict=ruled_out is not None):
            row[out] = -np.inf
        return np.asarray(log_softmax(found, axis=1))

    def above(self, log_probabilities: Floats) -> Floats:
        """Return the probability that each concept is the parent or above it; shape (n, K)."""
        rolled = self._hierarchy.roll_up(np.exp(log_probabilities).T)
        return np.asarray(rolled, dtype=float).T

    def generality(self, vectors: npt.ArrayLike) -> Floats:
        """Return how general vectors are; the higher of two is the more general; shape (n,)."""
        return self._features.generality(self._embedding.from_mean(vectors))

    def place(
        self,
        vectors: npt.ArrayLike,
        most: int = 10,
        ruled_out: Sequence[Positions] | None = None,
    ) -> list[list[Place]]:
        """Return the likeliest parents of new terms, the likeliest first.

        Parameters
        ----------
        vectors, ruled_out
            As `log_probabilities` takes them.
        most : int
            How many parents of each.
        """
        found = self.log_probabilities(vectors, ruled_out)
        above = self.above(found)
        ids = self._hierarchy.ids
        return [
            [
                Place(ids[k], float(np.exp(row[k])), float(up[k]))
                for k in np.argsort(-row, kind="stable")[:most]
                if np.isfinite(row[k])
            ]
            for row, up in zip(found, above, strict=True)
        ]


def _learnt(
    features: Sequence[Floats], truths: Sequence[Floats], ruled_out: Sequence[npt.NDArray[np.bool_]]
) -> Floats:
    """Return the weights of features under which the true parents are most likely."""
    spread = np.concatenate([f.reshape(-1, f.shape[-1]) for f in features]).std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    number = sum(map(len, truths))

    def objective(weights: Floats) -> tuple[float, Floats]:
        value = _RIDGE / number * weights @ weights
        slope = 2 * _RIDGE / number * weights
        for f, true, out in zip(features, truths, ruled_out, strict=True):
            scores = f @ (weights / scale)
            scores[out] = -np.inf
            logs = log_softmax(scores, axis=1)
            value -= (true[true > 0] * logs[true > 0]).sum() / number
            slope += np.tensordot(np.exp(logs) - true, f, 2) / scale / number
        return float(value), slope

    start = np.zeros(len(FEATURES))
    bounds = [(0.0 if name in LIKENESSES else None, None) for name in FEATURES]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.asarray(found / scale)
