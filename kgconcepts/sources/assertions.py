"""Tables of what taxa have and lack, each said once, at the highest taxon that it holds for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kgconcepts.curation.reasoning import inherited
from kgconcepts.errors import SourceError
from kgconcepts.graph import ABSENCES, TRAITS, ConceptGraph, Relation
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened

__all__ = ["COLUMNS", "Assertion", "asserted", "holders", "read_assertions"]

COLUMNS = ("taxon", "relation", "trait", "except", "evidence")


class Assertion(NamedTuple):
    """A row of such a table.

    Parameters
    ----------
    where : str
        File and line.
    taxon, relation, trait : str
        That the taxon with this id, and all below it, has or lacks the trait with this id.
    exceptions : tuple of str
        Ids of what is below the taxon and does not; of a stage, all that is of that stage.
    evidence : str
        Where it is said.
    """

    where: str
    taxon: str
    relation: str
    trait: str
    exceptions: tuple[str, ...]
    evidence: str


def read_assertions(path: Path, graph: ConceptGraph) -> tuple[Assertion, ...]:
    """Read a table of what taxa have and lack.

    Parameters
    ----------
    path : path
        Columns ``taxon``, ``relation``, ``trait``, ``except`` and ``evidence``; concepts by label,
        several exceptions with ``|`` between them.
    graph : ConceptGraph
        The concepts.

    Raises
    ------
    SourceError
        With the line, if a name is that of no concept, the relation is none of `TRAITS` and
        `ABSENCES`, or a row comes twice.
    """
    labels = {concept.label.casefold(): concept.id for concept in graph}
    found: dict[Relation, Assertion] = {}
    with opened(path) as document:
        for where, cells in tables.rows(document, COLUMNS):

            def named(column: str, name: str, where: str = where) -> str:
                if name.casefold() not in labels:
                    raise SourceError(f"{where}: {column} {name!r} names no term; correct it")
                return labels[name.casefold()]

            if cells["relation"] not in (*TRAITS, *ABSENCES):
                raise SourceError(
                    f"{where}: {cells['relation']!r} is no relation to a trait; expected one of "
                    f"{', '.join((*TRAITS, *ABSENCES))}"
                )
            names = [name.strip() for name in cells["except"].split("|") if name.strip()]
            assertion = Assertion(
                where,
                named("taxon", cells["taxon"]),
                cells["relation"],
                named("trait", cells["trait"]),
                tuple(named("except", name) for name in names),
                cells["evidence"],
            )
            key = Relation(assertion.taxon, assertion.relation, assertion.trait)
            if key in found:
                raise SourceError(f"{where}: says what {found[key].where} says; keep one row")
            found[key] = assertion
    return tuple(found.values())


def holders(
    graph: ConceptGraph, assertions: Iterable[Assertion]
) -> Iterator[tuple[Assertion, tuple[str, ...]]]:
    """Give each assertion with the highest concepts that it holds for without an exception.

    It holds for the taxon, for all that is below it or a form of it (``form_of``), and so on
    downwards, but for what is excepted: what is named, or at a stage that is named, and all below
    that. As what is below a concept has what the concept has, a concept with an exception below
    itself is passed over, and what is below it takes its place.

    Raises
    ------
    SourceError
        With the line, if what is excepted is not below the taxon.
    """
    tree = graph.hierarchy()
    at_stage = _at_stage(graph)
    under: dict[str, list[str]] = {}
    for child, relation, parent in graph.relations:
        if relation in ("is_a", "form_of") and child in tree:
            under.setdefault(parent, []).append(child)
    for assertion in assertions:
        reached = _reached(under, [assertion.taxon])
        excepted = _excepted(assertion, graph, reached, at_stage)
        yield assertion, tuple(_highest(reached, _reached(under, excepted), tree))


def _reached(under: Mapping[str, list[str]], ids: Iterable[str]) -> dict[str, None]:
    """Return these concepts, what is below them and what are forms of them, in that order."""
    found = dict.fromkeys(ids)
    stack = list(found)
    while stack:
        for child in under.get(stack.pop(), ()):
            if child not in found:
                found[child] = None
                stack.append(child)
    return found


def asserted(graph: ConceptGraph, assertions: Iterable[Assertion]) -> ConceptGraph:
    """Return a graph with what is asserted of taxa, as relations of their `holders`.

    Raises
    ------
    SourceError
        With the line, if what is excepted is not below the taxon.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("1", "Copepoda"), Concept("2", "Oithona"), Concept("3", "copepod nauplius"),
    ...      Concept("4", "urosome", "part")],
    ...     [("2", "is_a", "1"), ("3", "is_a", "1")],
    ... )
    >>> row = Assertion("traits.tsv, line 2", "1", "has_part", "4", ("3",), "a book")
    >>> [relation for relation in asserted(graph, [row]).relations if relation.parent == "4"]
    [Relation(child='2', relation='has_part', parent='4')]
    """
    relations = dict.fromkeys(graph.relations)
    for assertion, concepts in holders(graph, assertions):
        for id_ in concepts:
            relations[Relation(id_, assertion.relation, assertion.trait)] = None
    return ConceptGraph(
        graph, relations, graph.sources.values(), graph.findings, graph.relation_labels
    )


def _at_stage(graph: ConceptGraph) -> dict[str, set[str]]:
    """Return what has each stage, or a kind of it."""
    stages = inherited(graph, "has_stage")
    return {
        stage: {stages.ids[k] for k in stages.matrix[:, [t]].nonzero()[0].tolist()}
        for t, stage in enumerate(stages.traits)
    }


def _excepted(
    assertion: Assertion,
    graph: ConceptGraph,
    reached: Mapping[str, None],
    at_stage: Mapping[str, set[str]],
) -> set[str]:
    excepted: set[str] = set()
    for id_ in assertion.exceptions:
        if graph[id_].kind == "stage":
            excepted |= at_stage.get(id_, set()) & reached.keys()
        elif id_ in reached and id_ != assertion.taxon:
            excepted.add(id_)
        else:
            raise SourceError(
                f"{assertion.where}: the exception {graph[id_].label!r} is not below "
                f"{graph[assertion.taxon].label}; name a taxon or form that is, or a stage"
            )
    return excepted


def _highest(
    reached: Mapping[str, None], excepted: Mapping[str, None], tree: Hierarchy
) -> Iterator[str]:
    """Give the highest of these concepts that have nothing excepted below them."""
    without = excepted.keys() | set(tree.ancestors(excepted))
    holding = reached.keys() - without
    for id_ in reached:
        k = tree.index(id_)
        first, last = tree.parents.indptr[k : k + 2]
        above = tree.parents.indices[first:last].tolist()
        if id_ in holding and holding.isdisjoint(tree.ids[p] for p in above):
            yield id_
