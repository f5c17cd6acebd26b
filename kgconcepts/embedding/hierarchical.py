"""Vectors of concepts that join what is said of each with where it hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from kgconcepts.embedding.donors import borrowed
from kgconcepts.embedding.encoder import Encoder, encoder
from kgconcepts.embedding.gaussian import EDGES, GaussianDAG, Posterior, parents_of
from kgconcepts.embedding.observations import Observations, observe, pieces
from kgconcepts.embedding.prompts import captions
from kgconcepts.embedding.removal import without_rows
from kgconcepts.embedding.spread import Spread, leave_one_out
from kgconcepts.embedding.variances import Variances, empirical_bayes
from kgconcepts.errors import SourceError, TextError, UnknownConceptError
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy, Positions
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import definitions, names

__all__ = ["HierarchicalEmbedding"]

Floats = npt.NDArray[np.float64]
Knowledge = ConceptGraph | Hierarchy
Said = Mapping[str, Iterable[Passage]] | Observations | None

_PROJECTIONS = 32  # of the texts, from which the variances are told


class HierarchicalEmbedding(BaseEstimator):  # type: ignore[misc]
    r"""A vector for every concept, the rare ones too, with how sure it is.

    Every concept is the mean of its parents and a deviation, ``x_c = Σ_p w_cp x_p + δ_c``, and its
    own text observes it, ``t_c = x_c + ε_c``; both Gaussian, with covariance ``τ_c S`` and
    ``σ_c S``. The deviations' ``τ`` are told by the texts for each rank or depth, the noise ``σ``
    falls with the amount of text and with how much of it a picture can show
    (`variances.Variances`). Then the posterior is exact: a concept without text sits at its
    parents', one with much text at its own.

    Parameters
    ----------
    encoder : Encoder, optional
        Texts → unit vectors; `kgconcepts.encoder()` where none is given.
    edges : mapping of str → float, optional
        How much relations count beside ``is_a``, which counts 1; `gaussian.EDGES` where not given.
        They need a graph: a hierarchy knows only parents.
    variances : Variances, optional
        As another fit learnt them; learnt where not given.

    Attributes
    ----------
    ids_ : tuple of str, K
        The concepts, in the order of the hierarchy.
    vectors_ : float32 array of shape (K, m)
        Posterior means, in the encoder's space.
    variance_ : array of shape (K,)
        Posterior variance of each vector, the mean over its axes.
    borrowed_from_ : tuple of tuple of str, K
        For a concept whose own text weighs less than half in its vector: the ids of the nearest
        with a text, those that weigh most first.
    own_ : array of shape (K,)
        How much a concept's own text weighs in its vector, 0 to 1.
    variances_ : Variances
    encoder_ : Encoder
        The one that was used; not there where `Observations` were given.
    spread_ : Spread
        The covariance of the axes, and how wide intervals are.
    observations_ : Observations
        The concepts' own texts as vectors.

    Examples
    --------
    >>> from kgconcepts.embedding.tfidf import TfidfEncoder
    >>> said = {"animal": "It moves and eats.", "copepod": "An animal with long antennae.",
    ...         "diatom": "A cell in a glass box.", "alga": "A cell that lives on light."}
    >>> tree = Hierarchy.from_edges(
    ...     ["animal", "alga", "copepod", "diatom", "Haloptilus"],
    ...     [("copepod", "animal"), ("Haloptilus", "copepod"), ("diatom", "alga")],
    ... )
    >>> texts = {id_: [Passage(text, "mine")] for id_, text in said.items()}
    >>> model = HierarchicalEmbedding(TfidfEncoder.of(said.values())).fit(tree, texts)
    >>> model.borrowed_from_[model.ids_.index("Haloptilus")]
    ('copepod',)
    """

    ids_: tuple[str, ...]
    vectors_: npt.NDArray[np.float32]
    variance_: Floats
    borrowed_from_: tuple[tuple[str, ...], ...]
    own_: Floats
    variances_: Variances
    spread_: Spread
    observations_: Observations

    def __init__(
        self,
        encoder: Encoder | None = None,
        *,
        edges: Mapping[str, float] | None = None,
        variances: Variances | None = None,
    ) -> None:
        self.encoder = encoder
        self.edges = edges
        self.variances = variances

    def fit(
        self,
        knowledge: Knowledge,
        texts: Said = None,
        progress: Callable[[int], None] | None = None,
    ) -> HierarchicalEmbedding:
        """Learn the variances, and the vectors.

        Parameters
        ----------
        knowledge : ConceptGraph or Hierarchy
            Of a graph, names and definitions are texts too, ranks are known, and further
            relations (`edges`) count.
        texts : mapping of id → passages, or Observations, optional
            Each concept's own.
        progress : callable, optional
            Called with the number of pieces of text to come.

        Raises
        ------
        TextError
            If no concept has a text.
        """
        hierarchy, graph = _taken(knowledge)
        seen = self._observed(hierarchy, graph, texts, progress)
        told = seen.words > 0
        if not told.any():
            raise TextError(f"none of {len(told)} concepts has a text; give texts by their ids")
        dag = self._dag_of(hierarchy, graph)
        given = self.variances.mean if self.variances else ()
        self._mean = np.array(given) if given else seen.vectors[told].astype(float).mean(axis=0)
        groups = _groups(hierarchy, graph)
        learnt = self.variances or self._learn(dag, seen, groups)
        self.variances_ = replace(learnt, mean=tuple(self._mean.tolist()))
        self._keep(hierarchy, seen)
        self._dag, self._steps = dag, self.variances_.of(groups)
        posterior, noise = self._solved(dag, seen, groups)
        self.spread_ = leave_one_out(posterior, self._centred(seen), noise)
        self.vectors_ = (posterior.mean + self._mean).astype(np.float32)
        self.variance_ = posterior.variance * self.spread_.size
        self.own_ = posterior.variance / noise
        self.borrowed_from_ = borrowed(self.ids_, dag.above, posterior, noise, self.own_)
        return self

    def transform(self, knowledge: Knowledge, texts: Said = None) -> npt.NDArray[np.float32]:
        """Place new concepts: return the vectors of all concepts, old and new, given all texts.

        The same as a fit with these `variances_`: what new concepts say of old ones counts.

        Parameters
        ----------
        knowledge : ConceptGraph or Hierarchy
            The concepts that were fitted and the new ones, wherever they hang.
        texts : mapping of id → passages, or Observations, optional
            Of new concepts. What was fitted keeps its text; what is not there any more is left out
            with it.

        Returns
        -------
        vectors : float32 array of shape (K', m)
            In the order of ``knowledge``'s hierarchy.
        """
        check_is_fitted(self, "vectors_")
        hierarchy, graph = _taken(knowledge)
        new = [id_ for id_ in hierarchy.ids if id_ not in self._known]
        seen = self.observations_.of(hierarchy.ids)
        if new:
            of_new = self._observed(hierarchy, graph, texts, None, new).of(hierarchy.ids)
            seen = Observations(
                hierarchy.ids,
                seen.vectors + of_new.vectors,
                seen.words + of_new.words,
                seen.visual + of_new.visual,
            )
        dag = self._dag_of(hierarchy, graph)
        posterior, _ = self._solved(dag, seen, _groups(hierarchy, graph))
        return np.asarray(posterior.mean + self._mean, dtype=np.float32)

    def of(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of these concepts, as `ConceptDictionary` takes them by its order.

        Raises
        ------
        UnknownConceptError
            If one was not fitted.
        """
        return np.asarray(self.vectors_[self.positions(ids)])

    def positions(self, ids: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return where these concepts stand.

        Raises
        ------
        UnknownConceptError
            If one was not fitted.
        """
        check_is_fitted(self, "vectors_")
        missing = next((id_ for id_ in ids if id_ not in self._known), None)
        if missing is not None:
            raise UnknownConceptError(f"{missing!r} has no vector: it was not there to be fitted")
        return np.array([self._known[id_] for id_ in ids], dtype=np.intp)

    def similarities(
        self, ids: Sequence[str], directions: npt.ArrayLike, level: float = 0.9
    ) -> tuple[Floats, Floats, Floats]:
        """Return how similar a text of each concept is to directions, and in which interval.

        That is ``t · v`` for a text ``t`` that was not read, of the concepts' usual amount.

        Parameters
        ----------
        ids : sequence of str, n
        directions : array of shape (j, m)
            Brought to unit length.
        level : float
            How probable it is that it lies in the interval; between 0 and 1.

        Returns
        -------
        expected, low, high : arrays of shape (n, j)
        """
        at = self.positions(ids)
        if not 0 < level < 1:
            raise SourceError(f"level is {level}; give a probability between 0 and 1")
        v = np.atleast_2d(np.asarray(directions, dtype=float))
        v = v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12)
        seen = self.observations_
        told = seen.words > 0
        noise = self.variances_.of_texts(seen.words, seen.visual)
        usual = np.where(told[at], noise[at], np.median(noise[told]))
        half = self.spread_.half_width(self.variance_[at] / self.spread_.size + usual, v, level)
        expected = self.vectors_[at].astype(float) @ v.T
        return expected, expected - half, expected + half

    @property
    def centred(self) -> Floats:
        """The vectors, taken from the mean of all texts; shape (K, m)."""
        return self.from_mean(self.vectors_)

    @property
    def own_texts(self) -> Floats:
        """The concepts' own texts, taken from their mean; zero where there is none."""
        return self._centred(self.observations_)

    @property
    def whitening(self) -> Floats:
        """What brings the axes to one scale; shape (m, m)."""
        return self.spread_.whitening

    def from_mean(self, vectors: npt.ArrayLike) -> Floats:
        """Take vectors of the encoder's space from the mean of all texts."""
        centred: Floats = np.asarray(vectors, dtype=float) - self._mean
        return centred

    def cut(self, positions: Positions) -> Floats:
        """Return the vectors, taken from the mean, as they were if these had nothing above them."""
        above = without_rows(self._dag.above, positions)
        steps = self._steps.copy()
        steps[positions] = self.variances_.of(["depth 0"])
        noise = self.variances_.of_texts(self.observations_.words, self.observations_.visual)
        return GaussianDAG(above).posterior(self.own_texts, steps, noise).mean

    def _observed(
        self,
        hierarchy: Hierarchy,
        graph: ConceptGraph | None,
        texts: Said,
        progress: Callable[[int], None] | None,
        ids: Sequence[str] | None = None,
    ) -> Observations:
        wanted = hierarchy.ids if ids is None else ids
        if isinstance(texts, Observations):
            return texts.of(wanted)
        said = dict(texts or {})
        self.encoder_ = encoder() if self.encoder is None else self.encoder
        if graph is not None:
            own = captions(graph) if getattr(self.encoder_, "captions", False) else names(graph)
            said = dict(own.then(definitions(graph), said))
        if ids is not None and not any(pieces(said.get(id_, ())) for id_ in ids):
            return self.observations_.of(ids)  # which has nothing of them
        return observe(self.encoder_, wanted, said, progress)

    def _dag_of(self, hierarchy: Hierarchy, graph: ConceptGraph | None) -> GaussianDAG:
        edges = EDGES if self.edges is None else self.edges
        return GaussianDAG(parents_of(hierarchy, graph, edges))

    def _centred(self, seen: Observations) -> Floats:
        return np.where((seen.words > 0)[:, None], seen.vectors - self._mean, 0.0)

    def _learn(self, dag: GaussianDAG, seen: Observations, groups: Sequence[str]) -> Variances:
        centred = self._centred(seen)
        some = np.random.default_rng(0).normal(size=(centred.shape[1], _PROJECTIONS))
        projected = centred @ some
        size = np.sqrt((projected[seen.words > 0] ** 2).mean())
        projected /= size if size > 0 else 1.0
        return empirical_bayes(dag, projected, groups, seen.words, seen.visual)

    def _solved(
        self, dag: GaussianDAG, seen: Observations, groups: Sequence[str]
    ) -> tuple[Posterior, Floats]:
        noise = self.variances_.of_texts(seen.words, seen.visual)
        return dag.posterior(self._centred(seen), self.variances_.of(groups), noise), noise

    def _keep(self, hierarchy: Hierarchy, seen: Observations) -> None:
        self.ids_ = hierarchy.ids
        self._known = {id_: k for k, id_ in enumerate(self.ids_)}
        self.observations_ = seen


def _taken(knowledge: Knowledge) -> tuple[Hierarchy, ConceptGraph | None]:
    if isinstance(knowledge, Hierarchy):
        return knowledge, None
    if isinstance(knowledge, ConceptGraph):
        return knowledge.hierarchy(), knowledge
    raise SourceError(
        f"a {type(knowledge).__name__} has no hierarchy; give a ConceptGraph or its hierarchy()"
    )


def _groups(hierarchy: Hierarchy, graph: ConceptGraph | None) -> list[str]:
    """Return what deviates alike: concepts of one rank, or else of one depth; roots apart."""
    found = []
    for id_, level in zip(hierarchy.ids, hierarchy.levels.tolist(), strict=True):
        rank = graph[id_].rank if graph is not None else ""
        found.append(rank if rank and level else f"depth {level}")
    return found
