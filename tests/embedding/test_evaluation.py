"""How good vectors are: what perfect and constant answers get, and that nothing is given away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

import kgconcepts as kg
from kgconcepts import Concept, ConceptGraph, Hierarchy
from kgconcepts.embedding.evaluation import Answer, Task, evaluate, summarise
from kgconcepts.embedding.masking import masked
from kgconcepts.embedding.observations import Observations, observe
from kgconcepts.embedding.peers import (
    peers,
    permuted,
    random,
    read_by_neighbours,
    retrofitted,
    size_alone,
    text_alone,
)
from kgconcepts.embedding.tfidf import TfidfEncoder
from kgconcepts.embedding.triplets import distances, triplets
from kgconcepts.errors import TextError
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import definitions, names

Positions = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


def graph_of(tree: Hierarchy) -> ConceptGraph:
    table = tree.parents.tocoo()
    relations = [
        (tree.ids[c], "is_a", tree.ids[p]) for c, p in zip(table.row, table.col, strict=True)
    ]
    return ConceptGraph([Concept(id_, id_) for id_ in tree.ids], relations)


@pytest.fixture(scope="module")
def data(simulated: Callable[..., Any]) -> Any:
    return simulated(150, 8, (1.0, 0.6, 0.4), told=0.8, branches=4)


@pytest.fixture(scope="module")
def graph(data: Any) -> ConceptGraph:
    return graph_of(data.tree)


@pytest.fixture(scope="module")
def dag() -> ConceptGraph:
    """150 concepts, most with two parents."""
    rng = np.random.default_rng(8)
    ids = [f"c{k}" for k in range(150)]
    edges = {
        (ids[k], ids[p]) for k in range(1, 150) for p in (int(rng.integers(k // 3, k)), k // 4)
    }
    return graph_of(Hierarchy.from_edges(ids, sorted(edges)))


def texts_of(graph: ConceptGraph) -> Observations:
    ids = graph.hierarchy().ids
    vectors = np.random.default_rng(0).normal(size=(len(ids), 8)).astype(np.float32)
    return Observations(ids, vectors, np.full(len(ids), 5.0), np.zeros(len(ids)))


def knowing(graph: ConceptGraph) -> Callable[[Task], Answer]:
    """The answer of one who has seen the whole hierarchy; in an order of its own."""
    tree = graph.hierarchy()
    mixed = np.random.default_rng(3).permutation(len(tree))
    parents = tree.parents.toarray().astype(float)[mixed][:, mixed]
    closure = tree.closure.toarray().astype(float)[mixed][:, mixed]
    near = -distances(tree, np.arange(len(tree)))[mixed][:, mixed]
    ids = tuple(tree.ids[k] for k in mixed)

    def method(task: Task) -> Answer:
        vectors = texts_of(graph).of(ids).vectors.astype(float)
        # siblings are two steps away, and cousins four
        return Answer(ids, vectors, near.__getitem__, parents.__getitem__, closure.__getitem__)

    return method


def level(task: Task) -> Answer:
    """The answer of one who has nothing to say."""
    K = len(task.observations.ids)
    same: Callable[[Positions], Floats] = lambda at: np.zeros((len(at), K))  # noqa: E731
    return Answer(task.observations.ids, np.ones((K, 8)), same)


def values(figures: pl.DataFrame, metric: str) -> Floats:
    return figures.filter(pl.col("metric") == metric)["value"].to_numpy()


def test_who_knows_the_tree_makes_no_mistake(graph: ConceptGraph, data: Any) -> None:
    found = evaluate({"knowing": knowing(graph)}, graph, data.observations, seeds=range(2))
    for metric in ("parent MRR", "Hits@1", "Hits@10", "ancestor MAP", "triplet", "text triplet"):
        assert len(values(found, metric)) > 10, metric
        assert (values(found, metric) == 1).all(), metric
    np.testing.assert_allclose(values(found, "Spearman"), 1)


def test_where_there_are_several_parents_each_is_ranked_without_the_others(
    dag: ConceptGraph,
) -> None:
    found = evaluate({"knowing": knowing(dag)}, dag, texts_of(dag), seeds=range(2))
    assert (values(found, "parent MRR") == 1).all()
    assert (values(found, "Hits@1") == 1).all()
    asked = found.filter(pl.col("metric") == "parent MRR")["concept"].to_list()
    assert sum(len(dag.related(concept, "is_a")) > 1 for concept in asked) > 10


def test_who_knows_all_ancestors_makes_no_mistake_where_there_are_several_parents(
    dag: ConceptGraph,
) -> None:
    found = evaluate({"knowing": knowing(dag)}, dag, texts_of(dag), seeds=range(2))
    np.testing.assert_allclose(values(found, "ancestor MAP"), 1)


def test_who_says_the_same_of_all_has_parents_in_the_middle(graph: ConceptGraph, data: Any) -> None:
    found = evaluate({"level": level}, graph, data.observations, seeds=[0])
    tree = graph.hierarchy()
    for row in found.filter(pl.col("metric") == "parent MRR").to_dicts():
        candidates = len(tree) - 1 - len(tree.descendants(row["concept"]))
        assert row["value"] == pytest.approx(2 / (candidates + 1))
    assert (values(found, "Hits@1") == 0).all()
    assert (values(found, "triplet") == 0.5).all()
    assert (values(found, "text triplet") == 0.5).all()
    assert (values(found, "Spearman") == 0).all()


def test_who_knows_the_levels_of_a_chain_gets_what_is_worked_out_by_hand() -> None:
    # c2 to c9 hang on c1, that on c0: the true parent comes behind c0, the true ancestors first
    ids = [f"c{k}" for k in range(10)]
    tree = Hierarchy.from_edges(ids, [("c1", "c0"), *((c, "c1") for c in ids[2:])])
    graph = graph_of(tree)

    def method(task: Task) -> Answer:
        scores = np.tile(-np.arange(10.0), (10, 1))
        return Answer(tree.ids, np.eye(10), parents=scores.__getitem__)

    texts = Observations(tree.ids, np.eye(10, dtype=np.float32), np.ones(10), np.zeros(10))
    found = evaluate({"by level": method}, graph, texts, seeds=range(3))
    assert values(found, "parent MRR").tolist() == [0.5] * 3
    assert values(found, "Hits@1").tolist() == [0] * 3
    assert values(found, "Hits@10").tolist() == [1] * 3


def test_what_is_below_a_concept_is_no_candidate(graph: ConceptGraph, data: Any) -> None:
    tree = graph.hierarchy()
    closure, parents = tree.closure.toarray(), tree.parents.toarray()

    def method(task: Task) -> Answer:
        # the concept itself and all that is below it are given the highest scores
        scores = 5.0 * closure.T + 1.0 * parents
        above = 5.0 * closure.T + 1.0 * closure
        vectors = data.T
        return Answer(tree.ids, vectors, None, scores.__getitem__, above.__getitem__)

    found = evaluate({"below": method}, graph, data.observations, seeds=range(3))
    assert (values(found, "parent MRR") == 1).all()
    assert (values(found, "ancestor MAP") == 1).all()
    asked = found.filter(pl.col("metric") == "parent MRR")["concept"].to_list()
    assert any(tree.descendants(concept) for concept in asked)


def test_below_one_that_was_taken_away_ancestors_are_asked_for_too(
    graph: ConceptGraph, data: Any
) -> None:
    found = evaluate({"text": text_alone}, graph, data.observations, seeds=range(3))
    tree = graph.hierarchy()
    more = []
    for split in range(3):
        some = found.filter(pl.col("seed") == split)
        asked = some.filter(pl.col("metric") == "parent MRR")["concept"].to_list()
        told = some.filter(pl.col("metric") == "ancestor MAP")["concept"].to_list()
        assert sorted(told) == sorted({*asked, *tree.descendants(asked)})
        more.append(len(told) - len(asked))
    assert max(more) > 0


def tasks(graph: ConceptGraph, observations: Observations, seeds: Any = range(2)) -> list[Task]:
    given: list[Task] = []

    def method(task: Task) -> Answer:
        given.append(task)
        return text_alone(task)

    evaluate({"watching": method}, graph, observations, seeds=seeds)
    return given


def test_nothing_leads_up_from_concepts_whose_place_is_asked_for(
    graph: ConceptGraph, data: Any
) -> None:
    extra = [*graph.relations, *((f"c{k}", "part_of", "c0") for k in range(100, 150))]
    several = ConceptGraph(graph, extra)
    for task in tasks(several, data.observations)[::2]:
        asked = set(task.asked)
        assert len(asked) == 15
        assert not any(relation.child in asked for relation in task.graph.relations)
        kept = [relation for relation in several.relations if relation.child not in asked]
        assert list(task.graph.relations) == kept
        assert task.graph.ids == several.ids
        assert task.observations.words.tolist() == data.observations.words.tolist()


def test_texts_that_are_asked_for_are_not_there_and_places_are(
    graph: ConceptGraph, data: Any
) -> None:
    for task in tasks(graph, data.observations)[1::2]:
        at = [task.observations.ids.index(id_) for id_ in task.asked]
        assert len(at) == 15
        assert (data.observations.of(task.asked).words > 0).all()  # there was a text
        assert not task.observations.vectors[at].any()
        assert not task.observations.words[at].any()
        assert not task.observations.visual[at].any()
        rest = np.delete(np.arange(150), at)
        expected = data.observations.of(task.observations.ids).vectors[rest]
        np.testing.assert_array_equal(task.observations.vectors[rest], expected)
        assert task.graph == graph


def test_all_methods_are_asked_the_same_and_a_second_time_too(
    graph: ConceptGraph, data: Any
) -> None:
    methods = {"text": text_alone, "again": text_alone, "retrofitting": retrofitted}
    first = evaluate(methods, graph, data.observations, seeds=range(2))
    second = evaluate(methods, graph, data.observations, seeds=range(2))
    assert first.equals(second)
    one, other = (first.filter(pl.col("method") == m).drop("method") for m in ("text", "again"))
    assert one.equals(other)
    splits = first.filter(pl.col("metric") == "parent MRR")
    asked = [set(splits.filter(pl.col("seed") == s)["concept"]) for s in (0, 1)]
    assert asked[0] != asked[1]


def test_each_figure_knows_its_concepts_depth_and_words(graph: ConceptGraph, data: Any) -> None:
    found = evaluate({"text": text_alone}, graph, data.observations, seeds=[0])
    tree = data.tree
    for row in found.sample(50, seed=0).to_dicts():
        k = tree.index(row["concept"])
        assert row["depth"] == tree.levels[k]
        assert row["words"] == data.words[k]
    assert found.columns == ["method", "seed", "concept", "depth", "words", "metric", "value"]


def test_coverage_counts_how_many_similarities_lie_in_the_interval(
    graph: ConceptGraph, data: Any
) -> None:
    told: list[tuple[Any, Floats, float]] = []
    texts = data.observations

    def method(task: Task) -> Answer:
        def interval(ids: Any, directions: Floats, level: float) -> tuple[Floats, Floats]:
            told.append((ids, directions, level))
            true = texts.of(ids).vectors.astype(float) @ directions.T
            wide = np.full(true.shape, 0.1)
            out = round(len(directions) * (1 - level))
            middle = true.copy()
            middle[:, : out // 2] += 1  # these lie too high
            middle[:, out // 2 : out] -= 1  # and these too low
            return middle - wide, middle + wide

        return Answer(data.tree.ids, data.T, interval=interval)

    found = evaluate({"telling": method}, graph, texts, seeds=[0])
    for ids, directions, _ in told:
        assert len(ids) == 15
        np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1)
    assert [level for _, _, level in told] == [0.5, 0.9]
    np.testing.assert_allclose(values(found, "coverage 50 %"), 0.5)
    np.testing.assert_allclose(values(found, "coverage 90 %"), 0.9)
    assert len(values(found, "coverage 90 %")) == 15


def test_the_more_general_of_two_texts_is_told(graph: ConceptGraph, data: Any) -> None:
    tree, texts = data.tree, data.observations.vectors.astype(float)
    depth = {texts[k].tobytes(): int(level) for k, level in enumerate(tree.levels)}

    def telling(sign: int) -> Callable[[Task], Answer]:
        def general(texts: Observations) -> Floats:
            vectors = texts.vectors.astype(float)
            return np.array([-sign * depth[vector.tobytes()] for vector in vectors], dtype=float)

        return lambda task: Answer(tree.ids, data.T, general=general)

    methods = {"right": telling(1), "wrong": telling(-1), "level": telling(0)}
    found = evaluate(methods, graph, data.observations, seeds=range(5))
    for name, value in (("right", 1.0), ("wrong", 0.0), ("level", 0.0)):
        some = values(found.filter(pl.col("method") == name), "direction")
        assert len(some) > 3
        assert (some == value).all()


def test_texts_withheld_are_compared_with_what_is_said_where_it_is_of_the_same_space(
    graph: ConceptGraph, data: Any
) -> None:
    def scaled(sign: float) -> Callable[[Task], Answer]:
        """Beside the mean of the texts that were not withheld."""

        def method(task: Task) -> Answer:
            seen = task.observations
            mean = seen.vectors[seen.words > 0].astype(float).mean(axis=0)
            whole = data.observations.of(seen.ids).vectors
            return Answer(seen.ids, mean + sign * (whole - mean))

        return method

    methods = {
        "same": scaled(3.0),
        "opposite": scaled(-1.0),
        "elsewhere": lambda task: Answer(data.tree.ids, np.ones((150, 3))),
    }
    found = evaluate(methods, graph, data.observations, seeds=[0])
    by = {name: values(found.filter(pl.col("method") == name), "text cosine") for name in methods}
    np.testing.assert_allclose(by["same"], 1, atol=1e-6)
    np.testing.assert_allclose(by["opposite"], -1, atol=1e-6)
    assert len(by["elsewhere"]) == 0


def test_similarity_is_the_cosine_beside_the_mean_of_what_has_a_vector() -> None:
    vectors = np.array([[3.0, 1.0], [1.0, 3.0], [0.0, 0.0], [5.0, 5.0]])
    found = Answer(("a", "b", "c", "d"), vectors).similarity(np.array([0, 2]))
    mean = vectors[[0, 1, 3]].mean(axis=0)
    a, b, d = (vectors[k] - mean for k in (0, 1, 3))
    cosine = [u @ a / np.linalg.norm(u) / np.linalg.norm(a) for u in (a, b, d)]
    np.testing.assert_allclose(found, [[cosine[0], cosine[1], 0, cosine[2]], [0, 0, 0, 0]])


def test_a_graph_without_parents_is_told_in_a_line() -> None:
    flat = graph_of(Hierarchy.from_edges("abc", []))
    with pytest.raises(TextError, match="no concept has a parent, so none can be taken from it"):
        evaluate({"text": text_alone}, flat, texts_of(flat), seeds=[0])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_told(graph: ConceptGraph, data: Any, wrong: float) -> None:
    def method(task: Task) -> Answer:
        scores = np.full((150, 150), wrong)
        return Answer(data.tree.ids, data.T, parents=scores.__getitem__)

    with pytest.raises(TextError, match=r"^mine: parent MRR is no number; give finite scores"):
        evaluate({"mine": method}, graph, data.observations, seeds=[0])


def test_the_median_over_splits_of_means_and_the_range() -> None:
    rows = [("a", 0, 1.0), ("a", 0, 0.0), ("a", 1, 1.0), ("a", 2, 0.8), ("b", 0, 0.1)]
    figures = pl.DataFrame(rows, schema=["method", "seed", "value"], orient="row").with_columns(
        pl.lit("Hits@1").alias("metric")
    )
    found = {row["method"]: row for row in summarise(figures).to_dicts()}
    assert (found["a"]["median"], found["a"]["low"], found["a"]["high"]) == (0.8, 0.5, 1.0)
    assert found["a"]["concepts"] == 4
    assert found["b"]["median"] == 0.1


# Triplets and steps.


def test_a_sibling_has_the_same_parent_and_a_cousin_has_a_parents_sibling(
    dag: ConceptGraph,
) -> None:
    tree = dag.hierarchy()
    parents = {id_: set(dag.related(id_, "is_a")) for id_ in tree.ids}
    found = triplets(tree, np.arange(len(tree)), np.random.default_rng(0))
    assert len(found) > 300
    for one, sibling, cousin in ([tree.ids[k] for k in row] for row in found.tolist()):
        assert len({one, sibling, cousin}) == 3
        assert parents[one] & parents[sibling]
        aunts = {a for a in tree.ids if any(parents[a] & parents[p] for p in parents[one])}
        assert parents[cousin] & (aunts - parents[one])


def test_where_there_is_no_cousin_there_is_no_triplet() -> None:
    tree = Hierarchy.from_edges("abcd", [(c, p) for c, p in ("ba", "ca", "db")])
    assert triplets(tree, np.arange(4), np.random.default_rng(0)).shape == (0, 3)


def test_steps_go_up_and_down_and_not_between_trees() -> None:
    tree = Hierarchy.from_edges("abcdef", [(c, p) for c, p in ("ca", "da", "ec", "fb")])
    found = distances(tree, np.array([tree.index("e")]))[0]
    steps = dict(zip(tree.ids, found.tolist(), strict=True))
    assert steps == {"e": 0, "c": 1, "a": 2, "d": 3, "b": np.inf, "f": np.inf}


# Other ways.


def test_retrofitting_is_where_its_update_leaves_it() -> None:
    """What has a text is the mean of it and of the neighbours' mean, what has none is that mean."""
    tree = Hierarchy.from_edges("abc", [("b", "a"), ("c", "b")])
    vectors = np.array([[4.0], [0.0], [0.0]], dtype=np.float32)
    texts = Observations(tree.ids, vectors, np.array([1.0, 0, 1.0]), np.zeros(3))
    found = retrofitted(Task(graph_of(tree), texts, ())).vectors.ravel()
    # a = (4 + b) / 2, b = (a + c) / 2, c = b / 2
    np.testing.assert_allclose(found, [3, 2, 1], atol=0.1)  # after ten rounds


def test_the_permuted_control_leaves_as_many_relations_and_takes_none_back(
    graph: ConceptGraph, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgconcepts.embedding import peers as module

    seen: list[Task] = []
    monkeypatch.setattr(module, "hierarchical", lambda task: seen.append(task) or text_alone(task))
    task = tasks(graph, data.observations, seeds=[0])[0]
    permuted(task)
    (mixed,) = seen
    assert len(mixed.graph.relations) == len(task.graph.relations)
    assert not any(relation.child in task.asked for relation in mixed.graph.relations)
    same = set(mixed.graph.relations) & set(task.graph.relations)
    assert len(same) < 0.5 * len(task.graph.relations)
    before, after = (t.graph.hierarchy() for t in (task, mixed))
    assert [before.levels[before.index(id_)] for id_ in after.ids] == after.levels.tolist()
    assert mixed.observations is task.observations


@pytest.mark.data
@pytest.mark.slow
def test_ours_is_better_on_a_real_ontology_than_what_lacks_a_part_of_it(
    shared_data: Path,
) -> None:
    """ECAO, with the names of ancestors masked: the text cannot simply say its parent."""
    graph = kg.read(shared_data / "ontologies" / "ecao-simple.owl")
    ids = graph.hierarchy().ids
    texts = masked(graph, names(graph).then(definitions(graph)))
    labels = masked(graph, {c.id: (Passage(c.label, c.source),) for c in graph})
    coder = TfidfEncoder.of((p.text for some in texts.values() for p in some), dimensions=64)
    every = peers(observe(coder, ids, labels))
    others = ("text without hierarchy", "retrofitting", "label only", "permuted tree")
    methods = {name: every[name] for name in ("hierarchical", *others)}
    with threadpool_limits(1):  # small systems: more threads wait for one another
        figures = evaluate(methods, graph, observe(coder, ids, texts), seeds=range(2))
    found = {(row["method"], row["metric"]): row for row in summarise(figures).to_dicts()}
    for metric in ("parent MRR", "ancestor MAP"):
        ours = found["hierarchical", metric]
        for other in others:
            assert ours["low"] > 1.2 * found[other, metric]["high"], (metric, other)


def test_neighbours_vote_for_their_parents_and_what_is_above(
    graph: ConceptGraph, data: Any
) -> None:
    """With vectors of the tree's own making, votes find the parent; with noise they do not."""

    def exact(task: Task) -> Answer:
        return Answer(data.tree.ids, data.T)

    methods = {
        "cosine": exact,
        "votes": read_by_neighbours(exact),
        "noise": read_by_neighbours(random),
        "size": size_alone,
    }
    found = summarise(evaluate(methods, graph, data.observations, seeds=range(3)))
    rows = found.rows(named=True)
    value = {(row["method"], row["metric"]): row["median"] for row in rows}
    assert value["votes", "ancestor MAP"] > 2 * value["cosine", "ancestor MAP"]
    assert value["votes", "parent MRR"] > 3 * value["noise", "parent MRR"]
    assert value["votes", "ancestor MAP"] > value["size", "ancestor MAP"]


def test_votes_are_shares_and_a_concept_has_none_for_itself(graph: ConceptGraph, data: Any) -> None:
    task = tasks(graph, data.observations, seeds=[0])[0]
    answer = read_by_neighbours(text_alone)(task)
    assert answer.parents is not None
    positions = np.array([answer.ids.index(id_) for id_ in task.asked])
    shares = answer.parents(positions)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    tree = task.graph.hierarchy()
    leaves = [n for n, id_ in enumerate(task.asked) if not tree.descendants(id_)]
    assert leaves
    np.testing.assert_array_equal(shares[leaves, positions[leaves]], 0)


def test_fewer_words_are_more_general_to_text_alone(graph: ConceptGraph, data: Any) -> None:
    depth = data.tree.levels.astype(float)
    seen = Observations(data.tree.ids, data.observations.vectors, depth + 1, 0 * depth)
    found = evaluate({"text": text_alone}, graph, seen, seeds=range(3))
    some = values(found, "direction")
    assert len(some) > 3
    assert (some == 1).all()
