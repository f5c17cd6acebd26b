"""The project's ontology tables: one row a term, columns as in a ROBOT template.

Beside `COLUMNS` there may be ``authority`` and ``status`` (of a taxon's name), ``comment``, and a
column for any other relation between terms, such as ``part_of``, ``visible_in`` or
``disjoint_with``. What other columns hold is for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from kgconcepts.errors import SourceError
from kgconcepts.graph import RELATIONS, Concept, ConceptGraph, Relation, Source
from kgconcepts.sources import tables
from kgconcepts.sources.document import Document, opened

__all__ = ["COLUMNS", "NAME", "can_read", "read", "read_templates"]

NAME = "ontology template"
COLUMNS = (
    *("id", "label", "kind", "rank", "parents", "definition", "synonyms", "xrefs"),
    *("has_part", "has_quality", "has_stage", "source"),
)


def can_read(document: Document) -> bool:
    """Return whether a document is such a table."""
    return set(COLUMNS) <= set(tables.header(document.head))


def read(document: Document) -> ConceptGraph:
    """Read one table that refers to nothing outside itself."""
    return _graph([document])


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
    with ExitStack() as stack:
        documents = [stack.enter_context(opened(path)) for path in paths]
        return _graph(documents, licence, version)


def _graph(documents: Iterable[Document], licence: str = "", version: str = "") -> ConceptGraph:
    sources: list[Source] = []
    ids: set[str] = set()
    concepts: dict[str, Concept] = {}
    references: list[tuple[str, str, str, str]] = []
    for document in documents:
        sources.append(Source(document.name, document.sha256, version, licence))
        for where, cells in tables.rows(document, COLUMNS):
            label = cells["label"]
            if label.casefold() in concepts or cells["id"] in ids:
                what = label if label.casefold() in concepts else cells["id"]
                raise SourceError(f"{where}: {what!r} is given twice; ids and labels are unique")
            ids.add(cells["id"])
            try:
                concepts[label.casefold()] = Concept(
                    cells["id"],
                    label,
                    cells["kind"],
                    cells["definition"],
                    _split(cells["synonyms"]),
                    _split(cells["xrefs"]),
                    cells["rank"],
                    document.name,
                    comment=cells.get("comment", ""),
                    authority=cells.get("authority", ""),
                    status=cells.get("status", ""),
                )
            except SourceError as error:
                account = str(error).removeprefix(f"{document.name}: ")
                raise SourceError(f"{where}: {account}") from error
            for relation in RELATIONS:
                cell = cells.get("parents" if relation == "is_a" else relation, "")
                references += [(where, cells["id"], relation, name) for name in _split(cell)]
    relations = []
    for where, child, relation, name in references:
        if name.casefold() not in concepts:
            raise SourceError(f"{where}: {relation} {name!r} names no term; add it or correct it")
        relations.append(Relation(child, relation, concepts[name.casefold()].id))
    return ConceptGraph(concepts.values(), relations, sources)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())
