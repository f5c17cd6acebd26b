"""A peer that is given what the classifier's head makes of the latents."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from kgconcepts.evidence import Evidence
from kgconcepts.grounding.inputs import Head, check_latents, head_view

__all__ = ["OnHead"]

Array = npt.NDArray[np.float64]


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
