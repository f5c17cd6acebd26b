"""Which concepts of two graphs are the same, and how that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from kgconcepts.curation.identity import IDENTITIES, identities, may_be_same
from kgconcepts.curation.mappings import CLOSE, EXACT, Mapping, Mappings
from kgconcepts.curation.similar import similar
from kgconcepts.graph import Concept, ConceptGraph, fold

__all__ = ["Matched", "match", "matched"]

_MOST_PAIRS = 400  # of one name; what more concepts share tells none of them

Key = tuple[str, ...]
Pair = tuple[str, str]


def match(first: ConceptGraph, second: ConceptGraph, decided: Iterable[Mapping] = ()) -> Mappings:
    """Find which concepts of two graphs are the same, and which a person should look at.

    Parameters
    ----------
    first, second : ConceptGraph
    decided : iterable of Mapping
        What a person has decided before.

    Returns
    -------
    Mappings
        ``skos:exactMatch`` for what `kgconcepts.merge` takes for the same (apart from what has
        the same id anyway); ``skos:closeMatch`` for what shares a name or an identifier with
        several, or has a similar name: it is never merged by itself.

    Notes
    -----
    In this order, each among what is left of the one before: an identifier of WoRMS, NCBI or
    Wikidata that these two alone have; a cross-reference to the other, or one in common, where
    they have a name in common too; the accepted name of a taxon and its rank; the label; a label
    that is an exact synonym of the other. Concepts of different kinds or ranks, or with different
    identifiers in one of these databases, are not the same whatever their names; taxa of different
    kingdoms, and such without a rank whose lineages have no name in common, are left to a person.
    Obsolete concepts are not matched.

    Examples
    --------
    >>> one = ConceptGraph([Concept("PLK:1", "Copepoda", rank="class")])
    >>> two = ConceptGraph([Concept("AphiaID:1080", "Copepoda", rank="class")])
    >>> [(m.subject, m.predicate, m.object, m.comment) for m in match(one, two)]
    [('PLK:1', 'skos:exactMatch', 'AphiaID:1080', 'name and rank: copepoda')]
    """
    found = matched(first, second, decided)
    return Mappings([*found.same, *found.undecided, *similar(*found.free, found.settled)])


@dataclass
class Matched:
    """What is known of two graphs' concepts.

    Parameters
    ----------
    same, undecided : list of Mapping
        From the first graph to the second.
    different : set of (id, id)
        Pairs that a person keeps apart.
    free : pair of list of Concept
        What is in use in each graph and the same as nothing in the other.
    """

    same: list[Mapping] = field(default_factory=list)
    undecided: list[Mapping] = field(default_factory=list)
    different: set[Pair] = field(default_factory=set)
    free: tuple[list[Concept], list[Concept]] = ([], [])

    def add(self, one: Concept, other: Concept, how: _Rule, why: str, *, same: bool) -> None:
        """Note what was found of two concepts."""
        into, predicate = (self.same, EXACT) if same else (self.undecided, CLOSE)
        into.append(
            Mapping(
                one.id, predicate, other.id, how.justification, one.label, other.label, comment=why
            )
        )

    @property
    def settled(self) -> set[Pair]:
        """Pairs that need no further look."""
        return self.different | {(m.subject, m.object) for m in (*self.same, *self.undecided)}

    def release(self) -> None:
        """Take from what is free what is no more."""
        one, other = {m.subject for m in self.same}, {m.object for m in self.same}
        self.free = (
            [c for c in self.free[0] if c.id not in one],
            [c for c in self.free[1] if c.id not in other],
        )


class _Rule(NamedTuple):
    """A reason to take two concepts for the same."""

    name: str
    keys: Callable[[Concept], Iterable[Key]]  # that the same concepts have in common
    justification: str


def matched(first: ConceptGraph, second: ConceptGraph, decided: Iterable[Mapping] = ()) -> Matched:
    """Match without a look at similar names, which takes longer."""
    found = Matched()
    found.different = {
        pair
        for m in decided
        if m.different
        for pair in ((m.subject, m.object), (m.object, m.subject))
    }
    found.free = (
        [c for c in first if not c.obsolete and c.id not in second],
        [c for c in second if not c.obsolete and c.id not in first],
    )
    lineages = _Lineages(first), _Lineages(second)
    for rule in _RULES:
        if all(found.free):
            _apply(rule, found, lineages)
            found.release()
    return found


def _apply(rule: _Rule, found: Matched, lineages: tuple[_Lineages, _Lineages]) -> None:
    by_name = rule.justification == _LEXICAL
    pairs = [
        (one, other, key)
        for one, other, key in _pairs(rule.keys, *found.free)
        if (one.id, other.id) not in found.different and (not by_name or may_be_same(one, other))
    ]
    ones = Counter(one.id for one, _, _ in pairs)
    others = Counter(other.id for _, other, _ in pairs)
    known = {(m.subject, m.object) for m in found.undecided}
    for one, other, key in pairs:
        if (one.id, other.id) in known:
            continue
        number = max(ones[one.id], others[other.id])
        if number > 1:
            doubt = f"shared by {number}"
        elif by_name:
            doubt = _doubt(rule, one, other, key, lineages)
        else:
            doubt = "" if one.kind == other.kind else f"kinds {one.kind} and {other.kind}"
            ranks = {one.rank, other.rank} - {""}
            if not (doubt or _names(one) & _names(other)):
                if rule is _REFERENCE:
                    doubt = "no name in common"
                elif len(ranks) == 2:  # a wrong identifier, rather than another name
                    doubt = f"no name in common; ranks {one.rank} and {other.rank}"
        why = f"{rule.name}: {key[-1]}"
        found.add(one, other, rule, f"{why}; {doubt}" if doubt else why, same=not doubt)


def _doubt(
    rule: _Rule, one: Concept, other: Concept, key: Key, lineages: tuple[_Lineages, _Lineages]
) -> str:
    """Return why a name that two concepts alone have does not make them the same."""
    if rule.name == "synonym" and key[-1] not in (fold(one.label), fold(other.label)):
        return "the label of neither"
    if one.kind == "taxon":
        kingdoms = lineages[0].kingdom(one.id), lineages[1].kingdom(other.id)
        if all(kingdoms) and kingdoms[0] != kingdoms[1]:
            return f"kingdoms {' and '.join(kingdoms)}"
        above = lineages[0].names(one.id), lineages[1].names(other.id)
        if not one.rank == other.rank != "" and all(above) and above[0].isdisjoint(above[1]):
            return "nothing above them in common"
    return ""


def _pairs(
    keys: Callable[[Concept], Iterable[Key]], ones: list[Concept], others: list[Concept]
) -> Iterator[tuple[Concept, Concept, Key]]:
    """Give each pair that has a key in common, once, in the order of the second."""
    turned = len(ones) > len(others)  # what is larger is not kept by its keys
    small, large = (others, ones) if turned else (ones, others)
    by_key: dict[Key, tuple[list[Concept], list[Concept]]] = {}
    for concept in small:
        for key in keys(concept):
            by_key.setdefault(key, ([], []))[0].append(concept)
    for concept in large:
        for key in keys(concept):
            if (sharing := by_key.get(key)) is not None:
                sharing[1].append(concept)
    seen = set()
    for key, (few, many) in by_key.items():
        if len(few) * len(many) > _MOST_PAIRS:
            continue
        for a in few:
            for b in many:
                one, other = (b, a) if turned else (a, b)
                if (one.id, other.id) not in seen:
                    seen.add((one.id, other.id))
                    yield one, other, key


def _in_database(concept: Concept, *, name: str) -> Iterable[Key]:
    return [(reference,) for reference in identities(concept).get(name, ())]


def _name_and_rank(concept: Concept) -> Iterable[Key]:
    if concept.kind == "taxon" and concept.rank:
        yield concept.rank, fold(concept.label)


def _label(concept: Concept) -> Iterable[Key]:
    yield concept.kind, fold(concept.label)


def _exact_names(concept: Concept) -> Iterable[Key]:
    return [(concept.kind, name) for name in sorted(_names(concept))]


def _names(concept: Concept) -> set[str]:
    exact = [name for name, scope in concept.scoped_synonyms if scope == "exact"]
    return {fold(name) for name in (concept.label, *exact)}


def _references(concept: Concept) -> Iterable[Key]:
    return [(reference,) for reference in {concept.id, *concept.xrefs}]


_LEXICAL = "semapv:LexicalMatching"
_CHAINED = "semapv:MappingChaining"
_REFERENCE = _Rule("cross-reference", _references, _CHAINED)
_RULES = (
    *(_Rule(name, partial(_in_database, name=name), _CHAINED) for name in IDENTITIES),
    _REFERENCE,
    _Rule("name and rank", _name_and_rank, _LEXICAL),
    _Rule("label", _label, _LEXICAL),
    _Rule("synonym", _exact_names, _LEXICAL),
)


class _Lineages:
    """What is above a graph's taxa."""

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph

    def kingdom(self, id_: str) -> str:
        """Return a taxon's kingdom; empty where none is known."""
        above = (self._graph[a] for a in self._above(id_))
        return next((fold(c.label) for c in above if c.rank == "kingdom"), "")

    def names(self, id_: str) -> set[str]:
        """Return all names of the concepts above a taxon."""
        return {name for a in self._above(id_) if a != id_ for name in _names(self._graph[a])}

    def _above(self, id_: str) -> Iterable[str]:
        found = {id_: None}
        stack = [id_]
        while stack:
            new = [p for p in self._graph.related(stack.pop(), "is_a") if p not in found]
            found |= dict.fromkeys(new)
            stack += new
        return found
