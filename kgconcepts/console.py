"""What commands share: what they read, how they write, and how they say what they found."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from kgconcepts.errors import KGConceptsError, LossWarning, OutputError, SourceError, one_line

if TYPE_CHECKING:
    from kgconcepts.graph import ConceptGraph, Relation

__all__ = [
    "Imports",
    "KeepGoing",
    "Sources",
    "console",
    "known_format",
    "loss_said",
    "merged",
    "reading",
    "say",
    "write",
]

_WIDE = 160

Sources = Annotated[
    list[Path],
    typer.Argument(help="Ontologies, taxonomies, label tables; - is standard input."),
]
KeepGoing = Annotated[
    bool,
    typer.Option("--keep-going", help="Go on after a file that cannot be read; exit code 1 then."),
]
Imports = Annotated[
    bool, typer.Option("--imports", help="Read what the files import too, from the web as well.")
]


def merged(graphs: list[tuple[Path, ConceptGraph]]) -> ConceptGraph:
    """Return what was read as one graph."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)

    return kg.merge(graph for _, graph in graphs) if len(graphs) > 1 else graphs[0][1]


@contextmanager
def reading(
    sources: list[Path], *, keep_going: bool, imports: bool
) -> Iterator[list[tuple[Path, ConceptGraph]]]:
    """Read files for what is done with them; list at the end what could not be read."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)

    if sources.count(Path("-")) > 1:
        raise SourceError("-: standard input can be read once; give the other as a file")
    graphs: list[tuple[Path, ConceptGraph]] = []
    failures: list[str] = []
    for source in sources:
        try:
            graphs.append((source, kg.read(source, imports=imports)))
        except KGConceptsError as error:
            if not keep_going:
                raise
            failures.append(str(error))

    def tell() -> None:
        if failures:
            typer.echo(f"{len(failures)} of {len(sources)} files could not be read:", err=True)
        for failure in failures:
            typer.echo(f"error: {one_line(failure)}", err=True)

    if not graphs:
        tell()
        raise typer.Exit(1)
    try:
        yield graphs
    finally:
        tell()
    if failures:
        raise typer.Exit(1)


def known_format(*outs: Path | None, suffixes: Iterable[str] = ()) -> None:
    """Refuse to write a file of no known format, before anything is done."""
    if not suffixes:
        from kgconcepts.export.write import SUFFIXES as suffixes  # noqa: N811, PLC0415 (slow)
    for out in outs:
        if out is not None and not out.name.lower().endswith(tuple(suffixes)):
            raise OutputError(f"{out}: of no format that is known; end it in {', '.join(suffixes)}")


def console() -> Console:
    """Return standard output; what is read by a program is not cut to 80 characters."""
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def say(graph: ConceptGraph) -> None:
    """Count what is in a graph."""
    kinds = Counter(concept.kind for concept in graph)
    relations = Counter(relation.relation for relation in graph.relations)
    for what, numbers in (("concepts", kinds), ("relations", relations)):
        counts = ", ".join(f"{number} {one_line(name)}" for name, number in numbers.items())
        typer.echo(f"{numbers.total()} {what}{': ' if counts else ''}{counts}")
    found = Counter(finding.rule for finding in graph.findings)
    if found:
        counts = ", ".join(f"{number} {rule}" for rule, number in found.most_common())
        typer.echo(f"{found.total()} findings: {counts}")


def write(graph: ConceptGraph, out: Path, evidence: Mapping[Relation, str] | None = None) -> None:
    """Write a graph, and say what the format cannot hold; OWL holds the evidence of relations."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)

    with loss_said():
        for finding in kg.write(graph, out, evidence):
            told = f"{finding.subject} {finding.property} {finding.value}"
            typer.echo(f"not written: {one_line(told)}", err=True)


@contextmanager
def loss_said() -> Iterator[None]:
    """Leave out warnings of what a format cannot hold, where that is said otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        yield
