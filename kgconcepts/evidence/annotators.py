"""Several annotators of the same images: how far each is relied on, and what they say together.

An annotator ``j`` knows an image with probability ``ρ_j`` and otherwise guesses, as in MACE [1]_.
A guess agrees with a statement ``r`` as often as the statements of other images do, ``q_r``.
So the log-likelihood ratio of a statement that is true of the image against one that is not is

    log( 1 + ρ_j / ((1 − ρ_j) q_r) ) ,

and two annotators agree, beyond chance, with ``κ_jk = ρ_j ρ_k``: Cohen's kappa. From the kappas of
all pairs the ``ρ`` follow as a matrix of rank one, which is Dawid and Skene's model [2]_ with one
number an annotator.

References
----------
.. [1] Hovy, Berg-Kirkpatrick, Vaswani, Hovy (2013), *Learning whom to trust with MACE*, NAACL.
.. [2] Dawid, Skene (1979), *Applied Statistics* 28(1), doi:10.2307/2346806.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.evidence.rows import Rows
from kgconcepts.evidence.states import ABSENT, SHOWN, UNKNOWN

__all__ = ["MOST", "consensus", "reliabilities", "votes"]

MOST = 0.999  # nobody is relied on more, so that whoever contradicts him counts too
_PRIOR, _USUAL = 10, 0.9  # images by which a pair is drawn to two who know nine of ten
_BLOCK = 512
_DRAWN = 2000  # statements that stand for all where there are more

Patterns = npt.NDArray[np.int8]
Positions = npt.NDArray[np.intp]
Array = npt.NDArray[np.float64]


def reliabilities(patterns: Patterns, said: Positions) -> Array | None:
    """Learn how often each annotator knows what he says.

    Parameters
    ----------
    patterns : int8 array of shape (R, K)
    said : int array of shape (n, m)
        The pattern that each annotator says of each image, -1 for none.

    Returns
    -------
    array of shape (m,), or None
        None where no two could have contradicted one another.

    Notes
    -----
    A pair's kappa counts by its images, and ten more stand for two who know nine images of ten. So
    what is learnt from three images voids nobody's labels.
    """
    m = said.shape[1]
    pairs = list(combinations(range(m), 2))
    if not pairs:
        return None
    often = np.stack([_often(patterns, said[:, j]) for j in range(m)])
    chances = often @ np.stack([_agreeing(patterns, one) for one in often]).T
    number, kappa = np.zeros((m, m)), np.zeros((m, m))
    for j, k in pairs:
        both = (said[:, j] >= 0) & (said[:, k] >= 0)
        expected = chances[j, k]
        if both.any() and expected < 1 - 1e-9:
            agreed = _agree(patterns, said[both][:, [j, k]])
            number[j, k] = number[k, j] = both.sum()
            kappa[j, k] = kappa[k, j] = (agreed - expected) / (1 - expected)
    if not number.any():
        return None
    kappa = (number * kappa + _PRIOR * _USUAL**2) / (number + _PRIOR)
    number += 1e-3  # of pairs that share nothing
    np.fill_diagonal(number, 0)
    rho = np.full(m, _USUAL)
    for _ in range(500):  # each the least squares solution given the others, all half the way
        scale = np.maximum((number * rho**2).sum(axis=1), 1e-12)
        new = np.clip((number * kappa * rho).sum(axis=1) / scale, 0, MOST)
        rho, before = (rho + new) / 2, rho
        if np.abs(rho - before).max() < 1e-9:
            break
    return rho


def votes(
    patterns: Patterns, said: Positions, reliability: Array, on: npt.NDArray[np.bool_]
) -> sp.csr_array:
    """Return the log-likelihood ratio that what annotators say of an image is true.

    Parameters
    ----------
    patterns : int8 array of shape (R, K)
    said : int array of shape (n, m)
        The pattern that each annotator says of each image, -1 for none.
    reliability : array of shape (m,)
    on : bool array of shape (n,)
        The images that are voted on; how common a statement is, all tell.

    Returns
    -------
    csr_array of float32, shape (n, R)
    """
    n, m = said.shape
    total = sp.csr_array((n, len(patterns)), dtype=np.float32)
    chance = _agreeing(patterns, _often(patterns, said))
    for j in range(m):
        images = np.flatnonzero(on & (said[:, j] >= 0))
        rows = said[images, j]
        rho = min(reliability[j], MOST)
        ratio = np.log1p(rho / ((1 - rho) * np.maximum(chance[rows], 1e-12)))
        total = total + sp.csr_array((ratio.astype(np.float32), (images, rows)), shape=total.shape)
    return sp.csr_array(total)


def consensus(
    patterns: Patterns, said: Positions
) -> tuple[Patterns, Positions, npt.NDArray[np.bool_]]:
    """Return what annotators say and none of them contradicts.

    Returns
    -------
    patterns : int8 array of shape (R', K)
        Those given, and further ones.
    pattern : int array of shape (n,)
        That of each image.
    contradicted : bool array of shape (n,)
        Whether annotators contradict one another.
    """
    sets, which = np.unique(np.sort(said, axis=1), axis=0, return_inverse=True)
    rows = Rows(patterns.shape[1], patterns)
    place = np.empty(len(sets), dtype=np.intp)
    contradicted = np.zeros(len(sets), dtype=bool)
    for s, members in enumerate(sets):
        speaking = np.unique(members[members >= 0])
        if len(speaking) < 2:
            place[s] = speaking[0] if len(speaking) else -1
            continue
        given = patterns[speaking]
        shown, absent = (given == SHOWN).any(axis=0), (given == ABSENT).any(axis=0)
        joined = np.full(patterns.shape[1], UNKNOWN, dtype=np.int8)
        joined[shown & ~absent] = SHOWN
        joined[absent & ~shown] = ABSENT
        place[s] = rows.add(joined)
        contradicted[s] = (shown & absent).any()
    image = np.asarray(which).ravel()
    return rows.array(), place[image], contradicted[image]


def _often(patterns: Patterns, said: Positions) -> Array:
    counts = np.bincount(said[said >= 0], minlength=len(patterns)).astype(float)
    return np.asarray(counts / max(counts.sum(), 1))


def _agree(patterns: Patterns, pairs: Positions) -> float:
    """Return the share of pairs of patterns that do not contradict one another."""
    distinct, count = np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True)
    agree = np.empty(len(distinct), dtype=bool)
    for first in range(0, len(distinct), _BLOCK):
        one, other = (patterns[side] for side in distinct[first : first + _BLOCK].T)
        against = ((one == SHOWN) & (other == ABSENT)) | ((one == ABSENT) & (other == SHOWN))
        agree[first : first + _BLOCK] = ~against.any(axis=1)
    return float(count @ agree / count.sum())


def _agreeing(patterns: Patterns, often: Array) -> Array:
    """Return how often a statement drawn as `often` says agrees with each pattern; (R,)."""
    drawn, share = np.flatnonzero(often), often[often > 0]
    if len(drawn) > _DRAWN:  # as many, evenly along the patterns, stand for all
        at = np.searchsorted(np.cumsum(often), (np.arange(_DRAWN) + 0.5) / _DRAWN)
        drawn, count = np.unique(np.minimum(at, len(often) - 1), return_counts=True)
        share = count / _DRAWN
    shown = sp.csr_array(patterns == SHOWN)
    absent = np.ascontiguousarray((patterns == ABSENT).T)
    found = np.zeros(len(patterns))
    for first in range(0, len(drawn), _BLOCK):
        rows = drawn[first : first + _BLOCK]
        against = (shown @ absent[:, rows]) | (shown[rows] @ absent).T
        found += ~against @ share[first : first + _BLOCK]
    return found
