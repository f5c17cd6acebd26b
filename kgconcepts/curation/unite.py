"""Graphs whose ids agree → one, and what they contradict one another in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding, Level
from kgconcepts.graph import Concept, ConceptGraph, Relation, Source

__all__ = ["renamed", "unite"]

_FIELDS: dict[str, Level] = {  # of which one value holds, and how grave it is if two differ
    "kind": "WARN",
    "rank": "WARN",
    "status": "WARN",
    "definition": "INFO",
    "comment": "INFO",
    "authority": "INFO",
    "intersection": "INFO",
}


def unite(graphs: Iterable[ConceptGraph]) -> ConceptGraph:
    """Unite graphs: what has the same id is the same concept, and nothing else is.

    Of a concept that several graphs describe, the first one's label, kind, rank, definition and
    accepted name hold, those of later ones fill what it leaves empty; names, cross-references and
    relations add up.

    Notes
    -----
    What the first one overrules is a finding, ``conflicting_rank`` or as the field is called.
    ``conflicting_parent`` is a taxon's parent that is neither above nor below the parents in an
    earlier graph; ``conflicting_accepted_name`` a name that one graph uses and another replaces,
    or that both replace, with others.

    Raises
    ------
    SourceError
        If two different files have the same name.
    """
    graphs = list(graphs)
    concepts: dict[str, Concept] = {}
    relations: dict[Relation, None] = {}
    sources: dict[str, Source] = {}
    findings: list[Finding] = []
    shared: dict[str, None] = {}
    for graph in graphs:
        for concept in graph:
            first = concepts.get(concept.id)
            if first is None:
                concepts[concept.id] = concept
            elif first != concept:
                concepts[concept.id] = together(first, concept)
                findings += conflicts(first, concept)
            if first is not None:
                shared[concept.id] = None
        relations.update(dict.fromkeys(graph.relations))
        findings += graph.findings
        for name, source in graph.sources.items():
            if sources.setdefault(name, source) != source:
                raise SourceError(
                    f"{name}: two different files have this name; rename one, so that it is clear "
                    "what comes from which"
                )
    labels = {name: label for graph in graphs for name, label in graph.relation_labels.items()}
    united = ConceptGraph(concepts.values(), relations, sources.values(), findings, labels)
    return united.with_findings(_other_parents(graphs, united, shared))


def renamed(graph: ConceptGraph, ids: Mapping[str, str]) -> ConceptGraph:
    """Return a graph in which concepts go by other ids; the old ones are cross-references.

    Concepts that come to have the same id become one, as in `unite`; so does one that takes the
    id of another concept of the graph. Relations of a concept to itself go.
    """
    ids = {id_: other for id_, other in ids.items() if id_ in graph and id_ != other}
    if not ids:
        return graph
    concepts: dict[str, Concept] = {}
    findings = [replace(f, subject=ids.get(f.subject, f.subject)) for f in graph.findings]
    for given in graph:
        id_ = ids.get(given.id, given.id)
        concept = given
        if id_ != given.id:
            label = id_ if given.label == given.id else given.label
            concept = replace(given, id=id_, label=label, xrefs=(*given.xrefs, given.id))
        named = (*given.replaced_by, *(of for _, of in given.intersection))
        if named and not ids.keys().isdisjoint(named):
            whole = tuple((relation, ids.get(of, of)) for relation, of in given.intersection)
            instead = {ids.get(of, of) for of in given.replaced_by} - {id_}
            concept = replace(concept, replaced_by=tuple(instead), intersection=whole)
        if (first := concepts.get(id_)) is not None:
            findings += conflicts(first, concept)
            concept = together(first, concept)
        concepts[id_] = concept
    relations = [
        (ids.get(child, child), relation, ids.get(parent, parent))
        for child, relation, parent in graph.relations
    ]
    return ConceptGraph(
        concepts.values(),
        [r for r in relations if r[0] != r[2]],
        graph.sources.values(),
        findings,
        graph.relation_labels,
    )


def together(first: Concept, other: Concept) -> Concept:
    """Return one concept for two: the first's fields hold, the other's fill them up."""
    scopes = dict(other.scoped_synonyms)
    nameless = other.label == other.id
    names = [name for name in (other.label, *other.synonyms) if name != first.label]
    names = names[1:] if nameless and names[:1] == [other.label] else names
    both_obsolete = first.obsolete and other.obsolete
    return replace(
        first,
        definition=first.definition or other.definition,
        rank=first.rank or other.rank,
        synonyms=(*first.synonyms, *names),
        scopes=(
            *(scope for _, scope in first.scoped_synonyms),
            *(scopes.get(name, "exact") for name in names),
        ),
        comment=first.comment or other.comment,
        authority=first.authority or other.authority,
        status=first.status or other.status,
        replaced_by=(*first.replaced_by, *(other.replaced_by if both_obsolete else ())),
        intersection=first.intersection or other.intersection,
        xrefs=tuple(x for x in (*first.xrefs, *other.xrefs) if x != first.id),
    )


def conflicts(first: Concept, other: Concept) -> Iterator[Finding]:
    """Give what the first of two concepts overrules in the other."""
    by = f" ({other.source})" if other.source else ""
    for field, level in _FIELDS.items():
        one, two = getattr(first, field), getattr(other, field)
        if one and two and one != two:
            yield Finding(level, f"conflicting_{field}", first.id, field, f"{two}{by}")
    rule = "conflicting_accepted_name"
    if first.obsolete != other.obsolete:
        instead = f"replaced by {', '.join(other.replaced_by) or 'nothing'}"
        found = instead if other.obsolete else "in use"
        yield Finding("WARN", rule, first.id, "obsolete", f"{found}{by}")
    elif first.replaced_by and other.replaced_by and first.replaced_by != other.replaced_by:
        instead = ", ".join(other.replaced_by)
        yield Finding("WARN", rule, first.id, "replaced_by", f"{instead}{by}")


def _other_parents(
    graphs: Sequence[ConceptGraph], united: ConceptGraph, shared: Iterable[str]
) -> Iterator[Finding]:
    """Give the taxa that later graphs place where the first does not."""
    lineages: dict[str, set[str]] = {}

    def lineage(id_: str) -> set[str]:
        if id_ not in lineages:
            found: set[str] = {id_}
            stack = [id_]
            while stack:
                new = set(united.related(stack.pop(), "is_a")) - found
                found |= new
                stack += new
            lineages[id_] = found
        return lineages[id_]

    for id_ in shared:
        if united[id_].kind != "taxon" or united[id_].obsolete:
            continue
        several = [graph.related(id_, "is_a") for graph in graphs if id_ in graph]
        several = [parents for parents in several if parents]
        for parents in several[1:]:
            for parent in parents:
                near = (one in lineage(parent) or parent in lineage(one) for one in several[0])
                if parent not in several[0] and not any(near):
                    held = ", ".join(united[one].label for one in several[0])
                    value = f"{united[parent].label} ({parent}), not {held}"
                    yield Finding("WARN", "conflicting_parent", id_, "is_a", value)
