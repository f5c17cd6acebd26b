"""Names that two taxonomies do not accept for the same taxon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgconcepts.curation.mappings import Mapping
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph, fold

__all__ = ["two_accepted_names"]


def two_accepted_names(
    first: ConceptGraph, second: ConceptGraph, same: Iterable[Mapping]
) -> Iterator[Finding]:
    """Give names of ranked taxa that one graph accepts and the other has for another taxon.

    Parameters
    ----------
    first, second : ConceptGraph
    same : iterable of Mapping
        What of the first is the same as what of the second.

    Returns
    -------
    iterator of Finding
        ``conflicting_accepted_name``: of what became one under a synonym, the other accepted name;
        of others the taxon that the name stands for in the other graph.
    """
    became = {m.object: m.subject for m in same}
    for m in same:
        one, other = first[m.subject], second[m.object]
        if one.rank and other.rank and fold(one.label) != fold(other.label):
            yield _finding(one.id, f"{other.label} ({other.source or other.id}), not {one.label}")
    for used, elsewhere in ((first, second), (second, first)):
        others = dict(_other_names(elsewhere))
        accepted = {fold(c.label) for c in elsewhere if c.rank and not c.obsolete}
        for concept in used:
            name = fold(concept.label)
            if concept.obsolete or not concept.rank or name not in others or name in accepted:
                continue
            id_ = became.get(concept.id, concept.id)
            instead = others[name]
            if instead.rank == concept.rank and id_ != became.get(instead.id, instead.id):
                where = instead.source or instead.id
                yield _finding(id_, f"{concept.label} is {instead.label} in {where}")


def _other_names(graph: ConceptGraph) -> Iterator[tuple[str, Concept]]:
    """Give names that are not accepted, and the ranked taxon that each stands for."""
    for concept in graph:
        if not concept.rank:
            continue
        if concept.obsolete:
            for id_ in concept.replaced_by:
                if id_ in graph:
                    yield fold(concept.label), graph[id_]
            continue
        for name, scope in concept.scoped_synonyms:
            if scope == "exact":
                yield fold(name), concept


def _finding(id_: str, value: str) -> Finding:
    return Finding("WARN", "conflicting_accepted_name", id_, "label", value)
