"""Competing classes fitted on the annotated images alone, with a ridge penalty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from threadpoolctl import threadpool_limits

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence import Evidence
from kgconcepts.grounding.inputs import check_evidence
from kgconcepts.grounding.multinomial import log_likelihood, ridge_path
from kgconcepts.grounding.scoring import ClassScores, features
from kgconcepts.grounding.sums import Sums
from kgconcepts.hierarchy import Hierarchy

__all__ = ["STRENGTHS", "ClassFit", "CompetingClasses", "check_strengths", "divide", "fit_classes"]

STRENGTHS = tuple(float(x) for x in np.geomspace(20, 0.02, 13).round(3))

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.float32]
Path = Callable[[Array, Factors, Array, Array, Sequence[float], float], Iterator[Array]]


@dataclass(frozen=True, eq=False)
class ClassFit:
    """Weights of competing classes, and what held-out images say of them.

    Parameters
    ----------
    strength : float
        The penalty chosen.
    found : array of shape (C, d + 1)
        What is penalised; the intercept last.
    class_weights : array of shape (L, d + 1)
    held_out : array of shape (n, L)
        Log probabilities of the images' classes, by models fitted without them.
    fold : int array of shape (n,)
    fold_weights : tuple of arrays of shape (L, d + 1)
        Of the models fitted without each fold; none where there is nothing to hold out.
    """

    strength: float
    found: Array
    class_weights: Array
    held_out: Array
    fold: npt.NDArray[np.intp]
    fold_weights: tuple[Array, ...]


def fit_classes(
    X: Array,
    factors: Factors,
    weight: Array,
    design: Array,
    strengths: Sequence[float],
    fold: npt.NDArray[np.intp],
    path: Path = ridge_path,
) -> ClassFit:
    """Fit with the strength under which held-out images are likeliest.

    Strengths are tried from the strongest down, all folds in step, until two in a row have made
    the held-out images less likely.

    Parameters
    ----------
    X, factors, weight, design, strengths
        As for `ridge_path`.
    fold : int array of shape (n,)
        Which part each image is held out with; all zero to hold out none.
    path : function like `ridge_path`
    """
    n, L = factors.shape
    tried = sorted(strengths, reverse=True)
    best: tuple[float, Array, tuple[Array, ...]] = tried[0], np.full((n, L), -np.log(L)), ()
    folds = int(fold.max()) + 1
    if folds > 1:
        light = X.astype(np.float32)
        paths = [
            path(light[fold != k], factors[fold != k], weight[fold != k], design, tried, 1e-5)
            for k in range(folds)
        ]
        most, worse = -np.inf, 0
        for strength, *in_folds in zip(tried, *paths, strict=True):
            weights = tuple(design @ deviations for deviations in in_folds)
            log_p = np.empty((n, L))
            for k in range(folds):
                log_p[fold == k] = log_softmax(X[fold == k] @ weights[k].T, axis=1)
            likelihood = float(weight @ log_likelihood(log_p, factors))
            worse = 0 if likelihood > most else worse + 1
            if likelihood > most:
                most, best = likelihood, (strength, log_p, weights)
            if worse == 2:
                break
    strength, held_out, fold_weights = best
    stronger = [s for s in tried if s >= strength]
    *_, found = path(X, factors, weight, design, stronger, 1e-7)
    return ClassFit(strength, found, design @ found, held_out, fold, fold_weights)


def divide(n: int, folds: int, seed: int) -> npt.NDArray[np.intp]:
    """Return the fold of each of ``n`` images; shape (n,)."""
    return np.asarray(np.random.default_rng(seed).permutation(n) % min(folds, n), dtype=np.intp)


class CompetingClasses(ClassScores):
    """Multinomial regression whose class weights are sums, its ridge penalty chosen by folds.

    What `HierarchicalGrounder` starts from; and the peers whose classes compete.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    strengths : sequence of float
        Penalties λ to choose from, for latents of unit length.
    folds : int, default 10
        Parts that the annotated images are divided into to choose the strength.
    random_state : int, default 0
        Seed of that division.

    Attributes
    ----------
    center_ : array of shape (d,)
        Mean of all latents seen, the unlabelled included.
    strength_ : float
        The penalty chosen.
    deviations_, directions_ : array of shape (K, d)
    intercepts_ : array of shape (K,)
    n_features_in_ : int
        Latent units, d.
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
    ) -> Self:
        """Fit as `HierarchicalGrounder.fit` does; unlabelled images move the centre alone."""
        check_strengths(self.strengths, self.folds)
        Z, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        self.n_features_in_ = Z.shape[1]
        known = evidence.informed & (evidence.weight > 0)
        sums = self._sums()
        with threadpool_limits(limits=1, user_api="blas"):
            fit = fit_classes(
                features(Z[known], self.center_),
                evidence.class_log_factors(self.hierarchy, known),
                evidence.weight[known].astype(np.float64),
                sums.design,
                self.strengths,
                divide(int(known.sum()), self.folds, self.random_state),
                self._path,
            )
        self.strength_, self._class_weights = fit.strength, fit.class_weights
        deviations, directions = sums.unfold(fit.found)
        self.deviations_, self.directions_ = deviations[:, :-1], directions[:, :-1]
        self.intercepts_ = directions[:, -1]
        return self

    def _sums(self) -> Sums:
        """Return which deviations each class sums; a peer may have others."""
        return Sums.of(self.hierarchy)

    def _path(
        self,
        X: Array,
        factors: Factors,
        weight: Array,
        design: Array,
        strengths: Sequence[float],
        tolerance: float,
    ) -> Iterator[Array]:
        """Yield deviations for each strength; a peer may find them in another way."""
        return ridge_path(X, factors, weight, design, strengths, tolerance)


def check_strengths(strengths: Sequence[float], folds: int) -> None:
    """Refuse strengths and folds that nothing can be chosen with.

    Raises
    ------
    EvidenceError
        If there is no strength, one that is not positive, or too few folds to choose among them.
    """
    if len(strengths) == 0 or min(strengths) <= 0:
        raise EvidenceError(f"strengths are {strengths}; expected positive numbers")
    if folds < 1 or (folds == 1 and len(strengths) > 1):
        raise EvidenceError(
            f"folds is {folds}; expected 2 or more to choose among {len(strengths)} strengths"
        )
