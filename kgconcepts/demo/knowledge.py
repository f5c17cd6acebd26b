"""What of the ontology a drawing shows."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.draw import GROUPS, draw
from kgconcepts.graph import ConceptGraph, Relation

__all__ = ["shown"]

_LIKE = "ZooScan"  # grey pictures, of all sizes up to the same extent: what these show


def shown(graph: ConceptGraph) -> ConceptGraph:
    """Return the part of the ontology that the drawn world is made of.

    The groups that are drawn, and all that is above them; the parts that are drawn of each; of
    qualities, those that a grey picture without a scale shows.

    Parameters
    ----------
    graph : ConceptGraph
        The ontology.

    Raises
    ------
    UnknownConceptError
        If a group or a part that is drawn is no concept of it.

    Examples
    --------
    >>> import kgconcepts as kg
    >>> from kgconcepts.demo.project import ontology
    >>> small = shown(kg.read(ontology()))
    >>> parts = small.related(small.find_one("Oithona"), "has_part")
    >>> [small[part].label for part in parts]
    ['antennule', 'caudal ramus', 'prosome', 'urosome']
    """
    groups = {graph.find_one(group): group for group in GROUPS}
    tree = graph.hierarchy()
    imaging, size = graph.find_one(_LIKE), graph.find_one("size class")
    visible = {r.child for r in graph.relations if r == (r.child, "visible_in", imaging)}
    visible -= {size, *tree.descendants(size)}
    kept = [
        r
        for r in graph.relations
        if r.relation in ("is_a", "has_stage", "disjoint_with")
        or (r.relation == "has_quality" and r.parent in visible)
    ]
    for id_, group in groups.items():
        drawn = draw(group, np.random.default_rng(0), 16).parts
        kept += [Relation(id_, "has_part", graph.find_one(part)) for part in drawn]
    concepts = ConceptGraph(graph, kept, graph.sources.values())
    return concepts.restrict(groups)
