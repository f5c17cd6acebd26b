"""WoRMS: its records as JSON, and its tables in their usual spellings.

Source of the fields: the WoRMS REST service's ``AphiaRecord``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, plain
from kgconcepts.sources import tables
from kgconcepts.sources.axioms import by_id
from kgconcepts.sources.document import Document
from kgconcepts.sources.statements import assemble
from kgconcepts.sources.taxa import RANKS, renamed, simplified, statements

__all__ = ["NAME", "can_read", "read"]

NAME = "WoRMS (table, AphiaRecord JSON, folder of these)"
_SPELLINGS = {
    "id": ("aphiaid", "taxonid"),
    "name": ("scientificname", "name", "taxonname"),
    "parent": ("parentnameusageid", "parentaphiaid", "parentid", "aphiaidparent"),
    "accepted": ("validaphiaid", "acceptednameusageid", "aphiaidaccepted", "acceptedaphiaid"),
    "rank": ("rank", "taxonrank"),
    "status": ("status", "taxonomicstatus", "taxonstatus"),
    "authority": ("authority", "scientificnameauthorship"),
    **{rank: (rank,) for rank in RANKS},
}
_SYNONYMS = {"id": ("aphiaid", "taxonid"), "name": ("synonymname",), "authority": ("author",)}
_RECORD = re.compile(r'\s*[\[{].*"AphiaID"\s*:', re.DOTALL)
_MOST_JSON = 2**29
_DEEPEST = 500
_SUFFIXES = (".csv", ".tsv", ".txt", ".json")


def can_read(document: Document) -> bool:
    """Return whether a document holds WoRMS records."""
    if document.members:
        heads = [
            document.member(name).head for name in document.members if name.endswith(_SUFFIXES)
        ]
        return any(_is_table(head) or _RECORD.match(head) for head in heads)
    return _is_table(document.head) or _RECORD.match(document.head) is not None


def read(document: Document) -> ConceptGraph:
    """Read taxa, keyed by AphiaID, as names are not unique.

    Unaccepted and deleted names become synonyms of the accepted one (`taxa.statements`). In a
    folder all tables and records are read together; a table with a column ``synonym_name`` adds
    synonyms.

    Raises
    ------
    SourceError
        If a table or record is malformed.
    """
    parts: list[pl.DataFrame] = []
    synonyms: list[pl.DataFrame] = []
    others = []
    members = [document.member(name) for name in document.members if name.endswith(_SUFFIXES)]
    for part in members or [document]:
        if _RECORD.match(part.head):
            parts.append(_records(part))
        elif _is_synonyms(part.head):
            synonyms.append(_keyed(renamed(_table(part), _SYNONYMS)))
        elif _is_table(part.head):
            parts.append(_keyed(renamed(_table(part), _SPELLINGS)))
        else:
            others.append(Finding("INFO", "unread_file", part.where, "", ""))
    whole = pl.concat(parts, how="diagonal").select(pl.all().fill_null(""))
    if "parent" in whole.columns and (whole["parent"] == "").all():
        whole = whole.drop("parent")  # the ranks make the lineage
    stated = statements(whole, "WoRMS")
    stated.findings += others
    for table in synonyms:
        missing = table.filter(~pl.col("id").is_in(list(stated.ids)))
        stated.findings += [
            Finding("WARN", "unresolved_reference", id_, "synonym", name)
            for id_, name in missing.select("id", "name").iter_rows()
        ]
        for id_, names in by_id(table, "name").items():
            if id_ in stated.scopes:
                stated.scopes[id_] += ["exact"] * len(names)
            stated.synonyms[id_] += names
    return assemble(stated, document.source)


def _columns(head: str) -> set[str]:
    return {simplified(column) for column in tables.header(head)}


def _is_table(head: str) -> bool:
    columns = _columns(head)
    taxa = columns & {"aphiaid", "taxonid"} and columns & set(_SPELLINGS["name"])
    known = columns & {"aphiaid", *_SPELLINGS["accepted"], *_SPELLINGS["parent"], "kingdom"}
    return bool(taxa and known)


def _is_synonyms(head: str) -> bool:
    return {"synonymname"} < _columns(head)


def _table(document: Document) -> pl.DataFrame:
    quoted = '"' in document.head
    return tables.frame(document, quote='"' if quoted else None)


def _keyed(table: pl.DataFrame) -> pl.DataFrame:
    """Write AphiaIDs, which come as numbers, LSIDs or addresses, as CURIEs."""
    number = r"(\d+)(?:\.0)?$"
    return table.with_columns(
        pl.when(pl.col(column).str.contains(number) & (pl.col(column) != "0"))
        .then("AphiaID:" + pl.col(column).str.extract(number))
        .otherwise(pl.lit(""))
        .alias(column)
        for column in ("id", "parent", "accepted")
        if column in table.columns
    )


def _records(document: Document) -> pl.DataFrame:
    if document.path.stat().st_size > _MOST_JSON:
        raise SourceError(f"{document.where}: larger than {_MOST_JSON:,} bytes; give a table")
    try:
        found = json.loads(document.path.read_text(encoding="utf-8-sig"))
        rows = list(_rows(found, document.where))
    except (json.JSONDecodeError, RecursionError) as error:
        at = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SourceError(f"{document.where}{at}: malformed JSON: {error}") from error
    schema = dict.fromkeys(_SPELLINGS, pl.String)
    return _keyed(pl.DataFrame(rows, schema=schema, orient="row").select(pl.all().fill_null("")))


def _rows(found: Any, where: str) -> Iterator[dict[str, str]]:
    """Give the records of a page, of one record, or of a classification (`child` in `child`)."""
    for k, record in enumerate(found if isinstance(found, list) else [found]):
        above, nested = "", record
        for _ in range(_DEEPEST):
            if not isinstance(nested, dict):
                raise SourceError(f"{where}: record {k} is {nested!r:.60}; expected an AphiaRecord")
            fields = {simplified(key): value for key, value in nested.items()}
            row = {
                ours: plain(str(value))  # JSON may have halves of characters
                for ours, all_ in _SPELLINGS.items()
                for spelling in reversed(all_)
                if (value := fields.get(spelling)) is not None
            }
            if "id" not in row or "name" not in row:
                raise SourceError(f"{where}: record {k} has no AphiaID or no scientificname")
            yield {"parent": above, **row}
            above, nested = row["id"], nested.get("child")
            if not nested:
                break
