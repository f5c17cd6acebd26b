"""An article that bears a concept's name is taken only if it is about the concept."""

from __future__ import annotations

import pytest

from kgconcepts import Concept, ConceptGraph
from kgconcepts.text.article import Judge, accepted_names, keys, names
from kgconcepts.text.page import Asked, Page, usable


@pytest.fixture(scope="module")
def graph() -> ConceptGraph:
    """Copepods and diatoms, what they have, and a phylum and an object with nothing above them."""
    return ConceptGraph(
        [
            Concept("1", "Biota"),
            Concept("2", "Animalia", synonyms=("animal",), rank="kingdom"),
            Concept("3", "Arthropoda", rank="phylum"),
            Concept("4", "Copepoda", synonyms=("copepod",), rank="class"),
            Concept("5", "Oithona", rank="genus", xrefs=("AphiaID:106485", "Wikidata:Q1")),
            Concept("6", "Oithona similis", synonyms=("Oithona helgolandica",), rank="species"),
            Concept("7", "Bacillariophyceae", synonyms=("diatoms",), rank="class"),
            Concept("8", "cell structure", "part"),
            Concept("9", "valve", "part"),
            Concept("10", "Rosacea", rank="genus"),
            Concept("11", "marine snow", "object", "Falling flakes of organic matter in the sea."),
            Concept("12", "copepod nauplius"),
            Concept("13", "antenna", "part"),
            Concept("14", "body part", "part"),
        ],
        [
            ("2", "is_a", "1"),
            ("3", "is_a", "2"),
            ("4", "is_a", "3"),
            ("5", "is_a", "4"),
            ("6", "is_a", "5"),
            ("7", "is_a", "1"),
            ("9", "is_a", "8"),
            ("13", "is_a", "14"),
            ("4", "has_part", "13"),
            ("7", "has_part", "9"),
            ("12", "form_of", "4"),
        ],
    )


def objection(graph: ConceptGraph, id_: str, text: str, **page: object) -> str:
    concept = graph[id_]
    made = Page("en", 1, 1, **{"title": concept.label, "url": "", "text": text, **page})  # type: ignore[arg-type]
    return Judge(graph).objection(concept, Asked(1), made)


@pytest.mark.parametrize(
    ("id_", "text"),
    [
        ("5", "Oithona is a genus of copepods."),
        ("5", "Oithona is a genus of small arthropods."),
        ("6", "It is found in the sea. The genus Oithona is common."),
        ("9", "A valve is one half of the frustule of diatoms."),
        ("4", "The Copepoda are a class of animals."),
        ("7", "A class of algae, the Bacillariophyceae."),
        ("12", "The first larva of a copepod."),
        ("13", "In zoology, antennae are feelers on the heads of some animals."),
        ("11", "A shower of organic flakes that is falling through water."),
    ],
)
def test_articles_about_the_concept(graph: ConceptGraph, id_: str, text: str) -> None:
    assert objection(graph, id_, text) == ""


@pytest.mark.parametrize(
    ("id_", "text", "why"),
    [
        ("5", "Oithona is a genus of moths of the family Noctuidae.", "mentions too little of"),
        ("5", "Oithona is a genus of animals.", "mentions too little of"),  # which ones?
        ("9", "A valve is a device that regulates the flow of a fluid.", "mentions too little of"),
        ("13", "An antenna is a device that sends to animals.", "mentions too little of"),
        ("9", "In anatomy, valves of animals close vessels.", "mentions too little of"),
        ("10", "Rosacea is a skin condition.", "mentions too little of genus"),
        ("11", "Marine Snow is a manga.", "mentions too little of"),
        ("5", "  ", "has no text"),
    ],
)
def test_articles_about_something_else(graph: ConceptGraph, id_: str, text: str, why: str) -> None:
    assert why in objection(graph, id_, text)


def test_a_category_may_tell(graph: ConceptGraph) -> None:
    text = "Oithona is a genus."
    assert objection(graph, "5", text)
    assert objection(graph, "5", text, categories=("Copepod genera",)) == ""


def test_lists_and_pages_of_meanings(graph: ConceptGraph) -> None:
    text = "Oithona may be a copepod or a ship."
    assert "lists what the name may mean" in objection(graph, "5", text, disambiguation=True)
    assert "is a list" in objection(graph, "5", text, title="List of copepods")


def test_the_article_of_another_concept_is_left_to_it(graph: ConceptGraph) -> None:
    text = "Oithona is a genus of copepods."
    assert "is the article of 5 (Oithona)" in objection(graph, "6", text, title="Oithona")
    assert "5 (Oithona)" in objection(graph, "6", text, title="Oithona (copepod)")
    assert objection(graph, "6", text, title="Oithona helgolandica") == ""


def test_a_redirect_to_a_part_of_an_article(graph: ConceptGraph) -> None:
    page = Page("en", 1, 1, "Cyclops", "", "Cyclops are copepods.")
    judge = Judge(graph)
    assert judge.objection(graph["5"], Asked(1, True), page) == ""
    assert "a part of it" in judge.objection(graph["5"], Asked(1, True, "Kin"), page)


def test_wikidata_knows_better_than_words(graph: ConceptGraph) -> None:
    page = Page("en", 1, 1, "Oithona", "", "No word of them.", wikidata="Q1")
    judge = Judge(graph)
    assert judge.objection(graph["5"], Asked(1), page, "Q1") == ""
    assert "is about Q1, the concept is Q2" in judge.objection(graph["5"], Asked(1), page, "Q2")
    assert judge.objection(graph["5"], Asked(1), page)
    assert judge.objection(graph["5"], Asked(1), page, sure=True) == ""


def test_titles_are_tried_by_likelihood(graph: ConceptGraph) -> None:
    concept = Concept(
        "1",
        "copepod_nauplius",
        synonyms=("Nauplius", "a|b", "copepod nauplius", "nauplii", "nauplii s", "0.2 mm"),
        scopes=("exact", "exact", "exact", "exact", "related", "exact"),
    )
    assert names(concept) == {
        "Copepod nauplius": "name",
        "Nauplius": "synonym",
        "Nauplii": "synonym",
    }


def test_identifiers_that_wikidata_knows(graph: ConceptGraph) -> None:
    assert keys(graph["5"], {}) == ("Wikidata:Q1", "AphiaID:106485")
    old = ConceptGraph(
        [Concept("AphiaID:3", "Old")], dangling=[("AphiaID:3", "replaced_by", "AphiaID:4")]
    )
    assert keys(old["AphiaID:3"], accepted_names(old)) == ("AphiaID:3", "AphiaID:4")


@pytest.mark.parametrize(
    "title",
    [
        "",
        " ",
        "A|B",
        "<script>",
        "a[b]",
        "{x}",
        "#x",
        ":X",
        "Category:X",
        "sv:X",
        "é" * 128,
        "..",
        "a\0b",
    ],
)
def test_names_that_no_article_can_have(title: str) -> None:
    assert not usable(title)


@pytest.mark.parametrize("title", ["Oithona", "Côte d'Ivoire", "C++", "What?", "A & B", "AC/DC"])
def test_names_that_an_article_can_have(title: str) -> None:
    assert usable(title)
