"""EcoTaxa: its taxonomy as a table, and the categories in tables of annotated objects.

Source of the columns: ecotaxa/ecotaxoserver (``browsetaxotsvexport``) and ecotaxa/ecotaxa_back
(``API_operations/exports/ForProject.py``).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import tables
from kgconcepts.sources.document import Document, within
from kgconcepts.sources.statements import assemble
from kgconcepts.sources.taxa import COLUMNS, add_names, renamed, simplified, statements

__all__ = ["NAME", "can_read", "read"]

NAME = "EcoTaxa (taxonomy, object tables, folder of these)"
_TAXONOMY = {
    "id": ("id",),
    "name": ("name",),
    "parent": ("parentid",),
    "accepted": ("renameto",),
    "rank": ("rank",),
    "status": ("taxostatus",),
    "display": ("displayname",),
    "aphia": ("aphiaid",),
    "definition": ("sourcedesc",),
}
_STATUS = {"A": "active", "D": "deprecated", "N": "not reviewed"}
_CATEGORY, _HIERARCHY = "object_annotation_category", "object_annotation_hierarchy"
_CATEGORY_IDS = ("object_annotation_category_id", "classif_id")
_NOT_LIVING = "not-living"
_DEEPEST = 100
_SUFFIXES = (".tsv", ".csv", ".txt")


def can_read(document: Document) -> bool:
    """Return whether a document is EcoTaxa's."""
    if document.members:
        return any(_is_ours(tables.columns_of(document, name)) for name in _members(document))
    return _is_ours(tables.header(document.head))


def read(document: Document) -> ConceptGraph:
    """Read categories, each below its parent, whether taxa (P) or morphological (M).

    What is below *not-living* is an object, all else a taxon. A category is called by its name,
    or where others have that name, ``child<parent``; the other of both is a synonym. A category
    that was renamed is obsolete and replaced. Categories of objects are known by their path from
    the root, or by number where the table gives it.

    Raises
    ------
    SourceError
        If a table is malformed, or a hierarchy too deep.
    """
    members = [n for n in _members(document) if _is_ours(tables.columns_of(document, n))]
    parts = [document.member(name) for name in members] if document.members else [document]
    objects = [part for part in parts if _HIERARCHY in tables.header(part.head)]
    read_ = [_taxonomy(part) for part in parts if part not in objects]
    read_ += [_paths(objects)] if objects else []
    found = pl.concat(read_, how="diagonal").select(pl.all().fill_null(""))
    table = _labelled(found.unique(maintain_order=True))
    stated = statements(table.select(c for c in COLUMNS if c in table.columns), "EcoTaxa")
    for column, scope in (("display", "exact"), ("short", "broad")):
        other = table.filter((pl.col(column) != "") & (pl.col(column) != pl.col("name")))
        add_names(stated, other.select("id", column).iter_rows(), scope)
    for id_, aphia, definition in table.select("id", "aphia", "definition").iter_rows():
        if aphia:
            stated.xrefs[id_].append(f"AphiaID:{aphia}")
        if definition:
            stated.definitions[id_].append(definition)
    stated.obsolete.update(table.filter(status=_STATUS["D"])["id"].to_list())
    if not_living := _not_living(table):
        stated.kind = ""
        stated.kinds.update(
            (id_, ["object" if id_ in not_living else "taxon"]) for id_ in stated.ids
        )
    return assemble(stated, document.source)


def _members(document: Document) -> list[str]:
    return [name for name in document.members if name.lower().endswith(_SUFFIXES)]


def _is_ours(header: Iterable[str]) -> bool:
    columns = set(header)
    spelled = {simplified(column) for column in columns}
    taxonomy = {"id", "parentid", "name"} <= spelled and spelled & {"taxotype", "displayname"}
    return bool(taxonomy) or {_CATEGORY, _HIERARCHY} <= columns


def _taxonomy(part: Document) -> pl.DataFrame:
    """Read a taxonomy; EcoTaxa's own has tabs and no quotes."""
    line = part.head.split("\n", 1)[0]
    plain = "\t" in line and '"' not in line
    found = renamed(tables.frame(part, quote=None if plain else '"'), _TAXONOMY)
    absent = [pl.lit("").alias(column) for column in _TAXONOMY if column not in found.columns]
    numbers = pl.col("id", "parent", "accepted", "aphia").str.replace(r"\.0$", "")
    found = found.with_columns(absent).with_columns(numbers)
    none = ("", "0")
    return found.with_columns(
        *(
            pl.when(pl.col(column).is_in(none))
            .then(pl.lit(""))
            .otherwise("EcoTaxa:" + pl.col(column))
            .alias(column)
            for column in ("id", "parent", "accepted")
        ),
        pl.when(pl.col("aphia") == "0").then(pl.lit("")).otherwise("aphia").alias("aphia"),
        pl.col("status").replace(_STATUS),
        pl.col("display").str.strip_chars_end("<"),
        pl.col("definition").str.replace_all("\\n", "\n", literal=True),
    )


def _annotated(part: Document) -> pl.DataFrame:
    """Return the different categories of a table of objects, which may have millions of rows."""
    within(part)
    header = tables.header(part.head)
    numbers = [pl.col(column) for column in _CATEGORY_IDS if column in header]
    try:
        found = (
            pl.scan_csv(
                part.path,
                separator="\t" if "\t" in part.head.split("\n", 1)[0] else ",",
                infer_schema=False,
            )
            .select(
                path=pl.col(_HIERARCHY).fill_null(""),
                display=pl.col(_CATEGORY).fill_null(""),
                number=pl.coalesce(*numbers, pl.lit("")),
            )
            .unique()
            .collect()
        )
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"{part.where}: is no table whose rows are alike: {str(error).splitlines()[0][:200]}"
        ) from error
    types = pl.col("path").str.contains(r"^\[[a-z]\]$")  # a second header line
    found = found.filter(~types & (pl.col("path") != ""))
    deep = found.filter(pl.col("path").str.count_matches(">", literal=True) >= _DEEPEST)
    if len(deep):
        raise SourceError(
            f"{part.where}: {_HIERARCHY} {deep['path'][0][:60]!r}… has more than {_DEEPEST} "
            "levels; expected names from the root, > between them"
        )
    return found


def _paths(parts: Iterable[Document]) -> pl.DataFrame:
    """Return the categories of objects and what is above them."""
    found = pl.concat([_annotated(part) for part in parts]).unique().sort(pl.all())
    annotated = {
        tuple(name.strip() for name in path.split(">")): (display, number)
        for path, display, number in found.select("path", "display", "number").iter_rows()
    }
    rows: dict[str, dict[str, str]] = {}
    for names in annotated:
        above = ""
        for k, name in enumerate(names, start=1):
            display, number = annotated.get(names[:k], ("", ""))
            id_ = f"EcoTaxa:{number.removesuffix('.0') or '>'.join(names[:k])}"
            row = {"id": id_, "name": name, "parent": above, "display": display}
            rows.setdefault(id_, row)
            above = id_
    schema = dict.fromkeys(_TAXONOMY, pl.String)
    table = pl.DataFrame(list(rows.values()), schema=schema)
    return table.select(pl.all().fill_null(""))


def _labelled(table: pl.DataFrame) -> pl.DataFrame:
    """Call what shares its name with others ``child<parent``; the name itself stays as short."""
    parents = table.select(parent="id", above="name").unique("parent", keep="first")
    table = table.join(parents, on="parent", how="left", maintain_order="left")
    below = pl.col("name") + pl.concat_str(pl.lit("<"), "above").fill_null("")
    longer = pl.when(pl.col("display") == "").then(below).otherwise("display")
    alone = pl.col("name").str.to_lowercase().is_unique()
    return table.with_columns(
        name=pl.when(alone).then("name").otherwise(longer), short=pl.col("name")
    )


def _not_living(table: pl.DataFrame) -> set[str]:
    """Return the ids of what is below the root of what does not live, and its own."""
    below: dict[str, list[str]] = {}
    for id_, parent in table.select("id", "parent").iter_rows():
        below.setdefault(parent, []).append(id_)
    stack = table.filter(short=_NOT_LIVING)["id"].to_list()
    found: set[str] = set()
    while stack:
        id_ = stack.pop()
        if id_ not in found:
            found.add(id_)
            stack += below.get(id_, ())
    return found
