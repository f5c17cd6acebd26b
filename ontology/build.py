"""Builds plankton.owl from the tables beside it: ``python ontology/build.py``."""

from __future__ import annotations

from pathlib import Path

from kgconcepts.export import owl
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened
from kgconcepts.sources.template import COLUMNS, read_templates
from kgconcepts.sources.vocabularies import DCTERMS, OWL

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
    origins = {}
    for table in paths:
        with opened(table) as document:
            for _, cells in tables.rows(document, COLUMNS):
                origins[cells["id"]] = {DCTERMS + "source": [cells["source"]]}
    header: owl.Annotations = {
        DCTERMS + "title": ["The kgconcepts plankton ontology"],
        DCTERMS + "description": [
            "Groups of plankton, their visible parts, qualities and life stages"
        ],
        DCTERMS + "license": [LICENCE],
        OWL + "versionInfo": [VERSION],
    }
    owl.write(graph, path, ADDRESS, header, origins)
    return graph


if __name__ == "__main__":
    print(build(HERE / "plankton.owl"))
