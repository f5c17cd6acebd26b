"""Tables of nodes and edges, in CSV or TSV, and of the sources that they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from typing import NamedTuple

import polars as pl

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, Source
from kgconcepts.sources import flat, tables
from kgconcepts.sources.document import Document, opened, within
from kgconcepts.sources.statements import Statements, assemble

__all__ = ["EDGES", "NAME", "SOURCES", "can_read", "read", "sister"]

NAME = "tables of nodes and edges"
EDGES = ("child", "relation", "parent", "child_label", "relation_label", "parent_label")
SOURCES = ("name", "sha256", "version", "licence", "title", "description", "address", "imports")
_NODES = ("id", "label", "kind")  # without these a table is none of nodes
_FILE = re.compile(r"(.*?)(_nodes)?(\.(?:csv|tsv|txt))", re.IGNORECASE)


def can_read(document: Document) -> bool:
    """Return whether a document is a table of nodes or edges, or a folder with one of nodes."""
    if document.members:
        return bool(_of_nodes(document))
    columns = set(tables.header(document.head))
    return _is_nodes(columns) or set(EDGES[:3]) <= columns


def read(document: Document) -> ConceptGraph:
    """Read concepts from nodes, relations from edges: of ``x.csv`` and ``x_edges.csv``.

    Columns are called as in `flat.FIELDS`, `EDGES` and `SOURCES`; those of nodes other than id,
    label and kind may be missing, and further ones are passed over. Where a file is read, the
    tables of edges and sources are looked for beside it; that there are no edges is a finding.

    Raises
    ------
    SourceError
        With the row, as a spreadsheet numbers it, if an id is missing or given twice or a relation
        is none; if a folder holds several such tables, or a table of edges is given alone.
    """
    with ExitStack() as stack:
        found = _Tables.beside(document, stack)
        stated = Statements()
        for where, cells in _rows(found.nodes, _NODES):
            flat.state(stated, cells, where)
        for where, cells in _rows(found.edges, EDGES[:3]) if found.edges else ():
            edge = (cells["child"], cells["relation"], cells["parent"])
            flat.relate(stated, edge, cells.get("relation_label", ""), where)
        if found.edges is None:
            lacking = "no table of edges is beside it"
            stated.findings.append(Finding("INFO", "no_edges", document.name, "edges", lacking))
        if not stated.ids:
            raise SourceError(f"{found.nodes.where}: no row below the header; add one")
        sources = _sources(found.sources) if found.sources else None
        return assemble(stated, document.source, sources)


class _Tables(NamedTuple):
    """The tables that belong together."""

    nodes: Document
    edges: Document | None
    sources: Document | None

    @classmethod
    def beside(cls, document: Document, stack: ExitStack) -> _Tables:
        """Find the tables of a folder, or those beside a table of nodes; `stack` closes them."""
        if not document.members:
            if not _is_nodes(tables.header(document.head)):
                raise SourceError(
                    f"{document.where}: is a table of edges, which has no labels and kinds; give "
                    "the table of nodes, or the folder of both"
                )
            return cls(document, *(_beside(document, name, stack) for name in ("edges", "sources")))
        nodes, *others = _of_nodes(document)
        if others:
            raise SourceError(
                f"{document.where}: holds several tables of nodes ({nodes}, {', '.join(others)}); "
                "give one of them"
            )
        sisters = (sister(nodes, name) for name in ("edges", "sources"))
        return cls(
            document.member(nodes),
            *(document.member(name) if name in document.members else None for name in sisters),
        )


def sister(nodes: str, name: str) -> str:
    """Return what the table that goes with one of nodes is called.

    >>> sister("x.csv", "edges"), sister("x_nodes.csv", "edges")
    ('x_edges.csv', 'x_edges.csv')
    """
    return _FILE.sub(rf"\g<1>_{name}\g<3>", nodes, count=1)


def _beside(document: Document, name: str, stack: ExitStack) -> Document | None:
    path = document.path.with_name(sister(document.path.name, name))
    return stack.enter_context(opened(path)) if path != document.path and path.is_file() else None


def _is_nodes(columns: Iterable[str]) -> bool:
    # Tables of the project's ontology have those columns too, and parents in a column of theirs.
    return set(_NODES) <= set(columns) and "parents" not in columns


def _of_nodes(document: Document) -> list[str]:
    """Return the names of a folder's tables of nodes."""
    named = (name for name in document.members if _FILE.fullmatch(name))
    return [name for name in named if _is_nodes(tables.columns_of(document, name))]


def _rows(document: Document, columns: Iterable[str]) -> Iterable[tuple[str, dict[str, str]]]:
    """Give a table's rows as they are, blanks and all, and where each stands."""
    within(document)
    line = document.head.split("\n", 1)[0]
    separator = max("\t,;", key=line.count)
    try:
        table = pl.read_csv(document.path, separator=separator, infer_schema=False).fill_null("")
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"{document.where}: is no table whose rows are alike: {str(error).splitlines()[0]}"
        ) from error
    if missing := [column for column in columns if column not in table.columns]:
        raise SourceError(
            f"{document.where}: no column {', '.join(missing)} among {', '.join(table.columns)}; "
            "add it to the header"
        )
    for number, cells in enumerate(table.iter_rows(named=True), start=2):
        if any(cells.values()):  # spreadsheets leave empty rows at the end
            yield f"{document.where}, row {number}", cells


def _sources(document: Document) -> list[Source]:
    found = []
    for _, cells in _rows(document, SOURCES[:1]):
        texts = {name: cells.get(name, "") for name in SOURCES[:-1]}
        found.append(Source(**texts, imports=flat.split(cells.get("imports", ""))))
    return found
