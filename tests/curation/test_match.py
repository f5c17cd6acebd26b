"""What is the same in two graphs is found where it is unambiguous; the rest is left to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

import kgconcepts as kg
from kgconcepts.curation.mappings import Mapping, Mappings
from kgconcepts.curation.match import match
from kgconcepts.curation.similar import similar
from kgconcepts.graph import Concept, ConceptGraph

SIMILAR = "semapv:LexicalSimilarityThresholdMatching"


def same(mappings: Mappings) -> list[tuple[str, str, str]]:
    return [(m.subject, m.object, m.comment.split(":")[0]) for m in mappings if m.same]


def to_decide(mappings: Mappings) -> list[tuple[str, str]]:
    return [(m.subject, m.object) for m in mappings if not m.same]


def one(*args: object, **fields: object) -> ConceptGraph:
    return ConceptGraph([Concept(*args, **fields)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ({"xrefs": ("AphiaID:7",)}, {"id": "AphiaID:7"}, "AphiaID"),
        ({"xrefs": ("WoRMS:7",)}, {"xrefs": ("AphiaID:7",)}, "AphiaID"),
        ({"xrefs": ("NCBI:7",)}, {"id": "NCBITaxon:7"}, "NCBITaxon"),
        ({"xrefs": ("Wikidata:Q7",)}, {"xrefs": ("wd:Q7",)}, "Wikidata"),
        (
            {"label": "Oithona", "rank": "genus"},
            {"label": "oithona", "rank": "genus"},
            "name and rank",
        ),
        ({"label": "Oithona", "rank": "genus"}, {"label": "Oithona"}, "label"),
        ({"label": "bell", "kind": "part"}, {"label": "Bell", "kind": "part"}, "label"),
        ({"label": "Copepoda"}, {"label": "x", "synonyms": ("copepoda",)}, "synonym"),
        ({"label": "x", "synonyms": ("copepoda",)}, {"label": "Copepoda"}, "synonym"),
    ],
)
def test_each_reason_makes_two_concepts_the_same(
    first: dict[str, str], second: dict[str, str], how: str
) -> None:
    one_, other = (
        Concept(**({"id": id_, "label": f"label of {id_}"} | fields))
        for id_, fields in (("A:1", first), ("B:1", second))
    )
    found = match(ConceptGraph([one_]), ConceptGraph([other]))
    assert same(found) == [(one_.id, other.id, how)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"kind": "part"}, {"kind": "quality"}),
        ({"rank": "genus"}, {"rank": "subgenus"}),
        ({"xrefs": ("AphiaID:1",)}, {"xrefs": ("AphiaID:2",)}),
        ({"obsolete": True}, {}),
        ({"label": "x", "synonyms": ("spine",), "scopes": ("related",)}, {}),
    ],
)
def test_a_name_alone_does_not_make_the_same_of_what_differs(
    first: dict[str, str], second: dict[str, str]
) -> None:
    graphs = [
        one(**({"id": id_, "label": "spine"} | fields))
        for id_, fields in (("A:1", first), ("B:1", second))
    ]
    assert len(match(*graphs)) == 0


def test_an_identifier_goes_before_a_name() -> None:
    """WoRMS has a homonym: the one with our AphiaID is meant."""
    ours = one("PLK:1", "Oithona", rank="genus", xrefs=("AphiaID:8",))
    worms = ConceptGraph(
        [
            Concept("AphiaID:7", "Oithona", rank="genus"),
            Concept("AphiaID:8", "Oithone", rank="genus"),
        ]
    )
    assert same(match(ours, worms)) == [("PLK:1", "AphiaID:8", "AphiaID")]


def test_what_several_share_is_left_to_a_person() -> None:
    ours = one("PLK:1", "Ctenophora", rank="genus")
    homonyms = ConceptGraph([Concept(f"X:{k}", "Ctenophora", rank="genus") for k in (1, 2)])
    assert to_decide(match(ours, homonyms)) == [("PLK:1", "X:1"), ("PLK:1", "X:2")]
    assert to_decide(match(homonyms, ours)) == [("X:1", "PLK:1"), ("X:2", "PLK:1")]


def test_synonyms_that_two_share_are_no_label_of_either() -> None:
    first = one("A:1", "Gymnodinium", synonyms=("Amphidinium",))
    second = one("B:1", "Gyrodinium", synonyms=("Amphidinium",))
    assert to_decide(match(first, second)) == [("A:1", "B:1")]


def test_taxa_of_different_kingdoms_are_left_to_a_person() -> None:
    def graph(prefix: str, kingdom: str) -> ConceptGraph:
        top, below = f"{prefix}:1", f"{prefix}:2"
        return ConceptGraph(
            [Concept(top, kingdom, rank="kingdom"), Concept(below, "Ctenophora", rank="genus")],
            [(below, "is_a", top)],
        )

    found = match(graph("A", "Animalia"), graph("B", "Chromista"))
    assert [m.comment for m in found] == [
        "name and rank: ctenophora; kingdoms animalia and chromista"
    ]
    assert to_decide(found) == [("A:2", "B:2")]
    assert len(same(match(graph("A", "Animalia"), graph("B", "animalia")))) == 2


def test_a_replaced_name_leads_to_what_replaces_it() -> None:
    ours = one("PLK:1", "our name", xrefs=("AphiaID:1",))
    worms = ConceptGraph(
        [
            Concept("AphiaID:1", "old", obsolete=True, replaced_by=("AphiaID:2",)),
            Concept("AphiaID:2", "new", xrefs=("AphiaID:1",)),
        ]
    )
    assert same(match(ours, worms)) == [("PLK:1", "AphiaID:2", "AphiaID")]


def test_what_a_person_has_refused_is_not_proposed_again() -> None:
    graphs = one("A:1", "Chaetoceros"), one("B:1", "Chaetoceros")
    refused = Mapping("B:1", "skos:exactMatch", "A:1", negated=True)
    assert len(match(*graphs, [refused])) == 0
    near = one("A:1", "Chaetoceros socialis"), one("B:1", "Chaetoceros sociale")
    assert len(match(*near)) == 1
    assert len(match(*near, [refused])) == 0
    (candidate,) = match(*near)
    rejected = replace(candidate, negated=True)  # a person writes Not into the row
    assert len(match(*near, [rejected])) == 0


def test_similar_names_are_listed_and_never_the_same() -> None:
    first = ConceptGraph(
        [Concept("A:1", "Chaetoceros socialis"), Concept("A:2", "x", synonyms=("Skeletonema",))]
    )
    second = ConceptGraph(
        [
            Concept("B:1", "Chaetoceros sociale"),
            Concept("B:2", "Skeletonemaa"),
            Concept("B:3", "Chaetoceros sociales", rank="species", kind="part"),
        ]
    )
    found = match(first, second)
    assert to_decide(found) == [("A:1", "B:1"), ("A:2", "B:2")]
    assert not any(m.same for m in found)
    assert [(m.justification, m.similarity) for m in found] == [(SIMILAR, 0.923), (SIMILAR, 0.957)]


@given(
    a=st.lists(st.text("abc ", min_size=4, max_size=14).filter(str.strip), max_size=6),
    b=st.lists(st.text("abc ", min_size=4, max_size=14).filter(str.strip), max_size=6),
)
def test_similar_names_are_those_that_a_plain_loop_finds(a: list[str], b: list[str]) -> None:
    ones = [Concept(f"A:{k}", name) for k, name in enumerate(a)]
    others = [Concept(f"B:{k}", name) for k, name in enumerate(b)]
    found = {(m.subject, m.object) for m in similar(ones, others)}

    def alike(name: str, other: str) -> bool:
        name, other = (" ".join(text.split()) for text in (name, other))
        long_enough = len(name) > 3 and len(other) > 3 and name[0] == other[0]
        return long_enough and Indel.normalized_similarity(name, other) >= 0.9

    every = {(x.id, y.id) for y in others for x in ones if alike(x.label, y.label)}
    assert found <= every
    for other in others:  # three at most of each
        mine = {pair for pair in every if pair[1] == other.id}
        assert len({pair for pair in found if pair[1] == other.id}) == min(3, len(mine))


@pytest.mark.data
def test_real_taxa_are_the_same_only_under_the_same_name(shared_data: Path) -> None:
    """By AphiaID our taxa are WoRMS's, and their names say so too: a check on both."""
    ours = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    worms = kg.read(shared_data / "taxonomies" / "nordicmicroalgae")
    found = [m for m in match(ours, worms) if m.same]
    assert len(found) > 40
    assert {m.object for m in found if m.comment.startswith("AphiaID")} == {
        xref for c in ours for xref in c.xrefs if xref in worms and not worms[xref].obsolete
    }
    for m in found:
        # Of homonyms the label here has a qualifier: Euglenozoa (infrakingdom).
        assert ours[m.subject].label.split(" (")[0] == worms[m.object].label


def test_an_identifier_of_another_rank_and_name_is_left_to_a_person() -> None:
    ours = one("A:1", "Diptera", rank="order", xrefs=("AphiaID:118088",))
    wrong = one("B:1", "Chaoborus", rank="genus", xrefs=("AphiaID:118088",))
    (mapping,) = match(ours, wrong)
    assert not mapping.same
    assert mapping.comment.endswith("no name in common; ranks order and genus")
    moved = one("B:1", "Diptera", rank="suborder", xrefs=("AphiaID:118088",))
    assert [m.same for m in match(ours, moved)] == [True]


@pytest.mark.data
def test_ctenophore_genus_and_phylum_stay_apart(shared_data: Path) -> None:
    """Ctenophora is a phylum of animals and a genus of diatoms."""
    ours = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    worms = kg.read(shared_data / "taxonomies" / "nordicmicroalgae")
    (phylum,) = [c for c in ours if c.label == "Ctenophora"]
    assert phylum.rank == "phylum"
    assert any(c.label == "Ctenophora" and c.rank == "genus" for c in worms)
    assert phylum.id not in {m.subject for m in match(ours, worms) if m.same}


def test_what_is_ambiguous_by_a_name_is_not_settled_by_a_weaker_one() -> None:
    ours = one("A:1", "Oithona", rank="genus")
    several = [Concept(f"B:{k}", "Oithona", rank="genus") for k in (1, 2)]
    others = [
        Concept("B:3", "Oithona"),
        Concept("B:3", "Dioithona", synonyms=("Oithona",), rank="genus"),
    ]
    for other in others:
        found = match(ours, ConceptGraph([*several, other]))
        assert same(found) == []
        assert ("A:1", "B:3") in to_decide(found)


def test_a_cross_reference_between_two_makes_them_one_if_a_name_says_so_too() -> None:
    gut = one("ECAO:1", "hind gut", "part", xrefs=("UBERON:5",))
    named = one("UBERON:5", "rectum", "part", synonyms=("hind gut",))
    assert same(match(gut, named)) == [("ECAO:1", "UBERON:5", "cross-reference")]
    assert to_decide(match(gut, one("UBERON:5", "rectum", "part"))) == [("ECAO:1", "UBERON:5")]


def test_what_is_of_another_kind_is_left_to_a_person_whatever_its_identifier() -> None:
    antenna = one("PLK:1", "copepod antenna", "part", xrefs=("AphiaID:1",))
    assert to_decide(match(antenna, one("AphiaID:1", "Copepoda"))) == [("PLK:1", "AphiaID:1")]


def test_names_without_ranks_below_different_groups_are_left_to_a_person() -> None:
    def below(group: str, prefix: str) -> ConceptGraph:
        concepts = [Concept(f"{prefix}:1", group), Concept(f"{prefix}:2", "Ctenophora")]
        return ConceptGraph(concepts, [(f"{prefix}:2", "is_a", f"{prefix}:1")])

    assert same(match(below("diatoms", "A"), below("animals", "B"))) == []
    assert len(same(match(below("diatoms", "A"), below("Diatoms", "B")))) == 2
