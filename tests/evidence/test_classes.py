"""What evidence says of classes is what the sets of what they are and have say."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]


@given(data=st.data())
def test_a_class_agrees_if_all_that_is_shown_is_above_it_and_nothing_that_is_not(
    dags: DAGs, data: st.DataObject
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    K = len(dag)
    row = st.lists(st.sampled_from([1, 0, -1, -1]), min_size=K, max_size=K)
    evidence = Evidence.from_targets(np.array([data.draw(row)]).reshape(1, K), dag.ids)
    target = evidence.targets.filled(-1)[0]
    shown, absent = ({dag.ids[k] for k in np.flatnonzero(target == state)} for state in (1, 0))
    classes = [dag.ids[leaf] for leaf in dag.leaves]
    above = [{id_, *dag.ancestors(id_)} for id_ in classes]
    agrees = [shown <= a and not absent & a for a in above]
    if any(agrees):
        factors = evidence.class_log_factors(dag)
        np.testing.assert_array_equal(factors, [np.where(agrees, 0, -np.inf)])
        assert factors.dtype == np.float32
    else:
        with pytest.raises(EvidenceError, match="image 0: no class agrees with what is said"):
            evidence.class_log_factors(dag)


@given(data=st.data())
def test_ratios_of_all_that_is_above_a_class_add_up(dags: DAGs, data: st.DataObject) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    K = len(dag)
    values = data.draw(st.lists(st.integers(-4, 4), min_size=K, max_size=K))
    evidence = Evidence(
        dag.ids,
        np.empty((0, K), np.int8),
        np.array([-1]),
        sp.csr_array(np.array([values], dtype=np.float32)),
    )
    expected = [
        sum(values[dag.index(id_)] for id_ in (dag.ids[leaf], *dag.ancestors(dag.ids[leaf])))
        for leaf in dag.leaves
    ]
    np.testing.assert_array_equal(evidence.class_log_factors(dag), [expected])
    assert evidence.informed.tolist() == [any(values)]
    assert not evidence.annotated.any()


def test_an_open_trait_that_is_shown_rules_nothing_out() -> None:
    tree = Hierarchy.from_edges(["fin", "Sagitta", "Beroe"], [("Sagitta", "fin")])
    fin = tree.index("fin")
    closed = Evidence.from_targets([np.where(np.arange(3) == fin, 1, -1)], tree.ids)
    opened = Evidence(closed.ids, closed.patterns, closed.pattern, open_traits=np.arange(3) == fin)
    assert np.isinf(closed.class_log_factors(tree)).sum() == 1
    assert not opened.class_log_factors(tree).any()


def test_images_are_chosen_by_position_or_mask() -> None:
    tree = Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    evidence = Evidence.from_targets([[1, 1, 0], [1, -1, -1], [-1, -1, 1]], tree.ids)
    whole = evidence.class_log_factors(tree)
    for chosen in ([2, 0], np.array([True, False, True]), np.array([], dtype=int), []):
        rows = np.asarray(chosen, dtype=None if len(chosen) else int)
        np.testing.assert_array_equal(evidence.class_log_factors(tree, chosen), whole[rows])
