"""Which deviations each class sums, and what sums of class probabilities say of concepts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.hierarchy import Hierarchy

__all__ = ["Sums", "concept_probabilities", "log_odds", "permuted"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sums:
    """Classes as sums of deviations, and deviations as what is penalised.

    A concept's deviation is ``δ_a = s_a θ_a + u_a B``: what is its own, and what its text says is
    different about it. ``θ`` (K, d) and ``B`` (m, d) are what is fitted and penalised alike, so
    ``s`` and the size of ``u`` say how much each is trusted.

    Parameters
    ----------
    closure : csr_array of shape (K, K)
        One at ``[c, a]`` where concept c sums the deviation of a.
    leaves : int array of shape (L,)
        The classes.
    trust : array of shape (K,)
        How much each concept's deviation is trusted; what a class has of its own is as much as what
        it shares, whatever its trust.
    text : array of shape (K, m), optional
        What each concept's text has that its parents' has not.
    """

    closure: sp.csr_array
    leaves: npt.NDArray[np.intp]
    trust: Array
    text: Array | None = None

    @classmethod
    def of(cls, hierarchy: Hierarchy) -> Self:
        """Take the sums over all that a concept is and has, all trusted alike."""
        return cls(hierarchy.closure.astype(np.float64), hierarchy.leaves, np.ones(len(hierarchy)))

    @cached_property
    def scale(self) -> Array:
        """Standard deviation of each concept's own deviation; shape (K,).

        The trust, but for classes: half of a class's variance is its own, half is shared among all
        that it is and has.
        """
        above = self.closure[self.leaves].copy()
        above.data = above.data**2
        shared = above @ self.trust**2 - self.trust[self.leaves] ** 2
        scale = self.trust.copy()
        scale[self.leaves] = np.sqrt(np.where(shared > 0, shared, 1.0))
        return scale

    @property
    def design(self) -> Array:
        """How often each class counts what is penalised; shape (L, K) or (L, K + m)."""
        own = (self.closure[self.leaves] * self.scale[None, :]).toarray()
        if self.text is None:
            return np.asarray(own)
        return np.hstack([own, self.closure[self.leaves] @ self.text])

    def unfold(self, found: Array) -> tuple[Array, Array]:
        """Return deviations and directions, both (K, d), from what was fitted."""
        K = len(self.scale)
        deviations = self.scale[:, None] * found[:K]
        if self.text is not None:
            deviations = deviations + self.text @ found[K:]
        return deviations, np.asarray(self.closure @ deviations)

    def with_text(self, vectors: Array, parents: sp.csr_array) -> Self:
        """Return the same with what each concept's text has that its parents' has not.

        Their mean square length is brought to one, that of an own deviation with trust 1.
        """
        many = np.maximum(parents.sum(axis=1), 1)[:, None]
        text = vectors - (parents.astype(np.float64) @ vectors) / many
        size = np.sqrt((text**2).sum(axis=1).mean())
        return replace(self, text=text / size if size > 0 else text)

    def trusting(self, trust: Array) -> Self:
        """Return the same with other trust."""
        return replace(self, trust=trust)


def permuted(hierarchy: Hierarchy, seed: int) -> Sums:
    """Return sums in which every class hangs where another one belongs.

    What is above the classes stays as it is, and so does the number of classes at each place.
    """
    sums = Sums.of(hierarchy)
    closure = sums.closure.toarray()
    above = closure[sums.leaves]
    above[:, sums.leaves] = 0
    closure[sums.leaves] = np.random.default_rng(seed).permutation(above)
    closure[sums.leaves, sums.leaves] = 1
    return replace(sums, closure=sp.csr_array(closure))


def concept_probabilities(log_p: Array, hierarchy: Hierarchy) -> Array:
    """Return each concept's probability from those of the classes; shape (n, K).

    Sparse rows are added up one by one in order, and rounded addition is monotone: so a parent,
    which adds the same numbers and more, is never below its child.
    """
    below = hierarchy.closure[hierarchy.leaves].T.tocsr()
    summed: Array = np.ascontiguousarray((below @ np.exp(log_p).T).T)
    return np.minimum(summed, 1.0)


def log_odds(log_p: Array, hierarchy: Hierarchy) -> Array:
    """Return each concept's log odds from the log probabilities of classes; shape (n, K)."""
    below = hierarchy.closure[hierarchy.leaves].T.tocsr()
    others = sp.csr_array(1 - below.toarray())
    tiny = np.finfo(float).tiny
    p = np.exp(log_p).T
    shown, not_shown = (np.maximum((which @ p).T, tiny) for which in (below, others))
    return np.ascontiguousarray(np.log(shown) - np.log(not_shown))
