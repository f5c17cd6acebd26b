"""How good an answer is, of concepts whose place or whose text was held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from kgconcepts.embedding.observations import Observations
from kgconcepts.embedding.removal import below, taken_out
from kgconcepts.embedding.tasks import Answer, Task
from kgconcepts.embedding.triplets import distances, triplets
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy, Positions

__all__ = ["Placed", "Withheld"]

Floats = npt.NDArray[np.float64]

_OTHERS = 200  # concepts that one is compared with
_LEVELS = (0.5, 0.9)


class Placed:
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
        self.task = Task(taken_out(graph, names), seen, names)
        self._triplets = triplets(hierarchy, asked, rng)
        self._others = np.sort(rng.permutation(len(hierarchy))[:_OTHERS])
        self._distances = distances(hierarchy, asked)[:, self._others]

    def judge(self, answer: Answer) -> Iterator[tuple[int, str, float]]:
        """Give (position of a concept, metric, value)."""
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


class Withheld:
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
        self._withheld = seen.of(names)
        self._texts = self._withheld.vectors.astype(float)
        left = np.setdiff1d(np.flatnonzero(seen.words > 0), asked)
        self._mean = seen.vectors[left].astype(float).sum(axis=0) / max(len(left), 1)
        self.task = Task(graph, seen.without(names), names)
        self._triplets = triplets(hierarchy, asked, rng)
        self._others = np.sort(rng.permutation(len(hierarchy))[:_OTHERS])

    def judge(self, answer: Answer) -> Iterator[tuple[int, str, float]]:
        """Give (position of a concept, metric, value)."""
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
            yield from self._directions(answer.general(self._withheld), row)
        if answer.interval is not None:
            directions = answer.vectors[at[self._others]]
            directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
            true = self._texts @ directions.T
            for level in _LEVELS:
                low, high = answer.interval(self.task.asked, directions, level)
                inside, wide = (true >= low) & (true <= high), high - low
                for metric, values in (("coverage", inside), ("width", wide)):
                    name = f"{metric} {level:.0%}".replace("%", " %")
                    means = values.mean(axis=1)
                    yield from ((k, name, float(v)) for k, v in zip(asked, means, strict=True))

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
