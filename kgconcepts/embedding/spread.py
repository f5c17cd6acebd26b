"""How far vectors spread along the axes of the encoder's space, and how wide intervals are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import t as student

from kgconcepts.embedding.gaussian import Posterior

__all__ = ["Spread", "leave_one_out"]

Floats = npt.NDArray[np.float64]

_SHRINK = 0.1  # of a covariance towards a multiple of the identity
_DIRECTIONS = 64
_LIGHT, _HEAVY = 200.0, 2.5  # degrees of freedom
_BLOCK = 10_000


@dataclass(frozen=True)
class Spread:
    """The covariance of the axes, in whose units variances are, and the tails.

    Parameters
    ----------
    covariance : array of shape (m, m)
    freedom : float
        Degrees of freedom of the Student t that errors of similarities follow.
    scale : float
        Their scale, 1 where the variances are right and the tails normal.
    """

    covariance: Floats
    freedom: float
    scale: float

    @property
    def size(self) -> float:
        """The mean variance of an axis."""
        return float(np.trace(self.covariance) / len(self.covariance))

    @cached_property
    def whitening(self) -> Floats:
        """``W`` with ``W Wᵀ`` the inverse of the covariance; shape (m, m)."""
        sizes, axes = np.linalg.eigh(self.covariance)
        return np.asarray(axes / np.sqrt(sizes))

    def half_width(self, variance: Floats, directions: Floats, level: float) -> Floats:
        """Return half the width of intervals of ``x · v``; shape (n, j).

        Parameters
        ----------
        variance : array of shape (n,)
            Of the vectors, in units of the covariance.
        directions : array of shape (j, m)
            Of unit length.
        level : float
        """
        along = ((directions @ self.covariance) * directions).sum(axis=1)
        times = self.scale * student.ppf((1 + level) / 2, self.freedom)
        return np.asarray(times * np.sqrt(variance[:, None] * along))


def leave_one_out(found: Posterior, texts: Floats, noise: Floats) -> Spread:
    """Tell the covariance of the axes and the tails by how far each text lies from the others' say.

    What is expected of a text without it follows from what is expected with it: the residual
    ``r = t - x̂`` grows by ``1 / (1 - V / σ)``, where ``V`` is the posterior variance; its variance
    is then ``σ / (1 - V / σ)``.

    Parameters
    ----------
    found : Posterior
    texts : array of shape (K, m)
        Of mean zero.
    noise : array of shape (K,)
        Infinite where there is no text.
    """
    told = np.flatnonzero(np.isfinite(noise))
    left = np.maximum(1 - found.variance[told] / noise[told], 1e-6)
    weight = 1 / np.sqrt(noise[told] * left)
    m = texts.shape[1]
    covariance = np.zeros((m, m))
    for start in range(0, len(told), _BLOCK):
        some = told[start : start + _BLOCK]
        residual = (texts[some] - found.mean[some]) * weight[start : start + _BLOCK, None]
        covariance += residual.T @ residual
    covariance = _shrunk(covariance / len(told))
    rng = np.random.default_rng(0)
    seen = rng.permutation(len(told))[:_BLOCK]
    residual = (texts[told[seen]] - found.mean[told[seen]]) * weight[seen, None]
    directions = found.mean[rng.permutation(len(found.mean))[:_DIRECTIONS]]
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    directions = directions[length.ravel() > 0] / length[length > 0][:, None]
    if not len(directions):
        return Spread(covariance, _LIGHT, 1.0)
    along = np.sqrt(((directions @ covariance) * directions).sum(axis=1))
    return Spread(covariance, *_tails(np.abs(residual @ directions.T / along).ravel()))


def _tails(errors: Floats) -> tuple[float, float]:
    """Return the degrees of freedom and scale of a Student t with these quartiles and tails."""
    half, most = np.quantile(errors, [0.5, 0.9])

    def ratio(freedom: float) -> float:
        return float(student.ppf(0.95, freedom) / student.ppf(0.75, freedom) - most / half)

    if half <= 0:
        return _LIGHT, 1.0
    if ratio(_LIGHT) >= 0:
        freedom = _LIGHT
    elif ratio(_HEAVY) <= 0:
        freedom = _HEAVY
    else:
        freedom = float(brentq(ratio, _HEAVY, _LIGHT))
    return freedom, float(half / student.ppf(0.75, freedom))


def _shrunk(covariance: Floats) -> Floats:
    m = len(covariance)
    size = max(float(np.trace(covariance)) / m, 1e-12)
    return np.asarray((1 - _SHRINK) * covariance + _SHRINK * size * np.eye(m))
