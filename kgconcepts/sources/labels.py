"""Which concepts an image collection's labels stand for."""

from __future__ import annotations

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
        or several with ``|`` between them, which then hold together: the label is that one of them
        which is and has all the others, or, if a stage is among them, the form at this stage that
        is of all of them; where there is none, a label with a taxon or object becomes a concept of
        its own. Or a planktonzilla table.
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
        With the line, if a label comes twice or has no concept, or the graph has its id already.
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
    joined: list[Concept] = []
    relations: list[tuple[str, str, str]] = []
    for where, cells in tables.rows(document, ("label", "concept")):
        label = cells["label"]
        if label in concepts:
            raise SourceError(f"{where}: label {label!r} is given twice; keep one row")
        try:
            names = [name.strip() for name in cells["concept"].split("|")]
            ids = tuple(graph.find_one(name) for name in names)
        except UnknownConceptError as error:
            raise UnknownConceptError(f"{where}: label {label!r}: {error}") from error
        concepts[label] = (whole,) if (whole := _whole(graph, ids)) else ids
        kinds = {graph[id_].kind for id_ in ids}
        if len(concepts[label]) > 1 and kinds & {"taxon", "object"}:
            id_ = f"{Path(document.name).stem}:{label}"
            if id_ in graph:
                raise SourceError(f"{where}: the graph has a concept {id_}; rename the table")
            kind = "taxon" if "taxon" in kinds else "object"
            joined.append(Concept(id_, label, kind, source=document.name))
            relations += [(id_, _RELATIONS.get(graph[i].kind, "is_a"), i) for i in ids]
            concepts[label] = (id_,)
    own = ConceptGraph(joined, (), [document.source], (), None, relations)
    return unite([graph, own]), concepts


def _whole(graph: ConceptGraph, ids: tuple[str, ...]) -> str:
    """Return the concept that is all of several; empty where there is none, or no single one."""
    wanted = set(ids)
    found = [id_ for id_ in ids if _closed(graph, id_) >= wanted]
    if not found and any(graph[id_].kind == "stage" for id_ in ids):
        forms = [c.id for c in graph if c.kind == "taxon" and not (c.rank or c.obsolete)]
        found = [id_ for id_ in forms if _closed(graph, id_, "form_of") >= wanted]
        found = [id_ for id_ in found if not _closed(graph, id_) & {*found} - {id_}]
    return found[0] if len(found) == 1 else ""


def _closed(graph: ConceptGraph, id_: str, *more: str) -> set[str]:
    """Return all that a concept is and has, itself included."""
    found = {id_}
    stack = [id_]
    while stack:
        new = set(graph.related(stack.pop(), "is_a", *TRAITS, *more)) - found
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
        If the file cannot be read as such a table, or a label comes twice.
    """
    with opened(path) as document:
        if not planktonzilla.can_read(document):
            named: dict[str, tuple[str, ...]] = {}
            for where, cells in tables.rows(document, ("label", "concept")):
                if cells["label"] in named:
                    label = cells["label"]
                    raise SourceError(f"{where}: label {label!r} is given twice; keep one row")
                named[cells["label"]] = tuple(x.strip() for x in cells["concept"].split("|"))
            return named
        return {
            planktonzilla.label_id(cells["Dataset"], cells["Raw_Labels"]): (
                planktonzilla.finest_name(cells),
            )
            for _, cells in tables.rows(document, planktonzilla.COLUMNS)
            if collection in ("", cells["Dataset"])
        }
