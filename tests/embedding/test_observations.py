"""What texts say of concepts as vectors: pieces that are read whole, and one vector a concept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.embedding.observations import Observations, observe, pieces
from kgconcepts.embedding.prompts import CAPTION
from kgconcepts.errors import TextError
from kgconcepts.text.passage import Passage


def said(*texts: str) -> list[Passage]:
    return [Passage(text, "ours") for text in texts]


SENTENCES = st.lists(st.integers(1, 120), max_size=60).map(
    lambda lengths: [" ".join([f"w{k}"] * n) + "." for k, n in enumerate(lengths)]
)


@given(SENTENCES)
def test_a_long_text_is_cut_at_ends_of_sentences_into_pieces_of_120_words(
    sentences: list[str],
) -> None:
    found = pieces(said(" ".join(sentences)))
    assert " ".join(found) == " ".join(sentences)
    assert all(piece.endswith(".") and len(piece.split()) <= 120 for piece in found)
    number = [len(piece.split()) for piece in found]
    first = [len(piece.split(".")[0].split()) for piece in found]
    # a piece ends where the next sentence would be too much
    assert all(n + more > 120 for n, more in zip(number, first[1:], strict=False))


def test_passages_are_read_together_each_ended_by_a_stop() -> None:
    assert pieces(said("Copepoda", "What are they?", "Small!")) == [
        "Copepoda. What are they? Small!"
    ]


def test_the_same_passage_counts_once_however_it_is_spaced() -> None:
    assert pieces(said("A  copepod\nswims.", "A copepod swims.", "It eats.")) == [
        "A copepod swims. It eats."
    ]


def test_captions_stand_by_themselves_and_count_once() -> None:
    photo = Passage("a photo of Copepoda", "kgconcepts", section=CAPTION)
    ranked = Passage("a photo of class Copepoda", "kgconcepts", section=CAPTION)
    found = pieces([photo, *said("Small."), ranked, photo])
    assert found == ["a photo of Copepoda", "a photo of class Copepoda", "Small."]


@pytest.mark.parametrize("texts", [(), ("",), (" \n\t ", "")])
def test_a_text_without_words_has_no_pieces(texts: tuple[str, ...]) -> None:
    assert pieces(said(*texts)) == []


@pytest.mark.parametrize(
    "text",
    [
        "A copepod has two antennae and one eye. " * 250_000,
        "a" * 10_000_000,
        "word " * 2_000_000,
        "a. " * 3_300_000,
        "?! " * 3_300_000,
        "." * 10_000_000,
    ],
    ids=["sentences", "one word", "no stop", "letters", "stops apart", "stops"],
)
def test_ten_million_letters_are_a_bounded_number_of_pieces(text: str) -> None:
    found = pieces(said(text))
    assert 1 <= len(found) <= 100
    assert max(map(len, found)) <= 125 * 2001


def test_captions_leave_the_number_of_pieces_bounded() -> None:
    captions = [Passage(f"a photo of {k}", "ours", section=CAPTION) for k in range(150)]
    assert len(pieces([*captions, *said(("word " * 100 + ". ") * 3000)])) <= 250


def test_a_sentence_of_many_words_is_no_longer_than_what_is_read() -> None:
    assert max(len(piece.split()) for piece in pieces(said("a " * 900))) <= 120


def test_each_concept_has_the_unit_vector_of_its_text_or_none(coder: Any) -> None:
    texts = {"a": said("Small."), "b": said("Large."), "other": said("Elsewhere.")}
    found = observe(coder, ["b", "c", "a"], texts)
    assert found.ids == ("b", "c", "a")
    assert found.vectors.dtype == np.float32
    expected = coder.encode(["Large.", "", "Small."])
    np.testing.assert_allclose(found.vectors, expected, atol=1e-6)
    assert found.words.tolist() == [1, 0, 1]
    assert "Elsewhere." not in coder.encoded


def test_long_texts_are_the_mean_of_their_pieces_by_words_and_what_a_picture_shows(
    coder: Any,
) -> None:
    seen = " ".join(["spines"] * 99 + ["long."])  # all of it can be shown
    unseen = " ".join(["distribution"] * 49 + ["ocean."])  # none of it
    one, other = coder.encode([seen, unseen]).astype(float)
    found = observe(coder, ["a"], {"a": said(seen, unseen)})
    mean = 100 * 1.0 * one + 50 * 0.25 * other
    np.testing.assert_allclose(found.vectors[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert found.words.tolist() == [150]
    np.testing.assert_allclose(found.visual, [100 / 150])


def test_the_number_of_pieces_to_come_is_told(coder: Any) -> None:
    told: list[int] = []
    long = ("word " * 99 + "word. ") * 3
    observe(coder, ["a", "b", "c"], {"a": said(long), "b": said("Small.")}, told.append)
    assert told == [4]


def test_a_text_that_the_encoder_cannot_read_is_no_text() -> None:
    class Reads:
        name = version = sha256 = "some"
        captions = False

        def encode(self, texts: list[str]) -> Any:
            return np.array([[float("x" not in text)] for text in texts], dtype=np.float32)

    found = observe(Reads(), ["a", "b"], {"a": said("xxx"), "b": said("Small.")})
    assert found.words.tolist() == [0, 1]
    assert found.vectors.tolist() == [[0], [1]]


def test_what_a_picture_can_show_is_never_more_than_all() -> None:
    class Nothing:
        name = version = sha256 = "none"
        captions = False

        def encode(self, texts: list[str]) -> Any:
            return np.zeros((len(texts), 2), dtype=np.float32)

    assert observe(Nothing(), ["a"], {"a": said("long antennae, long spines")}).visual.max() <= 1


@pytest.mark.parametrize("texts", [{}, {"z": said("Small.")}, {"a": said("", " ")}, {"a": []}])
def test_where_nothing_has_a_text_that_is_told(coder: Any, texts: dict[str, Any]) -> None:
    with pytest.raises(TextError, match=r"^none of 2 concepts has a text; give texts by the ids"):
        observe(coder, ["a", "b"], texts)


@pytest.fixture
def three(coder: Any) -> Observations:
    return observe(coder, ["a", "b", "c"], {"a": said("Small eyes."), "c": said("It swims.")})


def test_those_of_some_concepts_in_another_order(three: Observations) -> None:
    found = three.of(["c", "new", "a"])
    assert found.ids == ("c", "new", "a")
    np.testing.assert_array_equal(found.vectors[[0, 2]], three.vectors[[2, 0]])
    assert found.words.tolist() == [2, 0, 2]
    assert found.visual.tolist() == [three.visual[2], 0, three.visual[0]]
    assert not found.vectors[1].any()


def test_without_some_nothing_is_said_of_them_and_the_rest_stays(three: Observations) -> None:
    found = three.without(["a", "no such concept"])
    assert found.ids == three.ids
    assert found.words.tolist() == [0, 0, 2]
    assert not found.vectors[0].any()
    np.testing.assert_array_equal(found.vectors[2], three.vectors[2])
    assert three.words.tolist() == [2, 0, 2]  # what was there before is not changed
    assert found.vectors.dtype == np.float32
