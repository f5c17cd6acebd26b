"""New terms: what the texts of a taxon speak of, and those of its siblings do not."""

from __future__ import annotations

import pytest

import kgconcepts as kg
from kgconcepts.text.contrast import contrast


@pytest.fixture(scope="module")
def graph() -> kg.ConceptGraph:
    """Two copepods, and a part that is known."""
    concepts = [
        kg.Concept("copepods", "Copepoda"),
        kg.Concept("oithona", "Oithona", rank="genus"),
        kg.Concept("calanus", "Calanus", rank="genus"),
        kg.Concept("part", "body part", "part"),
        kg.Concept("eye", "naupliar eye", "part"),
    ]
    relations = [
        ("oithona", "is_a", "copepods"),
        ("calanus", "is_a", "copepods"),
        ("eye", "is_a", "part"),
    ]
    return kg.ConceptGraph(concepts, relations)


def found(graph: kg.ConceptGraph, oithona: str, calanus: str = "It is small.") -> dict[str, str]:
    """Return the new terms of Oithona, each with its relation."""
    texts = {
        name: [kg.Passage(text, "a book")]
        for name, text in (("oithona", oithona), ("calanus", calanus))
    }
    return {c.term: c.relation for c in contrast(graph, texts) if c.taxon == "oithona"}


def test_what_siblings_share_is_no_new_term(graph: kg.ConceptGraph) -> None:
    both = "It has knobbed filaments."
    assert found(graph, f"{both} It has plumed bristles.", both) == {"plumed bristles": "has_part"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It has a distinctive crown shape.", "has_quality"),
        ("It bears knobbed filaments.", "has_part"),
        ("It builds upright tubes.", "has_part"),
        ("It is small, with a row of buccal plates.", "has_part"),
    ],
)
def test_the_relation_is_guessed(graph: kg.ConceptGraph, sentence: str, expected: str) -> None:
    assert set(found(graph, sentence).values()) == {expected}


@pytest.mark.parametrize(
    "sentence",
    [
        "It has a naupliar eye.",  # known
        "It lacks knobbed filaments.",
        "Unlike Calanus with knobbed filaments, it is small.",
        "It was described by Professor Claus in 1863 from the Indian Ocean.",
        "It has a body that is an efficient example of jet propulsion.",
        "It feeds on tiny green cells.",
        "It is known as the knobbed filament bearer.",
        "",
    ],
)
def test_what_is_no_new_term(graph: kg.ConceptGraph, sentence: str) -> None:
    assert found(graph, sentence) == {}


def test_a_candidate_is_new_and_says_where_it_stands(graph: kg.ConceptGraph) -> None:
    texts = {"oithona": [kg.Passage("It is small. It has knobbed filaments.", "a book")]}
    (candidate,) = contrast(graph, texts)
    assert candidate.concept == ""
    assert candidate.sentence == "It has knobbed filaments."
    assert candidate.passage.source == "a book"
    assert 0 < candidate.score <= 1


def test_texts_in_other_languages_are_not_read(graph: kg.ConceptGraph) -> None:
    swedish = kg.Passage("It has knobbed filaments.", "a book", language="sv")
    assert contrast(graph, {"oithona": [swedish]}) == ()


@pytest.mark.parametrize(
    "text", ["\0" * 9_000, "x" * 1_000_000, "has ((( " * 6_000, "unlike " * 7_000, "\u202e" * 9_000]
)
def test_hostile_texts_end_soon(graph: kg.ConceptGraph, text: str) -> None:
    assert all(
        candidate.term for candidate in contrast(graph, {"oithona": [kg.Passage(text, "x")]})
    )
