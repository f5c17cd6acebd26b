"""Files of knowledge → ConceptGraph: one module a format."""

from __future__ import annotations

import os
from pathlib import Path

from kgconcepts.errors import CycleError, SourceError
from kgconcepts.files import read_text
from kgconcepts.graph import ConceptGraph

__all__ = ["read"]


def read(path: str | os.PathLike[str]) -> ConceptGraph:
    """Read a file of knowledge, its format guessed from its content.

    Parameters
    ----------
    path : path-like
        An ontology in RDF/XML, Turtle or N-Triples, an ontology template (TSV), or a planktonzilla
        label table (CSV).

    Raises
    ------
    SourceError
        If the file is not there, of none of these formats, or malformed.
    CycleError
        If a concept is among its own ancestors.
    """
    from kgconcepts.sources import planktonzilla, rdf, template  # noqa: PLC0415 (rdflib is slow)

    path = Path(path)
    head = read_text(path)[:4096]
    for reader in (planktonzilla, template, rdf):
        if reader.can_read(head):
            graph: ConceptGraph = reader.read(path)
            try:  # a cycle is the file's fault: say so while its name is known
                graph.hierarchy()
            except CycleError as error:
                raise CycleError(f"{path}: {error}") from error
            return graph
    raise SourceError(
        f"{path}: neither RDF (RDF/XML, Turtle, N-Triples), an ontology template nor a "
        "planktonzilla table; convert it to one of these"
    )
