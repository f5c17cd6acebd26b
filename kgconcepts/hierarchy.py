"""A directed acyclic graph of concepts as arrays, parents before children."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.errors import CycleError, UnknownConceptError

__all__ = ["Hierarchy"]


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
    >>> tree.roll_up(np.array([0, 3, 4]))
    array([7, 3, 4])
    """

    def __init__(self, ids: Sequence[str], parents: sp.csr_array) -> None:
        self.ids = tuple(ids)
        self.parents = parents
        self._position = {id_: k for k, id_ in enumerate(self.ids)}

    @classmethod
    def from_edges(cls, ids: Iterable[str], edges: Iterable[tuple[str, str]]) -> Hierarchy:
        """Order concepts topologically.

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
        given = {id_: k for k, id_ in enumerate(dict.fromkeys(ids))}
        above: dict[str, dict[str, None]] = {id_: {} for id_ in given}
        for child, parent in edges:
            for end in (child, parent):
                if end not in given:
                    raise UnknownConceptError(
                        f"edge {child} --> {parent}: {end} is not among the concepts"
                    )
            above[child][parent] = None
        try:
            order = list(graphlib.TopologicalSorter(above).static_order())
        except graphlib.CycleError as error:
            walk = " --> ".join(reversed(error.args[1]))
            raise CycleError(
                f"a concept is among its own ancestors: {walk}; remove one of these edges"
            ) from error
        level: dict[str, int] = {}
        for id_ in order:
            level[id_] = 1 + max((level[p] for p in above[id_]), default=-1)
        ordered = sorted(given, key=lambda id_: (level[id_], given[id_]))
        position = {id_: k for k, id_ in enumerate(ordered)}
        pairs = [(position[c], position[p]) for c in ordered for p in above[c]]
        rows, columns = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        K = len(ordered)
        parents = sp.csr_array((np.ones(len(pairs), dtype=np.int8), (rows, columns)), shape=(K, K))
        return cls(ordered, parents)

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
    def closure(self) -> sp.csr_array:
        """Ones at ``[c, a]`` where ``a`` is ``c`` or an ancestor of ``c``; shape (K, K)."""
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
    def levels(self) -> npt.NDArray[np.intp]:
        """Longest path from a root, per concept; shape (K,)."""
        levels = np.zeros(len(self), dtype=np.intp)
        for k in range(len(self)):
            above = self.parents.indices[self.parents.indptr[k] : self.parents.indptr[k + 1]]
            levels[k] = 1 + levels[above].max() if above.size else 0
        return levels

    @cached_property
    def leaves(self) -> npt.NDArray[np.intp]:
        """Positions of the concepts without children, ascending."""
        return np.flatnonzero(self.parents.sum(axis=0) == 0)

    def ancestors(self, id_: str) -> tuple[str, ...]:
        """Return the ids of all ancestors, roots first, without the concept itself."""
        k = self.index(id_)
        row = self.closure.indices[self.closure.indptr[k] : self.closure.indptr[k + 1]]
        return tuple(self.ids[a] for a in row if a != k)

    def descendants(self, id_: str) -> tuple[str, ...]:
        """Return the ids of all descendants in topological order, without the concept itself."""
        k = self.index(id_)
        column = np.flatnonzero(self.closure[:, [k]].toarray().ravel())
        return tuple(self.ids[c] for c in column if c != k)

    def roll_up(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Sum values over each concept and its descendants, each of them once.

        Parameters
        ----------
        values : array of shape (K, ...)
        """
        return np.asarray(self.closure.T @ values)

    def push_down(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Sum values over each concept and its ancestors, each of them once.

        Parameters
        ----------
        values : array of shape (K, ...)
        """
        return np.asarray(self.closure @ values)
