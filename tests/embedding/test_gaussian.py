"""The Gaussian model on DAGs: posteriors as the dense closed form gives them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph, Hierarchy
from kgconcepts.embedding.gaussian import EDGES, GaussianDAG, parents_of
from kgconcepts.errors import SourceError

Floats = npt.NDArray[np.float64]
Dense = Callable[[sp.csr_array, Floats, Floats, Floats], tuple[Floats, Floats]]
DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]


@given(data=st.data())
def test_the_posterior_is_that_of_the_dense_closed_form(
    dags: DAGs, dense: Dense, data: st.DataObject
) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    K = len(tree)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    above = parents_of(tree, None, {})
    above.data = above.data * (1 + rng.random(above.nnz))
    above = (sp.diags_array(1 / np.maximum(above.sum(axis=1), 1e-9)) @ above).tocsr()
    texts = rng.normal(size=(K, 3))
    steps = np.exp(rng.normal(size=K))
    noise = np.where(rng.random(K) < 0.5, np.exp(rng.normal(size=K)), np.inf)
    found = GaussianDAG(above).posterior(texts, steps, noise)
    mean, covariance = dense(above, texts, steps, noise)
    np.testing.assert_allclose(found.mean, mean, atol=1e-9)
    np.testing.assert_allclose(found.variance, np.diag(covariance), rtol=1e-8)
    A = np.eye(K) - above.toarray()
    np.testing.assert_allclose(found.step_variance, np.diag(A @ covariance @ A.T), atol=1e-9)
    edges = above.tocoo()
    np.testing.assert_allclose(found.edge_covariance, covariance[edges.row, edges.col], atol=1e-9)


def test_one_text_on_a_chain_by_hand() -> None:
    above = parents_of(Hierarchy.from_edges(["a", "b"], [("b", "a")]), None, {})
    texts, noise = np.array([[0.0], [3.0]]), np.array([np.inf, 1.0])
    found = GaussianDAG(above).posterior(texts, np.array([1.0, 1.0]), noise)
    # t = δ_a + δ_b + ε, three parts of variance 1
    np.testing.assert_allclose(found.mean, [[1.0], [2.0]])
    np.testing.assert_allclose(found.variance, [2 / 3, 2 / 3])
    np.testing.assert_allclose(found.step_variance, [2 / 3, 2 / 3])
    np.testing.assert_allclose(found.edge_covariance, [1 / 3])


def test_without_a_text_a_concept_is_where_its_parents_are() -> None:
    rng = np.random.default_rng(0)
    tree = Hierarchy.from_edges("abcde", [("c", "a"), ("c", "b"), ("d", "c"), ("e", "a")])
    above = parents_of(tree, None, {})
    noise = np.array([{"a": 0.1, "b": 0.2, "e": 0.1}.get(id_, np.inf) for id_ in tree.ids])
    found = GaussianDAG(above).posterior(rng.normal(size=(5, 4)), np.ones(5), noise)
    at = {id_: found.mean[tree.index(id_)] for id_ in tree.ids}
    np.testing.assert_allclose(at["c"], (at["a"] + at["b"]) / 2, atol=1e-14)
    np.testing.assert_allclose(at["d"], at["c"], atol=1e-14)
    assert np.abs(at["e"] - at["a"]).max() > 0.01
    variance = dict(zip(tree.ids, found.variance.tolist(), strict=True))
    assert variance["d"] == pytest.approx(variance["c"] + 1)


def test_without_any_text_nothing_is_known_but_the_prior() -> None:
    above = parents_of(Hierarchy.from_edges("abc", [("b", "a"), ("c", "b")]), None, {})
    found = GaussianDAG(above).posterior(
        np.ones((3, 2)), np.array([1.0, 2.0, 3.0]), np.full(3, np.inf)
    )
    assert not found.mean.any()
    np.testing.assert_allclose(found.variance, [1, 3, 6])
    np.testing.assert_allclose(found.step_variance, [1, 2, 3])


def graph(*relations: tuple[str, str, str]) -> ConceptGraph:
    ids = dict.fromkeys(end for child, _, parent in relations for end in (child, parent))
    return ConceptGraph([Concept(id_, id_) for id_ in ids], relations)


def weights(some: ConceptGraph, edges: dict[str, float]) -> dict[str, float]:
    """Weights by 'child > parent'."""
    tree = some.hierarchy()
    found = parents_of(tree, some, edges).tocoo()
    return {
        f"{tree.ids[c]} > {tree.ids[p]}": w
        for c, p, w in zip(found.row, found.col, found.data.tolist(), strict=True)
    }


@given(data=st.data())
def test_the_weights_of_a_concept_with_a_parent_sum_to_one_and_of_others_to_less(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    kinds = st.sampled_from(["is_a", "part_of", "has_part", "has_quality", "lacks_part"])
    relations = {(c, data.draw(kinds), p) for c, p in edges}
    some = ConceptGraph([Concept(id_, id_) for id_ in ids], sorted(relations))
    found = parents_of(some.hierarchy(), some, EDGES)
    sums = dict(zip(some.hierarchy().ids, found.sum(axis=1).tolist(), strict=True))
    assert (found.data > 0).all()
    for id_ in ids:
        through = {relation for c, relation, _ in relations if c == id_}
        further = sum(EDGES.get(relation, 0) for relation in through)
        expected = 1.0 if "is_a" in through else further / (1 + further)
        assert sums[id_] == pytest.approx(expected)


def test_parents_share_alike() -> None:
    some = graph(("c", "is_a", "a"), ("c", "is_a", "b"), ("d", "is_a", "c"))
    assert weights(some, {}) == pytest.approx({"c > a": 0.5, "c > b": 0.5, "d > c": 1.0})


def test_a_relation_counts_as_given_and_is_shared_by_all_it_points_at() -> None:
    some = graph(
        ("c", "is_a", "a"), ("c", "has_part", "x"), ("c", "has_part", "y"), ("c", "part_of", "z")
    )
    assert weights(some, {"has_part": 0.6, "part_of": 0.4}) == pytest.approx(
        {"c > a": 0.5, "c > x": 0.15, "c > y": 0.15, "c > z": 0.2}
    )


def test_what_has_no_parent_leans_on_its_whole_and_for_the_rest_on_nothing() -> None:
    assert weights(graph(("c", "part_of", "a")), {"part_of": 0.25}) == pytest.approx({"c > a": 0.2})


@pytest.mark.parametrize("edges", [{"part_of": -0.1}, {"part_of": np.inf}, {"part_of": np.nan}])
def test_what_is_no_weight_is_refused(edges: dict[str, float]) -> None:
    with pytest.raises(SourceError, match=r"^edges: part_of has the weight"):
        weights(graph(("c", "part_of", "a")), edges)


def test_how_much_a_parent_counts_is_not_to_be_chosen() -> None:
    with pytest.raises(SourceError, match="give relations besides is_a, which counts 1"):
        weights(graph(("c", "is_a", "a")), {"is_a": 2.0})


@pytest.mark.parametrize("edges", [{}, {"has_part": 0.0}, {"part_of": 0.5}, {"no_such": 1.0}])
def test_relations_that_are_not_asked_for_do_not_count(edges: dict[str, float]) -> None:
    some = graph(("c", "is_a", "a"), ("c", "has_part", "x"), ("c", "RO:0002202", "y"))
    assert weights(some, edges) == {"c > a": 1.0}


def test_circles_of_parts_are_left_out_and_parents_are_kept() -> None:
    some = graph(
        ("c", "is_a", "a"),
        ("a", "has_part", "c"),  # back to what it is a parent of
        ("x", "part_of", "y"),
        ("y", "part_of", "x"),
        ("x", "part_of", "a"),
        ("x", "part_of", "x"),
    )
    found = weights(some, {"part_of": 0.25, "has_part": 0.25})
    assert found == pytest.approx({"c > a": 1.0, "x > a": 0.2})


def test_what_is_obsolete_is_not_leant_on() -> None:
    some = ConceptGraph(
        [Concept("a", "a"), Concept("b", "b"), Concept("x", "x", obsolete=True)],
        [("b", "is_a", "a"), ("b", "part_of", "x")],
    )
    assert weights(some, EDGES) == {"b > a": 1.0}


def test_a_hierarchy_knows_parents_alone() -> None:
    some = graph(("c", "is_a", "a"), ("c", "has_part", "x"))
    tree = some.hierarchy()
    assert parents_of(tree, None, EDGES).toarray().tolist() == tree.parents.toarray().tolist()
