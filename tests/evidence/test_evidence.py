"""Evidence says what a label says, and nothing more."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph, Evidence
from kgconcepts.errors import EvidenceError, UnknownConceptError

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]


def known(evidence: Evidence, image: int = 0) -> dict[str, int | None]:
    """What is known of an image: concept → 1, 0 or None."""
    row = evidence.targets[image]
    hidden = np.ma.getmaskarray(row)
    return {id_: None if hidden[k] else int(row.data[k]) for k, id_ in enumerate(evidence.ids)}


def test_a_label_at_a_class_shows_all_that_it_is_and_has(plankton: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["Oithona"], plankton))
    assert {id_ for id_, value in says.items() if value == 1} == {
        *("PLK:2", "PLK:1", "PLK:9", "PLK:8")
    }
    assert {id_ for id_, value in says.items() if value == 0} == {
        *("PLK:3", "PLK:4", "PLK:5", "PLK:6", "PLK:7")
    }


def test_a_label_at_a_coarse_concept_leaves_open_which_class_it_is(plankton: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["copepod"], plankton))
    assert says["PLK:1"] == says["PLK:9"] == 1
    assert says["PLK:2"] is None
    assert says["PLK:3"] is None
    assert says["PLK:6"] == 0


def test_a_label_at_a_coarse_concept_does_not_name_its_only_class(plankton: ConceptGraph) -> None:
    """A cirriped need not be a nauplius because the graph lists no other cirriped."""
    evidence = Evidence.from_labels(["Cirripedia"], plankton)
    says = known(evidence)
    assert says["PLK:4"] == 1
    assert says["PLK:5"] is None
    assert says["PLK:11"] is None
    assert evidence.support[evidence.ids.index("PLK:5")] == 0


def test_traits_that_the_graph_does_not_state_are_unknown(plankton: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["Oithona"], plankton))
    assert says["PLK:10"] is None
    assert says["PLK:11"] is None


def test_unless_the_graph_states_all_of_them(plankton: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["Oithona"], plankton, traits_complete=True))
    assert says["PLK:10"] == 0
    assert says["PLK:11"] == 0
    assert says["PLK:9"] == 1
    assert None not in says.values()


def test_an_image_without_a_label_knows_nothing(plankton: ConceptGraph) -> None:
    evidence = Evidence.from_labels([None, "salp", None], plankton)
    np.testing.assert_array_equal(evidence.annotated, [False, True, False])
    assert set(known(evidence).values()) == {None}
    assert evidence.support.max() == 1
    assert evidence.shape == (3, len(plankton.hierarchy(traits=True)))
    assert len(evidence) == 3


def test_no_labels_at_all_are_evidence_of_nothing(plankton: ConceptGraph) -> None:
    for labels in ([], [None] * 4):
        evidence = Evidence.from_labels(labels, plankton)
        assert evidence.shape[0] == len(labels)
        assert not evidence.annotated.any()
        assert not evidence.support.any()
        assert evidence.targets.mask.all()


def test_several_concepts_hold_together(plankton: ConceptGraph) -> None:
    both = known(Evidence.from_labels([("Copepoda", "PLK:3")], plankton))
    assert both == known(Evidence.from_labels(["Calanus"], plankton))
    by_trait = known(Evidence.from_labels([("PLK:4", "nauplius")], plankton))
    assert by_trait["PLK:5"] == 1


def test_concepts_that_do_not_hold_together_are_refused(plankton: ConceptGraph) -> None:
    with pytest.raises(EvidenceError, match="image 1: no class is or has all of Oithona, salp; "):
        Evidence.from_labels([None, ("Oithona", "salp")], plankton)


def test_a_label_that_names_no_concept_is_refused(plankton: ConceptGraph) -> None:
    with pytest.raises(UnknownConceptError, match="'krill' names no concept"):
        Evidence.from_labels(["salp", "krill"], plankton)
    with pytest.raises(UnknownConceptError):
        Evidence.from_labels(["frustule"], plankton)  # a trait that nothing has


def test_columns_are_those_of_the_hierarchy_with_traits(plankton: ConceptGraph) -> None:
    assert Evidence.from_labels(["salp"], plankton).ids == plankton.hierarchy(traits=True).ids


@given(data=st.data())
def test_a_label_shows_its_ancestors_and_denies_what_cannot_be(
    dags: DAGs, data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    graph = ConceptGraph([Concept(i, i) for i in ids], [(c, "is_a", p) for c, p in edges])
    label = data.draw(st.sampled_from(ids))
    tree = graph.hierarchy(traits=True)
    says = known(Evidence.from_labels([label], graph))

    def classes(id_: str) -> set[str]:
        below = {id_, *tree.descendants(id_)}
        return {c for c in below if not tree.descendants(c)}

    assert all(says[id_] == 1 for id_ in (label, *tree.ancestors(label)))
    for id_ in ids:
        if not classes(id_) & classes(label):
            assert says[id_] == 0
        elif classes(label) - classes(id_):
            assert says[id_] is None


@given(
    table=st.lists(
        st.lists(st.sampled_from([0, 1, -1]), min_size=3, max_size=3), min_size=1, max_size=9
    )
)
def test_a_table_comes_back_as_it_was_given(table: list[list[int]]) -> None:
    evidence = Evidence.from_targets(table, "abc")
    targets = evidence.targets
    assert targets.shape == evidence.shape == (len(table), 3)
    np.testing.assert_array_equal(targets.filled(-1), table)
    np.testing.assert_array_equal(evidence.annotated, (np.array(table) >= 0).any(axis=1))
    np.testing.assert_array_equal(evidence.support, (np.array(table) == 1).sum(axis=0))


def test_unknown_may_be_masked_nan_or_minus_one() -> None:
    expected = Evidence.from_targets([[1, -1], [0, 1]], "ab").targets.filled(-1)
    masked = np.ma.masked_array([[1, 0], [0, 1]], mask=[[False, True], [False, False]])
    for table in (masked, [[1.0, np.nan], [0, 1]], [[1, None], [0, 1]]):
        np.testing.assert_array_equal(
            Evidence.from_targets(table, "ab").targets.filled(-1), expected
        )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, 0, 1]], r"shape \(1, 3\); expected \(images, 2 concepts\)"),
        ([1, 0], r"shape \(2,\)"),
        ([[1, 0], [0.5, 1]], "targets of image 1, concept a: found 0.5; expected 1"),
        ([[1, np.inf]], "image 0, concept b: found inf"),
        ([[1, 2]], "image 0, concept b: found 2"),
    ],
)
def test_a_table_of_other_numbers_or_shape_is_refused(table: object, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        Evidence.from_targets(table, "ab")  # type: ignore[arg-type]


@pytest.mark.parametrize("table", [[["shown", "not"]], [[1, 0], [1]]])
def test_a_table_of_no_numbers_is_refused(table: object) -> None:
    with pytest.raises(EvidenceError):
        Evidence.from_targets(table, "ab")  # type: ignore[arg-type]


def test_part_of_the_images_keeps_what_is_known_of_them(plankton: ConceptGraph) -> None:
    evidence = Evidence.from_labels(["salp", None, "Oithona", "copepod"], plankton)
    whole = evidence.targets.filled(-1)
    for chosen in ([2, 0, 0], np.array([True, False, False, True]), np.array([], dtype=int)):
        part = evidence.take(chosen)
        np.testing.assert_array_equal(part.targets.filled(-1), whole[chosen])
    np.testing.assert_array_equal(evidence.take([0, 0]).support, 2 * evidence.take([0]).support)


@pytest.mark.parametrize("label", [float("nan"), (), ""])
def test_a_label_that_says_nothing_is_none_or_is_refused(
    plankton: ConceptGraph, label: object
) -> None:
    """pandas writes NaN for a missing label: no label, or an error of ours, but no crash."""
    with contextlib.suppress(EvidenceError, UnknownConceptError):
        evidence = Evidence.from_labels(["salp", label], plankton)  # type: ignore[list-item]
        np.testing.assert_array_equal(evidence.annotated, [True, False])


def test_a_label_that_is_obsolete_is_refused_or_leads_to_what_replaces_it() -> None:
    graph = ConceptGraph(
        [
            Concept("PLK:1", "gone", obsolete=True),
            Concept("PLK:2", "Salpida"),
            Concept("PLK:3", "salps", obsolete=True, replaced_by=("PLK:2",)),
        ]
    )
    evidence = Evidence.from_labels(["PLK:3", "Salpida"], graph)
    assert evidence.ids == ("PLK:2",)
    with pytest.raises(EvidenceError, match=r"image 0: PLK:1 \(gone\) is obsolete"):
        Evidence.from_labels(["gone"], graph)
