"""Held-out probabilities made honest by one number for all classes.

A concept's probability is the sum of those of the classes below it, and stays so if the classes'
log probabilities are multiplied by one number and summed up anew (temperature scaling; Guo, Pleiss,
Sun & Weinberger 2017, arXiv:1706.04599): a child cannot rise above its parent. A curve of its own
for each concept could be better for it, but would break that.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp

from kgconcepts.errors import EvidenceError

__all__ = ["sharpen", "sharpness"]

Array = npt.NDArray[np.float64]

# Beyond this, held-out images cannot tell a sharper model from a yet sharper one.
LEAST, MOST = 0.01, 100.0


def sharpness(log_p: Array, possible: npt.NDArray[np.bool_], weight: Array | None = None) -> float:
    """Return the number β under which held-out images are likeliest.

    Maximises ``Σ_i log Σ_{l ∈ S_i} softmax_l (β log p_il)`` over 0.01 to 100; below 1 where the
    model was too sure of itself. It is 1 where the images do not tell.

    Parameters
    ----------
    log_p : array of shape (n, L)
        Log probabilities of the classes, of models that did not see the image.
    possible : bool array of shape (n, L)
        Classes ``S_i`` that an image may be of.
    weight : array of shape (n,), optional
        How much each image counts; by default alike.

    Raises
    ------
    EvidenceError
        If an image may be of no class.

    Examples
    --------
    Sure by 9 to 1 and right in 3 of 4 cases, which is by 3 to 1, ``9 ** .5``:

    >>> log_p = np.log([[0.9, 0.1]] * 4)
    >>> possible = np.array([[True, False]] * 3 + [[False, True]])
    >>> round(sharpness(log_p, possible), 3)
    0.5
    """
    if not possible.any(axis=1).all():
        image = int(np.flatnonzero(~possible.any(axis=1))[0])
        raise EvidenceError(f"image {image}: it may be of no class; expected one or more")
    telling = ~possible.all(axis=1)
    if not telling.any():
        return 1.0
    held, may = log_p[telling], possible[telling]
    omega = np.ones(len(held)) if weight is None else weight[telling]

    def loss(log_sharpness: float) -> float:
        q = log_softmax(np.exp(log_sharpness) * held, axis=1)
        return -float(omega @ logsumexp(np.where(may, q, -np.inf), axis=1))

    best = minimize_scalar(
        loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded", options={"xatol": 1e-6}
    )
    return float(np.exp(best.x)) if best.fun < loss(0.0) else 1.0


def sharpen(log_p: Array, by: float) -> Array:
    """Return the classes' log probabilities multiplied and summed to 1 again; shape (n, L)."""
    return np.asarray(log_softmax(by * log_p, axis=1))
