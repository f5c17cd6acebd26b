"""A linear map from latents to the space of text vectors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence import SHOWN
from kgconcepts.grounding.peers.base import Annotated, Array, Peer
from kgconcepts.grounding.peers.ridge import ridge
from kgconcepts.hierarchy import Hierarchy

__all__ = ["TextToConcept"]


class TextToConcept(Peer):
    """Latents mapped to text vectors; a concept's score is the cosine with its own vector.

    The map is a ridge regression of the mean text vector of all that an annotated image is known to
    show. Vectors are taken less the mean of all concepts' and at unit length, as the cosine with
    what all of them share tells nothing.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    vectors : array of shape (K, m)
        Text vectors, in the order of ``hierarchy.ids``.

    Attributes
    ----------
    directions_ : array of shape (K, d)
        The map's image of each text vector: the score times the length of the mapped latents.
    map_ : array of shape (m, d)
    offset_ : array of shape (m,)

    References
    ----------
    Moayeri et al. (2023), Text-to-concept (and back) via cross-model alignment, ICML.
    """

    def __init__(self, hierarchy: Hierarchy, vectors: npt.ArrayLike) -> None:
        self.hierarchy = hierarchy
        self.vectors = vectors

    def _learn(self, annotated: Annotated) -> None:
        texts = np.asarray(self.vectors, dtype=np.float64)
        K = len(self.hierarchy)
        if texts.ndim != 2 or len(texts) != K or not np.isfinite(texts).all():
            raise EvidenceError(
                f"text vectors are of shape {texts.shape}; expected finite numbers of shape "
                f"({K}, m), a row for each concept of the hierarchy"
            )
        self._texts = _unit(texts - texts.mean(axis=0))
        shown = (annotated.values == SHOWN).astype(float)
        self.map_, self.offset_ = ridge(annotated.X, _unit(shown @ self._texts))
        self.directions_ = self._texts @ self.map_
        self.intercepts_ = self._texts @ self.offset_

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return the cosine of each mapped image with each concept's text; shape (n, K)."""
        return np.asarray(_unit(self._features(Z) @ self.map_.T + self.offset_) @ self._texts.T)


def _unit(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Array = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit
