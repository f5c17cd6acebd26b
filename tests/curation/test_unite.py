"""Uniting takes what has the same id for the same, and loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation.unite import renamed, unite
from kgconcepts.errors import CycleError
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
def test_a_graph_united_with_itself_or_with_nothing_is_itself(graph: ConceptGraph) -> None:
    empty = ConceptGraph([])
    for graphs in ([graph], [graph, graph], [graph, empty], [empty, graph]):
        assert unite(graphs) == graph


@given(a=GRAPHS, b=GRAPHS, c=GRAPHS)
def test_it_makes_no_difference_which_are_united_first(
    a: ConceptGraph, b: ConceptGraph, c: ConceptGraph
) -> None:
    assert unite([unite([a, b]), c]) == unite([a, unite([b, c])]) == unite([a, b, c])


@given(a=GRAPHS, b=GRAPHS)
def test_nothing_is_lost_and_nothing_is_made_up(a: ConceptGraph, b: ConceptGraph) -> None:
    merged = unite([a, b])
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
    assert all(concept.label not in concept.synonyms for concept in unite([a, b]))


def test_the_first_one_holds_and_later_ones_fill_what_it_leaves_empty() -> None:
    first = ConceptGraph([Concept("a", "Copepoda", xrefs=("X:1",), source="a.ttl")])
    second = ConceptGraph(
        [
            Concept("a", "Copepods", "part", "Crustaceans.", ("oar-foot",), ("X:2",), "class", "b"),
            Concept("b", "Oithona"),
        ]
    )
    assert list(unite([first, second])) == [
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


def test_different_files_of_one_name_are_told_apart_by_their_hashes() -> None:
    one, other = (
        ConceptGraph(
            [Concept(f"X:{k}", f"x{k}", source="a.ttl")],
            sources=[Source("a.ttl", str(k) * 64)],
            findings=[Finding("ERROR", "x", "a.ttl")],
        )
        for k in (1, 2)
    )
    united = unite([one, other])
    assert [c.source for c in united] == ["a.ttl", "a.ttl (22222222)"]
    assert {n: s.sha256[:1] for n, s in united.sources.items()} == {
        "a.ttl": "1",
        "a.ttl (22222222)": "2",
    }
    assert [f.subject for f in united.findings] == ["a.ttl", "a.ttl (22222222)"]
    assert unite([one, one]).sources == one.sources


def test_what_is_united_stays_as_it_was(plankton: ConceptGraph) -> None:
    before = (list(plankton), plankton.relations)
    unite([plankton, ConceptGraph([Concept("PLK:1", "Copepods", definition="Crustaceans.")])])
    assert (list(plankton), plankton.relations) == before


def test_graphs_that_contradict_one_another_make_a_cycle_that_is_seen() -> None:
    concepts = [Concept("a", "a"), Concept("b", "b")]
    merged = unite(
        [ConceptGraph(concepts, [("a", "is_a", "b")]), ConceptGraph(concepts, [("b", "is_a", "a")])]
    )
    with pytest.raises(CycleError, match="-->"):
        merged.hierarchy()


def test_uniting_nothing_gives_an_empty_graph() -> None:
    assert unite([]) == ConceptGraph([])


def test_scopes_findings_and_names_of_relations_are_carried_on() -> None:
    finding = Finding("WARN", "homonym", "PLK:1")
    first = ConceptGraph([Concept("PLK:1", "Copepoda", synonyms=("copepod",))])
    second = ConceptGraph(
        [Concept("PLK:1", "copepods", synonyms=("oar-foot",), scopes=("related",), status="x")],
        [("PLK:1", "RO:0002202", "PLK:1")],
        findings=[finding],
        relation_labels={"RO:0002202": "develops from"},
    )
    merged = unite(iter([first, second]))
    assert merged["PLK:1"].scoped_synonyms == (
        ("copepod", "exact"),
        ("copepods", "exact"),
        ("oar-foot", "related"),
    )
    assert merged["PLK:1"].status == "x"
    told = Finding("WARN", "conflicting_label", "PLK:1", "label", "copepods")
    assert merged.findings == (told, finding)
    assert merged.relation_labels == {"RO:0002202": "develops from"}


def test_what_the_first_overrules_is_reported() -> None:
    worms = Concept("AphiaID:1", "Oithona", rank="genus", definition="A genus.", source="worms")
    other = Concept("AphiaID:1", "Oithona", "object", "Copepods.", rank="family", source="x.csv")
    united = unite([ConceptGraph([worms]), ConceptGraph([other])])
    assert united["AphiaID:1"] == worms
    assert set(united.findings) == {
        Finding("WARN", "conflicting_kind", "AphiaID:1", "kind", "object (x.csv)"),
        Finding("WARN", "conflicting_rank", "AphiaID:1", "rank", "family (x.csv)"),
        Finding("INFO", "conflicting_definition", "AphiaID:1", "definition", "Copepods. (x.csv)"),
    }


def _taxa(*lineage: str) -> ConceptGraph:
    """Make a graph of one lineage, from the root."""
    pairs = zip(lineage[1:], lineage, strict=False)
    return ConceptGraph([Concept(n, n) for n in lineage], [(c, "is_a", p) for c, p in pairs])


def test_two_parents_are_kept_and_reported_unless_one_is_above_the_other() -> None:
    first = _taxa("Copepoda", "Cyclopoida", "Oithona")
    assert unite([first, _taxa("Copepoda", "Oithona")]).findings == ()
    assert unite([first, _taxa("Cyclopoida", "Oithonidae", "Oithona")]).findings == ()
    united = unite([first, _taxa("Copepoda", "Calanoida", "Oithona")])
    assert united.related("Oithona", "is_a") == ("Cyclopoida", "Calanoida")
    assert united.findings == (
        Finding(
            *("WARN", "conflicting_parent", "Oithona", "is_a"),
            "Calanoida (Calanoida), not Cyclopoida",
        ),
    )


def test_two_accepted_names_are_kept_and_reported() -> None:
    new, newer = Concept("X:2", "new"), Concept("X:3", "newer")
    old = [Concept("X:1", "old", obsolete=True, replaced_by=(to,)) for to in ("X:2", "X:3")]
    both = unite([ConceptGraph([old[0], new]), ConceptGraph([old[1], newer])])
    assert both["X:1"].replaced_by == ("X:2", "X:3")
    assert both.find("X:1") == ["X:2", "X:3"]
    rule = "conflicting_accepted_name"
    assert both.findings == (Finding("WARN", rule, "X:1", "replaced_by", "X:3"),)
    used = ConceptGraph([Concept("X:1", "old", source="a")])
    assert unite([used, ConceptGraph([old[0], new])])["X:1"].obsolete is False
    assert unite([used, ConceptGraph([old[0], new])]).findings == (
        Finding("WARN", rule, "X:1", "obsolete", "replaced by X:2"),
    )
    assert unite([ConceptGraph([old[0], new]), used])["X:1"].replaced_by == ("X:2",)
    assert unite([ConceptGraph([old[0], new]), used]).findings == (
        Finding("WARN", rule, "X:1", "obsolete", "in use (a)"),
    )


def test_a_concept_that_is_renamed_is_renamed_everywhere_and_found_by_its_old_id() -> None:
    graph = ConceptGraph(
        [
            Concept("a", "a", obsolete=True, replaced_by=("b",)),
            Concept("b", "b", intersection=(("is_a", "c"), ("has_part", "d"))),
            Concept("c", "c"),
            Concept("d", "d", "part"),
        ],
        [("b", "is_a", "c"), ("b", "has_part", "d"), ("c", "is_a", "b")],
        findings=[Finding("WARN", "unresolved_reference", "d", "is_a", "e")],
    )
    other = renamed(graph, {"b": "X:b", "c": "X:b", "d": "X:d", "nothing": "X:1"})
    assert other.ids == ("a", "X:b", "X:d")
    assert other["a"].replaced_by == ("X:b",)
    assert other["X:b"].intersection == (("has_part", "X:d"),)
    assert other["X:b"].xrefs == ("b", "c")
    assert other.relations == (("X:b", "has_part", "X:d"),)
    assert other.find("c") == ["X:b"]
    assert other.findings == (
        Finding("WARN", "unresolved_reference", "X:d", "is_a", "e"),
        Finding("WARN", "lost_relation", "X:b", "is_a", "b is_a c"),
        Finding("WARN", "lost_relation", "X:b", "is_a", "c is_a b"),
    )


@given(graph=GRAPHS)
def test_renaming_back_and_forth_adds_cross_references_alone(graph: ConceptGraph) -> None:
    ids = {id_: f"X:{id_}" for id_ in graph.ids}
    back = renamed(renamed(graph, ids), {other: id_ for id_, other in ids.items()})
    assert back.ids == graph.ids
    assert set(back.relations) == {r for r in graph.relations if r.child != r.parent}
    assert [c.synonyms for c in back] == [c.synonyms for c in graph]


def test_a_relation_that_leads_into_another_file_is_found_there() -> None:
    finding = Finding("WARN", "unresolved_reference", "PLK:1", "has_quality", "PATO:1")
    ours = ConceptGraph(
        [Concept("PLK:1", "diatom")],
        findings=[finding],
        dangling=[("PLK:1", "has_quality", "PATO:1"), ("PLK:1", "is_a", "PLK:0")],
    )
    pato = ConceptGraph([Concept("PATO:1", "round", "quality")])
    for graphs in ([ours, pato], [pato, ours]):
        united = unite(graphs)
        assert united.relations == (("PLK:1", "has_quality", "PATO:1"),)
        assert united.dangling == (("PLK:1", "is_a", "PLK:0"),)
        assert united.findings == ()
    assert unite([ours]).findings == (finding,)
    assert renamed(ours, {"PATO:1": "X:1"}).dangling[0].parent == "X:1"
    assert renamed(ours, {"PATO:1": "X:1"}).findings[0].value == "X:1"


def test_an_accepted_name_in_another_file_is_found_there() -> None:
    old = ConceptGraph(
        [Concept("T:1", "Old", rank="genus"), Concept("T:2", "Old minor", rank="species")],
        [("T:2", "is_a", "T:1")],
        findings=[Finding("WARN", "missing_accepted_name", "T:1", "accepted", "T:9")],
        dangling=[("T:1", "replaced_by", "T:9")],
    )
    united = unite([old, ConceptGraph([Concept("T:9", "New", rank="genus")])])
    assert united["T:1"].obsolete
    assert united["T:1"].replaced_by == ("T:9",)
    assert (united["T:9"].synonyms, united["T:9"].xrefs) == (("Old",), ("T:1",))
    assert united.related("T:2", "is_a") == ("T:9",)
    assert united.findings == united.dangling == ()


def test_a_label_is_taken_from_whoever_has_one() -> None:
    united = unite([ConceptGraph([Concept("A:1", "A:1")]), ConceptGraph([Concept("A:1", "Salpa")])])
    assert list(united) == [Concept("A:1", "Salpa")]
    united = unite([ConceptGraph([Concept("A:1", "Salpa")]), ConceptGraph([Concept("A:1", "A:1")])])
    assert list(united) == [Concept("A:1", "Salpa")]


def test_a_parent_that_is_below_the_taxon_is_reported() -> None:
    united = unite([_taxa("top", "a", "b"), _taxa("b", "a")])
    value = "b (b), not top"
    assert united.findings == (Finding("WARN", "conflicting_parent", "a", "is_a", value),)


def test_what_becomes_one_loses_its_contradictions_but_not_in_silence() -> None:
    graph = ConceptGraph(
        [
            Concept("a", "a"),
            Concept("b", "b"),
            Concept("c", "c", obsolete=True, replaced_by=("a",)),
        ],
        [("a", "disjoint_with", "b"), ("a", "is_a", "a")],
    )
    other = renamed(graph, {"b": "a", "c": "a"})
    assert other["a"].obsolete is False
    assert other.relations == (("a", "is_a", "a"),)  # was stated so
    (lost,) = (f for f in other.findings if f.rule == "lost_relation")
    assert lost == Finding("ERROR", "lost_relation", "a", "disjoint_with", "a disjoint_with b")
