"""Gaussian classes that share nothing but where they are expected and how far they scatter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from kgconcepts.grounding.competing import divide
from kgconcepts.grounding.peers.base import Annotated, Array, Peer, likeliest
from kgconcepts.grounding.sums import log_odds
from kgconcepts.hierarchy import Hierarchy

__all__ = ["FlatGaussian", "Setting", "predictive"]


@dataclass(frozen=True)
class Setting:
    """What is chosen by held-out likelihood.

    Parameters
    ----------
    axes : int
        Principal axes that are looked at.
    ratio : float
        Times the ratio of the variance within classes to that of their means, an axis.
    prior : float
        Images that the mean of all axes' variances counts as in each of them.
    temper : float
        Power of the likelihood: below one, as axes are not independent within a class.
    """

    axes: int
    ratio: float
    prior: float
    temper: float


SETTINGS = tuple(
    Setting(*values)
    for values in product((32, 16, 64), (1.0, 0.3), (10.0, 100.0), (0.3, 0.2, 0.5, 1.0))
)


class FlatGaussian(Peer):
    """Gaussian classes with a variance per principal axis, by predictive likelihood ratio.

    A class's mean has the mean of all images for its expectation. Given ``n_l`` images of class l
    with mean ``x̄_l``, the next one is expected, along each axis, at

        m_l = n_l / (n_l + κ) x̄_l     with variance     σ² (1 + 1 / (n_l + κ)) ,

    κ being σ² over the variance of the means (Gelman et al. 2013, section 2.5, σ² known). The
    variance σ² within classes is pooled over classes and shrunk to the mean of all axes', and that
    of the means is what is left of the variance of all images, unlabelled ones included. A
    concept's score is the log of the weighted mean of ``p(x | l)`` over the classes below it, less
    that over the others, up to a constant; weights are the class frequencies.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    folds, random_state : int
        How the images are divided to choose, by the likelihood of the classes of those held out,
        how many axes count, how much is shrunk, and the power of the likelihood.

    Attributes
    ----------
    directions_ : array of shape (K, d)
        Mean of the classes below a concept less that of the others, over σ²: the linear part.
    setting_ : Setting
        What was chosen.

    References
    ----------
    Friedman (1989), Regularized discriminant analysis, JASA 84.
    """

    def __init__(self, hierarchy: Hierarchy, *, folds: int = 10, random_state: int = 0) -> None:
        self.hierarchy = hierarchy
        self.folds = folds
        self.random_state = random_state

    def _learn(self, annotated: Annotated) -> None:
        self.origin_ = annotated.everything.mean(axis=0)
        spread = annotated.everything - self.origin_
        total, axes = np.linalg.eigh(spread.T @ spread / len(spread))
        # What all images share is not told apart from rounding.
        kept = np.flatnonzero(total > 1e-10 * max(total.max(), np.finfo(float).tiny))[::-1]
        total, axes = total[kept], axes[:, kept]
        X = (annotated.X - self.origin_) @ axes
        shares = annotated.shares

        def held_out(setting: Setting, out: npt.NDArray[np.bool_]) -> Array:
            seen = predictive(X[~out], shares[~out], total, setting)
            return _log_p(X[out], *seen, temper=setting.temper)

        fold = divide(len(X), self.folds, self.random_state)
        self.setting_ = likeliest(SETTINGS, held_out, annotated.possible, fold)
        self._axes = axes[:, : self.setting_.axes]
        self._means, self._variances, self._log_frequency = predictive(
            X, shares, total, self.setting_
        )
        below = self.hierarchy.closure[self.hierarchy.leaves].toarray().T.astype(float)
        precision = self.setting_.temper / self._variances.min(axis=0, initial=np.inf)
        weight = np.exp(self._log_frequency)
        inside, outside = (
            (side * weight) @ self._means / np.maximum(side @ weight, 1e-300)[:, None]
            for side in (below, 1 - below)
        )
        self.directions_ = ((inside - outside) * precision) @ self._axes.T
        middle = (inside + outside) / 2
        self.intercepts_ = -((inside - outside) * precision * middle).sum(axis=1)
        self.intercepts_ -= self.directions_ @ self.origin_

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return each concept's predictive log likelihood ratio; shape (n, K)."""
        X = (self._features(Z) - self.origin_) @ self._axes
        seen = (self._means, self._variances, self._log_frequency)
        log_p = log_softmax(_log_p(X, *seen, temper=self.setting_.temper), axis=1)
        return log_odds(log_p, self.hierarchy)


def predictive(
    X: Array, shares: Array, total: Array, setting: Setting
) -> tuple[Array, Array, Array]:
    """Return where each class's next image is expected.

    Parameters
    ----------
    X : array of shape (n, q)
        Coordinates along principal axes, less the mean of all images.
    shares : array of shape (n, L)
        An image's part in each class.
    total : array of shape (q,)
        Variance of all images along each axis.
    setting : Setting

    Returns
    -------
    means, variances : arrays of shape (L, setting.axes)
    log_frequency : array of shape (L,)
        As if half an image more had been seen of each class.
    """
    X, total = X[:, : setting.axes], total[: setting.axes]
    number = shares.sum(axis=0)
    means = shares.T @ X / np.maximum(number, np.finfo(float).tiny)[:, None]
    squares = np.maximum((X**2).sum(axis=0) - (number[:, None] * means**2).sum(axis=0), 0)
    free = max(len(X) - (number > 0).sum(), 0)
    # Where no class has two images, half of the variance is taken to be within classes.
    pooled = (squares.sum() + total.sum() / 2) / (len(total) * (free + 1)) if len(total) else 0.0
    within = (squares + setting.prior * pooled) / (free + setting.prior)
    within = np.clip(within, 0.05 * total, 0.95 * total)
    ratio = setting.ratio * within / (total - within)
    counted = number[:, None] + ratio
    frequency = (number + 0.5) / (number + 0.5).sum()
    return number[:, None] / counted * means, within * (1 + 1 / counted), np.log(frequency)


def _log_p(
    X: Array, means: Array, variances: Array, log_frequency: Array, *, temper: float
) -> Array:
    """Return the log probability of each class, up to a constant an image; shape (n, L)."""
    X = X[:, : means.shape[1]]
    distance = X**2 @ (1 / variances).T - 2 * X @ (means / variances).T
    distance += (means**2 / variances + np.log(variances)).sum(axis=1)
    return np.asarray(log_frequency - temper / 2 * distance)
