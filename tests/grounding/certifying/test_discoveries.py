"""Discoveries keep to the hierarchy and to their rate, and q-values say the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from kgconcepts.grounding.certifying.discoveries import Tree, discover, q_values, still_possible

Array = npt.NDArray[np.float64]
Parents = tuple[npt.NDArray[np.intp], ...]
# Few distinct p-values, so that many are tied.
P_VALUES = st.sampled_from([0.0, 1e-4, 0.001, 0.01, 0.02, 0.04, 0.05, 0.2, 0.5, 1.0])


@st.composite
def problems(draw: st.DrawFn) -> tuple[Parents, Array]:
    """A DAG of hypotheses, parents before children, and their p-values."""
    H = draw(st.integers(1, 14))
    parents = tuple(
        np.array(sorted(draw(st.sets(st.integers(0, i - 1), max_size=2)) if i else []), np.intp)
        for i in range(H)
    )
    return parents, np.array(draw(st.lists(P_VALUES, min_size=H, max_size=H)))


def flat(H: int) -> Tree:
    return Tree.of(tuple(np.empty(0, np.intp) for _ in range(H)))


def as_the_paper_writes_it(parents: Parents, p: Array, level: float) -> set[int]:
    """DAGGER, hypothesis by hypothesis and r by r."""
    H = len(p)
    children = [[j for j in range(H) if i in parents[j]] for i in range(H)]
    leaves, nodes, depth = np.zeros(H), np.ones(H), np.ones(H, int)
    for i in range(H):
        depth[i] = 1 + max((depth[a] for a in parents[i]), default=0)
    for i in reversed(range(H)):
        leaves[i] = sum(leaves[c] / len(parents[c]) for c in children[i]) if children[i] else 1
        nodes[i] = 1 + sum(nodes[c] / len(parents[c]) for c in children[i])
    L = sum(not c for c in children)
    found: set[int] = set()
    for D in range(1, max(depth) + 1):
        tested = [i for i in range(H) if depth[i] == D and all(a in found for a in parents[i])]
        for r in range(len(tested), 0, -1):
            critical = level * leaves / L * (nodes + r + len(found) - 1) / nodes
            passed = {i for i in tested if p[i] <= critical[i]}
            if len(passed) >= r:
                found |= passed
                break
    return found


@given(problem=problems(), level=st.sampled_from([0.0131, 0.0523, 0.1107, 0.3109, 0.9701]))
def test_it_is_dagger(problem: tuple[Parents, Array], level: float) -> None:
    parents, p = problem
    found = discover(Tree.of(parents), p, level)
    assert set(np.flatnonzero(found).tolist()) == as_the_paper_writes_it(parents, p, level)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_without_edges_it_is_benjamini_and_hochberg_s(p: list[float]) -> None:
    np.testing.assert_allclose(q_values(flat(len(p)), p), false_discovery_control(p), atol=1e-12)


@given(problem=problems(), level=st.sampled_from([0.0131, 0.0523, 0.1107, 0.3109, 0.9701]))
def test_a_q_value_is_the_least_level_of_discovery(
    problem: tuple[Parents, Array], level: float
) -> None:
    parents, p = problem
    tree = Tree.of(parents)
    np.testing.assert_array_equal(q_values(tree, p) <= level, discover(tree, p, level))


@given(problem=problems())
def test_no_child_is_found_before_its_parents(problem: tuple[Parents, Array]) -> None:
    parents, p = problem
    q = q_values(Tree.of(parents), p)
    assert ((q >= 0) & (q <= 1)).all()
    for i, above in enumerate(parents):
        assert (q[above] <= q[i]).all()


@given(problem=problems(), data=st.data())
def test_smaller_p_values_find_no_less(problem: tuple[Parents, Array], data: st.DataObject) -> None:
    parents, p = problem
    smaller = p * np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(p), max_size=len(p))))
    tree = Tree.of(parents)
    assert (q_values(tree, smaller) <= q_values(tree, p)).all()


def test_effective_leaves_and_nodes_of_a_diamond() -> None:
    """The child of two counts half for either: ``m`` is 3, 1.5, 1.5, 1, and there is one leaf."""
    tree = Tree.of(tuple(np.array(a, np.intp) for a in ([], [0], [0], [1, 2])))
    np.testing.assert_allclose(tree.nodes, [4, 1.5, 1.5, 1])
    np.testing.assert_allclose(tree.price, [4, 3, 3, 1])


@pytest.mark.parametrize("meaning", [0, 12])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_the_rate_of_false_discoveries_is_at_most_the_level(meaning: int, level: float) -> None:
    """A tree of 4 × 4 × 3, uniform p-values for what means nothing: within 3 standard errors."""
    parents = [np.empty(0, np.intp)] * 4
    parents += [np.array([i // 4]) for i in range(16)]
    parents += [np.array([4 + i // 3]) for i in range(48)]
    tree, rng = Tree.of(tuple(parents)), np.random.default_rng(5)
    null = np.ones(len(parents), dtype=bool)
    null[[0, 1, *range(4, 12), *range(20, 30)][: 2 * meaning]] = False
    rates = []
    for _ in range(600):
        p = rng.random(len(parents))
        p[~null] **= 8
        found = discover(tree, p, level)
        rates.append((found & null).sum() / max(found.sum(), 1))
    assert np.mean(rates) <= level + 3 * np.std(rates) / np.sqrt(len(rates))
    assert np.mean(rates) > 0


def test_what_could_not_have_been_found_is_named() -> None:
    chain = Tree.of((np.empty(0, np.intp), np.array([0]), np.array([1])))
    p = np.array([0.5, 0.5, 0.5])
    best = np.array([0.001, 0.4, 0.001])
    np.testing.assert_array_equal(still_possible(chain, p, best, 0.05), [True, False, False])
    np.testing.assert_array_equal(still_possible(chain, p, p * 0, 0.05), [True] * 3)
    np.testing.assert_array_equal(still_possible(chain, p, p, 0.05), [False] * 3)


def test_of_nothing_nothing_is_found() -> None:
    tree = Tree.of(())
    assert len(discover(tree, [], 0.05)) == len(q_values(tree, [])) == 0
    assert len(still_possible(tree, [], [], 0.05)) == 0
