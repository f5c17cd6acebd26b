"""What methods are asked of concepts of which something is held out, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kgconcepts.embedding.observations import Observations
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Positions

__all__ = ["Answer", "Method", "Task"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What a method is told.

    Parameters
    ----------
    graph : ConceptGraph
        Without the relations that lead up from concepts whose place is held out.
    observations : Observations
        Without the texts that are held out.
    asked : tuple of str
        The concepts of which something is held out.
    """

    graph: ConceptGraph
    observations: Observations
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a method says.

    Parameters
    ----------
    ids : tuple of str, K
    vectors : array of shape (K, m)
    similar : callable, optional
        Positions of n concepts → their similarity to all, (n, K). The cosine where not given,
        after the vectors' mean was taken away.
    parents, above : callable, optional
        Positions of n concepts → scores of all concepts as their parent and as their ancestor,
        (n, K). The similarity where not given.
    general : callable, optional
        Texts as observations, n of them → how general what they are about is, (n,).
    interval : callable, optional
        Ids, directions (j, m) and a level → the lower and upper ends of similarities, (n, j).
    """

    ids: tuple[str, ...]
    vectors: Floats
    similar: Callable[[Positions], Floats] | None = None
    parents: Callable[[Positions], Floats] | None = None
    above: Callable[[Positions], Floats] | None = None
    general: Callable[[Observations], Floats] | None = None
    interval: Callable[[Any, Floats, float], tuple[Floats, Floats]] | None = None

    def similarity(self, positions: Positions) -> Floats:
        """Return the similarity of some concepts to all; shape (n, K)."""
        if self.similar is not None:
            return self.similar(positions)
        return np.asarray(self._unit[positions] @ self._unit.T)

    @cached_property
    def _unit(self) -> Floats:
        told = np.any(self.vectors, axis=1)
        mean = self.vectors[told].sum(axis=0) / max(int(told.sum()), 1)
        centred = np.where(told[:, None], self.vectors - mean, 0.0)
        return np.asarray(
            centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
        )


Method = Callable[[Task], Answer]
