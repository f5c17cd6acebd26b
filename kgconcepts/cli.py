"""The command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from kgconcepts import cli_embedding, cli_text
from kgconcepts.console import (
    Imports,
    KeepGoing,
    Sources,
    console,
    known_format,
    loss_said,
    merged,
    reading,
    say,
    write,
)
from kgconcepts.errors import KGConceptsError, ProjectError, one_line
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
            f"error: {one_line(str(error))}", markup=False, highlight=False
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
    sources: Sources,
    out: Annotated[
        Path | None, typer.Option(help="Write what was read; the suffix names the format.")
    ] = None,
    keep_going: KeepGoing = False,
    imports: Imports = False,
) -> None:
    """Say what is in files of knowledge, and write them together in another format."""
    known_format(out)
    with reading(sources, keep_going=keep_going, imports=imports) as graphs:
        for source, graph in graphs:
            if len(sources) > 1:
                typer.echo(f"{source}:")
            say(graph)
        if out is not None:
            from kgconcepts.curation.unite import unite  # noqa: PLC0415 (slow)

            write(unite(graph for _, graph in graphs), out)


@app.command()
def merge(
    sources: Sources,
    out: Annotated[Path, typer.Option(help="The merged graph; the suffix names the format.")],
    mappings: Annotated[
        Path | None, typer.Option(help="What a person has decided to be the same or not (SSSOM).")
    ] = None,
    matches: Annotated[
        Path | None,
        typer.Option(help="Write what became one, and what a person should decide (SSSOM)."),
    ] = None,
    keep_going: KeepGoing = False,
    imports: Imports = False,
) -> None:
    """Merge files: the same concept in several becomes one; the first file's word holds."""
    from kgconcepts.curation.merge import merge_and_match  # noqa: PLC0415 (slow)

    known_format(out)
    with reading(sources, keep_going=keep_going, imports=imports) as graphs:
        merged, found = merge_and_match(
            (graph for _, graph in graphs),
            mappings or (),
            look_for_similar=matches is not None,
        )
        same = sum(mapping.same for mapping in found)
        typer.echo(f"{same} concepts became one with another, {len(found) - same} to decide")
        say(merged)
        if matches is not None:
            found.write(matches)
        write(merged, out)


@app.command()
def check(
    sources: Sources,
    labels: Annotated[
        Path | None, typer.Option(help="An image collection's labels: columns label and concept.")
    ] = None,
    collection: Annotated[
        str, typer.Option(help="The collection to take from a planktonzilla table.")
    ] = "",
    out: Annotated[
        list[Path], typer.Option(help="Write the findings: .tsv, .csv, .json or .html; repeatable.")
    ] = [],  # noqa: B006 (typer reads it, nobody changes it)
    fail_on: Annotated[
        Literal["ERROR", "WARN", "INFO", "never"],
        typer.Option(help="End with exit code 1 on findings of this level or graver."),
    ] = "ERROR",
    reason: Annotated[
        bool, typer.Option("--reason", help="Run the reasoner HermiT too; this needs Java.")
    ] = False,
    keep_going: KeepGoing = False,
    imports: Imports = False,
) -> None:
    """Look for what is wrong; several files are merged first."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)
    from kgconcepts.curation.report import FORMATS  # noqa: PLC0415 (slow)

    known_format(*out, suffixes=FORMATS)
    if collection and labels is None:
        raise typer.BadParameter("names a collection of a table; give the table as --labels")
    with reading(sources, keep_going=keep_going, imports=imports) as graphs:
        graph = merged(graphs)
        report = kg.check(graph, labels, collection, reason=reason)
        console().print(report)
        for path in out:
            report.write(path)
    if fail_on != "never" and report.at_least(fail_on):
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="What was.")],
    new: Annotated[Path, typer.Argument(help="What is.")],
    out: Annotated[
        list[Path],
        typer.Option(help="Write the changes: .tsv, .csv, .json or .kgcl; repeatable."),
    ] = [],  # noqa: B006
    imports: Imports = False,
) -> None:
    """Say what has changed between two files."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)
    from kgconcepts.curation.diff import SUFFIXES  # noqa: PLC0415 (slow)

    known_format(*out, suffixes=SUFFIXES)
    with reading([old, new], keep_going=False, imports=imports) as ((_, was), (_, now)):
        changes = kg.diff(was, now)
    console().print(changes)
    for path in out:
        with loss_said():
            changes.write(path)


for _command in (
    *(cli_text.enrich, cli_text.mine, cli_text.accept),
    *(cli_embedding.embed, cli_embedding.place),
):
    app.command()(_command)
