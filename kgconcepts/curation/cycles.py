"""Concepts that are above themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kgconcepts.graph import ConceptGraph

__all__ = ["cycles", "shown"]

_MOST_SHOWN = 6


def cycles(graph: ConceptGraph, *relations: str) -> Iterator[tuple[str, ...]]:
    """Give a walk round in each group of concepts in use that are all above one another.

    Parameters
    ----------
    graph : ConceptGraph
    *relations : str
        Those that lead up.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept(name, name) for name in "abc"],
    ...     [("a", "is_a", "b"), ("b", "is_a", "a"), ("c", "is_a", "a")],
    ... )
    >>> list(cycles(graph, "is_a"))
    [('a', 'b')]
    """
    old = {c.id for c in graph if c.obsolete}
    edges = [
        (child, parent)
        for child, relation, parent in graph.relations
        if relation in relations and child not in old and parent not in old
    ]
    ids = list(dict.fromkeys(end for edge in edges for end in edge))
    number = {id_: k for k, id_ in enumerate(ids)}
    child, parent = np.array([number[e] for edge in edges for e in edge], int).reshape(-1, 2).T
    above = sp.csr_array((np.ones(len(edges)), (child, parent)), shape=(len(ids), len(ids)))
    count, group = connected_components(above, connection="strong")
    many = np.bincount(group, minlength=count) > 1
    inside: dict[int, dict[int, list[int]]] = {}
    within = (group[child] == group[parent]) & (many[group[child]] | (child == parent))
    for k, up in zip(child[within].tolist(), parent[within].tolist(), strict=True):
        inside.setdefault(int(group[k]), {}).setdefault(k, []).append(up)
    for steps in inside.values():
        yield tuple(ids[k] for k in _walk(steps))


def _walk(steps: dict[int, list[int]]) -> list[int]:
    """Go up until a node comes again: from every node of a group there is a way."""
    start = next((k for k, up in steps.items() if k in up), None)
    if start is not None:
        return [start]
    node = next(iter(steps))
    walk: dict[int, None] = {}
    while node not in walk:
        walk[node] = None
        node = steps[node][0]
    nodes = list(walk)
    return nodes[nodes.index(node) :]


def shown(walk: Sequence[str]) -> str:
    """Return a walk as text, the first at the end again; of a long one its beginning."""
    more = len(walk) - _MOST_SHOWN
    parts = [*walk[:_MOST_SHOWN], *([f"({more} more)"] if more > 0 else []), walk[0]]
    return " --> ".join(parts)
