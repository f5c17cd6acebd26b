"""What concepts are known not to have, and where that contradicts what they have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kgconcepts.curation.arrays import handed_down, matrix
from kgconcepts.curation.reasoning import Inherited, inherited
from kgconcepts.graph import ABSENCES, TRAITS, ConceptGraph

__all__ = ["Contradiction", "absent", "contradictions"]

_EXCLUSIVE_KINDS = (("quality", "quality"), ("stage", "stage"))
_EXCLUSIVE = ("has_quality", "has_stage")  # of these, what is disjoint excludes one another


def absent(graph: ConceptGraph, *relations: str) -> Inherited:
    """Find the traits that every concept is known not to have.

    A concept lacks what is stated of it and of its ancestors, and so every kind of what it lacks.
    It lacks, too, what is disjoint with a quality or a stage that it has: nothing is opaque and
    transparent. Of parts that does not follow, as a body has many. What nobody said stays unknown.

    Parameters
    ----------
    graph : ConceptGraph
    *relations : str
        Those of `TRAITS` whose absence is asked for; all of them where none is given.

    Returns
    -------
    Inherited
        Its matrix is true where a concept lacks a trait.

    Raises
    ------
    CycleError
        If a concept is among its own ancestors.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("PLK:1", "Copepoda"), Concept("PLK:2", "Oithona"),
    ...      Concept("PLK:3", "fin", "part"), Concept("PLK:4", "tail fin", "part")],
    ...     [("PLK:2", "is_a", "PLK:1"), ("PLK:4", "is_a", "PLK:3"),
    ...      ("PLK:1", "lacks_part", "PLK:3")],
    ... )
    >>> absent(graph).of("PLK:2")
    ('PLK:3', 'PLK:4')
    """
    through = relations or TRAITS
    tree = graph.hierarchy()
    absences = {a for a, has in zip(ABSENCES, TRAITS, strict=True) if has in through}
    lacked = [
        (tree.index(child), parent)
        for child, relation, parent in graph.relations
        if relation in absences and child in tree and parent in tree
    ]
    lacked += _excluded(graph, tuple(r for r in _EXCLUSIVE if r in through))
    general = dict.fromkeys(parent for _, parent in lacked)
    kinds = {parent: (parent, *tree.descendants(parent)) for parent in general}
    traits = sorted({kind for found in kinds.values() for kind in found}, key=tree.index)
    column = {id_: t for t, id_ in enumerate(traits)}
    own = matrix(
        ((k, column[kind]) for k, parent in lacked for kind in kinds[parent]),
        (len(tree), len(traits)),
    )
    return Inherited(tree, tuple(traits), handed_down(tree, own))


def _excluded(graph: ConceptGraph, relations: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return what is disjoint with the traits stated of each concept, as (position, trait)."""
    apart = _exclusive(graph)
    if not apart:
        return []
    tree = graph.hierarchy()
    excluded: dict[str, tuple[str, ...]] = {}
    for trait in {r.parent for r in graph.relations if r.relation in relations}:
        kinds = (trait, *tree.ancestors(trait)) if trait in tree else ()
        excluded[trait] = tuple({other for kind in kinds for other in apart.get(kind, ())})
    return [
        (tree.index(child), other)
        for child, relation, trait in graph.relations
        if relation in relations and child in tree
        for other in excluded[trait]
    ]


def _exclusive(graph: ConceptGraph) -> dict[str, set[str]]:
    """Return the qualities and stages that exclude others, and which."""
    apart: dict[str, set[str]] = {}
    for one, relation, other in graph.relations:
        kinds = graph[one].kind, graph[other].kind
        used = not (graph[one].obsolete or graph[other].obsolete)
        if relation == "disjoint_with" and used and kinds in _EXCLUSIVE_KINDS:
            apart.setdefault(one, set()).add(other)
            apart.setdefault(other, set()).add(one)
    return apart


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A concept that has what it lacks.

    Parameters
    ----------
    concept, trait : str
        Ids of the concept and of what it has and lacks.
    excluded_by : str
        Id of another trait that it has, where that is why it lacks this one; otherwise empty.
    """

    concept: str
    trait: str
    excluded_by: str = ""


def contradictions(graph: ConceptGraph) -> tuple[Contradiction, ...]:
    """Find the concepts that have, themselves or from above, what they lack.

    Returns
    -------
    tuple of Contradiction
        By concept, parents before children, then by trait, the general before the specific. Of
        two traits that exclude one another there is one, with the first of them.

    Raises
    ------
    CycleError
        If a concept is among its own ancestors.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("PLK:1", "Copepoda"), Concept("PLK:2", "bell", "part")],
    ...     [("PLK:1", "lacks_part", "PLK:2"), ("PLK:1", "has_part", "PLK:2")],
    ... )
    >>> contradictions(graph)
    (Contradiction(concept='PLK:1', trait='PLK:2', excluded_by=''),)
    """
    apart = _exclusive(graph)
    if not (apart or any(r.relation in ABSENCES for r in graph.relations)):
        return ()
    lacked = absent(graph)
    had = inherited(graph)
    column = {id_: t for t, id_ in enumerate(had.traits)}
    common = [t for t, id_ in enumerate(lacked.traits) if id_ in column]
    traits = [lacked.traits[t] for t in common]
    one = sp.csr_array(had.matrix[:, [column[id_] for id_ in traits]])
    both = sp.coo_array(one.multiply(sp.csr_array(lacked.matrix[:, common])))
    order = np.lexsort((both.coords[1], both.coords[0]))
    rows, columns = (axis[order].tolist() for axis in both.coords)
    found = []
    tree = had.hierarchy
    known = [(had.ids[k], traits[t]) for k, t in zip(rows, columns, strict=True)]
    told = set(known)
    for concept, trait in known:
        kinds = {trait, *tree.ancestors(trait)}
        others = {other for kind in kinds for other in apart.get(kind, ())} & {*had.of(concept)}
        first = min(others, key=tree.index, default="")
        if (concept, first) not in told or tree.index(trait) <= tree.index(first):
            found.append(Contradiction(concept, trait, first))
    return tuple(found)
