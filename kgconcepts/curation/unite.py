"""Graphs whose ids agree → one, and what they contradict one another in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kgconcepts.findings import Finding, Level
from kgconcepts.graph import Concept, ConceptGraph, Relation, Source, fold
from kgconcepts.sources.taxa import synonym_scope

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
_HASH_SHOWN = 8
_ACCEPTED = "replaced_by"  # a dangling relation to an accepted name
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
        relations.update((r, None) for r in resolved if r.relation != _ACCEPTED)
        findings += _accept(concepts, [r for r in resolved if r.relation == _ACCEPTED])
    relations = _below_accepted(concepts, relations, graphs)
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
        return Relation(here, _ACCEPTED, there) in resolved
    either = Relation(here, relation, there), Relation(there, relation, here)
    return finding.rule == "unresolved_reference" and not resolved.keys().isdisjoint(either)


def _accept(concepts: dict[str, Concept], names: Iterable[Relation]) -> Iterator[Finding]:
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


def _below_accepted(
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


def together(first: Concept, other: Concept) -> Concept:
    """Return one concept for two: the first's fields hold, the other's fill them up."""
    scopes = dict(other.scoped_synonyms)
    label = first.label if first.label != first.id else other.label
    names = [n for n in (other.label, *other.synonyms) if n not in (label, other.id)]
    both_obsolete = first.obsolete and other.obsolete
    return replace(
        first,
        label=label if label != other.id else first.label,
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
    if not (first.label == first.id or other.label == other.id or _names(first) & _names(other)):
        yield Finding("WARN", "conflicting_label", first.id, "label", f"{other.label}{by}")
    rule = "conflicting_accepted_name"
    if first.obsolete != other.obsolete:
        instead = f"replaced by {', '.join(other.replaced_by) or 'nothing'}"
        found = instead if other.obsolete else "in use"
        yield Finding("WARN", rule, first.id, "obsolete", f"{found}{by}")
    elif first.replaced_by and other.replaced_by and first.replaced_by != other.replaced_by:
        instead = ", ".join(other.replaced_by)
        yield Finding("WARN", rule, first.id, "replaced_by", f"{instead}{by}")


def _names(concept: Concept) -> set[str]:
    return {fold(name) for name in (concept.label, *concept.synonyms)}


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
