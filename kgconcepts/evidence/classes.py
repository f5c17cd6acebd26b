"""What evidence says of the classes, which are the concepts that have none below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence.states import ABSENT, SHOWN
from kgconcepts.hierarchy import Hierarchy

if TYPE_CHECKING:
    from kgconcepts.evidence.known import Known

__all__ = ["class_log_factors", "possible_classes"]

_BLOCK = 512  # patterns looked at together


def possible_classes(
    patterns: npt.NDArray[np.int8], open_traits: npt.NDArray[np.bool_], hierarchy: Hierarchy
) -> npt.NDArray[np.bool_]:
    """Return which classes agree with all that a pattern knows; shape (R, L).

    A class agrees if nothing that is not shown is above it, and all that is shown is, open traits
    left aside.
    """
    above = hierarchy.closure[hierarchy.leaves].astype(np.int32)
    K, L = len(hierarchy), len(hierarchy.leaves)
    agrees = np.empty((len(patterns), L), dtype=bool)
    for first in range(0, len(patterns), _BLOCK):
        block = patterns[first : first + _BLOCK]
        shown = (block == SHOWN) & ~open_traits
        # One that is not shown outweighs all that are.
        points = shown.astype(np.int32) - (K + 1) * (block == ABSENT).astype(np.int32)
        agrees[first : first + _BLOCK] = shown.sum(axis=1, keepdims=True) == (above @ points.T).T
    return agrees


def class_log_factors(
    evidence: Known,
    hierarchy: Hierarchy,
    images: npt.NDArray[np.intp],
    possible: npt.NDArray[np.bool_] | None,
) -> npt.NDArray[np.float32]:
    """Return how likely what is known of images is under each class; see `Evidence`."""
    certain = evidence.certain[images]
    votes = None if evidence.votes is None else evidence.votes[images]
    pattern = evidence.pattern[images[certain]]
    needed = pattern if votes is None else np.concatenate([pattern, votes.indices])
    rows, place = np.unique(needed, return_inverse=True)
    ruled, voted = np.split(np.asarray(place).ravel(), [len(pattern)])
    agrees = (
        possible_classes(evidence.patterns[rows], evidence.open_traits, hierarchy)
        if possible is None
        else possible[rows]
    )
    factors = np.zeros((len(images), len(hierarchy.leaves)), dtype=np.float32)
    if evidence.ratios is not None:
        above = hierarchy.closure[hierarchy.leaves].astype(np.float32)
        factors += (evidence.ratios[images] @ above.T).toarray()
    if votes is not None:
        shape = (len(images), len(rows))
        votes = sp.csr_array((votes.data, voted, votes.indptr), shape=shape)
        factors += votes @ agrees.astype(np.float32)
    some = np.asarray(agrees.any(axis=1))[ruled]
    if not some.all():
        image = int(images[certain][np.argmin(some)])
        shown = np.flatnonzero(evidence.patterns[evidence.pattern[image]] == SHOWN)[-3:]
        names = ", ".join(evidence.ids[k] for k in shown)
        raise EvidenceError(
            f"image {image}: no class agrees with what is said of it (shows {names or 'nothing'}); "
            "correct its labels"
        )
    factors[certain] += np.where(agrees, 0, -np.inf).astype(np.float32)[ruled]
    return factors
