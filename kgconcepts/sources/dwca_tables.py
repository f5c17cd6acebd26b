"""The tables of a Darwin Core Archive, laid out as ``meta.xml`` says.

Source of the format: the Darwin Core text guide, https://dwc.tdwg.org/text/.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import polars as pl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, parse

from kgconcepts.errors import SourceError
from kgconcepts.sources.document import LONGEST_LINE, MOST_BYTES, Document
from kgconcepts.sources.taxa import renamed, simplified

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["META", "Table", "describe", "read_rows", "read_xml"]

META = "meta.xml"
_MOST_XML = 2**24
_MOST_COLUMNS = 10_000
_BATCH = 100_000
_ENCODINGS = {  # codecs by the names that Python gives them
    "utf-8": "utf-8-sig",  # with or without a mark
    "ascii": "utf-8-sig",
    **{name: name for name in ("utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-15")},
    **{name: name for name in ("cp1250", "cp1252", "mac-roman")},
}
_ESCAPES = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\r\n": "\r\n", r"\\": "\\"}


@dataclass(frozen=True)
class Table:
    """A table of an archive, as ``meta.xml`` describes it; `columns` are places by term."""

    where: str
    holds: str
    files: tuple[str, ...]
    encoding: str
    separator: str
    quote: str | None
    skip: int
    columns: Mapping[str, int]
    defaults: Mapping[str, str]


def read_xml(document: Document, name: str) -> Element:
    """Read an XML file of an archive; one with a document type or entities is refused."""
    part = document.member(name)
    if part.path.stat().st_size > _MOST_XML:
        raise SourceError(
            f"{part.where}: larger than {_MOST_XML:,} bytes; it describes tables only"
        )
    try:
        root: Element = parse(part.path, forbid_dtd=True).getroot()
    except ParseError as error:
        raise SourceError(f"{part.where}: malformed XML: {error}; correct it") from error
    except DefusedXmlException as error:
        raise SourceError(
            f"{part.where}: declares a document type or entities ({error}); remove them"
        ) from error
    return root


def describe(element: Element, where: str) -> Table:
    """Take what ``meta.xml`` says of a table; `where` is for messages."""
    holds = re.split("[/#]", element.get("rowType", ""))[-1].lower()
    where = f"{where}, table of {holds or 'no rowType'}"

    def number(text: str, most: int) -> int:
        if not text.isdecimal() or int(text[:9]) > most:
            raise SourceError(f"{where}: {text[:20]!r}; expected a number from 0 to {most:,}")
        return int(text)

    def attribute(name: str, default: str) -> str:
        given = element.get(name, default)
        return _ESCAPES.get(given, given)

    separator, quote = attribute("fieldsTerminatedBy", ","), attribute("fieldsEnclosedBy", '"')
    for text in (separator, quote or '"'):
        if len(text.encode()) != 1:
            raise SourceError(f"{where}: cells end or begin with {text!r}; expected one character")
    encoding = attribute("encoding", "UTF-8")
    try:
        known = codecs.lookup(encoding).name in _ENCODINGS
    except (LookupError, ValueError):
        known = False
    if not known:
        raise SourceError(
            f"{where}: encoding {encoding[:40]!r}; expected one of {', '.join(_ENCODINGS)}"
        )
    columns: dict[str, int] = {}
    defaults: dict[str, str] = {}
    for field in element:
        term = simplified(re.split("[/#]", field.get("term", "id"))[-1])
        if field.get("index") is not None:
            columns.setdefault(term, number(field.get("index", ""), _MOST_COLUMNS))
        if field.get("default"):
            defaults.setdefault(term, field.get("default", ""))
    return Table(
        where,
        holds,
        tuple(
            dict.fromkeys((file.text or "").strip() for file in element.findall(".//{*}location"))
        ),
        encoding,
        separator,
        quote or None,
        number(element.get("ignoreHeaderLines", "0") or "0", 2**20),
        columns,
        defaults,
    )


def read_rows(
    document: Document, tables: Sequence[Table], spellings: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Return the wanted columns of these tables, all of them text, ``""`` where there is none."""
    wanted = {spelling for all_ in spellings.values() for spelling in all_}
    parts = [
        renamed(_cells(document, name, table, wanted), spellings)
        for table in tables
        for name in table.files
    ]
    none = pl.DataFrame(schema=dict.fromkeys(spellings, pl.String))
    return pl.concat([none, *parts], how="diagonal").select(pl.all().fill_null(""))


def _cells(document: Document, name: str, table: Table, wanted: set[str]) -> pl.DataFrame:
    """Read the wanted of the columns; a row may lack its last cells, or have more."""
    path, where = _file(document, name, table)
    columns = {term: k for term, k in table.columns.items() if term in wanted}
    parts = [pl.DataFrame(schema=dict.fromkeys(columns, pl.String))]
    widest = 0
    with path.open(encoding=_ENCODINGS[codecs.lookup(table.encoding).name], newline="") as text:
        rows = csv.reader(
            _lines(text, where, table.skip),
            delimiter=table.separator,
            quotechar=table.quote,
            quoting=csv.QUOTE_MINIMAL if table.quote else csv.QUOTE_NONE,
        )
        try:
            while batch := list(islice(filter(None, rows), _BATCH)):
                widest = max(widest, *map(len, batch))
                cells = {
                    term: [row[k] if k < len(row) else "" for row in batch]
                    for term, k in columns.items()
                }
                parts.append(pl.DataFrame(cells))
        except (UnicodeDecodeError, csv.Error) as error:
            raise SourceError(
                f"{where}, after line {rows.line_num + table.skip}: {error}; "
                f"expected {table.encoding}, fieldsTerminatedBy {table.separator!r} and "
                f"fieldsEnclosedBy {table.quote!r}, as {META} says"
            ) from error
    beyond = [term for term, k in table.columns.items() if k >= widest]
    if widest and beyond:
        raise SourceError(
            f"{table.where}: {beyond[0]} has index {table.columns[beyond[0]]}, but the rows of "
            f"{where} have {widest} columns; correct the index or fieldsTerminatedBy"
        )
    found = pl.concat(parts).select(pl.all().str.strip_chars())
    for term, default in table.defaults.items():
        own = pl.col(term) if term in found.columns else pl.lit("")
        found = found.with_columns(
            pl.when(own == "").then(pl.lit(default)).otherwise(own).alias(term)
        )
    return found


def _file(document: Document, name: str, table: Table) -> tuple[Path, str]:
    """Return where a file of the archive lies, and its name for messages."""
    local = name.removeprefix("./")
    where = f"{document.where}/{local}"
    if "/" in local or "\\" in local or ":" in local or local == "..":
        raise SourceError(
            f"{table.where}: location {name[:100]!r} leads out of the folder; expected the name of "
            f"a file beside {META}"
        )
    if local not in document.members:
        raise SourceError(
            f"{table.where}: there is no file {local[:100]!r} beside {META}; add it, or correct "
            "its location"
        )
    path = document.path / local
    if path.stat().st_size > MOST_BYTES:
        raise SourceError(f"{where}: larger than {MOST_BYTES:,} bytes; give a part of it")
    return path, where


def _lines(text: TextIO, where: str, skip: int) -> Iterator[str]:
    """Give the lines after the header, none of them longer than is bearable."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise SourceError(
                f"{where}, line {number}: longer than {LONGEST_LINE:,} characters; expected a "
                "table, one row a line"
            )
        if number > skip:
            yield line
