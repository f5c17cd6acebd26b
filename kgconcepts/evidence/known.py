"""What is known of images as arrays, and what it says of concepts and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.evidence import checks, classes
from kgconcepts.evidence.states import SHOWN, UNKNOWN
from kgconcepts.hierarchy import Hierarchy

__all__ = ["Known"]


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of ``n`` images and ``K`` concepts; `Evidence` says what its arrays are."""

    ids: tuple[str, ...]
    patterns: npt.NDArray[np.int8]
    pattern: npt.NDArray[np.intp]
    ratios: sp.csr_array | None = None
    votes: sp.csr_array | None = None
    weight: npt.NDArray[np.float32] = None  # type: ignore[assignment]
    open_traits: npt.NDArray[np.bool_] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        keep = object.__setattr__  # as the class is frozen
        if self.weight is None:
            keep(self, "weight", np.ones(len(self.pattern), dtype=np.float32))
        if self.open_traits is None:
            keep(self, "open_traits", np.zeros(len(self.ids), dtype=bool))

    def __len__(self) -> int:
        return len(self.pattern)

    @property
    def shape(self) -> tuple[int, int]:
        """Images and concepts."""
        return len(self.pattern), len(self.ids)

    @property
    def annotated(self) -> npt.NDArray[np.bool_]:
        """Whether an image has a pattern; shape (n,)."""
        return self.pattern >= 0

    @property
    def certain(self) -> npt.NDArray[np.bool_]:
        """Whether an image's pattern is certain: it has one and no votes; shape (n,)."""
        if self.votes is None:
            return self.annotated
        return np.asarray(self.annotated & (np.diff(self.votes.indptr) == 0))

    @property
    def informed(self) -> npt.NDArray[np.bool_]:
        """Whether anything is known of an image, for certain or likely; shape (n,)."""
        known = self.annotated
        for soft in (self.ratios, self.votes):
            if soft is not None:
                known = known | (np.diff(soft.indptr) > 0)
        return known

    @property
    def support(self) -> npt.NDArray[np.intp]:
        """How many images are known to show each concept; shape (K,)."""
        counts = np.bincount(self.pattern[self.annotated], minlength=len(self.patterns))
        return np.asarray(counts @ (self.patterns == SHOWN), dtype=np.intp)

    @property
    def targets(self) -> np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]]:
        """The whole table, the unknown masked; shape (n, K)."""
        blank = np.full((1, len(self.ids)), UNKNOWN, dtype=np.int8)
        table = np.concatenate([self.patterns, blank])[self.pattern]
        return np.ma.masked_array(table, mask=table == UNKNOWN)

    def take(self, images: npt.ArrayLike) -> Self:
        """Return the evidence of these images (positions or a mask), in this order."""
        chosen = self._chosen(images)
        return replace(
            self,
            pattern=self.pattern[chosen],
            ratios=None if self.ratios is None else self.ratios[chosen],
            votes=None if self.votes is None else self.votes[chosen],
            weight=self.weight[chosen],
        )

    def only(self, images: npt.ArrayLike) -> Self:
        """Return the same images with nothing known of others than these (positions or a mask)."""
        kept = np.zeros(len(self), dtype=bool)
        kept[self._chosen(images)] = True
        rows = sp.diags_array(kept.astype(np.float32), format="csr")
        return replace(
            self,
            pattern=np.where(kept, self.pattern, -1),
            ratios=None if self.ratios is None else _without_zeros(rows @ self.ratios),
            votes=None if self.votes is None else _without_zeros(rows @ self.votes),
        )

    def weighted(self, weight: npt.ArrayLike) -> Self:
        """Return the same with images that count as much more or less; one number, or shape (n,).

        Raises
        ------
        EvidenceError
            If a weight is negative or not finite, or there are not as many as images.
        """
        return replace(self, weight=self.weight * checks.check_weight(weight, len(self)))

    def possible_classes(self, hierarchy: Hierarchy) -> npt.NDArray[np.bool_]:
        """Return which classes agree with each pattern; shape (R, L).

        Parameters
        ----------
        hierarchy : Hierarchy, L classes
            With the concepts of `ids`; classes are its ``leaves``, in their order.

        Raises
        ------
        EvidenceError
            If the hierarchy has other concepts, or in another order.
        """
        checks.check_same(self.ids, hierarchy)
        return classes.possible_classes(self.patterns, self.open_traits, hierarchy)

    def class_log_factors(
        self,
        hierarchy: Hierarchy,
        images: npt.ArrayLike | None = None,
        *,
        possible: npt.NDArray[np.bool_] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return how likely what is known of images is under each class, as log factors.

        With ``e`` what this returns, an image's likelihood is ``Σ_l p(l | z) exp(e_l)``. ``e_l`` is
        minus infinity where its pattern rules the class out, and otherwise the sum of the ratios of
        the class and all that is above it, and of the votes for patterns that agree with the class.

        Parameters
        ----------
        hierarchy : Hierarchy, L classes
            With the concepts of `ids`.
        images : array of int or bool, optional
            Positions or a mask; all images where not given.
        possible : bool array of shape (R, L), optional
            What `possible_classes` returns, where it is at hand: it takes most of the time.

        Returns
        -------
        float32 array of shape (images, L)

        Raises
        ------
        EvidenceError
            If no class agrees with what is known of an image for certain.
        """
        checks.check_same(self.ids, hierarchy)
        chosen = np.arange(len(self)) if images is None else self._chosen(images)
        return classes.class_log_factors(self, hierarchy, chosen, possible)

    def _chosen(self, images: npt.ArrayLike) -> npt.NDArray[np.intp]:
        given = np.asarray(images)
        chosen: npt.NDArray[np.intp] = np.arange(len(self))[given if given.size else slice(0)]
        return chosen


def _without_zeros(table: sp.csr_array) -> sp.csr_array:
    kept = sp.csr_array(table, dtype=np.float32)
    kept.eliminate_zeros()
    return kept
