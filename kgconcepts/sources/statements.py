"""What a source states of its concepts, in any order; together they make a graph."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kgconcepts.findings import Finding
from kgconcepts.graph import KINDS, ConceptGraph, Source, concepts
from kgconcepts.sources.kinds import guess

__all__ = ["Statements", "assemble", "no_collection"]

Values = dict[str, list[str]]


def _values() -> Values:
    return defaultdict(list)


@dataclass
class Statements:
    """Everything stated, by field and concept; the first of several values holds.

    A reader fills it; `assemble` makes a graph of it, and findings of what contradicts itself.

    Parameters
    ----------
    ids : dict
        The concepts in their order (a dict for a set that keeps it).
    labels, definitions, comments, xrefs, kinds, ranks, authorities, status, sources, replaced_by
        By id, the values as stated.
    synonyms, scopes
        By id, names and for each its scope; no scopes at all where all are exact.
    intersections : mapping of id → list of intersections
    obsolete : set
    relations : list of (child, relation, parent)
        Their ends need not be among the concepts: that is found.
    relation_labels : dict
    findings : list
        What the reader found itself.
    """

    ids: dict[str, None] = field(default_factory=dict)
    labels: Values = field(default_factory=_values)
    definitions: Values = field(default_factory=_values)
    comments: Values = field(default_factory=_values)
    xrefs: Values = field(default_factory=_values)
    kinds: Values = field(default_factory=_values)
    ranks: Values = field(default_factory=_values)
    authorities: Values = field(default_factory=_values)
    status: Values = field(default_factory=_values)
    sources: Values = field(default_factory=_values)
    replaced_by: Values = field(default_factory=_values)
    synonyms: Values = field(default_factory=_values)
    scopes: Values = field(default_factory=_values)
    intersections: dict[str, list[tuple[tuple[str, str], ...]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    obsolete: set[str] = field(default_factory=set)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    relation_labels: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep Python from looking for garbage while millions of records are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def assemble(
    stated: Statements, source: Source, sources: Iterable[Source] | None = None
) -> ConceptGraph:
    """Make a graph of statements.

    Parameters
    ----------
    stated : Statements
    source : Source
        The file they come from.
    sources : iterable of Source, optional
        The sources that the file itself names, where it says which concept is from which.

    Notes
    -----
    A concept without a label is labelled with its id. A second label, definition or equivalent
    intersection, and a relation that leads to no concept, become findings.
    """
    findings = list(stated.findings)
    ids = stated.ids
    relations = [r for r in stated.relations if r[2] in ids and r[0] in ids]
    if len(relations) < len(stated.relations):
        for child, relation, parent in stated.relations:
            if parent not in ids or child not in ids:
                subject, missing = (child, parent) if child in ids else (parent, child)
                findings.append(Finding("WARN", "unresolved_reference", subject, relation, missing))
    known = {id_: kinds[0] for id_, kinds in stated.kinds.items() if kinds[0] in KINDS}
    known |= {id_: "taxon" for id_ in stated.ranks if id_ in stated.ids and id_ not in known}
    kinds = guess(stated.ids, relations, known)
    for rule, property_, found in (
        ("multiple_labels", "label", stated.labels),
        ("multiple_definitions", "definition", stated.definitions),
    ):
        findings += [
            Finding("ERROR", rule, id_, property_, other)
            for id_, values in found.items()
            if len(values) > 1 and id_ in stated.ids
            for other in dict.fromkeys(values[1:])
            if other != values[0]
        ]
    for id_, several in stated.intersections.items():
        findings += [
            Finding("WARN", "multiple_equivalent_classes", id_, "intersection", str(other))
            for other in several[1:]
            if set(other) != set(several[0])
        ]
    return ConceptGraph(
        concepts(_rows(stated, kinds, source.name if sources is None else "")),
        relations,
        [source] if sources is None else sources,
        findings,
        stated.relation_labels,
    )


def _rows(stated: Statements, kinds: dict[str, str], source: str) -> Iterator[tuple[Any, ...]]:
    labels, definitions, comments = stated.labels, stated.definitions, stated.comments
    synonyms, scopes, xrefs = stated.synonyms, stated.scopes, stated.xrefs
    ranks, origins = stated.ranks, stated.sources
    authorities, status, replaced_by = stated.authorities, stated.status, stated.replaced_by
    for id_ in stated.ids:
        yield (
            id_,
            next(filter(None, labels[id_]), id_) if id_ in labels else id_,
            kinds[id_],
            definitions[id_][0] if id_ in definitions else "",
            tuple(synonyms[id_]) if id_ in synonyms else (),
            tuple(xrefs[id_]) if id_ in xrefs else (),
            ranks[id_][0].lower() if id_ in ranks else "",
            origins[id_][0] if id_ in origins else source,
            tuple(scopes[id_]) if id_ in scopes else (),
            "\n".join(comments[id_]) if id_ in comments else "",
            authorities[id_][0] if id_ in authorities else "",
            status[id_][0].lower() if id_ in status else "",
            id_ in stated.obsolete,
            tuple(replaced_by[id_]) if id_ in replaced_by else (),
            stated.intersections[id_][0] if id_ in stated.intersections else (),
        )
