"""Builds plankton.owl from the tables beside it: ``python ontology/build.py``."""

from __future__ import annotations

from pathlib import Path

from kgconcepts.export import owl
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import tables
from kgconcepts.sources.template import COLUMNS, read_templates

HERE = Path(__file__).resolve().parent
TABLES = ("taxa", "parts", "qualities", "stages", "objects")
ADDRESS = "https://w3id.org/kgconcepts/plankton"
LICENCE = "CC BY 4.0"
VERSION = "0.1.0"


def build(path: Path) -> ConceptGraph:
    """Write the ontology to `path` and return it; anything wrong in a table stops it."""
    paths = [HERE / f"{name}.tsv" for name in TABLES]
    graph = read_templates(paths, LICENCE, VERSION)
    graph.hierarchy(traits=True)  # raises where there is a cycle
    origins = {
        cells["id"]: {owl.DCTERMS + "source": [cells["source"]]}
        for table in paths
        for _, cells in tables.rows(table, COLUMNS)
    }
    header: owl.Annotations = {
        owl.DCTERMS + "title": ["The kgconcepts plankton ontology"],
        owl.DCTERMS + "description": [
            "Groups of plankton, their visible parts, qualities and life stages"
        ],
        owl.DCTERMS + "license": [LICENCE],
        "http://www.w3.org/2002/07/owl#versionInfo": [VERSION],
    }
    owl.write(graph, path, ADDRESS, header, origins)
    return graph


if __name__ == "__main__":
    print(build(HERE / "plankton.owl"))
