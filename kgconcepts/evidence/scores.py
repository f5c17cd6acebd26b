"""What an image-text model's scores say of images, by what they were worth on annotated ones.

Of concept ``c``, scores are standardised over all images and taken as normal with one variance,
as in linear discriminant analysis, so that one number says what they are worth: the distance
``d_c`` between the means of images that show the concept and of others. With ``p_c`` the share
that shows it,

    log p(s | shown) / p(s | not shown) = d_c (s − (1 − 2 p_c) d_c / 2) / (1 − p_c (1 − p_c) d_c²) .

``d_c`` is drawn towards the mean of all concepts, by their spread (DerSimonian and Laird [1]_,
with one more concept that tells nothing); a concept without positives has this mean. How much of
each ratio holds on images that had no part in it is then looked up, from nothing to all of it: by
concept (a few images' weight is given to all concepts together), and once more for the sum over
all concepts above a class, since scores of related concepts say the same twice.

References
----------
.. [1] DerSimonian, Laird (1986), *Controlled Clinical Trials* 7(3),
   doi:10.1016/0197-2456(86)90046-2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import expit, logit, logsumexp

from kgconcepts.evidence.states import ABSENT, SHOWN

__all__ = ["Annotations", "calibrated", "spread"]

_SHARES = np.linspace(0, 1, 11)  # of a ratio, that may be taken
_POOLED = 5  # positive images that all concepts together weigh in each
_JUDGED = 5_000  # annotated images that shares of concepts are looked up on
_JOINTLY = 1_000  # of these, those that the share of sums is looked up on
_LEAST = 0.01  # ratios nearer to nought are left out
_BLOCK = 65_536

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Annotations:
    """What is known of the images, for the concepts that have scores.

    Parameters
    ----------
    states : int8 array of shape (R, C)
        What each pattern says of them.
    pattern : int array of shape (n,)
        Pattern of each image, -1 for none.
    possible : bool array of shape (R, L)
        Classes that agree with each pattern.
    above : array of shape (L, C)
        One where a concept is a class or above it.
    """

    states: npt.NDArray[np.int8]
    pattern: Positions
    possible: npt.NDArray[np.bool_]
    above: npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Line:
    """Log-likelihood ratios as lines of the standardised scores; arrays of shape (C,)."""

    slope: Array
    middle: Array
    most: float

    def __call__(self, z: Array) -> Array:
        return np.clip(self.slope * (z - self.middle), -self.most, self.most)


def calibrated(
    scores: npt.NDArray[np.floating], known: Annotations, folds: int, random_state: int
) -> sp.csr_array:
    """Return log-likelihood ratios that images show the concepts; float32, shape (n, C).

    An annotated image's come from the others.
    """
    n, C = scores.shape
    if not scores.size:
        return sp.csr_array((n, C), dtype=np.float32)
    mean, spread = _moments(scores)
    annotated = np.flatnonzero(known.pattern >= 0)
    rng = np.random.default_rng(random_state)
    folds = min(folds, len(annotated))
    fold = np.full(n, folds)  # a part of its own for those that are not annotated
    if folds > 1:
        fold[annotated] = rng.permutation(len(annotated)) % folds
    sums, counts = _by_pattern(scores, mean, spread, known, fold, folds + 1)
    whole = sums.sum(axis=0), counts.sum(axis=0)
    lines = [_line(whole[0] - sums[f], whole[1] - counts[f], known.states) for f in range(folds)]
    lines.append(_line(*whole, known.states))
    share = np.zeros(C)
    if folds > 1:
        judged = annotated
        if len(judged) > _JUDGED:
            judged = np.sort(rng.choice(annotated, _JUDGED, replace=False))
        held_out = np.empty((len(judged), C))
        for f in range(folds):
            mine = fold[judged] == f
            held_out[mine] = lines[f](_standard(scores[judged[mine]], mean, spread))
        share = _shares(held_out, known.states[known.pattern[judged]]) * (spread > 0)
        some = np.arange(0, len(judged), -(-len(judged) // _JOINTLY))
        possible = known.possible[known.pattern[judged[some]]]
        share *= _joint_share(held_out[some] * share, possible, known.above)
    blocks = []
    for first in range(0, n, _BLOCK):
        part = slice(first, first + _BLOCK)
        z, which = _standard(scores[part], mean, spread), fold[part]
        ratios = np.zeros(z.shape, dtype=np.float32)
        for f in np.unique(which):
            ratios[which == f] = share * lines[f](z[which == f])
        ratios[np.abs(ratios) < _LEAST] = 0
        blocks.append(sp.csr_array(ratios))
    return sp.csr_array(sp.vstack(blocks, format="csr", dtype=np.float32))


def spread(found: sp.csr_array, columns: list[int], K: int) -> sp.csr_array:
    """Return a matrix with its columns at these of ``K``."""
    indices = np.array(columns, dtype=np.int32)[found.indices]
    whole = sp.csr_array((found.data, indices, found.indptr), shape=(found.shape[0], K))
    whole.sort_indices()
    return whole


def _moments(scores: npt.NDArray[np.floating]) -> tuple[Array, Array]:
    mean = scores.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(
        sum(
            ((scores[k : k + _BLOCK] - mean) ** 2).sum(axis=0)
            for k in range(0, len(scores), _BLOCK)
        )
        / len(scores)
    )
    return mean, np.where(spread > 1e-7 * np.abs(mean), spread, 0)


def _standard(scores: npt.NDArray[np.floating], mean: Array, spread: Array) -> Array:
    return np.asarray((scores - mean) / np.where(spread > 0, spread, 1))


def _by_pattern(
    scores: npt.NDArray[np.floating],
    mean: Array,
    spread: Array,
    known: Annotations,
    fold: Positions,
    folds: int,
) -> tuple[Array, Array]:
    """Return sums of standardised scores and numbers of images by fold and pattern."""
    R, C = known.states.shape
    sums = np.zeros((folds * R, C))
    for first in range(0, len(scores), _BLOCK):
        part = slice(first, first + _BLOCK)
        images = np.flatnonzero(known.pattern[part] >= 0)
        group = fold[part][images] * R + known.pattern[part][images]
        ones = np.ones(len(images))
        chosen = sp.csr_array((ones, (group, images)), shape=(folds * R, len(scores[part])))
        sums += chosen @ _standard(scores[part], mean, spread)
    annotated = known.pattern >= 0
    group = fold[annotated] * R + known.pattern[annotated]
    counts = np.bincount(group, minlength=folds * R).astype(float)
    return sums.reshape(folds, R, C), counts.reshape(folds, R)


def _line(sums: Array, counts: Array, states: npt.NDArray[np.int8]) -> _Line:
    """Fit the lines, from sums and numbers of images by pattern."""
    shown, absent = (states == SHOWN).astype(float), (states == ABSENT).astype(float)
    positives, negatives = counts @ shown, counts @ absent
    known, both = positives > 0, (positives > 0) & (negatives > 0)
    one, other = np.maximum(positives, 1), np.maximum(negatives, 1)
    # Where no image is known not to show it, all images, whose mean is 0, stand for those.
    d = (sums * shown).sum(axis=0) / one - (sums * absent).sum(axis=0) / other
    variance = 1 / one + np.where(both, 1 / other, 0)
    mean, spread = _pooled(np.append(d[known], 0), np.append(variance[known], 1))
    weight = np.where(known, spread / (spread + variance), 0.0) if spread > 0 else np.zeros(len(d))
    d = weight * d + (1 - weight) * mean
    p = (positives + 0.5) / (positives + negatives + 1)
    p = np.where(both, p, 0.5 / (counts.sum() + 1))
    # Means d apart leave this much of a variance of one within; never less than a tenth.
    within = np.maximum(1 - p * (1 - p) * d**2, 0.1)
    # No more is claimed than so many images can bear out.
    return _Line(d / within, (1 - 2 * p) * d / 2, float(np.log1p(counts.sum())))


def _pooled(d: Array, variance: Array) -> tuple[float, float]:
    """Return mean and variance of what lies behind estimates with these variances."""
    w = 1 / variance
    mean = (w @ d) / w.sum()
    freedom = len(d) - 1
    scale = w.sum() - (w @ w) / w.sum()
    spread = max(0.0, (w @ (d - mean) ** 2 - freedom) / scale) if scale > 0 else 0.0
    w = 1 / (variance + spread)
    return float((w @ d) / w.sum()), float(spread)


def _shares(ratios: Array, states: npt.NDArray[np.int8]) -> Array:
    """Return the share of each concept's ratios under which held-out images are likeliest; (C,)."""
    shown, absent = states == SHOWN, states == ABSENT
    positives, negatives = shown.sum(axis=0), absent.sum(axis=0)
    both = (positives > 0) & (negatives > 0)
    base = logit((positives + 0.5) / (positives + negatives + 1))
    sign = np.where(shown, 1.0, np.where(absent, -1.0, 0.0))
    gain = np.empty((len(_SHARES), ratios.shape[1]))
    for k, share in enumerate(_SHARES):
        fit = np.log(expit(sign * (base + share * ratios)))
        gain[k] = np.where(sign != 0, fit, 0).sum(axis=0)
    gain -= gain[0]
    together = gain[:, both].sum(axis=1) / max(positives[both].sum(), 1)
    best = np.argmax(np.where(both, gain, 0) + _POOLED * together[:, None], axis=0)
    return np.asarray(_SHARES[best])


def _joint_share(
    ratios: Array, possible: npt.NDArray[np.bool_], above: npt.NDArray[np.float32]
) -> float:
    """Return the share of sums over concepts under which held-out images are likeliest."""
    sums = (ratios.astype(np.float32) @ above.T).astype(np.float64)
    size = possible.sum(axis=1, keepdims=True)
    prior = np.log((possible / np.maximum(size, 1)).sum(axis=0) + 1)
    possible = np.where(size > 0, possible, True)
    fit = [
        float(
            (
                logsumexp(prior + share * sums, axis=1, b=possible)
                - logsumexp(prior + share * sums, axis=1)
            ).sum()
        )
        for share in _SHARES
    ]
    return float(_SHARES[int(np.argmax(fit))])
