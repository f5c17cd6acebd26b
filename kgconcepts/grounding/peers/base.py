"""What peers share: the calls, what they are told, and how a strength is chosen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax, logsumexp
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from kgconcepts.evidence import ABSENT, SHOWN, Evidence
from kgconcepts.grounding.competing import divide
from kgconcepts.grounding.inputs import check_evidence, check_latents, unit_latents
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "Annotated",
    "Array",
    "OneAgainstRest",
    "Peer",
    "held_out_auc",
    "likeliest",
    "sides",
]

Array = npt.NDArray[np.float64]
Setting = TypeVar("Setting")


@dataclass(frozen=True, eq=False)
class Annotated:
    """What a peer is told.

    Parameters
    ----------
    X : array of shape (n, d)
        Latents of the annotated images, centred and of unit length.
    values : int8 array of shape (n, K)
        1 shown, 0 not shown, -1 unknown.
    everything : array of shape (N, d)
        Latents of all images, the unlabelled included, on the same scale.
    classes : function that returns a bool array of shape (n, L)
        Which classes an image may be of; an error if there are none.
    """

    X: Array
    values: npt.NDArray[np.int8]
    everything: Array
    classes: Callable[[], npt.NDArray[np.bool_]]

    @cached_property
    def possible(self) -> npt.NDArray[np.bool_]:
        """Classes that an image may be of; shape (n, L)."""
        return self.classes()

    @property
    def shares(self) -> Array:
        """An image's part in each class: one over the number that it may be of; (n, L)."""
        return np.asarray(self.possible / self.possible.sum(axis=1, keepdims=True))


class Peer(BaseEstimator):  # type: ignore[misc]
    """A model with the calls of `HierarchicalGrounder`; scores are linear unless it says otherwise.

    Subclasses find ``directions_``, of shape (K, d), and ``intercepts_``, (K,), in `_learn`.
    """

    hierarchy: Hierarchy

    def fit(
        self, Z: npt.ArrayLike, evidence: Evidence, Z_unlabelled: npt.ArrayLike | None = None
    ) -> Self:
        """Fit as `HierarchicalGrounder.fit` does."""
        latents, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        self.n_features_in_ = latents.shape[1]
        known = evidence.annotated
        X = unit_latents(latents, self.center_)
        everything = X
        if Z_unlabelled is not None:
            more = unit_latents(check_latents(Z_unlabelled), self.center_)
            everything = np.concatenate([X, more])
        annotated = Annotated(
            X[known],
            evidence.patterns[evidence.pattern[known]],
            everything,
            lambda: evidence.class_log_factors(self.hierarchy, known) > -np.inf,
        )
        with threadpool_limits(limits=1, user_api="blas"):
            self._learn(annotated)
        return self

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return a score for each image and concept; shape (n, K)."""
        return np.asarray(self._features(Z) @ self.directions_.T + self.intercepts_)

    @abstractmethod
    def _learn(self, annotated: Annotated) -> None:
        """Find the directions."""

    def _features(self, Z: npt.ArrayLike) -> Array:
        check_is_fitted(self)
        return unit_latents(check_latents(Z, units=self.n_features_in_), self.center_)


class OneAgainstRest(Peer):
    """A linear score for each concept by itself, all with one strength, chosen by held-out AUC.

    A concept that nothing is known to show has the same score, zero, for every image.
    """

    folds: int
    random_state: int

    @abstractmethod
    def _path(self, X: Array, side: npt.NDArray[np.int8]) -> Iterator[Array]:
        """Yield weights for each strength in turn, the intercept last; shape (C, d + 1)."""

    def _learn(self, annotated: Annotated) -> None:
        X, side = annotated.X, sides(annotated.values)
        # Concepts that are shown by the same images need not be fitted twice.
        side, which = np.unique(side, axis=1, return_inverse=True)
        fold = divide(len(X), self.folds, self.random_state)
        best = 0
        if fold.max() > 0:
            held_out: list[Array] = []
            for part in range(fold.max() + 1):
                out = fold == part
                for step, weights in enumerate(self._path(X[~out], side[~out])):
                    if step == len(held_out):
                        held_out.append(np.zeros(side.shape))
                    held_out[step][out] = X[out] @ weights[:, :-1].T + weights[:, -1]
            best = int(np.argmax([held_out_auc(scores, side, fold) for scores in held_out]))
        weights = next(islice(self._path(X, side), best, None))
        each = weights[np.asarray(which).ravel()]
        self.directions_, self.intercepts_ = each[:, :-1], each[:, -1]


def sides(values: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Return 1 where an image shows a concept, -1 where it counts as not showing it, else 0.

    Images that are known not to show a concept count. Where there are none, all that are not known
    to show it do, as Kim et al. (2018) take any other images for counterexamples.

    Examples
    --------
    >>> sides(np.array([[1, 1], [0, -1], [-1, -1]], dtype=np.int8)).tolist()
    [[1, 1], [-1, -1], [0, -1]]
    """
    side = np.where(values == SHOWN, 1, np.where(values == ABSENT, -1, 0)).astype(np.int8)
    alone = ~(side == -1).any(axis=0)
    side[:, alone] = np.where(side[:, alone] == 1, 1, -1)
    return side


def likeliest(
    settings: Sequence[Setting],
    held_out: Callable[[Setting, npt.NDArray[np.bool_]], Array],
    possible: npt.NDArray[np.bool_],
    fold: npt.NDArray[np.intp],
) -> Setting:
    """Return the setting under which held-out images are likeliest to be of their classes.

    Parameters
    ----------
    settings : sequence
        The first is taken where there is nothing to hold out.
    held_out : function of a setting and a bool array of shape (n,)
        Log probabilities (up to a constant an image) of the classes, for these images, by a model
        that was fitted on the others.
    possible : bool array of shape (n, L)
        Classes that an image may be of.
    fold : int array of shape (n,)
    """
    if fold.max() == 0:
        return settings[0]
    total = np.zeros(len(settings))
    for part in range(fold.max() + 1):
        out = fold == part
        for s, setting in enumerate(settings):
            log_p = log_softmax(held_out(setting, out), axis=1)
            total[s] += logsumexp(np.where(possible[out], log_p, -np.inf), axis=1).sum()
    return settings[int(total.argmax())]


def held_out_auc(scores: Array, side: npt.NDArray[np.int8], fold: npt.NDArray[np.intp]) -> float:
    """Return the part of pairs of one fold that are ranked rightly, mean over concepts.

    Parameters
    ----------
    scores : array of shape (n, K)
        Of each image by a model that was fitted without its fold.
    side : int8 array of shape (n, K)
        As `sides` gives it.
    fold : int array of shape (n,)

    Returns
    -------
    float
        0.5 where no fold has a pair.

    Examples
    --------
    >>> scores, side = np.array([[2.0], [1.0], [3.0]]), np.array([[1], [-1], [-1]], np.int8)
    >>> held_out_auc(scores, side, np.zeros(3, int))
    0.5
    """
    right, pairs = np.zeros((2, scores.shape[1]))
    for part in range(fold.max() + 1):
        s, shown, absent = (x[fold == part] for x in (scores, side == 1, side == -1))
        for i in range(len(s)):
            ahead = (s[i] > s) + 0.5 * (s[i] == s)
            right += shown[i] * (ahead * absent).sum(axis=0)
            pairs += shown[i] * absent.sum(axis=0)
    judged = pairs > 0
    return float((right[judged] / pairs[judged]).mean()) if judged.any() else 0.5
