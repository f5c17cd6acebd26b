"""Tables of text: CSV and TSV with a header, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kgconcepts.errors import SourceError
from kgconcepts.files import read_text

__all__ = ["Row", "header", "rows"]


class Row(NamedTuple):
    """A row of a table and where it stands, ``file, line 12``, for messages."""

    where: str
    cells: dict[str, str]


def header(head: str) -> list[str]:
    """Return the column names of a table that begins like this."""
    line = head.split("\n", 1)[0].rstrip("\r")
    return next(csv.reader([line], delimiter=_delimiter(line)), [])


def rows(path: Path, columns: Iterable[str]) -> Iterator[Row]:
    """Read a table's rows.

    Raises
    ------
    SourceError
        If it lacks one of `columns`, has no row, or a row has more or fewer cells than the header.
    """
    text = read_text(path)
    lines = io.StringIO(text, newline="")  # str.splitlines would end lines at U+2028 and the like
    reader = csv.reader(lines, delimiter=_delimiter(text.split("\n", 1)[0]))
    empty = True
    try:
        names = next(reader, [])
        missing = [column for column in columns if column not in names]
        if missing:
            raise SourceError(
                f"{path}, line 1: no column {', '.join(missing)} among {', '.join(names) or 'none'}"
                "; add it to the header"
            )
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if cells and len(cells) != len(names):
                raise SourceError(f"{where}: {len(cells)} cells; expected {len(names)}")
            if cells:
                empty = False
                yield Row(where, dict(zip(names, (cell.strip() for cell in cells), strict=True)))
        if empty:
            raise SourceError(f"{path}: no row below the header; add one")
    except csv.Error as error:
        raise SourceError(f"{path}, line {reader.line_num}: {error}") from error


def _delimiter(line: str) -> str:
    return "\t" if "\t" in line else ";" if ";" in line and "," not in line else ","
