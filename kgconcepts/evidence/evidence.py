"""What is known of each image: concepts shown, not shown, and unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence import checks, scores
from kgconcepts.evidence.combining import combined
from kgconcepts.evidence.known import Known
from kgconcepts.evidence.statements import Label, Statements
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy

__all__ = ["Evidence"]


@dataclass(frozen=True, eq=False)
class Evidence(Known):
    """What is known of ``n`` images and ``K`` concepts.

    Images with the same labels know the same, so each such pattern is kept once: a million
    images of a thousand classes cost a thousand rows and a million numbers. What is known for
    certain is a pattern; what is likely is a log-likelihood ratio, of a concept or of a pattern.

    Parameters
    ----------
    ids : tuple of str, K
        The concepts, in the order of the columns.
    patterns : int8 array of shape (R, K)
        1 shown, 0 not shown, -1 unknown.
    pattern : int array of shape (n,)
        Row of `patterns` for each image; -1 where nothing is known of it.
    ratios : csr_array of float32, shape (n, K), optional
        Log-likelihood ratio that an image shows a concept against that it does not.
    votes : csr_array of float32, shape (n, R), optional
        Log-likelihood ratio that a pattern is true of an image. An image that has any is judged by
        its `pattern`, but its classes are weighed by its votes alone.
    weight : float32 array of shape (n,), optional
        How much an image counts; 1 where not given.
    open_traits : bool array of shape (K,), optional
        Traits that an image may show although the hierarchy does not say so of its class.

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
    >>> evidence.class_log_factors(graph.hierarchy(traits=True))  # Salpa, Oithona, Calanus
    array([[-inf,   0., -inf],
           [-inf,   0.,   0.],
           [  0.,   0.,   0.]], dtype=float32)
    """

    @classmethod
    def from_labels(
        cls, labels: Iterable[Label], graph: ConceptGraph, *, traits_complete: bool = False
    ) -> Evidence:
        """Read labels as evidence.

        A label says that the image shows its concept, hence all that this is or has, and that it
        shows no other class, nor what its concept lacks. A label at a coarse concept leaves open
        which of the classes below it is. Traits of which the graph says nothing are unknown (open
        world).

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
        said = Statements(graph)
        patterns, pattern = said.labels(labels, traits_complete=traits_complete)
        return cls(said.dag.ids, patterns, pattern, open_traits=said.open & (not traits_complete))

    @classmethod
    def from_traits(
        cls, traits: Iterable[Mapping[str, bool | None] | None], graph: ConceptGraph
    ) -> Evidence:
        """Read what was seen in single images as evidence.

        That a trait is shown rules out the classes that the graph says lack it, or that have what
        excludes it (a quality or stage that is disjoint with it); that it is not shown rules out
        the classes that have it. Classes of which the graph says neither may show it or not.

        Parameters
        ----------
        traits : iterable of mappings of str → bool, or None
            For each image which concepts, by id or name, are shown (True) and not shown (False);
            None or empty where nothing was said.
        graph : ConceptGraph
            Columns are the concepts of ``graph.hierarchy(traits=True)``, in this order.

        Raises
        ------
        UnknownConceptError
            If a name is of no concept, or of more than one, or of one that no class can have.
        EvidenceError
            If no class can have what is said of an image.

        Examples
        --------
        >>> from kgconcepts import Concept, ConceptGraph
        >>> graph = ConceptGraph(
        ...     [Concept("Oithona", "Oithona"), Concept("Salpa", "Salpa"),
        ...      Concept("Beroe", "Beroe"), Concept("antenna", "antenna", "part")],
        ...     [("Oithona", "has_part", "antenna"), ("Salpa", "lacks_part", "antenna")],
        ... )
        >>> evidence = Evidence.from_traits([{"antenna": True}, {"antenna": False}], graph)
        >>> evidence.ids
        ('Salpa', 'Beroe', 'antenna', 'Oithona')
        >>> print(evidence.targets)
        [[0 -- 1 --]
         [-- -- 0 0]]
        """
        said = Statements(graph)
        patterns, pattern = said.traits(traits)
        return cls(said.dag.ids, patterns, pattern, open_traits=said.open)

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
        patterns, pattern = checks.read_targets(targets, ids)
        return cls(tuple(ids), patterns, pattern)

    @classmethod
    def from_scores(
        cls,
        table: npt.ArrayLike,
        ids: Sequence[str],
        evidence: Evidence,
        hierarchy: Hierarchy,
        *,
        folds: int = 5,
        random_state: int = 0,
    ) -> Evidence:
        """Take an image-text model's scores as evidence, by their worth on annotated images.

        Scores that tell nothing of the annotated images count nothing; those of a concept without
        annotated images count as those of the others do on average. `combine` puts them beside
        labels.

        Parameters
        ----------
        table : array of shape (n, C)
            Higher for images that should show the concept, such as cosines.
        ids : sequence of str, C
            The concepts of the columns.
        evidence : Evidence of n images
            What else is known of them.
        hierarchy : Hierarchy
            With the concepts of `evidence`.
        folds : int, default 5
            Parts that the annotated images are divided into: a score's worth is measured on images
            that had no part in fitting it.
        random_state : int, default 0
            Seed of that division.

        Raises
        ------
        EvidenceError
            If scores are no table of finite numbers, or not of these images.
        UnknownConceptError
            If a concept is not among those of the evidence.
        """
        possible = evidence.possible_classes(hierarchy)
        columns = [hierarchy.index(id_) for id_ in ids]
        numbers = checks.check_scores(table, ids, len(evidence))
        if folds < 2:
            raise EvidenceError(f"folds is {folds}; expected 2 or more")
        known = scores.Annotations(
            evidence.patterns[:, columns],
            np.where(evidence.certain, evidence.pattern, -1),
            possible,
            hierarchy.closure[hierarchy.leaves][:, columns].toarray().astype(np.float32),
        )
        found = scores.calibrated(numbers, known, folds, random_state)
        ratios = scores.spread(found, columns, len(hierarchy))
        nothing = np.full(len(evidence), -1, dtype=np.intp)
        return cls(evidence.ids, evidence.patterns[:0], nothing, ratios)

    @classmethod
    def combine(
        cls, several: Sequence[Evidence], reliability: Sequence[float] | None = None
    ) -> Evidence:
        """Put together what is known of the same images from several sides.

        Likelihood ratios add up and weights multiply. If only one side gives patterns (labels, say,
        beside scores) they stay certain. If more do, they are annotators: each knows an image with
        a probability, his reliability, and otherwise guesses, so what each says counts as much as
        he is relied on (`votes`). Two who agree count double, two who contradict one another cancel
        out; `pattern` is then what annotators say and none of them contradicts.

        Parameters
        ----------
        several : sequence of Evidence
            On the same images and concepts.
        reliability : sequence of float, optional
            For each of `several` the probability that it knows, beyond guessing. 0 counts nothing;
            1 is certain, as long as no other contradicts it. Learnt from how often they agree
            beyond chance where it is not given; 1 where no image has two annotators, or they could
            not contradict one another.

        Raises
        ------
        EvidenceError
            If they are of other images or concepts, or a reliability is not from 0 to 1.
        """
        return combined(several, reliability)
