"""Concepts that are taken from what is above them, to learn where they belong, or to judge that."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp

from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy, Positions
from kgconcepts.paths import beyond

__all__ = ["below", "removable", "taken_out", "without_rows"]

_LARGEST = 0.03  # of all concepts: what hangs below one that is taken away


def removable(hierarchy: Hierarchy, number: int, rng: np.random.Generator) -> Positions:
    """Choose concepts that can be taken from their parents, none of them below another.

    Those with more below them than `_LARGEST` of all concepts stay, and those below which something
    hangs from elsewhere too: that would still tell where they belong.
    """
    K = len(hierarchy)
    parents = hierarchy.parents
    chosen: list[int] = []
    taken = np.zeros(K, dtype=bool)
    for k in rng.permutation(np.flatnonzero(hierarchy.levels > 0)).tolist():
        if len(chosen) == number:
            break
        whole = below(hierarchy, k)
        alone = np.isin(parents[whole[1:]].indices, whole).all()
        if alone and not taken[whole].any() and len(whole) - 1 <= _LARGEST * K:
            taken[whole] = True
            chosen.append(k)
    return np.sort(np.array(chosen, dtype=np.intp))


def below(hierarchy: Hierarchy, position: int) -> Positions:
    """Return the positions of a concept and all that is below it."""
    start = np.array([position], dtype=np.intp)
    return np.append(start, beyond(hierarchy.children, start))


def without_rows(parents: sp.csr_array, rows: Positions) -> sp.csr_array:
    """Return edges without those that lead up from some concepts."""
    kept = np.ones(parents.shape[0])
    kept[rows] = 0
    left = (sp.diags_array(kept) @ parents).tocsr()
    left.eliminate_zeros()
    return left


def taken_out(graph: ConceptGraph, ids: Iterable[str]) -> ConceptGraph:
    """Return a graph in which nothing says where some concepts belong.

    What leads up from them is gone, and what leads to them but ``is_a``: what is a kind of them
    stays below them.
    """
    out = set(ids)
    kept = (
        r
        for r in graph.relations
        if r.child not in out and (r.relation == "is_a" or r.parent not in out)
    )
    return ConceptGraph(graph, kept, graph.sources.values())
