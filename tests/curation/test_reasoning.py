"""What follows along the hierarchy is what a plain walk over it finds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation import reasoning
from kgconcepts.curation.reasoning import Clash, clashes, disjoint, inherited
from kgconcepts.errors import UnknownConceptError
from kgconcepts.graph import TRAITS

Edges = list[tuple[str, str]]
DAGs = st.SearchStrategy[tuple[list[str], Edges]]


def _graph(
    data: st.DataObject, dags: DAGs, relations: Iterable[str], obsolete: int = 1
) -> ConceptGraph:
    """A small DAG with relations between any two of its concepts, a few concepts obsolete."""
    ids, edges = data.draw(dags)
    related = st.tuples(
        st.sampled_from(ids), st.sampled_from(list(relations)), st.sampled_from(ids)
    )
    gone = data.draw(st.sets(st.sampled_from(ids), max_size=obsolete))
    return ConceptGraph(
        [Concept(id_, id_, obsolete=id_ in gone) for id_ in ids],
        [*((c, "is_a", p) for c, p in edges), *data.draw(st.lists(related, max_size=12))],
    )


def _walk(graph: ConceptGraph, id_: str, *relations: str) -> set[str]:
    """The concept, and all that is reached from it over what is current."""
    found, stack = set(), [id_]
    while stack:
        if (here := stack.pop()) not in found and not graph[here].obsolete:
            found.add(here)
            stack.extend(graph.related(here, *relations))
    return found


@pytest.mark.parametrize("relations", [(), ("has_quality",), ("has_part", "RO:0002202")])
@given(data=st.data())
def test_a_concept_has_what_its_ancestors_have_and_what_that_is_and_consists_of(
    dags: DAGs, relations: tuple[str, ...], data: st.DataObject
) -> None:
    graph = _graph(data, dags, (*TRAITS, "RO:0002202"))
    through = relations or TRAITS
    onward = ("is_a", "has_part") if "has_part" in through else ("is_a",)
    result = inherited(graph, *relations)
    assert result.ids == graph.hierarchy().ids
    assert result.matrix.shape == (len(result.ids), len(result.traits))
    had: set[str] = set()
    for id_ in result.ids:
        stated = {t for a in _walk(graph, id_, "is_a") for t in graph.related(a, *through)}
        expected = set().union(*(_walk(graph, trait, *onward) for trait in stated))
        assert set(result.of(id_)) == expected
        assert len(result.of(id_)) == len(expected)
        had |= expected
    # No column is empty, and the general stands before the specific.
    assert [id_ for id_ in result.ids if id_ in had] == list(result.traits)


def test_the_quality_of_a_part_is_no_quality_of_the_whole() -> None:
    graph = ConceptGraph(
        [Concept(name, name) for name in ("copepod", "antenna", "long", "seta")],
        [
            ("copepod", "has_part", "antenna"),
            ("antenna", "has_quality", "long"),
            ("antenna", "has_part", "seta"),
        ],
    )
    assert inherited(graph).of("copepod") == ("antenna", "seta")
    assert inherited(graph, "has_quality").of("copepod") == ()
    assert inherited(graph).of("antenna") == ("long", "seta")


def test_parts_that_are_parts_of_each_other_do_no_harm() -> None:
    graph = ConceptGraph(
        [Concept(name, name) for name in "abc"],
        [("a", "has_part", "b"), ("b", "has_part", "c"), ("c", "has_part", "b")],
    )
    assert inherited(graph).of("a") == ("b", "c")


def test_what_is_not_there_or_obsolete_is_not_asked_about() -> None:
    graph = ConceptGraph([Concept("a", "a", obsolete=True), Concept("b", "b")])
    for ask in (inherited(graph).of, lambda id_: disjoint(graph).are_disjoint("b", id_)):
        for id_ in ("a", "c"):
            with pytest.raises(UnknownConceptError, match=f"'{id_}' is not a concept"):
                ask(id_)


def test_nothing_follows_from_nothing() -> None:
    empty = ConceptGraph([])
    assert (inherited(empty).ids, inherited(empty).traits, clashes(empty)) == ((), (), ())
    assert disjoint(empty).stated.nnz == 0


def _expected(graph: ConceptGraph) -> list[Clash]:
    stated: dict[frozenset[str], tuple[str, str]] = {}
    for one, relation, other in graph.relations:
        if relation == "disjoint_with" and not (graph[one].obsolete or graph[other].obsolete):
            stated.setdefault(frozenset((one, other)), (one, other))
    return [
        Clash(id_, *pair)
        for id_ in graph.hierarchy().ids
        for pair in stated.values()
        if set(pair) <= _walk(graph, id_, "is_a")
    ]


@given(data=st.data())
def test_what_is_below_both_sides_of_a_disjointness_cannot_exist(
    dags: DAGs, data: st.DataObject
) -> None:
    graph = _graph(data, dags, ["disjoint_with"])
    assert list(clashes(graph)) == _expected(graph)


@pytest.mark.parametrize("chunk", [1, 3])
@given(data=st.data())
def test_many_pairs_are_looked_at_a_few_at_a_time(
    dags: DAGs, chunk: int, data: st.DataObject
) -> None:
    graph = _graph(data, dags, ["disjoint_with"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reasoning, "_CHUNK", chunk)
        assert list(clashes(graph)) == _expected(graph)


@given(data=st.data())
def test_two_concepts_are_disjoint_if_any_of_their_ancestors_are(
    dags: DAGs, data: st.DataObject
) -> None:
    graph = _graph(data, dags, ["disjoint_with"])
    stated = {(r.child, r.parent) for r in graph.relations if r.relation == "disjoint_with"}
    apart: Callable[[str, str], bool] = disjoint(graph).are_disjoint
    impossible = {clash.concept for clash in clashes(graph)}
    for one, other in itertools.product(graph.hierarchy().ids, repeat=2):
        pairs = itertools.product(_walk(graph, one, "is_a"), _walk(graph, other, "is_a"))
        assert apart(one, other) == any((a, b) in stated or (b, a) in stated for a, b in pairs)
        assert one != other or apart(one, other) == (one in impossible)


def test_a_concept_disjoint_with_its_own_ancestor_clashes_with_all_below_it() -> None:
    graph = ConceptGraph(
        [Concept(name, name) for name in ("life", "larva", "zoea")],
        [("zoea", "is_a", "larva"), ("larva", "is_a", "life"), ("larva", "disjoint_with", "life")],
    )
    assert clashes(graph) == (Clash("larva", "larva", "life"), Clash("zoea", "larva", "life"))


def test_a_child_of_many_joins_inherits_from_each_once() -> None:
    """Parents of one concept may stand at several levels."""
    names = [f"p{k}" for k in range(6)]
    graph = ConceptGraph(
        [*(Concept(name, name) for name in names), Concept("t", "t", "part"), Concept("c", "c")],
        [
            *((lower, "is_a", upper) for upper, lower in itertools.pairwise(names)),
            *(("c", "is_a", name) for name in names),
            ("p0", "has_part", "t"),
        ],
    )
    assert inherited(graph).of("c") == ("t",)
    assert inherited(graph).matrix.nnz == len(names) + 1
