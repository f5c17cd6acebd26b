"""What evidence is made from, as it should be, or a word on what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence.states import ABSENT, SHOWN, UNKNOWN
from kgconcepts.hierarchy import Hierarchy

__all__ = ["check_reliability", "check_same", "check_scores", "check_weight", "read_targets"]

_BLOCK = 65_536


def read_targets(
    targets: npt.ArrayLike, ids: Sequence[str]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.intp]]:
    """Return the patterns of a table and which each image has; see `Evidence.from_targets`."""
    try:
        given: Any = np.ma.asarray(targets, dtype=float)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"targets are no table of numbers: {error}") from error
    values: npt.NDArray[np.float64] = np.ma.filled(given, np.nan)
    if values.ndim != 2 or values.shape[1] != len(ids):
        raise EvidenceError(
            f"targets are of shape {values.shape}; expected (images, {len(ids)} concepts)"
        )
    values = np.where(np.isnan(values), UNKNOWN, values)
    wrong = np.argwhere(~np.isin(values, (SHOWN, ABSENT, UNKNOWN)))
    if len(wrong):
        image, k = wrong[0]
        raise EvidenceError(
            f"targets of image {image}, concept {ids[k]}: found {values[image, k]:g}; "
            "expected 1 (shown), 0 (not shown), or -1, NaN or masked (unknown)"
        )
    patterns, found = np.unique(values.astype(np.int8), axis=0, return_inverse=True)
    pattern = np.asarray(found, dtype=np.intp).ravel()
    pattern[(patterns == UNKNOWN).all(axis=1)[pattern]] = -1
    return patterns, pattern


def check_same(ids: tuple[str, ...], hierarchy: Hierarchy) -> None:
    """Say so if a hierarchy is of other concepts than evidence is.

    Raises
    ------
    EvidenceError
    """
    if ids != hierarchy.ids:
        raise EvidenceError(
            f"the evidence is about {len(ids)} concepts, the hierarchy about {len(hierarchy)}, or "
            "in another order; make both from the same graph"
        )


def check_scores(table: npt.ArrayLike, ids: Sequence[str], n: int) -> npt.NDArray[np.floating]:
    """Return scores as numbers: float32 as they are, others as float64.

    Raises
    ------
    EvidenceError
        If they are not finite, not of ``n`` images, or of a concept twice.
    """
    try:
        scores: npt.NDArray[Any] = np.asarray(table)
        scores = scores if scores.dtype == np.float32 else scores.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"scores are no table of numbers: {error}") from error
    if scores.shape != (n, len(ids)):
        raise EvidenceError(
            f"scores are of shape {scores.shape}; expected ({n} images, {len(ids)} concepts)"
        )
    if len(set(ids)) < len(ids):
        twice = next(id_ for k, id_ in enumerate(ids) if id_ in ids[:k])
        raise EvidenceError(f"scores of {twice} are given twice; give one column a concept")
    for first in range(0, n, _BLOCK):
        if len(wrong := np.argwhere(~np.isfinite(scores[first : first + _BLOCK]))):
            image, k = int(wrong[0][0]) + first, int(wrong[0][1])
            raise EvidenceError(
                f"score of image {image}, concept {ids[k]}: found {scores[image, k]}; "
                "expected a finite number; leave out images or concepts that have no score"
            )
    return scores


def check_weight(weight: npt.ArrayLike, n: int) -> npt.NDArray[np.float32]:
    """Return weights of ``n`` images.

    Raises
    ------
    EvidenceError
        If they are not numbers from 0, or not one for each image or for all.
    """
    try:
        weights = np.asarray(weight, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"weights are no numbers: {error}") from error
    if weights.shape not in ((), (n,)):
        raise EvidenceError(
            f"weights are of shape {weights.shape}; expected one number, or ({n} images)"
        )
    weights = np.broadcast_to(weights, (n,))
    if len(wrong := np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))):
        raise EvidenceError(
            f"weight of image {wrong[0]}: found {weights[wrong[0]]:g}; expected a finite number, "
            "not below 0"
        )
    return weights


def check_reliability(
    reliability: Sequence[float] | None, number: int
) -> npt.NDArray[np.float64] | None:
    """Return the reliability of each annotator, or None where it is to be learnt.

    Raises
    ------
    EvidenceError
        If they are not numbers from 0 to 1, or not as many as annotators.
    """
    if reliability is None:
        return None
    try:
        given = np.asarray(reliability, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"reliabilities are no numbers: {error}") from error
    if given.shape != (number,):
        raise EvidenceError(
            f"reliabilities are of shape {given.shape}; expected one for each of the {number}"
        )
    if len(wrong := np.flatnonzero(~((given >= 0) & (given <= 1)))):
        raise EvidenceError(
            f"reliability {wrong[0]}: found {given[wrong[0]]:g}; expected a number from 0 to 1"
        )
    return given
