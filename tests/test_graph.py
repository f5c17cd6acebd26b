"""A graph holds concepts and relations, finds them by any name, and gives its hierarchies."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph
from kgconcepts.errors import CycleError, SourceError, UnknownConceptError
from kgconcepts.findings import Finding
from kgconcepts.graph import Source, concepts


@pytest.mark.parametrize(
    "name",
    ["PLK:1", "plk:1", "Copepoda", " copepoda ", "COPEPOD", "AphiaID:1080", "Ｃopepod"],
)
def test_a_concept_is_found_by_id_label_synonym_and_cross_reference(
    plankton: ConceptGraph, name: str
) -> None:
    assert plankton.find(name) == ["PLK:1"]
    assert plankton.find_one(name) == "PLK:1"


@pytest.mark.parametrize("name", ["barnacle_nauplius", "Barnacle  Nauplius", "barnacle\tnauplius"])
def test_blanks_and_underscores_make_no_difference(plankton: ConceptGraph, name: str) -> None:
    assert plankton.find(name) == ["PLK:5"]


def test_an_exact_id_is_one_concept_whatever_else_has_that_name() -> None:
    graph = ConceptGraph([Concept("zoea", "zoea"), Concept("PLK:1", "Zoea")])
    assert graph.find_one("zoea") == "zoea"
    assert graph.find("ZOEA") == ["zoea", "PLK:1"]


def test_a_name_of_none_or_of_several_is_refused(plankton: ConceptGraph) -> None:
    assert plankton.find("krill") == []
    with pytest.raises(UnknownConceptError, match=r"^'krill' names no concept; give"):
        plankton.find_one("krill")
    graph = ConceptGraph([Concept("A:1", "Acartia"), Concept("B:1", "x", synonyms=("acartia",))])
    with pytest.raises(UnknownConceptError, match=r"2 concepts \(A:1, B:1\)"):
        graph.find_one("Acartia")
    with pytest.raises(UnknownConceptError, match="there is no concept 'krill'"):
        plankton["krill"]


def test_concepts_come_in_the_order_given(plankton: ConceptGraph) -> None:
    assert len(plankton) == 12
    assert plankton.ids == tuple(concept.id for concept in plankton)
    assert plankton.ids[:2] == ("PLK:1", "PLK:2")
    assert "PLK:1" in plankton
    assert "krill" not in plankton
    assert plankton["PLK:7"].kind == "object"


def test_a_repeated_relation_counts_once() -> None:
    concepts = [Concept("a", "a"), Concept("b", "b")]
    graph = ConceptGraph(concepts, [("a", "is_a", "b")] * 2 + [("a", "part_of", "b")])
    assert set(graph.relations) == {("a", "is_a", "b"), ("a", "part_of", "b")}
    assert len(graph.relations) == 2
    assert graph.related("a", "is_a", "part_of") == ("b", "b")
    assert graph.related("a", "has_part") == ()
    with pytest.raises(UnknownConceptError):
        graph.related("c", "is_a")


@pytest.mark.parametrize(
    ("concepts", "relations", "message"),
    [
        (["a", "a"], [], r"a \(a\) is given twice"),
        (["a", "b"], [("a", "eats", "b")], "'eats' is no relation; expected one of is_a"),
        (["a"], [("a", "is_a", "b")], "there is no concept b"),
        (["a"], [("b", "is_a", "a")], "there is no concept b"),
    ],
)
def test_a_graph_that_does_not_hold_together_is_refused(
    concepts: list[str], relations: list[tuple[str, str, str]], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        ConceptGraph([Concept(id_, id_) for id_ in concepts], relations)


def test_a_concept_of_an_unknown_kind_is_refused_with_its_source() -> None:
    with pytest.raises(SourceError, match=r"^parts.tsv: PLK:1 is of kind 'organ'; expected"):
        Concept("PLK:1", "gut", "organ", source="parts.tsv")


def test_networkx_gets_a_copy(plankton: ConceptGraph) -> None:
    copy = plankton.networkx
    assert copy.number_of_nodes() == 12
    assert copy.has_edge("PLK:2", "PLK:1", key="is_a")
    copy.remove_node("PLK:1")
    assert "PLK:1" in plankton
    assert plankton.hierarchy().ancestors("PLK:2") == ("PLK:1",)


def test_equal_graphs_say_the_same(plankton: ConceptGraph) -> None:
    assert plankton == ConceptGraph(plankton, reversed(plankton.relations))
    assert plankton != ConceptGraph(plankton, plankton.relations[1:])
    assert plankton != ConceptGraph(plankton, plankton.relations, [Source("taxa.tsv")])
    assert plankton != "plankton"


def test_the_taxonomy_has_every_concept_and_is_a_alone(plankton: ConceptGraph) -> None:
    tree = plankton.hierarchy()
    assert sorted(tree.ids) == sorted(plankton.ids)
    assert tree.parents.nnz == sum(r.relation == "is_a" for r in plankton.relations)
    assert tree.ancestors("PLK:2") == ("PLK:1",)
    assert tree.ancestors("PLK:9") == ("PLK:8",)


def test_traits_and_what_they_are_become_ancestors(plankton: ConceptGraph) -> None:
    dag = plankton.hierarchy(traits=True)
    assert set(dag.ancestors("PLK:2")) == {"PLK:1", "PLK:8", "PLK:9"}
    assert set(dag.ancestors("PLK:5")) == {"PLK:4", "PLK:11"}
    assert set(dag.descendants("PLK:8")) == {"PLK:9", "PLK:1", "PLK:2", "PLK:3"}


def test_traits_that_nothing_has_are_left_out_so_that_leaves_are_classes(
    plankton: ConceptGraph,
) -> None:
    dag = plankton.hierarchy(traits=True)
    assert "PLK:12" not in dag
    assert {dag.ids[k] for k in dag.leaves} == {"PLK:2", "PLK:3", "PLK:5", "PLK:6", "PLK:7"}


def test_part_of_alone_makes_no_trait() -> None:
    graph = ConceptGraph(
        [Concept("Copepoda", "Copepoda"), Concept("antenna", "antenna", "part")],
        [("antenna", "part_of", "Copepoda")],
    )
    assert graph.hierarchy(traits=True).ids == ("Copepoda",)


def test_a_cycle_is_met_where_a_hierarchy_is_asked_for() -> None:
    concepts = [Concept(id_, id_) for id_ in ("Copepoda", "Maxillopoda", "Hexanauplia")]
    walk = ["Copepoda", "Maxillopoda", "Hexanauplia", "Copepoda"]
    graph = ConceptGraph(concepts, [(c, "is_a", p) for c, p in itertools.pairwise(walk)])
    with pytest.raises(CycleError, match="-->") as caught:
        graph.hierarchy()
    assert str(caught.value).count("-->") == 3


def test_a_part_of_the_graph_brings_its_ancestors_and_traits(plankton: ConceptGraph) -> None:
    part = plankton.restrict(["PLK:2"])
    assert set(part.ids) == {"PLK:1", "PLK:2", "PLK:8", "PLK:9"}
    assert list(part) == [c for c in plankton if c.id in part]
    assert set(part.relations) == {
        r for r in plankton.relations if r.child in part and r.parent in part
    }
    with pytest.raises(UnknownConceptError):
        plankton.restrict(["krill"])


@given(data=st.data())
def test_restricting_is_closed_and_keeps_ancestors(
    dags: st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]], data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    graph = ConceptGraph([Concept(i, i) for i in ids], [(c, "is_a", p) for c, p in edges])
    chosen = data.draw(st.lists(st.sampled_from(ids), max_size=4))
    part = graph.restrict(chosen)
    tree, smaller = graph.hierarchy(), part.hierarchy()
    assert set(part.ids) == {*chosen, *(a for id_ in chosen for a in tree.ancestors(id_))}
    assert all(set(smaller.ancestors(i)) == set(tree.ancestors(i)) for i in part.ids)
    assert part.restrict(part.ids) == part


def test_scopes_belong_to_synonyms_and_the_closest_of_several_holds() -> None:
    concept = Concept(
        "PLK:1",
        "Copepoda",
        synonyms=("oar-foot", "copepod", "oar-foot"),
        scopes=("related", "exact", "narrow"),
    )
    assert concept.scoped_synonyms == (("copepod", "exact"), ("oar-foot", "narrow"))
    assert Concept("PLK:1", "a", synonyms=("b",), scopes=("exact",)) == Concept(
        "PLK:1", "a", synonyms=("b",)
    )
    with pytest.raises(SourceError, match=r"PLK:1 has a synonym of scope 'near'; expected one of"):
        Concept("PLK:1", "a", synonyms=("b",), scopes=("near",))
    with pytest.raises(SourceError, match="2 synonyms and 1 scopes"):
        Concept("PLK:1", "a", synonyms=("b", "c"), scopes=("exact",))


def test_many_concepts_are_made_like_one() -> None:
    fields = ("PLK:1", "a\rb", "part", "", ("z", "y"), ("X:1",), "", "s", ("broad", "exact"))
    more = ("", "", "", True, ("PLK:3", "PLK:2"), ())
    made = next(concepts([(*fields, *more)]))
    assert made == Concept(*fields, *more)
    assert type(made) is Concept
    assert made.label == "a\nb"
    assert made.replaced_by == ("PLK:2", "PLK:3")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.label = "b"  # type: ignore[misc]
    with pytest.raises(SourceError, match="has no id"):
        next(concepts([("", "a", *fields[2:], *more)]))


def test_relations_beyond_ours_are_properties_with_their_names() -> None:
    pair = [Concept("PLK:1", "a"), Concept("PLK:2", "b")]
    graph = ConceptGraph(
        pair,
        [("PLK:1", "RO:0002202", "PLK:2"), ("PLK:1", "is_a", "PLK:2")],
        relation_labels={"RO:0002202": "develops from", "RO:1": "unused", "is_a": "no"},
    )
    assert graph.related("PLK:1", "RO:0002202") == ("PLK:2",)
    assert graph.relation_labels == {"RO:0002202": "develops from"}
    with pytest.raises(
        SourceError, match=r"'develops' is no relation; expected one of is_a.*CURIE"
    ):
        ConceptGraph(pair, [("PLK:1", "develops", "PLK:2")])


def test_what_is_obsolete_is_found_last_and_in_no_hierarchy() -> None:
    graph = ConceptGraph(
        [
            Concept("PLK:1", "salp", obsolete=True, replaced_by=("PLK:2",)),
            Concept("PLK:2", "Salpida", synonyms=("salp",)),
            Concept("PLK:3", "gone", obsolete=True),
            Concept("PLK:4", "tail", "part"),
        ],
        [("PLK:1", "is_a", "PLK:2"), ("PLK:3", "has_part", "PLK:4")],
    )
    assert graph.find("salp") == ["PLK:2"]
    assert graph.find("gone") == ["PLK:3"]
    assert graph.find("PLK:1") == ["PLK:2"]
    assert graph.find("PLK:3") == ["PLK:3"]
    assert graph.hierarchy().ids == ("PLK:2", "PLK:4")
    assert graph.hierarchy(traits=True).ids == ("PLK:2",)


def test_graphs_are_equal_whatever_their_order_and_findings() -> None:
    pair = [Concept("PLK:1", "a"), Concept("PLK:2", "b")]
    finding = Finding("WARN", "homonym", "PLK:1")
    assert ConceptGraph(pair) == ConceptGraph(reversed(pair), findings=[finding, finding])
    assert ConceptGraph(pair, findings=[finding, finding]).findings == (finding,)
    assert ConceptGraph(pair) != ConceptGraph(pair, [("PLK:1", "is_a", "PLK:2")])


def test_a_part_of_a_graph_keeps_no_definition_by_what_is_left_out() -> None:
    whole = (("is_a", "PLK:1"), ("form_of", "PLK:2"))
    graph = ConceptGraph(
        [Concept("PLK:1", "nauplius"), Concept("PLK:2", "Oithona"),
         Concept("PLK:3", "Oithona nauplius", intersection=whole)],
        [("PLK:3", *one) for one in whole],
    )  # fmt: skip
    assert graph.restrict(["PLK:3"])["PLK:3"].intersection == ()
    assert graph.restrict(["PLK:2", "PLK:3"])["PLK:3"] == graph["PLK:3"]
