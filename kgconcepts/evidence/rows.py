"""Rows of what is known, each kept once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

__all__ = ["Rows"]


class Rows:
    """Distinct rows of ``K`` numbers, in the order in which they come.

    Examples
    --------
    >>> rows = Rows(2)
    >>> [rows.add(np.array(row, dtype=np.int8)) for row in ([1, 0], [0, 0], [1, 0])]
    [0, 1, 0]
    >>> rows.array()
    array([[1, 0],
           [0, 0]], dtype=int8)
    """

    def __init__(self, K: int, rows: Iterable[npt.NDArray[np.int8]] = ()) -> None:
        self.K = K
        self._places: dict[bytes, int] = {}
        for row in rows:
            self.add(row)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, row: npt.NDArray[np.int8]) -> int:
        """Return the place of a row, a new one if it has not been there."""
        return self._places.setdefault(row.tobytes(), len(self._places))

    def array(self) -> npt.NDArray[np.int8]:
        """Return the rows; shape (R, K)."""
        table = np.empty((len(self), self.K), dtype=np.int8)
        for r, row in enumerate(self._places):
            table[r] = np.frombuffer(row, dtype=np.int8)
        return table

    def order(self) -> npt.NDArray[np.intp]:
        """Return the place of each row among all, sorted: the same whoever came first; (R,)."""
        rank = np.empty(len(self), dtype=np.intp)
        rank[[self._places[row] for row in sorted(self._places)]] = np.arange(len(self))
        return rank
