"""What a concept is known not to have is what a plain walk finds, and contradicts what it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation.absence import Contradiction, absent, contradictions
from kgconcepts.curation.reasoning import inherited
from kgconcepts.graph import ABSENCES, TRAITS

Edges = list[tuple[str, str]]
DAGs = st.SearchStrategy[tuple[list[str], Edges]]
SAID = (*TRAITS, *ABSENCES, "disjoint_with")


def _graph(data: st.DataObject, dags: DAGs) -> ConceptGraph:
    ids, edges = data.draw(dags)
    some = st.sampled_from(ids)
    said = data.draw(st.lists(st.tuples(some, st.sampled_from(SAID), some), max_size=12))
    gone = data.draw(st.sets(some, max_size=1))
    return ConceptGraph(
        [Concept(id_, id_, "quality", obsolete=id_ in gone) for id_ in ids],
        [*((c, "is_a", p) for c, p in edges), *said],
    )


def _lacked(graph: ConceptGraph, id_: str, relations: tuple[str, ...]) -> set[str]:
    """Walk up for what is said to be lacked or excluded, and down for its kinds."""
    tree = graph.hierarchy()
    absences = [a for a, has in zip(ABSENCES, TRAITS, strict=True) if has in relations]
    above = (id_, *tree.ancestors(id_))
    found = {other for a in above for other in graph.related(a, *absences) if other in tree}
    exclusive = tuple(r for r in ("has_quality", "has_stage") if r in relations)
    had = set(inherited(graph, *exclusive).of(id_)) if exclusive else set()
    for one, relation, other in graph.relations:
        if relation == "disjoint_with":
            found |= {b for a, b in ((one, other), (other, one)) if a in had and b in tree}
    return found | {kind for general in found for kind in tree.descendants(general)}


@pytest.mark.parametrize("relations", [(), ("has_part",), ("has_quality", "has_stage")])
@given(data=st.data())
def test_a_concept_lacks_all_kinds_of_what_its_ancestors_lack_or_its_traits_exclude(
    dags: DAGs, relations: tuple[str, ...], data: st.DataObject
) -> None:
    graph = _graph(data, dags)
    found = absent(graph, *relations)
    for id_ in found.ids:
        assert set(found.of(id_)) == _lacked(graph, id_, relations or TRAITS)


@given(data=st.data())
def test_what_is_had_and_lacked_is_a_contradiction_once_for_two_that_exclude_one_another(
    dags: DAGs, data: st.DataObject
) -> None:
    graph = _graph(data, dags)
    had, lacked, tree = inherited(graph), absent(graph), graph.hierarchy()
    found = contradictions(graph)
    told = {(one.concept, one.trait) for one in found}
    assert len(told) == len(found)
    both = {(c, t) for c in had.ids for t in had.of(c) if t in lacked.traits and t in lacked.of(c)}
    assert told <= both
    for concept, trait in both - told:  # told with the other one
        others = [c.trait for c in found if c.concept == concept and c.excluded_by]
        assert any(tree.index(other) <= tree.index(trait) for other in others)
    for one in found:
        assert not one.excluded_by or one.excluded_by in had.of(one.concept)


def _plankton(*relations: tuple[str, str, str]) -> ConceptGraph:
    kinds = {
        "fin": "part",
        "tail fin": "part",
        "eye": "part",
        "opaque": "quality",
        "clear": "quality",
    }
    return ConceptGraph(
        [Concept(name, name, kinds.get(name, "taxon")) for name in ("copepod", "Oithona", *kinds)],
        [("Oithona", "is_a", "copepod"), ("tail fin", "is_a", "fin"),
         ("opaque", "disjoint_with", "clear"), *relations],
    )  # fmt: skip


def test_a_check_finds_what_is_had_and_lacked_at_the_highest_concept() -> None:
    graph = _plankton(("copepod", "lacks_part", "fin"), ("copepod", "has_part", "tail fin"))
    found = [f for f in kg.check(graph).at_least("ERROR") if f.rule == "contradiction"]
    assert [(f.subject, f.value) for f in found] == [("copepod", "has and lacks fin (fin)")]


def test_qualities_that_exclude_one_another_are_not_had_together() -> None:
    graph = _plankton(("copepod", "has_quality", "opaque"), ("Oithona", "has_quality", "clear"))
    assert contradictions(graph) == (Contradiction("Oithona", "opaque", "clear"),)
    (finding,) = kg.check(graph).rules["exclusive_traits"]
    assert (finding.level, finding.subject) == ("WARN", "Oithona")
    assert finding.value == "has both opaque (opaque) and clear (clear)"
    assert contradictions(_plankton(("copepod", "has_quality", "opaque"))) == ()


def test_parts_that_are_different_things_are_had_together() -> None:
    graph = _plankton(
        ("copepod", "has_part", "fin"),
        ("copepod", "has_part", "eye"),
        ("fin", "disjoint_with", "eye"),
    )
    assert absent(graph).of("copepod") == ()
