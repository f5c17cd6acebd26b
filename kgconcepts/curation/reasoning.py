"""What follows along the hierarchy: inherited traits, and concepts that cannot exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.curation.arrays import closed, handed_down, matrix
from kgconcepts.graph import TRAITS, ConceptGraph
from kgconcepts.hierarchy import Hierarchy

__all__ = ["Clash", "Disjointness", "Inherited", "clashes", "disjoint", "inherited"]

Positions = npt.NDArray[np.intp]
_CHUNK = 1 << 22  # descendants looked at together: some 150 MB


@dataclass(frozen=True, slots=True, eq=False)
class Inherited:
    """The traits that every concept has, or lacks: its own and those that it inherits.

    Parameters
    ----------
    hierarchy : Hierarchy
        The ``is_a`` DAG, K concepts.
    traits : tuple of str, T
        Ids of what some concept has, or lacks, the general before the specific.
    matrix : csr_array of bool, shape (K, T)
        True where a concept has, or lacks, a trait.
    """

    hierarchy: Hierarchy
    traits: tuple[str, ...]
    matrix: sp.csr_array

    @property
    def ids(self) -> tuple[str, ...]:
        """The concepts of the rows, parents before children."""
        return self.hierarchy.ids

    def of(self, id_: str) -> tuple[str, ...]:
        """Return the ids of the traits of one concept.

        Raises
        ------
        UnknownConceptError
            If there is no such concept, or it is obsolete.
        """
        k = self.hierarchy.index(id_)
        first, last = self.matrix.indptr[k : k + 2]
        return tuple(self.traits[t] for t in self.matrix.indices[first:last])


def inherited(graph: ConceptGraph, *relations: str) -> Inherited:
    """Find the traits that every concept has.

    A concept has what is stated of it and of its ancestors; whatever these traits are a kind of
    (``is_a``), it has as well; and, if ``has_part`` is among the relations, so it does the parts
    of what it has, as parts of parts are parts. Nothing else is followed: the quality of a part is
    no quality of the whole. Obsolete concepts are left out.

    Parameters
    ----------
    graph : ConceptGraph
    *relations : str
        Those through which a concept has a trait; `TRAITS` where none is given.

    Raises
    ------
    CycleError
        If a concept is among its own ancestors.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> names = {"PLK:1": "Copepoda", "PLK:2": "Oithona", "PLK:3": "antenna",
    ...          "PLK:4": "appendage", "PLK:5": "seta"}
    >>> graph = ConceptGraph(
    ...     [Concept(id_, label) for id_, label in names.items()],
    ...     [("PLK:2", "is_a", "PLK:1"), ("PLK:1", "has_part", "PLK:3"),
    ...      ("PLK:3", "is_a", "PLK:4"), ("PLK:3", "has_part", "PLK:5")],
    ... )
    >>> [names[trait] for trait in inherited(graph).of("PLK:2")]
    ['appendage', 'seta', 'antenna']
    """
    through = relations or TRAITS
    onward = ("is_a", "has_part") if "has_part" in through else ("is_a",)
    tree = graph.hierarchy()
    stated = [
        (tree.index(child), parent)
        for child, relation, parent in graph.relations
        if relation in through and child in tree and parent in tree
    ]
    found = _reached(graph, tree, (parent for _, parent in stated), onward)
    traits = sorted(found, key=tree.index)
    column = {id_: t for t, id_ in enumerate(traits)}
    T = len(traits)
    steps = [
        (column[id_], column[other])
        for id_ in traits
        for other in graph.related(id_, *onward)
        if other in column
    ]
    own = matrix(((k, column[parent]) for k, parent in stated), (len(tree), T))
    reached = closed(matrix(steps, (T, T)))
    return Inherited(tree, tuple(traits), handed_down(tree, own @ reached))


@dataclass(frozen=True, slots=True, eq=False)
class Disjointness:
    """Which concepts can have no member in common.

    Parameters
    ----------
    hierarchy : Hierarchy
        The ``is_a`` DAG, K concepts.
    stated : csr_array of bool, shape (K, K)
        True where two concepts are stated to be disjoint, in whichever direction.
    """

    hierarchy: Hierarchy
    stated: sp.csr_array

    def are_disjoint(self, one: str, other: str) -> bool:
        """Whether two concepts, or ancestors of theirs, are stated to be disjoint.

        What cannot exist (`clashes`) is disjoint with itself.

        Raises
        ------
        UnknownConceptError
            If there is no such concept, or it is obsolete.
        """
        above, across = (
            [self.hierarchy.index(a) for a in (id_, *self.hierarchy.ancestors(id_))]
            for id_ in (one, other)
        )
        return bool(self.stated[above][:, across].nnz)


def disjoint(graph: ConceptGraph) -> Disjointness:
    """Return what is stated to be disjoint, to ask what follows for descendants.

    Raises
    ------
    CycleError
        If a concept is among its own ancestors.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept(name, name) for name in ("diatom", "copepod", "Oithona")],
    ...     [("Oithona", "is_a", "copepod"), ("copepod", "disjoint_with", "diatom")],
    ... )
    >>> disjoint(graph).are_disjoint("diatom", "Oithona")
    True
    """
    tree = graph.hierarchy()
    pairs = _stated(graph, tree)
    both = (*pairs, *((other, one) for one, other in pairs))
    return Disjointness(tree, matrix(both, (len(tree), len(tree))))


@dataclass(frozen=True, slots=True)
class Clash:
    """A concept that cannot exist, as it is below two that are disjoint, or is one of them.

    Parameters
    ----------
    concept, one, other : str
        Ids of the concept, and of the two that are stated to be disjoint.
    """

    concept: str
    one: str
    other: str


def clashes(graph: ConceptGraph) -> tuple[Clash, ...]:
    """Find the concepts that are below both sides of a stated disjointness, or equal to one.

    What is stated to be disjoint with its own ancestor, or with itself, is among them, and so is
    all that is below a clash. What follows from relations other than ``is_a`` is left to a
    reasoner (`kgconcepts.curation.hermit`).

    Returns
    -------
    tuple of Clash
        By concept, parents before children, then by pair in the order stated.

    Raises
    ------
    CycleError
        If a concept is among its own ancestors.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept(name, name) for name in ("plant", "animal", "mixotroph")],
    ...     [("mixotroph", "is_a", "plant"), ("mixotroph", "is_a", "animal"),
    ...      ("plant", "disjoint_with", "animal")],
    ... )
    >>> clashes(graph)
    (Clash(concept='mixotroph', one='plant', other='animal'),)
    """
    tree = graph.hierarchy()
    stated = _stated(graph, tree)
    if not stated:
        return ()
    pairs = np.array(stated, np.int64)
    ends, numbered = np.unique(pairs, return_inverse=True)
    M = len(ends)
    below = handed_down(tree, matrix(zip(ends.tolist(), range(M), strict=True), (len(tree), M)))
    concepts, clashing = _common(below, numbered.reshape(-1, 2))
    order = np.lexsort((clashing, concepts))
    one, other = (pairs[clashing[order], side].tolist() for side in (0, 1))
    ids = tree.ids
    return tuple(
        Clash(ids[k], ids[i], ids[j])
        for k, i, j in zip(concepts[order].tolist(), one, other, strict=True)
    )


def _common(below: sp.csr_array, pairs: npt.NDArray[np.int64]) -> tuple[Positions, Positions]:
    """Return the rows that have both columns of a pair, and which pair; bounded in memory.

    Of each pair the column with fewer rows is walked through, and its rows are looked up in the
    other, so that a pair of a large and a small group costs what the small one is worth.
    """
    K, M = below.shape
    columns = below.tocsc()
    size = np.diff(columns.indptr).astype(np.int64)
    pairs = np.where((size[pairs[:, :1]] <= size[pairs[:, 1:]]), pairs, pairs[:, ::-1])
    known = np.repeat(np.arange(K), np.diff(below.indptr)) * M + below.indices  # ascending
    rows, which = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for first, last in _chunks(size[pairs[:, 0]]):
        few, many = pairs[first:last].T
        lengths = size[few]
        steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        found = columns.indices[np.repeat(columns.indptr[few].astype(np.int64), lengths) + steps]
        wanted = found.astype(np.int64) * M + np.repeat(many, lengths)
        place = np.searchsorted(known, wanted)
        hit = known[np.minimum(place, len(known) - 1)] == wanted
        rows.append(found[hit].astype(np.intp))
        which.append(np.repeat(np.arange(first, last), lengths)[hit])
    return np.concatenate(rows), np.concatenate(which)


def _chunks(sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Divide what has these sizes into runs of about `_CHUNK` together."""
    if len(sizes):
        run = np.cumsum(sizes) // _CHUNK
        bounds = np.concatenate([[0], np.flatnonzero(np.diff(run)) + 1, [len(sizes)]])
        yield from pairwise(bounds.tolist())


def _reached(
    graph: ConceptGraph, tree: Hierarchy, ids: Iterable[str], relations: tuple[str, ...]
) -> set[str]:
    found = set(ids)
    stack = list(found)
    while stack:
        for other in graph.related(stack.pop(), *relations):
            if other in tree and other not in found:
                found.add(other)
                stack.append(other)
    return found


def _stated(graph: ConceptGraph, tree: Hierarchy) -> tuple[tuple[int, int], ...]:
    """Return the pairs stated to be disjoint, once for both directions."""
    pairs: dict[frozenset[int], tuple[int, int]] = {}
    for one, relation, other in graph.relations:
        if relation == "disjoint_with" and one in tree and other in tree:
            pair = (tree.index(one), tree.index(other))
            pairs.setdefault(frozenset(pair), pair)
    return tuple(pairs.values())
