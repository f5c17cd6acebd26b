"""What may be said of a concept in a word, and of which of its ancestors it holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgconcepts.hierarchy import Hierarchy

__all__ = ["GROUNDED", "INHERITED", "NOT_GROUNDED", "UNDETECTABLE", "nearest", "verdict"]

GROUNDED, NOT_GROUNDED, UNDETECTABLE = "grounded", "not grounded", "undetectable here"
INHERITED = "inherited from {}"

Mask = npt.NDArray[np.bool_]


def nearest(hierarchy: Hierarchy, k: int, among: Mask) -> tuple[str, ...]:
    """Return the ancestors of ``k`` among these that no other such ancestor is below.

    Examples
    --------
    >>> chain = Hierarchy.from_edges("abc", [("b", "a"), ("c", "b")])
    >>> nearest(chain, 2, np.array([True, True, True]))
    ('b',)
    """
    closure = hierarchy.closure
    above = closure.indices[closure.indptr[k] : closure.indptr[k + 1]]
    above = above[(above != k) & among[above]]
    inside = closure[above][:, above]
    last = np.asarray(inside.sum(axis=0)).ravel() == 1
    return tuple(hierarchy.ids[a] for a in above[last])


def verdict(found: bool, detectable: bool, inherited_from: tuple[str, ...]) -> str:
    """Return the verdict on a concept.

    `grounded`: its images are told from others of its parents'. `inherited from <ancestor>`: they
    are not, but this ancestor's are, and of it the direction may be used. `undetectable here`: nor
    is an ancestor's, and so few images could not have shown it even if all had ranked first.
    `not grounded`: they could have, and did not.

    Parameters
    ----------
    found : bool
        Whether the concept is discovered.
    detectable : bool
        Whether it could have been.
    inherited_from : tuple of str
        Its nearest ancestors that are discovered.

    Examples
    --------
    >>> verdict(False, True, ("Copepoda",)), verdict(False, False, ())
    ('inherited from Copepoda', 'undetectable here')
    """
    if found:
        return GROUNDED
    if inherited_from:
        return INHERITED.format(", ".join(inherited_from))
    return NOT_GROUNDED if detectable else UNDETECTABLE
