"""A graph as a file, in the format that its suffix names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kgconcepts.errors import LossWarning, OutputError
from kgconcepts.export import graphml, obo, obographs, owl, skos, tables
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, Relation

__all__ = ["SUFFIXES", "write"]

_SHOWN = 5


def write(
    graph: ConceptGraph,
    path: str | os.PathLike[str],
    evidence: Mapping[Relation, str] | None = None,
) -> tuple[Finding, ...]:
    """Write a graph, whole or not at all.

    Parameters
    ----------
    graph : ConceptGraph
    path : path-like
        Its suffix names the format:

        - OWL: ``.owl``, ``.rdf`` or ``.xml`` (RDF/XML), ``.ttl``, ``.nt``, ``.jsonld``
        - SKOS: ``.skos.rdf``, ``.skos.ttl``, ``.skos.nt``, ``.skos.jsonld``
        - OBO: ``.obo``
        - obographs: ``.json``
        - GraphML: ``.graphml``
        - tables: ``.csv`` or ``.tsv``; nodes in ``x.csv``, ``x_edges.csv`` and ``x_sources.csv``
          beside it

    evidence : mapping of Relation → str, optional
        Where relations are said. OWL holds it, as ``dcterms:source`` of their axioms.

    Returns
    -------
    tuple of Finding
        What the format cannot hold; a `LossWarning` says the same. SKOS has no place for
        ``disjoint_with`` and `Concept.intersection`, obographs none for ``disjoint_with``, OBO
        none for some texts; GraphML and SKOS hold no relation that leads out of the graph.

    Raises
    ------
    OutputError
        If the suffix is of no format, the place cannot be written to, or RDF/XML would need a
        property whose address does not end in an XML name.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import kgconcepts as kg
    >>> graph = kg.ConceptGraph([kg.Concept("PLK:1", "Copepoda")])
    >>> with TemporaryDirectory() as folder:
    ...     lost = kg.write(graph, f"{folder}/plankton.skos.ttl")
    ...     lost, kg.read(f"{folder}/plankton.skos.ttl") == graph
    ((), True)
    """
    path = Path(path)
    fitting = [suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)]
    if not fitting:
        raise OutputError(f"{path}: of no format that is known; end it in {', '.join(SUFFIXES)}")
    suffix = max(fitting, key=len)
    if suffix in owl.FORMATS:  # which has a place for everything
        owl.write_graph(graph, path, evidence)
        lost = tuple(_left_open(graph, suffix))
    else:
        without = (
            Finding("WARN", "not_written", r.child, r.relation, f"{r.parent}: {text}")
            for r, text in (evidence or {}).items()
        )
        lost = (*_WRITERS[suffix](graph, path), *_left_open(graph, suffix), *without)
    if lost:
        first = "; ".join(f"{f.subject} {f.property} {f.value!r}" for f in lost[:_SHOWN])
        warnings.warn(
            f"{path}: {len(lost)} statements have no place in {suffix}: {first}",
            LossWarning,
            stacklevel=2,
        )
    return lost


def _left_open(graph: ConceptGraph, suffix: str) -> Iterable[Finding]:
    """Give what leads to no concept of the graph, where a format has no place for such."""
    here = suffix == ".graphml" or suffix in skos.FORMATS
    held = set(graph.relations if here else graph.stated)
    for relation in graph.dangling:
        if relation not in held:
            yield Finding("WARN", "not_written", *relation)


_WRITERS: dict[str, Callable[[ConceptGraph, Path], Iterable[Finding]]] = {
    **dict.fromkeys(skos.FORMATS, skos.write),
    ".obo": obo.write,
    ".json": obographs.write,
    ".graphml": graphml.write,
    **dict.fromkeys(tables.SUFFIXES, tables.write),
}
SUFFIXES = (*owl.FORMATS, *_WRITERS)
