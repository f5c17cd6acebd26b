"""Texts → vectors of unit length: what an encoder is, and how to get one by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kgconcepts.concept import plain
from kgconcepts.errors import SourceError, TextError, one_line

__all__ = ["DEFAULT", "Encoder", "Vectors", "account", "by_distinct", "distinct", "encoder", "unit"]

DEFAULT = "all-MiniLM-L6-v2"
_IMAGE_TEXT = "open_clip:"

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """What gives every text a vector of unit length, so that ``u @ v`` is their similarity.

    One that was trained on captions of pictures has an attribute ``captions`` that is true;
    concepts are given to it as captions.
    """

    @property
    def name(self) -> str:
        """What people call it: ``all-MiniLM-L6-v2``."""

    @property
    def version(self) -> str:
        """Library and version, and the model's revision where it is known."""

    @property
    def sha256(self) -> str:
        """Hash of what the vectors depend on: weights, tokenizer, configuration."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text, in their order.

        Parameters
        ----------
        texts : sequence of str, n
            Repeated ones are encoded once.

        Returns
        -------
        vectors : float32 array of shape (n, m)
            Rows of unit length; zeros for a text without content.
        """


def encoder(
    name: str = DEFAULT,
    *,
    cache: str | os.PathLike[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Encoder:
    """Return the encoder of a name.

    Parameters
    ----------
    name : str
        A sentence-transformers model, as a folder or by its name on the Hugging Face hub; or an
        image-text model's text side: ``open_clip:ViT-B-32/laion2b_s34b_b79k``,
        ``open_clip:bioclip-2``,
        ``open_clip:project-oceania/CLIP-ViT-B-16.openai-pt.planktonzilla-pt``
        (see `kgconcepts.embedding.openclip.OpenClipEncoder`).
    cache : path-like, optional
        A file that vectors are kept in, so that no text is encoded twice.
    progress : callable, optional
        Is given numbers of texts as they are done; they sum up to all texts.

    Raises
    ------
    SourceError
        If the model is there and cannot be used.
    TextError
        If there is no such model, or the hub is not to be reached.
    MissingExtraError
        If a library is not installed.

    Examples
    --------
    >>> encoder("tfidf")
    Traceback (most recent call last):
        ...
    kgconcepts.errors.TextError: tfidf: is made from texts; call TfidfEncoder.of(texts)
    """
    if name.casefold() == "tfidf":
        raise TextError(f"{name}: is made from texts; call TfidfEncoder.of(texts)")
    made: Encoder
    if name.startswith(_IMAGE_TEXT):
        from kgconcepts.embedding.openclip import (  # noqa: PLC0415 (of which one is needed)
            OpenClipEncoder,
        )

        made = OpenClipEncoder.named(name.removeprefix(_IMAGE_TEXT), progress=progress)
    else:
        from kgconcepts.embedding.sentence import (  # noqa: PLC0415 (of which one is needed)
            SentenceEncoder,
        )

        made = SentenceEncoder(name, progress=progress)
    if cache is None:
        return made
    from kgconcepts.embedding.vector_cache import (  # noqa: PLC0415 (it builds on this module)
        CachedEncoder,
        VectorCache,
    )

    return CachedEncoder(made, VectorCache(cache), progress=progress)


def distinct(texts: Sequence[str]) -> dict[str, str]:
    """Return texts as they are encoded, by the texts as given; those without content left out.

    They come longest first and then by the alphabet: neighbours are of about one length, which
    saves padding, and which texts are encoded together does not hang on the order given.

    Raises
    ------
    TextError
        If it is one text, which is a sequence too: of its letters.

    Examples
    --------
    >>> distinct(["zoea", "nauplius", "", "zoea"])
    {'nauplius': 'nauplius', 'zoea': 'zoea'}
    """
    if isinstance(texts, str):
        raise TextError(f"{one_line(texts[:40])!r}: is one text; give a list of texts")
    once = {text: plain(text) for text in dict.fromkeys(texts) if text.strip()}
    return dict(sorted(once.items(), key=lambda item: (-len(item[1]), item[1], item[0])))


def by_distinct(
    texts: Sequence[str],
    units: int,
    rows: Callable[[list[str]], Vectors],
    batch_size: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Vectors:
    """Encode every distinct text once, in batches, and give each text its row.

    Parameters
    ----------
    texts : sequence of str, n
    units : int
        m, for texts that have no content at all.
    rows : callable
        list of texts → (len, m)
    batch_size : int, optional
        Texts that are encoded together; all of them where not given.
    progress : callable, optional
        Is given numbers of texts as they are done; they sum up to n.
    """
    once = distinct(texts)
    encoded = list(dict.fromkeys(once.values()))
    tell = progress or (lambda _done: None)
    size = batch_size or max(len(encoded), 1)
    found = []
    for start in range(0, len(encoded), size):
        found.append(rows(encoded[start : start + size]))
        tell(len(encoded[start : start + size]))
    if len(texts) > len(encoded):
        tell(len(texts) - len(encoded))
    row = {text: k for k, text in enumerate(encoded)}
    nothing = np.zeros((1, found[0].shape[1] if found else units), dtype=np.float32)
    chosen = [row[once[text]] if text in once else -1 for text in texts]  # the last is nothing
    return np.concatenate([*found, nothing])[chosen]


def unit(rows: npt.NDArray[np.floating], name: str) -> Vectors:
    """Return rows of unit length; zeros stay zeros.

    Raises
    ------
    SourceError
        If a number is not finite.
    """
    if not np.isfinite(rows).all():
        raise SourceError(f"{name}: gives vectors that are not finite; use another model")
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def account(error: Exception) -> str:
    """Return what a library says of its error, as one short line."""
    return one_line(str(error))[:200] or type(error).__name__
