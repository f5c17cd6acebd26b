"""A directed acyclic graph of concepts as arrays, parents before children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import CycleError, UnknownConceptError
from kgconcepts.paths import Detours, Positions, beyond, cycle, detours, levels

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["Hierarchy", "Positions"]


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
        import scipy.sparse as sp  # noqa: PLC0415 (slow to load, and reading does without it)

        given = list(dict.fromkeys(ids))
        number = {id_: k for k, id_ in enumerate(given)}
        pairs = list(edges)
        try:
            ends = np.fromiter(map(number.__getitem__, chain.from_iterable(pairs)), np.int64)
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
        level = levels(above)
        if (level < 0).any():
            walk = [given[k] for k in cycle(above, level)]
            if len(walk) > 6:  # five, and the first again
                walk = [*walk[:4], f"({len(walk) - 6} more)", *walk[-2:]]
            raise CycleError(
                f"a concept is among its own ancestors: {' --> '.join(walk)}; remove one of these "
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
        import scipy.sparse as sp  # noqa: PLC0415 (slow to load)

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
        return levels(self.parents)

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
        return self._names(beyond(self.parents, self._positions(ids)))

    def descendants(self, ids: str | Iterable[str]) -> tuple[str, ...]:
        """Return the ids of all descendants of one concept or of any of several, parents first."""
        return self._names(beyond(self.children, self._positions(ids)))

    def lowest_common_ancestors(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return what is above or equal to all of these concepts and above no other such.

        One concept in a tree, more than one at times in a DAG, none where nothing is common.
        """
        positions = self._positions(ids)
        if not positions.size:
            return ()
        above = [
            np.append(beyond(self.parents, positions[n : n + 1]), k)
            for n, k in enumerate(positions)
        ]
        found, times = np.unique(np.concatenate(above), return_counts=True)
        common = found[times == len(positions)]
        return self._names(np.setdiff1d(common, self.parents[common].indices))

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
            each counts once; that takes O(edges) and, of each concept with several parents, the
            ancestors that the deepest of these does not have (`paths.detours`).

        Raises
        ------
        KGConceptsError
            If these are more than memory should hold, and `paths` is False.
        """
        values = np.asarray(values)
        if paths:
            return _solved(self.parents, values, transposed=True)
        sums = _solved(self._detours.tree, values, transposed=True)
        whole = sums
        for joins, above in self._detours.blocks():
            whole = np.asarray(whole + above.T @ sums[joins])
        return whole

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
        whole = values.astype(_sum_type(values))
        for joins, above in self._detours.blocks():
            whole[joins] += above @ values
        return _solved(self._detours.tree, whole)

    @cached_property
    def _detours(self) -> Detours:
        return detours(self.parents)

    def _positions(self, ids: str | Iterable[str]) -> Positions:
        names = [ids] if isinstance(ids, str) else ids
        return np.array([self.index(id_) for id_ in names], dtype=np.intp)

    def _names(self, positions: Positions) -> tuple[str, ...]:
        ids = self.ids
        return tuple([ids[k] for k in positions.tolist()])


def _sum_type(values: npt.NDArray[np.generic]) -> np.dtype[np.generic]:
    return np.sum(values[:0], axis=0).dtype if values.ndim else values.dtype


def _solved(
    parents: sp.csr_array, values: npt.NDArray[np.generic], *, transposed: bool = False
) -> npt.NDArray[np.generic]:
    """Solve ``(I - parents) x = values``, or its transpose: x adds up along paths."""
    import scipy.sparse as sp  # noqa: PLC0415 (slow to load, as is what follows)
    from scipy.sparse.linalg import spsolve_triangular  # noqa: PLC0415

    system = sp.eye_array(parents.shape[0], format="csr") - parents.astype(float)
    system = system.T.tocsr() if transposed else system
    sums = spsolve_triangular(system, values.astype(float), lower=not transposed)
    return np.asarray(sums).astype(_sum_type(values))
