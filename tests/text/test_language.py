"""Sentences end where they end, and a term is found in the forms in which it is written."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts.errors import MissingExtraError
from kgconcepts.text.language import forms, pipeline, privative, sentences
from kgconcepts.text.terms import Terms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Acartia sp. is small. It is common.", 2),
        ("A. tonsa and O. cf. similis are copepods.", 1),
        ("It is 1.5 mm long, cf. Smith et al. in fig. 3, i.e. small.", 1),
        ("Is it? It is! So.", 3),
        ("One line\nAnother line", 2),
        ("", 0),
        (" \n ", 0),
    ],
)
def test_sentences(text: str, number: int) -> None:
    assert len(list(sentences(text))) == number


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("seta", "setae"),
        ("flagellum", "flagella"),
        ("nauplius", "nauplii"),
        ("axis", "axes"),
        ("telson", "telsons"),
        ("cirrus", "cirri"),
        ("egg sac", "egg sacs"),
        ("tooth", "teeth"),
        ("ovary", "ovaries"),
        ("pharynx", "pharynges"),
        ("chain-forming", "chain forming"),
        ("egg sac", "egg-sac"),
        ("golden-coloured", "golden-colored"),
        ("grey", "gray"),
        ("transparent", "transparency"),
        ("bioluminescent", "bioluminescence"),
        ("bilaterally symmetric", "bilateral symmetry"),
        ("colonial", "colonies"),
        ("star-shaped", "shaped like a star"),
        ("Seta ", "seta"),
        ("zoea", "zoeae"),
        ("stria", "striae"),
        ("oral cilia", "oral cilium"),
        ("colonial", "colony-forming"),
        ("segmented", "segmentation"),
        ("branched", "branching"),
        ("polarised", "polarized"),
        ("bilaterally symmetric", "bilateral body symmetry"),
    ],
)
def test_forms_of_a_name(name: str, written: str) -> None:
    assert written in forms(name)


def test_words_that_deny_a_part() -> None:
    assert {"eyeless", "eye-less"} <= {*privative("eye")}
    assert privative("egg sac") == ()


@given(st.sampled_from(["seta", "egg sac", "needle-shaped", "transparent", "zoea", "tail fin"]))
def test_every_form_of_a_name_is_found_again(name: str) -> None:
    kind = "quality" if name in ("needle-shaped", "transparent") else "part"
    root = kg.Concept("0", "root", kind)
    terms = Terms(kg.ConceptGraph([root, kg.Concept("1", name, kind)], [("1", "is_a", "0")]))
    for form in forms(name):
        (mention,) = terms.mentions(pipeline()(f"It has {form} here"))
        assert mention.concepts == ("1",)


def test_the_longest_and_most_specific_name_is_meant() -> None:
    graph = kg.ConceptGraph(
        [
            kg.Concept("0", "body part", "part"),
            kg.Concept("1", "fin", "part"),
            kg.Concept("2", "tail fin", "part"),
            kg.Concept("3", "tail", "part"),
            kg.Concept("4", "caudal tail fin", "part", synonyms=("tail fin",)),
        ],
        [("1", "is_a", "0"), ("2", "is_a", "1"), ("3", "is_a", "0"), ("4", "is_a", "2")],
    )
    found = Terms(graph).mentions(pipeline()("It has a tail fin and a fin, and body parts."))
    assert [mention.concepts for mention in found] == [("4",), ("1",)]


@pytest.mark.parametrize("text", ["\0" * 1000, "x" * 1_000_000, "\u202e" * 500, "((((" * 9_999])
def test_hostile_text_ends_soon(text: str) -> None:
    assert len(list(sentences(text))) <= 50_000


def test_without_spacy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    pipeline.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'kgconcepts\[text\]'"):
        pipeline()
    monkeypatch.undo()
    assert pipeline().lang == "en"
