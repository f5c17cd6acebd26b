"""A graph as three tables, in CSV or TSV: its nodes, its edges, its sources."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from kgconcepts.files import replacing
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, plain
from kgconcepts.sources.flat import FIELDS, joined, name_of, row
from kgconcepts.sources.nodes_edges import EDGES, SOURCES, sister

__all__ = ["SUFFIXES", "write"]

SUFFIXES = {".csv": ",", ".tsv": "\t"}


def write(graph: ConceptGraph, path: Path) -> tuple[Finding, ...]:
    """Write three tables beside one another, all or none.

    Nodes are in ``x.csv`` (or ``x_nodes.csv``) as the path says, the others in ``x_edges.csv`` and
    ``x_sources.csv``. Nothing is lost.
    """
    delimiter = SUFFIXES[path.suffix.lower()]
    tables: dict[str, tuple[Iterable[str], Iterable[Iterable[str]]]] = {
        path.name: (FIELDS, (row(concept).values() for concept in graph)),
        sister(path.name, "edges"): (EDGES, _edges(graph)),
        sister(path.name, "sources"): (SOURCES, _sources(graph)),
    }
    with ExitStack() as stack:
        for name, (header, rows) in tables.items():
            temporary = stack.enter_context(replacing(path.with_name(name)))
            with temporary.open("w", encoding="utf-8", newline="") as file:
                table = csv.writer(file, delimiter=delimiter, lineterminator="\n")
                table.writerow(header)
                table.writerows(rows)
    return ()


def _edges(graph: ConceptGraph) -> Iterator[tuple[str, ...]]:
    """Give relations, and for people the names of all that they hold."""
    for child, relation, parent in graph.stated:
        name = name_of(relation, graph.relation_labels)
        above = graph[parent].label if parent in graph else ""
        yield child, plain(relation), parent, graph[child].label, name, above


def _sources(graph: ConceptGraph) -> Iterator[list[str]]:
    for source in graph.sources.values():
        fields = (getattr(source, name) for name in SOURCES)
        yield [plain(f) if isinstance(f, str) else joined(map(plain, f)) for f in fields]
