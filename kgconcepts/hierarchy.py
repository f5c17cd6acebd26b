"""A directed acyclic graph of concepts as arrays, parents before children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.errors import CycleError, UnknownConceptError

__all__ = ["Hierarchy"]

Positions = npt.NDArray[np.intp]


class Hierarchy:
    """A DAG of ``K`` concepts in topological order: every parent stands before its children.

    Concepts are ordered by level (the longest path from a root), within a level as given, so the
    same input always gives the same order. Build one with `from_edges`, or take a graph's with
    `ConceptGraph.hierarchy`.

    Parameters
    ----------
    ids : sequence of str, K
        Identifiers in topological order.
    parents : csr_array of shape (K, K)
        Non-zero at ``[child, parent]``.

    Examples
    --------
    >>> tree = Hierarchy.from_edges(
    ...     ["Oithona", "Copepoda", "Calanoida"],
    ...     [("Oithona", "Copepoda"), ("Calanoida", "Copepoda")],
    ... )
    >>> tree.ids
    ('Copepoda', 'Oithona', 'Calanoida')
    >>> tree.ancestors("Oithona")
    ('Copepoda',)
    >>> tree.lowest_common_ancestors(["Oithona", "Calanoida"])
    ('Copepoda',)
    >>> tree.roll_up(np.array([0, 3, 4]))
    array([7, 3, 4])
    """

    def __init__(self, ids: Sequence[str], parents: sp.csr_array) -> None:
        self.ids = tuple(ids)
        self.parents = parents
        self._position = {id_: k for k, id_ in enumerate(self.ids)}

    @classmethod
    def from_edges(cls, ids: Iterable[str], edges: Iterable[tuple[str, str]]) -> Hierarchy:
        """Order concepts topologically, in time that grows with concepts and edges alone.

        Parameters
        ----------
        ids : iterable of str
            All concepts, those without an edge too.
        edges : iterable of (child, parent)
            Repeated edges count once.

        Raises
        ------
        CycleError
            If a concept is among its own ancestors; the message walks the cycle.
        UnknownConceptError
            If an edge names a concept that is not in `ids`.
        """
        given = list(dict.fromkeys(ids))
        number = {id_: k for k, id_ in enumerate(given)}
        pairs = list(edges)
        try:
            ends = np.array([number[end] for pair in pairs for end in pair], np.int64)
        except KeyError as missing:
            wrong = next(pair for pair in pairs if missing.args[0] in pair)
            raise UnknownConceptError(
                f"edge {' --> '.join(wrong)}: {missing.args[0]} is not among the concepts"
            ) from None
        K = len(given)
        child, parent = ends.reshape(-1, 2).T
        ones = np.ones(len(pairs), dtype=np.int8)
        above = sp.csr_array((ones, (child, parent)), shape=(K, K))
        above.data[:] = 1  # repeated edges were summed
        level = _levels(above)
        if (level < 0).any():
            cycle = [given[k] for k in _cycle(above, level)]
            if len(cycle) > 6:  # five, and the first again
                cycle = [*cycle[:4], f"({len(cycle) - 6} more)", *cycle[-2:]]
            raise CycleError(
                f"a concept is among its own ancestors: {' --> '.join(cycle)}; remove one of these "
                "edges"
            )
        order = np.argsort(level, kind="stable")
        parents = above[order][:, order]
        parents.sort_indices()
        return cls([given[k] for k in order.tolist()], parents)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._position

    def __repr__(self) -> str:
        return f"<Hierarchy: {len(self)} concepts, {self.parents.nnz} edges>"

    def index(self, id_: str) -> int:
        """Return the position of a concept.

        Raises
        ------
        UnknownConceptError
            If there is no such concept.
        """
        try:
            return self._position[id_]
        except KeyError:
            raise UnknownConceptError(f"{id_!r} is not a concept of {self!r}") from None

    @cached_property
    def children(self) -> sp.csr_array:
        """Non-zero at ``[parent, child]``; shape (K, K)."""
        return self.parents.T.tocsr()

    @cached_property
    def closure(self) -> sp.csr_array:
        """Ones at ``[c, a]`` where ``a`` is ``c`` or an ancestor of ``c``; shape (K, K).

        As large as all concepts' ancestors together: for what does not need it whole, there are
        `ancestors`, `descendants`, `roll_up` and `push_down`.
        """
        K = len(self)
        identity = sp.eye_array(K, dtype=np.int32, format="csr")
        closure = identity
        while True:
            grown = (self.parents.astype(np.int32) @ closure + identity).tocsr()
            grown.data[:] = 1
            if grown.nnz == closure.nnz:
                grown.sort_indices()
                return grown
            closure = grown

    @cached_property
    def levels(self) -> Positions:
        """Longest path from a root, per concept; shape (K,)."""
        return _levels(self.parents)

    @cached_property
    def leaves(self) -> Positions:
        """Positions of the concepts without children, ascending."""
        parent = np.zeros(len(self), dtype=bool)
        parent[self.parents.indices] = True
        return np.flatnonzero(~parent)

    def ancestors(self, ids: str | Iterable[str]) -> tuple[str, ...]:
        """Return the ids of all ancestors of one concept or of any of several, roots first.

        A concept is not its own ancestor, but one of several may be another's.
        """
        return self._names(_beyond(self.parents, self._positions(ids)))

    def descendants(self, ids: str | Iterable[str]) -> tuple[str, ...]:
        """Return the ids of all descendants of one concept or of any of several, parents first."""
        return self._names(_beyond(self.children, self._positions(ids)))

    def lowest_common_ancestors(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return what is above or equal to all of these concepts and above no other such.

        One concept in a tree, more than one at times in a DAG, none where nothing is common.
        """
        common = np.ones(len(self), dtype=bool)
        for k in self._positions(ids):
            own = np.zeros(len(self), dtype=bool)
            own[k] = True
            common &= own | _beyond(self.parents, np.array([k]))
        positions = np.flatnonzero(common)
        common[self.parents[positions].indices] = False  # what has a common child is not lowest
        return self._names(common)

    def roll_up(
        self, values: npt.NDArray[np.generic], *, paths: bool = False
    ) -> npt.NDArray[np.generic]:
        """Sum values over each concept and its descendants, in double precision.

        Parameters
        ----------
        values : array of shape (K, ...)
            Integers are summed exactly up to 2 ** 53.
        paths : bool, default False
            Count a descendant once for every path that leads down to it, in O(edges). Otherwise
            each counts once; that takes O(edges) and the ancestors of each concept that has more
            than one parent.
        """
        values = np.asarray(values)
        if paths:
            return _solved(self.parents, values, transposed=True)
        sums = _solved(self._single, values, transposed=True)
        joins, above = self._joins
        return np.asarray(sums + above.T @ sums[joins]) if joins.size else sums

    def push_down(
        self, values: npt.NDArray[np.generic], *, paths: bool = False
    ) -> npt.NDArray[np.generic]:
        """Sum values over each concept and its ancestors, in double precision.

        Parameters
        ----------
        values : array of shape (K, ...)
        paths : bool, default False
            Count an ancestor once for every path that leads up to it, as in `roll_up`.
        """
        values = np.asarray(values)
        if paths:
            return _solved(self.parents, values)
        joins, above = self._joins
        if joins.size:
            whole = values.astype(_sum_type(values))
            whole[joins] = whole[joins] + above @ whole
            values = whole
        return _solved(self._single, values)

    @cached_property
    def _single(self) -> sp.csr_array:
        """The parents of those that have one alone."""
        joins = np.diff(self.parents.indptr) > 1
        return _rows(self.parents, ~joins)

    @cached_property
    def _joins(self) -> tuple[Positions, sp.csr_array]:
        """Concepts with several parents, and all their ancestors; shapes (J,), (J, K)."""
        joins = np.flatnonzero(np.diff(self.parents.indptr) > 1)
        indptr, indices = self.parents.indptr, self.parents.indices
        single = self._single
        one = np.full(len(self), -1)  # the one parent, of those that have one
        one[np.flatnonzero(np.diff(single.indptr))] = single.indices
        one_above = one.tolist()
        found: dict[int, npt.NDArray[np.int32]] = {}
        for j in joins.tolist():  # parents first, so that joins above are done
            seen: set[int] = set()
            pieces = []
            for parent in indices[indptr[j] : indptr[j + 1]].tolist():
                k = parent
                while k >= 0 and k not in seen:
                    seen.add(k)
                    if k in found:
                        pieces.append(found[k])
                    k = one_above[k]
            pieces.append(np.fromiter(seen, np.int32, len(seen)))
            found[j] = np.unique(np.concatenate(pieces)) if len(pieces) > 1 else np.sort(pieces[0])
        lengths = [len(found[j]) for j in joins.tolist()]
        above = sp.csr_array(
            (
                np.ones(sum(lengths), dtype=np.int8),
                np.concatenate([*found.values(), np.zeros(0, np.int32)]),
                np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            ),
            shape=(len(joins), len(self)),
        )
        return joins, above

    def _positions(self, ids: str | Iterable[str]) -> Positions:
        names = [ids] if isinstance(ids, str) else ids
        return np.array([self.index(id_) for id_ in names], dtype=np.intp)

    def _names(self, chosen: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(self.ids[k] for k in np.flatnonzero(chosen))


def _levels(above: sp.csr_array) -> Positions:
    """Return each node's longest path from a root, -1 for those in or below a cycle."""
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


def _cycle(above: sp.csr_array, level: Positions) -> list[int]:
    """Return a cycle that is reached by going up from a node without a level."""
    walk: dict[int, None] = {}
    k = int(np.flatnonzero(level < 0)[0])
    while k not in walk:
        walk[k] = None
        parents = above.indices[above.indptr[k] : above.indptr[k + 1]]
        k = int(parents[level[parents] < 0][0])
    nodes = list(walk)
    return [*nodes[nodes.index(k) :], k]


def _beyond(edges: sp.csr_array, starts: Positions) -> npt.NDArray[np.bool_]:
    """Return which nodes can be reached from these in one step or more."""
    indptr, indices = edges.indptr, edges.indices
    reached = np.zeros(edges.shape[0], dtype=bool)
    frontier = starts
    while frontier.size:
        if frontier.size == 1:
            found = indices[indptr[frontier[0]] : indptr[frontier[0] + 1]]
        else:
            first, lengths = indptr[frontier], np.diff(indptr)[frontier]
            steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            found = indices[np.repeat(first, lengths) + steps]
        frontier = np.unique(found[~reached[found]])
        reached[frontier] = True
    return reached


def _rows(matrix: sp.csr_array, keep: npt.NDArray[np.bool_]) -> sp.csr_array:
    """Return the matrix with the other rows empty."""
    lengths = np.where(keep, np.diff(matrix.indptr), 0)
    entries = np.repeat(keep, np.diff(matrix.indptr))
    return sp.csr_array(
        (matrix.data[entries], matrix.indices[entries], np.concatenate([[0], np.cumsum(lengths)])),
        shape=matrix.shape,
    )


def _sum_type(values: npt.NDArray[np.generic]) -> np.dtype[np.generic]:
    return np.sum(values[:0], axis=0).dtype if values.ndim else values.dtype


def _solved(
    parents: sp.csr_array, values: npt.NDArray[np.generic], *, transposed: bool = False
) -> npt.NDArray[np.generic]:
    """Solve ``(I - parents) x = values``, or its transpose: x adds up along paths."""
    from scipy.sparse.linalg import spsolve_triangular  # noqa: PLC0415 (slow to load)

    system = sp.eye_array(parents.shape[0], format="csr") - parents.astype(float)
    system = system.T.tocsr() if transposed else system
    sums = spsolve_triangular(system, values.astype(float), lower=not transposed)
    return np.asarray(sums).astype(_sum_type(values))
