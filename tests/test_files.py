"""Files are read whole or refused by name, and written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from kgconcepts.errors import OutputError, SourceError, UnreadableImageError
from kgconcepts.files import read_text, replacing, sha256


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "taxa.tsv"
    path.write_bytes(b"\xef\xbb\xbfid\r\n" * 100_000)
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_text_comes_without_a_byte_order_mark(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "taxa.tsv"
    path.write_bytes(start + "Bacillariophyceae – diatomées".encode())
    assert read_text(path) == "Bacillariophyceae – diatomées"


@pytest.mark.parametrize("content", ["diatomées".encode("latin-1"), "diatom".encode("utf-16")])
def test_text_that_is_not_utf_8_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "taxa.tsv"
    path.write_bytes(b"genus\t" + content)
    with pytest.raises(SourceError, match=r"taxa.tsv: byte \d+ is not UTF-8; save") as caught:
        read_text(path)
    place = int(str(caught.value).split("byte ")[1].split()[0])
    path.read_bytes()[:place].decode()  # all before it is good


@pytest.mark.parametrize("read", [sha256, read_text])
@pytest.mark.parametrize("name", ["missing.tsv", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, read: object, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(SourceError, match="cannot be read") as caught:
        read(path)  # type: ignore[operator]
    assert str(caught.value).startswith(f"{path}: ")
    assert "None" not in str(caught.value)


def test_a_file_is_put_in_place_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "results" / "run 1" / "plankton.json"
    with replacing(path) as temporary:
        temporary.write_text("{}")
        assert not path.exists()
    assert path.read_text() == "{}"
    assert [p.name for p in path.parent.iterdir()] == ["plankton.json"]


def test_a_file_may_be_read_by_those_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.json") as temporary:
            temporary.write_text("{}")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_where_writing_fails_the_old_file_stays(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "plankton.json"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["plankton.json"]


def test_a_full_disk_is_an_output_error_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plankton.json"

    def fail() -> None:
        with replacing(path):
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_ours_while_writing_keeps_its_own_message(tmp_path: Path) -> None:
    def fail() -> None:
        with replacing(tmp_path / "report.html"):
            raise UnreadableImageError("row 3: is not there; bring the file")

    with pytest.raises(UnreadableImageError, match="row 3: is not there"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with (
        pytest.raises(OutputError, match="choose a place that you may write to"),
        replacing(tmp_path / "results" / "plankton.json"),
    ):
        pass


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "plankton.json" / "inside").mkdir(parents=True)
    with (
        pytest.raises(OutputError, match=r"plankton.json: cannot be written"),
        replacing(tmp_path / "plankton.json") as temporary,
    ):
        temporary.write_text("{}")
    assert [p.name for p in tmp_path.iterdir()] == ["plankton.json"]
