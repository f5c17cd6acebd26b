"""Darwin Core Archives: a taxonomy and what is said of its taxa, laid out as ``meta.xml`` says.

Source of the format: the Darwin Core text guide, https://dwc.tdwg.org/text/.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, Source
from kgconcepts.identifiers import canonical, curie
from kgconcepts.sources.document import Document
from kgconcepts.sources.dwca_tables import META, Table, describe, read_rows, read_xml
from kgconcepts.sources.statements import Statements, assemble
from kgconcepts.sources.taxa import COLUMNS, RANKS, add_names, dataset, keyed, statements

__all__ = ["NAME", "can_read", "read"]

NAME = "Darwin Core Archive"
_MOST_TABLES = 100
_HIGHER = RANKS[:-1]
_TAXON = {
    "core": ("id",),
    "id": ("taxonid",),
    "name": ("scientificname",),
    "parent": ("parentnameusageid",),
    "parent_name": ("parentnameusage",),
    "accepted": ("acceptednameusageid",),
    "accepted_name": ("acceptednameusage",),
    "rank": ("taxonrank",),
    "status": ("taxonomicstatus",),
    "authority": ("scientificnameauthorship",),
    "elsewhere": ("scientificnameid",),
    "remarks": ("taxonremarks",),
    "epithet": ("specificepithet",),
    "below_species": ("infraspecificepithet",),
    **{rank: (rank,) for rank in _HIGHER},
}
_OF_TAXON = {"core": ("id",), "taxon": ("taxonid",)}
_VERNACULAR = {**_OF_TAXON, "name": ("vernacularname",)}
_OCCURRENCE = {**_OF_TAXON, "occurrence": ("occurrenceid",)}
_MEASUREMENT = {
    **_OCCURRENCE,
    "type": ("measurementtype",),
    "type_id": ("measurementtypeid",),
    "value": ("measurementvalue",),
    "value_id": ("measurementvalueid",),
    "of_taxon": ("measurementoftaxon",),
}
_MEASUREMENTS = ("measurementorfact", "extendedmeasurementorfact")
_ADDRESS = r"^(https?://|PATO:\d)"
_QUALITY = r"^(https?://purl\.obolibrary\.org/obo/PATO_|PATO:\d|https?://(www\.)?eol\.org/)"


class _Fact(NamedTuple):
    """What is measured, and what was found: as words, and as addresses of these words."""

    type: str
    type_id: str
    value: str
    value_id: str


def can_read(document: Document) -> bool:
    """Return whether a document is such an archive."""
    return META in document.members and "rs.tdwg.org/dwc" in document.member(META).head


def read(document: Document) -> ConceptGraph:
    """Read the taxa of an archive, their vernacular names, and their traits.

    Taxa are keyed by ``taxonID``: a WoRMS identifier as AphiaID, what is known elsewhere by its
    address, any other with the name of the archive as prefix. A vernacular name becomes a related
    synonym, as people use one for several taxa. A measurement or fact whose value or type is a
    term of PATO or of the Encyclopedia of Life becomes a quality that the taxon has.

    Raises
    ------
    SourceError
        If ``meta.xml`` or ``eml.xml`` is malformed, a table is not as described, lies outside the
        archive, or none is about taxa.
    """
    meta = read_xml(document, META)
    where = f"{document.where}/{META}"
    described = [
        describe(element, where) for element in meta if element.find("{*}files") is not None
    ]
    if len(described) > _MOST_TABLES:
        raise SourceError(f"{where}: {len(described)} tables; expected {_MOST_TABLES} at most")
    of = {
        holds: [table for table in described if table.holds == holds]
        for holds in ("taxon", "vernacularname", "occurrence", *_MEASUREMENTS)
    }
    if not of["taxon"]:
        found = ", ".join(table.holds for table in described) or "no table"
        raise SourceError(f"{where}: describes {found}; expected a table of rowType …/terms/Taxon")
    prefix = dataset(document)
    taxa = _taxa(read_rows(document, of["taxon"], _TAXON), prefix)
    stated = statements(_for_statements(taxa, of["taxon"]), prefix)
    stated.findings += [
        Finding("INFO", "unread_file", f"{document.where}/{name}", "rowType", table.holds)
        for table in described
        if table.holds not in of
        for name in table.files
    ]
    _add_remarks(stated, taxa)
    names = _attached(read_rows(document, of["vernacularname"], _VERNACULAR), taxa, stated)
    add_names(stated, names.select("id", "name").iter_rows())
    measured = [table for holds in _MEASUREMENTS for table in of[holds]]
    facts = read_rows(document, measured, _MEASUREMENT)
    seen = read_rows(document, of["occurrence"] if measured else [], _OCCURRENCE)
    _add_traits(stated, _attached(_through(facts, seen), taxa, stated), prefix)
    return assemble(stated, _source(document, meta.get("metadata", "eml.xml")))


def _taxa(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Give taxa their names, ids, parents and accepted names where these are said otherwise."""
    col = pl.col
    finest = pl.coalesce(pl.when(col(r) != "").then(col(r)) for r in reversed(_HIGHER))
    parts = pl.concat_str("genus", "epithet", "below_species", separator=" ")
    made = pl.when(col("epithet") != "").then(parts.str.strip_chars()).otherwise(finest)
    bare = col("name").str.strip_suffix(col("authority")).str.strip_chars()
    has_species = (col("below_species") != "") & (col("epithet") != "") & (col("genus") != "")
    rows = rows.with_columns(
        pl.when(col("name") == "").then(made.fill_null("")).otherwise("name").alias("name"),
        pl.when(has_species)
        .then(col("genus") + " " + col("epithet"))
        .otherwise(pl.lit(""))
        .alias("species"),
        pl.when(col("id") == "").then("core").otherwise("id").alias("id"),
    ).with_columns(
        pl.when((col("authority") != "") & (bare != "")).then(bare).otherwise("name").alias("bare"),
        pl.when(col("id") == "").then("name").otherwise("id").alias("id"),
    )
    rows = rows.with_columns(pl.when(col("core") == "").then("id").otherwise("core").alias("core"))
    rows = rows.with_columns(local=col("id"))
    rows = keyed(rows, ("id", "parent", "accepted"), prefix)
    own = (col("accepted_name") == col("name")) | (col("accepted_name") == col("bare"))
    rows = rows.with_columns(
        pl.when(own).then(pl.lit("")).otherwise("accepted_name").alias("accepted_name")
    )
    ids = _by_name(rows)
    for key in ("parent", "accepted"):
        found = ids.select(pl.col("name").alias(f"{key}_name"), pl.col("id").alias("found"))
        named = pl.coalesce("found", f"{key}_name")
        rows = (
            rows.join(found, on=f"{key}_name", how="left", maintain_order="left")
            .with_columns(pl.when(col(key) == "").then(named).otherwise(key).alias(key))
            .drop("found")
        )
    return rows.with_columns(name="bare")


def _by_name(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ids of names that one taxon has, or one alone that is accepted."""
    own = (pl.col("accepted") == "") | (pl.col("accepted") == pl.col("id"))
    accepted = own & (pl.col("accepted_name") == "")
    names = [rows.select("id", name=pl.col(column), first=accepted) for column in ("name", "bare")]
    best = pl.concat(names).unique().filter(pl.col("first") == pl.col("first").max().over("name"))
    return best.filter((pl.len().over("name") == 1) & (pl.col("name") != "")).drop("first")


def _for_statements(taxa: pl.DataFrame, tables: Sequence[Table]) -> pl.DataFrame:
    """Return the columns that make the hierarchy: parents, or where there are none, ranks."""
    ranked = any(rank in table.columns for table in tables for rank in _HIGHER)
    if (taxa["parent"] == "").all() and ranked:
        return taxa.select(*(c for c in COLUMNS if c != "parent"), *RANKS)
    return taxa.select(COLUMNS)


def _add_remarks(stated: Statements, taxa: pl.DataFrame) -> None:
    told = taxa.filter((pl.col("elsewhere") != "") | (pl.col("remarks") != ""))
    for id_, elsewhere, remarks in told.select("id", "elsewhere", "remarks").iter_rows():
        xref = canonical(elsewhere)
        if xref not in (elsewhere, id_):
            stated.xrefs[id_].append(xref)
        if remarks:
            stated.comments[id_].append(remarks)


def _through(facts: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Give facts about an occurrence the taxon that was seen there."""
    seen = seen.filter(pl.col("occurrence") != "").unique("occurrence", keep="first")
    found = seen.select("occurrence", seen_core="core", seen_taxon="taxon")
    facts = facts.join(found, on="occurrence", how="left", maintain_order="left")
    alone = (pl.col("core") == "") & (pl.col("taxon") == "")
    return facts.with_columns(
        pl.when(alone).then(pl.col(f"seen_{key}").fill_null("")).otherwise(key).alias(key)
        for key in ("core", "taxon")
    )


def _attached(rows: pl.DataFrame, taxa: pl.DataFrame, stated: Statements) -> pl.DataFrame:
    """Give rows the id of their taxon, of its accepted name where it has another."""
    if rows.is_empty():
        return rows.with_columns(id=pl.lit(""))
    by_core = dict(taxa.select("core", "id").iter_rows())
    by_taxon = dict(taxa.select("local", "id").iter_rows())
    ids: list[str] = []
    lost: dict[str, None] = {}
    for core, taxon in rows.select("core", "taxon").iter_rows():
        id_ = by_core.get(core, "") if core else by_taxon.get(taxon, "")
        if not id_:
            lost[core or taxon] = None
        ids.append(stated.replaced_by[id_][0] if id_ in stated.replaced_by else id_)
    stated.findings += [
        Finding("WARN", "unresolved_reference", text or "(empty)", "taxonID", text) for text in lost
    ]
    rows = rows.with_columns(pl.Series("id", ids, dtype=pl.String))
    return rows.filter(pl.col("id").is_in(list(stated.ids)))


def _add_traits(stated: Statements, facts: pl.DataFrame, prefix: str) -> None:
    col = pl.col
    facts = facts.filter(~col("of_taxon").str.to_lowercase().is_in(["false", "0", "no"]))
    facts = facts.with_columns(
        pl.when((col(f"{what}_id") == "") & col(what).str.contains(_ADDRESS))
        .then(what)
        .otherwise(f"{what}_id")
        .alias(f"{what}_id")
        for what in ("type", "value")
    )
    known = col("type_id").str.contains(_QUALITY) | col("value_id").str.contains(_QUALITY)
    facts = facts.filter(known & ((col("value") != "") | (col("value_id") != "")))
    number = (col("value_id") == "") & col("value").cast(pl.Float64, strict=False).is_not_null()
    stated.findings += [
        Finding("INFO", "unread_measurement", curie(type_), "measurementValue", "numbers")
        for type_ in facts.filter(number)["type_id"].unique(maintain_order=True)
    ]
    facts = facts.filter(~number)
    if facts.is_empty():
        return
    stated.kinds.update((id_, ["taxon"]) for id_ in stated.ids)
    stated.kind = ""
    told = ("type", "type_id", "value", "value_id")
    traits = {
        row: _trait(stated, _Fact(*row), prefix)
        for row in facts.select(told).unique(maintain_order=True).rows()
    }
    stated.relations += dict.fromkeys(
        (id_, "has_quality", traits[row])
        for id_, row in zip(facts["id"], facts.select(told).iter_rows(), strict=True)
    )


def _trait(stated: Statements, fact: _Fact, prefix: str) -> str:
    """State the quality that a value stands for, below its type where it has no id of its own."""

    def add(id_: str, label: str) -> str:
        id_ = curie(id_.replace("https://purl.obolib", "http://purl.obolib", 1))
        if re.match(_ADDRESS, label):  # no label: of an address the end says most
            label = unquote(re.split("[/#]", id_)[-1])
        if id_ not in stated.ids:
            stated.ids[id_] = None
            stated.labels[id_].append(label.replace("_", " "))
            stated.kinds[id_].append("quality")
        return id_

    if fact.value_id:
        return add(fact.value_id, fact.value or fact.value_id)
    above = add(fact.type_id, fact.type or fact.type_id)
    below = add(f"{prefix}:{stated.labels[above][0]}/{fact.value}", fact.value)
    stated.relations.append((below, "is_a", above))
    return below


def _source(document: Document, metadata: str) -> Source:
    if metadata not in document.members:
        return document.source
    root = read_xml(document, metadata)

    def text(*paths: str) -> str:
        for path in paths:
            found = root.find("/".join(("{*}dataset", *(f"{{*}}{p}" for p in path.split("/")))))
            if found is not None and (whole := " ".join("".join(found.itertext()).split())):
                return whole
        return ""

    return replace(
        document.source,
        title=text("title"),
        licence=text("intellectualRights", "licensed/licenseName", "license"),
        description=text("abstract"),
    )
