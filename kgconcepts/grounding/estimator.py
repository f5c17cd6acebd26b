"""The hierarchical model: a direction for every concept as a sum of deviations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import log_softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence import ABSENT, SHOWN, Evidence
from kgconcepts.grounding.inputs import check_evidence, check_latents, unit_latents
from kgconcepts.grounding.multinomial import log_likelihood, ridge_path
from kgconcepts.grounding.quality import measure
from kgconcepts.hierarchy import Hierarchy

__all__ = ["STRENGTHS", "HierarchicalGrounder", "nearest_supported"]

STRENGTHS = tuple(float(x) for x in np.geomspace(2, 0.02, 9).round(3))

Array = npt.NDArray[np.float64]


class HierarchicalGrounder(BaseEstimator):  # type: ignore[misc]
    """Finds each concept of a hierarchy as a direction in a classifier's latent space.

    The classes are the concepts without children. A class's weights are the sum of the
    deviations of all that it is and has, the classes compete in a softmax, and a concept's
    probability is the sum of those of the classes below it. Deviations have a ridge penalty, whose
    strength is chosen by the likelihood of held-out images; a class's own deviation is penalised
    less, by the number of deviations that it shares, so that half of its variance is its own.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
        ``graph.hierarchy(traits=True)``, or ``graph.hierarchy()`` for the taxonomy alone.
    strengths : sequence of float
        Penalties λ to choose from, for latents of unit length.
    folds : int, default 10
        Parts that the annotated images are divided into to choose the strength and to certify.
    random_state : int, default 0
        Seed of that division.

    Attributes
    ----------
    directions_ : array of shape (K, d)
        ``unit_latents(Z, center_) @ w`` raises or lowers the concept.
    intercepts_ : array of shape (K,)
    deviations_ : array of shape (K, d)
        What each concept adds to its ancestors and traits.
    center_ : array of shape (d,)
        Mean of all latents seen, the unlabelled included.
    strength_ : float
        The penalty chosen.
    certificate_ : polars.DataFrame, K rows
        For each concept ``id``, its ``support``, ``auc`` with ``auc_low`` and ``auc_high`` (95 %),
        ``average_precision`` on held-out folds (each image ranked among those of its fold),
        ``positives`` and ``negatives`` among them, and ``borrows_from``: for a concept without
        support, its nearest ancestors or traits that have some.
    n_features_in_ : int
        Latent units, d.

    Examples
    --------
    >>> import kgconcepts as kg
    >>> tree = kg.Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    >>> Z = np.array([[1., 0.], [2., .1], [0., 1.], [.1, 2.]] * 5)
    >>> evidence = kg.Evidence.from_targets([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]] * 5, "abc")
    >>> model = kg.HierarchicalGrounder(tree).fit(Z, evidence)
    >>> model.predict_proba(Z[:1])[0, 1] > 0.9
    np.True_
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        strengths: Sequence[float] = STRENGTHS,
        folds: int = 10,
        random_state: int = 0,
    ) -> None:
        self.hierarchy = hierarchy
        self.strengths = strengths
        self.folds = folds
        self.random_state = random_state

    def fit(
        self,
        Z: npt.ArrayLike,
        evidence: Evidence | npt.ArrayLike,
        Z_unlabelled: npt.ArrayLike | None = None,
    ) -> HierarchicalGrounder:
        """Ground the concepts.

        Parameters
        ----------
        Z : array of shape (n, d)
            Latents of the images that `evidence` is about.
        evidence : Evidence of shape (n, K), or array of such a shape
            As `Evidence.from_targets` takes it; images of which nothing is known only count
            towards the centre.
        Z_unlabelled : array of shape (m, d), optional
            Latents of further images; they move the centre.

        Raises
        ------
        LatentsError
            If latents are not finite or not as many as the evidence.
        EvidenceError
            If nothing is annotated, or an image is said to show what no class has together.
        """
        if not self.strengths or min(self.strengths) <= 0:
            raise EvidenceError(f"strengths are {self.strengths}; expected positive numbers")
        if self.folds < 1 or (self.folds == 1 and len(self.strengths) > 1):
            raise EvidenceError(
                f"folds is {self.folds}; expected 2 or more to choose among {len(self.strengths)} "
                "strengths"
            )
        Z, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        known = evidence.annotated
        self.n_features_in_ = Z.shape[1]
        below = self.hierarchy.closure[self.hierarchy.leaves]
        self._below = below.T.tocsr()
        self._not_below = _complement(self._below)
        possible = _possible_classes(evidence, self.hierarchy)[evidence.pattern[known]]
        X = self._features(Z[known])
        prior, leaves = self._prior_closure(), self.hierarchy.leaves
        # Half of a class's variance is its own, half is shared among all that it is and has.
        spread = np.ones(len(self.hierarchy))
        spread[leaves] = np.sqrt(np.maximum(prior[leaves].sum(axis=1) - 1, 1))
        design = prior[leaves] * spread

        with threadpool_limits(limits=1, user_api="blas"):
            self.strength_, held_out, fold = self._cross_validate(X, possible, design)
            stronger = [s for s in self.strengths if s >= self.strength_]
            *_, scaled = self._path(X, possible, design, sorted(stronger, reverse=True), 1e-7)
        deviations = spread[:, None] * scaled
        directions = prior @ deviations
        self._class_weights = directions[leaves]
        self.deviations_, self.directions_ = deviations[:, :-1], directions[:, :-1]
        self.intercepts_ = directions[:, -1]
        self.certificate_ = self._certify(held_out, fold, evidence.take(known))
        return self

    def predict_proba(self, Z: npt.ArrayLike) -> Array:
        """Return each concept's probability, a child's never above its parent's; shape (n, K)."""
        return np.minimum(self._sum(self._class_log_p(Z), self._below), 1.0)

    def decision_function(self, Z: npt.ArrayLike) -> Array:
        """Return the log odds of `predict_proba`; shape (n, K)."""
        log_p = self._class_log_p(Z)
        tiny = np.finfo(float).tiny
        shown, not_shown = self._sum(log_p, self._below), self._sum(log_p, self._not_below)
        return np.log(np.maximum(shown, tiny)) - np.log(np.maximum(not_shown, tiny))

    def _prior_closure(self) -> Array:
        """Return which deviations each concept sums; shape (K, K). Controls replace this."""
        return np.asarray(self.hierarchy.closure.toarray(), dtype=float)

    def _path(
        self,
        X: Array,
        possible: npt.NDArray[np.bool_],
        design: Array,
        strengths: Sequence[float],
        tolerance: float,
    ) -> Iterator[Array]:
        """Yield scaled deviations for each strength; a peer may find them in another way."""
        return ridge_path(X, possible, design, strengths, tolerance)

    def _features(self, Z: Array) -> Array:
        return np.column_stack([unit_latents(Z, self.center_), np.ones(len(Z))])

    def _class_log_p(self, Z: npt.ArrayLike) -> Array:
        check_is_fitted(self)
        Z = check_latents(Z, units=self.n_features_in_)
        return np.asarray(log_softmax(self._features(Z) @ self._class_weights.T, axis=1))

    @staticmethod
    def _sum(log_p: Array, which: Any) -> Array:
        # Sparse rows are added up one by one in order, and rounded addition is monotone: so a
        # parent, which adds the same numbers and more, is never below its child.
        summed: Array = np.ascontiguousarray((which @ np.exp(log_p).T).T)
        return summed

    def _cross_validate(
        self, X: Array, possible: npt.NDArray[np.bool_], design: Array
    ) -> tuple[float, Array, npt.NDArray[np.intp]]:
        """Return the strength under which held-out images are likeliest, their class log p, folds.

        Strengths are tried from the strongest down, all folds in step, until two in a row have
        made the held-out images less likely.
        """
        n, L = possible.shape
        strengths = sorted(self.strengths, reverse=True)
        folds = min(self.folds, n)
        if folds < 2:
            return strengths[0], np.full((n, L), -np.log(L)), np.zeros(n, dtype=np.intp)
        fold = np.random.default_rng(self.random_state).permutation(n) % folds
        light = X.astype(np.float32)
        paths = [
            self._path(light[fold != k], possible[fold != k], design, strengths, 1e-5)
            for k in range(folds)
        ]
        best, worse = (-np.inf, strengths[0], np.empty((n, L))), 0
        for strength, *deviations in zip(strengths, *paths, strict=True):
            log_p = np.empty((n, L))
            for k in range(folds):
                log_p[fold == k] = log_softmax(X[fold == k] @ (design @ deviations[k]).T, axis=1)
            likelihood = float(log_likelihood(log_p, possible).mean())
            worse = 0 if likelihood > best[0] else worse + 1
            if likelihood > best[0]:
                best = likelihood, strength, log_p
            if worse == 2:
                break
        return best[1], best[2], fold

    def _certify(
        self, log_p: Array, fold: npt.NDArray[np.intp], evidence: Evidence
    ) -> pl.DataFrame:
        quality = measure(self._sum(log_p, self._below), evidence.targets, fold)
        support = evidence.support
        return pl.DataFrame(
            {
                "id": self.hierarchy.ids,
                "support": support,
                "auc": quality.auc,
                "auc_low": quality.auc_low,
                "auc_high": quality.auc_high,
                "average_precision": quality.average_precision,
                "positives": quality.positives,
                "negatives": quality.negatives,
                "borrows_from": [
                    list(nearest_supported(self.hierarchy, k, support)) if not support[k] else []
                    for k in range(len(self.hierarchy))
                ],
            },
            schema_overrides={"borrows_from": pl.List(pl.String)},
            nan_to_null=True,
        )


def _possible_classes(evidence: Evidence, hierarchy: Hierarchy) -> npt.NDArray[np.bool_]:
    """Return which classes agree with all that a pattern knows; shape (R, L)."""
    below = hierarchy.closure[hierarchy.leaves].astype(np.int64)
    shown, absent = evidence.patterns == SHOWN, evidence.patterns == ABSENT
    agrees = shown.sum(axis=1, keepdims=True) == (below @ shown.T).T
    agrees &= (below @ absent.T).T == 0
    used = np.isin(np.arange(len(agrees)), evidence.pattern)
    for row in np.flatnonzero(used & ~agrees.any(axis=1)):
        image = int(np.flatnonzero(evidence.pattern == row)[0])
        names = ", ".join(hierarchy.ids[k] for k in np.flatnonzero(shown[row])[-3:])
        raise EvidenceError(
            f"image {image}: no class agrees with what is said of it (shows {names or 'nothing'}); "
            "correct its labels"
        )
    return np.asarray(agrees)


def _complement(below: Any) -> Any:
    return type(below)(1 - below.toarray())


def nearest_supported(
    hierarchy: Hierarchy, k: int, support: npt.NDArray[np.intp]
) -> tuple[str, ...]:
    """Return the supported ancestors of ``k`` that no other supported ancestor is below."""
    closure = hierarchy.closure
    above = closure.indices[closure.indptr[k] : closure.indptr[k + 1]]
    above = above[(above != k) & (support[above] > 0)]
    among = closure[above][:, above]
    nearest = np.asarray(among.sum(axis=0)).ravel() == 1
    return tuple(hierarchy.ids[a] for a in above[nearest])
