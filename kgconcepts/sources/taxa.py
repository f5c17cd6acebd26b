"""Taxonomies as tables, one row a name: by parents or by the columns of the ranks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from kgconcepts.findings import Finding
from kgconcepts.identifiers import canonical
from kgconcepts.sources.axioms import by_id
from kgconcepts.sources.document import Document
from kgconcepts.sources.statements import Statements

__all__ = [
    "COLUMNS",
    "RANKS",
    "add_names",
    "dataset",
    "keyed",
    "renamed",
    "simplified",
    "statements",
    "synonym_scope",
]

COLUMNS = ("id", "name", "parent", "accepted", "rank", "status", "authority")
RANKS = ("kingdom", "phylum", "class", "order", "family", "genus", "species")
# Names that were used for something else too, or for a part of it, do not mean the same.
_NOT_THE_SAME = "misappl|pro parte|partim|partial|ambiguous|auct"


def simplified(name: str) -> str:
    """Return a column's name without what spellings of it differ in.

    >>> simplified("valid_AphiaID"), simplified("dwc:taxonRank")
    ('validaphiaid', 'taxonrank')
    """
    return "".join(c for c in name.rpartition(":")[2].lower() if c.isalnum())


def renamed(table: pl.DataFrame, spellings: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return a table's columns under our names, for each the first spelling that is there."""
    there = {simplified(column): column for column in reversed(table.columns)}
    found = {
        ours: there[spelling]
        for ours, all_ in spellings.items()
        for spelling in reversed(all_)
        if spelling in there
    }
    return table.select(**{ours: pl.col(column) for ours, column in found.items()})


def statements(table: pl.DataFrame, prefix: str = "taxon") -> Statements:
    """State what a taxonomy's rows say.

    A row whose accepted name is another row is obsolete: that one replaces it, and has its name as
    synonym and its id as cross-reference. Children of such a row are children of the accepted one.
    A row whose accepted name is not in the table stays, and is a finding.

    Parameters
    ----------
    table : DataFrame
        Columns as in `COLUMNS`, all text, ``""`` where nothing is known; ``id`` and ``name`` at
        least. Where there is no column ``parent``, those of `RANKS` make the lineage: of what has
        no row of its own concepts are made.
    prefix : str
        Of the ids that such concepts get.
    """
    stated = Statements()
    table = table.filter((pl.col("id") != "") & (pl.col("name") != ""))
    if "parent" not in table.columns:
        table = _by_ranks(table, prefix)
    absent = [column for column in COLUMNS if column not in table.columns]
    table = table.with_columns(pl.lit("").alias(column) for column in absent).select(COLUMNS)
    if table["id"].n_unique() < len(table):
        table = table.unique(maintain_order=True)
        again = table.filter(~pl.col("id").is_first_distinct())
        stated.findings += [
            Finding("ERROR", "duplicate_id", id_, "name", name)
            for id_, name in again.select("id", "name").iter_rows()
        ]
        table = table.unique("id", keep="first", maintain_order=True)
    table = table.with_columns(pl.col("rank", "status").str.to_lowercase())
    accepted = _accepted(table, stated)
    table = table.join(accepted, on="id", how="left", maintain_order="left")
    to = accepted.select(parent="id", instead="valid")
    edges = table.join(to, on="parent", how="left", maintain_order="left").select(
        "id", parent=pl.coalesce("instead", "parent")
    )
    edges = edges.filter((pl.col("parent") != "") & (pl.col("parent") != pl.col("id")))
    ids = table["id"].to_list()
    stated.ids, stated.kind = dict.fromkeys(ids), "taxon"
    own = dict(zip(ids, ids, strict=True))  # one string for an id wherever it stands
    stated.relations = [
        (own[child], "is_a", own.get(parent, parent))
        for child, parent in zip(edges["id"].to_list(), edges["parent"].to_list(), strict=True)
    ]
    for into, column in (
        (stated.labels, "name"),
        (stated.ranks, "rank"),
        (stated.status, "status"),
        (stated.authorities, "authority"),
    ):
        texts = table[column].to_list()
        into.update({id_: [text] for id_, text in zip(ids, texts, strict=True) if text})
    old = table.filter(pl.col("valid").is_not_null())
    stated.obsolete = set(old["id"].to_list())
    stated.replaced_by.update(by_id(old, "valid"))
    names = old.select(
        "name",
        scope=pl.when(pl.col("status").str.contains(_NOT_THE_SAME))
        .then(pl.lit("related"))
        .otherwise(pl.lit("exact")),
        other="id",
        id="valid",
    )
    stated.synonyms.update(by_id(names, "name"))
    if (names["scope"] != "exact").any():
        stated.scopes.update(by_id(names, "scope"))
    stated.xrefs.update(by_id(names, "other"))
    return stated


def _accepted(table: pl.DataFrame, stated: Statements) -> pl.DataFrame:
    """Return the accepted name of each row that has another: columns id, valid."""
    named = table.filter((pl.col("accepted") != "") & (pl.col("accepted") != pl.col("id")))
    there = named.join(table.select(accepted="id"), on="accepted", how="semi")
    missing = named.join(there, on="id", how="anti").select("id", "accepted")
    for id_, accepted in missing.iter_rows():
        stated.findings.append(Finding("WARN", "missing_accepted_name", id_, "accepted", accepted))
        stated.accepted.append((id_, "replaced_by", accepted))
    step = dict(there.select("id", "accepted").iter_rows())
    valid: dict[str, str] = {}
    for id_, first in step.items():
        last, seen = first, {id_}
        while last in step and last not in seen:
            seen.add(last)
            last = step[last]
        if last in seen:  # names that are each other's accepted name stay what they are
            stated.findings.append(Finding("ERROR", "accepted_name_cycle", id_, "accepted", first))
        else:
            valid[id_] = last
    schema = {"id": pl.String, "valid": pl.String}
    return pl.DataFrame({"id": list(valid), "valid": list(valid.values())}, schema=schema)


def _taxon(row: Mapping[str, str], rank: str, name: str) -> tuple[str, str, str]:
    """Return what tells a taxon from its homonyms in other kingdoms."""
    return row.get("kingdom", "").casefold(), rank, name.casefold()


def _by_ranks(table: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Give rows a parent, and add rows for the taxa that are only named as someone's rank."""
    ranks = [rank for rank in RANKS if rank in table.columns]
    rows = table.to_dicts()
    own = {_taxon(row, row.get("rank", "").lower(), row["name"]): row["id"] for row in rows}
    added: dict[str, dict[str, str]] = {}
    for row in rows:
        above = path = ""
        for rank in ranks:
            name = row[rank]
            if rank == row.get("rank", "").lower() or name.casefold() == row["name"].casefold():
                break
            if name:
                path = f"{path}/{name}" if path else name
                id_ = own.get(_taxon(row, rank, name))
                if id_ is None:
                    id_ = f"{prefix}:{path}"
                    new = {"id": id_, "name": name, "rank": rank, "parent": above}
                    added.setdefault(id_, new)
                above = id_
        row["parent"] = above
    whole = [*added.values(), *({key: row.get(key, "") for key in COLUMNS} for row in rows)]
    schema = dict.fromkeys(COLUMNS, pl.String)
    return pl.DataFrame(whole, schema=schema, orient="row").select(pl.all().fill_null(""))


def dataset(document: Document) -> str:
    """Return the prefix of the ids that a data set uses for itself alone."""
    name = re.sub(r"\.(zip|gz|tar)$", "", document.name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_") or "dataset"


def synonym_scope(status: str) -> str:
    """Return how far a name of this status means the same as the accepted one.

    >>> synonym_scope("unaccepted"), synonym_scope("misapplied name")
    ('exact', 'related')
    """
    return "related" if re.search(_NOT_THE_SAME, status.lower()) else "exact"


def keyed(table: pl.DataFrame, columns: Sequence[str], prefix: str) -> pl.DataFrame:
    """Write identifiers as CURIEs: those known everywhere as such, others with a prefix."""
    keys = {"": ""}

    def key(text: str) -> str:
        known = canonical(text) if ":" in text else text
        if known == text and not text.startswith(("http://", "https://", "urn:")):
            known = f"{prefix}:{text}"
        keys[text] = known
        return known

    def written(texts: list[str]) -> list[str]:
        return [keys[text] if text in keys else key(text) for text in texts]

    return table.with_columns(
        pl.Series(column, written(table[column].to_list()), pl.String) for column in columns
    )


def add_names(stated: Statements, names: Iterable[tuple[str, str]], scope: str = "related") -> None:
    """State further names, given as (id, name), as synonyms; what was renamed passes them on.

    Names that people use are related, not exact: the same word stands for many taxa, and would
    make one of them in a merge.
    """
    for given, name in dict.fromkeys(names):
        id_ = stated.replaced_by[given][0] if given in stated.replaced_by else given
        if id_ not in stated.ids:
            stated.findings.append(Finding("WARN", "unresolved_reference", given, "synonym", name))
        elif name:
            if id_ not in stated.scopes:
                stated.scopes[id_] = ["exact"] * len(stated.synonyms[id_])
            stated.synonyms[id_].append(name)
            stated.scopes[id_].append(scope)
