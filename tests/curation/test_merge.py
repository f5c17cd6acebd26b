"""Merging makes one concept of what is the same, keeps both sides of a contradiction, and obeys."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts.curation.mappings import Mapping, Mappings
from kgconcepts.curation.merge import merge_and_match
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph

WORMS = ConceptGraph(
    [
        Concept("AphiaID:1", "Copepoda", rank="class", source="worms.csv"),
        Concept("AphiaID:2", "Calanoida", rank="order", source="worms.csv"),
        Concept("AphiaID:3", "Calanus", rank="genus", authority="Leach", source="worms.csv"),
        Concept("AphiaID:9", "Old", obsolete=True, replaced_by=("AphiaID:3",)),
    ],
    [("AphiaID:2", "is_a", "AphiaID:1"), ("AphiaID:3", "is_a", "AphiaID:2")],
)
OURS = ConceptGraph(
    [
        Concept("PLK:1", "copepod", synonyms=("Copepoda",)),
        Concept("PLK:2", "Calanus", rank="genus"),
        Concept("PLK:3", "antennule", "part"),
    ],
    [("PLK:2", "is_a", "PLK:1"), ("PLK:1", "has_part", "PLK:3")],
)


def test_what_is_the_same_is_one_concept_with_the_fields_of_both() -> None:
    merged = kg.merge([OURS, WORMS])
    assert set(merged.ids) == {"PLK:1", "PLK:2", "PLK:3", "AphiaID:2", "AphiaID:9"}
    assert merged.find("AphiaID:3") == merged.find("AphiaID:9") == ["PLK:2"]
    assert (merged["PLK:2"].authority, merged["PLK:1"].rank) == ("Leach", "class")
    assert set(merged.relations) == {
        ("PLK:2", "is_a", "PLK:1"),
        ("PLK:2", "is_a", "AphiaID:2"),
        ("AphiaID:2", "is_a", "PLK:1"),
        ("PLK:1", "has_part", "PLK:3"),
    }
    assert merged.hierarchy(traits=True).ancestors("PLK:2") == ("PLK:3", "PLK:1", "AphiaID:2")
    assert merged.findings == ()  # Copepoda is above Calanoida: no contradiction


def test_the_first_graph_s_ids_and_labels_hold() -> None:
    merged = kg.merge([WORMS, OURS])
    assert merged["AphiaID:1"].label == "Copepoda"
    assert merged["AphiaID:1"].synonyms == ("copepod",)
    assert merged.find("PLK:1") == ["AphiaID:1"]


def test_two_parents_are_kept_and_reported() -> None:
    other = ConceptGraph(
        [Concept("X:1", "Cyclopoida", rank="order"), Concept("X:2", "Calanus", rank="genus")],
        [("X:2", "is_a", "X:1")],
    )
    merged = kg.merge([WORMS, other])
    assert merged.related("AphiaID:3", "is_a") == ("AphiaID:2", "X:1")
    value = "Cyclopoida (X:1), not Calanoida"
    assert merged.findings == (Finding("WARN", "conflicting_parent", "AphiaID:3", "is_a", value),)


def test_what_is_ambiguous_stays_two_and_is_reported() -> None:
    homonyms = ConceptGraph([Concept(f"X:{k}", "Calanus", rank="genus") for k in (1, 2)])
    merged = kg.merge([WORMS, homonyms])
    assert {"AphiaID:3", "X:1", "X:2"} <= set(merged.ids)
    assert [(f.rule, f.subject, f.value) for f in merged.findings] == [
        ("ambiguous_match", "AphiaID:3", f"X:{k}: name and rank: calanus; shared by 2")
        for k in (1, 2)
    ]


def test_what_shares_an_identifier_and_no_name_is_one_and_is_reported() -> None:
    ours = ConceptGraph([Concept("PLK:1", "Salpa", xrefs=("AphiaID:3",))])
    merged = kg.merge([ours, WORMS])
    assert merged.find("AphiaID:3") == ["PLK:1"]
    value = "Calanus (worms.csv)"
    assert merged.findings == (Finding("WARN", "conflicting_label", "PLK:1", "label", value),)


def test_a_person_s_word_holds_over_the_rules(tmp_path: Path) -> None:
    decided = tmp_path / "decided.sssom.tsv"
    decisions = [
        Mapping("PLK:2", "skos:exactMatch", "AphiaID:3", negated=True),
        Mapping("AphiaID:2", "owl:equivalentClass", "PLK:3"),
        Mapping("PLK:1", "skos:closeMatch", "AphiaID:2"),
        Mapping("PLK:1", "skos:exactMatch", "Y:1"),
    ]
    Mappings(decisions).write(decided)
    merged = kg.merge([OURS, WORMS], mappings=decided)
    assert merged == kg.merge([OURS, WORMS], decisions)
    assert {"PLK:2", "AphiaID:3"} <= set(merged.ids)
    assert merged.find("AphiaID:2") == ["PLK:3"]
    assert merged.find("AphiaID:1") == ["PLK:1"]


def test_decisions_reach_through_others_and_into_one_graph() -> None:
    same = [
        Mapping(a, "skos:exactMatch", b)
        for a, b in (("AphiaID:1", "AphiaID:2"), ("AphiaID:2", "X:1"), ("X:1", "Y:1"))
    ]
    graphs = [WORMS, ConceptGraph([Concept("X:1", "x")]), ConceptGraph([Concept("Y:1", "y")])]
    merged = kg.merge(graphs, same)
    assert merged["AphiaID:1"].synonyms == ("Calanoida", "x", "y")
    assert merged.related("AphiaID:3", "is_a") == ("AphiaID:1",)
    with pytest.raises(SourceError, match="Y:1 and AphiaID:1 are said to be the same and not"):
        kg.merge(graphs, [*same, Mapping("Y:1", "skos:exactMatch", "AphiaID:1", negated=True)])


def test_a_refusal_holds_for_what_a_concept_has_become_one_with() -> None:
    graphs = [ConceptGraph([Concept(f"{x}:1", "Salpa")]) for x in "ABC"]
    refused = [
        Mapping("A:1", "skos:exactMatch", "B:1"),
        Mapping("B:1", "skos:exactMatch", "C:1", negated=True),
    ]
    assert kg.merge(graphs, refused).ids == ("A:1", "C:1")


def _one(id_: str, label: str, **fields: object) -> ConceptGraph:
    return ConceptGraph([Concept(id_, label, **fields)])  # type: ignore[arg-type]


def test_what_rules_made_one_is_one_for_later_graphs_and_decisions() -> None:
    copepods = [_one("A:1", "Copepoda"), _one("B:1", "Copepoda")]
    again = ConceptGraph(
        [Concept("B:1", "Ruderfusskrebse"), Concept("D:2", "Calanoida")],
        [("D:2", "is_a", "B:1")],
    )
    merged = kg.merge([*copepods, again])
    assert merged.ids == ("A:1", "D:2")
    assert merged.related("D:2", "is_a") == ("A:1",)
    exact = Mapping("B:1", "skos:exactMatch", "C:1")
    assert kg.merge([*copepods, _one("C:1", "Ruderfusskrebse")], [exact]).ids == ("A:1",)
    refused = Mapping("B:1", "skos:exactMatch", "C:1", negated=True)
    assert kg.merge([*copepods, _one("C:1", "Copepoda")], [refused]).ids == ("A:1", "C:1")


def test_a_merged_graph_knows_what_was_merged_into_it() -> None:
    merged = kg.merge([_one("A:1", "Copepoda"), _one("B:1", "Copepoda")])
    homonyms = ConceptGraph([Concept("B:1", "Copepoda"), Concept("B:2", "Copepoda")])
    assert kg.merge([merged, homonyms]).ids == ("A:1", "B:2")
    decided = [Mapping("B:1", "skos:exactMatch", "N:5")]
    assert kg.merge([merged, _one("N:5", "oar-foot")], decided).ids == ("A:1",)


def test_a_decision_on_what_is_not_there_is_reported() -> None:
    decided = [
        Mapping("A:1", "skos:exactMatch", "B:01"),
        Mapping("gbif:5", "skos:exactMatch", "A:1"),
        Mapping("X:1", "skos:closeMatch", "X:2"),
    ]
    merged = kg.merge([_one("A:1", "Salpa"), _one("GBIF:5", "salp")], decided)
    assert merged.ids == ("A:1",)  # however the identifier is spelled
    told = "skos:exactMatch B:01: there is no concept B:01"
    assert merged.findings == (Finding("WARN", "unused_mapping", "A:1", "mappings", told),)


def test_names_that_two_sources_do_not_accept_alike_are_reported() -> None:
    lunula = {"rank": "species", "synonyms": ("Gymnodinium lunula",)}
    ours = _one("A:1", "Pyrocystis lunula", **lunula)
    rule = "conflicting_accepted_name"
    theirs = _one("B:1", "Gymnodinium lunula", rank="species", source="b.csv")
    merged = kg.merge([ours, theirs])
    assert merged.ids == ("A:1",)
    value = "Gymnodinium lunula (b.csv), not Pyrocystis lunula"
    assert merged.findings == (Finding("WARN", rule, "A:1", "label", value),)
    both = ConceptGraph([*theirs, Concept("B:2", "Pyrocystis lunula", rank="species")])
    merged = kg.merge([ours, both])
    assert merged.ids == ("A:1", "B:1")
    value = "Gymnodinium lunula is Pyrocystis lunula in A:1"
    assert Finding("WARN", rule, "B:1", "label", value) in merged.findings
    obsolete = ConceptGraph(
        [
            Concept(
                "B:1", "Pyrocystis lunula", rank="species", obsolete=True, replaced_by=("B:2",)
            ),
            Concept("B:2", "Pyrocystis nova", rank="species", source="b.csv"),
        ]
    )
    value = "Pyrocystis lunula is Pyrocystis nova in b.csv"
    assert Finding("WARN", rule, "A:1", "label", value) in kg.merge([ours, obsolete]).findings


def test_a_merge_that_makes_a_cycle_says_so() -> None:
    def pair(prefix: str, child: int) -> ConceptGraph:
        ids = [f"{prefix}:1", f"{prefix}:2"]
        concepts = [Concept(id_, name) for id_, name in zip(ids, "xy", strict=True)]
        return ConceptGraph(concepts, [(ids[child], "is_a", ids[1 - child])])

    merged = kg.merge([pair("A", 0), pair("B", 1)])
    walk = "A:1 --> A:2 --> A:1"
    assert merged.findings == (Finding("ERROR", "cycle", "A:1", "is_a", walk),)
    assert [f for f in kg.check(merged) if f.rule == "cycle"] == list(merged.findings)


def test_relations_between_files_are_there_after_a_merge(tmp_path: Path) -> None:
    (tmp_path / "a.obo").write_text(
        "format-version: 1.4\nontology: plk\n\n[Term]\nid: PLK:1\nname: diatom\n"
        "relationship: has_quality PATO:1\n\n[Typedef]\nid: has_quality\nname: has quality\n"
    )
    (tmp_path / "b.obo").write_text(
        "format-version: 1.4\nontology: pato\n\n[Term]\nid: PATO:1\nname: round\n"
    )
    (tmp_path / "w1.csv").write_text(
        "AphiaID,scientificname,rank,parentNameUsageID,valid_AphiaID\n106485,Oithona,Genus,106426,\n"
    )
    (tmp_path / "w2.csv").write_text(
        "AphiaID,scientificname,rank,parentNameUsageID,valid_AphiaID\n106426,Oithonidae,Family,,\n"
        "106999,Oithonina,Genus,106426,106485\n"
    )
    merged = kg.merge(kg.read(tmp_path / name) for name in ("a.obo", "b.obo", "w1.csv", "w2.csv"))
    assert merged.relations_of("PLK:1") == (("has_quality", "PATO:1"),)
    assert merged.related("AphiaID:106485", "is_a") == ("AphiaID:106426",)
    assert merged.find("Oithonina") == ["AphiaID:106485"]
    assert merged.findings == ()


def test_similar_names_are_proposed_decided_and_then_merged(tmp_path: Path) -> None:
    graphs = [
        ConceptGraph([Concept("A:1", "Chaetoceros socialis")]),
        ConceptGraph([Concept("B:1", "Chaetoceros sociale")]),
    ]
    merged, proposed = merge_and_match(graphs)
    assert merged.ids == ("A:1", "B:1")
    path = tmp_path / "candidates.sssom.tsv"
    proposed.write(path)
    assert kg.merge(graphs, path).ids == ("A:1", "B:1")  # undecided still
    path.write_text(path.read_text().replace("skos:closeMatch", "skos:exactMatch"))
    assert kg.merge(graphs, path).ids == ("A:1",)


def test_what_was_merged_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "matches.sssom.tsv"
    merge_and_match([OURS, WORMS]).mappings.write(path)
    path.write_text(path.read_text().replace("skos:exactMatch\t\t", "skos:exactMatch\tNot\t"))
    assert set(kg.merge([OURS, WORMS], path).ids) == {*OURS.ids, *WORMS.ids}


NAMES = st.sampled_from(["Copepoda", "Calanus", "Salpa", "Doliolum"])


@st.composite
def _graph(draw: st.DrawFn, prefix: str) -> ConceptGraph:
    number = draw(st.integers(0, 4))
    concepts = [
        Concept(
            f"{prefix}:{k}",
            draw(NAMES),
            draw(st.sampled_from(["taxon", "part"])),
            synonyms=draw(st.just(()) | NAMES.map(lambda name: (name,))),
            xrefs=draw(st.sampled_from([(), ("AphiaID:1",), ("AphiaID:2", "Wikidata:Q1")])),
            rank=draw(st.sampled_from(["", "genus"])),
        )
        for k in range(number)
    ]
    pairs = [(f"{prefix}:{a}", f"{prefix}:{b}") for a in range(number) for b in range(a)]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    return ConceptGraph(concepts, [(child, "is_a", parent) for child, parent in edges])


@given(a=_graph("A"), b=_graph("B"), c=_graph("C"))
def test_nothing_is_lost_and_no_graph_s_own_concepts_become_one(
    a: ConceptGraph, b: ConceptGraph, c: ConceptGraph
) -> None:
    merged, mappings = merge_and_match([a, b, c])
    came_to = {}
    for graph in (a, b, c):
        for concept in graph:
            (came_to[concept.id],) = merged.find(concept.id)
            merged_one = merged[came_to[concept.id]]
            assert {concept.label, *concept.synonyms} <= {merged_one.label, *merged_one.synonyms}
            assert set(concept.xrefs) <= {merged_one.id, *merged_one.xrefs}
        assert len({came_to[id_] for id_ in graph.ids}) == len(graph)
    relations = [r for graph in (a, b, c) for r in graph.relations]
    moved = {(came_to[r.child], r.relation, came_to[r.parent]) for r in relations}
    assert set(merged.relations) == {r for r in moved if r[0] != r[2]}
    assert len(merged) == len(came_to) - sum(m.same for m in mappings)


@pytest.mark.data
def test_real_sources_become_one_graph(shared_data: Path, tmp_path: Path) -> None:
    names = [
        *("taxonomies/nordicmicroalgae", "taxonomies/planktonzilla_taxonomy.csv"),
        *("taxonomies/gymnodiniales_dwca", "ontologies/pato.obo", "ontologies/ecao-simple.obo"),
    ]
    graphs = [kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")]
    graphs += [kg.read(shared_data / name) for name in names]
    merged, mappings = merge_and_match(graphs)
    gone = {m.object for m in mappings if m.same}
    assert len(merged) == len({id_ for g in graphs for id_ in g.ids} - gone)
    for graph in graphs:
        for concept in graph:
            assert merged.find(concept.id)
    path = tmp_path / "matches.sssom.tsv"
    mappings.write(path)
    assert Mappings.read(path) == mappings
    merged.hierarchy(traits=True)


def test_what_becomes_one_is_renamed_in_earlier_graphs_too() -> None:
    open_end = ConceptGraph(
        [Concept("G:1", "Copepoda"), Concept("G:2", "Oithona")],
        dangling=[("G:2", "is_a", "H:1")],
    )
    for graphs in ([open_end, _one("H:1", "Copepoda")], [_one("H:1", "Copepoda"), open_end]):
        merged = kg.merge(graphs)
        assert merged.related("G:2", "is_a") == (graphs[0].ids[0],)
        assert merged.dangling == ()
    old = _one("Z:1", "old", obsolete=True, replaced_by=("H:1",))
    merged = kg.merge([_one("G:1", "Copepoda"), _one("H:1", "Copepoda"), old])
    assert merged.find("Z:1") == ["G:1"]


def test_a_name_and_what_replaces_it_may_become_one() -> None:
    ours = ConceptGraph(
        [Concept("A:1", "a", rank="genus"), Concept("K:1", "k")],
        [("K:1", "is_a", "A:1")],
        dangling=[("A:1", "replaced_by", "B:1")],
    )
    same = [Mapping("A:1", "skos:exactMatch", "B:1")]
    merged = kg.merge([ours, _one("B:1", "b", rank="genus")], same)
    assert (merged["A:1"].obsolete, merged["A:1"].synonyms) == (False, ("b",))
    assert merged.hierarchy().ancestors("K:1") == ("A:1",)
    old = Concept("A:1", "a", obsolete=True, replaced_by=("B:1",))
    for graphs in (
        [ConceptGraph([old, Concept("B:1", "b")]), ConceptGraph([old])],
        [ConceptGraph([Concept("B:1", "b"), old])],
    ):
        (one,) = kg.merge(graphs, same)
        assert (one.obsolete, one.replaced_by) == (False, ())


def test_the_first_id_holds_wherever_else_it_comes_again() -> None:
    graphs = [_one("A:1", "a"), _one("B:1", "b"), _one("A:1", "a")]
    assert kg.merge(graphs, [Mapping("A:1", "skos:exactMatch", "B:1")]).ids == ("A:1",)


@pytest.fixture
def three(tmp_path: Path) -> list[ConceptGraph]:
    """A name, its accepted name that another table replaces, and what is accepted in the end."""
    header = "AphiaID,scientificname,valid_AphiaID,rank,status,parent_id\n"
    rows = (
        "1,Aa aa,2,species,unaccepted,\n9,Kid,9,subspecies,accepted,1\n",
        "2,Bb bb,3,species,unaccepted,\n",
        "3,Cc cc,3,species,accepted,4\n4,Genus,4,genus,accepted,\n",
    )
    for number, text in enumerate(rows):
        (tmp_path / f"c{number}.csv").write_text(header + text)
    (tmp_path / "whole.csv").write_text(header + "".join(rows))
    return [kg.read(tmp_path / name) for name in ("c0.csv", "c1.csv", "c2.csv", "whole.csv")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_accepted_names_over_several_tables_are_those_of_one(
    three: list[ConceptGraph], order: tuple[int, ...]
) -> None:
    *parts, whole = three
    merged = kg.merge(parts[k] for k in order)
    assert set(merged.relations) >= {r for r in whole.relations if not whole[r.child].obsolete}
    assert merged.hierarchy().ancestors("AphiaID:9") == ("AphiaID:4", "AphiaID:3")
    for concept in whole:
        assert merged[concept.id].obsolete == concept.obsolete
        assert merged.find(concept.id) == whole.find(concept.id)
        assert merged.find(concept.label) == whole.find(concept.label)
    assert merged["AphiaID:3"].status == "accepted"
    assert kg.merge([merged, *parts]) == merged
    assert not {f.rule for f in merged.findings} & {"missing_accepted_name", "conflicting_parent"}


def test_a_misapplied_name_is_no_exact_synonym_and_names_pass_on_nothing_else(
    tmp_path: Path,
) -> None:
    header = "AphiaID,scientificname,valid_AphiaID,rank,status,authority\n"
    (tmp_path / "a.csv").write_text(header + '1,Foo bar,2,species,misapplied name,"Smith, 1900"\n')
    (tmp_path / "b.csv").write_text(header + "2,Baz qux,2,species,,\n")
    merged = kg.merge(kg.read(tmp_path / name) for name in ("a.csv", "b.csv"))
    accepted = merged["AphiaID:2"]
    assert accepted.scoped_synonyms == (("Foo bar", "related"),)
    assert (accepted.status, accepted.authority) == ("", "")


def test_names_that_files_replace_with_each_other_stay_and_are_told() -> None:
    one, other = (
        ConceptGraph([Concept(a, a, rank="genus")], dangling=[(a, "replaced_by", b)])
        for a, b in (("A:1", "B:1"), ("B:1", "A:1"))
    )
    merged = kg.merge([one, other])
    assert [c.obsolete for c in merged] == [False, False]
    assert {f.rule for f in merged.findings} == {"accepted_name_cycle"}


def test_one_id_for_two_things_is_told() -> None:
    merged = kg.merge([_one("A:1", "Copepoda"), _one("A:1", "Ostracoda")])
    assert [(f.rule, f.value) for f in merged.findings] == [("conflicting_label", "Ostracoda")]


def test_a_decision_that_comes_too_late_is_told() -> None:
    graphs = [_one("A:1", "aa"), _one("B:1", "bb")]
    decided = Mapping("A:1", "skos:exactMatch", "B:1")
    merged, mappings = merge_and_match(graphs, [decided])
    assert [(m.subject, m.object) for m in mappings if m.same] == [("A:1", "B:1")]
    late = kg.merge([merged, _one("D:1", "dd")], [replace(decided, negated=True)])
    (finding,) = late.findings
    assert finding.value == "Not skos:exactMatch B:1: both are A:1 in these files"


def test_a_homonym_whose_name_is_accepted_there_too_is_no_conflict() -> None:
    theirs = ConceptGraph(
        [
            Concept("B:1", "Foo", rank="genus"),
            Concept("B:2", "Bar", rank="genus", synonyms=("Foo",)),
        ]
    )
    merged = kg.merge([_one("A:1", "Foo", rank="genus")], ())
    merged = kg.merge([merged, theirs])
    assert "conflicting_accepted_name" not in {f.rule for f in merged.findings}
