"""What texts say of concepts, as vectors: one observation a concept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgconcepts.embedding.encoder import Encoder
from kgconcepts.embedding.prompts import CAPTION
from kgconcepts.errors import TextError
from kgconcepts.text.passage import Passage
from kgconcepts.text.visual import Visual

__all__ = ["Observations", "observe", "pieces"]

_WORDS = 120  # of a piece that is encoded at once: what a MiniLM reads
_PIECES = 100  # of one concept
_LONGEST = 2000  # characters of a sentence
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LEAST_WEIGHT = 0.25  # of a piece that no picture can show


@dataclass(frozen=True)
class Observations:
    """Own texts of concepts as vectors.

    Parameters
    ----------
    ids : tuple of str, K
    vectors : float32 array of shape (K, m)
        Unit vectors; zero for concepts without text.
    words : array of shape (K,)
        How many words each has; 0 where there is no text.
    visual : array of shape (K,)
        Which share of them says what a picture can show, 0 to 1 (`text.visual.Visual`).
    """

    ids: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    words: npt.NDArray[np.float64]
    visual: npt.NDArray[np.float64]

    def of(self, ids: Sequence[str]) -> Observations:
        """Return those of these concepts, in this order; nothing for those that are not here."""
        position = {id_: k for k, id_ in enumerate(self.ids)}
        if not position:
            raise TextError("there are no observations; observe the texts of some concepts")
        at = np.array([position.get(id_, -1) for id_ in ids], dtype=np.int64)
        there = at >= 0
        return Observations(
            tuple(ids),
            np.where(there[:, None], self.vectors[at], np.float32(0)),
            np.where(there, self.words[at], 0.0),
            np.where(there, self.visual[at], 0.0),
        )

    def without(self, ids: Iterable[str]) -> Observations:
        """Return these, but nothing of some concepts."""
        left_out = set(ids)
        kept = np.array([id_ not in left_out for id_ in self.ids])
        return Observations(
            self.ids,
            np.where(kept[:, None], self.vectors, np.float32(0)),
            np.where(kept, self.words, 0.0),
            np.where(kept, self.visual, 0.0),
        )


def observe(
    encoder: Encoder,
    ids: Sequence[str],
    texts: Mapping[str, Iterable[Passage]],
    progress: Callable[[int], None] | None = None,
) -> Observations:
    """Encode the texts of concepts.

    A text of up to 120 words is encoded at once. A longer one is cut at ends of sentences; its
    vector is the mean of the pieces', by the number of words in each and how much of it a picture
    can show.

    Parameters
    ----------
    encoder : Encoder
    ids : sequence of str, K
    texts : mapping of id → passages
        Each concept's own. Passages of the same text count once.
    progress : callable, optional
        Called with the number of pieces to come.

    Raises
    ------
    TextError
        If no concept has a text, or the encoder does not give a finite vector for each.
    """
    wrong = next((id_ for id_ in ids if isinstance(texts.get(id_), str)), None)
    if wrong is not None:
        raise TextError(f"the text of {wrong} is a str; give a list of kgconcepts.Passage")
    cut = [pieces(texts.get(id_, ())) for id_ in ids]
    whole = [piece for some in cut for piece in some]
    if not whole:
        raise TextError(
            f"none of {len(ids)} concepts has a text; give texts by the ids of the hierarchy"
        )
    if progress is not None:
        progress(len(whole))
    encoded = np.asarray(encoder.encode(whole))
    if encoded.ndim != 2 or len(encoded) != len(whole) or not np.isfinite(encoded).all():
        raise TextError(
            f"{encoder.name} gave an array of shape {encoded.shape} for {len(whole)} texts; "
            "expected a row of finite numbers for each"
        )
    length = np.array([len(piece.split()) for piece in whole], dtype=float)
    shown = np.array([Visual.of_words(piece) for piece in whole])
    of = np.repeat(np.arange(len(ids)), [len(some) for some in cut])
    weight = length * (_LEAST_WEIGHT + (1 - _LEAST_WEIGHT) * shown)
    sums = np.zeros((len(ids), encoded.shape[1]))
    np.add.at(sums, of, weight[:, None] * encoded)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    every = np.maximum(np.bincount(of, length, minlength=len(ids)), 1)
    words = np.bincount(of, length, minlength=len(ids)).astype(float)
    words[norms.ravel() == 0] = 0  # of which the encoder knows nothing
    return Observations(
        tuple(ids),
        (sums / np.where(norms > 0, norms, 1)).astype(np.float32),
        words,
        np.where(words > 0, np.bincount(of, length * shown, minlength=len(ids)) / every, 0.0),
    )


def pieces(passages: Iterable[Passage]) -> list[str]:
    """Cut a concept's passages into pieces that an encoder reads whole; captions stay as they are.

    >>> pieces([Passage("Copepoda, copepods", "names"), Passage("Small. With antennae.", "us")])
    ['Copepoda, copepods. Small. With antennae.']
    """
    given = list(passages)
    captions = [p.text for p in given if p.section == CAPTION]
    found: list[list[str]] = [*([caption] for caption in dict.fromkeys(captions)), []]
    room = _WORDS
    for sentence in _sentences(p for p in given if p.section != CAPTION):
        number = len(sentence.split())
        if number > room and found[-1]:
            if len(found) >= _PIECES:
                break
            found.append([])
            room = _WORDS
        found[-1].append(sentence)
        room -= number
    return [" ".join(some) for some in found if some][:_PIECES]


def _sentences(passages: Iterable[Passage]) -> Iterator[str]:
    for text in dict.fromkeys(" ".join(passage.text.split()) for passage in passages):
        for sentence in _SENTENCE.split(text):
            words = sentence.split()
            for start in range(0, len(words), _WORDS):
                some = " ".join(words[start : start + _WORDS])[:_LONGEST]
                yield some if some[-1] in ".!?" else f"{some}."
