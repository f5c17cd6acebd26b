"""What a reader reads: a file or folder, unpacked, hashed, and found to be bearable text."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import hashlib
import lzma
import os
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, TextIO

from kgconcepts.errors import SourceError
from kgconcepts.graph import Source

__all__ = ["LONGEST_LINE", "LONGEST_XML", "MOST_BYTES", "Document", "Readable", "opened", "within"]

Readable = str | os.PathLike[str] | BinaryIO | TextIO

MOST_BYTES = 4 * 2**30  # of a file once it is unpacked; the largest ontologies have 3 GB
LONGEST_LINE = 16 * 2**20  # of a table or an OBO file, in bytes
LONGEST_XML = 2**28  # bytes of a line of XML or JSON, which may well have one alone
_HEAD = 2**16
_BLOCK = 2**22
_SHOWN = 200
_MOST_MEMBERS = 10_000  # of an archive
_MOST_GROWTH = 100  # text grows tenfold when it is unpacked, zeros a thousandfold
_FREE = 2**28  # bytes that may come of however little
_DAMAGED = (  # what zipfile raises on archives that are broken, locked or of names no disk can hold
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError, EOFError, OSError),
)


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes | str: ...


@dataclass(frozen=True)
class Document:
    """A file, or a folder of files that belong together, ready to be read.

    Parameters
    ----------
    where : str
        What the user calls it, for messages.
    path : path
        Where its content lies, unpacked.
    sha256 : str
        Hash of its content, unpacked; of a folder, of its files' names and hashes.
    head : str
        The beginning of a file's text; empty for a folder.
    members : tuple of str
        Names of a folder's files; empty for a file.
    longest_line : int
        Bytes of the file's longest line, where that is longer than some megabytes.
    """

    where: str
    path: Path
    sha256: str
    head: str = ""
    members: tuple[str, ...] = ()
    longest_line: int = 0

    @property
    def name(self) -> str:
        """Its file name; of what comes from elsewhere, its address."""
        if self.where == "-":
            return "standard input"
        return self.where if "://" in self.where else Path(self.where).name or self.where

    @property
    def source(self) -> Source:
        """It as a source of concepts."""
        return Source(self.name, self.sha256)

    def member(self, name: str) -> Document:
        """Open one of a folder's files.

        Raises
        ------
        SourceError
            If there is none of that name, or it is no text.
        """
        if name not in self.members:
            raise SourceError(
                f"{self.where}: holds no file {name!r} among {', '.join(self.members)[:_SHOWN]}"
            )
        return _file(self.path / name, f"{self.where}/{name}")


def within(document: Document, most: int = LONGEST_LINE) -> None:
    """Refuse a file with a line so long that it cannot be what it seems to be.

    Raises
    ------
    SourceError
        If a line has more bytes than `most`.
    """
    if document.longest_line > most:
        raise SourceError(
            f"{document.where}: a line of {document.longest_line:,} bytes; expected {most:,} at "
            "most: break it into several"
        )


@contextlib.contextmanager
def opened(source: Readable, where: str = "") -> Iterator[Document]:
    """Make a file or folder ready to be read; what had to be unpacked is removed afterwards.

    Parameters
    ----------
    source : path-like, open file or ``"-"``
        A file, plain or in gzip or zip; a folder; an open file; standard input.
    where : str, optional
        What the user calls it, if that is not the path.

    Raises
    ------
    SourceError
        If it is not there, is no UTF-8 text, is too large, or is an archive that would write
        outside its folder.
    """
    with contextlib.ExitStack() as stack:

        def room() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kgconcepts-")))

        if isinstance(source, str | os.PathLike) and os.fspath(source) != "-":
            where, path = where or os.fspath(source), Path(source)
        else:
            file = sys.stdin.buffer if isinstance(source, str | os.PathLike) else source
            where = "-" if file is sys.stdin.buffer else str(getattr(file, "name", "an open file"))
            path = room() / "content"
            _copy(file, path, where)
        try:
            document = _unpacked(path, where, room)
        except OSError as error:
            raise SourceError(
                f"{where}: cannot be read ({error.strerror}); check the path"
            ) from error
        except ValueError as error:  # a NUL in the path
            if isinstance(error, SourceError):
                raise
            raise SourceError(f"{where}: cannot be read ({error}); check the path") from error
        yield document


def _unpacked(path: Path, where: str, room: Callable[[], Path]) -> Document:
    if path.is_dir():
        return _folder(path, where)
    if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe is to wait for who writes to it
        raise SourceError(
            f"{where}: is neither a file nor a folder; give - and pipe it in, or save it as a file"
        )
    with path.open("rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        plain = room() / "content"
        try:
            with gzip.open(path) as packed:
                _copy(packed, plain, where, _bearable(path.stat().st_size))
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"{where}: is no whole gzip file: {error}") from error
        return _file(plain, where)
    if magic == b"PK\x03\x04":
        return _zip(path, where, room())
    return _file(path, where)


def _zip(path: Path, where: str, folder: Path) -> Document:
    """Unpack an archive: to its one file, or to a folder of its files."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            for info in infos:
                name = info.filename.replace("\\", "/")
                parts = PurePosixPath(name).parts
                if name.startswith("/") or ".." in parts or ":" in name or "\0" in name:
                    raise SourceError(
                        f"{where}: member {info.filename[:_SHOWN]!r} lies outside the archive; "
                        "such an archive is not unpacked"
                    )
            infos = [i for i in infos if not i.filename.startswith(("__MACOSX/", "."))]
            if len(infos) > _MOST_MEMBERS:
                raise SourceError(
                    f"{where}: holds {len(infos):,} files; expected {_MOST_MEMBERS:,} at most"
                )
            left = _bearable(path.stat().st_size)
            if (total := sum(info.file_size for info in infos)) > left:
                raise SourceError(f"{where}: unpacks to {total:,} bytes; {_limit(left)}")
            # What the archive states may be untrue.
            for info in infos:
                to = folder / info.filename
                to.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as member:
                    left -= _copy(member, to, f"{where}/{info.filename}", left)
    except _DAMAGED as error:
        raise SourceError(f"{where}: is no zip archive that can be unpacked: {error}") from error
    files = [found for found in sorted(folder.rglob("*")) if found.is_file()]
    if len(files) == 1:
        return _file(files[0], where)
    tops = list(folder.iterdir())  # many archives hold one folder, which holds the files
    return _folder(tops[0] if len(tops) == 1 and tops[0].is_dir() else folder, where)


def _folder(path: Path, where: str) -> Document:
    """Describe a folder by its files, not those in folders below."""
    files = sorted(f for f in path.iterdir() if f.is_file() and not f.name.startswith("."))
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest.update(f"{file.name}\0".encode())
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return Document(where, path, digest.hexdigest(), members=tuple(f.name for f in files))


def _file(path: Path, where: str) -> Document:
    """Look once through a file: its hash, whether it is UTF-8, its longest line."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, line, longest, lines, size = b"", 0, 0, 1, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not head:
                head = block[:_HEAD]
                if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise SourceError(f"{where}: is UTF-16; save the file as UTF-8")
                if b"\0" in head:
                    raise SourceError(f"{where}: is no text: it holds a NUL; give a text file")
            size += len(block)
            if size > MOST_BYTES:
                raise SourceError(f"{where}: is larger than can be read; {_limit(MOST_BYTES)}")
            digest.update(block)
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                # The decoder may have kept up to three bytes of the block before.
                line_number = lines + error.object[: error.start].count(b"\n")
                raise SourceError(
                    f"{where}, line {line_number}: {error.object[error.start]:#x} is not UTF-8; "
                    "save the file as UTF-8"
                ) from error
            pieces = block.count(b"\n")
            lines += pieces
            if pieces:
                first, last = block.index(b"\n"), block.rindex(b"\n")
                longest = max(longest, line + first)  # lines within one block are bearable
                line = len(block) - last - 1
            else:
                line += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{where}, line {lines}: ends in the middle of a character; save the file as UTF-8"
        ) from error
    return Document(
        where,
        path,
        digest.hexdigest(),
        head.decode("utf-8-sig", errors="ignore"),
        longest_line=max(longest, line),
    )


def _bearable(packed: int) -> int:
    """Return how many bytes may come of so many packed ones."""
    return min(MOST_BYTES, max(_FREE, _MOST_GROWTH * packed))


def _copy(file: _Stream, to: Path, where: str, most: int | None = None) -> int:
    """Copy what an open file still holds; return its size."""
    size, most = 0, MOST_BYTES if most is None else most
    with to.open("wb") as copy:
        while block := file.read(_BLOCK):
            data = block.encode() if isinstance(block, str) else block
            size += len(data)
            if size > most:
                raise SourceError(f"{where}: unpacks to more than can be read; {_limit(most)}")
            copy.write(data)
    return size


def _limit(most: int) -> str:
    return f"expected {most:,} bytes at most: give a part of it"
