"""The terms of an OBO file that are plain, read by the column; the parser gets what is left.

fastobo needs 40 µs a term on one core, and Python as long to take it from there. Nearly all terms
of nearly all files are made of a few sorts of line without escapes or qualifiers, which polars
reads thirty times faster.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from kgconcepts.sources.axioms import by_id

__all__ = ["PlainTerms", "plain_terms"]

_ID = r"[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9_.-]+"
_REFERENCE = r'[^\s,\[\]\\"{}<>]+'
_LIST = rf"\[(?:{_REFERENCE}(?:, {_REFERENCE})*)?\]"
_REMARK = r"(?: ! [^\\{}]*)?"
_LINES = {  # what a line must be, whole, to be plain
    "id": rf"^id: ({_ID})$",
    "name": r"^name: ([^\\{}!]+)$",
    "def": rf'^def: "([^"\\]*)" {_LIST}$',
    "comment": r"^comment: ([^\\{}!]+)$",
    "synonym": rf'^synonym: "([^"\\]*)" (EXACT|NARROW|BROAD|RELATED) (?:[A-Za-z_]+ )?{_LIST}$',
    "xref": rf"^xref: ({_ID})$",
    "is_a": rf"^is_a: ({_ID}){_REMARK}$",
    "relationship": rf"^relationship: ([A-Za-z0-9_:]+) ({_ID}){_REMARK}$",
    "is_obsolete": r"^is_obsolete: (true)$",
    "unused": r'^(namespace|subset|created_by|creation_date): [^\\{}!"]+$',
}


_UNUSED = ("namespace", "subset", "created_by", "creation_date")


class PlainTerms(NamedTuple):
    """What plain terms say, by tag, and what else is in the file.

    Parameters
    ----------
    ids : dict
        Position of each term in the file, by id.
    values : dict of tag → (dict of id → values)
    second : the same for what stands second in a line: a synonym's scope, a relation's end
    rest : bytes
        The file with the plain terms blanked out, every other line in its place.
    places : list of int
        The positions of the terms that are left in `rest`.
    """

    ids: dict[str, int]
    values: dict[str, dict[str, list[str]]]
    second: dict[str, dict[str, list[str]]]
    rest: bytes
    places: list[int]


def plain_terms(path: Path) -> PlainTerms:
    """Read the plain terms of an OBO file."""
    lines = pl.read_lines(path).select(line=pl.col("line").str.strip_chars_end())
    lines = lines.with_columns(
        frame=pl.col("line").str.starts_with("[").cum_sum(),
        tag=pl.col("line").str.extract(r"^([a-z_]+):").replace(dict.fromkeys(_UNUSED, "unused")),
    )
    said = lines.filter(pl.col("line") != "")
    parts = []
    for (tag,), part in said.partition_by("tag", as_dict=True).items():
        found = part["line"].str.extract_groups(_LINES[str(tag)]) if tag in _LINES else None
        parts.append(
            part.select("frame", "tag").with_columns(
                first=pl.lit(None, pl.String) if found is None else found.struct.field("1"),
                second=pl.lit(None, pl.String)
                if found is None or len(found.struct.fields) < 2
                else found.struct.field("2"),
                head=part["line"] == "[Term]",
            )
        )
    terms = pl.concat(parts)
    frames = terms.group_by("frame").agg(
        head=pl.col("head").any(),
        plain=(pl.col("first").is_not_null() | pl.col("head")).all(),
        ids=(pl.col("tag") == "id").sum(),
        id=pl.col("first").filter(pl.col("tag") == "id").first(),
    )
    frames = frames.with_columns(plain=pl.col("plain") & pl.col("head") & (pl.col("ids") == 1))
    # A term that comes twice is left to the parser, which says so.
    frames = frames.with_columns(plain=pl.col("plain") & ~pl.col("id").is_duplicated())
    plain = frames.filter("plain").select("frame", "id").sort("frame")
    kept = lines.join(plain, on="frame", how="left", maintain_order="left")
    kept = kept.select(pl.when(pl.col("id").is_null()).then("line").otherwise(pl.lit("")))
    rest = "\n".join(kept.to_series().to_list()).encode() + b"\n"
    others = frames.filter(pl.col("head") & ~pl.col("plain"))["frame"].sort()
    del lines, said, parts, kept, frames  # as large as the file, each of them
    terms = terms.select("frame", "tag", "first", "second").filter(
        pl.col("tag").is_in(list(_LINES)) & (pl.col("tag") != "unused")
    )
    terms = terms.join(plain, on="frame", maintain_order="left")
    values, second = {}, {}
    for (tag,), part in terms.partition_by("tag", as_dict=True).items():
        values[str(tag)] = by_id(part, "first")
        if part["second"].null_count() < len(part):
            second[str(tag)] = by_id(part, "second")
    return PlainTerms(
        dict(zip(plain["id"].to_list(), plain["frame"].to_list(), strict=True)),
        values,
        second,
        rest,
        others.to_list(),
    )
