"""What a picture can show, and what it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts.text.visual import Visual


@pytest.mark.parametrize(
    "term",
    [
        "transparent",
        "long antennules",
        "black spots",
        "segmented tail",
        "plumose setae",
        "star-shaped",
        "forked rostral spine",
        "two rows of teeth",
    ],
)
def test_seen(term: str) -> None:
    assert Visual.of_words(term) > 0.5


@pytest.mark.parametrize(
    "term",
    [
        "commercially important",
        "described in 1884",
        "found in the Indian Ocean",
        "parasitic",
        "feeding behaviour",
        "mitochondrial genome",
        "seasonal migration",
        "toxic proteins",
    ],
)
def test_unseen(term: str) -> None:
    assert Visual.of_words(term) < 0.5


def test_the_sentence_decides_where_the_term_says_nothing() -> None:
    seen, unseen = (
        "Its curved body ends in a glorp.",
        "A glorp of commercial importance in the Pacific.",
    )
    assert Visual.of_words("glorp", seen) > Visual.of_words("glorp", unseen)


def test_what_the_graph_says_of_its_own_concepts() -> None:
    graph = kg.ConceptGraph(
        [
            kg.Concept("habit", "life habit", "quality"),
            kg.Concept("marine", "marine", "quality"),
            kg.Concept("clear", "transparent", "quality"),
            kg.Concept("glow", "bioluminescent", "quality"),
            kg.Concept("uvp", "UVP6", "object"),
        ],
        [("marine", "is_a", "habit"), ("clear", "visible_in", "uvp")],
    )
    visual = Visual(graph)
    assert [visual.of(id_) for id_ in ("clear", "glow", "marine")] == [1, 0.5, 0]


@given(st.text(max_size=200), st.text(max_size=200))
def test_how_likely_is_between_0_and_1(term: str, sentence: str) -> None:
    assert 0 <= Visual.of_words(term, sentence) <= 1


@pytest.mark.parametrize("text", ["\0" * 9_000, "x" * 1_000_000, "\u202e" * 9_000])
def test_hostile_text_is_borne(text: str) -> None:
    assert 0 <= Visual.of_words(text, text) <= 1
