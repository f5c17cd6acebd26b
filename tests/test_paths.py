"""What paths reach does not depend on how they are walked; what a tree does not show is little."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Hierarchy, paths
from kgconcepts.errors import KGConceptsError

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]


def of(edges: Iterable[tuple[int, int]], K: int) -> sp.csr_array:
    return Hierarchy.from_edges(
        [str(k) for k in range(K)], [(str(c), str(p)) for c, p in edges]
    ).parents


@given(data=st.data(), few=st.integers(0, 4))
def test_what_is_reached_does_not_depend_on_how_it_is_walked(
    dags: DAGs, data: st.DataObject, few: int
) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    starts = np.array(data.draw(st.lists(st.integers(0, len(tree) - 1))), dtype=np.intp)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "_FEW", few)
        found = paths.beyond(tree.parents, starts)
    np.testing.assert_array_equal(found, paths.beyond(tree.parents, starts))
    above = (tree.closure - sp.eye_array(len(tree), dtype=np.int32)).toarray()
    np.testing.assert_array_equal(found, np.flatnonzero(above[starts].any(axis=0)))


@given(data=st.data(), block=st.integers(1, 5))
def test_tree_and_detours_together_are_the_closure(
    dags: DAGs, data: st.DataObject, block: int
) -> None:
    tree = Hierarchy.from_edges(*data.draw(dags))
    K = len(tree)
    found = paths.detours(tree.parents)
    assert (np.diff(found.tree.indptr) <= 1).all()
    others = np.eye(K)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "_BLOCK", block)
        for joins, rows in found.blocks():
            assert rows.nnz <= block or len(joins) == 1
            others[joins] += rows.toarray()
    np.testing.assert_allclose(
        np.linalg.solve(np.eye(K) - found.tree.toarray(), others), tree.closure.toarray()
    )


def test_a_long_ladder_has_no_detours() -> None:
    K = 100_000
    rungs = [(k, k - step) for k in range(2, K) for step in (1, 2)]
    found = paths.detours(of([(1, 0), *rungs], K))
    assert len(found.joins) == K - 2
    assert found.indices.size == 0


def test_more_detours_than_memory_should_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_MOST", 3)
    edges = [(8, 6), (8, 7), (6, 0), (6, 1), (6, 2), (7, 3), (7, 4), (7, 5)]
    with pytest.raises(KGConceptsError, match=r"more than 3 ancestors .* sum with paths=True"):
        paths.detours(of(edges, 9))
