"""Boolean matrices over a hierarchy: what is handed down, and what can be reached."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from kgconcepts.hierarchy import Hierarchy

__all__ = ["closed", "handed_down", "matrix"]


def matrix(entries: Iterable[tuple[int, int]], shape: tuple[int, int]) -> sp.csr_array:
    """Return a boolean matrix that is true at these (row, column)."""
    places = np.array(list(entries), np.int64).reshape(-1, 2)
    return sp.csr_array((np.ones(len(places), bool), (places[:, 0], places[:, 1])), shape=shape)


def handed_down(tree: Hierarchy, own: sp.csr_array) -> sp.csr_array:
    """Return for every concept what it or any of its ancestors has; shape of `own`, bool."""
    level = tree.levels
    parents = tree.parents.astype(bool)
    first = np.searchsorted(level, np.arange(level[-1] + 2 if len(level) else 1))
    blocks = [own[:0]]
    for start, end in pairwise(first.tolist()):
        above = parents[start:end]
        block = own[start:end]
        for upper in np.unique(level[above.indices]).tolist():
            block = block + _united(above[:, first[upper] : first[upper + 1]], blocks[upper + 1])
        blocks.append(block)
    whole = sp.csr_array(sp.vstack(blocks, format="csr", dtype=bool))
    whole.sort_indices()
    return whole


def _united(choice: sp.csr_array, rows: sp.csr_array) -> sp.csr_array:
    """Return ``choice @ rows``, where most choose one row, which is then as good as copied."""
    number = np.diff(choice.indptr)
    several = number > 1
    chosen = rows[choice.indices[np.repeat(~several, number)]]
    lengths = np.zeros(len(number), np.int64)
    lengths[number == 1] = np.diff(chosen.indptr)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    shape = (len(number), rows.shape[1])
    copied = sp.csr_array((chosen.data, chosen.indices, ends), shape=shape)
    if not several.any():
        return copied
    return copied + sp.diags_array(several, dtype=bool, format="csr") @ choice @ rows


def closed(steps: sp.csr_array) -> sp.csr_array:
    """Return what can be reached in any number of steps, none included; cycles do no harm."""
    closed = steps + sp.eye_array(steps.shape[0], dtype=bool, format="csr")
    while (further := closed @ closed).nnz > closed.nnz:
        closed = further
    return closed
