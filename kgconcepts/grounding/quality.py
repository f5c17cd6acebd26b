"""How well scores tell images that show a concept from images that do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import norm, rankdata
from scipy.stats import t as t_distribution

__all__ = [
    "SUPPORT_BINS",
    "Quality",
    "auc_interval",
    "average_precision",
    "measure",
    "support_bin",
    "wilson_interval",
]

SUPPORT_BINS = {"unseen": (0, 0), "1–2": (1, 2), "3–10": (3, 10), "> 10": (11, None)}

# How much of an image that ranks halfway an interval is taken with.
HALFWAY = 0.1


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
    scores: npt.NDArray[np.float64],
    targets: np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]],
    fold: npt.NDArray[np.intp] | None = None,
) -> Quality:
    """Measure scores against what is known.

    Parameters
    ----------
    scores : array of shape (n, K)
        Higher for images that should show the concept.
    targets : masked array of shape (n, K)
        1 shown, 0 not shown, masked unknown.
    fold : int array of shape (n,), optional
        Which model gave an image's scores. Only images of the same fold are compared: a model that
        was fitted without a rare concept's image ranks it below what the other models say.
    """
    known = ~np.ma.getmaskarray(targets)
    shown = np.ma.getdata(targets) == 1
    K = scores.shape[1]
    fold = np.zeros(len(scores), dtype=np.intp) if fold is None else fold
    auc, low, high, precision = np.full((4, K), np.nan)
    positives, negatives = (known & shown).sum(axis=0), (known & ~shown).sum(axis=0)
    for k in np.flatnonzero((positives > 0) & (negatives > 0)):
        score, truth, part = scores[known[:, k], k], shown[known[:, k], k], fold[known[:, k]]
        auc[k], low[k], high[k] = auc_interval(score, truth, part)
        within = [part == f for f in np.unique(part[truth])]
        precision[k] = np.average(
            [average_precision(score[w], truth[w]) for w in within],
            weights=[truth[w].sum() for w in within],
        )
    return Quality(auc, low, high, precision, positives, negatives)


def average_precision(scores: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> float:
    """Return the mean precision at the true images, as scikit-learn defines it.

    Without what its function checks at every call, which takes longer than this for the thousands
    of concepts and folds of a certificate.

    Examples
    --------
    >>> round(average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])), 4)
    0.8333
    """
    order = np.argsort(-scores, kind="stable")
    s, t = scores[order], truth[order]
    last = np.append(s[1:] != s[:-1], True)  # of images with the same score
    true = np.cumsum(t)[last]
    return float((np.diff(true, prepend=0) * true / (np.flatnonzero(last) + 1)).sum() / true[-1])


def auc_interval(
    scores: npt.NDArray[np.float64],
    truth: npt.NDArray[np.bool_],
    fold: npt.NDArray[np.intp] | None = None,
    level: float = 0.95,
) -> tuple[float, float, float]:
    """Return the area under the ROC curve and its interval.

    The variance is DeLong's, from ranks as in Sun & Xu (2014), *IEEE Signal Processing Letters*
    21(11), doi:10.1109/LSP.2014.2337313. The interval is symmetric on the logit scale, so that it
    stays within 0 and 1, with Student's t at Satterthwaite's degrees of freedom, as few positives
    tell little of their variance. Few that rank high tell little, too, of those that rank low, so
    the centre is taken with a tenth of an image that ranks halfway, the variance with a twentieth
    of one, and half a degree of freedom for it: weights with which 94 to 96 % of the intervals of
    simulated concepts hold the truth (benchmarks/certificates.py), without which 85 to 93 % did.
    With one positive or one negative image the interval is the whole (0, 1).

    Parameters
    ----------
    scores : array of shape (n,)
    truth : bool array of shape (n,)
        At least one true and one false.
    fold : int array of shape (n,), optional
        Only images of the same fold are compared.
    level : float
        Coverage of the interval.

    Returns
    -------
    auc, low, high : float
        NaN where no fold has both a true and a false one.

    Examples
    --------
    >>> auc, low, high = auc_interval(np.array([1., 2., 3., 4.]), np.array([0, 1, 0, 1], bool))
    >>> auc
    0.75
    >>> 0 < low < auc < high < 1
    True
    """
    fold = np.zeros(len(scores), dtype=np.intp) if fold is None else fold
    above, below = [], []  # per positive: negatives beneath it; per negative: positives above it
    for part in np.unique(fold[truth]):
        s, t = scores[fold == part], truth[fold == part]
        if not t.all():
            ranks = rankdata(s)
            above.append((ranks[t] - rankdata(s[t])) / (~t).sum())
            below.append(1 - (ranks[~t] - rankdata(s[~t])) / t.sum())
    if not above:
        return np.nan, np.nan, np.nan
    v10, v01 = np.concatenate(above), np.concatenate(below)
    m, n = len(v10), len(v01)
    auc = float(v10.mean())
    if m < 2 or n < 2:
        return auc, 0.0, 1.0
    fewer = min(m, n)
    centre = (auc * fewer + 0.5 * HALFWAY) / (fewer + HALFWAY)
    parts = [
        (((v10 - auc) ** 2).sum() / (m - 0.5) / m, m - 0.5),
        (((v01 - auc) ** 2).sum() / (n - 0.5) / n, n - 0.5),
        (HALFWAY / 2 * (centre - 0.5) ** 2 / (fewer - 0.5) / fewer, fewer - 0.5),
    ]
    seen = sum(part for part, _ in parts)
    freedom = seen**2 / sum(part**2 / of for part, of in parts) if seen else 1.0
    # Where all images are alike there is no variance to show: half a misranked pair stands for it.
    variance = max(seen, centre * (1 - centre) / (m * n))
    spread = t_distribution.ppf(0.5 + level / 2, freedom) * np.sqrt(variance)
    spread /= centre * (1 - centre)
    low, high = expit(logit(centre) - spread), expit(logit(centre) + spread)
    return auc, float(min(low, auc)), float(max(high, auc))


def wilson_interval(
    share: npt.NDArray[np.float64], n: npt.NDArray[np.intp], level: float = 0.95
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return Wilson's interval of shares of ``n``; NaN where the share is.

    An average precision is a mean over the positives of a number between 0 and 1, and so varies no
    more than a share of as many: Boyd, Eng & Page (2013), *ECML PKDD*,
    doi:10.1007/978-3-642-40994-3_29, who take the binomial variance.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0.9]), np.array([10]))
    >>> low.round(3), high.round(3)
    (array([0.596]), array([0.982]))
    """
    z2 = norm.ppf(0.5 + level / 2) ** 2
    size = np.maximum(n, 1)
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = np.sqrt(z2 * share * (1 - share) / size + (z2 / (2 * size)) ** 2) / (1 + z2 / size)
    return centre - half, centre + half
