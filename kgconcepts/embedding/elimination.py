"""Sparse symmetric systems: one factorisation, solutions, and the entries of the inverse."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from kgconcepts.errors import SourceError
from kgconcepts.hierarchy import Positions

__all__ = ["Elimination", "Factor", "spread"]

Floats = npt.NDArray[np.float64]

_MOST = 200_000_000  # products of what is filled, 8 bytes each
_COLUMNS = 64  # of right-hand sides that are solved for at a time, to spare memory


class Elimination:
    """How systems of one sparsity are eliminated: the order, and what is filled on the way.

    It is worked out once, and depends on the pattern alone, so that entries which happen to cancel
    are still where they are looked for.

    Parameters
    ----------
    row, column : int arrays
        Where systems are non-zero, both triangles and the whole diagonal; repeated places are one.
    size : int

    Raises
    ------
    SourceError
        If more would be filled than memory should hold.

    Examples
    --------
    >>> places = np.array([0, 1, 2, 0, 1, 1, 2]), np.array([0, 1, 2, 1, 0, 2, 1])
    >>> factor = Elimination(*places, 3).factor(np.array([2.0, 2, 2, -1, -1, -1, -1]))
    >>> factor.solve(np.array([[1.0], [0], [1]])).ravel().round(6)
    array([1., 1., 1.])
    >>> factor.inverse.round(2)
    array([0.75, 1.  , 0.75, 0.5 , 0.5 , 0.5 , 0.5 ])
    """

    def __init__(self, row: Positions, column: Positions, size: int) -> None:
        self.size = size
        places = column.astype(np.int64) * size + row
        unique, self._given = np.unique(places, return_inverse=True)
        self._order, self._fill = _ordered(unique, size)
        self._column = self._fill // size
        self._row = self._fill % size
        self._first = np.searchsorted(self._column, np.arange(size + 1))
        permuted = self._order[unique // size] * size + self._order[unique % size]
        self._sorted = np.argsort(permuted, kind="stable")
        inner = permuted[self._sorted]
        self._indices = (inner % size).astype(np.int32)
        self._indptr = np.searchsorted(inner // size, np.arange(size + 1)).astype(np.int32)
        self._at = self._places(self._order[row], self._order[column])
        self._steps = self._schedule()

    def factor(self, values: Floats) -> Factor:
        """Factor a positive definite system, given by its values at the pattern's places.

        Values at repeated places are summed.
        """
        summed = np.bincount(self._given, values, minlength=len(self._sorted))
        shape = (self.size, self.size)
        system = sp.csc_array((summed[self._sorted], self._indices, self._indptr), shape=shape)
        return Factor(self, _splu(system, "NATURAL"))

    def _places(self, i: Positions, j: Positions) -> Positions:
        """Return where entries of the inverse stand: off the diagonal first, then on it."""
        key = np.minimum(i, j).astype(np.int64) * self.size + np.maximum(i, j)
        at = np.searchsorted(self._fill, key)
        return np.where(i == j, len(self._fill) + i, at)

    def _schedule(self) -> list[tuple[Positions, ...]]:
        """Return what to look up for each level of the elimination tree, from its roots down."""
        count = np.diff(self._first)
        if (filled := int((count.astype(float) ** 2).sum())) > _MOST:
            raise SourceError(
                f"{filled} places would be filled, as many concepts point at many of the same; "
                f"{_MOST} can be: leave some relations out (edges=)"
            )
        above = np.full(self.size, -1)
        above[count > 0] = self._row[self._first[:-1][count > 0]]
        level = [0] * self.size
        for j, parent in reversed(list(enumerate(above.tolist()))):
            if parent >= 0:
                level[j] = level[parent] + 1
        levels = np.array(level, dtype=np.int64)
        order = np.argsort(levels, kind="stable")
        bounds = np.searchsorted(levels[order], np.arange(levels.max(initial=0) + 2))
        steps: list[tuple[Positions, ...]] = []
        for start, stop in pairwise(bounds[1:]):
            columns = order[start:stop]
            number = count[columns]
            entries = spread(self._first[columns], number)
            width = np.repeat(number, number)
            other = spread(np.repeat(self._first[columns], number), width)
            rows = np.repeat(self._row[entries], width)
            at = self._places(rows, self._row[other])
            steps.append((columns, entries, other, at, _starts(width), _starts(number)))
        return steps


class Factor:
    """A factored system.

    Parameters
    ----------
    elimination : Elimination
    lu : SuperLU
        Of the permuted system.
    """

    def __init__(self, elimination: Elimination, lu: Any) -> None:
        self._elimination, self._lu = elimination, lu
        self._diagonal: Floats = lu.U.diagonal()

    @property
    def log_determinant(self) -> float:
        """Of the system."""
        return float(np.log(self._diagonal).sum())

    def solve(self, right: Floats) -> Floats:
        """Solve for right-hand sides, shape (size, m)."""
        order = self._elimination._order
        found = np.empty_like(right)
        for start in range(0, right.shape[1], _COLUMNS):
            some = np.empty((len(right), min(_COLUMNS, right.shape[1] - start)))
            some[order] = right[:, start : start + _COLUMNS]
            found[:, start : start + _COLUMNS] = self._lu.solve(some)[order]
        return found

    @property
    def inverse(self) -> Floats:
        """The inverse's entries at the places of the pattern, in its order.

        By Takahashi's recursion, a level of the elimination tree at a time.

        References
        ----------
        K. Takahashi, J. Fagan and M.-S. Chin, Formation of a sparse bus impedance matrix
        and its application to short circuit study, 8th PICA Conference, 1973.
        """
        plan = self._elimination
        lower = self._lu.L.tocsc()
        column = np.repeat(np.arange(plan.size), np.diff(lower.indptr))
        off = lower.indices != column
        factors = np.zeros(len(plan._fill))
        key = column[off] * plan.size + lower.indices[off]
        at = np.searchsorted(plan._fill, key)
        known = at < len(plan._fill)
        known[known] = plan._fill[at[known]] == key[known]
        factors[at[known]] = lower.data[off][known]
        entries = np.concatenate([np.zeros(len(plan._fill)), 1 / self._diagonal])
        on_diagonal = len(plan._fill)
        for columns, below, other, places, by_entry, by_column in plan._steps:
            entries[below] = -np.add.reduceat(entries[places] * factors[other], by_entry)
            taken = np.add.reduceat(entries[below] * factors[below], by_column)
            entries[on_diagonal + columns] -= taken
        return np.asarray(entries[plan._at])


def spread(starts: Positions, counts: Positions) -> Positions:
    """Return ranges of these lengths from these starts, one after the other.

    >>> spread(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    return np.repeat(starts - _starts(counts), counts) + np.arange(counts.sum())


def _starts(counts: Positions) -> Positions:
    return np.cumsum(counts) - counts


def _ordered(places: Positions, size: int) -> tuple[Positions, Positions]:
    """Return the order of elimination, and the places below the diagonal that it fills.

    They are those of a matrix with this pattern in which nothing can cancel: all that is off the
    diagonal is negative, and stays so.
    """
    column, row = places // size, places % size
    counts = np.bincount(column, minlength=size)
    values = np.where(row == column, counts[column] + 1.0, -1.0)
    indptr = np.searchsorted(column, np.arange(size + 1)).astype(np.int32)
    system = sp.csc_array((values, row.astype(np.int32), indptr), shape=(size, size))
    lu = _splu(system, "MMD_AT_PLUS_A")
    lower = lu.L.tocsc()
    lower.sort_indices()
    of = np.repeat(np.arange(size), np.diff(lower.indptr))
    filled = (lower.indices != of) & (lower.data != 0)
    return lu.perm_c.astype(np.int64), of[filled] * size + lower.indices[filled]


def _splu(system: sp.csc_array, order: str) -> Any:
    options = {"SymmetricMode": True}
    return splu(system, permc_spec=order, diag_pivot_thresh=0.0, options=options)
