"""Whether held-out scores tell which images show a concept from others that show its parents.

The hypothesis of a concept: among the images known to show all its parents, the scores say nothing
about which show it. A child so gains nothing by its parents' merit. The statistic is Wilcoxon's
rank sum, images ranked within their fold (van Elteren 1960), less its mean and over its standard
deviation if labels were permuted within folds: ``z``.

That standard deviation is right for scores of one model that saw none of the images. In
cross-validation it is too small: a pair of images in two folds counts twice, once as each one's
model is tried on the other, so that the variance is up to doubled. Taken as it is, 12 % of
simulated concepts without meaning fell below p = .05 and 3 % below .01 (11 to 30 images;
benchmarks/certificates.py). So p-values are read off the ``z`` of controls: concepts of like
support that mean nothing, fitted the same way. Without controls the variance is taken as doubled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_expit
from scipy.stats import norm, rankdata

from kgconcepts.hierarchy import Hierarchy

__all__ = ["Comparisons", "controlled", "exact_p", "uncontrolled", "within_parents"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
Targets = np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]]

# Control concepts of nearest support that a concept's p-value is read off: the least is 1/201.
NEIGHBOURS = 200
# Additions up to which a p-value is counted out, a twentieth of a second.
COUNTABLE = 50_000_000


@dataclass(frozen=True, eq=False)
class Comparisons:
    """One test for each concept that some, not all, images of its parents show; H of them.

    Parameters
    ----------
    concept : int array of shape (H,)
        Positions in the hierarchy, ascending.
    parents : tuple of int arrays
        Of each test those of its nearest tested ancestors, as positions among the tests.
    positives, negatives : int array of shape (H,)
        Images that are compared.
    z, best : array of shape (H,)
        The statistic, and what it were with all positives ranked first.
    exact, exact_best : array of shape (H,)
        The p-value of either where one model gave all scores; NaN where several did.
    """

    concept: Positions
    parents: tuple[Positions, ...]
    positives: Positions
    negatives: Positions
    z: Array
    best: Array
    exact: Array
    exact_best: Array


def within_parents(
    hierarchy: Hierarchy, scores: Array, targets: Targets, fold: Positions
) -> Comparisons:
    """Test every concept among the images of its parents.

    A concept that no image, or every image of its parents, is known to show cannot be tested; its
    children are then compared within its parents.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    scores : array of shape (n, K)
        Log odds of models that did not see the image. Images are ranked by the probability of the
        concept given its (least probable) parent.
    targets : masked array of shape (n, K)
        1 shown, 0 not shown, masked unknown.
    fold : int array of shape (n,)
        Which model gave an image's scores.
    """
    known = ~np.ma.getmaskarray(targets)
    shown = known & (np.ma.getdata(targets) == 1)
    log_p = np.asarray(log_expit(scores))
    number: dict[int, int] = {}
    nearest: list[Positions] = []
    rows: list[tuple[int, int, float, float, float, float]] = []
    for k in range(len(hierarchy)):
        above = _nearest_tested(hierarchy, k, number, nearest)
        nearest.append(above)
        among = known[:, k] & shown[:, above].all(axis=1)
        truth = shown[among, k]
        if truth.all() or not truth.any():
            continue
        score = log_p[among, k]
        if len(above):
            score = score - log_p[among][:, above].min(axis=1)
        z, best = _rank_sum(score, truth, fold[among])
        if np.isfinite(z):
            number[k] = len(rows)
            m = int(truth.sum())
            p = _exact(score, truth) if (fold[among] == fold[among][0]).all() else (np.nan, np.nan)
            rows.append((m, len(truth) - m, z, best, *p))
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Comparisons(
        np.fromiter(number, dtype=np.intp, count=len(number)),
        tuple(np.array([number[a] for a in nearest[k]], dtype=np.intp) for k in number),
        table[:, 0].astype(np.intp),
        table[:, 1].astype(np.intp),
        *table[:, 2:].T,
    )


def _nearest_tested(
    hierarchy: Hierarchy, k: int, tested: dict[int, int], nearest: list[Positions]
) -> Positions:
    """Return the tested ancestors of ``k`` that no other one is below, found from its parents'."""
    P = hierarchy.parents
    above: set[int] = set()
    for parent in P.indices[P.indptr[k] : P.indptr[k + 1]].tolist():
        above |= {parent} if parent in tested else set(nearest[parent].tolist())
    positions = np.array(sorted(above), dtype=np.intp)
    if len(positions) > 1:
        inside = hierarchy.closure[positions][:, positions]
        positions = positions[np.asarray(inside.sum(axis=0)).ravel() == 1]
    return positions


def _rank_sum(score: Array, truth: Mask, fold: Positions) -> tuple[float, float]:
    """Return the statistic and what it were if all positives ranked first; NaN if none varies."""
    total = variance = most = untied = 0.0
    for part in np.unique(fold[truth]):
        here = fold == part
        t, N = truth[here], int(here.sum())
        m = int(t.sum())
        if m == N:
            continue
        ranks = _centred_ranks(score[here]) / (N + 1)
        total += float(ranks[t].sum())
        variance += m * (N - m) / (N - 1) * float(ranks @ ranks) / N
        most += m * (N - m) / (2 * (N + 1))
        untied += m * (N - m) / (12 * (N + 1))
    if untied == 0:
        return np.nan, np.nan
    return total / np.sqrt(variance) if variance > 0 else 0.0, most / np.sqrt(untied)


def _centred_ranks(score: Array) -> Array:
    """Return mid-ranks less their mean; ten times as fast as scipy's for a few images."""
    ordered = np.sort(score)
    first, last = ordered.searchsorted(score), ordered.searchsorted(score, side="right")
    return np.asarray((first + last - len(score)) / 2)


def exact_p(score: Array, truth: Mask) -> float:
    """Return the chance that permuted labels rank the positives as high or higher.

    Counted out over all permutations, ties in account; from the normal distribution where that
    were too many rank sums.

    Examples
    --------
    >>> exact_p(np.array([0.1, 0.2, 0.3, 0.9]), np.array([False, False, True, True]))
    0.16666666666666669
    """
    N, m = len(score), int(truth.sum())
    twice = np.rint(2 * rankdata(score)).astype(np.intp)  # mid-ranks are halves
    highest = int(np.sort(twice)[N - m :].sum())
    if N * (m + 1) * highest > COUNTABLE:
        return float(norm.sf(_rank_sum(score, truth, np.zeros(N, dtype=np.intp))[0]))
    # chance[j, s]: of j positives among the ranks so far, with rank sum s, drawn one by one.
    chance = np.zeros((m + 1, highest + 1))
    chance[0, 0] = 1
    for i, rank in enumerate(twice):
        left, needed = N - i, m - np.arange(m + 1)
        drawn = chance * (np.clip(needed, 0, left) / left)[:, None]
        chance = chance - drawn
        chance[1:, rank:] += drawn[:-1, : highest + 1 - rank]
    return float(min(1.0, chance[m, int(twice[truth].sum()) :].sum()))


def _exact(score: Array, truth: Mask) -> tuple[float, float]:
    return exact_p(score, truth), exact_p(truth.astype(float) * len(truth), truth)


def controlled(z: Array, positives: Positions, control_z: Array, control_m: Positions) -> Array:
    """Return the share of control concepts of like support that do as well; shape (H,).

    ``p = (1 + #{control z ≥ z}) / (1 + N)`` over the `NEIGHBOURS` control concepts of nearest
    support (in proportion), and all others that are as near.

    Parameters
    ----------
    z, positives : array of shape (H,)
    control_z, control_m : array of shape (N,)
        Of concepts that mean nothing, fitted the same way: their statistic and positives.
    """
    order = np.lexsort((control_z, control_m))
    control_z, support = control_z[order], np.log(control_m[order])
    p = np.ones(len(z))
    for m in np.unique(positives):
        distance = np.abs(support - np.log(m))
        farthest = np.partition(distance, min(NEIGHBOURS, len(distance)) - 1)
        near = np.sort(control_z[distance <= farthest[min(NEIGHBOURS, len(distance)) - 1] + 1e-12])
        of = positives == m
        as_good = len(near) - np.searchsorted(near, z[of] - 1e-9, side="left")
        p[of] = (1 + as_good) / (1 + len(near))
    return p


def uncontrolled(z: Array) -> Array:
    """Return normal p-values with the variance doubled, as it is at most in cross-validation."""
    return np.asarray(norm.sf(z / np.sqrt(2)))
