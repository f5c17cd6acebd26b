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
    Wikidata that these two alone have; the accepted name of a taxon and its rank; the label; a
    label that is an exact synonym of the other. Concepts of different kinds or ranks, or with
    different identifiers in one of these databases, are not the same whatever their names; taxa
    of different kingdoms are left to a person. Obsolete concepts are found by what replaces them.

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
    settled : set of (id, id)
        Pairs that have been decided on, either way, or are among the undecided.
    free : pair of list of Concept
        What is in use in each graph and the same as nothing in the other.
    """

    same: list[Mapping] = field(default_factory=list)
    undecided: list[Mapping] = field(default_factory=list)
    settled: set[Pair] = field(default_factory=set)
    free: tuple[list[Concept], list[Concept]] = ([], [])

    def add(self, one: Concept, other: Concept, how: _Rule, why: str, *, same: bool) -> None:
        """Note what was found of two concepts."""
        into, predicate = (self.same, EXACT) if same else (self.undecided, CLOSE)
        pair = one.id, other.id
        self.settled.add(pair)
        into.append(
            Mapping(
                pair[0], predicate, pair[1], how.justification, one.label, other.label, comment=why
            )
        )

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
    found.settled = {
        pair
        for m in decided
        if m.different
        for pair in ((m.subject, m.object), (m.object, m.subject))
    }
    found.free = (
        [c for c in first if not c.obsolete and c.id not in second],
        [c for c in second if not c.obsolete and c.id not in first],
    )
    kingdoms = _Kingdoms(first), _Kingdoms(second)
    for rule in _RULES:
        if all(found.free):
            _apply(rule, found, kingdoms)
            found.release()
    return found


def _apply(rule: _Rule, found: Matched, kingdoms: tuple[_Kingdoms, _Kingdoms]) -> None:
    by_name = rule.justification == _LEXICAL
    pairs = [
        (one, other, key)
        for one, other, key in _pairs(rule.keys, *found.free)
        if (one.id, other.id) not in found.settled and (not by_name or may_be_same(one, other))
    ]
    ones = Counter(one.id for one, _, _ in pairs)
    others = Counter(other.id for _, other, _ in pairs)
    for one, other, key in pairs:
        why = f"{rule.name}: {key[-1]}"
        if ones[one.id] > 1 or others[other.id] > 1:
            number = max(ones[one.id], others[other.id])
            found.add(one, other, rule, f"{why}; shared by {number}", same=False)
            continue
        above = kingdoms[0].of(one.id), kingdoms[1].of(other.id)
        if by_name and all(above) and above[0] != above[1]:
            found.add(one, other, rule, f"{why}; kingdoms {' and '.join(above)}", same=False)
        elif rule.name == "synonym" and key[-1] not in (fold(one.label), fold(other.label)):
            found.add(one, other, rule, f"{why}; the label of neither", same=False)
        else:
            found.add(one, other, rule, why, same=True)


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
    exact = [name for name, scope in concept.scoped_synonyms if scope == "exact"]
    return {(concept.kind, fold(name)): None for name in (concept.label, *exact)}


_LEXICAL = "semapv:LexicalMatching"
_RULES = (
    *(
        _Rule(name, partial(_in_database, name=name), "semapv:MappingChaining")
        for name in IDENTITIES
    ),
    _Rule("name and rank", _name_and_rank, _LEXICAL),
    _Rule("label", _label, _LEXICAL),
    _Rule("synonym", _exact_names, _LEXICAL),
)


class _Kingdoms:
    """The kingdoms of a graph's taxa."""

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph
        self._known: dict[str, str] = {}

    def of(self, id_: str) -> str:
        """Return a taxon's kingdom; empty where none is known."""
        path: dict[str, None] = {}
        kingdom = ""
        while id_ not in path:
            if id_ in self._known:
                kingdom = self._known[id_]
                break
            path[id_] = None
            if self._graph[id_].rank == "kingdom":
                kingdom = fold(self._graph[id_].label)
                break
            above = self._graph.related(id_, "is_a")
            id_ = above[0] if above else id_
        self._known.update(dict.fromkeys(path, kingdom))
        return kingdom
