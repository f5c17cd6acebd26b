"""What speaks for a concept as the parent of a vector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.hierarchy import Positions

__all__ = ["FEATURES", "LIKENESSES", "ParentFeatures"]

Floats = npt.NDArray[np.float64]

FEATURES = (
    "text of a parent",  # the child's text, mapped by a bilinear form, beside the parent's
    "vector",  # both posterior vectors, in units of the axes' spread
    "mean child",  # beside the mean of the texts of the children that it has
    "like a child",  # how many of its children are near, each by a kernel
    "children",  # the logarithm of their number
    "no children",
)
LIKENESSES = FEATURES[:4]  # which never speak against
_RIDGE = 1.0
_KERNEL = 10.0  # exponent of the cosine
_FLOOR = 1e-6


class ParentFeatures:
    """What speaks for each concept as the parent of a vector.

    Parameters
    ----------
    vectors : array of shape (K, m)
        Posterior vectors, taken from their mean.
    texts : array of shape (K, m)
        Own texts, taken from their mean; zero where there is none.
    parents : csr_array of shape (K, K)
        Non-zero at ``[child, parent]``.
    whitening : array of shape (m, m)
    """

    def __init__(
        self, vectors: Floats, texts: Floats, parents: sp.csr_array, whitening: Floats
    ) -> None:
        self.vectors = vectors
        told = np.any(texts, axis=1)
        own = np.where(told[:, None], texts, vectors)
        edges = parents.tocoo()
        child, parent = edges.row[told[edges.row]], edges.col[told[edges.row]]
        x, m = own[child], own.shape[1]
        self._form = np.linalg.solve(x.T @ x + _RIDGE * np.eye(m), x.T @ own[parent])
        self._texts = _unit(own)
        self._whitening = whitening
        self._white = _unit(vectors @ whitening)
        self._children = (parents != 0).T.astype(float).tocsr()
        number = np.asarray(self._children.sum(axis=1)).ravel()
        self._mean_child = _unit(self._children @ own / np.maximum(number, 1)[:, None])
        self._number = np.log1p(number)
        has_parent = np.diff(parents.tocsr().indptr) > 0
        some = told & (has_parent | (number > 0))
        x = own[some]
        target = self._number[some] - self._number[some].sum() / max(int(some.sum()), 1)
        self._general = np.linalg.solve(x.T @ x + _RIDGE * np.eye(m), x.T @ target)

    def of(self, vectors: Floats, candidates: Positions | None = None) -> Floats:
        """Return what speaks for each candidate; shape (n, C, F).

        Parameters
        ----------
        vectors : array of shape (n, m)
            Taken from the mean.
        candidates : positions, C, optional
            All concepts where not given.
        """
        chosen = slice(None) if candidates is None else candidates
        near = np.exp(_KERNEL * (_unit(vectors) @ self._texts.T - 1))
        counted = self._children[chosen] if candidates is not None else self._children
        alike = np.log(np.asarray(counted @ near.T).T + _FLOOR)
        ones = np.ones(len(vectors))[:, None]
        number = self._number[chosen]
        return np.stack(
            [
                _unit(vectors @ self._form) @ self._texts[chosen].T,
                _unit(vectors @ self._whitening) @ self._white[chosen].T,
                _unit(vectors) @ self._mean_child[chosen].T,
                alike,
                ones * number,
                ones * (number == 0),
            ],
            axis=-1,
        )

    def generality(self, vectors: Floats) -> Floats:
        """Return how many children such a vector would have, on a logarithmic scale."""
        return np.asarray(_unit(vectors) @ self._general)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
