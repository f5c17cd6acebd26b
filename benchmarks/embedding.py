"""Vectors of concepts beside other ways to them, on five hierarchies, in one run.

Places and texts of concepts are held out (`kgconcepts.embedding.evaluation.evaluate`), with the
names of ancestors masked in the texts and without; the splits are others than those that were
looked at while the method was made. Prints, for each hierarchy, the median over splits and the
range, and how ours does by depth and by amount of text; before, what a fit of 100,000 concepts and
what encoding take, and what further relations are worth. The texts are definitions, names,
summaries from ``../shared/data/text/marine_concepts.tsv``, and for Nordic Microalgae the cells'
shapes from its own table. Run: ``python benchmarks/embedding.py --cache vectors.sqlite``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import platform
import resource
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from gensim.models.poincare import PoincareModel
from rich.console import Console
from rich.table import Table

import kgconcepts as kg
from kgconcepts.embedding.encoder import DEFAULT, Encoder, encoder
from kgconcepts.embedding.evaluation import Answer, Method, Task, evaluate, summarise
from kgconcepts.embedding.gaussian import EDGES
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.masking import masked
from kgconcepts.embedding.observations import Observations, observe, pieces
from kgconcepts.embedding.peers import peers
from kgconcepts.embedding.sentence import SentenceEncoder
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.text.passage import Passage
from kgconcepts.text.table import read_texts
from kgconcepts.text.texts import Texts, definitions, names

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
NORDIC = DATA / "taxonomies" / "nordicmicroalgae"
HIERARCHIES = {
    "PATO": DATA / "ontologies" / "pato.obo",
    "ECAO": DATA / "ontologies" / "ecao-simple.owl",
    "life stages": DATA / "ontologies" / "life-stages.obo",
    "Nordic Microalgae": NORDIC / "taxa.txt",
    "kgconcepts": ROOT / "ontology" / "plankton.owl",
}
OURS = "hierarchical"
SIMILARITIES = ("text without hierarchy", "retrofitting")
READ = ("text, read by neighbours", "retrofitting, read by neighbours", "text in our order")
PLACES = ("parent MRR", "Hits@1", "Hits@10", "ancestor MAP", "triplet", "Spearman")
TEXTS = (
    *("text cosine", "text triplet", "direction"),
    *("coverage 50 %", "coverage 90 %", "width 90 %"),
)
LOOKED_AT = range(5)  # seeds of the splits on which the method was made
KEPT = range(5, 10)
DEPTHS, WORDS = (3, 5, 7, 9), (2, 6, 21)


def texts_of(name: str, graph: kg.ConceptGraph) -> Texts:
    """Return all texts of a hierarchy's concepts."""
    said = names(graph).then(definitions(graph))
    if name in ("Nordic Microalgae", "kgconcepts"):
        said = said.then(read_texts(DATA / "text" / "marine_concepts.tsv", graph))
    return said.then(shapes(graph)) if name == "Nordic Microalgae" else said


def shapes(graph: kg.ConceptGraph) -> Texts:
    """Return what the table of biovolumes says of how cells look, by concept."""
    said: dict[str, dict[str, None]] = {}
    table = NORDIC / "facts_biovolumes_nomp.txt"
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file, dialect="excel-tab"):
            if row["Geometric_shape"] and (found := graph.find(f"AphiaID:{row['AphiaID']}")):
                what = f"{row['Unit']} of the shape {row['Geometric_shape']}"
                said.setdefault(found[0], {})[what] = None
    return Texts({id_: [Passage(", ".join(some), table.name)] for id_, some in said.items()})


@lru_cache(maxsize=32)
def ball(pairs: tuple[tuple[str, str], ...]) -> PoincareModel:
    """Train a Poincaré ball on edges; texts make no difference, so each tree is done once."""
    model = PoincareModel(list(pairs), size=32, negative=10, seed=0)
    model.train(epochs=30, batch_size=50)
    return model


def poincare(task: Task) -> Answer:
    """Poincaré vectors of the tree [Nickel and Kiela 2017], by gensim; no text."""
    tree = task.graph.hierarchy()
    edges = tree.parents.tocoo()
    pairs = [(tree.ids[c], tree.ids[p]) for c, p in zip(edges.row, edges.col, strict=True)]
    model = ball(tuple(pairs))
    vectors = np.random.default_rng(0).normal(size=(len(tree), 32)) * 1e-3
    for k, id_ in enumerate(tree.ids):
        if id_ in model.kv:
            vectors[k] = model.kv[id_]

    def similar(positions: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        near = []
        for k in positions.tolist():
            with np.errstate(invalid="ignore"):
                far = model.kv.vector_distance_batch(vectors[k], vectors)
            far[k] = 0.0
            near.append(-np.nan_to_num(far, nan=1e3, posinf=1e3))
        return np.array(near)

    return Answer(tree.ids, vectors, similar)


def observed(
    coder: Encoder, graph: kg.ConceptGraph, said: Mapping[str, tuple[Passage, ...]]
) -> Observations:
    return observe(coder, graph.hierarchy().ids, said)


def run(name: str, coder: Encoder, seeds: range, mask: bool, console: Console) -> pl.DataFrame:
    """Judge all ways on one hierarchy."""
    graph = kg.read(HIERARCHIES[name])
    labels = Texts({c.id: [Passage(c.label, c.source)] for c in graph})
    said = texts_of(name, graph)
    if mask:
        said, labels = masked(graph, said), masked(graph, labels)
    everything = observed(coder, graph, said)
    methods: dict[str, Method] = {
        **peers(observed(coder, graph, labels)),
        "Poincaré (gensim)": poincare,
    }
    started = time.perf_counter()
    figures = evaluate(methods, graph, everything, seeds=seeds)
    told = (everything.words > 0).sum()
    title = (
        f"{name}, names of ancestors {'masked' if mask else 'not masked'}: {len(everything.ids)} "
        f"concepts, {told} with text, {np.median(everything.words[everything.words > 0]):.0f} "
        f"words in the middle; {len(seeds)} splits, {time.perf_counter() - started:.0f} s"
    )
    show(summarise(figures), title, list(methods), console)
    if mask:
        by(figures, console)
    return figures


def show(summary: pl.DataFrame, title: str, methods: list[str], console: Console) -> None:
    """Print what came of places, and of texts."""
    cells = {(row["method"], row["metric"]): row for row in summary.to_dicts()}
    for what, metrics in (("places", PLACES), ("texts", TEXTS)):
        table = Table(title=f"{title}: {what} held out", title_justify="left")
        for column in ("", *metrics):
            table.add_column(column, no_wrap=True)
        for method in methods:
            found = [cells.get((method, metric)) for metric in metrics]
            table.add_row(
                method,
                *(
                    f"{f['median']:.3f} ({f['low']:.2f}–{f['high']:.2f})" if f else ""
                    for f in found
                ),
            )
        console.print(table)


def by(figures: pl.DataFrame, console: Console) -> None:
    """Print parent MRR by depth and by amount of text."""
    shown = (OURS, "text without hierarchy", "retrofitting", "label only")
    mrr = figures.filter(pl.col("metric") == "parent MRR", pl.col("method").is_in(shown))
    for column, bounds in (("depth", DEPTHS), ("words", WORDS)):
        binned = pl.Series(column, np.digitize(mrr[column].to_numpy(), bounds))
        told = summarise(mrr.with_columns(binned), column)
        table = Table(title=f"parent MRR by {column}", title_justify="left")
        table.add_column("")
        levels = sorted(told[column].unique().to_list())
        for level in levels:
            number = max(told.filter(pl.col(column) == level)["concepts"].to_list())
            low = bounds[level - 1] if level else 0
            high = bounds[level] - 1 if level < len(bounds) else ""
            table.add_column(f"{low}–{high} ({number})", justify="right")
        for method in shown:
            row = told.filter(pl.col("method") == method)
            medians = dict(zip(row[column], row["median"], strict=True))
            table.add_row(method, *(f"{medians[one]:.3f}" for one in levels))
        console.print(table)


def verdict(found: Mapping[str, pl.DataFrame], console: Console) -> None:
    """Print ours beside the best of all others, and as a multiple of some.

    Similarities are read as they are, and by neighbours' votes, which gives them an order.
    """
    table = Table(title="ours, names masked, and as a multiple of…", title_justify="left")
    for column in ("", "", "ours", "the best other", *SIMILARITIES, *READ):
        table.add_column(column, justify="right")
    for name, figures in found.items():
        summary = summarise(figures)
        for metric in ("parent MRR", "ancestor MAP", "text triplet"):
            rows = summary.filter(pl.col("metric") == metric)
            value = dict(zip(rows["method"], rows["median"], strict=True))
            ours = value.pop(OURS)
            value.pop("vectors alone")
            best = max(value, key=lambda method: value[method])
            table.add_row(
                *(name, metric, f"{ours:.3f}", f"{value[best]:.3f} {best}"),
                *(f"{ours / value[other]:.2f}" for other in (*SIMILARITIES, *READ)),
            )
    console.print(table)


def scale(console: Console) -> None:
    """Print what 100,000 concepts take, on texts that are noise."""
    K, m = 100_000, 384
    rng = np.random.default_rng(0)
    ids = [f"c{k}" for k in range(K)]
    parent = [min(k - 1, int(rng.integers(max(0, k // 8 - 5), k // 8 + 1))) for k in range(1, K)]
    edges = [(ids[k], ids[p]) for k, p in enumerate(parent, 1)]
    tree = Hierarchy.from_edges(ids, edges)
    vectors = rng.normal(size=(K, m)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = rng.integers(0, 60, K).astype(float)
    vectors[words == 0] = 0
    noise = Observations(tree.ids, vectors, words, rng.random(K))
    taken, made = [], []
    for _ in range(3):
        started = time.perf_counter()
        model = HierarchicalEmbedding().fit(tree, noise)
        taken.append(time.perf_counter() - started)
        made.append(hashlib.sha256(model.vectors_.tobytes()).hexdigest())
        del model
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    same = len(set(made)) == 1
    console.print(
        f"{K:,} × {m}: {np.median(taken):.1f} s ({min(taken):.1f}–{max(taken):.1f}), {peak:.2f} GB "
        f"at most in this process; bit for bit the same each time: {same}"
    )


def encoding(console: Console) -> None:
    """Print what bringing texts to vectors takes beside what the model itself does."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (its memory is not ours)

    graph = kg.read(HIERARCHIES["PATO"])
    ids, said = graph.hierarchy().ids, texts_of("PATO", graph)
    whole = [piece for id_ in ids for piece in pieces(said[id_])]
    coder = SentenceEncoder(DEFAULT)
    library = SentenceTransformer(str(coder.folder))
    coder.encode(["warm"])
    times: dict[str, list[float]] = {"ours": [], "the library": []}
    for _ in range(3):
        started = time.perf_counter()
        observe(coder, ids, said)
        times["ours"].append(time.perf_counter() - started)
        started = time.perf_counter()
        library.encode(whole, batch_size=coder.batch_size, show_progress_bar=False)
        times["the library"].append(time.perf_counter() - started)
    told = ", ".join(
        f"{who} {np.median(t):.1f} s ({min(t):.1f}–{max(t):.1f})" for who, t in times.items()
    )
    console.print(f"encoding {len(whole)} texts of PATO, by turns: {told}")


def weights(coder: Encoder, console: Console) -> None:
    """Print how near vectors come to texts withheld, by how much further relations count."""
    table = Table(title="text cosine by the weight of further relations; seeds 0–4, not masked")
    shares = (0.0, 0.1, 0.3, 1.0)
    for column in ("", *map(str, shares)):
        table.add_column(column)
    for name in ("ECAO", "life stages", "kgconcepts"):
        graph = kg.read(HIERARCHIES[name])
        seen = observed(coder, graph, texts_of(name, graph))
        methods = {str(share): weighted(share) for share in shares}
        found = summarise(evaluate(methods, graph, seen, seeds=LOOKED_AT))
        rows = found.filter(pl.col("metric") == "text cosine")
        value = dict(zip(rows["method"], rows["median"], strict=True))
        table.add_row(name, *(f"{value[method]:.3f}" for method in methods))
    console.print(table)


def weighted(share: float) -> Method:
    """Return ours, without an order, with all further relations of one weight."""

    def method(task: Task) -> Answer:
        edges = dict.fromkeys(EDGES, share)
        model = HierarchicalEmbedding(edges=edges).fit(task.graph, task.observations)
        return Answer(model.ids_, model.vectors_.astype(float))

    return method


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--cache", help="a file that keeps the encoder's vectors")
    ask.add_argument("--splits", type=int, default=len(KEPT))
    ask.add_argument("--only", nargs="*", choices=HIERARCHIES, default=list(HIERARCHIES))
    ask.add_argument("--figures", type=Path, help="write all figures (.parquet)")
    given = ask.parse_args()
    console = Console(width=200)
    coder = encoder(cache=given.cache)
    seeds = KEPT[: given.splits]
    libraries = ", ".join(f"{n} {version(n)}" for n in ("numpy", "scipy", "gensim", "torch"))
    console.print(
        f"kgconcepts {kg.__version__}, {coder.name} ({coder.version}), {libraries}, Python "
        f"{platform.python_version()}; seeds {seeds[0]}–{seeds[-1]}"
    )
    scale(console)
    encoding(console)
    weights(coder, console)
    found = {
        mask: {name: run(name, coder, seeds, mask, console) for name in given.only}
        for mask in (True, False)
    }
    verdict(found[True], console)
    if given.figures:
        together = [
            figures.with_columns(pl.lit(name).alias("hierarchy"), pl.lit(mask).alias("masked"))
            for mask, some in found.items()
            for name, figures in some.items()
        ]
        pl.concat(together).write_parquet(given.figures)


if __name__ == "__main__":
    main()
