"""How good vectors of concepts are, told by what was held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata

from kgconcepts.embedding.observations import Observations
from kgconcepts.embedding.order import below, removable
from kgconcepts.embedding.triplets import distances, triplets
from kgconcepts.errors import TextError
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy, Positions

__all__ = ["Answer", "Method", "Task", "evaluate", "summarise"]

Floats = npt.NDArray[np.float64]

_FRACTION = 0.1  # of the concepts are held out
_MOST = 1000  # of them, however many there are
_OTHERS = 200  # concepts that one is compared with
_LEVELS = (0.5, 0.9)


@dataclass(frozen=True)
class Task:
    """What a method is told.

    Parameters
    ----------
    graph : ConceptGraph
        Without the relations that lead up from concepts whose place is held out.
    observations : Observations
        Without the texts that are held out.
    asked : tuple of str
        The concepts of which something is held out.
    """

    graph: ConceptGraph
    observations: Observations
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a method says.

    Parameters
    ----------
    ids : tuple of str, K
    vectors : array of shape (K, m)
    similar : callable, optional
        Positions of n concepts → their similarity to all, (n, K). The cosine where not given,
        after the vectors' mean was taken away.
    parents, above : callable, optional
        Positions of n concepts → scores of all concepts as their parent and as their ancestor,
        (n, K). The similarity where not given.
    general : callable, optional
        Vectors (n, m) → how general they are, (n,).
    interval : callable, optional
        Ids, directions (j, m) and a level → the lower and upper ends of similarities, (n, j).
    """

    ids: tuple[str, ...]
    vectors: Floats
    similar: Callable[[Positions], Floats] | None = None
    parents: Callable[[Positions], Floats] | None = None
    above: Callable[[Positions], Floats] | None = None
    general: Callable[[Floats], Floats] | None = None
    interval: Callable[[Any, Floats, float], tuple[Floats, Floats]] | None = None

    def similarity(self, positions: Positions) -> Floats:
        """Return the similarity of some concepts to all; shape (n, K)."""
        if self.similar is not None:
            return self.similar(positions)
        return np.asarray(self._unit[positions] @ self._unit.T)

    @cached_property
    def _unit(self) -> Floats:
        told = np.any(self.vectors, axis=1)
        mean = self.vectors[told].sum(axis=0) / max(int(told.sum()), 1)
        centred = np.where(told[:, None], self.vectors - mean, 0.0)
        return np.asarray(
            centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
        )


Method = Callable[[Task], Answer]


def evaluate(
    methods: Mapping[str, Method],
    graph: ConceptGraph,
    observations: Observations,
    *,
    splits: int = 5,
) -> pl.DataFrame:
    """Hold out places and texts of concepts, and judge what methods say of them.

    A tenth of the concepts (1,000 at most) is taken from all that is above them, with what hangs
    below; each is then to be put back. Another tenth loses its text, and keeps its place.

    Parameters
    ----------
    methods : mapping of str → Method
        All are asked the same.
    graph : ConceptGraph
    observations : Observations
        Of all concepts, by `observations.observe`; of texts in which the names of ancestors are
        masked (`masking.masked`) or not.
    splits : int, default 5
        Each with another seed: 0, 1…

    Returns
    -------
    DataFrame
        A row for each method, split, concept and metric: ``method, split, concept, depth, words,
        metric, value``. Of places: ``parent MRR`` (reciprocal rank of each parent among all
        concepts that are not below, the other parents left out), ``Hits@1``, ``Hits@10``,
        ``ancestor MAP`` (average precision of what is above, of each concept taken away or below
        one), ``triplet`` (nearer to a sibling than to a cousin), ``Spearman`` (of similarity with
        nearness in the tree). Of texts: ``text cosine`` (to the text withheld, both taken from the
        mean of all others), ``text triplet``,
        ``direction`` (of two concepts without their texts, the one above is told to be the more
        general by their texts) and ``coverage 50 %``, ``coverage 90 %`` (of the similarities of a
        text withheld to other concepts, how many lie in the interval).

    Raises
    ------
    TextError
        If no concept has a parent, or a method gives scores that are not finite.
    """
    hierarchy = graph.hierarchy()
    seen = observations.of(hierarchy.ids)
    rows: list[tuple[str, int, int, str, float]] = []
    for split in range(splits):
        rng = np.random.default_rng(split)
        size = min(_MOST, max(1, round(_FRACTION * len(hierarchy))))
        away = removable(hierarchy, size, rng)
        if not len(away):
            raise TextError("no concept has a parent, so none can be taken from it and put back")
        placed = _Placed(graph, hierarchy, seen, away, rng)
        told = np.flatnonzero(seen.words > 0)
        withheld = _Withheld(graph, hierarchy, seen, np.sort(rng.permutation(told)[:size]), rng)
        for name, method in methods.items():
            for judge in (placed, withheld):
                answer = method(judge.task)
                found = [(name, split, *row) for row in judge.judge(answer)]
                wrong = next((row[3] for row in found if not np.isfinite(row[4])), None)
                if wrong is not None:
                    raise TextError(f"{name}: {wrong} is no number; give finite scores")
                rows += found
    columns = ["method", "split", "position", "metric", "value"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    ids, words, depth = np.array(hierarchy.ids), seen.words, hierarchy.levels
    at = frame["position"].to_numpy()
    return frame.with_columns(
        pl.Series("concept", ids[at]), pl.Series("depth", depth[at]), pl.Series("words", words[at])
    ).select("method", "split", "concept", "depth", "words", "metric", "value")


def summarise(figures: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return the median over splits of each metric's mean over concepts, and the range.

    Parameters
    ----------
    figures : DataFrame
        As `evaluate` gives it.
    by : str
        Further columns to tell apart.
    """
    keys = ("method", "metric", *by)
    means = figures.group_by(*keys, "split", maintain_order=True).agg(
        pl.col("value").mean(), pl.len().alias("concepts")
    )
    value = pl.col("value")
    return means.group_by(*keys, maintain_order=True).agg(
        value.median().alias("median"),
        value.min().alias("low"),
        value.max().alias("high"),
        pl.col("concepts").sum(),
    )


class _Placed:
    """Concepts are to be put back under their parents."""

    def __init__(
        self,
        graph: ConceptGraph,
        hierarchy: Hierarchy,
        seen: Observations,
        asked: Positions,
        rng: np.random.Generator,
    ) -> None:
        self._hierarchy, self._asked = hierarchy, asked
        names = tuple(hierarchy.ids[k] for k in asked)
        away = set(names)
        kept = (
            r
            for r in graph.relations
            if r.child not in away and (r.relation == "is_a" or r.parent not in away)
        )
        cut = ConceptGraph(graph, kept, graph.sources.values())
        self.task = Task(cut, seen, names)
        self._triplets = triplets(hierarchy, asked, rng)
        self._others = np.sort(rng.permutation(len(hierarchy))[:_OTHERS])
        self._distances = distances(hierarchy, asked)[:, self._others]

    def judge(self, answer: Answer) -> Iterator[tuple[int, str, float]]:
        hierarchy, asked = self._hierarchy, self._asked
        at = _where(hierarchy.ids, answer.ids)  # where the hierarchy's concepts are in the answer
        similar = answer.similarity(at[asked])[:, at]
        parents = similar if answer.parents is None else answer.parents(at[asked])[:, at]
        for k, scores in zip(asked.tolist(), parents, strict=True):
            yield from self._parents(k, scores)
        away = [(k, below(hierarchy, k)) for k in asked.tolist()]
        above = answer.similarity if answer.above is None else answer.above
        scores_above = iter(above(at[np.concatenate([whole for _, whole in away])])[:, at])
        for k, whole in away:
            true = _positions(hierarchy, hierarchy.ancestors(hierarchy.ids[k]))
            for x in whole.tolist():
                precision = _average_precision(next(scores_above), true, whole)
                yield x, "ancestor MAP", precision
        row = {k: n for n, k in enumerate(asked.tolist())}
        yield from _judged_triplets(self._triplets, similar, row, "triplet")
        for k, near, far in zip(
            asked.tolist(), similar[:, self._others], self._distances, strict=True
        ):
            linked = np.isfinite(far) & (self._others != k)
            yield k, "Spearman", _spearman(near[linked], -far[linked])

    def _parents(self, k: int, scores: Floats) -> Iterator[tuple[int, str, float]]:
        true = self._hierarchy.parents[[k]].indices
        scores = scores.copy()
        scores[below(self._hierarchy, k)] = -np.inf
        ranks = []
        for parent in true:
            others = scores.copy()
            others[true[true != parent]] = -np.inf
            better, equal = (others > scores[parent]).sum(), (others == scores[parent]).sum()
            ranks.append(better + (equal + 1) / 2)  # in the middle of those that are level with it
        found = np.array(ranks) if np.isfinite(scores[true]).all() else np.full(len(true), np.nan)
        yield k, "parent MRR", float((1 / found).mean())
        yield k, "Hits@1", float((found <= 1).mean())
        yield k, "Hits@10", float((found <= 10).mean())


class _Withheld:
    """Texts of concepts are to be told by their places."""

    def __init__(
        self,
        graph: ConceptGraph,
        hierarchy: Hierarchy,
        seen: Observations,
        asked: Positions,
        rng: np.random.Generator,
    ) -> None:
        self._hierarchy, self._asked = hierarchy, asked
        names = tuple(hierarchy.ids[k] for k in asked)
        self._texts = seen.vectors[asked].astype(float)
        left = np.setdiff1d(np.flatnonzero(seen.words > 0), asked)
        self._mean = seen.vectors[left].astype(float).sum(axis=0) / max(len(left), 1)
        self.task = Task(graph, seen.without(names), names)
        self._triplets = triplets(hierarchy, asked, rng)
        self._others = np.sort(rng.permutation(len(hierarchy))[:_OTHERS])

    def judge(self, answer: Answer) -> Iterator[tuple[int, str, float]]:
        asked = self._asked.tolist()
        at = _where(self._hierarchy.ids, answer.ids)
        said = answer.vectors[at[self._asked]]
        if said.shape == self._texts.shape:  # of the encoder's space
            told = np.where(np.any(said, axis=1)[:, None], said - self._mean, 0.0)
            true = self._texts - self._mean
            length = np.linalg.norm(told, axis=1) * np.linalg.norm(true, axis=1)
            cosine = (told * true).sum(axis=1) / np.maximum(length, 1e-12)
            yield from ((k, "text cosine", float(c)) for k, c in zip(asked, cosine, strict=True))
        row = {k: n for n, k in enumerate(asked)}
        similar = answer.similarity(at[self._asked])[:, at]
        yield from _judged_triplets(self._triplets, similar, row, "text triplet")
        if answer.general is not None:
            yield from self._directions(answer.general(self._texts), row)
        if answer.interval is not None:
            directions = answer.vectors[at[self._others]]
            directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
            true = self._texts @ directions.T
            for level in _LEVELS:
                low, high = answer.interval(self.task.asked, directions, level)
                inside = ((true >= low) & (true <= high)).mean(axis=1)
                metric = f"coverage {level:.0%}".replace("%", " %")
                yield from ((k, metric, float(c)) for k, c in zip(asked, inside, strict=True))

    def _directions(
        self, general: Floats, row: Mapping[int, int]
    ) -> Iterator[tuple[int, str, float]]:
        tree = self._hierarchy
        for k, n in row.items():
            above = [a for a in _positions(tree, tree.ancestors(tree.ids[k])).tolist() if a in row]
            if above:
                right = np.mean([general[row[a]] > general[n] for a in above])
                yield k, "direction", float(right)


def _judged_triplets(
    those: npt.NDArray[np.intp], similar: Floats, row: Mapping[int, int], metric: str
) -> Iterator[tuple[int, str, float]]:
    """Give how often a concept is nearer to its sibling; where both are level, half."""
    for k, sibling, cousin in those.tolist():
        near = similar[row[k], sibling], similar[row[k], cousin]
        yield k, metric, float(np.sign(near[0] - near[1]) / 2 + 0.5)


def _spearman(first: Floats, second: Floats) -> float:
    """Return the correlation of ranks; 0 where all are level."""
    if not len(first) or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _average_precision(scores: Floats, true: Positions, left_out: Positions) -> float:
    scores = scores.copy()
    scores[left_out] = -np.inf
    ranks = np.sort(rankdata(-scores, method="average")[true])
    return float((np.arange(1, len(true) + 1) / ranks).mean())


def _where(ids: tuple[str, ...], among: tuple[str, ...]) -> Positions:
    position = {id_: k for k, id_ in enumerate(among)}
    return np.array([position[id_] for id_ in ids], dtype=np.intp)


def _positions(hierarchy: Hierarchy, ids: tuple[str, ...]) -> Positions:
    return np.array([hierarchy.index(id_) for id_ in ids], dtype=np.intp)
