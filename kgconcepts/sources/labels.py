"""Which concepts an image collection's labels stand for."""

from __future__ import annotations

from pathlib import Path

from kgconcepts.curation.unite import unite
from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import planktonzilla, tables
from kgconcepts.sources.document import Document, opened

__all__ = ["label_names", "read_labels"]


def read_labels(
    path: Path, graph: ConceptGraph, collection: str = ""
) -> tuple[ConceptGraph, dict[str, tuple[str, ...]]]:
    """Read a label table.

    Parameters
    ----------
    path : path
        Columns ``label`` and ``concept``: an id, label, synonym or cross-reference of the graph,
        or several with ``|`` between them, which then hold together. Or a planktonzilla table.
    graph : ConceptGraph
        What the concepts are looked up in.
    collection : str
        The collection whose labels to read from a planktonzilla table.

    Returns
    -------
    graph : ConceptGraph
        With the concepts that the table brings of its own.
    concepts : dict
        For each label the ids of its concepts.

    Raises
    ------
    SourceError, UnknownConceptError
        With the line, if a label comes twice or has no concept.
    """
    with opened(path) as document:
        return _labels(document, graph, collection)


def _labels(
    document: Document, graph: ConceptGraph, collection: str
) -> tuple[ConceptGraph, dict[str, tuple[str, ...]]]:
    if planktonzilla.can_read(document):
        own = planktonzilla.read(document, collection)
        taxa: dict[str, tuple[str, ...]] = {}
        for where, cells in tables.rows(document, planktonzilla.COLUMNS):
            label, of = cells["Raw_Labels"], cells["Dataset"]
            if collection in ("", of):
                if label in taxa:
                    raise SourceError(
                        f"{where}: label {label!r} is given twice; name the collection"
                    )
                taxa[label] = (planktonzilla.label_id(of, label),)
        return unite([graph, own]), taxa
    concepts: dict[str, tuple[str, ...]] = {}
    for where, cells in tables.rows(document, ("label", "concept")):
        if cells["label"] in concepts:
            raise SourceError(f"{where}: label {cells['label']!r} is given twice; keep one row")
        try:
            names = [name.strip() for name in cells["concept"].split("|")]
            concepts[cells["label"]] = tuple(graph.find_one(name) for name in names)
        except UnknownConceptError as error:
            raise UnknownConceptError(f"{where}: label {cells['label']!r}: {error}") from error
    return unite([graph, ConceptGraph([], [], [document.source])]), concepts


def label_names(path: Path, collection: str = "") -> dict[str, tuple[str, ...]]:
    """Return what each label of a table is said to stand for, looked up nowhere.

    Parameters
    ----------
    path : path
        Columns ``label`` and ``concept``, as in `read_labels`; or a planktonzilla table, whose
        labels stand for their AphiaID, or where they have none for their finest name.
    collection : str
        The collection whose labels to read from a planktonzilla table.

    Raises
    ------
    SourceError
        If the file cannot be read as such a table.
    """
    with opened(path) as document:
        if not planktonzilla.can_read(document):
            rows = (row.cells for row in tables.rows(document, ("label", "concept")))
            return {
                cells["label"]: tuple(name.strip() for name in cells["concept"].split("|"))
                for cells in rows
            }
        return {
            planktonzilla.label_id(cells["Dataset"], cells["Raw_Labels"]): (
                planktonzilla.finest_name(cells),
            )
            for _, cells in tables.rows(document, planktonzilla.COLUMNS)
            if collection in ("", cells["Dataset"])
        }
