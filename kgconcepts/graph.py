"""Concepts, their relations, and the graph that holds both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import networkx as nx

from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "KINDS",
    "RELATIONS",
    "TRAITS",
    "Concept",
    "ConceptGraph",
    "Relation",
    "Source",
    "plain",
]

KINDS = ("taxon", "part", "quality", "stage", "object")
TRAITS = ("has_part", "has_quality", "has_stage")
RELATIONS = ("is_a", "part_of", *TRAITS)


_LINE_END = re.compile("\r\n?")
_NO_TEXT = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """Return text with lines that end in a line feed, and without what no format can hold.

    Control characters and lone surrogates become U+FFFD.
    """
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))


@dataclass(frozen=True, slots=True)
class Concept:
    """A node of the graph: a taxon, a body part, a quality, a life stage or a non-living thing.

    Parameters
    ----------
    id : str
        Identifier, a CURIE such as ``PLK:0000012``.
    label : str
        The name that people read.
    kind : str
        One of `KINDS`.
    definition : str
        What it is, in one or two sentences; empty where nobody said.
    synonyms : tuple of str
        Other names, kept in alphabetical order.
    xrefs : tuple of str
        The same thing elsewhere, as CURIEs such as ``AphiaID:1080``, in alphabetical order.
    rank : str
        Taxonomic rank in lower case; empty for what has none.
    source : str
        Name of the `Source` that the concept comes from.
    """

    id: str
    label: str
    kind: str = "taxon"
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    rank: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for text in ("id", "label", "definition"):
            object.__setattr__(self, text, plain(getattr(self, text)))
        for names in ("synonyms", "xrefs"):
            object.__setattr__(self, names, tuple(sorted({plain(n) for n in getattr(self, names)})))
        if not self.id or not self.label:
            raise SourceError(
                f"{self.source or 'concept'}: {self.id or self.label or 'a concept'} has no "
                f"{'label' if self.id else 'id'}; give it one"
            )
        if self.kind not in KINDS:
            raise SourceError(
                f"{self.source or 'concept'}: {self.id} is of kind {self.kind!r}; "
                f"expected one of {', '.join(KINDS)}"
            )


@dataclass(frozen=True, slots=True)
class Source:
    """A file that concepts come from.

    Parameters
    ----------
    name : str
        Its file name.
    sha256 : str
        Hash of its content.
    version : str
        The version it gives of itself; empty where it gives none.
    licence : str
        The licence it states; empty where it states none.
    """

    name: str
    sha256: str = ""
    version: str = ""
    licence: str = ""


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
        Between these concepts; repeated ones count once.
    sources : iterable of Source
        The files that the concepts come from.

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
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self._graph = nx.MultiDiGraph()
        for concept in concepts:
            if concept.id in self._graph:
                raise SourceError(
                    f"{concept.source or 'concept'}: {concept.id} ({concept.label}) is given "
                    "twice; give every concept an id of its own"
                )
            self._graph.add_node(concept.id, concept=concept)
        for child, relation, parent in relations:
            if relation not in RELATIONS:
                raise SourceError(
                    f"{child} {relation} {parent}: {relation!r} is no relation; "
                    f"expected one of {', '.join(RELATIONS)}"
                )
            for end in (child, parent):
                if end not in self._graph:
                    raise SourceError(f"{child} {relation} {parent}: there is no concept {end}")
            self._graph.add_edge(child, parent, key=relation)

    def __len__(self) -> int:
        return len(self._graph)

    def __iter__(self) -> Iterator[Concept]:
        return (data["concept"] for _, data in self._graph.nodes(data=True))

    def __contains__(self, id_: object) -> bool:
        return id_ in self._graph

    def __getitem__(self, id_: str) -> Concept:
        if id_ not in self._graph:
            raise UnknownConceptError(f"there is no concept {id_!r}; graph.find looks up names")
        concept: Concept = self._graph.nodes[id_]["concept"]
        return concept

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConceptGraph):
            return NotImplemented
        return (
            list(self) == list(other)
            and set(self.relations) == set(other.relations)
            and self.sources == other.sources
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ConceptGraph: {len(self)} concepts, {len(self.relations)} relations>"

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all concepts in the order given."""
        return tuple(self._graph)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """All relations, by child in the order of the concepts."""
        return tuple(Relation(c, r, p) for c, p, r in self._graph.edges(keys=True))

    @property
    def networkx(self) -> nx.MultiDiGraph:
        """A copy as networkx graph: edges child → parent, keyed by relation."""
        return self._graph.copy()

    def related(self, id_: str, *relations: str) -> tuple[str, ...]:
        """Return the ids that a concept points at through any of these relations."""
        self[id_]
        return tuple(p for _, p, r in self._graph.out_edges(id_, keys=True) if r in relations)

    @cached_property
    def _names(self) -> dict[str, dict[str, None]]:
        names: dict[str, dict[str, None]] = {}
        for concept in self:
            for name in (concept.id, concept.label, *concept.synonyms, *concept.xrefs):
                names.setdefault(_fold(name), {})[concept.id] = None
        return names

    def find(self, name: str) -> list[str]:
        """Return the ids of the concepts with this id, label, synonym or cross-reference.

        Capitals, surrounding blanks and underscores in place of blanks make no difference. An
        exact id is one concept, whatever else has that name.
        """
        return [name] if name in self else list(self._names.get(_fold(name), ()))

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

    def restrict(self, ids: Iterable[str]) -> ConceptGraph:
        """Return the part of the graph that these concepts, their ancestors and traits make up."""
        keep: dict[str, None] = {}
        stack = list(ids)
        while stack:
            id_ = stack.pop()
            if id_ not in keep:
                keep[id_] = None
                stack.extend(self.related(id_, "is_a", *TRAITS))
        return ConceptGraph(
            (c for c in self if c.id in keep),
            (r for r in self.relations if r.child in keep and r.parent in keep),
            self.sources.values(),
        )

    def hierarchy(self, *, traits: bool = False) -> Hierarchy:
        """Return the graph's ``is_a`` DAG as arrays.

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
        if not traits:
            edges = [(c, p) for c, r, p in self.relations if r == "is_a"]
            return Hierarchy.from_edges(self.ids, edges)
        things = [c.id for c in self if c.kind in ("taxon", "object")]
        used = self.restrict(things)
        edges = [(c, p) for c, r, p in used.relations if r in ("is_a", *TRAITS)]
        return Hierarchy.from_edges(used.ids, edges)


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
