"""Sparse systems on DAGs: solutions, determinants and entries of the inverse as dense ones are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Hierarchy
from kgconcepts.embedding.elimination import Elimination

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
System = tuple[Ints, Ints, Floats, int]


def precision(weights: Floats, steps: Floats, texts: Floats) -> System:
    """The precision of a DAG as a sum of each concept's products, at places that repeat.

    ``weights[c, p]`` is how much c leans on its parent p; ``texts`` are the texts' precisions.
    """
    K = len(steps)
    row, column, values = [], [], []
    for c in range(K):
        parents = np.flatnonzero(weights[c])
        at, sign = np.append(parents, c), np.append(-weights[c, parents], 1.0)
        row += np.repeat(at, len(at)).tolist()
        column += np.tile(at, len(at)).tolist()
        values += (np.outer(sign, sign) / steps[c]).ravel().tolist()
    every = list(range(K))
    return np.array(row + every), np.array(column + every), np.array([*values, *texts]), K


def dense(system: System) -> Floats:
    row, column, values, K = system
    matrix = np.zeros((K, K))
    np.add.at(matrix, (row, column), values)
    return matrix


def assert_as_dense(system: System, m: int = 2) -> None:
    row, column, values, K = system
    matrix = dense(system)
    factor = Elimination(row, column, K).factor(values)
    right = np.random.default_rng(0).normal(size=(K, m))
    inverse = np.linalg.inv(matrix)
    scale = np.abs(inverse).max()
    np.testing.assert_allclose(
        factor.solve(right), inverse @ right, atol=1e-9 * scale * K, rtol=1e-9
    )
    np.testing.assert_allclose(
        factor.inverse, inverse[row, column], atol=1e-10 * scale * K, rtol=1e-9
    )
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(matrix)[1], abs=1e-8)


def shares(tree: Hierarchy) -> Floats:
    """Every parent counts alike."""
    above = tree.parents.toarray().astype(float)
    return above / np.maximum(above.sum(axis=1, keepdims=True), 1)


@given(data=st.data())
def test_on_any_dag_and_any_variances(
    dags: st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]], data: st.DataObject
) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    K = len(tree)
    variances = st.lists(st.floats(0.01, 100), min_size=K, max_size=K).map(np.array)
    mixed = np.random.default_rng(data.draw(st.integers(0, 99))).random((K, K)) + 0.1
    weights = tree.parents.toarray() * mixed
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    told = np.array(data.draw(st.lists(st.booleans(), min_size=K, max_size=K)))
    texts = np.where(told, 1 / data.draw(variances), 0)
    assert_as_dense(precision(weights, data.draw(variances), texts))


@given(data=st.data())
def test_where_variances_are_equal_so_that_much_cancels(
    dags: st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]], data: st.DataObject
) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    K = len(tree)
    assert_as_dense(precision(shares(tree), np.ones(K), np.zeros(K)))


@pytest.mark.parametrize(
    "edges",
    [
        ["ba", "br", "ca", "cb", "da", "db"],  # -1/2 of b, and 1/4 of each of c and d
        ["ba", "ca", "cb", "da", "db", "ea", "eb", "fa", "fb"],  # -1 of b, and 1/4 of four
    ],
)
def test_an_entry_that_cancels_exactly_is_still_in_the_inverse(edges: list[str]) -> None:
    tree = Hierarchy.from_edges(sorted(set("".join(edges))), [(c, p) for c, p in edges])
    system = precision(shares(tree), np.ones(len(tree)), np.zeros(len(tree)))
    a, b = tree.index("a"), tree.index("b")
    matrix = dense(system)
    assert matrix[a, b] == 0
    assert abs(np.linalg.inv(matrix)[a, b]) > 0.1
    assert_as_dense(system)


@pytest.mark.parametrize("seed", range(4))
def test_a_large_dag_of_several_parents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    K = 300
    weights = np.zeros((K, K))
    for c in range(1, K):
        parents = rng.choice(c, min(c, int(rng.integers(1, 4))), replace=False)
        weights[c, parents] = rng.dirichlet(np.ones(len(parents)))
    steps = np.exp(rng.normal(size=K))
    assert_as_dense(precision(weights, steps, rng.random(K) * (rng.random(K) < 0.5)))


@pytest.mark.parametrize("m", [0, 1, 64, 65, 200])
def test_any_number_of_right_hand_sides(m: int) -> None:
    weights = np.diag([1.0, 0.5, 1.0], -1)
    assert_as_dense(precision(weights, np.array([1.0, 2, 3, 4]), np.ones(4)), m)


def test_one_concept() -> None:
    factor = Elimination(np.array([0]), np.array([0]), 1).factor(np.array([4.0]))
    np.testing.assert_allclose(factor.solve(np.array([[2.0, 8.0]])), [[0.5, 2.0]])
    np.testing.assert_allclose(factor.inverse, [0.25])
    assert factor.log_determinant == pytest.approx(np.log(4))


def test_concepts_that_have_nothing_to_do_with_one_another() -> None:
    places = np.arange(3)
    factor = Elimination(places, places, 3).factor(np.array([1.0, 2.0, 4.0]))
    np.testing.assert_allclose(factor.inverse, [1, 0.5, 0.25])


def test_repeated_places_are_summed_and_each_is_told_the_same() -> None:
    row, column = np.array([0, 0, 1, 0, 1, 1, 0]), np.array([0, 0, 1, 1, 0, 1, 0])
    values = np.array([1.0, 2.0, 3.0, -1.0, -1.0, 1.0, 2.0])
    factor = Elimination(row, column, 2).factor(values)
    inverse = np.linalg.inv([[5.0, -1.0], [-1.0, 4.0]])
    np.testing.assert_allclose(factor.inverse, inverse[row, column])
    np.testing.assert_allclose(factor.solve(np.eye(2)), inverse)


def test_one_elimination_serves_many_systems() -> None:
    system = precision(np.diag([1.0, 1.0], -1), np.ones(3), np.ones(3))
    row, column, values, K = system
    plan = Elimination(row, column, K)
    first, second = plan.factor(values), plan.factor(3 * values)
    np.testing.assert_allclose(first.inverse, 3 * second.inverse)
    np.testing.assert_allclose(first.solve(np.eye(3)), np.linalg.inv(dense(system)))
