"""The relations between concepts, and the graph that holds both."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kgconcepts.concept import KINDS, SCOPES, Concept, Source, concepts, plain
from kgconcepts.errors import CycleError, SourceError, UnknownConceptError
from kgconcepts.findings import Finding
from kgconcepts.hierarchy import Hierarchy

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "ABSENCES",
    "KINDS",
    "RELATIONS",
    "SCOPES",
    "TRAITS",
    "Concept",
    "ConceptGraph",
    "Relation",
    "Source",
    "concepts",
    "fold",
    "plain",
]

TRAITS = ("has_part", "has_quality", "has_stage")
# What a concept, and all that is below it, is known not to have; in the order of `TRAITS`.
ABSENCES = ("lacks_part", "lacks_quality", "lacks_stage")
RELATIONS = ("is_a", "part_of", "form_of", *TRAITS, *ABSENCES, "visible_in", "disjoint_with")


class Relation(NamedTuple):
    """A typed edge from the more specific to the more general, or from whole to trait."""

    child: str
    relation: str
    parent: str


class ConceptGraph:
    """Concepts and the relations between them; read it, do not change it.

    Parameters
    ----------
    concepts : iterable of Concept
        Each id once.
    relations : iterable of (child, relation, parent)
        Between these concepts; repeated ones count once. A relation is one of `RELATIONS` or,
        where those have no word for it, the CURIE or address of a property: ``RO:0002202``.
    sources : iterable of Source
        The files that the concepts come from.
    findings : iterable of Finding
        What was found on the way here that the graph itself does not show: a second definition,
        a parent that is not there. They are no part of what makes two graphs equal.
    relation_labels : mapping of str → str
        What people call the relations that are not among `RELATIONS`.
    dangling : iterable of (child, relation, parent)
        Relations with an end that is not among the concepts, in another file perhaps: a merge with
        that makes them relations. Of these, ``replaced_by`` is the accepted name of a taxon.

    Raises
    ------
    SourceError
        If an id comes twice, a relation is of an unknown type or ends at no concept.

    Examples
    --------
    >>> graph = ConceptGraph(
    ...     [Concept("PLK:1", "Copepoda", synonyms=("copepod",)), Concept("PLK:2", "Oithona"),
    ...      Concept("PLK:3", "antenna", kind="part")],
    ...     [("PLK:2", "is_a", "PLK:1"), ("PLK:1", "has_part", "PLK:3")],
    ... )
    >>> graph.find("copepod")
    ['PLK:1']
    >>> graph.hierarchy(traits=True).ancestors("PLK:2")
    ('PLK:3', 'PLK:1')
    """

    def __init__(
        self,
        concepts: Iterable[Concept],
        relations: Iterable[tuple[str, str, str]] = (),
        sources: Iterable[Source] = (),
        findings: Iterable[Finding] = (),
        relation_labels: Mapping[str, str] | None = None,
        dangling: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        ends = (Relation(*map(plain, relation)) for relation in dangling)
        self.dangling = tuple(dict.fromkeys(r for r in ends if all(r)))
        self.sources = {source.name: source for source in sources}
        self.findings = tuple(dict.fromkeys(findings))
        self._concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self._concepts:
                raise SourceError(
                    f"{concept.source or 'concept'}: {concept.id} ({concept.label}) is given "
                    "twice; give every concept an id of its own"
                )
            self._concepts[concept.id] = concept
        above: dict[str, list[tuple[str, str]]] = {}
        types = set(RELATIONS)
        known = self._concepts
        for child, relation, parent in dict.fromkeys(relations):
            if relation not in types:
                if ":" not in relation:
                    raise SourceError(
                        f"{child} {relation} {parent}: {relation!r} is no relation; expected one "
                        f"of {', '.join(RELATIONS)}, or the CURIE of a property"
                    )
                types.add(relation)
            if parent not in known or child not in known:
                end = parent if child in known else child
                raise SourceError(f"{child} {relation} {parent}: there is no concept {end}")
            if (of_child := above.get(child)) is None:
                above[child] = [(relation, parent)]
            else:
                of_child.append((relation, parent))
        self._above = above
        labels = relation_labels or {}
        self.relation_labels = {
            r: labels[r] for r in sorted(types.difference(RELATIONS)) if r in labels
        }

    def __len__(self) -> int:
        return len(self._concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self._concepts.values())

    def __contains__(self, id_: object) -> bool:
        return id_ in self._concepts

    def __getitem__(self, id_: str) -> Concept:
        try:
            return self._concepts[id_]
        except KeyError:
            raise UnknownConceptError(
                f"there is no concept {id_!r}; graph.find looks up names"
            ) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConceptGraph):
            return NotImplemented
        return (
            self._concepts == other._concepts
            and set(self.relations) == set(other.relations)
            and self.sources == other.sources
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ConceptGraph: {len(self)} concepts, {len(self.relations)} relations>"

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all concepts in the order given."""
        return tuple(self._concepts)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """All relations, by child in the order of the concepts."""
        above = self._above
        return tuple(
            Relation(child, relation, parent)
            for child in self._concepts
            for relation, parent in above.get(child, ())
        )

    @property
    def networkx(self) -> nx.MultiDiGraph:
        """A copy as networkx graph: edges child → parent, keyed by relation."""
        import networkx as nx  # noqa: PLC0415 (slow to load, and needed here alone)

        copy = nx.MultiDiGraph()
        copy.add_nodes_from((concept.id, {"concept": concept}) for concept in self)
        copy.add_edges_from((c, p, r) for c, r, p in self.relations)
        return copy

    def related(self, id_: str, *relations: str) -> tuple[str, ...]:
        """Return the ids that a concept points at through any of these relations."""
        self[id_]
        return tuple(p for r, p in self._above.get(id_, ()) if r in relations)

    def relations_of(self, id_: str) -> tuple[tuple[str, str], ...]:
        """Return what a concept points at, as (relation, id)."""
        self[id_]
        return tuple(self._above.get(id_, ()))

    @cached_property
    def _outside(self) -> dict[str, list[tuple[str, str]]]:
        outside: dict[str, list[tuple[str, str]]] = {}
        for child, relation, parent in self.dangling:
            if child in self and relation != "replaced_by":
                outside.setdefault(child, []).append((relation, parent))
        return outside

    @property
    def stated(self) -> Iterator[Relation]:
        """All relations, and those of the concepts here to what is elsewhere (`dangling`)."""
        yield from self.relations
        for child, leading in self._outside.items():
            yield from (Relation(child, relation, parent) for relation, parent in leading)

    def stated_of(self, id_: str) -> tuple[tuple[str, str], ...]:
        """Return what a concept points at, here or elsewhere, as (relation, id)."""
        return (*self.relations_of(id_), *self._outside.get(id_, ()))

    @cached_property
    def _names(self) -> dict[str, dict[str, None]]:
        names: dict[str, dict[str, None]] = {}
        for concept in self:
            for name in (concept.id, concept.label, *concept.synonyms, *concept.xrefs):
                names.setdefault(fold(name), {})[concept.id] = None
        return names

    def find(self, name: str) -> list[str]:
        """Return the ids of the concepts with this id, label, synonym or cross-reference.

        Capitals, surrounding blanks and underscores in place of blanks make no difference. An
        exact id is one concept, whatever else has that name. Obsolete concepts are found as what
        replaces them, or where no other has the name.
        """
        found = (name,) if name in self else self._names.get(fold(name), ())
        used = [id_ for id_ in found if not self._concepts[id_].obsolete]
        return used or self._in_use(found)

    def _in_use(self, obsolete: Iterable[str]) -> list[str]:
        """Return what replaces obsolete concepts in the end, or what nothing replaces."""
        last: dict[str, None] = {}
        seen: set[str] = set()
        waiting = list(obsolete)[::-1]
        while waiting:
            id_ = waiting.pop()
            if id_ not in seen:
                seen.add(id_)
                concept = self._concepts[id_]
                instead = [other for other in concept.replaced_by if other in self]
                if concept.obsolete and instead:
                    waiting += instead[::-1]
                else:
                    last[id_] = None
        return list(last) or list(obsolete)  # that replace one another

    def find_one(self, name: str) -> str:
        """Return the id of the one concept with this name.

        Raises
        ------
        UnknownConceptError
            If none has it, or more than one.
        """
        found = self.find(name)
        if len(found) != 1:
            several = "no concept" if not found else f"{len(found)} concepts ({', '.join(found)})"
            raise UnknownConceptError(
                f"{name!r} names {several}; give an id, label, synonym or cross-reference of one"
            )
        return found[0]

    def with_findings(self, findings: Iterable[Finding], *, only: bool = False) -> ConceptGraph:
        """Return the same graph with further findings, or with these only."""
        other = copy.copy(self)
        other.findings = tuple(dict.fromkeys((*(() if only else self.findings), *findings)))
        return other

    def restrict(self, ids: Iterable[str]) -> ConceptGraph:
        """Return the part of the graph that these concepts, their ancestors and traits make up.

        A definition (`Concept.intersection`) by what is left out is left out too.
        """
        keep: dict[str, None] = {}
        stack = list(ids)
        while stack:
            id_ = stack.pop()
            if id_ not in keep:
                keep[id_] = None
                stack.extend(self.related(id_, "is_a", *TRAITS))
        return ConceptGraph(
            (
                c if all(p in keep for _, p in c.intersection) else replace(c, intersection=())
                for c in self
                if c.id in keep
            ),
            (r for r in self.relations if r.child in keep and r.parent in keep),
            self.sources.values(),
            self.findings,
            self.relation_labels,
            (r for r in self.dangling if r.child in keep),
        )

    def hierarchy(self, *, traits: bool = False) -> Hierarchy:
        """Return the graph's ``is_a`` DAG as arrays, without what is obsolete.

        Parameters
        ----------
        traits : bool, default False
            Take what a concept has (`TRAITS`) as further parents: the DAG over which deviations
            are summed. Traits that nothing has are left out, so that what has no children is a
            class that an image can belong to.

        Raises
        ------
        CycleError
            If a concept is among its own ancestors.
        """
        current = dict.fromkeys(id_ for id_, c in self._concepts.items() if not c.obsolete)
        used, through = self, {"is_a"}
        if traits:
            things = [id_ for id_ in current if self[id_].kind in ("taxon", "object")]
            used, through = self.restrict(things), {"is_a", *TRAITS}
        edges = [
            (child, parent)
            for child, above in used._above.items()
            if child in current
            for relation, parent in above
            if relation in through and parent in current
        ]
        try:
            return Hierarchy.from_edges((id_ for id_ in used.ids if id_ in current), edges)
        except CycleError as error:
            named = [id_ for id_ in str(error).split() if id_ in self]
            sources = dict.fromkeys(self[id_].source for id_ in named if self[id_].source)
            raise CycleError(f"{', '.join(sources) or 'the graph'}: {error}") from None


def fold(name: str) -> str:
    """Return a name without what makes no difference in looking it up.

    >>> fold(" Copepod_nauplius ")
    'copepod nauplius'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
