"""Sparse deviations: which penalty, and the fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import log_softmax

from kgconcepts.grounding.solving import Multinomial, SparseGroup, path, solve, strongest

__all__ = ["SPARSITIES", "Problem", "choose"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SPARSITIES = (0.01, 0.003, 0.001, 0.0003, 0.0001)
KEPT = 0.998  # of what the likeliest fit says of held-out images


@dataclass(frozen=True, eq=False)
class Problem:
    """Deviations under which the targets are likely, few of them and each in few latent units.

    Parameters
    ----------
    X : array of shape (n, d + 1)
        Features; the last column is of ones.
    targets : array of shape (n, L)
        Class probabilities.
    weight : array of shape (n,)
    design : array of shape (L, C)
        How often each class counts what is penalised.
    ridge : float
        λ.
    balance : float
        α, the part of ℓ1 in the norms.
    """

    X: Array
    targets: Array
    weight: Array
    design: sp.csr_array
    ridge: float
    balance: float

    def of(self, images: Mask) -> Problem:
        """Return the problem of some images."""
        X, targets, weight = (a[images] for a in (self.X, self.targets, self.weight))
        return replace(self, X=X, targets=targets, weight=weight)

    def towards(self, targets: Array) -> Problem:
        """Return the problem of the same images with other targets."""
        return replace(self, targets=targets)

    @property
    def loss(self) -> Multinomial:
        """What the deviations are judged by."""
        L = self.design.shape[0]
        return Multinomial.from_targets(self.X, self.targets, L, self.weight)

    def penalty(self, strength: float = 1.0) -> SparseGroup:
        """Ω, its norms of this strength; intercepts have the ridge alone."""
        C, d = self.design.shape[1], self.X.shape[1]
        free = np.arange(d) == d - 1
        return SparseGroup(np.full(C, strength), self.balance, np.full(C, self.ridge), free)

    def strongest(self) -> float:
        """Return the least strength at which there is no deviation."""
        return strongest(self.loss, self.penalty(), self.design)

    def solve(self, strength: float, start: Array | None = None, tolerance: float = 1e-4) -> Array:
        """Return what is penalised, shape (C, d + 1)."""
        return solve(self.loss, self.penalty(strength), self.design, start, tolerance).deviations


def choose(problem: Problem, parts: Sequence[Mask], sparsities: Sequence[float]) -> float:
    """Return the strongest penalty that keeps what can be said of held-out images.

    Parameters
    ----------
    problem : Problem
    parts : sequence of bool arrays of shape (n,)
        Images to hold out, a part at a time.
    sparsities : sequence of float
        Strengths to try, as parts of the one at which there is no deviation.

    Returns
    -------
    float
        The strongest under which held-out images keep 99.8 % of the log likelihood that the best
        fit gains over the classes' frequencies.
    """
    if len(sparsities) == 1 or not parts:
        return min(sparsities)
    tried = sorted(sparsities, reverse=True)
    gained = np.zeros(0)
    for gains in zip(*(_gains(problem, out, tried) for out in parts), strict=True):
        gained = np.append(gained, sum(gains))
        # Weaker norms take the longest, and from here on they would gain next to nothing.
        if len(gained) > 1 and gained[-1] - gained[-2] < (1 - KEPT) / 2 * gained[-1]:
            break
    best = gained.max()
    return tried[int(np.argmax(gained >= (KEPT * best if best > 0 else best)))]


def _gains(problem: Problem, out: Mask, sparsities: Sequence[float]) -> Iterator[float]:
    """Yield what held-out images gain over the classes' frequencies under each strength."""
    inside = problem.of(~out)
    X, targets, weight = problem.X[out], problem.targets[out], problem.weight[out]
    often = (inside.weight @ inside.targets + 1e-3) / (inside.weight.sum() + 1e-3)
    base = weight @ (targets @ np.log(often))
    most = inside.strongest()
    factors = [s * most for s in sparsities]
    penalty, design = inside.penalty(), inside.design
    for solution in path(inside.loss, penalty, design, factors, None, 1e-3):
        log_p = log_softmax(X @ (design @ solution.deviations).T, axis=1)
        yield float(weight @ (targets * log_p).sum(axis=1) - base)
