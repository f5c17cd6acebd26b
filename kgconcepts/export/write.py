"""A graph as a file, in the format that its suffix names."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from kgconcepts.errors import OutputError
from kgconcepts.export import obo, owl
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph

__all__ = ["SUFFIXES", "LossWarning", "write"]

SUFFIXES = (*owl.FORMATS, ".obo")
_SHOWN = 5


class LossWarning(UserWarning):
    """A format cannot hold all that a graph says."""


def write(graph: ConceptGraph, path: str | os.PathLike[str]) -> tuple[Finding, ...]:
    """Write a graph, whole or not at all.

    Parameters
    ----------
    graph : ConceptGraph
    path : path-like
        Its suffix names the format: ``.owl``, ``.rdf`` or ``.xml`` (RDF/XML), ``.ttl``, ``.nt``,
        ``.jsonld`` or ``.obo``.

    Returns
    -------
    tuple of Finding
        What the format cannot hold; a `LossWarning` says the same.

    Raises
    ------
    OutputError
        If the suffix is of no format, the place cannot be written to, or RDF/XML would need a
        property whose address does not end in an XML name.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    lost: tuple[Finding, ...] = ()
    if suffix in owl.FORMATS:
        owl.write_graph(graph, path)
    elif suffix == ".obo":
        lost = tuple(obo.write(graph, path))
    else:
        raise OutputError(f"{path}: of no format that is known; end it in {', '.join(SUFFIXES)}")
    if lost:
        first = "; ".join(f"{f.subject} {f.property} {f.value!r}" for f in lost[:_SHOWN])
        warnings.warn(
            f"{path}: {len(lost)} statements have no place in {suffix}: {first}",
            LossWarning,
            stacklevel=2,
        )
    return lost
