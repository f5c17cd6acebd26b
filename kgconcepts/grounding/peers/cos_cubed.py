"""Directions whose activations are similar to what is known or thought of the images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence import Evidence
from kgconcepts.grounding.competing import divide
from kgconcepts.grounding.inputs import check_evidence, unit_latents
from kgconcepts.grounding.peers.base import Annotated, Array, Peer, sides
from kgconcepts.hierarchy import Hierarchy

__all__ = ["CosCubed", "cos_cubed", "project"]

STRENGTHS = (3.0, 1.0, 0.3, 0.1, 0.03)


class CosCubed(Peer):
    """The projection of label-free concept bottleneck models.

    For each concept, with ``q`` its activations ``x_i·w`` and ``p`` the similarities of the images
    with it, both less their mean over the images, the projection maximises

        Σ_i q_i³ p_i³ / √(Σ_i (q_i² + λ ‖w‖²)³ · Σ_i p_i⁶) ,

    which with λ = 0 is the cosine of the cubes. λ is the variance of noise that each latent is
    thought to have; the authors stop early instead, which is of the same effect. The strength of
    greatest cosine of the cubes on held-out images is taken. Activations have unit variance.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    strengths : sequence of float
        Values of λ d to choose from, falling.
    folds, random_state : int
        How the images are divided to choose.

    References
    ----------
    Oikarinen et al. (2023), Label-free concept bottleneck models, ICLR.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        strengths: Sequence[float] = STRENGTHS,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.hierarchy = hierarchy
        self.strengths = strengths
        self.folds = folds
        self.random_state = random_state

    def fit(
        self,
        Z: npt.ArrayLike,
        evidence: Evidence,
        Z_unlabelled: npt.ArrayLike | None = None,
        similarity: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit to similarities, or where there are none to the evidence.

        Parameters
        ----------
        Z, evidence, Z_unlabelled
            As `HierarchicalGrounder.fit` takes them.
        similarity : array of shape (n, K), optional
            Of each image with each concept, by an image-text model; NaN where not known. Where it
            is given, the evidence is not used.

        Raises
        ------
        EvidenceError
            If similarities are of another shape.
        """
        if similarity is None:
            return super().fit(Z, evidence, Z_unlabelled)
        Z, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        P = np.asarray(similarity, dtype=np.float64)
        if evidence.shape != P.shape or np.isinf(P).any():
            raise EvidenceError(
                f"similarities are of shape {P.shape}; expected finite numbers or NaN of shape "
                f"{evidence.shape}, images and concepts"
            )
        self.n_features_in_ = Z.shape[1]
        with threadpool_limits(limits=1, user_api="blas"):
            self._project(unit_latents(Z, self.center_), P)
        return self

    def _learn(self, annotated: Annotated) -> None:
        side = sides(annotated.values)
        self._project(annotated.X, np.where(side == 0, np.nan, side))

    def _project(self, X: Array, P: Array) -> None:
        P, which = np.unique(P, axis=1, return_inverse=True, equal_nan=False)
        fold = divide(len(X), self.folds, self.random_state)
        best = 0
        if fold.max() > 0:
            worth = np.zeros(len(self.strengths))
            for part in range(fold.max() + 1):
                out = fold == part
                W = np.zeros((P.shape[1], X.shape[1]))
                for s, strength in enumerate(self.strengths):
                    W = project(X[~out], P[~out], strength, W)
                    worth[s] += cos_cubed(X[out] @ W.T, P[out]).sum()
            best = int(worth.argmax())
        W = np.zeros((P.shape[1], X.shape[1]))
        for strength in self.strengths[: best + 1]:
            W = project(X, P, strength, W)
        Q = np.where(np.isnan(P), np.nan, X @ W.T)
        some = (~np.isnan(Q)).any(axis=0)
        mean, deviation = np.zeros((2, P.shape[1]))
        mean[some], deviation[some] = np.nanmean(Q[:, some], axis=0), np.nanstd(Q[:, some], axis=0)
        scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-12)
        each = np.asarray(which).ravel()
        self.directions_ = (W * scale[:, None])[each]
        self.intercepts_ = (-mean * scale)[each]


def cos_cubed(Q: Array, P: Array) -> Array:
    """Return the cosine of the cubes of activations and similarities, less their means; (K,).

    Parameters
    ----------
    Q, P : arrays of shape (n, K)
        NaN in P where it is not known; such images are left out.

    Returns
    -------
    array of shape (K,)
        Zero where either is constant.

    Examples
    --------
    >>> cos_cubed(np.array([[1.0], [2.0], [3.0]]), np.array([[0.1], [0.2], [0.3]])).round(6)
    array([1.])
    """
    known, target = _target(P)
    cubes = _centred(Q, known) ** 3
    length = np.sqrt((cubes**2).sum(axis=0))
    cosine: Array = np.divide(
        (cubes * target).sum(axis=0), length, out=np.zeros(len(length)), where=length > 0
    )
    return cosine


def project(X: Array, P: Array, strength: float, start: Array) -> Array:
    """Return the directions that maximise `CosCubed`'s objective, each of unit length; (K, d).

    Parameters
    ----------
    X : array of shape (n, d)
    P : array of shape (n, K)
        NaN where not known.
    strength : float
        λ d.
    start : array of shape (K, d)
        Where to start; the difference of means, weighted by similarity, for directions of zero.
    """
    known, target = _target(P)
    steepest = _centred(np.where(np.isnan(P), 0.0, P), known).T @ X
    # Where the latents are all the same there is nothing to rise along, but rounding.
    told = (target != 0).any(axis=0) & (np.linalg.norm(steepest, axis=1) > 1e-12)
    known, target = known[:, told], target[:, told]
    noise = strength / X.shape[1]
    begun = (start[told] != 0).any(axis=1, keepdims=True)
    W = _unit(np.where(begun, start[told], steepest[told]))

    def objective(w: Array) -> tuple[float, Array]:
        W = w.reshape(-1, X.shape[1])
        Q = _centred(X @ W.T, known)
        level = (Q**2 + noise * (W**2).sum(axis=1)) * known
        top, bottom = (Q**3 * target).sum(axis=0), np.maximum((level**3).sum(axis=0), 1e-100)
        # d(top / √bottom) = top' / √bottom − top bottom' / (2 √bottom³), and bottom' is 6 level² ×
        # (Q Q' + noise W).
        root = np.sqrt(bottom)
        share = 3 * top / (bottom * root)
        of_q = 3 * Q**2 * target / root - share * level**2 * Q
        slope = _centred(of_q, known).T @ X - (share * noise * (level**2).sum(axis=0))[:, None] * W
        return -float((top / root).sum()), -slope.ravel()

    if W.size:
        options = {"maxiter": 200, "ftol": 1e-7, "gtol": 1e-6}
        found = minimize(objective, W.ravel(), jac=True, method="L-BFGS-B", options=options)
        W = _unit(found.x.reshape(W.shape))
    directions = np.zeros_like(start)
    directions[told] = W
    return directions


def _target(P: Array) -> tuple[Array, Array]:
    """Return which similarities are known, and their centred cubes at unit length."""
    known = (~np.isnan(P)).astype(float)
    cubes = _centred(np.where(known > 0, P, 0.0), known) ** 3
    length = np.sqrt((cubes**2).sum(axis=0))
    return known, np.divide(cubes, length, out=np.zeros_like(cubes), where=length > 1e-18)


def _centred(values: Array, known: Array) -> Array:
    mean = (values * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray((values - mean) * known)


def _unit(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Array = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit
