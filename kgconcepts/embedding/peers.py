"""Other ways to vectors of concepts, to be judged beside ours, and ours with what it lacks then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.embedding.gaussian import EDGES, parents_of
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.observations import Observations
from kgconcepts.embedding.order import Order
from kgconcepts.embedding.removal import removable, taken_out
from kgconcepts.embedding.tasks import Answer, Method, Task
from kgconcepts.embedding.variances import Variances
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "ancestor_mean",
    "hierarchical",
    "labels_alone",
    "parent_copied",
    "peers",
    "permuted",
    "random",
    "read_by_neighbours",
    "retrofitted",
    "size_alone",
    "text_alone",
    "text_in_order",
    "tree_code",
    "vectors_alone",
]

Floats = npt.NDArray[np.float64]

Reader = Callable[[npt.NDArray[np.intp]], Floats]

_ROUNDS = 10
_SHARPNESS = (5.0, 10.0, 20.0, 40.0)
_TUNED = 150
_FLOOR = 1e-9
_SEED = 0
_DIMENSIONS = 384
_UNBOUND = Variances(("depth 0",), (1e4,), 1.0, 0.1, 0.0)  # so every text stands for itself


def hierarchical(task: Task) -> Answer:
    """Ours: `HierarchicalEmbedding`, and `Order` on top of it."""
    model = HierarchicalEmbedding().fit(task.graph, task.observations)
    return _ordered(model, task.graph)


def vectors_alone(method: Method = hierarchical) -> Method:
    """Ours without the learnt order: cosines of the vectors."""
    return lambda task: replace(method(task), parents=None, above=None)


def text_in_order(task: Task) -> Answer:
    """Ours without the hierarchical vectors: the learnt order on texts as they are.

    A concept without text still gets its parents' vector.
    """
    model = HierarchicalEmbedding(variances=_UNBOUND).fit(task.graph, task.observations)
    return _ordered(model, task.graph)


def permuted(task: Task) -> Answer:
    """Ours on a permuted tree: concepts of one depth exchange what is above them."""
    graph, tree = task.graph, task.graph.hierarchy()
    rng = np.random.default_rng(_SEED)
    takes: dict[str, str] = {}
    asked = set(task.asked)
    levels = tree.levels
    for level in range(1, int(levels.max(initial=0)) + 1):
        some = [tree.ids[k] for k in np.flatnonzero(levels == level) if tree.ids[k] not in asked]
        takes |= dict(zip(some, (some[k] for k in rng.permutation(len(some))), strict=True))
    relations = ((takes.get(c, c), r, p) for c, r, p in graph.relations)
    mixed = ConceptGraph(graph, (r for r in relations if r[0] != r[2]), graph.sources.values())
    return hierarchical(replace(task, graph=mixed))


def labels_alone(labels: Observations) -> Method:
    """Vectors of the labels alone."""

    def method(task: Task) -> Answer:
        told = task.observations.words > 0
        kept = np.where(told[:, None], labels.of(task.observations.ids).vectors, 0)
        return Answer(task.observations.ids, kept.astype(float))

    return method


def text_alone(task: Task) -> Answer:
    """Vectors of the texts, without hierarchy; the fewer words, the more general."""
    seen = task.observations
    return Answer(seen.ids, seen.vectors.astype(float), general=lambda texts: -texts.words)


def parent_copied(task: Task) -> Answer:
    """Texts, and for what has none the mean of its parents' vectors."""
    tree, seen = _together(task)
    vectors, told = seen.vectors.astype(float), seen.words > 0
    for k in np.flatnonzero(~told):
        above = tree.parents[[k]].indices
        if len(above):
            vectors[k] = vectors[above].mean(axis=0)
    return Answer(tree.ids, vectors)


def ancestor_mean(task: Task) -> Answer:
    """Take the mean of a concept's own text and its ancestors'."""
    tree, seen = _together(task)
    told = (seen.words > 0).astype(float)
    number = np.asarray(tree.closure @ told)
    vectors = tree.closure @ seen.vectors.astype(float) / np.maximum(number, 1)[:, None]
    return Answer(tree.ids, np.asarray(vectors))


def retrofitted(task: Task) -> Answer:
    """Texts, retrofitted to all relations that ours knows of.

    References
    ----------
    M. Faruqui et al., Retrofitting word vectors to semantic lexicons, NAACL 2015.
    """
    tree, seen = _together(task)
    above = parents_of(tree, task.graph, EDGES)
    near = ((above + above.T) != 0).astype(float)
    number = np.asarray(near.sum(axis=1)).ravel()
    told, given = seen.words > 0, seen.vectors.astype(float)
    mean = sp.diags_array(1 / np.maximum(number, 1)) @ near
    vectors = given.copy()
    for _ in range(_ROUNDS):
        around = mean @ vectors
        drawn = np.where(told[:, None], (around + given) / 2, around)
        vectors = np.where(number[:, None] > 0, drawn, given)
    return Answer(tree.ids, vectors)


def tree_code(task: Task) -> Answer:
    """No text: every concept is its parents' mean and noise of its own."""
    tree, _ = _together(task)
    rng = np.random.default_rng(_SEED)
    noise = rng.normal(size=(len(tree), _DIMENSIONS))
    steps = (sp.eye_array(len(tree), format="csr") - parents_of(tree, None, {})).tocsr()
    return Answer(tree.ids, np.asarray(sp.linalg.spsolve_triangular(steps, noise)))


def size_alone(task: Task) -> Answer:
    """No text, nor vectors: the more children, the likelier a parent."""
    tree = task.graph.hierarchy()
    K = len(tree)
    children = np.asarray((tree.parents != 0).sum(axis=0), dtype=float).ravel()
    below = np.asarray(tree.roll_up(np.ones(K)), dtype=float)

    def alike(sizes: Floats) -> Reader:
        return lambda positions: np.tile(sizes, (len(positions), 1))

    return Answer(tree.ids, np.zeros((K, 1)), parents=alike(children), above=alike(below))


def read_by_neighbours(method: Method) -> Method:
    """Read vectors as parents: near concepts vote for themselves and for their parents.

    A vote is ``exp(κ (cosine - 1))``; a parent's ancestors get it too. So cosines, which know of no
    order, have one. κ is the one of `_SHARPNESS` under which the parents of some further concepts,
    taken out of what is told, get the largest shares of votes.
    """

    def read(task: Task) -> Answer:
        tree = task.graph.hierarchy()
        some = removable(tree, max(1, len(tree) // 10), np.random.default_rng(_SEED))[:_TUNED]
        told = [tree.ids[k] for k in some]
        inner = replace(task, graph=taken_out(task.graph, told), asked=tuple(told))
        found = inner.graph.hierarchy()
        position = {id_: k for k, id_ in enumerate(found.ids)}
        answer = method(inner)
        at = np.array([answer.ids.index(id_) for id_ in told])
        true = np.zeros((len(some), len(found)))
        for row, k in enumerate(some):
            true[row, [position[tree.ids[p]] for p in tree.parents[[k]].indices]] = 1

        def likely(sharpness: float) -> float:
            shares = _votes(answer, found, sharpness)(at)
            return float(np.log((shares * true).sum(axis=1) + _FLOOR).mean())

        sharpness = max(_SHARPNESS, key=likely) if len(some) else _SHARPNESS[0]
        return _read(method(task), tree, sharpness)

    return read


def _read(answer: Answer, tree: Hierarchy, sharpness: float) -> Answer:
    votes = _votes(answer, tree, sharpness)
    at = {id_: k for k, id_ in enumerate(tree.ids)}
    back = np.array([at[id_] for id_ in answer.ids])

    def parents(positions: npt.NDArray[np.intp]) -> Floats:
        return np.asarray(votes(positions)[:, back])

    def above(positions: npt.NDArray[np.intp]) -> Floats:
        return np.asarray(tree.roll_up(votes(positions).T), dtype=float).T[:, back]

    return replace(answer, parents=parents, above=above)


def _votes(answer: Answer, tree: Hierarchy, sharpness: float) -> Reader:
    """Return what gives concepts, by their place in the answer, votes in the tree's order."""
    at = {id_: k for k, id_ in enumerate(answer.ids)}
    order = np.array([at[id_] for id_ in tree.ids])
    back = np.argsort(order)
    votes_for = (sp.eye_array(len(tree)) + (tree.parents != 0).T.astype(float)).tocsr()

    def votes(positions: npt.NDArray[np.intp]) -> Floats:
        near = np.exp(sharpness * (answer.similarity(positions)[:, order] - 1))
        near[np.arange(len(positions)), back[positions]] = 0  # its own does not count
        counted = np.asarray(votes_for @ near.T).T
        return np.asarray(counted / counted.sum(axis=1, keepdims=True))

    return votes


def random(task: Task) -> Answer:
    """Noise."""
    rng = np.random.default_rng(_SEED)
    ids = task.observations.ids
    return Answer(ids, rng.normal(size=(len(ids), _DIMENSIONS)))


def peers(labels: Observations) -> dict[str, Method]:
    """Return all of these by their names."""
    ours = _once(hierarchical)
    return {
        "hierarchical": ours,
        "vectors alone": vectors_alone(ours),
        "text in our order": text_in_order,
        "label only": labels_alone(labels),
        "text without hierarchy": text_alone,
        "parent copied": parent_copied,
        "ancestor mean": ancestor_mean,
        "retrofitting": retrofitted,
        "text, read by neighbours": read_by_neighbours(text_alone),
        "retrofitting, read by neighbours": read_by_neighbours(retrofitted),
        "size without text": size_alone,
        "tree code without text": tree_code,
        "random": random,
        "permuted tree": permuted,
    }


def _once(method: Method) -> Method:
    """Answer the same task once."""
    last: list[tuple[Task, Answer]] = []

    def answer(task: Task) -> Answer:
        if not last or last[0][0] is not task:
            last[:] = [(task, method(task))]
        return last[0][1]

    return answer


def _ordered(model: HierarchicalEmbedding, graph: ConceptGraph) -> Answer:
    tree = graph.hierarchy()
    order = Order().fit(model, tree)

    def interval(ids: tuple[str, ...], directions: Floats, level: float) -> tuple[Floats, Floats]:
        _, low, high = model.similarities(ids, directions, level)
        return low, high

    def parents(positions: npt.NDArray[np.intp]) -> Floats:
        return order.log_probabilities(model.vectors_[positions])

    def above(positions: npt.NDArray[np.intp]) -> Floats:
        return order.above(parents(positions))

    def general(texts: Observations) -> Floats:
        return order.generality(texts.vectors)

    vectors = model.vectors_.astype(float)
    return Answer(model.ids_, vectors, None, parents, above, general, interval)


def _together(task: Task) -> tuple[Hierarchy, Observations]:
    tree = task.graph.hierarchy()
    return tree, task.observations.of(tree.ids)
