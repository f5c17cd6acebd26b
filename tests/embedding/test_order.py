"""Which concept is the parent of a new one: learnt from a hierarchy whose vectors are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kgconcepts import Hierarchy
from kgconcepts.embedding.features import FEATURES, ParentFeatures
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.order import Order
from kgconcepts.embedding.removal import below, removable, without_rows
from kgconcepts.errors import SourceError
from kgconcepts.hierarchy import Positions

HELD_OUT = 40


def held_out_ranks(data: Any, permuted: bool = False) -> npt.NDArray[np.intp]:
    """Take leaves from a tree, learn from the rest, and give the ranks of their true parents."""
    tree = data.tree
    rng = np.random.default_rng(5)
    leaves = tree.leaves[tree.levels[tree.leaves] > 0]
    away = np.sort(rng.permutation(leaves)[:HELD_OUT])
    kept = set(np.delete(np.arange(len(tree)), away).tolist())
    table = tree.parents.tocoo()
    pairs = [(tree.ids[c], tree.ids[p]) for c, p in zip(table.row, table.col, strict=True)]
    known = [(c, p) for c, p in pairs if tree.index(c) in kept]
    if permuted:  # concepts of one depth exchange their parents
        levels = dict(zip(tree.ids, tree.levels.tolist(), strict=True))
        for level in set(levels.values()):
            those = [n for n, (c, _) in enumerate(known) if levels[c] == level]
            parents = [known[n][1] for n in rng.permutation(those)] if those else []
            known = [
                (c, parents[those.index(n)]) if n in those else (c, p)
                for n, (c, p) in enumerate(known)
            ]
    rest = Hierarchy.from_edges([tree.ids[k] for k in sorted(kept)], known)
    model = HierarchicalEmbedding().fit(rest, data.observations)
    order = Order().fit(model, rest)
    scores = order.log_probabilities(data.T[away])
    true = [rest.index(dict(pairs)[tree.ids[k]]) for k in away]
    own = scores[np.arange(len(away)), true]
    return 1 + (scores > own[:, None]).sum(axis=1)


@pytest.fixture(scope="module")
def data(simulated: Callable[..., Any]) -> Any:
    return simulated(400, 24, (1.0, 0.8, 0.5, 0.3), noise=0.6, fall=0.3, branches=5)


@pytest.fixture(scope="module")
def model(data: Any) -> HierarchicalEmbedding:
    return HierarchicalEmbedding().fit(data.tree, data.observations)


@pytest.fixture(scope="module")
def order(model: HierarchicalEmbedding, data: Any) -> Order:
    return Order().fit(model, data.tree)


def test_parents_of_leaves_that_were_not_there_rank_high_and_not_by_chance(data: Any) -> None:
    ranks, control = held_out_ranks(data), held_out_ranks(data, permuted=True)
    assert (ranks <= 10).mean() > 0.8
    assert (1 / ranks).mean() > 0.4
    assert (1 / ranks).mean() > 2 * (1 / control).mean()


def test_probabilities_sum_to_one(order: Order, data: Any) -> None:
    found = np.exp(order.log_probabilities(data.T[:150]))
    assert found.shape == (150, 400)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)


def test_the_root_is_above_everything_and_an_ancestor_as_likely_as_what_is_below(
    order: Order, data: Any
) -> None:
    found = order.log_probabilities(data.T[-20:])
    above = order.above(found)
    assert data.tree.levels[0] == 0
    np.testing.assert_allclose(above[:, 0], 1, rtol=1e-9)
    edges = data.tree.parents.tocoo()
    assert (above[:, edges.col] >= above[:, edges.row] - 1e-12).all()
    assert (above >= np.exp(found) - 1e-12).all()


def test_above_counts_each_descendant_once_where_there_are_several_parents(coder: Any) -> None:
    tree = Hierarchy.from_edges("abcde", [(c, p) for c, p in ("ba", "ca", "db", "dc", "ed")])
    texts = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    model = HierarchicalEmbedding().fit(tree, _observed(tree, texts))
    order = Order().fit(model, tree)
    found = order.log_probabilities(texts)
    p = dict(zip(tree.ids, np.exp(found).T, strict=True))
    above = dict(zip(tree.ids, order.above(found).T, strict=True))
    np.testing.assert_allclose(above["a"], 1)
    np.testing.assert_allclose(above["b"], p["b"] + p["d"] + p["e"])
    np.testing.assert_allclose(above["e"], p["e"])


def _observed(tree: Hierarchy, texts: npt.NDArray[np.float32]) -> Any:
    from kgconcepts.embedding.observations import Observations

    K = len(tree)
    return Observations(tree.ids, texts, np.full(K, 9.0), np.zeros(K))


def test_what_is_ruled_out_has_no_probability_and_is_not_proposed(order: Order, data: Any) -> None:
    out: list[Positions] = [below(data.tree, k) for k in (1, 390)]
    vectors = data.T[[1, 390]]
    found = np.exp(order.log_probabilities(vectors, out))
    for row, away in zip(found, out, strict=True):
        assert not row[away].any()
        assert (np.delete(row, away) > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)
    places = order.place(vectors, 400, out)
    for some, away in zip(places, out, strict=True):
        assert len(some) == 400 - len(away)
        assert not {place.concept for place in some} & {data.tree.ids[k] for k in away}


def test_as_many_are_ruled_out_as_there_are_terms(order: Order, data: Any) -> None:
    with pytest.raises(ValueError, match="zip"):
        order.log_probabilities(data.T[:3], [np.array([0])])


def test_places_are_proposed_the_likeliest_first(order: Order, data: Any) -> None:
    (some,) = order.place(data.T[200:201], 7)
    logs = order.log_probabilities(data.T[200:201])
    above = order.above(logs)[0]
    assert len(some) == 7
    assert some[0].concept == data.tree.ids[int(logs.argmax())]
    probabilities = [place.probability for place in some]
    assert probabilities == sorted(probabilities, reverse=True)
    for place in some:
        k = data.tree.index(place.concept)
        assert place.probability == pytest.approx(np.exp(logs[0, k]))
        assert place.above == pytest.approx(above[k])


def test_a_second_fit_learns_the_same(
    order: Order, model: HierarchicalEmbedding, data: Any
) -> None:
    again = Order().fit(model, data.tree)
    assert again.weights_.shape == (len(FEATURES),)
    np.testing.assert_array_equal(order.weights_, again.weights_)


def test_concepts_with_children_are_told_to_be_the_more_general(
    simulated: Callable[..., Any],
) -> None:
    """Where one axis of the texts tells who is general."""
    data = simulated(400, 24, (1.0, 0.8, 0.5, 0.3), noise=0.3, branches=5)
    children = np.bincount(data.tree.parents.indices, minlength=400)
    texts = data.T.copy()
    texts[:, 0] = 2 * np.log1p(children) + 0.2 * texts[:, 0]
    model = HierarchicalEmbedding().fit(data.tree, _observed(data.tree, texts.astype(np.float32)))
    found = Order().fit(model, data.tree).generality(texts)
    edges = data.tree.parents.tocoo()
    assert (found[edges.col] > found[edges.row]).mean() > 0.9


def test_another_hierarchy_is_refused(model: HierarchicalEmbedding, data: Any) -> None:
    ids = data.tree.ids
    for other in (Hierarchy.from_edges(ids[:50], []), Hierarchy.from_edges(ids[::-1], [])):
        with pytest.raises(SourceError, match="not that of the embedding; give the one"):
            Order().fit(model, other)


def test_a_hierarchy_without_edges_has_no_order(model: HierarchicalEmbedding, data: Any) -> None:
    flat = Hierarchy.from_edges(data.tree.ids, [])
    with pytest.raises(SourceError, match="no concept has a parent; there is no order to learn"):
        Order().fit(model, flat)


# Who is taken away to learn from.


@pytest.mark.parametrize("seed", range(5))
def test_none_that_is_taken_away_is_below_another_nor_has_much_below(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = [f"c{k}" for k in range(400)]
    edges = [(ids[k], ids[int(p)]) for k in range(1, 400) for p in set(rng.integers(0, k, 2))]
    tree = Hierarchy.from_edges(ids, edges)
    chosen = removable(tree, 60, rng)
    assert 20 < len(chosen) <= 60
    assert len(set(chosen.tolist())) == len(chosen)
    assert (tree.levels[chosen] > 0).all()
    for k in chosen.tolist():
        whole = below(tree, k)
        assert set(whole.tolist()) & set(chosen.tolist()) == {k}
        assert len(whole) - 1 <= 0.03 * 400


def test_what_hangs_from_elsewhere_too_keeps_what_is_above_it() -> None:
    large = Hierarchy.from_edges(
        [*"abcde", *(f"x{k}" for k in range(95))],
        [(c, p) for c, p in ("ba", "ca", "db", "dc", "ea")],
    )
    chosen = removable(large, 100, np.random.default_rng(0))
    # d, of b, would still tell by c where b belongs
    assert [large.ids[k] for k in chosen] == ["e", "d"]


def test_inner_concepts_are_taken_away_too(data: Any) -> None:
    chosen = removable(data.tree, 100, np.random.default_rng(0))
    inner = np.setdiff1d(chosen, data.tree.leaves)
    assert len(inner) > 3


def test_where_nothing_has_a_parent_nothing_is_taken_away() -> None:
    flat = Hierarchy.from_edges("abc", [])
    assert removable(flat, 3, np.random.default_rng(0)).tolist() == []


def test_a_concept_and_all_below_it() -> None:
    tree = Hierarchy.from_edges("abcd", [(c, p) for c, p in ("ba", "ca", "db", "dc")])
    assert [tree.ids[k] for k in sorted(below(tree, tree.index("b")))] == ["b", "d"]


def test_edges_that_lead_up_from_some_go_and_all_others_stay() -> None:
    tree = Hierarchy.from_edges("abcd", [(c, p) for c, p in ("ba", "ca", "db", "dc")])
    left = without_rows(tree.parents.astype(float).tocsr(), np.array([tree.index("b")]))
    expected = tree.parents.toarray().astype(float)
    expected[tree.index("b")] = 0
    np.testing.assert_array_equal(left.toarray(), expected)
    assert left.nnz == 3
    assert tree.parents.nnz == 4


# What speaks for a parent.


@pytest.fixture
def features() -> ParentFeatures:
    """a has the children b and c; d stands alone, and nothing is said of c."""
    tree = Hierarchy.from_edges("adbc", [("b", "a"), ("c", "a")])
    texts = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 2], [0, 0, 0]])
    vectors = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [3, 0, 4]])
    return ParentFeatures(vectors, texts, tree.parents.astype(float).tocsr(), np.eye(3))


def test_what_speaks_for_a_concept_by_hand(features: ParentFeatures) -> None:
    query = np.array([[0.0, 0, 5]])
    named = dict(zip(FEATURES, features.of(query)[0].T, strict=True))
    np.testing.assert_allclose(named["vector"], [0, 0, 1, 0.8])
    # the mean of b's text and, as c has none, of c's vector: (3, 0, 6) / 2
    np.testing.assert_allclose(named["mean child"], [6 / np.sqrt(45), 0, 0, 0])
    near = np.exp(10 * (np.array([0, 0, 1, 0.8]) - 1))
    alike = np.log(np.array([near[2] + near[3], 0, 0, 0]) + 1e-6)
    np.testing.assert_allclose(named["like a child"], alike)
    np.testing.assert_allclose(named["children"], np.log([3, 1, 1, 1]))
    np.testing.assert_allclose(named["no children"], [0, 1, 1, 1])
    # of b's text the form makes a's: x'y / (x'x + 1), and that direction is a's
    np.testing.assert_allclose(named["text of a parent"], [1, 0, 0, 0.6])


def test_of_some_candidates_the_same_is_said(features: ParentFeatures) -> None:
    rng = np.random.default_rng(0)
    queries, some = rng.normal(size=(4, 3)), np.array([3, 0])
    np.testing.assert_allclose(
        features.of(queries, some), features.of(queries)[:, some], atol=1e-12
    )


def test_length_of_a_vector_says_nothing(features: ParentFeatures) -> None:
    queries = np.random.default_rng(1).normal(size=(4, 3))
    np.testing.assert_allclose(features.of(queries), features.of(queries * 9), atol=1e-9)


def test_a_vector_of_nothing_is_like_nothing_and_does_no_harm(features: ParentFeatures) -> None:
    assert np.isfinite(features.of(np.zeros((1, 3)))).all()
    assert features.generality(np.zeros((1, 3))).tolist() == [0]
