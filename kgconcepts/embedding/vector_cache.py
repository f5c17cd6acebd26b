"""Vectors that were computed once, kept in a SQLite file."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from kgconcepts.database import connected
from kgconcepts.embedding.encoder import Encoder, Vectors, distinct
from kgconcepts.errors import OutputError, SourceError

__all__ = ["CachedEncoder", "VectorCache"]

_OURS = 0x6B67_7663  # 'kgvc', in the file's header
_VERSION = 1
_SOME = 500  # values in one question
_TOLERANCE = 1e-3  # of a row's length, which is 1 or 0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS model (
    sha256 BLOB PRIMARY KEY, name TEXT, version TEXT, units INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vector (
    model BLOB, text BLOB, vector BLOB, PRIMARY KEY (model, text));
"""


class VectorCache:
    """Vectors by what the model and the text hash to (SHA-256), as little-endian float32.

    A portion of vectors is written in one transaction, so that a process may be killed at any
    moment; several processes may use one file at once.

    Parameters
    ----------
    path : path-like
        Is made where it is not there.

    Raises
    ------
    SourceError
        If the file is none of ours, of a later version, or cannot be written to.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._db = connected(self.path, _OURS, _VERSION, _SCHEMA)

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def vectors(self, model: str, texts: Iterable[str]) -> dict[str, Vectors]:
        """Return what is known of texts; what cannot be a vector of this model is left out.

        Parameters
        ----------
        model : str
            The encoder's hash.
        texts : iterable of str

        Returns
        -------
        vectors : dict of text → float32 array of shape (m,)
        """
        key = bytes.fromhex(model)
        units = next(self._rows("SELECT units FROM model WHERE sha256 = ?", key), (0,))[0]
        if not isinstance(units, int) or units < 1:
            return {}
        wanted = {_key(text): text for text in texts}
        found: dict[str, Vectors] = {}
        for text, blob in self._chosen(key, list(wanted)):
            if isinstance(blob, bytes) and len(blob) == 4 * units:
                vector = np.frombuffer(blob, dtype="<f4").astype(np.float32)
                # a comparison with what is not finite is false
                length = float(np.linalg.norm(vector.astype(np.float64)))
                if length == 0 or abs(length - 1) < _TOLERANCE:
                    found[wanted[text]] = vector
        return found

    def keep(self, encoder: Encoder, vectors: Mapping[str, Vectors]) -> None:
        """Keep vectors of texts, all of them or none.

        Raises
        ------
        OutputError
            If the file cannot be written to.
        """
        key = bytes.fromhex(encoder.sha256)
        units = {len(vector) for vector in vectors.values()}
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?)",
                [(key, encoder.name, encoder.version, m) for m in units],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)",
                [(key, _key(text), row.astype("<f4").tobytes()) for text, row in vectors.items()],
            )

    def _chosen(self, model: bytes, keys: Sequence[bytes]) -> Iterator[tuple[bytes, object]]:
        for start in range(0, len(keys), _SOME):
            some = keys[start : start + _SOME]
            marks = ", ".join("?" * len(some))
            select = f"SELECT text, vector FROM vector WHERE model = ? AND text IN ({marks})"  # noqa: S608 (marks only)
            yield from self._rows(select, model, *some)

    def _rows(self, select: str, *values: bytes) -> Iterator[tuple[bytes, object]]:
        try:
            yield from self._db.execute(select, values)
        except sqlite3.Error as error:
            raise SourceError(
                f"{self.path}: cannot be read ({error}); remove it, and encode again"
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all of it or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise OutputError(
                f"{self.path}: cannot be written to ({error}); free it, or name another file"
            ) from error


class CachedEncoder:
    """An encoder that encodes no text twice.

    Parameters
    ----------
    encoder : Encoder
    cache : VectorCache
    progress : callable, optional
        Is given numbers of texts that need no encoding; `encoder` tells of the others itself.
    portion : int
        Texts that are encoded, and then kept, at a time: what a process that is killed loses.
    """

    def __init__(
        self,
        encoder: Encoder,
        cache: VectorCache,
        *,
        progress: Callable[[int], None] | None = None,
        portion: int = 2_048,
    ) -> None:
        self.encoder = encoder
        self.cache = cache
        self.name = encoder.name
        self.version = encoder.version
        self.captions = bool(getattr(encoder, "captions", False))
        self._progress = progress or (lambda _done: None)
        self._portion = portion

    def __repr__(self) -> str:
        return f"<CachedEncoder: {self.encoder!r}, {self.cache.path}>"

    @property
    def sha256(self) -> str:
        """The hash of the encoder itself."""
        return self.encoder.sha256

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a row of unit length for each text, and keep those that were not known.

        Returns
        -------
        vectors : float32 array of shape (n, m)

        Raises
        ------
        SourceError, OutputError
            If the cache cannot be read or written to.
        """
        once = distinct(texts)
        encoded = list(dict.fromkeys(once.values()))
        rows = self.cache.vectors(self.sha256, encoded) if encoded else {}
        new = [text for text in encoded if text not in rows]
        self._progress(len(texts) - len(new))
        for start in range(0, len(new), self._portion):
            some = new[start : start + self._portion]
            portion = dict(zip(some, self.encoder.encode(some), strict=True))
            self.cache.keep(self.encoder, portion)
            rows |= portion
        if not rows:
            return np.zeros((len(texts), self.encoder.encode([]).shape[1]), dtype=np.float32)
        nothing = np.zeros_like(next(iter(rows.values())))
        return np.stack([rows[once[text]] if text in once else nothing for text in texts])


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
