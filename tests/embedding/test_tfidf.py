"""Vectors from words and parts of words: near where the words are, the same every time."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kgconcepts.embedding.tfidf import TfidfEncoder
from kgconcepts.errors import TextError

GROUPS = {
    "copepod": ["antennae", "crustacean", "nauplius", "swimming legs", "oar", "prosome"],
    "diatom": ["frustule", "silica", "valve", "raphe", "chain", "spine"],
    "jellyfish": ["tentacles", "bell", "medusa", "stinging cells", "polyp", "gelatinous"],
}
CORPUS = [
    f"The {name} has {one} and {other}."
    for name, words in GROUPS.items()
    for one in words
    for other in words
    if one != other
]


def test_what_shares_words_is_near() -> None:
    made = TfidfEncoder.of(CORPUS, dimensions=5)
    nauplius, prosome, valve = made.encode(["a nauplius", "the prosome", "a valve"])
    assert nauplius @ prosome > nauplius @ valve + 0.2


def test_what_shares_parts_of_words_is_near() -> None:
    made = TfidfEncoder.of(["Oithona similis", "Oithona nana", "Calanus finmarchicus", "Calanus"])
    family, genus, other = made.encode(["Oithonidae", "Oithona", "Calanus"])
    assert family @ genus > family @ other + 0.2


def test_rows_are_of_unit_length_or_zeros() -> None:
    made = TfidfEncoder.of(CORPUS, dimensions=20)
    found = made.encode([*CORPUS, "", "7 8 9", "\ud800"])
    assert found.dtype == np.float32
    assert found.shape == (len(CORPUS) + 3, 20)
    np.testing.assert_allclose(np.linalg.norm(found[:-3], axis=1), 1, atol=1e-6)
    assert not found[-3:].any()
    assert made.encode([]).shape == (0, 20)


@pytest.mark.parametrize("dimensions", [1, 5, 384])
def test_there_are_never_more_dimensions_than_the_corpus_has(dimensions: int) -> None:
    texts = ["copepod", "diatom", "copepod", "medusa", " ", "Copepod"]
    made = TfidfEncoder.of(texts, dimensions=dimensions)
    assert made.dimensions == min(dimensions, 3)  # Copepod says no more than copepod
    assert made.encode(["copepod"]).shape == (1, made.dimensions)


def test_neither_order_nor_repetition_makes_a_difference() -> None:
    one = TfidfEncoder.of(CORPUS, dimensions=20)
    other = TfidfEncoder.of([*CORPUS[::-1], *CORPUS[:7]], dimensions=20)
    assert one.sha256 == other.sha256
    np.testing.assert_array_equal(one.encode(CORPUS), other.encode(CORPUS))
    np.testing.assert_array_equal(one.encode(CORPUS[::-1]), one.encode(CORPUS)[::-1])


def test_another_corpus_or_number_of_dimensions_has_another_hash() -> None:
    hashes = {
        TfidfEncoder.of(CORPUS, dimensions=20).sha256,
        TfidfEncoder.of(CORPUS, dimensions=19).sha256,
        TfidfEncoder.of([*CORPUS, "A salp is a tunicate."], dimensions=20).sha256,
    }
    assert len(hashes) == 3


def test_the_hash_is_the_same_in_another_process() -> None:
    code = (
        "import sys, json\n"
        "from kgconcepts.embedding.tfidf import TfidfEncoder\n"
        f"print(TfidfEncoder.of({CORPUS!r}, dimensions=20).sha256, end='')\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert found == TfidfEncoder.of(CORPUS, dimensions=20).sha256


@pytest.mark.parametrize("corpus", [[], ["", " "], ["!?"]])
def test_a_corpus_without_words_is_told(corpus: list[str]) -> None:
    with pytest.raises(TextError, match="the corpus has no words"):
        TfidfEncoder.of(corpus)


def test_no_dimensions_is_told() -> None:
    with pytest.raises(TextError, match="dimensions is 0; expected 1 or more"):
        TfidfEncoder.of(CORPUS, dimensions=0)


def test_one_text_is_enough() -> None:
    made = TfidfEncoder.of(["copepod"])
    np.testing.assert_allclose(np.abs(made.encode(["copepod"])), [[1]])


@pytest.mark.slow
def test_ten_thousand_texts() -> None:
    rng = np.random.default_rng(0)
    syllables = [a + b for a in "bcdfglmnprst" for b in "aeiou"]
    words = ["".join(rng.choice(syllables, 3)) for _ in range(4_000)]
    texts = [" ".join(rng.choice(words, 6)) for _ in range(10_000)]
    made = TfidfEncoder.of(texts)
    assert made.encode(texts).shape == (10_000, 384)
