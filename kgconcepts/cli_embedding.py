"""The commands that give concepts vectors, and tell by them where a new term belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kgconcepts.concept import KINDS
from kgconcepts.console import KeepGoing, Sources, console, known_format, merged, reading
from kgconcepts.errors import TextError, one_line

if TYPE_CHECKING:
    from kgconcepts.embedding.encoder import Encoder
    from kgconcepts.graph import ConceptGraph
    from kgconcepts.text.texts import Texts

__all__ = ["embed", "place"]

_TFIDF = "tfidf"
_STEPS_UP = 3  # of a lineage that is shown

_Coder = Annotated[
    str,
    typer.Option(
        "--encoder",
        help="A sentence-transformers model, open_clip:… for an image-text model's text side, or "
        "tfidf, which needs no model.",
    ),
]
_Cache = Annotated[Path, typer.Option(help="Where vectors of texts are kept.")]
_SaidIn = Annotated[list[Path], typer.Option(help="What enrich wrote (.jsonl); repeatable.")]
_DEFAULT, _KEPT = "all-MiniLM-L6-v2", Path("vectors.sqlite")


def embed(
    sources: Sources,
    out: Annotated[Path, typer.Option(help="The vectors (.safetensors); a table comes beside it.")],
    texts: _SaidIn = [],  # noqa: B006 (typer reads it, nobody changes it)
    coder: _Coder = _DEFAULT,
    cache: _Cache = _KEPT,
    keep_going: KeepGoing = False,
) -> None:
    """Give every concept a vector that joins its texts with its place in the hierarchy."""
    import kgconcepts as kg  # noqa: PLC0415 (slow)
    from kgconcepts.embedding.files import write_vectors  # noqa: PLC0415 (slow)

    known_format(out, suffixes=(".safetensors",))
    with reading(sources, keep_going=keep_going, imports=False) as graphs:
        graph = merged(graphs)
        said = _read(texts)
        with _progress() as (total, advance):
            model = kg.HierarchicalEmbedding(_encoder(coder, cache, graph, said, advance))
            model.fit(graph, said, total)
        table = write_vectors(model, out, graph)
    silent = int((model.observations_.words == 0).sum())
    borrowed = sum(map(bool, model.borrowed_from_))
    typer.echo(
        f"{len(model.ids_)} vectors of {model.vectors_.shape[1]} numbers: {silent} concepts have "
        f"no text, {borrowed} lean on others more than on their own"
    )
    typer.echo(f"What is known of each: {table}")


def place(
    term: Annotated[str, typer.Argument(help="A term, or the name or id of a concept.")],
    source: Annotated[
        list[Path], typer.Option(help="Where it could belong; our ontology if not given.")
    ] = [],  # noqa: B006
    definition: Annotated[str, typer.Option(help="What the term means.")] = "",
    kind: Annotated[str, typer.Option(help=f"Of its parents: {', '.join(KINDS)}.")] = "",
    texts: _SaidIn = [],  # noqa: B006
    coder: _Coder = _DEFAULT,
    cache: _Cache = _KEPT,
    most: Annotated[int, typer.Option("--top", min=1, help="How many parents to show.")] = 10,
) -> None:
    """Propose where a term belongs: the parents that it could have, the likeliest first.

    A concept that is there already is asked for as if it hung nowhere.
    """
    from kgconcepts.demo.project import ontology  # noqa: PLC0415 (slow)
    from kgconcepts.embedding.placing import placed  # noqa: PLC0415 (slow)

    if not term.strip():
        raise TextError("there is no term; give one, or the name of a concept")
    with reading(source or [ontology()], keep_going=False, imports=False) as graphs:
        graph = merged(graphs)
        said = _read(texts)
        with _progress() as (total, advance):
            made = _encoder(coder, cache, graph, said, advance)
            found = placed(graph, made, term, definition, said, most, kind, total)
    if found.known:
        typer.echo(f"{found.known} {one_line(graph[found.known].label)} is there; put back anew:")
    table = Table(box=None, pad_edge=False)
    for column in ("", "parent", "or below", "concept", "label", "which is"):
        table.add_column(
            column, justify="right" if column in ("", "parent", "or below") else "left"
        )
    tree = graph.hierarchy()
    for number, one in enumerate(found.places, 1):
        above = [graph[a].label for a in tree.ancestors(one.concept)[::-1][:_STEPS_UP]]
        table.add_row(
            *(str(number), f"{one.probability:.3f}", f"{one.above:.3f}", one.concept),
            *(one_line(graph[one.concept].label), one_line(" < ".join(above))),
        )
    console().print(table, markup=False)
    near = ", ".join(f"{one_line(graph[id_].label)} ({cosine:.2f})" for id_, cosine in found.near)
    typer.echo(f"nearest: {near}")


def _read(paths: list[Path]) -> Texts:
    from kgconcepts.text.texts import Texts  # noqa: PLC0415 (slow)

    return Texts({}).then(*map(Texts.read, paths))


def _encoder(
    name: str, cache: Path, graph: ConceptGraph, said: Texts, advance: Callable[[int], None]
) -> Encoder:
    if name.casefold() != _TFIDF:
        from kgconcepts.embedding.encoder import encoder  # noqa: PLC0415 (slow)

        return encoder(name, cache=cache, progress=advance)
    from kgconcepts.embedding.observations import pieces  # noqa: PLC0415 (slow)
    from kgconcepts.embedding.tfidf import TfidfEncoder  # noqa: PLC0415 (slow)
    from kgconcepts.text.texts import definitions, names  # noqa: PLC0415 (slow)

    everything = names(graph).then(definitions(graph), said)
    return TfidfEncoder.of(piece for some in everything.values() for piece in pieces(some))


@contextmanager
def _progress() -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Show how far encoding is: give what sets the total, and what adds to what is done."""
    columns = (TextColumn("texts encoded"), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield (
            lambda total: progress.update(task, total=total),
            lambda done: progress.advance(task, done),
        )
