"""What is said of single images, and what the graph says of classes, are kept apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph, Evidence
from kgconcepts.errors import EvidenceError, UnknownConceptError

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
KINDS = {
    "taxon": ("Copepoda", "Oithona", "Calanus", "Salpa", "Beroe"),
    "part": ("appendage", "antenna", "fin", "tail fin"),
    "quality": ("opaque", "transparent"),
}


@pytest.fixture
def graph() -> ConceptGraph:
    """Copepods have antennae and no fins, salps no appendages; salps are transparent."""
    return ConceptGraph(
        [Concept(name, name, kind) for kind, names in KINDS.items() for name in names]
        + [Concept("Sagitta", "Sagitta")],
        [
            ("Oithona", "is_a", "Copepoda"),
            ("Calanus", "is_a", "Copepoda"),
            ("antenna", "is_a", "appendage"),
            ("tail fin", "is_a", "fin"),
            ("Copepoda", "has_part", "antenna"),
            ("Copepoda", "lacks_part", "fin"),
            ("Salpa", "lacks_part", "appendage"),
            ("Salpa", "has_quality", "transparent"),
            ("Calanus", "has_quality", "opaque"),
            ("Sagitta", "has_part", "tail fin"),
            ("opaque", "disjoint_with", "transparent"),
        ],
    )


def known(evidence: Evidence) -> dict[str, int]:
    """What is known of the first image: concept → 1 or 0; nothing of others."""
    row = evidence.targets.filled(-1)[0]
    return {id_: int(value) for id_, value in zip(evidence.ids, row, strict=True) if value >= 0}


def classes(evidence: Evidence, graph: ConceptGraph) -> set[str]:
    """The classes that the first image may be of."""
    dag = graph.hierarchy(traits=True)
    factors = evidence.class_log_factors(dag, [0])[0]
    return {dag.ids[leaf] for leaf, e in zip(dag.leaves, factors, strict=True) if e == 0}


def test_a_label_denies_what_its_concept_lacks_and_all_kinds_of_that(graph: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["Oithona"], graph))
    assert says["fin"] == says["tail fin"] == 0
    assert says["antenna"] == 1
    assert "opaque" not in says


def test_a_label_denies_qualities_that_exclude_those_of_its_concept(graph: ConceptGraph) -> None:
    assert known(Evidence.from_labels(["Calanus"], graph))["transparent"] == 0
    assert known(Evidence.from_labels(["Salpa"], graph))["opaque"] == 0


def test_a_coarse_label_denies_what_its_concept_lacks_alone(graph: ConceptGraph) -> None:
    says = known(Evidence.from_labels(["Copepoda"], graph))
    assert says["tail fin"] == 0
    assert not {"opaque", "transparent", "Oithona"} & says.keys()


def test_what_a_class_has_and_lacks_in_the_graph_is_shown() -> None:
    graph = ConceptGraph(
        [Concept("Oithona", "Oithona"), Concept("fin", "fin", "part")],
        [("Oithona", "has_part", "fin"), ("Oithona", "lacks_part", "fin")],
    )
    assert known(Evidence.from_labels(["Oithona"], graph)) == {"fin": 1, "Oithona": 1}


def test_a_shown_trait_rules_out_the_classes_that_lack_it(graph: ConceptGraph) -> None:
    evidence = Evidence.from_traits([{"antenna": True}], graph)
    assert classes(evidence, graph) == {"Oithona", "Calanus", "Beroe", "Sagitta"}
    says = known(evidence)
    assert says["antenna"] == says["appendage"] == 1
    assert says["Salpa"] == 0
    assert not {"Beroe", "Copepoda", "fin"} & says.keys()


def test_a_trait_not_shown_rules_out_the_classes_that_have_it(graph: ConceptGraph) -> None:
    evidence = Evidence.from_traits([{"appendage": False}], graph)
    assert classes(evidence, graph) == {"Salpa", "Beroe", "Sagitta"}
    says = known(evidence)
    assert all(says[id_] == 0 for id_ in ("appendage", "antenna", "Copepoda", "Oithona"))


def test_a_shown_quality_rules_out_what_has_one_that_excludes_it(graph: ConceptGraph) -> None:
    evidence = Evidence.from_traits([{"opaque": True}], graph)
    assert classes(evidence, graph) == {"Oithona", "Calanus", "Beroe", "Sagitta"}
    assert known(evidence)["transparent"] == 0


def test_a_taxon_may_be_stated_and_denied(graph: ConceptGraph) -> None:
    evidence = Evidence.from_traits([{"Copepoda": True, "Oithona": False}], graph)
    assert classes(evidence, graph) == {"Calanus"}
    assert known(evidence)["fin"] == 0


def test_images_of_which_nothing_was_said_know_nothing(graph: ConceptGraph) -> None:
    evidence = Evidence.from_traits([None, {}, {"fin": None}, {"fin": True}], graph)
    np.testing.assert_array_equal(evidence.annotated, [False, False, False, True])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"antenna": True, "appendage": False}, r"image 1: no class can have .*antenna, no app"),
        ({"opaque": True, "transparent": True}, "image 1: no class can have what is said of it"),
        ({"Salpa": True, "antenna": True}, "image 1: no class can have what is said of it"),
        ({"antenna": 0.5}, "image 1: its trait 'antenna' is 0.5; expected True"),
        ({"antenna": [True]}, r"image 1: its trait 'antenna' is \[True\]; expected True"),
        ({7: True}, "image 1: 7 is no name of a concept"),
        ("antenna", "image 1: its traits are 'antenna'; expected a mapping"),
    ],
)
def test_what_no_class_can_have_is_refused(graph: ConceptGraph, said: object, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        Evidence.from_traits([None, said], graph)  # type: ignore[list-item]


def test_a_trait_that_no_concept_has_the_name_of_is_refused(graph: ConceptGraph) -> None:
    with pytest.raises(UnknownConceptError, match="'raphe' names no concept"):
        Evidence.from_traits([{"raphe": True}], graph)


@given(data=st.data())
def test_what_is_above_the_shown_is_shown_and_what_is_below_the_absent_is_absent(
    dags: DAGs, data: st.DataObject
) -> None:
    """Whatever kinds, traits, absences and exclusions there are."""
    ids, edges = data.draw(dags)
    kinds = {id_: data.draw(st.sampled_from(["taxon", "part", "quality"])) for id_ in ids}
    has = {"taxon": "is_a", "part": "has_part", "quality": "has_quality"}
    relations = [(c, "is_a" if kinds[c] == kinds[p] else has[kinds[p]], p) for c, p in edges]
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(ids))
    for one, other in data.draw(st.lists(pairs, max_size=4)):
        lacks = {"part": "lacks_part", "quality": "lacks_quality"}.get(kinds[other])
        if lacks and kinds[one] == "taxon":
            relations.append((one, lacks, other))
        elif one != other:
            relations.append((one, "disjoint_with", other))
    graph = ConceptGraph([Concept(i, i, kinds[i]) for i in ids], relations)
    dag = graph.hierarchy(traits=True)
    made = []
    for id_ in dag.ids:
        made.append(Evidence.from_labels([id_], graph))
        for said in (True, False):
            try:
                made.append(Evidence.from_traits([{id_: said}], graph))
            except EvidenceError:
                continue
    for evidence in made:
        row = evidence.targets.filled(-1)[0]
        for k, id_ in enumerate(dag.ids):
            if row[k] == 1:
                assert all(row[dag.index(a)] == 1 for a in dag.ancestors(id_))
            if row[k] == 0:
                assert all(row[dag.index(d)] == 0 for d in dag.descendants(id_))
        assert (evidence.class_log_factors(dag) == 0).any()
