"""The product: every concept with its text, its direction and what may be claimed of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from kgconcepts.certificate import Certificate
from kgconcepts.errors import LatentsError, OutputError, SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import check_latents, unit_latents
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.text.attribution import attribute
from kgconcepts.text.passage import Passage

__all__ = ["Certificate", "ConceptDictionary", "Explanation", "Grounding", "Provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a dictionary was made from.

    Parameters
    ----------
    model : str
        Class of the model, with its chosen parameters.
    classifier : str
        The classifier, or file of latents, that the directions are in.
    classifier_sha256, latents_sha256 : str
        Hashes of that file and of the latents used.
    annotated, judged : int
        Images that the model was fitted on, and that it was judged on.
    judged_on : str
        Which these were.
    software : str
        Name and version.
    """

    model: str = ""
    classifier: str = ""
    classifier_sha256: str = ""
    latents_sha256: str = ""
    annotated: int = 0
    judged: int = 0
    judged_on: str = ""
    software: str = ""


@dataclass(frozen=True, eq=False)
class Grounding:
    """Directions of ``K`` concepts in ``d`` latent units, with what was measured of them.

    Parameters
    ----------
    directions : float32 array of shape (K, d)
    intercepts : float32 array of shape (K,)
    center : float32 array of shape (d,)
        What is taken from latents before they are brought to unit length.
    certificates : tuple of Certificate, K
    provenance : Provenance
    """

    directions: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float32]
    center: npt.NDArray[np.float32]
    certificates: tuple[Certificate, ...]
    provenance: Provenance = field(default_factory=Provenance)

    @classmethod
    def of(cls, model: HierarchicalGrounder) -> Grounding:
        """Take what a fitted model found, certified on its own held-out folds."""
        return cls(
            model.directions_.astype(np.float32),
            model.intercepts_.astype(np.float32),
            model.center_.astype(np.float32),
            Certificate.of(model.certificate_),
            Provenance(
                model=f"{type(model).__name__}(strength={model.strength_:g}, "
                f"sparsity={model.sparsity_:g})",
                judged_on="held-out folds of the annotated images",
            ),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grounding):
            return NotImplemented
        arrays = ("directions", "intercepts", "center")
        return (
            all(np.array_equal(getattr(self, a), getattr(other, a)) for a in arrays)
            and self.certificates == other.certificates
            and self.provenance == other.provenance
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A concept that an image shows, according to the dictionary.

    Parameters
    ----------
    concept : str
        Its id.
    label : str
    probability : float
    path : tuple of str
        Labels from the root of its kind to the concept.
    """

    concept: str
    label: str
    probability: float
    path: tuple[str, ...]

    def __str__(self) -> str:
        """Return probability and path on one line."""
        return f"{self.probability:.2f}  {' › '.join(self.path)}"


class ConceptDictionary:
    """Concepts with their texts, vectors, directions and certificates.

    Parameters
    ----------
    graph : ConceptGraph
        Concepts that the model did not ground are left out.
    texts : mapping of id → passages, optional
    vectors : array of shape (K, m), optional
        Text vectors in the order of the hierarchy.
    model : HierarchicalGrounder or Grounding
        Fitted on ``graph.hierarchy(traits=True)``.

    Raises
    ------
    LatentsError
        If the model is about other concepts than the graph.
    """

    def __init__(
        self,
        graph: ConceptGraph,
        texts: Mapping[str, Sequence[Passage]] | None,
        vectors: npt.ArrayLike | None,
        model: HierarchicalGrounder | Grounding,
    ) -> None:
        self.hierarchy: Hierarchy = graph.hierarchy(traits=True)
        self.graph = graph.restrict(self.hierarchy.ids)
        self.texts = {
            id_: tuple(passages)
            for id_, passages in (texts or {}).items()
            if id_ in self.hierarchy and passages
        }
        self.vectors = None if vectors is None else np.asarray(vectors, dtype=np.float32)
        if isinstance(model, HierarchicalGrounder) and model.hierarchy.ids != self.hierarchy.ids:
            raise LatentsError(
                f"the model is about {len(model.hierarchy)} concepts, the graph's hierarchy with "
                f"traits about {len(self.hierarchy)}, or in another order; fit the model on "
                "graph.hierarchy(traits=True) of the same graph"
            )
        self.grounding = model if isinstance(model, Grounding) else Grounding.of(model)
        for what, number in (
            ("directions", len(self.grounding.directions)),
            ("certificates", len(self.grounding.certificates)),
            *((("vectors", len(self.vectors)),) if self.vectors is not None else ()),
        ):
            if number != len(self.hierarchy):
                raise LatentsError(
                    f"{number} {what} for {len(self.hierarchy)} concepts; fit the model on "
                    "graph.hierarchy(traits=True) of the same graph"
                )

    def __len__(self) -> int:
        return len(self.hierarchy)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConceptDictionary):
            return NotImplemented
        same_vectors = self.vectors is other.vectors or (
            self.vectors is not None
            and other.vectors is not None
            and np.array_equal(self.vectors, other.vectors)
        )
        return (
            same_vectors
            and self.graph == other.graph
            and self.texts == other.texts
            and self.grounding == other.grounding
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ConceptDictionary: {len(self)} concepts, {self.grounding.center.size} latents>"

    def certificate(self, id_: str) -> Certificate:
        """Return what was measured of a concept."""
        return self.grounding.certificates[self.hierarchy.index(id_)]

    def predict_proba(self, Z: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return each concept's probability; shape (n, K). See `HierarchicalGrounder`."""
        center = self.grounding.center.astype(float)
        X = unit_latents(check_latents(Z, units=center.size), center)
        leaves = self.hierarchy.leaves
        directions = self.grounding.directions[leaves].astype(float)
        p = softmax(X @ directions.T + self.grounding.intercepts[leaves], axis=1)
        below = self.hierarchy.closure[leaves].T.tocsr()
        summed: npt.NDArray[np.float64] = np.minimum((below @ p.T).T, 1.0)
        return summed

    def explain(self, z: npt.ArrayLike, threshold: float = 0.5) -> list[Explanation]:
        """Say what an image shows: the most specific concepts that are more likely than not.

        Parameters
        ----------
        z : array of shape (d,)
            The image's latents.
        threshold : float
            Least probability; where no concept without a parent reaches it, the list is empty.

        Returns
        -------
        list of Explanation
            The concepts that reach the threshold while none below them of their own kind does,
            the most probable first.
        """
        p = self.predict_proba(np.atleast_2d(np.asarray(z, dtype=float)))[0]
        tree = self.graph.hierarchy()
        enough = {id_ for k, id_ in enumerate(self.hierarchy.ids) if p[k] >= threshold}
        above = {a for id_ in enough for a in tree.ancestors(id_)}
        found = [
            Explanation(
                id_,
                self.graph[id_].label,
                float(p[self.hierarchy.index(id_)]),
                tuple(self.graph[a].label for a in (*tree.ancestors(id_), id_)),
            )
            for id_ in enough - above
        ]
        return sorted(found, key=lambda e: (-e.probability, e.concept))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write to a file; its suffix names the format: ``.json`` or ``.owl``.

        Beside a file that holds texts, ``ATTRIBUTION.md`` says whose they are.

        Raises
        ------
        OutputError
            If the suffix is another one, or the place cannot be written to.
        """
        from kgconcepts.export import dictionary_json, dictionary_owl  # noqa: PLC0415 (rdflib)

        path = Path(path)
        writers = {".json": dictionary_json.write, ".owl": dictionary_owl.write}
        if path.suffix not in writers:
            raise OutputError(f"{path}: expected a name that ends in .json or .owl")
        writers[path.suffix](self, path)
        attribute(path, self.texts)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ConceptDictionary:
        """Read what `write` wrote.

        Raises
        ------
        SourceError
            If it is no dictionary of ours, or of a later schema.
        """
        from kgconcepts.export import dictionary_json, dictionary_owl  # noqa: PLC0415 (rdflib)

        path = Path(path)
        readers = {".json": dictionary_json.read, ".owl": dictionary_owl.read}
        if path.suffix not in readers:
            raise SourceError(f"{path}: expected a name that ends in .json or .owl")
        return readers[path.suffix](path)
