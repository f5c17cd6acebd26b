"""What a check looks for in a graph of organisms: lineages, ranks, names and traits."""

from __future__ import annotations

from collections.abc import Iterator

from kgconcepts.curation.absence import Contradiction, contradictions
from kgconcepts.curation.cycles import cycles, shown
from kgconcepts.curation.identity import identities
from kgconcepts.curation.reasoning import clashes
from kgconcepts.curation.rules import Found, Rule, current, others, shared
from kgconcepts.errors import CycleError
from kgconcepts.graph import ABSENCES, TRAITS, Concept, ConceptGraph, fold

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
_KIND_OF = dict(zip((*TRAITS, *ABSENCES), ("part", "quality", "stage") * 2, strict=True))


def _cycle(graph: ConceptGraph) -> Iterator[Found]:
    """Give a walk in each group of concepts that are all above one another."""
    rings: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        ((name,), walk) for name in ("is_a", "part_of") for walk in cycles(graph, name)
    ]
    told = {frozenset(walk) for names, walk in rings if names == ("is_a",)}
    wider = ("is_a", *TRAITS)
    rings += [(wider, walk) for walk in cycles(graph, *wider) if frozenset(walk) not in told]
    for names, walk in rings:
        yield Found(walk[0], ", ".join(names), shown(walk))


def _unsatisfiable(graph: ConceptGraph) -> Iterator[Found]:
    """Give the highest concepts that cannot be, and how many are below them."""
    try:
        found = clashes(graph)
    except CycleError:
        return  # told by its own rule
    below: dict[tuple[str, str], set[str]] = {}
    for clash in found:
        below.setdefault((clash.one, clash.other), set()).add(clash.concept)
    tops: dict[tuple[str, str], list[str]] = {}
    for clash in found:
        pair = clash.one, clash.other
        if below[pair].isdisjoint(graph.related(clash.concept, "is_a")):
            tops.setdefault(pair, []).append(clash.concept)
    for (one, other), concepts in tops.items():
        more = len(below[one, other]) - len(concepts)
        told = f"{one} and {other}" + (f", and {more} below" if more else "")
        yield from (Found(concept, "disjoint_with", told) for concept in concepts)


def _contradiction(graph: ConceptGraph) -> Iterator[Found]:
    """Give the highest concepts that have what they are said to lack, once for its kinds."""
    for found in _highest(graph):
        if not found.excluded_by:
            label = graph[found.trait].label
            yield Found(found.concept, "lacks", f"has and lacks {label} ({found.trait})")


def _exclusive_traits(graph: ConceptGraph) -> Iterator[Found]:
    """Give the highest concepts that have two qualities or stages that exclude one another."""
    for found in _highest(graph):
        if found.excluded_by:
            both = (found.trait, found.excluded_by)
            names = " and ".join(f"{graph[id_].label} ({id_})" for id_ in both)
            yield Found(found.concept, "disjoint_with", f"has both {names}")


def _highest(graph: ConceptGraph) -> Iterator[Contradiction]:
    try:
        found = contradictions(graph)
    except CycleError:
        return  # told by its own rule
    known = {(one.concept, one.trait) for one in found}
    for one in found:
        above = graph.related(one.concept, "is_a")
        general = graph.related(one.trait, "is_a")
        if not any((parent, one.trait) in known for parent in above) and not any(
            (one.concept, kind) in known for kind in general
        ):
            yield one


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


def _missing_replacement(graph: ConceptGraph) -> Iterator[Found]:
    for c in graph:
        ranked = c.kind == "taxon" and (c.rank or c.status)
        for other in c.replaced_by if c.obsolete and not ranked else ():
            if other not in graph:
                yield Found(c.id, "replaced_by", f"{other} is not there")
            elif graph[other].obsolete and not graph[other].replaced_by:
                yield Found(c.id, "replaced_by", f"{other} is obsolete itself")


def _same_name(graph: ConceptGraph) -> Iterator[tuple[list[Concept], list[list[Concept]]]]:
    """Give concepts of one name: those at one place or no taxa, and groups at different places."""
    named: dict[str, list[Concept]] = {}
    for c in current(graph):
        named.setdefault(fold(c.label), []).append(c)
    for several in named.values():
        if len(several) > 1:
            places: dict[object, list[Concept]] = {}
            for c in several if all(c.kind == "taxon" for c in several) else ():
                place = c.rank, tuple(sorted(graph.related(c.id, "is_a")))
                places.setdefault(place, []).append(c)
            yield several, list(places.values())


def _duplicate_label(graph: ConceptGraph) -> Iterator[Found]:
    for several, places in _same_name(graph):
        for group in places or [several]:
            ids = [c.id for c in group]
            for c in group if len(group) > 1 else ():
                yield Found(c.id, "label", f"{c.label} ({others(c.id, ids)})")


def _homonym(graph: ConceptGraph) -> Iterator[Found]:
    """Find taxa of one name at different places, but not subgenus Oithona below genus Oithona."""
    for _, places in _same_name(graph):
        ids = [group[0].id for group in places]
        known = set(ids)
        nested: dict[str, set[str]] = {}
        for id_ in ids:
            for other in known.intersection(graph.related(id_, "is_a")):
                nested.setdefault(id_, set()).add(other)
                nested.setdefault(other, set()).add(id_)
        for group, id_ in zip(places, ids, strict=True):
            without = nested.get(id_, set())
            for c in group if len(ids) - len(without) > 1 else ():
                yield Found(c.id, "label", f"{c.label} ({others(id_, ids, without)})")


def _ambiguous_synonym(graph: ConceptGraph) -> Iterator[Found]:
    labels: dict[str, str] = {}
    for c in current(graph):
        labels.setdefault(fold(c.label), c.id)
    for c in current(graph):
        for name, scope in c.scoped_synonyms:
            owner = labels.get(fold(name), c.id) if scope == "exact" else c.id
            if owner != c.id:
                yield Found(c.id, "synonyms", f"{name} ({owner})")


def _duplicate_identifier(graph: ConceptGraph) -> Iterator[Found]:
    return shared(graph, "xrefs", lambda c: (x for own in identities(c).values() for x in own))


DOMAIN_RULES = (
    Rule(
        "ERROR",
        "cycle",
        "Concepts are above themselves; until that is mended, unsatisfiable is not looked for.",
        _cycle,
    ),
    Rule(
        "ERROR",
        "unsatisfiable",
        "A concept is below two that are disjoint, so that nothing can be it.",
        _unsatisfiable,
    ),
    Rule("ERROR", "contradiction", "A concept has what it is said to lack.", _contradiction),
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
    Rule(
        "WARN",
        "exclusive_traits",
        "A concept has two qualities or stages that exclude one another.",
        _exclusive_traits,
    ),
    Rule("WARN", "kind_mismatch", "A concept is below one of another kind.", _kind_mismatch),
    Rule("WARN", "orphan", "A concept hangs nowhere; give it a parent.", _orphan),
    Rule(
        "WARN",
        "missing_accepted_name",
        "A name is not accepted, and what is accepted instead is not there.",
        _missing_accepted_name,
    ),
    Rule(
        "WARN",
        "missing_replacement",
        "What replaces an obsolete concept is not there, or obsolete itself.",
        _missing_replacement,
    ),
    Rule(
        "WARN",
        "ambiguous_synonym",
        "An exact synonym of one concept is the label of another.",
        _ambiguous_synonym,
    ),
    Rule("WARN", "homonym", "Different taxa have the same name; use ids for them.", _homonym),
    Rule(
        "WARN",
        "duplicate_identifier",
        "Concepts share an AphiaID, NCBI or Wikidata id, which stands for one thing.",
        _duplicate_identifier,
    ),
)
