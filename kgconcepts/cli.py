"""The command line."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kgconcepts.errors import KGConceptsError, ProjectError
from kgconcepts.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    help="Concepts of a knowledge graph, grounded in an image classifier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; what is wrong with the input is one line and exit code 2."""
    try:
        app()
    except KGConceptsError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"error: {' '.join(str(error).split())}", markup=False, highlight=False
        )
        sys.exit(2)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kgconcepts {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which this is.")
    ] = False,
) -> None: ...


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("kgconcepts-demo"),
) -> None:
    """Ground the project's own ontology in a small classifier of drawn plankton, offline."""
    from kgconcepts.demo.project import run_demo  # noqa: PLC0415 (torch is slow)

    run_demo(out, Console(stderr=True))
    typer.echo(f"Open {(out / 'report.html').resolve()} in a browser.")


@app.command()
def run(
    project: Annotated[Path, typer.Argument(help="The project file (TOML).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and what is missing.")
    ] = False,
) -> None:
    """Ground concepts in a classifier, as a project file says."""
    from kgconcepts import pipeline, planning  # noqa: PLC0415 (slow)
    from kgconcepts.project import read_project  # noqa: PLC0415 (slow)

    found = read_project(project)
    if found.classifier.model is not None:  # the user's own module may lie beside the file
        sys.path.insert(0, str(project.parent.resolve()))
    if not dry_run:
        pipeline.run(found, Console(stderr=True))
        typer.echo(f"Open {(found.out / 'report.html').resolve()} in a browser.")
        return
    lines = planning.plan(found)
    for step, what, fine in lines:
        typer.echo(f"{'ok     ' if fine else 'MISSING'}  {step}: {what}")
    missing = [step for step, _, fine in lines if not fine]
    if missing:
        raise ProjectError(f"{project}: cannot run as it is: see {', '.join(missing)} above")


@app.command()
def read(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Ontologies, taxonomies, label tables; - is standard input."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write what was read; the suffix names the format.")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a file that cannot be read.")
    ] = False,
) -> None:
    """Say what is in files of knowledge, and write them together in another format."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)
    from kgconcepts.export.write import LossWarning  # noqa: PLC0415 (slow)

    graphs, failures = [], []
    for source in sources:
        try:
            graph = kg.read(source)
        except KGConceptsError as error:
            if not keep_going:
                raise
            failures.append(str(error))
            continue
        graphs.append(graph)
        if len(sources) > 1:
            typer.echo(f"{source}:")
        kinds = Counter(concept.kind for concept in graph)
        relations = Counter(relation.relation for relation in graph.relations)
        for what, numbers in (("concepts", kinds), ("relations", relations)):
            counts = ", ".join(f"{number} {name}" for name, number in numbers.items())
            typer.echo(f"{numbers.total()} {what}{': ' if counts else ''}{counts}")
        found = Counter(finding.rule for finding in graph.findings)
        if found:
            counts = ", ".join(f"{number} {rule}" for rule, number in found.most_common())
            typer.echo(f"{found.total()} findings: {counts}")
    if out is not None and graphs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LossWarning)  # said below
            lost = kg.write(kg.merge(graphs), out)
        for finding in lost:
            typer.echo(
                f"not written: {finding.subject} {finding.property} {finding.value}", err=True
            )
    if failures:
        typer.echo(f"{len(failures)} of {len(sources)} files could not be read:", err=True)
        for failure in failures:
            typer.echo(f"error: {' '.join(failure.split())}", err=True)
        raise typer.Exit(1)
