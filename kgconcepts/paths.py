"""Paths in a directed graph, given as the sparse matrix of its edges."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import KGConceptsError

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["Detours", "Positions", "beyond", "cycle", "detours", "levels"]

Positions = npt.NDArray[np.intp]

_BLOCK = 2**24  # entries of a matrix that are multiplied at a time
_FEW = 1000
_MOST = 2**28  # entries that are kept, of four bytes each


def levels(above: sp.csr_array) -> Positions:
    """Return each node's longest path from a root, -1 for those in or below a cycle.

    Parameters
    ----------
    above : csr_array of shape (K, K)
        Non-zero at ``[child, parent]``.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> levels(sp.csr_array([[0, 0, 0], [1, 0, 0], [1, 1, 0]]))
    array([0, 1, 2])
    """
    below = above.T.tocsr()
    first, children = below.indptr.tolist(), below.indices.tolist()
    level = [-1] * above.shape[0]
    waiting = np.diff(above.indptr).tolist()
    ready = np.flatnonzero(np.diff(above.indptr) == 0).tolist()
    depth = 0
    while ready:  # a node is ready one step after the last of its parents
        following: list[int] = []
        for k in ready:
            level[k] = depth
            for child in children[first[k] : first[k + 1]]:
                waiting[child] -= 1
                if not waiting[child]:
                    following.append(child)
        ready = following
        depth += 1
    return np.array(level, dtype=np.intp)


def cycle(above: sp.csr_array, level: Positions) -> list[int]:
    """Return a cycle that is reached by going up from a node without a level."""
    walk: dict[int, None] = {}
    k = int(np.flatnonzero(level < 0)[0])
    while k not in walk:
        walk[k] = None
        parents = above.indices[above.indptr[k] : above.indptr[k + 1]]
        k = int(parents[level[parents] < 0][0])
    nodes = list(walk)
    return [*nodes[nodes.index(k) :], k]


def beyond(edges: sp.csr_array, starts: Positions) -> Positions:
    """Return the nodes that can be reached from these in one step or more, ascending.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> beyond(sp.csr_array([[0, 0, 0], [1, 0, 0], [1, 1, 0]]), np.array([2]))
    array([0, 1])
    """
    indptr, indices = edges.indptr, edges.indices
    seen: set[int] = set()
    waiting = starts.tolist()
    while waiting and len(seen) < _FEW:  # which arrays would take longer for
        k = waiting.pop()
        more = [other for other in indices[indptr[k] : indptr[k + 1]].tolist() if other not in seen]
        seen.update(more)
        waiting += more
    reached = np.array(sorted(seen), dtype=np.intp)
    if not waiting:
        return reached
    frontier = np.array(waiting, dtype=np.intp)
    mark = np.zeros(edges.shape[0], dtype=bool)
    mark[reached] = True
    while frontier.size:
        first = indptr[frontier]
        lengths = indptr[frontier + 1] - first
        ends = np.cumsum(lengths)
        found = indices[np.arange(ends[-1]) + np.repeat(first - ends + lengths, lengths)]
        frontier = np.unique(found[~mark[found]])
        mark[frontier] = True
    return np.flatnonzero(mark)


class Detours(NamedTuple):
    """What nodes with several parents have above them beside the last parent and what it has.

    Parameters
    ----------
    tree : csr_array of shape (K, K)
        The last parent of each node; in topological order one of the deepest.
    joins : array of shape (J,)
        The nodes with several parents.
    indptr, indices : array of shape (J + 1,), array
        Of the rows of a sparse matrix ``N`` of shape (J, K), with ones at what is above a join, and
        neither its last parent nor above that.
    """

    tree: sp.csr_array
    joins: Positions
    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]

    def blocks(self) -> Iterator[tuple[Positions, sp.csr_array]]:
        """Give joins and their rows of ``N``, as many at a time as are soon computed with."""
        import scipy.sparse as sp  # noqa: PLC0415 (slow to load)

        row, rows = 0, len(self.joins)
        while row < rows:
            start = self.indptr[row]
            after = int(np.searchsorted(self.indptr, start + _BLOCK, side="right")) - 1
            after = max(after, row + 1)
            indices = self.indices[start : self.indptr[after]]
            entries = np.ones(len(indices), np.int8)
            shape = (after - row, self.tree.shape[1])
            block = sp.csr_array(
                (entries, indices, self.indptr[row : after + 1] - start), shape=shape
            )
            yield self.joins[row:after], block
            row = after


def detours(parents: sp.csr_array) -> Detours:
    """Part a DAG into a tree and what its nodes have above them that the tree does not show.

    Parameters
    ----------
    parents : csr_array of shape (K, K)
        Non-zero at ``[child, parent]``; parents before children, indices sorted.

    Raises
    ------
    KGConceptsError
        If there is more of it than memory should hold.

    Notes
    -----
    The tree is walked in depth, and what is above the node at hand is marked. From a node's other
    parents we go up until there is a mark, as all that is above a mark is marked. So the steps are
    as many as ``N`` has entries, which in taxonomies with traits are few: a chain adds none,
    however long it is and however often it is cut short.
    """
    import scipy.sparse as sp  # noqa: PLC0415 (slow to load)

    number = np.diff(parents.indptr)
    has_parent = number > 0
    last = parents.indices[parents.indptr[1:][has_parent] - 1]
    tree = sp.csr_array(
        (np.ones(len(last), np.int8), last, np.concatenate([[0], np.cumsum(has_parent)])),
        shape=parents.shape,
    )
    joins, lengths, found = array("q"), array("q", [0]), array("i")
    for join, more in _walk(parents):
        joins.append(join)
        lengths.append(len(more))
        found.extend(more)
        if len(found) > _MOST:
            raise KGConceptsError(
                f"a hierarchy of {len(number):,} concepts: those with several parents have more "
                f"than {_MOST:,} ancestors beside one parent's; sum with paths=True, or a part of "
                "it"
            )
    return Detours(
        tree,
        np.array(joins, np.intp),
        np.cumsum(np.array(lengths, np.int64)),
        np.frombuffer(found, np.int32) if found else np.zeros(0, np.int32),
    )


def _walk(parents: sp.csr_array) -> Iterator[tuple[int, list[int]]]:
    """Give each node with several parents, and what is above it through others than the last."""
    first, above = parents.indptr.tolist(), parents.indices.tolist()
    below: dict[int, list[int]] = {}
    stack: list[int] = []
    wanted = bytearray(len(first))
    for join in np.flatnonzero(np.diff(parents.indptr) > 1).tolist():
        node = join
        while not wanted[node]:  # the tree, as far as it leads to joins
            wanted[node] = 1
            if first[node] == first[node + 1]:
                stack.append(node)
                break
            child, node = node, above[first[node + 1] - 1]
            below.setdefault(node, []).append(child)
    marked = bytearray(len(first))
    marks: list[list[int]] = []
    while stack:
        node = stack.pop()
        if node < 0:  # all that is below is done
            for other in marks.pop():
                marked[other] = 0
            continue
        found: list[int] = []
        waiting = above[first[node] : max(first[node], first[node + 1] - 1)]
        several = bool(waiting)
        while waiting:
            other = waiting.pop()
            if not marked[other]:
                marked[other] = 1
                found.append(other)
                waiting += above[first[other] : first[other + 1]]
        if several:
            yield node, found
        marked[node] = 1
        marks.append([*found, node])
        stack.append(-1)
        stack += below.get(node, ())
