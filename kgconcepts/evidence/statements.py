"""What labels and statements on traits say of images, by what the graph says of concepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import disjoint
from kgconcepts.errors import EvidenceError
from kgconcepts.evidence.rows import Rows
from kgconcepts.evidence.states import ABSENT, SHOWN, UNKNOWN
from kgconcepts.graph import ConceptGraph

__all__ = ["Label", "Statements"]

Label = str | Sequence[str] | float | None
Positions = npt.NDArray[np.intp]
Row = npt.NDArray[np.int8]


class Statements:
    """Reads labels and statements as patterns over the concepts of a graph.

    Parameters
    ----------
    graph : ConceptGraph

    Attributes
    ----------
    dag : Hierarchy, K concepts
        ``graph.hierarchy(traits=True)``.
    open : bool array of shape (K,)
        Traits: what the graph does not say that a class has, the class may have.
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self.graph = graph
        self.dag = graph.hierarchy(traits=True)
        things = np.array(
            [graph[id_].kind not in ("part", "quality", "stage") for id_ in self.dag.ids], dtype=int
        )
        self.closure = self.dag.closure
        self.above = self.closure[self.dag.leaves]  # of the classes
        self.classes_below = self.above.T.tocsr()
        self.below = self.closure.T.tocsr()
        # A trait that hangs below a thing is shown or not as the thing is.
        self.open = np.asarray(self.closure @ things == 0)

    @cached_property
    def traits_below(self) -> sp.csr_array:
        """The open traits that are below a concept (row), itself included; shape (K, K)."""
        kept = sp.csr_array(self.below @ sp.diags_array(self.open.astype(np.int32), dtype=np.int32))
        kept.eliminate_zeros()
        return kept

    @cached_property
    def lacked(self) -> sp.csr_array:
        """True where a concept (row) is known not to have a trait; shape (K, K)."""
        found = absent(self.graph)
        mine = [found.hierarchy.index(id_) for id_ in self.dag.ids]
        columns = [t for t, id_ in enumerate(found.traits) if id_ in self.dag]
        place = [self.dag.index(found.traits[t]) for t in columns]
        chosen = sp.coo_array(found.matrix[mine][:, columns])
        rows, cols = chosen.coords
        K = len(self.dag)
        ones = np.ones(len(rows), dtype=bool)
        return sp.csr_array((ones, (rows, np.array(place, np.intp)[cols])), shape=(K, K))

    @cached_property
    def excluded(self) -> sp.csr_array:
        """True where an image that shows a concept (row) cannot show another; shape (K, K).

        Qualities exclude one another where they, or what they are kinds of, are disjoint, and so
        do stages. Parts do not, as an organism has many.
        """
        found = disjoint(self.graph)
        tree = found.hierarchy
        kinds = np.array([self.graph[id_].kind for id_ in tree.ids])
        pairs = sp.coo_array(found.stated)
        one, other = pairs.coords
        same = (kinds[one] == kinds[other]) & np.isin(kinds[one], ("quality", "stage"))
        stated = sp.csr_array(
            (np.ones(same.sum(), dtype=np.int32), (one[same], other[same])), shape=pairs.shape
        )
        mine = [tree.index(id_) for id_ in self.dag.ids]
        if not stated.nnz:
            return sp.csr_array((len(mine), len(mine)), dtype=bool)
        return sp.csr_array((tree.closure @ stated)[mine][:, mine].astype(bool))

    def labels(
        self, labels: Iterable[Label], *, traits_complete: bool
    ) -> tuple[npt.NDArray[np.int8], Positions]:
        """Return the patterns of labels and which of them each image has; see `Evidence`."""
        known: dict[Label, int] = {}
        rows = Rows(len(self.dag))
        pattern: list[int] = []
        for image, label in enumerate(labels):
            if label is None or label == "" or (isinstance(label, float) and np.isnan(label)):
                pattern.append(-1)
                continue
            if not isinstance(label, str | list | tuple) or not label:
                raise EvidenceError(
                    f"image {image}: its label is {label!r}; expected a name, several names, or "
                    "None"
                )
            names = label if isinstance(label, str) else tuple(label)
            if names not in known:
                several = (names,) if isinstance(names, str) else names
                known[names] = rows.add(self._label(image, several, traits_complete))
            pattern.append(known[names])
        return rows.array(), np.array(pattern, dtype=np.intp)

    def traits(
        self, traits: Iterable[Mapping[str, bool | None] | None]
    ) -> tuple[npt.NDArray[np.int8], Positions]:
        """Return the patterns of statements and which each image has; see `Evidence`."""
        known: dict[tuple[tuple[str, bool], ...], int] = {(): -1}
        rows = Rows(len(self.dag))
        pattern: list[int] = []
        for image, said in enumerate(traits):
            stated = _stated(image, said)
            if stated not in known:
                known[stated] = self._traits(image, stated, rows)
            pattern.append(known[stated])
        return rows.array(), np.array(pattern, dtype=np.intp)

    def _label(self, image: int, names: Sequence[str], traits_complete: bool) -> Row:
        columns = self._columns(image, names)
        possible = self._below(columns[0])
        for k in columns[1:]:
            possible = np.intersect1d(possible, self._below(k), assume_unique=True)
        if not len(possible):
            raise EvidenceError(
                f"image {image}: no class is or has all of {', '.join(names)}; "
                "give labels that hold together, or add the class to the graph"
            )
        # Of one concept, that it has a single class below it says nothing; several concepts
        # together mean what is all of them.
        one = len(columns) == 1
        meant = np.array(columns) if one else self.dag.leaves[possible]
        count = self._count(self.above, possible)
        row = np.full(len(self.dag), UNKNOWN, dtype=np.int8)
        row[(count == 0) & (traits_complete | ~self.open)] = ABSENT
        row[self._count(self.closure, meant) == len(meant)] = SHOWN
        # What a class has after all, in a graph that contradicts itself, is not taken as absent.
        lacked = (self._count(self.lacked, meant) == len(meant)) & (count == 0)
        row[self._reach(self.traits_below, np.flatnonzero(lacked))] = ABSENT
        return row

    def _traits(self, image: int, stated: tuple[tuple[str, bool], ...], rows: Rows) -> int:
        said = {value: [name for name, v in stated if v is value] for value in (True, False)}
        shown = np.array(self._columns(image, said[True]), dtype=np.intp)
        none = np.array(self._columns(image, said[False]), dtype=np.intp)
        above = self._reach(self.closure, shown)
        lacked = np.setdiff1d(self._reach(self.lacked, shown), above)
        none = np.concatenate([none, lacked, self._reach(self.excluded, shown)])
        none = self._reach(self.below, none)
        row = np.full(len(self.dag), UNKNOWN, dtype=np.int8)
        row[above] = SHOWN
        both = none[row[none] == SHOWN]
        row[none] = ABSENT
        possible = row[self.dag.leaves] != ABSENT
        for k in shown.tolist():
            if self.open[k]:
                possible &= ~np.isin(self.dag.leaves, self.lacking[[k]].indices)
            else:
                possible &= np.isin(np.arange(len(possible)), self._below(k))
        if len(both) or not possible.any():
            words = [*said[True], *(f"no {name}" for name in said[False])]
            raise EvidenceError(
                f"image {image}: no class can have what is said of it ({', '.join(words)}); "
                "correct its traits, or what the graph says of classes"
            )
        row[(self._count(self.above, np.flatnonzero(possible)) == 0) & ~self.open] = ABSENT
        return rows.add(row)

    @cached_property
    def lacking(self) -> sp.csr_array:
        """The transpose of `lacked`: who lacks a trait."""
        return self.lacked.T.tocsr()

    def _columns(self, image: int, names: Sequence[str]) -> list[int]:
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise EvidenceError(f"image {image}: {wrong[0]!r} is no name of a concept")
        ids = [self.graph.find_one(name) for name in names]
        if obsolete := [id_ for id_ in ids if self.graph[id_].obsolete]:
            raise EvidenceError(
                f"image {image}: {obsolete[0]} ({self.graph[obsolete[0]].label}) is obsolete "
                "and nothing in the graph replaces it; give a label that is in use"
            )
        return [self.dag.index(id_) for id_ in ids]

    def _below(self, k: int) -> Positions:
        """Return the numbers of the classes below a concept."""
        first, last = self.classes_below.indptr[k : k + 2]
        found: Positions = self.classes_below.indices[first:last]
        return found

    def _count(self, table: sp.csr_array, rows: Positions) -> Positions:
        """Return how many of these rows have an entry in each column; shape (K,)."""
        return np.bincount(table[rows].indices, minlength=len(self.dag))

    @staticmethod
    def _reach(table: sp.csr_array, rows: Positions) -> Positions:
        """Return the columns in which any of these rows has an entry."""
        found: Positions = np.unique(table[rows].indices)
        return found


def _stated(image: int, said: Mapping[str, bool | None] | None) -> tuple[tuple[str, bool], ...]:
    """Return the statements on an image, in the order of their names."""
    if said is not None and not isinstance(said, Mapping):
        raise EvidenceError(
            f"image {image}: its traits are {said!r}; expected a mapping such as "
            "{'antenna': True, 'spine': False}, or None"
        )
    stated = []
    for name, value in (said or {}).items():
        if not (value is None or isinstance(value, bool | np.bool_)):
            raise EvidenceError(
                f"image {image}: its trait {name!r} is {value!r}; expected True (shown), "
                "False (not shown) or None (unknown)"
            )
        if value is not None:
            stated.append((name, bool(value)))
    return tuple(sorted(stated, key=lambda pair: str(pair[0])))
