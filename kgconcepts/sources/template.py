"""The project's ontology tables: one row a term, columns as in a ROBOT template."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kgconcepts.errors import SourceError
from kgconcepts.files import sha256
from kgconcepts.graph import TRAITS, Concept, ConceptGraph, Relation, Source
from kgconcepts.sources import tables

__all__ = ["COLUMNS", "can_read", "read", "read_templates"]

COLUMNS = (
    *("id", "label", "kind", "rank", "parents", "definition", "synonyms", "xrefs"),
    *("has_part", "has_quality", "has_stage", "source"),
)


def can_read(head: str) -> bool:
    """Return whether a file that begins like this is such a table."""
    return set(COLUMNS) <= set(tables.header(head))


def read(path: Path) -> ConceptGraph:
    """Read one table that refers to nothing outside itself."""
    return read_templates([path])


def read_templates(paths: Iterable[Path], licence: str = "", version: str = "") -> ConceptGraph:
    """Read tables whose terms refer to one another by label.

    Parameters
    ----------
    paths : iterable of path
    licence, version : str
        Of all of them.

    Raises
    ------
    SourceError
        If a label or an id comes twice, or a reference names no term.
    """
    sources: list[Source] = []
    concepts: dict[str, Concept] = {}
    references: list[tuple[str, str, str, str]] = []
    for path in paths:
        sources.append(Source(path.name, sha256(path), version, licence))
        for where, cells in tables.rows(path, COLUMNS):
            label = cells["label"]
            if label.casefold() in concepts:
                raise SourceError(f"{where}: {label!r} is given twice; labels must be unique")
            concepts[label.casefold()] = Concept(
                cells["id"],
                label,
                cells["kind"],
                cells["definition"],
                _split(cells["synonyms"]),
                _split(cells["xrefs"]),
                cells["rank"],
                path.name,
            )
            for column, relation in (("parents", "is_a"), *zip(TRAITS, TRAITS, strict=True)):
                references += [
                    (where, cells["id"], relation, name) for name in _split(cells[column])
                ]
    relations = []
    for where, child, relation, name in references:
        if name.casefold() not in concepts:
            raise SourceError(f"{where}: {relation} {name!r} names no term; add it or correct it")
        relations.append(Relation(child, relation, concepts[name.casefold()].id))
    return ConceptGraph(concepts.values(), relations, sources)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())
