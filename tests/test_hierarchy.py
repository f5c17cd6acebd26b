"""A hierarchy puts parents before children, and its sums count every concept once."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Hierarchy
from kgconcepts.errors import CycleError, KGConceptsError, UnknownConceptError

Edges = list[tuple[str, str]]
DAGs = st.SearchStrategy[tuple[list[str], Edges]]


def as_networkx(ids: list[str], edges: Edges) -> nx.DiGraph:
    """Child → parent, so that networkx's descendants are our ancestors."""
    graph = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from(edges)
    return graph


@given(data=st.data())
def test_every_parent_stands_before_its_children(dags: DAGs, data: st.DataObject) -> None:
    ids, edges = data.draw(dags)
    tree = Hierarchy.from_edges(ids, edges)
    assert sorted(tree.ids) == sorted(ids)
    assert all(tree.index(parent) < tree.index(child) for child, parent in edges)
    assert tree.parents.nnz == len(set(edges))


@given(data=st.data())
def test_ancestors_and_descendants_are_those_that_paths_reach(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    tree, graph = Hierarchy.from_edges(ids, edges), as_networkx(ids, edges)
    for id_ in ids:
        ancestors, descendants = tree.ancestors(id_), tree.descendants(id_)
        assert set(ancestors) == nx.descendants(graph, id_)
        assert set(descendants) == nx.ancestors(graph, id_)
        for found in (ancestors, descendants):
            positions = [tree.index(a) for a in found]
            assert positions == sorted(positions)


@given(data=st.data())
def test_levels_are_longest_paths_and_leaves_have_no_children(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    tree, graph = Hierarchy.from_edges(ids, edges), as_networkx(ids, edges)
    for k, id_ in enumerate(tree.ids):
        above = graph.subgraph({id_} | nx.descendants(graph, id_))
        assert tree.levels[k] == nx.dag_longest_path_length(above)
    assert [tree.ids[k] for k in tree.leaves] == [i for i in tree.ids if graph.in_degree(i) == 0]
    assert (np.diff(tree.levels) >= 0).all()


@given(data=st.data(), columns=st.sampled_from([(), (1,), (3,)]))
def test_sums_count_each_concept_once_whatever_the_paths(
    dags: DAGs, data: st.DataObject, columns: tuple[int, ...]
) -> None:
    ids, edges = data.draw(dags)
    tree, graph = Hierarchy.from_edges(ids, edges), as_networkx(ids, edges)
    size = len(tree) * int(np.prod(columns, dtype=int))
    numbers = data.draw(st.lists(st.integers(-99, 99), min_size=size, max_size=size))
    values = np.array(numbers).reshape(len(tree), *columns)
    up, down = tree.roll_up(values), tree.push_down(values)
    assert up.shape == down.shape == values.shape
    for k, id_ in enumerate(tree.ids):
        below = [tree.index(c) for c in {id_} | nx.ancestors(graph, id_)]
        above = [tree.index(a) for a in {id_} | nx.descendants(graph, id_)]
        np.testing.assert_array_equal(up[k], values[below].sum(axis=0))
        np.testing.assert_array_equal(down[k], values[above].sum(axis=0))


@given(data=st.data())
def test_rolling_up_is_the_transpose_of_pushing_down(dags: DAGs, data: st.DataObject) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    rng = np.random.default_rng(len(tree))
    x, y = rng.integers(-9, 9, (2, len(tree)))
    assert tree.roll_up(x) @ y == x @ tree.push_down(y)


@given(data=st.data())
def test_the_order_does_not_depend_on_the_order_of_the_edges(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    shuffled = data.draw(st.permutations(edges + edges[:1]))
    one, other = Hierarchy.from_edges(ids, edges), Hierarchy.from_edges(ids, shuffled)
    assert one.ids == other.ids
    assert (one.parents != other.parents).nnz == 0


def test_a_diamond_counts_its_top_once() -> None:
    tree = Hierarchy.from_edges("dcba", [("d", "b"), ("d", "c"), ("b", "a"), ("c", "a")])
    assert tree.ids == ("a", "c", "b", "d")
    np.testing.assert_array_equal(
        tree.roll_up(np.array([1, 10, 100, 1000])), [1111, 1010, 1100, 1000]
    )
    np.testing.assert_array_equal(tree.push_down(np.array([1, 10, 100, 1000])), [1, 11, 101, 1111])


@pytest.mark.parametrize("children", [127, 128, 255, 256, 257])
def test_a_parent_of_many_is_no_leaf(children: int) -> None:
    names = [f"species {k}" for k in range(children)]
    tree = Hierarchy.from_edges(["genus", *names], [(name, "genus") for name in names])
    assert 0 not in tree.leaves
    assert len(tree.leaves) == children
    assert tree.roll_up(np.ones(len(tree), dtype=int))[0] == children + 1


def test_concepts_without_edges_are_roots_and_leaves() -> None:
    tree = Hierarchy.from_edges(["bubble", "detritus"], [])
    assert tree.ids == ("bubble", "detritus")
    np.testing.assert_array_equal(tree.leaves, [0, 1])
    np.testing.assert_array_equal(tree.levels, [0, 0])
    assert tree.ancestors("bubble") == tree.descendants("bubble") == ()


def test_a_hierarchy_of_nothing_is_empty() -> None:
    tree = Hierarchy.from_edges([], [])
    assert len(tree) == 0
    assert tree.ids == ()
    assert tree.leaves.size == tree.levels.size == 0


def test_membership_and_position() -> None:
    tree = Hierarchy.from_edges("ab", [("a", "b")])
    assert "a" in tree
    assert "z" not in tree
    assert tree.index("b") == 0
    with pytest.raises(UnknownConceptError, match=r"^'z' is not a concept of <Hierarchy: 2"):
        tree.index("z")
    for ask in (tree.ancestors, tree.descendants):
        with pytest.raises(UnknownConceptError):
            ask("z")


def test_an_edge_to_nothing_is_refused_with_the_edge() -> None:
    with pytest.raises(UnknownConceptError, match="edge Oithona --> Copepoda: Copepoda is not"):
        Hierarchy.from_edges(["Oithona"], [("Oithona", "Copepoda")])


@given(data=st.data(), length=st.integers(1, 5))
def test_a_cycle_is_refused_and_its_walk_is_shown(
    dags: DAGs, data: st.DataObject, length: int
) -> None:
    ids, edges = data.draw(dags)
    ring = [f"ring{k}" for k in range(length)]
    around = list(zip(ring, ring[1:] + ring[:1], strict=True))
    with pytest.raises(CycleError) as caught:
        Hierarchy.from_edges([*ids, *ring], [*edges, *around])
    message = str(caught.value)
    walk = message.split(": ", 1)[1].split(";", maxsplit=1)[0].split(" --> ")
    assert walk[0] == walk[-1]
    assert set(itertools.pairwise(walk)) == set(around)
    assert "remove one" in message
    assert "\n" not in message
    assert isinstance(caught.value, KGConceptsError)


def test_of_a_long_cycle_five_are_shown() -> None:
    ring = [f"ring{k}" for k in range(1000)]
    with pytest.raises(CycleError) as caught:
        Hierarchy.from_edges(ring, zip(ring, ring[1:] + ring[:1], strict=True))
    walk = str(caught.value).split(": ", 1)[1].split(";")[0].split(" --> ")
    assert len(set(walk)) <= 6
    assert "(995 more)" in walk
    assert walk[0] == walk[-1]


@given(data=st.data())
def test_ancestors_of_several_are_those_of_each(dags: DAGs, data: st.DataObject) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    several = data.draw(st.lists(st.sampled_from(tree.ids)))
    above = {a for id_ in several for a in tree.ancestors(id_)}
    below = {d for id_ in several for d in tree.descendants(id_)}
    assert tree.ancestors(several) == tuple(id_ for id_ in tree.ids if id_ in above)
    assert tree.descendants(several) == tuple(id_ for id_ in tree.ids if id_ in below)


@given(data=st.data())
def test_lowest_common_ancestors_are_those_that_networkx_finds(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    tree = Hierarchy.from_edges(ids, edges)
    graph = nx.DiGraph([(parent, child) for child, parent in edges])
    graph.add_nodes_from(ids)
    several = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3))
    common = set.intersection(*(nx.ancestors(graph, id_) | {id_} for id_ in several))
    lowest = {a for a in common if not nx.descendants(graph, a) & common}
    assert set(tree.lowest_common_ancestors(several)) == lowest


@given(data=st.data())
def test_sums_along_paths_count_every_path(dags: DAGs, data: st.DataObject) -> None:
    ids, edges = data.draw(dags)
    tree = Hierarchy.from_edges(ids, edges)
    K = len(tree)
    values = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=K, max_size=K)))
    step, paths = tree.parents.toarray().astype(int), np.zeros((K, K), dtype=int)
    power = np.eye(K, dtype=int)
    while power.any():  # the number of paths of each length
        paths, power = paths + power, power @ step
    np.testing.assert_array_equal(tree.push_down(values, paths=True), paths @ values)
    np.testing.assert_array_equal(tree.roll_up(values, paths=True), paths.T @ values)


def test_a_chain_of_a_hundred_thousand_is_walked_without_recursion_or_closure() -> None:
    K = 100_000
    names = [f"c{k}" for k in range(K)]
    tree = Hierarchy.from_edges(reversed(names), itertools.pairwise(reversed(names)))
    assert tree.ids == tuple(names)
    assert tree.levels[-1] == K - 1
    np.testing.assert_array_equal(tree.push_down(np.ones(K, dtype=int)), np.arange(1, K + 1))
    np.testing.assert_array_equal(tree.roll_up(np.ones(K, dtype=int)), np.arange(K, 0, -1))
    assert len(tree.ancestors(names[-1])) == len(tree.descendants(names[0])) == K - 1
    assert tree.lowest_common_ancestors([names[-1], names[500]]) == (names[500],)


def test_sums_keep_their_columns_and_numbers() -> None:
    tree = Hierarchy.from_edges("dcba", [("d", "b"), ("d", "c"), ("b", "a"), ("c", "a")])
    values = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=np.int8)
    assert tree.roll_up(values).tolist() == [[16, 20], [10, 12], [12, 14], [7, 8]]
    assert tree.push_down(np.array([True, True, False, True])).tolist() == [1, 2, 1, 3]
    assert tree.roll_up(np.array([0.5, 0.25, 0, 1])).dtype == float
