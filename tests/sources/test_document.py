"""Files are unpacked within bounds, read nowhere else, and found to be text."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.sources import document
from kgconcepts.sources.document import opened, within


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../out.ttl", "a/../../out.ttl", "/srv/out.ttl", "..\\out.ttl"])
def test_an_archive_that_would_write_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", **{name: "x"})
    before = set(tmp_path.parent.rglob("out.ttl"))
    with pytest.raises(SourceError, match="lies outside the archive"), opened(path):
        pass
    assert set(tmp_path.parent.rglob("out.ttl")) == before


def test_an_archive_that_states_more_than_can_be_read_is_refused_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", big="x" * 100, small="y")
    content = bytearray(path.read_bytes())
    for name, size in ((b"big", 0xFFFFFFF0), (b"small", 0xFFFFFFF0)):
        entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
        content[entry + 24 : entry + 28] = struct.pack("<I", size)
    path.write_bytes(content)
    with (
        pytest.raises(SourceError, match=r"unpacks to 8,589,934,560 bytes; .* at most"),
        opened(path),
    ):
        pass


def test_what_unpacks_to_more_than_it_states_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "MOST_BYTES", 2**20)
    for path, content in (
        (tmp_path / "a.gz", gzip.compress(b"x" * 2**22)),
        (tmp_path / "plain", b"x" * 2**21),
    ):
        path.write_bytes(content)
        with (
            pytest.raises(SourceError, match=r"can be read; expected 1,048,576 bytes"),
            opened(path),
        ):
            pass
    with pytest.raises(SourceError, match="can be read"), opened(io.BytesIO(b"x" * 2**21)):
        pass
    with (
        pytest.raises(SourceError, match="unpacks to"),
        opened(zipped(tmp_path / "a.zip", one="x" * 2**19, two="x" * 2**20)),
    ):
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"x" * 10_000)[:-20], "is no whole gzip file"),
        (b"\x1f\x8b nothing", "is no whole gzip file"),
        (b"PK\x03\x04 nothing", "is no zip archive that can be unpacked"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.owl.gz"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message), opened(path):
        pass


@pytest.mark.parametrize("members", [["a", "a/b"], ["n" * 300, "b"]], ids=["clash", "long name"])
def test_an_archive_that_no_disk_can_hold_is_refused(tmp_path: Path, members: list[str]) -> None:
    path = zipped(tmp_path / "a.zip", **dict.fromkeys(members, "x"))
    with pytest.raises(SourceError, match="is no zip archive that can be unpacked"), opened(path):
        pass


def test_an_archive_of_very_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_MOST_MEMBERS", 3)
    path = zipped(tmp_path / "a.zip", a="", b="", c="", d="")
    with pytest.raises(SourceError, match="holds 4 files; expected 3 at most"), opened(path):
        pass


def test_an_archive_of_several_files_is_a_folder(tmp_path: Path) -> None:
    with opened(zipped(tmp_path / "a.zip", **{"top/b.csv": "b", "top/a.csv": "a"})) as found:
        assert found.members == ("a.csv", "b.csv")
        member = found.member("a.csv")
        assert member.head == "a"
        assert member.sha256 == hashlib.sha256(b"a").hexdigest()
        unpacked = found.path
        with pytest.raises(SourceError, match=r"holds no file 'c.csv'"):
            found.member("c.csv")
    assert not unpacked.exists()


def test_a_folder_is_known_by_its_names_and_contents(tmp_path: Path) -> None:
    def sha256() -> str:
        with opened(tmp_path) as found:
            return found.sha256

    (tmp_path / "a").write_text("one")
    first = sha256()
    assert sha256() == first
    (tmp_path / "a").write_text("two")
    second = sha256()
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, sha256()}) == 3


def test_the_line_of_what_is_not_utf_8_is_named_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_BLOCK", 7)
    path = tmp_path / "a.csv"
    for lines in range(30):
        path.write_bytes("é\n".encode() * lines + b"a\xffb\n")
        with (
            pytest.raises(SourceError, match=rf"line {lines + 1}: 0xff is not UTF-8"),
            opened(path),
        ):
            pass


def test_a_line_without_end_is_measured_and_refused_where_lines_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_BLOCK", 1000)
    path = tmp_path / "a.csv"
    for before, after in (("", ""), ("a\n", "\nb"), ("", "\nb\nc\n")):
        path.write_text(before + "x" * 9_999 + after)
        with opened(path) as found:
            assert found.longest_line == 9_999
            within(found, 10_000)
            with pytest.raises(SourceError, match="a line of 9,999 bytes; expected 9,998 at most"):
                within(found, 9_998)


def test_the_same_content_is_the_same_source_however_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<http://x.org/a> a <http://www.w3.org/2002/07/owl#Class> .")
    with opened(path) as found, path.open("rb") as file, opened(file) as again:
        assert found.source == again.source
    assert kg.read(path).sources["a.ttl"].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
