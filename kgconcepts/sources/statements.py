"""What a source states of its concepts, in any order; together they make a graph."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
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
    kind : str
        The kind of all of them, where they are of one; `kinds` are not looked at then.
    obsolete : set
    relations : list of (child, relation, parent)
        Their ends need not be among the concepts: that is found.
    relation_labels : dict
    accepted : list of (id, "replaced_by", id)
        Accepted names that are not among the concepts.
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
    kind: str = ""
    obsolete: set[str] = field(default_factory=set)
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    relation_labels: dict[str, str] = field(default_factory=dict)
    accepted: list[tuple[str, str, str]] = field(default_factory=list)
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
    dangling = list(stated.accepted)
    if len(relations) < len(stated.relations):
        for child, relation, parent in stated.relations:
            if parent not in ids or child not in ids:
                dangling.append((child, relation, parent))
                subject, missing = (child, parent) if child in ids else (parent, child)
                findings.append(Finding("WARN", "unresolved_reference", subject, relation, missing))
    kinds = {} if stated.kind else guess(ids, relations, _known_kinds(stated))
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
        dangling,
    )


def _known_kinds(stated: Statements) -> dict[str, str]:
    known = {id_: kinds[0] for id_, kinds in stated.kinds.items() if kinds[0] in KINDS}
    ranked = (id_ for id_ in stated.ranks if id_ in stated.ids)
    return {**dict.fromkeys(ranked, "taxon"), **known}


def _rows(stated: Statements, kinds: Mapping[str, str], source: str) -> Iterator[tuple[Any, ...]]:
    """Give the fields of each concept, in the order of `Concept`."""
    ids = stated.ids

    def first(values: Values, default: str = "") -> Iterable[str]:
        if not values:
            return repeat(default)
        get = values.get
        return [found[0] if (found := get(id_)) else default for id_ in ids]

    def all_of(values: Mapping[str, Iterable[Any]]) -> Iterable[tuple[Any, ...]]:
        if not values:
            return repeat(())
        get = values.get
        return [tuple(found) if (found := get(id_)) else () for id_ in ids]

    def lower(texts: Iterable[str]) -> Iterable[str]:
        return map(str.lower, texts)

    labels = stated.labels.get
    obsolete = stated.obsolete
    return zip(
        ids,
        [
            found[0]
            if (found := labels(id_)) and found[0]
            else next(filter(None, found or ()), id_)
            for id_ in ids
        ],
        repeat(stated.kind) if stated.kind else [kinds[id_] for id_ in ids],
        first(stated.definitions),
        all_of(stated.synonyms),
        all_of(stated.xrefs),
        lower(first(stated.ranks)),
        first(stated.sources, source),
        all_of(stated.scopes),
        ["\n".join(stated.comments.get(id_, ())) for id_ in ids] if stated.comments else repeat(""),
        first(stated.authorities),
        lower(first(stated.status)),
        [id_ in obsolete for id_ in ids] if obsolete else repeat(False),
        all_of(stated.replaced_by),
        [tuple(whole[0]) if (whole := stated.intersections.get(id_)) else () for id_ in ids]
        if stated.intersections
        else repeat(()),
        strict=False,  # what is repeated has no end
    )
