"""A peer that is given what the classifier's head makes of the latents."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from kgconcepts.evidence import Evidence
from kgconcepts.grounding.inputs import check_head, check_latents

__all__ = ["Head", "OnHead", "head_view"]

Array = npt.NDArray[np.float64]
Head = tuple[npt.ArrayLike, npt.ArrayLike]


def head_view(Z: Array, head: Head) -> Array:
    """Return roots of the probabilities that the classifier itself gives its classes; (n, c).

    ``sqrt(softmax(Z Wᵀ + b))``: the distance of two images is then that of Hellinger between what
    the classifier says of them.

    Parameters
    ----------
    Z : array of shape (n, d)
    head : (array of shape (c, d), array of shape (c,))
        Weight ``W`` and bias ``b`` of the layer that follows the latents.

    Raises
    ------
    LatentsError
        If the head is not of such shapes, or not finite.

    Examples
    --------
    >>> head_view(np.array([[0.0], [1.0]]), ([[0.0], [np.log(3)]], [0.0, 0.0])) ** 2
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    weight, bias = check_head(head, Z.shape[1])
    return np.asarray(np.sqrt(softmax(Z @ weight.T + bias, axis=1)))


class OnHead(BaseEstimator):  # type: ignore[misc]
    """A peer fitted on `head_view` in place of the latents.

    Set beside the peer itself it tells what the head brings from what a hierarchy brings. It has no
    directions in the latents.

    Parameters
    ----------
    peer : estimator
        With ``fit`` and ``decision_function`` as `HierarchicalGrounder` has them.
    head : (array of shape (c, d), array of shape (c,))
        See `head_view`.

    Attributes
    ----------
    peer_ : estimator
        Fitted.
    n_features_in_ : int
        Latent units, d.
    """

    def __init__(self, peer: BaseEstimator, head: Head) -> None:
        self.peer = peer
        self.head = head

    def fit(
        self,
        Z: npt.ArrayLike,
        evidence: Evidence | npt.ArrayLike,
        Z_unlabelled: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit as `HierarchicalGrounder.fit` does."""
        latents = check_latents(Z)
        units = latents.shape[1]
        others = None
        if Z_unlabelled is not None:
            more = check_latents(Z_unlabelled, "unlabelled latents", units)
            others = head_view(more, self.head)
        view = head_view(latents, self.head)
        self.peer_ = clone(self.peer).fit(view, evidence, others)
        self.n_features_in_ = units
        return self

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return the peer's score for each image and concept; shape (n, K)."""
        check_is_fitted(self)
        latents = check_latents(Z, units=self.n_features_in_)
        return np.asarray(self.peer_.decision_function(head_view(latents, self.head)))
