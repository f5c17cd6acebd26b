"""Accepted names of taxa, in taxonomies that know of one another and in such that do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kgconcepts.curation import mappings
from kgconcepts.curation.pair import together
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph, Relation, fold
from kgconcepts.sources.taxa import synonym_scope

__all__ = ["ACCEPTED", "accept", "below_accepted", "two_accepted_names"]

ACCEPTED = "replaced_by"  # a dangling relation to an accepted name


def accept(concepts: dict[str, Concept], names: Iterable[Relation]) -> Iterator[Finding]:
    """Make names obsolete whose accepted name is there now; give those that contradict others.

    As in one table, the name that is accepted in the end has the other as synonym, and its id as
    cross-reference.
    """
    instead: dict[str, str] = {}
    for child, _, parent in names:
        if concepts[child].obsolete or child == parent:
            continue
        if instead.setdefault(child, parent) != parent:
            yield Finding("WARN", "conflicting_accepted_name", child, "replaced_by", parent)
    given = {old: concepts[old] for old in instead}
    for old, first in instead.items():
        new = _accepted_in_the_end(old, concepts, instead)
        if new == old:
            yield Finding("ERROR", "accepted_name_cycle", old, "accepted", first)
            continue
        name = given[old]
        concepts[old] = replace(name, obsolete=True, replaced_by=(new,))
        names_of = dict(name.scoped_synonyms) | {name.label: synonym_scope(name.status)}
        bare = Concept(
            new,
            new,
            synonyms=tuple(names_of),
            scopes=tuple(names_of.values()),
            xrefs=(*name.xrefs, old),
        )
        concepts[new] = together(concepts[new], bare)


def _accepted_in_the_end(
    id_: str, concepts: Mapping[str, Concept], instead: Mapping[str, str] | None = None
) -> str:
    """Follow a name to what is accepted; names that are each other's stay what they are."""
    seen = {id_}
    last = id_
    while True:
        concept = concepts[last]
        one = concept.replaced_by[0] if len(concept.replaced_by) == 1 else ""
        following = (instead or {}).get(last) or (one if concept.obsolete else "")
        if following not in concepts:
            return last
        if following in seen:
            return id_
        seen.add(following)
        last = following


def below_accepted(
    concepts: Mapping[str, Concept], relations: Mapping[Relation, None], graphs: list[ConceptGraph]
) -> dict[Relation, None]:
    """Put what is below a name that only another graph replaces below the accepted one."""
    old = {c.id for c in concepts.values() if c.obsolete and c.replaced_by}

    def moved(relation: Relation) -> Relation:
        child, type_, parent = relation
        if type_ != "is_a" or parent not in old or concepts[child].obsolete:
            return relation
        saying = [g for g in graphs if child in g and (type_, parent) in g.stated_of(child)]
        if any(parent in graph and graph[parent].obsolete for graph in saying):
            return relation  # a mistake of its own, told by a check
        return relation._replace(parent=_accepted_in_the_end(parent, concepts))

    if not old:
        return dict(relations)
    pairs = ((relation, moved(relation)) for relation in relations)
    return dict.fromkeys(new for was, new in pairs if new.child != new.parent or new == was)


def two_accepted_names(
    first: ConceptGraph, second: ConceptGraph, same: Iterable[mappings.Mapping]
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
