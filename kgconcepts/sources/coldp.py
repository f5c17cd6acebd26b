"""Catalogue of Life Data Packages: names, taxa, synonyms and vernacular names in a table each.

Source of the format: CatalogueOfLife/coldp, version 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
import yaml

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph, Source
from kgconcepts.identifiers import canonical
from kgconcepts.sources import tables
from kgconcepts.sources.document import Document
from kgconcepts.sources.statements import assemble
from kgconcepts.sources.taxa import (
    COLUMNS,
    RANKS,
    add_names,
    dataset,
    keyed,
    renamed,
    simplified,
    statements,
)

__all__ = ["NAME", "can_read", "read"]

NAME = "Catalogue of Life Data Package"
_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
_METADATA = ("metadata.yaml", "metadata.yml")
_MOST_METADATA = 2**22
_LONGEST_TEXT = 2**14  # of what is read of the metadata, in characters
_SYNONYMS = ("synonym", "ambiguous synonym", "misapplied")
_HIGHER = {rank: (rank,) for rank in RANKS}
_NAME = {"name": ("scientificname",), "authority": ("authorship",), "rank": ("rank",)}
_OTHER = {"elsewhere": ("alternativeid",)}
_USAGE = {
    **{"id": ("id",), "parent": ("parentid",), "status": ("status",)},
    **_NAME,
    **_OTHER,
    **_HIGHER,
}
_TAXON = {
    **{"id": ("id",), "parent": ("parentid",), "name_id": ("nameid",)},
    **{"provisional": ("provisional",)},
    **_OTHER,
    **_HIGHER,
}
_SYNONYM = {
    **{"id": ("id",), "accepted": ("taxonid",), "name_id": ("nameid",), "status": ("status",)},
}
_VERNACULAR = {"id": ("taxonid",), "name": ("name",)}


def can_read(document: Document) -> bool:
    """Return whether a document is such a package."""
    files = _files(document)
    name = files.get("nameusage") or ("taxon" in files and files.get("name"))
    if not name:
        return False
    columns = {simplified(column) for column in tables.columns_of(document, name)}
    return {"id", "scientificname"} <= columns


def read(document: Document) -> ConceptGraph:
    """Read taxa, their synonyms and vernacular names.

    Ids are those of the package with its name as prefix; what it says of identifiers elsewhere
    becomes cross-references. A name that is neither accepted nor a synonym (a *bare name*) is kept
    without parents. A vernacular name becomes a related synonym.

    Raises
    ------
    SourceError
        If a table is malformed, or one that others need is not there.
    """
    files = _files(document)
    prefix = dataset(document)
    usages = (
        _usages(_table(document, files, "nameusage", _USAGE))
        if "nameusage" in files
        else _joined(document, files)
    )
    usages = keyed(usages, ("id", "parent", "accepted"), prefix)
    ranked = [rank for rank in RANKS if (usages[rank] != "").any()]
    by_ranks = bool(ranked) and (usages["parent"] == "").all()
    columns = [column for column in COLUMNS if column != "parent" or not by_ranks]
    stated = statements(usages.select(*columns, *(ranked if by_ranks else ())), prefix)
    known = usages.filter(pl.col("elsewhere") != "")
    for id_, elsewhere in known.select("id", "elsewhere").iter_rows():
        stated.xrefs[id_] += [canonical(text) for text in _identifiers(elsewhere)]
    if "vernacularname" in files:
        names = _table(document, files, "vernacularname", _VERNACULAR)
        names = keyed(names, ["id"], prefix)
        add_names(stated, names.select("id", "name").iter_rows())
    return assemble(stated, _source(document))


def _files(document: Document) -> dict[str, str]:
    """Return a package's files by what they hold, however that is written."""
    return {
        re.sub("[-_]", "", name.rpartition(".")[0]).lower(): name
        for name in document.members
        if name.lower().endswith(_SUFFIXES)
    }


def _table(
    document: Document, files: Mapping[str, str], what: str, columns: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Return a table's columns, all of them text, ``""`` where there is none."""
    part = document.member(files[what])
    comma = part.name.lower().endswith(".csv")
    found = tables.frame(part, separator="," if comma else "\t", quote='"' if comma else None)
    found = renamed(found, columns)
    optional = "id" if "accepted" in columns else ""  # of synonyms
    needed = {"id", "name", "name_id", "accepted"} & columns.keys() - {optional}
    if lacking := needed - set(found.columns):
        spelled = ", ".join(columns[column][0] for column in sorted(lacking))
        raise SourceError(f"{part.where}, line 1: no column {spelled}; add it to the header")
    absent = [pl.lit("").alias(column) for column in columns if column not in found.columns]
    return found.with_columns(absent)


def _usages(table: pl.DataFrame) -> pl.DataFrame:
    """Tell parents from accepted names: of a synonym the parent is its accepted name."""
    col = pl.col
    table = table.with_columns(col("status").str.to_lowercase().str.replace_all("[_-]", " "))
    synonym, bare = col("status").is_in(_SYNONYMS), col("status") == "bare name"
    return table.with_columns(
        accepted=pl.when(synonym).then("parent").otherwise(pl.lit("")),
        parent=pl.when(synonym | bare).then(pl.lit("")).otherwise("parent"),
    )


def _joined(document: Document, files: Mapping[str, str]) -> pl.DataFrame:
    """Put names to the taxa and synonyms that have them."""
    col = pl.col
    names = _table(document, files, "name", {"name_id": ("id",), **_NAME}).filter(
        col("name_id") != ""
    )
    names = names.unique("name_id", keep="first", maintain_order=True)
    yes = col("provisional").str.to_lowercase().is_in(["true", "1", "yes", "t", "y"])
    status = pl.when(yes).then(pl.lit("provisionally accepted")).otherwise(pl.lit("accepted"))
    parts = [_table(document, files, "taxon", _TAXON).with_columns(status.alias("status"))]
    if "synonym" in files:
        synonyms = _table(document, files, "synonym", _SYNONYM)
        own = pl.when(col("id") == "").then(col("accepted") + "/" + col("name_id")).otherwise("id")
        said = pl.when(col("status") == "").then(pl.lit("synonym")).otherwise("status")
        parts.append(synonyms.with_columns(id=own, status=said))
    usages = pl.concat(parts, how="diagonal")
    bare = names.join(usages, on="name_id", how="anti", maintain_order="left")
    bare = bare.select("name_id", id="name/" + col("name_id"), status=pl.lit("bare name"))
    usages = pl.concat([usages, bare], how="diagonal")
    return usages.join(names, on="name_id", how="left", maintain_order="left").select(
        pl.all().fill_null("")
    )


def _identifiers(text: str) -> list[str]:
    """Return the identifiers of a cell, each of them an address or of a scope (``worms:1``)."""
    return [value for part in re.split(r"(?<!\\),", text) if ":" in (value := part.strip())]


def _source(document: Document) -> Source:
    """Return what the package says of itself."""
    said = {}
    for name in _METADATA:
        if name in document.members:
            part = document.member(name)
            with part.path.open(encoding="utf-8-sig") as file:
                text = file.read(_MOST_METADATA)
            said = {key: _said(text, key, part.where) for key in ("title", "license", "version")}
            said["description"] = _said(text, "description", part.where)
            break
    return replace(
        document.source,
        title=said.get("title", ""),
        licence=said.get("license", ""),
        version=said.get("version", ""),
        description=said.get("description", ""),
    )


def _said(text: str, key: str, where: str) -> str:
    """Return the text of a key, reading no more of the YAML than this one, as it is untrusted."""
    found = re.search(rf"^{key}[ ]*:[^\n]*(?:\n(?:[ \t][^\n]*)?(?=\n|$))*", text, re.MULTILINE)
    if not found:
        return ""
    if len(found[0]) > _LONGEST_TEXT:
        raise SourceError(f"{where}: {key} of {len(found[0]):,} characters; shorten it")
    try:
        value = yaml.load(found[0], Loader=yaml.BaseLoader)[key]  # noqa: S506 (makes texts alone)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, KeyError) as error:
        raise SourceError(
            f"{where}: {key} is malformed YAML: {' '.join(str(error).split())[:200]}; correct it"
        ) from error
    return value.strip() if isinstance(value, str) else ""
