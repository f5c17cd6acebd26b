"""Seconds and memory of evidence at scale: a million images of ten thousand concepts.

A made-up taxonomy (6,000 classes, 12 levels below the root, three traits stated of each taxon and
one that it lacks, of 1,000 traits in 4 levels) and a million images: 60 % labelled at a class, 10 %
at a coarser taxon, 30 % not at all. Beside these labels, in turn: statements on two traits of 10 %;
a second annotator of 20 %, who errs in a tenth; image-text scores of 50 concepts. Each row runs in
a process of its own, and its memory is the peak of that process, graph and scores included. Class
factors are those of 100,000 images. Run: ``python benchmarks/evidence.py [images]``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from importlib.metadata import version

import numpy as np
from rich.console import Console
from rich.table import Table

import kgconcepts as kg

LEAVES, INNER, TRAITS, DEPTH, SCORED, SEED = 6000, 4800, 1000, 12, 50, 0
STEPS = ("graph alone", "labels", "traits", "annotators", "scores", "class factors")


def make_graph(rng: np.random.Generator) -> tuple[kg.ConceptGraph, list[str], list[str]]:
    """Return the graph, its classes and the taxa above them."""
    inner = [f"T{k}" for k in range(INNER)]
    level = np.minimum(np.arange(INNER) * DEPTH // INNER, DEPTH - 1)
    level[0], level[1:][level[1:] == 0] = 0, 1
    at = {depth: np.flatnonzero(level == depth) for depth in range(DEPTH)}
    relations = [
        (inner[k], "is_a", inner[rng.choice(at[int(level[k]) - 1])]) for k in range(1, INNER)
    ]
    classes = [f"L{k}" for k in range(LEAVES)]
    deepest = at[DEPTH - 1]
    for k, id_ in enumerate(classes):
        relations.append((id_, "is_a", inner[deepest[k % len(deepest)]]))
    has_class = {parent for _, _, parent in relations}
    inner = [id_ for id_ in inner if id_ in has_class]
    relations = [r for r in relations if r[0] in has_class or r[0][0] == "L"]
    traits = [f"P{k}" for k in range(TRAITS)]
    relations += [(traits[k], "is_a", traits[k // 6]) for k in range(1, TRAITS)]
    for id_ in (*inner[1:], *classes):  # what the root has or lacks, all would
        few = rng.choice(TRAITS, 4, replace=False)
        relations += [(id_, "has_part", traits[k]) for k in few[:3]]
        relations.append((id_, "lacks_part", traits[few[3]]))
    concepts = [kg.Concept(id_, id_) for id_ in (*inner, *classes)]
    concepts += [kg.Concept(id_, id_, "part") for id_ in traits]
    return kg.ConceptGraph(concepts, relations), classes, inner


def make_labels(
    n: int, rng: np.random.Generator, classes: list[str], inner: list[str]
) -> list[str | None]:
    names: list[str | None] = [*classes, *inner, None]
    kind = rng.random(n)
    chosen = rng.integers(0, len(classes), n)
    coarse = kind > 0.6
    chosen[coarse] = len(classes) + rng.integers(0, len(inner), coarse.sum())
    chosen[kind > 0.7] = len(names) - 1
    return [names[k] for k in chosen.tolist()]


def run(step: str, n: int) -> dict[str, float | str]:
    rng = np.random.default_rng(SEED)
    graph, classes, inner = make_graph(rng)
    dag = graph.hierarchy(traits=True)
    labels = make_labels(n, rng, classes, inner) if step != "graph alone" else []
    start = time.perf_counter(), time.process_time()
    evidence = kg.Evidence.from_labels(labels, graph)
    if step == "traits":
        # One that is shown, and another, without kinds of its own, that is not.
        pairs = rng.integers([0, TRAITS // 5], TRAITS, (2000, 2)).tolist()
        good = [{f"P{a}": True, f"P{b}": False} for a, b in pairs if a != b]
        traits: list[dict[str, bool] | None] = [None] * n
        for i in rng.choice(n, n // 10, replace=False).tolist():
            traits[i] = good[i % len(good)]
        start = time.perf_counter(), time.process_time()
        evidence = kg.Evidence.from_traits(traits, graph)
    elif step == "annotators":
        second: list[str | None] = [None] * n
        for i in rng.choice(n, n // 5, replace=False).tolist():
            second[i] = labels[i] if rng.random() < 0.9 else classes[rng.integers(0, LEAVES)]
        other = kg.Evidence.from_labels(second, graph)
        start = time.perf_counter(), time.process_time()
        evidence = kg.Evidence.combine([evidence, other])
    elif step == "scores":
        ids = [dag.ids[k] for k in np.argsort(-evidence.support)[:SCORED]]
        columns = [dag.index(id_) for id_ in ids]
        shown = dag.closure[dag.leaves][:, columns].toarray().astype(np.float32)
        scores = rng.standard_normal(size=(n, SCORED), dtype=np.float32)
        number = {dag.ids[leaf]: k for k, leaf in enumerate(dag.leaves)}
        known = [number.get(label or "", -1) for label in labels]
        scores += np.concatenate([shown, np.zeros_like(shown[:1])])[known]
        start = time.perf_counter(), time.process_time()
        evidence = kg.Evidence.from_scores(scores, ids, evidence, dag)
    elif step == "class factors":
        start = time.perf_counter(), time.process_time()
        possible = evidence.possible_classes(dag)
        for first in range(0, min(n, 100_000), 5_000):
            evidence.class_log_factors(dag, np.arange(first, first + 5_000), possible=possible)
    seconds = time.perf_counter() - start[0]
    busy = time.process_time() - start[1]
    return {
        "concepts": len(dag),
        "ancestors of a class": float(dag.closure[dag.leaves].nnz / len(dag.leaves)),
        "patterns": len(evidence.patterns),
        "seconds": seconds,
        "busy": busy,
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(n: int) -> None:
    console = Console(width=100)
    names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    console.print(f"Python {sys.version.split()[0]}, {n:,} images, seed {SEED}, {names}")
    table = Table(
        "what", "concepts", "ancestors of a class", "patterns", "seconds", "CPU seconds", "MB"
    )
    for step in STEPS:
        command = [sys.executable, __file__, "--step", step, str(n)]
        out = subprocess.run(  # noqa: S603 (our own code)
            command, check=True, capture_output=True, text=True
        )
        found = json.loads(out.stdout.splitlines()[-1])
        table.add_row(
            step,
            f"{found['concepts']:,}",
            f"{found['ancestors of a class']:.0f}",
            f"{found['patterns']:,}",
            f"{found['seconds']:.1f}",
            f"{found['busy']:.1f}",
            f"{found['MB']:.0f}",
        )
    console.print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(run(sys.argv[2], int(sys.argv[3]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
