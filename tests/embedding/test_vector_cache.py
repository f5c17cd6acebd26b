"""No text is encoded twice, whoever else uses the cache and whatever became of it."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from kgconcepts.embedding.encoder import Encoder, Vectors, by_distinct, unit
from kgconcepts.embedding.vector_cache import CachedEncoder, VectorCache
from kgconcepts.errors import OutputError, SourceError

UNITS = 5
TEXTS = [f"A copepod with {k} setae." for k in range(50)]


class Counting:
    """An encoder that remembers what it was asked, and may fail after some texts."""

    name = "counting"
    version = "1"

    def __init__(self, model: str = "one", fails_after: int = 10**9) -> None:
        self.sha256 = hashlib.sha256(model.encode()).hexdigest()
        self.asked: list[str] = []
        self._fails_after = fails_after

    def encode(self, texts: Sequence[str]) -> Vectors:
        return by_distinct(texts, UNITS, self._rows)

    def _rows(self, texts: list[str]) -> Vectors:
        if len(self.asked) >= self._fails_after:
            raise KeyboardInterrupt
        self.asked += texts
        digests = [hashlib.sha256((self.sha256 + text).encode()).digest() for text in texts]
        return unit(np.array([list(d[:UNITS]) for d in digests], dtype=np.float64), self.name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "vectors.sqlite"


def cached(path: Path, model: str = "one", portion: int = 2_048) -> tuple[CachedEncoder, Counting]:
    counting = Counting(model)
    return CachedEncoder(counting, VectorCache(path), portion=portion), counting


def test_it_is_an_encoder_and_gives_what_the_encoder_gives(path: Path) -> None:
    made: Encoder
    made, counting = cached(path)
    assert (made.name, made.version, made.sha256) == ("counting", "1", counting.sha256)
    texts = [*TEXTS, "", TEXTS[0]]
    found = made.encode(texts)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, counting.encode(texts))


def test_the_second_time_nothing_is_encoded(path: Path) -> None:
    first = cached(path)[0].encode(TEXTS)
    again, counting = cached(path)
    np.testing.assert_array_equal(again.encode(TEXTS[::-1]), first[::-1])
    assert counting.asked == []
    again.encode([*TEXTS, "A zoea."])
    assert counting.asked == ["A zoea."]


def test_no_texts_and_empty_texts(path: Path) -> None:
    made, counting = cached(path)
    assert made.encode([]).shape == (0, UNITS)
    assert made.encode(["", " "]).shape == (2, UNITS)
    assert not made.encode(["", " "]).any()
    assert counting.asked == []


def test_models_do_not_mix(path: Path) -> None:
    one, _ = cached(path)
    other, counting = cached(path, "other")
    one.encode(TEXTS)
    assert not np.allclose(other.encode(TEXTS), one.encode(TEXTS))
    assert len(counting.asked) == len(TEXTS)


def test_what_was_encoded_before_a_kill_is_kept(path: Path) -> None:
    failing = Counting(fails_after=30)
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(failing, VectorCache(path), portion=10).encode(TEXTS)
    made, counting = cached(path)
    made.encode(TEXTS)
    assert len(counting.asked) == len(TEXTS) - 30


def test_progress_is_of_what_needs_no_encoding(path: Path) -> None:
    cached(path)[0].encode(TEXTS[:20])
    done: list[int] = []
    made = CachedEncoder(Counting(), VectorCache(path), progress=done.append)
    made.encode([*TEXTS, "", TEXTS[-1]])
    assert done == [20 + 2]


BROKEN: list[Callable[[bytes], object]] = [
    lambda blob: blob[:-4],
    lambda blob: blob + b"\0\0\0\0",
    lambda _blob: b"",
    lambda _blob: None,
    lambda _blob: "text",
    lambda _blob: 3.5,
    lambda _blob: np.full(UNITS, np.nan, dtype="<f4").tobytes(),
    lambda _blob: np.full(UNITS, np.inf, dtype="<f4").tobytes(),
    lambda _blob: np.full(UNITS, 3e38, dtype="<f4").tobytes(),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_a_vector_is_encoded_again(
    path: Path, broken: Callable[[bytes], object]
) -> None:
    first = cached(path)[0].encode(TEXTS)
    key = hashlib.sha256(TEXTS[3].encode()).digest()
    with closing(sqlite3.connect(path)) as db, db:
        (blob,) = db.execute("SELECT vector FROM vector WHERE text = ?", (key,)).fetchone()
        db.execute("UPDATE vector SET vector = ? WHERE text = ?", (broken(blob), key))
    for encoded in ([TEXTS[3]], []):  # and then it is mended
        again, counting = cached(path)
        np.testing.assert_array_equal(again.encode(TEXTS), first)
        assert counting.asked == encoded


@pytest.mark.parametrize("units", [0, -1, 4, 10**12, "five", None])
def test_a_wrong_number_of_units_is_no_harm(path: Path, units: object) -> None:
    first = cached(path)[0].encode(TEXTS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE model SET units = ?", (units,))
    for encoded in (len(TEXTS), 0):
        again, counting = cached(path)
        np.testing.assert_array_equal(again.encode(TEXTS), first)
        assert len(counting.asked) == encoded


WRITE = """
import sys
sys.path.insert(0, sys.argv[2])
from test_vector_cache import TEXTS, cached
from pathlib import Path

made, counting = cached(Path(sys.argv[1]), portion=1)
made.encode(TEXTS if sys.argv[3] == "up" else TEXTS[:10])
"""


def test_two_processes_at_once(path: Path) -> None:
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(path), here, way], stderr=-1, text=True)
        for way in ("up", "down", "up")
    ]
    assert [process.communicate(timeout=120)[1] for process in processes] == [""] * 3
    made, counting = cached(path)
    np.testing.assert_array_equal(made.encode(TEXTS), Counting().encode(TEXTS))
    assert counting.asked == []


def test_a_database_of_another_kind_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE vector (mine TEXT)")
    before = path.read_bytes()
    with pytest.raises(SourceError, match=r"vectors.sqlite: is a database that is not ours"):
        VectorCache(path)
    assert path.read_bytes() == before


def test_a_cache_of_a_later_version_is_refused(path: Path) -> None:
    VectorCache(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 7")
    with pytest.raises(SourceError, match="of version 7, later than 1"):
        VectorCache(path)


@pytest.mark.parametrize("name", ["text", "folder", "in/text", "a\0b"])
def test_a_place_that_is_no_cache_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text").write_text("no database at all, but as long as a header of one " * 9)
    (tmp_path / "folder").mkdir()
    (tmp_path / "in").write_text("")
    with pytest.raises(SourceError, match="cannot be used as cache") as caught:
        VectorCache(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_cache_that_is_damaged_later_is_told(path: Path) -> None:
    with VectorCache(path) as cache:
        made = CachedEncoder(Counting(), cache)
        made.encode(TEXTS)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TABLE vector")
        with pytest.raises(SourceError, match=r"cannot be read .*; remove it, and encode again"):
            made.encode(TEXTS)
        with pytest.raises(OutputError, match="cannot be written to"):
            cache.keep(Counting(), {"zoea": np.ones(UNITS, dtype=np.float32)})
