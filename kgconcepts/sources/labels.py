"""Which concepts an image collection's labels stand for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kgconcepts.curation.unite import unite
from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.graph import TRAITS, Concept, ConceptGraph
from kgconcepts.sources import planktonzilla, tables
from kgconcepts.sources.document import Document, opened

__all__ = ["label_names", "read_labels"]

_RELATIONS = dict(zip(("part", "quality", "stage"), TRAITS, strict=True))


def read_labels(
    path: Path, graph: ConceptGraph, collection: str = ""
) -> tuple[ConceptGraph, dict[str, tuple[str, ...]]]:
    """Read a label table.

    Parameters
    ----------
    path : path
        Columns ``label`` and ``concept``: an id, label, synonym or cross-reference of the graph,
        or several with ``|`` between them, which then hold together: the label is the concept that
        they define (`Concept.intersection`), or that one of them which is and has all the others;
        where there is none, it becomes a concept of its own. Or a planktonzilla table.
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
    joined = list(_joined(document, graph, concepts))
    relations = [
        (one.id, _RELATIONS.get(graph[id_].kind, "is_a"), id_)
        for one in joined
        for id_ in concepts[one.label]
    ]
    concepts |= {one.label: (one.id,) for one in joined}
    labelled = unite([graph, ConceptGraph(joined, (), [document.source], (), None, relations)])
    return labelled, concepts


def _joined(
    document: Document, graph: ConceptGraph, concepts: dict[str, tuple[str, ...]]
) -> Iterator[Concept]:
    """Give concepts for labels that name several, of which none is what all of them say."""
    defined = {frozenset(p for _, p in c.intersection): c.id for c in graph if c.intersection}
    for label, ids in concepts.items():
        if len(ids) > 1:
            kinds = {graph[id_].kind for id_ in ids}
            whole = [id_ for id_ in ids if _closed(graph, id_).issuperset(ids)]
            whole += [defined[frozenset(ids)]] if frozenset(ids) in defined else []
            if whole:
                concepts[label] = (whole[0],)
            elif kinds & {"taxon", "object"}:
                kind = "taxon" if "taxon" in kinds else "object"
                id_ = f"{Path(document.name).stem}:{label}"
                yield Concept(id_, label, kind, source=document.name)


def _closed(graph: ConceptGraph, id_: str) -> set[str]:
    """Return all that a concept is and has, itself included."""
    found = {id_}
    stack = [id_]
    while stack:
        new = set(graph.related(stack.pop(), "is_a", *TRAITS)) - found
        found |= new
        stack += new
    return found


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
