"""A graph as GraphML, through networkx: for Gephi, Cytoscape, yEd and networkx itself."""

from __future__ import annotations

from pathlib import Path

from kgconcepts.files import replacing
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, plain
from kgconcepts.sources.flat import name_of, row
from kgconcepts.sources.origin import as_text
from kgconcepts.sources.statements import no_collection

__all__ = ["write"]


def write(graph: ConceptGraph, path: Path) -> tuple[Finding, ...]:
    """Write concepts as nodes, relations as edges from child to parent.

    All data are text, ``obsolete`` too, as networkx writes truth as Python does (``True``), which
    other programs do not know. A field that is empty is left out. Nothing is lost.
    """
    import networkx as nx  # noqa: PLC0415 (slow to load, and needed here alone)

    copy = nx.MultiDiGraph(sources=plain(as_text(graph.sources.values())))
    for concept in graph:
        said = {field: text for field, text in row(concept).items() if text and field != "id"}
        copy.add_node(concept.id, **said)
    for number, (child, relation, parent) in enumerate(graph.relations):
        data = {"relation": plain(relation), "label": name_of(relation, graph.relation_labels)}
        # The key becomes the edge's id, and programs want each once.
        copy.add_edge(child, parent, f"e{number}", **{k: v for k, v in data.items() if v})
    with replacing(path) as temporary, no_collection():
        nx.write_graphml_xml(copy, temporary)
    return ()
