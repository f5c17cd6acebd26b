"""Graphs whose ids agree → one, and what they contradict one another in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kgconcepts.curation.accepted import ACCEPTED, accept, below_accepted
from kgconcepts.curation.pair import conflicts, together
from kgconcepts.findings import Finding, Level
from kgconcepts.graph import Concept, ConceptGraph, Relation, Source

__all__ = ["renamed", "unite"]

_HASH_SHOWN = 8
_OF_DANGLING = ("unresolved_reference", "missing_accepted_name")  # their value is what is not there


def unite(graphs: Iterable[ConceptGraph]) -> ConceptGraph:
    """Unite graphs: what has the same id is the same concept, and nothing else is.

    Of a concept that several graphs describe, the first one's label, kind, rank, definition and
    accepted name hold, those of later ones fill what it leaves empty; names, cross-references and
    relations add up. What one graph's relations lead to and another holds is found there.

    Notes
    -----
    What the first one overrules is a finding, ``conflicting_rank`` or as the field is called.
    ``conflicting_parent`` is a taxon's parent that is neither above nor below the parents in an
    earlier graph, or is below the taxon itself; ``conflicting_accepted_name`` a name that one graph
    uses and another replaces, or that both replace, with others. Of two different files with one
    name the later is told apart by its hash.
    """
    graphs = _told_apart(graphs)
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
        sources = {**graph.sources, **sources}
    labels = {name: label for graph in graphs for name, label in graph.relation_labels.items()}
    dangling = dict.fromkeys(r for graph in graphs for r in graph.dangling)
    resolved = dict.fromkeys(r for r in dangling if r.child in concepts and r.parent in concepts)
    if resolved:
        findings = [f for f in findings if not _told(f, resolved)]
        relations.update((r, None) for r in resolved if r.relation != ACCEPTED)
        findings += accept(concepts, [r for r in resolved if r.relation == ACCEPTED])
    relations = below_accepted(concepts, relations, graphs)
    united = ConceptGraph(
        concepts.values(),
        relations,
        (sources[name] for graph in graphs for name in graph.sources),
        findings,
        labels,
        [r for r in dangling if r not in resolved],
    )
    return united.with_findings(_other_parents(graphs, united, shared))


def _told_apart(graphs: Iterable[ConceptGraph]) -> list[ConceptGraph]:
    """Return graphs in which different files have different names."""
    known: dict[str, Source] = {}
    apart = []
    for graph in graphs:
        names = {
            name: f"{name} ({source.sha256[:_HASH_SHOWN]})"
            for name, source in graph.sources.items()
            if name in known and known[name].sha256 != source.sha256
        }
        if names:
            graph = ConceptGraph(  # noqa: PLW2901
                (replace(c, source=names.get(c.source, c.source)) for c in graph),
                graph.relations,
                (replace(s, name=names.get(s.name, s.name)) for s in graph.sources.values()),
                (replace(f, subject=names.get(f.subject, f.subject)) for f in graph.findings),
                graph.relation_labels,
                graph.dangling,
            )
        known.update({n: s for n, s in graph.sources.items() if n not in known})
        apart.append(graph)
    return apart


def _told(finding: Finding, resolved: Mapping[Relation, None]) -> bool:
    """Return whether a finding says of a relation that its other end is not there."""
    here, relation, there = finding.subject, finding.property, finding.value
    if finding.rule == "missing_accepted_name":
        return Relation(here, ACCEPTED, there) in resolved
    either = Relation(here, relation, there), Relation(there, relation, here)
    return finding.rule == "unresolved_reference" and not resolved.keys().isdisjoint(either)


def renamed(graph: ConceptGraph, ids: Mapping[str, str]) -> ConceptGraph:
    """Return a graph in which concepts go by other ids; the old ones are cross-references.

    Concepts that come to have the same id become one, as in `unite`; so does one that takes the
    id of another concept of the graph. Relations of a concept to itself go, and are findings
    (``lost_relation``).
    """
    ids = {id_: other for id_, other in ids.items() if id_ != other}
    if not ids or not any(_refers(graph, ids)):
        return graph

    def moved(relation: Relation) -> Relation:
        child, name, parent = relation
        return Relation(ids.get(child, child), name, ids.get(parent, parent))

    concepts: dict[str, Concept] = {}
    findings = [_moved(finding, ids) for finding in graph.findings]
    findings = [f for f in findings if f.rule not in _OF_DANGLING or f.subject != f.value]
    for given in graph:
        id_ = ids.get(given.id, given.id)
        concept = given
        if id_ != given.id:
            label = id_ if given.label == given.id else given.label
            concept = replace(given, id=id_, label=label, xrefs=(*given.xrefs, given.id))
        named = (*given.replaced_by, *(of for _, of in given.intersection))
        if named and (id_ != given.id or not ids.keys().isdisjoint(named)):
            whole = ((relation, ids.get(of, of)) for relation, of in given.intersection)
            instead = {ids.get(of, of) for of in given.replaced_by}
            concept = replace(
                concept,
                obsolete=given.obsolete and instead != {id_},  # else it is what replaces it
                replaced_by=tuple(instead - {id_}),
                intersection=tuple((relation, of) for relation, of in whole if of != id_),
            )
        if (first := concepts.get(id_)) is not None:
            findings += conflicts(first, concept)
            concept = together(first, concept)
        concepts[id_] = concept
    relations = []
    for given_relation in graph.relations:
        relation = moved(given_relation)
        if relation.child != relation.parent or relation == given_relation:
            relations.append(relation)
        else:
            level: Level = "ERROR" if relation.relation == "disjoint_with" else "WARN"
            told = " ".join(given_relation)
            findings.append(
                Finding(level, "lost_relation", relation.child, relation.relation, told)
            )
    return ConceptGraph(
        concepts.values(),
        relations,
        graph.sources.values(),
        findings,
        graph.relation_labels,
        (r for r in map(moved, graph.dangling) if r.child != r.parent),
    )


def _refers(graph: ConceptGraph, ids: Mapping[str, str]) -> Iterator[bool]:
    """Tell of all that a graph names whether it goes by another id now."""
    yield any(id_ in graph for id_ in ids)
    yield any(r.child in ids or r.parent in ids for r in graph.dangling)
    for c in graph:
        if c.replaced_by or c.intersection:
            yield any(of in ids for of in (*c.replaced_by, *(of for _, of in c.intersection)))


def _moved(finding: Finding, ids: Mapping[str, str]) -> Finding:
    subject, value = finding.subject, finding.value
    if finding.rule in _OF_DANGLING:
        value = ids.get(value, value)
    if subject in ids or value != finding.value:
        return replace(finding, subject=ids.get(subject, subject), value=value)
    return finding


def _other_parents(
    graphs: Sequence[ConceptGraph], united: ConceptGraph, shared: Iterable[str]
) -> Iterator[Finding]:
    """Give the taxa that later graphs place where the first does not."""
    for id_ in shared:
        if united[id_].kind != "taxon" or united[id_].obsolete:
            continue
        stated = [graph.stated_of(id_) for graph in graphs if id_ in graph]
        several = [[p for r, p in found if r == "is_a" and p in united] for found in stated]
        first, *others = [parents for parents in several if parents] or [[]]
        new = dict.fromkeys(parent for parents in others for parent in parents)
        for parent in new:
            if parent in first:
                continue
            above = _lineage(united, parent)
            near = above & set(first) or any(parent in _lineage(united, one) for one in first)
            if not near or id_ in above:
                held = ", ".join(united[one].label for one in first)
                value = f"{united[parent].label} ({parent}), not {held}"
                yield Finding("WARN", "conflicting_parent", id_, "is_a", value)


def _lineage(graph: ConceptGraph, id_: str) -> set[str]:
    """Return a concept and what is above it; there may be cycles."""
    found = {id_}
    stack = [id_]
    while stack:
        new = set(graph.related(stack.pop(), "is_a")) - found
        found |= new
        stack += new
    return found
