"""What every model takes: latents, evidence, and the scale on which images are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.evidence import Evidence
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "Head",
    "check_evidence",
    "check_head",
    "check_latents",
    "check_parameters",
    "head_view",
    "unit_latents",
]

Array = npt.NDArray[np.float64]
Head = tuple[npt.ArrayLike, npt.ArrayLike]


def check_evidence(
    Z: npt.ArrayLike,
    evidence: Evidence | npt.ArrayLike,
    hierarchy: Hierarchy,
    Z_unlabelled: npt.ArrayLike | None,
) -> tuple[Array, Evidence, Array]:
    """Return latents, the evidence on them and the mean of all latents, or say what is wrong.

    Raises
    ------
    LatentsError
        If latents are not finite or not as many as the evidence.
    EvidenceError
        If the evidence is about other concepts, or there is none.
    """
    Z = check_latents(Z)
    if not isinstance(evidence, Evidence):
        evidence = Evidence.from_targets(evidence, hierarchy.ids)
    if evidence.ids != hierarchy.ids:
        raise EvidenceError(
            f"the evidence is about {len(evidence.ids)} concepts, the hierarchy about "
            f"{len(hierarchy)}, or in another order; make both from the same graph, the hierarchy "
            "with traits=True"
        )
    if len(Z) != len(evidence):
        raise LatentsError(
            f"there are latents of {len(Z)} images and evidence on {len(evidence)}; "
            "give one row of each for every image"
        )
    if not (evidence.informed & (evidence.weight > 0)).any():
        raise EvidenceError("no image is annotated; give a label to at least one")
    seen = Z
    if Z_unlabelled is not None:
        more = check_latents(Z_unlabelled, "unlabelled latents", units=Z.shape[1])
        seen = np.concatenate([Z, more])
    return Z, evidence, seen.mean(axis=0)


def unit_latents(Z: Array, center: Array) -> Array:
    """Return latents less the centre, at unit length: the scale on which images are compared."""
    X = Z - center
    length = np.linalg.norm(X, axis=1, keepdims=True)
    unit: Array = np.divide(X, length, out=np.zeros_like(X), where=length > 0)
    return unit


def check_latents(Z: npt.ArrayLike, what: str = "latents", units: int | None = None) -> Array:
    """Return latents as float64, or say what is wrong with them.

    Raises
    ------
    LatentsError
        If they are no table of finite numbers with the expected number of units.
    """
    try:
        table = np.asarray(Z, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LatentsError(f"{what} are no table of numbers: {error}") from error
    if table.ndim != 2 or 0 in table.shape:
        raise LatentsError(f"{what} are of shape {table.shape}; expected (images, latent units)")
    if units is not None and table.shape[1] != units:
        raise LatentsError(f"{what} have {table.shape[1]} units; expected {units}")
    wrong = np.argwhere(~np.isfinite(table))
    if len(wrong):
        row, unit = wrong[0]
        raise LatentsError(
            f"{what}, row {row}, unit {unit}: found {table[row, unit]}; expected finite numbers "
            f"({len(np.unique(wrong[:, 0]))} rows have others); remove or recompute these images"
        )
    return table


def check_parameters(
    K: int,
    vectors: npt.ArrayLike | None,
    families: Sequence[str] | None,
    sparsities: Sequence[float],
    balance: float,
) -> None:
    """Say what is wrong with a model's parameters, before anything is fitted.

    Raises
    ------
    EvidenceError
        If there are not as many vectors or families as concepts, or a number is out of its range.
    """
    if vectors is not None:
        table = np.asarray(vectors, dtype=np.float64)
        if table.ndim != 2 or len(table) != K or not np.isfinite(table).all():
            raise EvidenceError(
                f"vectors are of shape {table.shape}; expected finite numbers, a row for each of "
                f"the {K} concepts of the hierarchy, in its order"
            )
    if families is not None and len(families) != K:
        raise EvidenceError(
            f"there are {len(families)} families; expected one for each of {K} concepts"
        )
    if len(sparsities) == 0 or min(sparsities) < 0 or not np.isfinite(sparsities).all():
        raise EvidenceError(f"sparsities are {sparsities}; expected numbers of zero or more")
    if not 0 <= balance <= 1:
        raise EvidenceError(f"balance is {balance}; expected a number from 0 to 1")


def check_head(head: Head, units: int) -> tuple[Array, Array]:
    """Return the weight and bias of a classifier's last layer, or say what is wrong with them.

    Raises
    ------
    LatentsError
        If they are not of shapes (c, d) and (c,), or not finite.
    """
    weight, bias = (np.asarray(part, dtype=np.float64) for part in head)
    if weight.ndim != 2 or weight.shape[1] != units or bias.shape != weight.shape[:1]:
        raise LatentsError(
            f"head: weight is of shape {weight.shape} and bias of {bias.shape}; expected "
            f"(classes, {units}) and (classes,)"
        )
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise LatentsError("head: found numbers that are not finite; give the layer as trained")
    return weight, bias


def head_view(Z: Array, head: Head) -> Array:
    """Return roots of the probabilities that the classifier itself gives its classes; (n, c).

    ``sqrt(softmax(Z Wᵀ + b))``: the distance of two images is then that of Hellinger between what
    the classifier says of them.

    Parameters
    ----------
    Z : array of shape (n, d)
    head : (array of shape (c, d), array of shape (c,))
        Weight ``W`` and bias ``b`` of the layer that follows the latents.

    Raises
    ------
    LatentsError
        If the head is not of such shapes, or not finite.

    Examples
    --------
    >>> head_view(np.array([[0.0], [1.0]]), ([[0.0], [np.log(3)]], [0.0, 0.0])) ** 2
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    weight, bias = check_head(head, Z.shape[1])
    return np.asarray(np.sqrt(softmax(Z @ weight.T + bias, axis=1)))
