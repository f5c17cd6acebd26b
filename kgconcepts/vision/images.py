"""Collections of images: a folder a class, or a table of files and labels."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import MissingExtraError, SourceError, UnreadableImageError
from kgconcepts.files import sha256
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ImageCollection", "read_folder", "read_table"]

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
MAX_PIXELS = 80_000_000  # Pillow warns of more


@dataclass(frozen=True)
class ImageCollection:
    """Images, in order, with their labels.

    Parameters
    ----------
    files : tuple of str
        Their names, relative to `root`.
    labels : tuple of str or None
        One each; None where there is none.
    root : path or None
        The folder, or tar file, that holds them; None where only names are known.
    rows : int array
        Where in the table or folder each stands; latents without names are in that order.
    total : int
        How many the table or folder holds, those left out included.
    """

    files: tuple[str, ...]
    labels: tuple[str | None, ...]
    root: Path | None
    rows: npt.NDArray[np.intp]
    total: int

    def __len__(self) -> int:
        return len(self.files)

    @property
    def counts(self) -> Counter[str]:
        """How many images each label has."""
        return Counter(label for label in self.labels if label is not None)

    @cached_property
    def content(self) -> str:
        """Hash of the names and the images' bytes."""
        digest = hashlib.sha256("\n".join(self.files).encode())
        if self.root is not None and self.root.is_file():
            digest.update(sha256(self.root).encode())
        elif self.root is not None:
            for image in range(len(self)):
                digest.update(self._read(image))
        return digest.hexdigest()

    def open(self, image: int) -> Image.Image:
        """Open an image, grey or in colour as it is.

        Raises
        ------
        UnreadableImageError
            If it is not there or no image; the message names it.
        """
        try:
            from PIL import Image  # noqa: PLC0415 (comes with an extra)
        except ImportError as error:
            raise MissingExtraError("pillow", "vision") from error
        try:
            opened = Image.open(io.BytesIO(self._read(image)))
            if opened.width * opened.height > MAX_PIXELS:
                raise UnreadableImageError(
                    f"{self._where(image)}: {opened.width} × {opened.height} pixels; expected at "
                    f"most {MAX_PIXELS}; crop it to the organism"
                )
            opened.load()
        except UnreadableImageError:
            raise
        except Exception as error:  # Pillow's decoders raise nearly anything on broken files
            raise UnreadableImageError(
                f"{self._where(image)}: does not open as an image ({error}); "
                "replace it or take it out of the table"
            ) from error
        return opened

    def _where(self, image: int) -> str:
        return f"{self.root}: image {self.files[image]} (row {self.rows[image] + 1})"

    def _read(self, image: int) -> bytes:
        name = self.files[image]
        if self.root is None:
            raise UnreadableImageError(f"{name}: no folder of images is known; give one")
        try:
            if self._members is not None:
                with self.root.open("rb") as file:
                    start, size = self._members[name]
                    file.seek(start)
                    return file.read(size)
            path = (self.root / name).resolve()
            if not path.is_relative_to(self.root.resolve()):
                raise UnreadableImageError(
                    f"{self._where(image)}: lies outside the folder; name files inside it"
                )
            return path.read_bytes()
        except (KeyError, OSError) as error:
            if isinstance(error, UnreadableImageError):
                raise
            raise UnreadableImageError(
                f"{self._where(image)}: is not there; correct the name or bring the file"
            ) from error

    @cached_property
    def _members(self) -> dict[str, tuple[int, int]] | None:
        """Offset and size of the files in a tar, which is read in place and never unpacked."""
        if self.root is None or not self.root.is_file():
            return None
        try:
            with tarfile.open(self.root, "r:") as tar:
                return {
                    m.name.removeprefix("./"): (m.offset_data, m.size) for m in tar if m.isreg()
                }
        except tarfile.TarError as error:
            raise SourceError(
                f"{self.root}: is no uncompressed tar file ({error}); give a folder or such a file"
            ) from error


def read_folder(root: Path) -> ImageCollection:
    """Take a folder's images; the folder that an image lies in is its label.

    Raises
    ------
    SourceError
        If there are none.
    """
    if not root.is_dir():
        raise SourceError(f"{root}: is no folder; give the folder that holds a folder a class")
    paths = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not paths:
        raise SourceError(f"{root}: holds no images ({', '.join(sorted(SUFFIXES))})")
    files = tuple(p.relative_to(root).as_posix() for p in paths)
    labels = tuple(p.parent.name if p.parent != root else None for p in paths)
    return ImageCollection(files, labels, root, np.arange(len(files)), len(files))


def read_table(path: Path, root: Path | None, where: dict[str, str]) -> ImageCollection:
    """Read a table with columns ``file`` and ``label``; an empty label is none.

    Parameters
    ----------
    path : path
        CSV or TSV.
    root : path or None
        The folder or the (uncompressed) tar file that the files are in.
    where : dict
        Values that other columns must have for an image to be taken, as ``{"split": "dev"}``.

    Raises
    ------
    SourceError
        If the table is malformed, names a file twice, or none is left.
    """
    files: dict[str, str | None] = {}
    kept: list[int] = []
    total = 0
    with opened(path) as document:
        rows = list(tables.rows(document, ("file", "label", *where)))
    for total, row in enumerate(rows, start=1):
        if all(row.cells[column] == value for column, value in where.items()):
            if row.cells["file"] in files:
                raise SourceError(f"{row.where}: {row.cells['file']} is given twice; keep one row")
            files[row.cells["file"]] = row.cells["label"] or None
            kept.append(total - 1)
    if not files:
        raise SourceError(f"{path}: no image with {where or 'a file name'}; check the table")
    if root is not None and not root.exists():
        raise SourceError(f"{root}: is not there; give the folder or tar file of the images")
    images = ImageCollection(tuple(files), tuple(files.values()), root, np.array(kept), total)
    images._members  # a tar that is none is said at once  # noqa: B018
    return images
