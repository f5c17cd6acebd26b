"""The cache keeps what was fetched, whole, for several processes, and touches nothing of others."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kgconcepts.errors import SourceError
from kgconcepts.text.cache import Cache
from kgconcepts.text.page import Asked, Page

PAGE = Page(
    "en",
    7,
    3,
    "Copepod",
    "https://a.example/Copepod",
    "Small.",
    "Q1",
    True,
    ("A", "B"),
    {"sv": "H"},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "wiki.sqlite"


def test_what_is_kept_comes_back(path: Path) -> None:
    asked = {"Copepoda": Asked(7, True, "Anatomy"), "Nix": Asked(0)}
    with Cache(path) as cache:
        cache.keep("en", asked, {7: PAGE})
        cache.keep_sections("en", 7, 3, [("Description", "Small \0 and \u202e odd.")])
        cache.keep_entities("en", {"AphiaID:1080": ("Q1", "Copepod"), "Wikidata:Q9": ("", "")})
    with Cache(path) as cache:
        assert cache.asked("en", ["Copepoda", "Nix", "new"]) == asked
        assert cache.asked("sv", ["Copepoda"]) == {}
        assert cache.pages("en", [7, 8]) == {7: PAGE}
        revision, accessed, sections = cache.sections("en", 7) or (0, "", ())
        assert (revision, sections) == (3, (("Description", "Small \0 and \u202e odd."),))
        assert accessed.endswith("+00:00")
        assert cache.sections("en", 8) is None
        assert cache.entities("en", ["AphiaID:1080", "AphiaID:1"]) == {
            "AphiaID:1080": ("Q1", "Copepod")
        }
        assert cache.revisions() == {"en": {7: 3}}
        assert cache.titles("en", [7]) == ["Copepoda"]
        assert cache.doubtful() == {"en": ["Copepoda", "Nix"]}
        assert cache.keys() == {"en": ["AphiaID:1080", "Wikidata:Q9"]}


def test_a_page_is_there_once_whatever_leads_to_it(path: Path) -> None:
    with Cache(path) as cache:
        for title in ("Copepod", "Copepods", "Copepod"):
            cache.keep("en", {title: Asked(7)}, {7: PAGE})
        assert cache.revisions() == {"en": {7: 3}}


def test_many_titles_are_asked_for_at_once(path: Path) -> None:
    many = {f"Title {number}": Asked(0) for number in range(3_000)}
    with Cache(path) as cache:
        cache.keep("en", many, {})
        assert cache.asked("en", many) == many


def test_a_batch_that_fails_halfway_leaves_nothing(path: Path) -> None:
    with Cache(path) as cache:
        with pytest.raises(AttributeError):
            cache.keep("en", {"A": Asked(1)}, {1: object()})  # type: ignore[dict-item]
        assert cache.asked("en", ["A"]) == {}
        cache.keep("en", {"A": Asked(7)}, {7: PAGE})  # and it can be written to


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough for a header" * 9])
def test_files_of_others_are_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_bytes(content)
    if content:
        with pytest.raises(SourceError, match="cannot be used as cache"):
            Cache(path)
        assert path.read_bytes() == content
    else:
        with Cache(path) as cache:  # an empty file is a new database
            assert cache.doubtful() == {}


def test_databases_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE mine (a)")
    with pytest.raises(SourceError, match="is a database that is not ours"):
        Cache(path)
    before = path.read_bytes()
    with pytest.raises(SourceError, match="name another file"):
        Cache(path)
    assert path.read_bytes() == before


def test_a_later_version_is_refused(path: Path) -> None:
    with Cache(path):
        pass
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 9")
    with pytest.raises(SourceError, match="of version 9, later than 1"):
        Cache(path)


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "wiki.sqlite", tmp_path, "a\0b"):
        with pytest.raises(SourceError, match="name another file"):
            Cache(path)


WRITER = """
import sys
from kgconcepts.text.cache import Cache
from kgconcepts.text.page import Asked, Page
with Cache(sys.argv[1]) as cache:
    for n in range(200):
        id_ = int(sys.argv[2]) * 1000 + n
        cache.keep("en", {f"T{id_}": Asked(id_)}, {id_: Page("en", id_, 1, f"T{id_}", "")})
"""


def test_two_processes_write_at_once(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(k)]) for k in range(2)
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    with Cache(path) as cache:
        assert len(cache.revisions()["en"]) == 400
