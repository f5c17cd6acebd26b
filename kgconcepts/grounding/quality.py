"""How well scores tell images that show a concept from images that do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import norm, rankdata
from sklearn.metrics import average_precision_score

__all__ = ["SUPPORT_BINS", "Quality", "auc_interval", "measure", "support_bin"]

SUPPORT_BINS = {"unseen": (0, 0), "1–2": (1, 2), "3–10": (3, 10), "> 10": (11, None)}


def support_bin(support: int) -> str:
    """Return the name of the support bin that a concept is reported in.

    >>> support_bin(0), support_bin(2), support_bin(400)
    ('unseen', '1–2', '> 10')
    """
    return next(
        name
        for name, (low, high) in SUPPORT_BINS.items()
        if low <= support and (high is None or support <= high)
    )


@dataclass(frozen=True)
class Quality:
    """Quality of scores for each of ``K`` concepts; NaN where it cannot be measured.

    Parameters
    ----------
    auc, auc_low, auc_high : array of shape (K,)
        Area under the ROC curve and its 95 % interval.
    average_precision : array of shape (K,)
    positives, negatives : int array of shape (K,)
        Images judged that are known to show the concept, and known not to.
    """

    auc: npt.NDArray[np.float64]
    auc_low: npt.NDArray[np.float64]
    auc_high: npt.NDArray[np.float64]
    average_precision: npt.NDArray[np.float64]
    positives: npt.NDArray[np.intp]
    negatives: npt.NDArray[np.intp]


def measure(
    scores: npt.NDArray[np.float64], targets: np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]]
) -> Quality:
    """Measure scores against what is known.

    Parameters
    ----------
    scores : array of shape (n, K)
        Higher for images that should show the concept.
    targets : masked array of shape (n, K)
        1 shown, 0 not shown, masked unknown.
    """
    known = ~np.ma.getmaskarray(targets)
    shown = np.ma.getdata(targets) == 1
    K = scores.shape[1]
    auc, low, high, precision = np.full((4, K), np.nan)
    positives, negatives = (known & shown).sum(axis=0), (known & ~shown).sum(axis=0)
    for k in np.flatnonzero((positives > 0) & (negatives > 0)):
        score, truth = scores[known[:, k], k], shown[known[:, k], k]
        auc[k], low[k], high[k] = auc_interval(score, truth)
        precision[k] = average_precision_score(truth, score)
    return Quality(auc, low, high, precision, positives, negatives)


def auc_interval(
    scores: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], level: float = 0.95
) -> tuple[float, float, float]:
    """Return the area under the ROC curve and its interval.

    The variance is DeLong's, from ranks as in Sun & Xu (2014), *IEEE Signal Processing Letters*
    21(11), doi:10.1109/LSP.2014.2337313; the interval is symmetric on the logit scale, so that it
    stays within 0 and 1. With one positive or one negative image the variance between them cannot
    be known, and the interval is the whole (0, 1).

    Parameters
    ----------
    scores : array of shape (n,)
    truth : bool array of shape (n,)
        At least one true and one false.
    level : float
        Coverage of the interval.

    Examples
    --------
    >>> auc, low, high = auc_interval(np.array([1., 2., 3., 4.]), np.array([0, 1, 0, 1], bool))
    >>> auc
    0.75
    >>> 0 < low < auc < high < 1
    True
    """
    m, n = int(truth.sum()), int((~truth).sum())
    ranks = rankdata(scores)
    within_positive, within_negative = rankdata(scores[truth]), rankdata(scores[~truth])
    v10 = (ranks[truth] - within_positive) / n
    v01 = 1 - (ranks[~truth] - within_negative) / m
    auc = float(v10.mean())
    if m < 2 or n < 2:
        return auc, 0.0, 1.0
    # An AUC of exactly 0 or 1 has no variance to show: half a misranked pair stands for it.
    centre = min(max(auc, 0.5 / (m * n)), 1 - 0.5 / (m * n))
    variance = max(v10.var(ddof=1) / m + v01.var(ddof=1) / n, centre * (1 - centre) / (m * n))
    spread = norm.ppf(0.5 + level / 2) * np.sqrt(variance) / (centre * (1 - centre))
    low, high = expit(logit(centre) - spread), expit(logit(centre) + spread)
    return auc, float(min(low, auc)), float(max(high, auc))
