"""What was fetched from Wikipedia and Wikidata, kept in a SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from kgconcepts.database import connected
from kgconcepts.errors import OutputError, SourceError
from kgconcepts.text.page import Asked, Page

__all__ = ["Cache", "Section"]

_OURS = 0x6B67_7770  # 'kgwp', in the file's header
_VERSION = 1
_SOME = 500  # values in one question
_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    language TEXT, title TEXT, page INTEGER, redirected INTEGER, fragment TEXT, accessed TEXT,
    PRIMARY KEY (language, title)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (
    language TEXT, id INTEGER, revision INTEGER, content TEXT, PRIMARY KEY (language, id));
CREATE TABLE IF NOT EXISTS article (
    language TEXT, id INTEGER, revision INTEGER, accessed TEXT, sections TEXT,
    PRIMARY KEY (language, id));
CREATE TABLE IF NOT EXISTS entity (
    key TEXT, language TEXT, item TEXT, title TEXT, accessed TEXT, PRIMARY KEY (key, language));
"""

Section = tuple[str, str]  # the headings that lead to it, and its text


class Cache:
    """Articles by title, and what Wikidata says of identifiers.

    Everything that comes with one answer is written in one transaction, so that a process may be
    killed at any moment; several processes may use one file at once.

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

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._db.close()

    def asked(self, language: str, titles: Iterable[str]) -> dict[str, Asked]:
        """Return what is known of titles; those never asked for are left out."""
        return {
            title: Asked(page, bool(redirected), fragment)
            for title, page, redirected, fragment in self._chosen(
                "SELECT title, page, redirected, fragment FROM asked WHERE language = ? AND title",
                language,
                titles,
            )
        }

    def pages(self, language: str, ids: Iterable[int]) -> dict[int, Page]:
        """Return articles by id."""
        found = self._chosen(
            "SELECT id, content FROM page WHERE language = ? AND id", language, ids
        )
        read = ((id_, json.loads(content)) for id_, content in found)
        return {
            id_: Page(**{**said, "categories": tuple(said["categories"])}) for id_, said in read
        }

    def keep(self, language: str, asked: Mapping[str, Asked], pages: Mapping[int, Page]) -> None:
        """Keep what a batch of titles led to."""
        now = _now()
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (language, title, to.page, to.redirected, to.fragment, now)
                    for title, to in asked.items()
                ],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)",
                [
                    (language, id_, page.revision, json.dumps(asdict(page)))
                    for id_, page in pages.items()
                ],
            )

    def forget_unasked(self) -> None:
        """Forget articles that no title leads to any more."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM page WHERE NOT EXISTS (SELECT 1 FROM asked WHERE "
                "asked.language = page.language AND asked.page = page.id)"
            )

    def forget(self, language: str, ids: Iterable[int]) -> None:
        """Forget articles that are gone."""
        gone = [(language, id_) for id_ in ids]
        with self._transaction():
            self._db.executemany("DELETE FROM page WHERE language = ? AND id = ?", gone)
            self._db.executemany("DELETE FROM article WHERE language = ? AND id = ?", gone)

    def revisions(self) -> dict[str, dict[int, int]]:
        """Return the revision of every article, by language and id."""
        found: dict[str, dict[int, int]] = {}
        for language, id_, revision in self._rows("SELECT language, id, revision FROM page"):
            found.setdefault(language, {})[id_] = revision
        return found

    def titles(self, language: str, ids: Iterable[int]) -> list[str]:
        """Return the titles that led to these articles."""
        found = self._chosen("SELECT title FROM asked WHERE language = ? AND page", language, ids)
        return [title for (title,) in found]

    def doubtful(self) -> dict[str, list[str]]:
        """Return the titles that led to no article, or by a redirect, by language."""
        found: dict[str, list[str]] = {}
        doubtful = "SELECT language, title FROM asked WHERE page = 0 OR redirected"
        for language, title in self._rows(doubtful):
            found.setdefault(language, []).append(title)
        return found

    def sections(self, language: str, page: int) -> tuple[int, str, tuple[Section, ...]] | None:
        """Return revision, date and sections of a whole article, if it was fetched."""
        select = "SELECT revision, accessed, sections FROM article WHERE language = ? AND id = ?"
        row = next(self._rows(select, language, page), None)
        if row is None:
            return None
        revision, accessed, content = row
        return revision, accessed, tuple((heading, text) for heading, text in json.loads(content))

    def keep_sections(
        self, language: str, page: int, revision: int, sections: Iterable[Section]
    ) -> None:
        """Keep the sections of a whole article."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?)",
                (language, page, revision, _now(), json.dumps(list(sections))),
            )

    def keys(self) -> dict[str, list[str]]:
        """Return the identifiers that were asked for, by language."""
        found: dict[str, list[str]] = {}
        for language, key in self._rows("SELECT language, key FROM entity"):
            found.setdefault(language, []).append(key)
        return found

    def entities(self, language: str, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return item and title of identifiers; those never asked for are left out."""
        found = self._chosen(
            "SELECT key, item, title FROM entity WHERE language = ? AND key", language, keys
        )
        return {key: (item, title) for key, item, title in found}

    def keep_entities(self, language: str, found: Mapping[str, tuple[str, str]]) -> None:
        """Keep item and title of identifiers; empty where Wikidata has none."""
        now = _now()
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?)",
                [(key, language, item, title, now) for key, (item, title) in found.items()],
            )

    def _chosen(self, select: str, language: str, values: Iterable[Any]) -> Iterator[Any]:
        """Give the rows of any number of values."""
        rest = list(dict.fromkeys(values))
        for start in range(0, len(rest), _SOME):
            some = rest[start : start + _SOME]
            marks = ", ".join("?" * len(some))
            yield from self._rows(f"{select} IN ({marks})", language, *some)

    def _rows(self, select: str, *values: Any) -> Iterator[Any]:
        try:
            yield from self._db.execute(select, values)
        except sqlite3.Error as error:
            raise SourceError(
                f"{self.path}: cannot be read ({error}); remove it, and fetch again"
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all of it or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutputError(
                f"{self.path}: cannot be written to ({error}); free it, or name another file"
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
