"""What is known of each image: concepts shown, not shown, and unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError
from kgconcepts.graph import ConceptGraph

__all__ = ["ABSENT", "SHOWN", "UNKNOWN", "Evidence"]

SHOWN, ABSENT, UNKNOWN = 1, 0, -1

Label = str | Sequence[str] | float | None


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of ``n`` images and ``K`` concepts.

    Images with the same labels know the same, so each such pattern is kept once: a million
    images of a thousand classes cost a thousand rows and a million numbers.

    Parameters
    ----------
    ids : tuple of str, K
        The concepts, in the order of the columns.
    patterns : int8 array of shape (R, K)
        1 shown, 0 not shown, -1 unknown.
    pattern : int array of shape (n,)
        Row of `patterns` for each image; -1 where nothing is known of it.

    Examples
    --------
    >>> from kgconcepts import Concept, ConceptGraph
    >>> graph = ConceptGraph(
    ...     [Concept(name, name) for name in ("Copepoda", "Oithona", "Calanus", "Salpa")],
    ...     [("Oithona", "is_a", "Copepoda"), ("Calanus", "is_a", "Copepoda")],
    ... )
    >>> evidence = Evidence.from_labels(["Oithona", "Copepoda", None], graph)
    >>> evidence.ids
    ('Copepoda', 'Salpa', 'Oithona', 'Calanus')
    >>> print(evidence.targets)
    [[1 0 1 0]
     [1 0 -- --]
     [-- -- -- --]]
    """

    ids: tuple[str, ...]
    patterns: npt.NDArray[np.int8]
    pattern: npt.NDArray[np.intp]

    @classmethod
    def from_labels(
        cls, labels: Iterable[Label], graph: ConceptGraph, *, traits_complete: bool = False
    ) -> Evidence:
        """Read labels as evidence.

        A label says that the image shows its concept, hence all that this is or has, and that it
        shows no other class. A label at a coarse concept leaves open which of the classes below
        it is. Traits that the graph does not state are unknown (open world).

        Parameters
        ----------
        labels : iterable of str, of several str, or None
            For each image the concepts that it is known to show, by id or name; several hold
            together; None (or empty, or NaN) where the image is not annotated.
        graph : ConceptGraph
            Columns are the concepts of ``graph.hierarchy(traits=True)``, in this order.
        traits_complete : bool, default False
            Whether the graph states all traits of the labelled concepts, so that a trait which it
            does not state is not shown.

        Raises
        ------
        UnknownConceptError
            If a label names no concept, or more than one.
        EvidenceError
            If nothing can show all the concepts of a label.
        """
        dag = graph.hierarchy(traits=True)
        closure = dag.closure.toarray().astype(bool)
        below = closure[dag.leaves]
        trait = np.array([graph[id_].kind in ("part", "quality", "stage") for id_ in dag.ids])
        rows: dict[tuple[str, ...], int] = {}
        patterns: list[npt.NDArray[np.int8]] = []
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
            names = (label,) if isinstance(label, str) else tuple(label)
            if names not in rows:
                ids = [graph.find_one(name) for name in names]
                if obsolete := [id_ for id_ in ids if graph[id_].obsolete]:
                    raise EvidenceError(
                        f"image {image}: {obsolete[0]} ({graph[obsolete[0]].label}) is obsolete "
                        "and nothing in the graph replaces it; give a label that is in use"
                    )
                columns = [dag.index(id_) for id_ in ids]
                possible = below[below[:, columns].all(axis=1)]
                if not len(possible):
                    raise EvidenceError(
                        f"image {image}: no class is or has all of {', '.join(names)}; "
                        "give labels that hold together, or add the class to the graph"
                    )
                row = np.full(len(dag), UNKNOWN, dtype=np.int8)
                # Of one concept, that it has a single class below it says nothing; several concepts
                # together mean what is all of them.
                said = closure[columns[0]] if len(columns) == 1 else possible.all(axis=0)
                row[said] = SHOWN
                row[~possible.any(axis=0) & (traits_complete | ~trait)] = ABSENT
                rows[names] = len(patterns)
                patterns.append(row)
            pattern.append(rows[names])
        K = len(dag)
        stacked = np.stack(patterns) if patterns else np.empty((0, K), dtype=np.int8)
        return cls(dag.ids, stacked, np.array(pattern, dtype=np.intp))

    @classmethod
    def from_targets(cls, targets: npt.ArrayLike, ids: Sequence[str]) -> Evidence:
        """Take a table of numbers as evidence.

        Parameters
        ----------
        targets : array of shape (n, K)
            1 shown, 0 not shown; masked, NaN or -1 where it is not known.
        ids : sequence of str, K
            The concepts of the columns.

        Raises
        ------
        EvidenceError
            If the shape does not fit or another number occurs.
        """
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
        patterns, pattern = np.unique(values.astype(np.int8), axis=0, return_inverse=True)
        pattern = np.asarray(pattern, dtype=np.intp).ravel()
        pattern[(patterns == UNKNOWN).all(axis=1)[pattern]] = -1
        return cls(tuple(ids), patterns, pattern)

    def __len__(self) -> int:
        return len(self.pattern)

    @property
    def shape(self) -> tuple[int, int]:
        """Images and concepts."""
        return len(self.pattern), len(self.ids)

    @property
    def annotated(self) -> npt.NDArray[np.bool_]:
        """Whether anything is known of an image; shape (n,)."""
        return self.pattern >= 0

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

    def take(self, images: npt.ArrayLike) -> Evidence:
        """Return the evidence of these images (positions or a mask), in this order."""
        return Evidence(self.ids, self.patterns, self.pattern[np.asarray(images)])
