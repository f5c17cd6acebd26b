"""Merging unites what has the same id and loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation.merge import merge
from kgconcepts.errors import CycleError, SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import Source

NAMES = st.sampled_from(["Copepoda", "copepod", "Oithona", "oar-foot"])


@st.composite
def _graphs(draw: st.DrawFn) -> ConceptGraph:
    ids = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    concepts = []
    for id_ in ids:
        label = draw(NAMES)
        others = st.lists(NAMES.filter(lambda name, own=label: name != own), unique=True)
        concepts.append(
            Concept(
                id_,
                label,
                draw(st.sampled_from(["taxon", "part"])),
                draw(st.sampled_from(["", "Crustaceans.", "A genus."])),
                tuple(draw(others)),
                tuple(draw(st.lists(st.sampled_from(["X:1", "X:2"]), unique=True))),
                draw(st.sampled_from(["", "class", "genus"])),
            )
        )
    pairs = [(c, p) for c in ids for p in ids if c < p]
    relations = draw(
        st.lists(
            st.tuples(st.sampled_from(pairs), st.sampled_from(["is_a", "part_of"])), max_size=4
        )
        if pairs
        else st.just([])
    )
    sources = [Source(name, name) for name in draw(st.sets(st.sampled_from(["a.ttl", "b.ttl"])))]
    return ConceptGraph(concepts, [(c, r, p) for (c, p), r in relations], sources)


GRAPHS = _graphs()


@given(graph=GRAPHS)
def test_a_graph_merged_with_itself_or_with_nothing_is_itself(graph: ConceptGraph) -> None:
    empty = ConceptGraph([])
    for graphs in ([graph], [graph, graph], [graph, empty], [empty, graph]):
        assert merge(graphs) == graph


@given(a=GRAPHS, b=GRAPHS, c=GRAPHS)
def test_it_makes_no_difference_which_are_merged_first(
    a: ConceptGraph, b: ConceptGraph, c: ConceptGraph
) -> None:
    assert merge([merge([a, b]), c]) == merge([a, merge([b, c])]) == merge([a, b, c])


@given(a=GRAPHS, b=GRAPHS)
def test_nothing_is_lost_and_nothing_is_made_up(a: ConceptGraph, b: ConceptGraph) -> None:
    merged = merge([a, b])
    assert set(merged.ids) == {*a.ids, *b.ids}
    assert set(merged.relations) == {*a.relations, *b.relations}
    assert set(merged.sources) == {*a.sources, *b.sources}
    for graph in (a, b):
        for concept in graph:
            names = {concept.label, *concept.synonyms, *concept.xrefs}
            assert all(concept.id in merged.find(name) for name in names)
    for concept in merged:
        said = [graph[concept.id] for graph in (a, b) if concept.id in graph]
        names = {name for s in said for name in (s.label, *s.synonyms)}
        assert {concept.label, *concept.synonyms} == names
        assert set(concept.xrefs) == {x for s in said for x in s.xrefs}
        assert (concept.label, concept.kind) == (said[0].label, said[0].kind)


@given(a=GRAPHS, b=GRAPHS)
def test_a_concept_s_label_is_not_among_its_other_names(a: ConceptGraph, b: ConceptGraph) -> None:
    assert all(concept.label not in concept.synonyms for concept in merge([a, b]))


def test_the_first_one_holds_and_later_ones_fill_what_it_leaves_empty() -> None:
    first = ConceptGraph([Concept("a", "Copepoda", xrefs=("X:1",), source="a.ttl")])
    second = ConceptGraph(
        [
            Concept("a", "Copepods", "part", "Crustaceans.", ("oar-foot",), ("X:2",), "class", "b"),
            Concept("b", "Oithona"),
        ]
    )
    assert list(merge([first, second])) == [
        Concept(
            "a",
            "Copepoda",
            "taxon",
            "Crustaceans.",
            ("Copepods", "oar-foot"),
            ("X:1", "X:2"),
            "class",
            "a.ttl",
        ),
        Concept("b", "Oithona"),
    ]


def test_two_different_files_of_one_name_are_refused() -> None:
    one, other = (ConceptGraph([], [], [Source("a.ttl", hash_)]) for hash_ in ("1", "2"))
    with pytest.raises(SourceError, match=r"a\.ttl: two different files"):
        merge([one, other])
    assert merge([one, one]).sources["a.ttl"].sha256 == "1"


def test_what_is_merged_stays_as_it_was(plankton: ConceptGraph) -> None:
    before = (list(plankton), plankton.relations)
    merge([plankton, ConceptGraph([Concept("PLK:1", "Copepods", definition="Crustaceans.")])])
    assert (list(plankton), plankton.relations) == before


def test_graphs_that_contradict_one_another_make_a_cycle_that_is_seen() -> None:
    concepts = [Concept("a", "a"), Concept("b", "b")]
    merged = merge(
        [ConceptGraph(concepts, [("a", "is_a", "b")]), ConceptGraph(concepts, [("b", "is_a", "a")])]
    )
    with pytest.raises(CycleError, match="-->"):
        merged.hierarchy()


def test_merging_nothing_gives_an_empty_graph() -> None:
    assert merge([]) == ConceptGraph([])


def test_scopes_findings_and_names_of_relations_are_carried_on() -> None:
    finding = Finding("WARN", "homonym", "PLK:1")
    first = ConceptGraph([Concept("PLK:1", "Copepoda", synonyms=("copepod",))])
    second = ConceptGraph(
        [Concept("PLK:1", "copepods", synonyms=("oar-foot",), scopes=("related",), status="x")],
        [("PLK:1", "RO:0002202", "PLK:1")],
        findings=[finding],
        relation_labels={"RO:0002202": "develops from"},
    )
    merged = merge(iter([first, second]))
    assert merged["PLK:1"].scoped_synonyms == (
        ("copepod", "exact"),
        ("copepods", "exact"),
        ("oar-foot", "related"),
    )
    assert merged["PLK:1"].status == "x"
    assert merged.findings == (finding,)
    assert merged.relation_labels == {"RO:0002202": "develops from"}
