"""Class probabilities spread over images that lie near each other, the unlabelled among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

__all__ = ["neighbours", "spread"]

Array = npt.NDArray[np.float64]

NEIGHBOURS, PASSED_ON, STEPS = 20, 0.8, 20


def neighbours(X: Array, number: int = NEIGHBOURS) -> sp.csr_array:
    """Join each image to its nearest ones.

    Parameters
    ----------
    X : array of shape (n, d)
    number : int
        Neighbours an image, at most n - 1.

    Returns
    -------
    csr_array of shape (n, n)
        Symmetric, ``D^-½ A D^-½`` with D the row sums of A. Images at distance r have the affinity
        ``exp(−r² / (σ_i σ_j))``, with σ each one's distance to its last neighbour.

    References
    ----------
    Zelnik-Manor and Perona, *Self-tuning spectral clustering* (2004).
    """
    n = len(X)
    number = min(number, n - 1)
    if number < 1:
        return sp.csr_array((n, n))
    found = NearestNeighbors(n_neighbors=number, algorithm="brute").fit(X.astype(np.float32))
    distance, near = found.kneighbors()
    width = np.maximum(distance[:, -1].astype(np.float64), np.finfo(np.float32).tiny)
    affinity = np.exp(-(distance**2) / (width[:, None] * width[near]))
    rows = np.repeat(np.arange(n), number)
    A = sp.csr_array((affinity.ravel(), (rows, near.ravel())), shape=(n, n))
    A = A.maximum(A.T)
    degree = np.maximum(A.sum(axis=1), np.finfo(float).tiny) ** -0.5
    scaled: sp.csr_array = (sp.diags_array(degree) @ A @ sp.diags_array(degree)).tocsr()
    return scaled


def spread(graph: sp.csr_array, p: Array) -> Array:
    """Mix each image's class probabilities with those of images near it, and near these.

    Parameters
    ----------
    graph : csr_array of shape (n, n)
        As `neighbours` gives it.
    p : array of shape (n, L)
        Rows sum to one.

    Returns
    -------
    array of shape (n, L)
        Rows sum to one: ``F ← α S F + (1 − α) p``, with α = 0.8, repeated 20 times.

    References
    ----------
    Zhou, Bousquet, Lal, Weston and Schölkopf, *Learning with local and global consistency* (2004).
    """
    start = p.astype(np.float32)
    mixed, S = start, graph.astype(np.float32)
    for _ in range(STEPS):
        mixed = PASSED_ON * (S @ mixed) + (1 - PASSED_ON) * start
    sums = mixed.sum(axis=1, keepdims=True, dtype=np.float64)
    return np.asarray(mixed / np.maximum(sums, np.finfo(np.float32).tiny), dtype=np.float64)
