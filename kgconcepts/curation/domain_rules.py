"""What a check looks for in a graph of organisms: lineages, ranks, names and traits."""

from __future__ import annotations

from collections.abc import Iterator

from kgconcepts.curation.cycles import cycles, shown
from kgconcepts.curation.identity import identities
from kgconcepts.curation.reasoning import clashes
from kgconcepts.curation.rules import Found, Rule, current
from kgconcepts.errors import CycleError
from kgconcepts.graph import TRAITS, Concept, ConceptGraph, fold

__all__ = ["DOMAIN_RULES", "RANKS"]

# Ranks from the top, as WoRMS has them. What is not here (section, clade) may stand anywhere.
RANKS = (
    *("superdomain", "domain", "superkingdom", "kingdom", "subkingdom", "infrakingdom"),
    *("superphylum", "phylum", "subphylum", "infraphylum", "parvphylum", "gigaclass", "megaclass"),
    *("superclass", "class", "subclass", "infraclass", "subterclass", "megaorder", "superorder"),
    *("order", "suborder", "infraorder", "parvorder", "superfamily", "epifamily", "family"),
    *("subfamily", "supertribe", "tribe", "subtribe", "genus", "subgenus", "species", "subspecies"),
    *("variety", "subvariety", "forma", "subforma"),
)
_HEIGHT = {rank: k for k, rank in enumerate(RANKS)}
_HEIGHT |= {"phylum (division)": _HEIGHT["phylum"], "division": _HEIGHT["phylum"]}
_HEIGHT |= {"subphylum (subdivision)": _HEIGHT["subphylum"], "form": _HEIGHT["forma"]}
_KIND_OF = dict(zip(TRAITS, ("part", "quality", "stage"), strict=True))
_MOST_SHOWN = 6  # concepts of a cycle


def _cycle(graph: ConceptGraph) -> Iterator[Found]:
    """Give a walk in each group of concepts that are all above one another."""
    told: set[frozenset[str]] = set()
    for names in (("is_a",), ("part_of",), ("is_a", *TRAITS)):
        for walk in cycles(graph, *names):
            if frozenset(walk) not in told:
                told.add(frozenset(walk))
                yield Found(walk[0], ", ".join(names), shown(walk))


def _unsatisfiable(graph: ConceptGraph) -> Iterator[Found]:
    try:
        found = clashes(graph)
    except CycleError:
        return  # told by its own rule
    for clash in found:
        yield Found(clash.concept, "disjoint_with", f"{clash.one} and {clash.other}")


def _kind_mismatch(graph: ConceptGraph) -> Iterator[Found]:
    for child, relation, parent in graph.relations:
        one, other = graph[child].kind, graph[parent].kind
        if relation == "is_a" and one != other and not graph[child].obsolete:
            yield Found(child, "is_a", f"a {one} that is a {other}: {parent}")


def _unknown_trait(graph: ConceptGraph) -> Iterator[Found]:
    """Find what cannot be a trait; parts of parts and qualities of qualities can."""
    for child, relation, parent in graph.relations:
        found = graph[parent].kind
        if relation in _KIND_OF and found not in (_KIND_OF[relation], graph[child].kind):
            yield Found(child, relation, f"{parent} is a {found}")
    things = {c.id for c in graph if c.kind in ("taxon", "object")}
    for f in graph.findings:
        if f.rule == "unresolved_reference" and f.property in _KIND_OF and f.subject in things:
            yield Found(f.subject, f.property, f"{f.value} is not there")


def _orphan(graph: ConceptGraph) -> Iterator[Found]:
    related = {end for r in graph.relations for end in (r.child, r.parent)}
    lineages = any(r.relation == "is_a" for r in graph.relations)
    top = _HEIGHT["kingdom"]
    for c in current(graph):
        if c.id not in related and len(graph) > 1:
            yield Found(c.id, "is_a", "related to nothing")
        elif lineages and _HEIGHT.get(c.rank, 0) > top and not graph.related(c.id, "is_a"):
            yield Found(c.id, "is_a", f"a {c.rank} without a parent")


def _rank_inversion(graph: ConceptGraph) -> Iterator[Found]:
    """Compare each rank with the nearest ones above that are known."""
    nearest: dict[str, frozenset[str]] = {}

    def above(id_: str) -> frozenset[str]:
        """Return the nearest concepts at or above with a known rank."""
        stack = [id_]
        while stack:
            here = stack[-1]
            if here in nearest:
                stack.pop()
            elif graph[here].rank in _HEIGHT:
                nearest[here] = frozenset((here,))
            else:
                parents = graph.related(here, "is_a")
                missing = [p for p in parents if p not in nearest]
                if missing and here not in waiting:
                    waiting.add(here)
                    stack += missing
                else:  # in a cycle what is not known yet stays unknown
                    known = (nearest.get(p, frozenset()) for p in parents)
                    nearest[here] = frozenset().union(*known)
        return nearest[id_]

    waiting: set[str] = set()
    for c in current(graph):
        height = _HEIGHT.get(c.rank)
        if height is None:
            continue
        for parent in graph.related(c.id, "is_a"):
            for id_ in above(parent):
                other = graph[id_]
                if _HEIGHT[other.rank] >= height and other.id != c.id:
                    value = f"a {c.rank} below the {other.rank} {other.label} ({other.id})"
                    yield Found(c.id, "is_a", value)


def _missing_accepted_name(graph: ConceptGraph) -> Iterator[Found]:
    for c in graph:
        if not c.obsolete or c.kind != "taxon" or not (c.rank or c.status):
            continue
        if not c.replaced_by:
            yield Found(c.id, "replaced_by", c.status or c.label)
        for other in c.replaced_by:
            if other not in graph:
                yield Found(c.id, "replaced_by", f"{other} is not there")
            elif graph[other].obsolete:
                yield Found(c.id, "replaced_by", f"{other} is obsolete itself")


def _by_name(graph: ConceptGraph) -> Iterator[list[Concept]]:
    named: dict[str, list[Concept]] = {}
    for c in current(graph):
        named.setdefault(fold(c.label), []).append(c)
    return (several for several in named.values() if len(several) > 1)


def _place(graph: ConceptGraph, c: Concept) -> tuple[str, tuple[str, ...]]:
    return c.rank, tuple(sorted(graph.related(c.id, "is_a")))


def _is_homonym(graph: ConceptGraph, one: Concept, other: Concept) -> bool:
    """Return whether two taxa of one name stand at different places."""
    taxa = one.kind == other.kind == "taxon"
    return taxa and _place(graph, one) != _place(graph, other)


def _is_nominate(graph: ConceptGraph, one: Concept, other: Concept) -> bool:
    """Return whether one is directly below the other, as subgenus Oithona is below Oithona."""
    return other.id in graph.related(one.id, "is_a") or one.id in graph.related(other.id, "is_a")


def _homonym(graph: ConceptGraph) -> Iterator[Found]:
    return _same_name(graph, homonyms=True)


def _duplicate_label(graph: ConceptGraph) -> Iterator[Found]:
    return _same_name(graph, homonyms=False)


def _same_name(graph: ConceptGraph, *, homonyms: bool) -> Iterator[Found]:
    for several in _by_name(graph):
        for c in several:
            others = [
                o.id
                for o in several
                if o is not c
                and _is_homonym(graph, c, o) is homonyms
                and not (homonyms and _is_nominate(graph, c, o))
            ]
            if others:
                yield Found(c.id, "label", f"{c.label} ({', '.join(others[:_MOST_SHOWN])})")


def _duplicate_identifier(graph: ConceptGraph) -> Iterator[Found]:
    owners: dict[str, list[str]] = {}
    for c in current(graph):
        for references in identities(c).values():
            for reference in references:
                owners.setdefault(reference, []).append(c.id)
    for reference, ids in owners.items():
        for id_ in ids if len(ids) > 1 else ():
            others = [other for other in ids if other != id_][:_MOST_SHOWN]
            yield Found(id_, "xrefs", f"{reference} ({', '.join(others)})")


DOMAIN_RULES = (
    Rule("ERROR", "cycle", "Concepts are above themselves; remove one of the relations.", _cycle),
    Rule(
        "ERROR",
        "unsatisfiable",
        "A concept is below two that are disjoint, so that nothing can be it.",
        _unsatisfiable,
    ),
    Rule(
        "ERROR",
        "duplicate_label",
        "Concepts have the same label. (Taxa at different places are homonyms.)",
        _duplicate_label,
    ),
    Rule("ERROR", "rank_inversion", "A taxon's rank is not below that above it.", _rank_inversion),
    Rule(
        "ERROR",
        "unknown_trait",
        "What a concept is said to have is not there, or is no part, quality or stage.",
        _unknown_trait,
    ),
    Rule("WARN", "kind_mismatch", "A concept is below one of another kind.", _kind_mismatch),
    Rule("WARN", "orphan", "A concept hangs nowhere; give it a parent.", _orphan),
    Rule(
        "WARN",
        "missing_accepted_name",
        "A name is not accepted, and what is accepted instead is not there.",
        _missing_accepted_name,
    ),
    Rule("WARN", "homonym", "Different taxa have the same name; use ids for them.", _homonym),
    Rule(
        "WARN",
        "duplicate_identifier",
        "Concepts share an AphiaID, NCBI or Wikidata id, which stands for one thing.",
        _duplicate_identifier,
    ),
)
