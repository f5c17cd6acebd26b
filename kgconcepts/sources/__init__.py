"""Files of knowledge → ConceptGraph: one module a format."""

from __future__ import annotations

import importlib
from types import ModuleType

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources.document import Document, Readable, opened
from kgconcepts.sources.statements import no_collection

__all__ = ["read", "read_document"]

# The more particular first: each is asked whether a document can be its own.
_FORMATS = (
    "template",
    "planktonzilla",
    "dwca",
    "coldp",
    "ecotaxa",
    "worms",
    "obo",
    "owlxml",
    "obographs",
    "graphml",
    "nodes_edges",
    "owl",
)


def read(source: Readable, *, imports: bool = False) -> ConceptGraph:
    """Read a file of knowledge, its format guessed from its content.

    Parameters
    ----------
    source : path-like, open file or ``"-"``
        A file, plain or in gzip or zip; a folder; an open file; standard input.
    imports : bool, default False
        Also read what it imports, from the disk and the web, as `sources.imports` says. Otherwise
        nothing else is opened, and `Source.imports` tells what it builds on.

    Raises
    ------
    SourceError
        If it is not there, of no known format, or malformed; of imports, which of them.
    """
    if imports:
        graph: ConceptGraph = _module("imports").read(source)
        return graph
    with opened(source) as document:
        return read_document(document)


def read_document(document: Document) -> ConceptGraph:
    """Read a document that is open already."""
    with no_collection():
        readers = [_module(name) for name in _FORMATS]
        for reader in readers:
            if reader.can_read(document):
                graph: ConceptGraph = reader.read(document)
                return graph
    raise SourceError(
        f"{document.where}: of no known format ({', '.join(reader.NAME for reader in readers)}); "
        "convert it to one of these"
    )


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"kgconcepts.sources.{name}")
