"""Discoveries along a hierarchy, false ones few: a child is tested only if its parents passed.

DAGGER (Ramdas, Chen, Wainwright & Jordan 2019, *Biometrika* 106(1), 69–86,
doi:10.1093/biomet/asy066). Depth by depth, among the hypotheses of depth ``D`` whose parents are
all discovered, hypothesis ``i`` is discovered if

    p_i ≤ α · (ℓ_i / ℓ) · (m_i + R_{<D} + R_D − 1) / m_i ,

where ``ℓ`` is the number of leaves, ``ℓ_i`` and ``m_i`` the leaves and hypotheses at or below ``i``
(one with several parents counts in equal parts to each), ``R_{<D}`` the discoveries above, and
``R_D`` the largest number for which as many pass. The false discovery rate is at most α for
p-values that are independent or positively dependent. Without edges it is Benjamini and Hochberg's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Tree", "discover", "q_values", "still_possible"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tree:
    """The hypotheses in topological order, and what DAGGER needs to know of their places.

    Parameters
    ----------
    parents : tuple of int arrays
        Of each hypothesis.
    depths : tuple of int arrays
        The hypotheses of each depth, roots first.
    price : array of shape (H,)
        ``ℓ m_i / ℓ_i``.
    nodes : array of shape (H,)
        ``m_i``.
    """

    parents: tuple[npt.NDArray[np.intp], ...]
    depths: tuple[npt.NDArray[np.intp], ...]
    price: Array
    nodes: Array

    @classmethod
    def of(cls, parents: tuple[npt.NDArray[np.intp], ...]) -> Tree:
        """Count leaves and hypotheses below each; a parent stands before its children."""
        H = len(parents)
        depth, leaves, nodes = np.zeros(H, dtype=np.intp), np.zeros(H), np.ones(H)
        for i, above in enumerate(parents):
            depth[i] = depth[above].max() + 1 if len(above) else 0
        for i in reversed(range(H)):
            leaves[i] = leaves[i] or 1.0
            leaves[parents[i]] += leaves[i] / len(parents[i]) if len(parents[i]) else 0
            nodes[parents[i]] += nodes[i] / len(parents[i]) if len(parents[i]) else 0
        ends = set(range(H)) - {int(p) for above in parents for p in above}
        by_depth = tuple(np.flatnonzero(depth == D) for D in range(depth.max(initial=-1) + 1))
        return cls(parents, by_depth, len(ends) * nodes / leaves, nodes)


def _discover(tree: Tree, p: Array, level: float, *, below: bool) -> tuple[Mask, Array]:
    """Return what is discovered and the least level at which the same would be, one by one."""
    found = np.zeros(len(p), dtype=bool)
    least = np.full(len(p), np.inf)
    before = 0
    for at in tree.depths:
        tested = at[[bool(found[tree.parents[i]].all()) for i in at]]
        r = len(tested)
        while r:
            needed = _needed(tree, p, tested, before + r)
            passed = needed < level if below else needed <= level
            if passed.sum() >= r:
                least[tested[passed]] = needed[passed]
                found[tested[passed]] = True
                break
            r = int(passed.sum())
        before += r
    return found, least


def _needed(tree: Tree, p: Array, tested: npt.NDArray[np.intp], R: int) -> Array:
    """Return the level at which each passes if ``R`` are discovered at its depth and above."""
    return np.asarray(p[tested] * tree.price[tested] / (tree.nodes[tested] + R - 1))


def discover(tree: Tree, p: npt.ArrayLike, level: float) -> Mask:
    """Return which hypotheses are discovered at this false discovery rate; shape (H,).

    Examples
    --------
    >>> chain = Tree.of((np.array([], int), np.array([0]), np.array([1])))
    >>> discover(chain, [0.01, 0.2, 0.001], 0.05)
    array([ True, False, False])
    """
    return _discover(tree, np.asarray(p, dtype=float), level, below=False)[0]


def q_values(tree: Tree, p: npt.ArrayLike) -> Array:
    """Return the least level at which each hypothesis is discovered, 1 if at none; shape (H,).

    What is discovered grows with the level, so it is followed from level 1 down: it stays the same
    down to the highest level that one of it needs, and there that one at least is lost.
    """
    p = np.asarray(p, dtype=float)
    q = np.ones(len(p))
    found, least = _discover(tree, p, 1.0, below=False)
    while found.any():
        level = float(least[found].max())
        fewer, least = _discover(tree, p, level, below=True)
        q[found & ~fewer] = level
        found = fewer
    return q


def still_possible(tree: Tree, p: npt.ArrayLike, best: npt.ArrayLike, level: float) -> Mask:
    """Return which hypotheses could be discovered with the best p-value their images allow.

    Every one on its own, with its ancestors' best as well, the others as they are; shape (H,).

    Parameters
    ----------
    tree : Tree, H hypotheses
    p, best : array of shape (H,)
        The p-values found, and the least that could have been.
    level : float
        False discovery rate.
    """
    p, best = np.asarray(p, dtype=float), np.asarray(best, dtype=float)
    found = discover(tree, p, level)
    possible = found.copy()
    above: list[set[int]] = []
    for i, parents in enumerate(tree.parents):
        above.append({i}.union(*(above[a] for a in parents)))
        if not found[i] and possible[parents].all():
            lineage = list(above[i])
            possible[i] = discover(tree, _put(p, lineage, best[lineage]), level)[i]
    return possible


def _put(values: Array, where: list[int], new: Array) -> Array:
    changed = values.copy()
    changed[where] = np.minimum(changed[where], new)
    return changed
