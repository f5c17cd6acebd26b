"""Who is nearer in a hierarchy: siblings, cousins, and steps between concepts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from kgconcepts.hierarchy import Hierarchy, Positions

__all__ = ["distances", "triplets"]

_TRIES = 5  # for each concept


def triplets(
    hierarchy: Hierarchy, asked: Positions, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Draw (concept, sibling, cousin): a cousin is a child of a parent's sibling.

    Parameters
    ----------
    hierarchy : Hierarchy
    asked : positions
        Of each up to five triplets are drawn; none where it has no sibling or no cousin.
    rng : Generator

    Returns
    -------
    array of shape (n, 3)
        Positions.
    """
    parents, children = hierarchy.parents, hierarchy.children
    found = []
    for k in asked.tolist():
        own = _of(parents, k)
        for _ in range(_TRIES):
            if not len(own):
                break
            parent = rng.choice(own)
            siblings = np.setdiff1d(_of(children, parent), [k])
            above = _of(parents, parent)
            if not len(above) or not len(siblings):
                continue
            aunts = np.setdiff1d(_of(children, rng.choice(above)), own)
            nieces = [np.zeros(0, dtype=np.intp), *(_of(children, aunt) for aunt in aunts)]
            cousins = np.setdiff1d(np.concatenate(nieces), [k, *siblings])
            if len(cousins):
                found.append((k, rng.choice(siblings), rng.choice(cousins)))
    return np.array(found, dtype=np.intp).reshape(-1, 3)


def distances(hierarchy: Hierarchy, asked: Positions) -> npt.NDArray[np.float64]:
    """Return the number of steps, up and down, from some concepts to all; shape (n, K).

    Infinite where nothing is common.
    """
    edges = hierarchy.parents.astype(float)
    return np.asarray(dijkstra(edges, directed=False, unweighted=True, indices=asked))


def _of(edges: object, k: int) -> Positions:
    start, stop = edges.indptr[k : k + 2]  # type: ignore[attr-defined]
    return np.asarray(edges.indices[start:stop], dtype=np.intp)  # type: ignore[attr-defined]
