"""The images as both stages of the model see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import log_softmax, softmax

from kgconcepts.grounding.competing import ClassFit
from kgconcepts.grounding.sparse import Problem
from kgconcepts.grounding.spreading import spread

__all__ = ["Images"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Images:
    """N images, the A annotated ones first.

    Parameters
    ----------
    X : array of shape (N, d + 1)
        Their latents, centred and of unit length, and a column of ones.
    view : array of shape (N, v + 1)
        The same of what the first stage sees.
    weight : array of shape (N,)
    graph : csr_array of shape (N, N), optional
        Which are near each other; None where all are annotated.
    """

    X: Array
    view: Array
    weight: Array
    graph: sp.csr_array | None

    def targets(self, class_weights: Array, factors: npt.NDArray[np.float32]) -> Array:
        """Return the class probabilities of all images; shape (N, L).

        Parameters
        ----------
        class_weights : array of shape (L, v + 1)
            Of the first stage.
        factors : array of shape (B, L)
            Log factors of what is known of the first images, the annotated among them; it outweighs
            what is near them.
        """
        n = len(factors)
        log_p = log_softmax(self.view @ class_weights.T, axis=1)
        q = np.exp(log_p)
        q[:n] = softmax(log_p[:n] + factors, axis=1)
        if self.graph is None:
            return np.asarray(q)
        q = spread(self.graph, q)
        tiny = np.finfo(np.float64).tiny
        q[:n] = softmax(np.log(np.maximum(q[:n], tiny)) + factors, axis=1)
        return q

    def held_out(
        self,
        first: ClassFit,
        factors: npt.NDArray[np.float32],
        problem: Problem,
        strength: float,
    ) -> Array:
        """Return the annotated images' class log p, by models of both stages fitted without them.

        Parameters
        ----------
        first : ClassFit
            Of the first stage; its folds are held out.
        factors : array of shape (B, L)
        problem : Problem
            Of the second stage; its targets are replaced.
        strength : float
            Of the second stage's norms.

        Notes
        -----
        Each fold is solved from nothing: what starts where another fold ended still knows, within
        the solver's tolerance, what it was told there.
        """
        log_p = first.held_out.copy()
        for k, class_weights in enumerate(first.fold_weights):
            out = np.flatnonzero(first.fold == k)
            told = factors.copy()
            told[out] = 0  # nothing is known of them, so all classes are as likely as they look
            without = problem.towards(self.targets(class_weights, told))
            if self.graph is None:
                without = without.of(first.fold != k)
            W = problem.design @ without.solve(strength, None, 1e-3)
            log_p[out] = log_softmax(self.X[out] @ W.T, axis=1)
        return np.asarray(log_p)
