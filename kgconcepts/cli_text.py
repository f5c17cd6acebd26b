"""The commands that bring texts to concepts, and concepts out of texts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from kgconcepts.console import KeepGoing, Sources, known_format, merged, reading, write
from kgconcepts.errors import TextError, one_line

if TYPE_CHECKING:
    from kgconcepts.graph import ConceptGraph

__all__ = ["accept", "enrich", "mine"]

_SHOWN = 5
_Texts = Annotated[Path, typer.Option(help="What enrich wrote (.jsonl).")]


def enrich(
    sources: Sources,
    out: Annotated[Path, typer.Option(help="The texts (.jsonl); other files come beside it.")],
    contact: Annotated[
        str, typer.Option(help="Your e-mail address or page, which Wikimedia asks for.")
    ] = "",
    cache: Annotated[Path, typer.Option(help="Where what was fetched is kept.")] = Path(
        "wikipedia.sqlite"
    ),
    language: Annotated[
        list[str], typer.Option(help="Wikipedias to look in, the preferred first; repeatable.")
    ] = ["en"],  # noqa: B006 (typer reads it, nobody changes it)
    decisions: Annotated[
        Path | None, typer.Option(help="Which article a person decided on: concept,language,title.")
    ] = None,
    full: Annotated[
        list[str],
        typer.Option(help="Fetch sections of the articles of this and all below; repeatable."),
    ] = [],  # noqa: B006
    texts: Annotated[
        list[Path], typer.Option(help="A table of further texts: concept,text…; repeatable.")
    ] = [],  # noqa: B006
    texts_licence: Annotated[
        str, typer.Option(help="The licence of texts whose table gives none.")
    ] = "",
    offline: Annotated[
        bool, typer.Option("--offline", help="Take what is in the cache, and ask nobody.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask first what has changed since it was fetched.")
    ] = False,
    keep_going: KeepGoing = False,
) -> None:
    """Give concepts their texts: definitions, tables, and articles of Wikipedia.

    Exit code 1 where something could not be fetched; run it again, it goes on from there.
    """
    import kgconcepts as kg  # noqa: PLC0415 (slow)
    from kgconcepts.text.table import read_texts  # noqa: PLC0415 (slow)
    from kgconcepts.text.texts import definitions  # noqa: PLC0415 (slow)

    if out.suffix != ".jsonl":
        raise TextError(f"{out}: texts are written as .jsonl; end the name in it")
    source = kg.WikipediaSource(
        contact, cache, languages=language, decisions=decisions, offline=offline
    )
    with reading(sources, keep_going=keep_going, imports=False) as graphs:
        graph = merged(graphs)
        whole = list(_below(graph, full))
        given = [read_texts(table, graph, texts_licence) for table in texts]
        if refresh:
            told = source.refresh()
            typer.echo(
                f"{told.articles} articles known: {told.changed} changed, {told.gone} gone, "
                f"{told.new} new"
            )
        with _progress() as progress:
            task = progress.add_task("titles", total=None)
            found = source.fetch(graph, whole, lambda number: progress.advance(task, number))
        all_of_them = definitions(graph).then(*given, found)
        all_of_them.write(out)
        articles = out.with_suffix(".articles.tsv")
        found.write_articles(articles, graph)
    counts = ", ".join(f"{number} {status}" for status, number in found.outcomes.most_common())
    passages = sum(map(len, all_of_them.values()))
    typer.echo(f"{passages} passages of {len(all_of_them)} concepts; articles: {counts or 'none'}")
    typer.echo(f"What became of each search: {articles}")
    failed = [article for article in found.articles.values() if article.status == "failed"]
    for article in failed[:_SHOWN]:
        told_why = f"{article.concept} {graph[article.concept].label}: {article.reason}"
        typer.echo(f"failed: {one_line(told_why)}", err=True)
    if failed:
        typer.echo(f"{len(failed)} failed; run it again", err=True)
        raise typer.Exit(1)


def mine(
    sources: Sources,
    texts: _Texts,
    out: Annotated[Path, typer.Option(help="The table to review (.tsv).")],
    keep_going: KeepGoing = False,
) -> None:
    """Find in texts what taxa have and lack, and terms that are not there yet, for review."""
    from kgconcepts.text.contrast import contrast  # noqa: PLC0415 (spacy)
    from kgconcepts.text.mining import mine as mined  # noqa: PLC0415 (spacy)
    from kgconcepts.text.review import write_review  # noqa: PLC0415 (slow)
    from kgconcepts.text.texts import Texts  # noqa: PLC0415 (slow)

    with reading(sources, keep_going=keep_going, imports=False) as graphs:
        graph = merged(graphs)
        said = Texts.read(texts)
        known, new = mined(graph, said), contrast(graph, said)
        write_review((*known, *new), out, graph)
    typer.echo(
        f"{len(known)} statements with known terms, {len(new)} new terms: write yes into "
        f"'decision' of those to be taken in {out}"
    )


def accept(
    sources: Sources,
    candidates: Annotated[Path, typer.Option(help="The table that mine wrote, reviewed.")],
    out: Annotated[Path, typer.Option(help="The graph with them; the suffix names the format.")],
    traits: Annotated[
        Path | None,
        typer.Option(help="Write the statements with their evidence as a table too (.tsv)."),
    ] = None,
    keep_going: KeepGoing = False,
) -> None:
    """Take what a person accepted in a review into the graph, with where it is said."""
    from kgconcepts.export.owl import FORMATS as OWL  # noqa: PLC0415 (slow)
    from kgconcepts.sources.evidence import read_evidence  # noqa: PLC0415 (slow)
    from kgconcepts.text.review import accepted  # noqa: PLC0415 (slow)

    known_format(out)
    with reading(sources, keep_going=keep_going, imports=False) as graphs:
        graph = merged(graphs)
        found = accepted(graph, candidates)
        before = {r: text for path, _ in graphs for r, text in read_evidence(path).items()}
        write(
            found.graph, out, {**before, **found.evidence} if out.suffix in OWL else found.evidence
        )
        found.attribute(out)
        if traits is not None:
            found.write_traits(traits)
    new = sum(relation.parent in found.new for relation in found.evidence)
    typer.echo(f"{len(found.evidence)} statements taken, {new} of them with new terms")


def _below(graph: ConceptGraph, names: Iterable[str]) -> Iterable[str]:
    """Give the concepts of these names and all that is below them."""
    tree = graph.hierarchy()
    for name in names:
        id_ = graph.find_one(name)
        yield from (id_, *tree.descendants(id_))


def _progress() -> Progress:
    columns = (TextColumn("{task.completed} titles answered"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
