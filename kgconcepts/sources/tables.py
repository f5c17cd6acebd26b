"""Tables of text: CSV and TSV with a header, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.sources.document import Document, within

__all__ = ["Row", "columns_of", "frame", "header", "rows"]


_LONGEST_HEADER = 2**15


class Row(NamedTuple):
    """A row of a table and where it stands, ``file, line 12``, for messages."""

    where: str
    cells: dict[str, str]


def header(head: str) -> list[str]:
    """Return the column names of a table that begins like this."""
    line = head[:_LONGEST_HEADER].split("\n", 1)[0].rstrip("\r")
    return next(csv.reader([line], delimiter=_delimiter(line)), [])


def columns_of(document: Document, name: str) -> list[str]:
    """Return the columns of a folder's table without reading it: it may be large."""
    with (document.path / name).open("rb") as file:
        return header(file.read(2**15).decode("utf-8-sig", errors="replace"))


def frame(
    document: Document,
    *,
    separator: str = "",
    has_header: bool = True,
    quote: str | None = '"',
    skip: int = 0,
) -> pl.DataFrame:
    """Read a large table whole: all columns are text, blanks around cells gone, empty cells ``""``.

    Parameters
    ----------
    document : Document
    separator : str
        Guessed from the first line where it is not given.
    has_header : bool, default True
        Otherwise columns are called ``column_1``, ``column_2``…
    quote : str, optional
        What encloses cells that hold separators; None where nothing does.
    skip : int, default 0
        Lines before the header or the first row.

    Raises
    ------
    SourceError
        If rows have more cells than the header, or a line is too long to be a row.
    """
    within(document)
    try:
        table = pl.read_csv(
            document.path,
            separator=separator or _delimiter(document.head.split("\n", 1)[0]),
            has_header=has_header,
            quote_char=quote,
            skip_rows=skip,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        account = str(error).splitlines()[0][:200]
        raise SourceError(
            f"{document.where}: is no table whose rows are alike: {account}"
        ) from error
    return table.select(pl.all().fill_null("").str.strip_chars())


def rows(document: Document, columns: Iterable[str]) -> Iterator[Row]:
    """Read a small table row by row, so that what is wrong has its line.

    Raises
    ------
    SourceError
        If it lacks one of `columns`, has no row, or a row has more or fewer cells than the header.
    """
    within(document)
    where = document.where
    with document.path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter=_delimiter(document.head.split("\n", 1)[0]))
        empty = True
        try:
            names = next(reader, [])
            missing = [column for column in columns if column not in names]
            if missing:
                raise SourceError(
                    f"{where}, line 1: no column {', '.join(missing)} among "
                    f"{', '.join(names) or 'none'}; add it to the header"
                )
            for cells in reader:
                place = f"{where}, line {reader.line_num}"
                if cells and len(cells) != len(names):
                    raise SourceError(f"{place}: {len(cells)} cells; expected {len(names)}")
                if cells:
                    empty = False
                    stripped = (cell.strip() for cell in cells)
                    yield Row(place, dict(zip(names, stripped, strict=True)))
            if empty:
                raise SourceError(f"{where}: no row below the header; add one")
        except csv.Error as error:
            raise SourceError(f"{where}, line {reader.line_num}: {error}") from error


def _delimiter(line: str) -> str:
    return "\t" if "\t" in line else ";" if ";" in line and "," not in line else ","
