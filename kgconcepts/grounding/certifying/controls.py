"""Problems in which concepts mean nothing or hang in a wrong place, to be fitted the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgconcepts.hierarchy import Hierarchy

__all__ = ["Control", "permuted_parents", "random_concepts", "shuffled_labels"]

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
Targets = np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]]


@dataclass(frozen=True, eq=False)
class Control:
    """A problem to fit in place of the real one.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    targets : masked array of shape (n, K)
        1 shown, 0 not shown, masked unknown.
    null : bool array of shape (K,)
        Concepts that mean nothing here: which images of their parents show them is chance.
    source : int array of shape (n,)
        Whose evidence each image has.
    """

    hierarchy: Hierarchy
    targets: Targets
    null: Mask
    source: Positions


def shuffled_labels(
    hierarchy: Hierarchy, targets: Targets, seed: int, fold: Positions | None = None
) -> Control:
    """Give every annotated image the labels of another one: no concept means anything.

    Of one of its own fold, if folds are given: so each has as many of a concept as before, which
    matters where the images were divided by their labels.
    """
    rng = np.random.default_rng(seed)
    annotated = np.flatnonzero(~np.ma.getmaskarray(targets).all(axis=1))
    moved, source = _exchange(targets, [annotated], fold, rng)
    return Control(hierarchy, moved, np.ones(len(hierarchy), dtype=bool), source)


def random_concepts(
    hierarchy: Hierarchy, targets: Targets, seed: int, fold: Positions | None = None
) -> Control:
    """Put a random concept of equal support in the place of each below some depth.

    The images that show a concept of that depth exchange their labels (within folds, if they are
    given), so that it and all above it stay what they are and what is below it is chance. The depth
    is drawn; of concepts that share images only one is taken.

    Examples
    --------
    >>> tree = Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    >>> targets = np.ma.masked_array(np.array([[1, 1, 0], [1, 0, 1]] * 10, dtype=np.int8))
    >>> control = random_concepts(tree, targets, seed=0)
    >>> control.null
    array([False,  True,  True])
    >>> control.targets.sum(axis=0).data
    array([20, 10, 10])
    """
    rng = np.random.default_rng(seed)
    shown = ~np.ma.getmaskarray(targets) & (np.ma.getdata(targets) == 1)
    inner = np.setdiff1d(np.arange(len(hierarchy)), hierarchy.leaves)
    inner = inner[shown[:, inner].sum(axis=0) > 1]
    null = np.zeros(len(hierarchy), dtype=bool)
    if not len(inner):
        return Control(hierarchy, targets.copy(), null, np.arange(len(targets)))
    depth = rng.choice(np.unique(hierarchy.levels[inner]))
    used = np.zeros(len(targets), dtype=bool)
    groups = []
    for head in rng.permutation(inner[hierarchy.levels[inner] == depth]):
        if not (used & shown[:, head]).any():
            used |= shown[:, head]
            groups.append(np.flatnonzero(shown[:, head]))
            below = hierarchy.closure[:, [head]].toarray().ravel() > 0
            below[head] = False
            null |= below
    moved, source = _exchange(targets, groups, fold, rng)
    return Control(hierarchy, moved, null, source)


def permuted_parents(hierarchy: Hierarchy, targets: Targets, seed: int) -> Control:
    """Hang every class where another one belongs, and tell the images of it.

    What is above the classes stays as it is, and so does the number of classes at each place; what
    an image shows above its class is read off the class anew. No concept is chance here: what this
    fit gains by its hierarchy, the real one gains by no more than having one.
    """
    rng = np.random.default_rng(seed)
    leaves = hierarchy.leaves
    place = dict(zip(leaves.tolist(), rng.permutation(leaves).tolist(), strict=True))
    children, parents = hierarchy.parents.nonzero()
    edges = zip(children.tolist(), parents.tolist(), strict=True)
    ids = hierarchy.ids
    permuted = Hierarchy.from_edges(ids, [(ids[place.get(c, c)], ids[p]) for c, p in edges])
    order = np.array([hierarchy.index(id_) for id_ in permuted.ids])
    known = ~np.ma.getmaskarray(targets)[:, order]
    shown = known & (np.ma.getdata(targets)[:, order] == 1)
    below = permuted.closure[permuted.leaves].toarray() > 0
    of_leaves = shown[:, permuted.leaves]
    # Of a concept above classes, what its new classes say: shown if one is, absent if all are.
    shows = (of_leaves.astype(np.int32) @ below) > 0
    may = ((~known | shown)[:, permuted.leaves].astype(np.int32) @ below) > 0
    table = np.ma.masked_array(shows.astype(np.int8), mask=may & ~shows)
    return Control(permuted, table, np.zeros(len(permuted), dtype=bool), np.arange(len(table)))


def _exchange(
    targets: Targets, groups: list[Positions], fold: Positions | None, rng: np.random.Generator
) -> tuple[Targets, Positions]:
    source = np.arange(len(targets))
    fold = np.zeros(len(targets), dtype=np.intp) if fold is None else fold
    for group in groups:
        for part in np.unique(fold[group]):
            here = group[fold[group] == part]
            source[here] = rng.permutation(here)
    moved: Targets = np.ma.masked_array(
        np.ma.getdata(targets)[source], mask=np.ma.getmaskarray(targets)[source]
    )
    return moved, source
