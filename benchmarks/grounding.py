"""Grounding on PlanktonSet with our ontology at 1 % and 10 % annotated, beside peers and controls.

Prints macro AUC, average precision and AUC against siblings alone (images known to show all parents
of the concept) by support, as mean and range over seeds, for all concepts and for taxa and labels
alone; in how many seeds the model is ahead; and what each part brings. Run:
``python benchmarks/grounding.py [--seeds 10] [--controls 5] [--ablation 3] [--keep FILE]``.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import polars as pl
import scipy
import scipy.sparse as sp
import sklearn
from scipy.special import softmax

import kgconcepts as kg
from kgconcepts.comparison import annotate
from kgconcepts.evidence import Evidence
from kgconcepts.grounding.competing import CompetingClasses
from kgconcepts.grounding.peers import FlatMultinomial, FlatRidge, PermutedParents
from kgconcepts.grounding.quality import SUPPORT_BINS, measure, support_bin
from kgconcepts.grounding.sums import Sums
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.pipeline import read_images, read_knowledge
from kgconcepts.project import read_project
from kgconcepts.text.texts import definitions
from kgconcepts.version import __version__

PROJECT = Path(__file__).parents[1] / "examples" / "planktonset_ontology.toml"
TRAITS = ("part", "quality", "stage")
OURS = "hierarchical"

Array = npt.NDArray[np.float64]


class Data:
    """PlanktonSet as the project file has it."""

    def __init__(self) -> None:
        project = read_project(PROJECT)
        images = read_images(project)
        graph, concepts = read_knowledge(project, images)
        labels = [None if label is None else concepts[label] for label in images.labels]
        self.graph = graph
        self.truth = Evidence.from_labels(labels, graph)
        self.hierarchy: Hierarchy = graph.hierarchy(traits=True)
        stored = np.load(str(project.classifier.latents), allow_pickle=False)
        row = {name: k for k, name in enumerate(stored["files"])}
        self.Z = stored["Z"][[row[name] for name in images.files]].astype(np.float64)
        self.head = stored["weight"], stored["bias"]
        self.kinds = [graph[id_].kind for id_ in self.hierarchy.ids]
        self.view = np.sqrt(softmax(self.Z @ self.head[0].T + self.head[1], axis=1))


@cache
def data() -> Data:
    """Read them once a process."""
    return Data()


@cache
def vectors() -> Array:
    """Text vectors of the concepts, from the ontology's definitions."""
    graph = data().graph
    encoder = kg.encoder()
    model = kg.HierarchicalEmbedding(encoder).fit(graph.hierarchy(), definitions(graph))
    return np.asarray(model.of(data().hierarchy.ids), dtype=np.float64)


class ShuffledTraits(kg.HierarchicalGrounder):
    """The second negative control: every class has the traits of another one."""

    def _sums(self) -> Sums:
        sums = Sums.of(self.hierarchy)
        closure = sums.closure.toarray()
        trait = np.isin(data().kinds, TRAITS)
        rows = np.ix_(sums.leaves, trait)
        closure[rows] = np.random.default_rng(self.random_state).permutation(closure[rows])
        return replace(sums, closure=sp.csr_array(closure))


class Taxonomy(kg.HierarchicalGrounder):
    """Sums over the taxonomy alone."""

    def _sums(self) -> Sums:
        sums = Sums.of(self.hierarchy)
        keep = sp.diags_array((~np.isin(data().kinds, TRAITS)).astype(float))
        return replace(sums, closure=(sums.closure @ keep).tocsr())


class NoHierarchy(kg.HierarchicalGrounder):
    """All the rest of the model, but classes share nothing."""

    def _sums(self) -> Sums:
        return replace(Sums.of(self.hierarchy), closure=sp.eye_array(len(self.hierarchy)).tocsr())


def models(seed: int) -> dict[str, tuple[str, Callable[[], Any]]]:
    """Return each model: what it is fitted on, and how it is made."""
    d = data()
    h = d.hierarchy
    ours: dict[str, Any] = {"head": d.head, "families": d.kinds, "folds": 5, "random_state": seed}
    return {
        "flat ridge": ("latents", lambda: FlatRidge(h)),
        "flat multinomial": ("latents", lambda: FlatMultinomial(h, random_state=seed)),
        "flat ridge, on the head": ("view", lambda: FlatRidge(h)),
        "flat multinomial, on the head": ("view", lambda: FlatMultinomial(h, random_state=seed)),
        "first stage alone, on the head": ("view", lambda: CompetingClasses(h, random_state=seed)),
        OURS: ("latents", lambda: kg.HierarchicalGrounder(h, **ours)),
        "no hierarchy": ("latents", lambda: NoHierarchy(h, **ours)),
        "permuted parents": ("latents", lambda: PermutedParents(h, **ours)),
        "shuffled traits": ("latents", lambda: ShuffledTraits(h, **ours)),
        # What each part brings.
        "taxonomy alone": ("latents", lambda: Taxonomy(h, **ours)),
        "without the head": (
            "latents",
            lambda: kg.HierarchicalGrounder(h, **{**ours, "head": None}),
        ),
        "without unlabelled": ("annotated", lambda: kg.HierarchicalGrounder(h, **ours)),
        "without both": (
            "annotated",
            lambda: kg.HierarchicalGrounder(h, **{**ours, "head": None}),
        ),
        "without sparsity": (
            "latents",
            lambda: kg.HierarchicalGrounder(h, **ours, sparsities=(0,)),
        ),
        "without learnt trust": ("latents", lambda: Trusting(h, **ours)),
        "with texts": ("latents", lambda: kg.HierarchicalGrounder(h, **ours, vectors=vectors())),
    }


class Trusting(kg.HierarchicalGrounder):
    """All families are trusted alike."""

    def _trust(self, sums: Sums, *_: Any) -> Sums:
        return sums


def siblings_auc(
    scores: Array, shown: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], parents: Any
) -> Array:
    """Return each concept's AUC among the images known to show all its parents; NaN without."""
    table = np.ma.masked_array(shown.astype(np.int8), mask=~known)
    for k in range(scores.shape[1]):
        above = parents.indices[parents.indptr[k] : parents.indptr[k + 1]]
        inside = shown[:, above].all(axis=1) if len(above) else np.zeros(len(shown), dtype=bool)
        table[~inside, k] = np.ma.masked
    return measure(scores, table).auc


def trial(name: str, fraction: float, seed: int) -> list[dict[str, Any]]:
    """Fit one model on one draw, and judge it on the images that were not drawn."""
    d = data()
    evidence, judged = annotate(d.truth, fraction, seed)
    fitted_on, make = models(seed)[name]
    Z = d.view if fitted_on == "view" else d.Z
    start = time.process_time()
    if fitted_on == "annotated":
        known = evidence.annotated
        model = make().fit(Z[known], evidence.take(known))
    else:
        model = make().fit(Z, evidence)
    seconds = time.process_time() - start
    scores, targets = model.decision_function(Z[judged]), d.truth.take(judged).targets
    quality = measure(scores, targets)
    known, shown = ~np.ma.getmaskarray(targets), np.ma.getdata(targets) == 1
    siblings = siblings_auc(scores, shown, known, d.hierarchy.parents)
    support = evidence.support
    bins = np.array([support_bin(int(s)) for s in support])
    trait = np.isin(d.kinds, TRAITS)
    violations = 0
    if hasattr(model, "predict_proba"):
        p = model.predict_proba(Z[judged])
        children, parents = d.hierarchy.parents.nonzero()
        violations = int((p[:, children] > p[:, parents]).sum())
    deviations = getattr(model, "deviations_", np.ones((1, 1)))
    rows = []
    for concepts, among in (("all", np.ones_like(trait)), ("taxa", ~trait), ("traits", trait)):
        for bin_ in SUPPORT_BINS:
            chosen = among & (bins == bin_) & np.isfinite(quality.auc)
            if chosen.any():
                of = siblings[chosen]
                rows.append(
                    {
                        "fraction": fraction,
                        "seed": seed,
                        "model": name,
                        "concepts": concepts,
                        "support": bin_,
                        "number": int(chosen.sum()),
                        "auc": float(quality.auc[chosen].mean()),
                        "ap": float(quality.average_precision[chosen].mean()),
                        "siblings": float(np.nanmean(of)) if np.isfinite(of).any() else np.nan,
                        "violations": violations,
                        "deviations left": float((deviations != 0).any(axis=1).mean()),
                        "units left": float((deviations != 0).mean()),
                        "CPU s": seconds,
                    }
                )
    print(f"{name}, {fraction:g}, seed {seed}: {seconds:.0f} CPU s", file=sys.stderr, flush=True)
    return rows


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return means and ranges over seeds, bins side by side."""
    span = [
        pl.format(
            "{} ({}–{})",
            pl.col(c).mean().round(3),
            pl.col(c).min().round(3),
            pl.col(c).max().round(3),
        ).alias(c)
        for c in ("auc", "ap", "siblings")
    ]
    return found.group_by("model", "support", maintain_order=True).agg(
        pl.len().alias("seeds"), pl.col("number").mean().round(0), *span
    )


def ahead(found: pl.DataFrame) -> pl.DataFrame:
    """Return in how many seeds ours is ahead of each other model, by bin."""
    keys = ["seed", "support"]
    ours = found.filter(pl.col("model") == OURS).select(
        *keys, *(pl.col(c).alias(f"our {c}") for c in ("auc", "ap", "siblings"))
    )
    return (
        found.filter(pl.col("model") != OURS)
        .join(ours, on=keys)
        .group_by("model", "support", maintain_order=True)
        .agg(
            pl.len().alias("seeds"),
            *((pl.col(f"our {c}") > pl.col(c)).sum().alias(f"ahead, {c}") for c in ("auc", "ap")),
            *(
                (pl.col(f"our {c}") - pl.col(c)).mean().round(3).alias(f"by, {c}")
                for c in ("auc", "ap", "siblings")
            ),
        )
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--controls", type=int, default=5, help="seeds of the controls")
    options.add_argument("--ablation", type=int, default=3, help="seeds for what each part brings")
    options.add_argument("--fractions", type=float, nargs="+", default=[0.01, 0.1])
    options.add_argument("--keep", type=Path, help="also write the figures to this file, as lines")
    given = options.parse_args()
    if not PROJECT.parent.joinpath("../../shared/data").exists():
        sys.exit("the real data are not beside this checkout")
    print(
        f"kgconcepts {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, seeds 0 to "
        f"{given.seeds - 1}; one BLAS thread a fit"
    )
    names = list(models(0))
    compared, controls, parts = names[:6], names[6:9], names[9:]
    jobs = [
        (name, fraction, seed)
        for some, seeds, fractions in (
            (compared, given.seeds, given.fractions),
            (controls, given.controls, given.fractions),
            (parts, given.ablation, given.fractions[:1]),
        )
        for fraction in fractions
        for seed in range(seeds)
        for name in some
    ]
    kept: list[dict[str, Any]] = []
    with ProcessPoolExecutor(joblib.cpu_count()) as pool:
        for rows in pool.map(trial, *zip(*jobs, strict=True)):
            kept += rows
            if given.keep:
                pl.DataFrame(kept, infer_schema_length=None).write_ndjson(given.keep)
    tables(pl.DataFrame(kept, infer_schema_length=None), given.ablation)


def tables(found: pl.DataFrame, ablation: int) -> None:
    """Print what was found."""
    names = list(models(0))
    compared, parts = names[:9], names[9:]
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=150, tbl_hide_column_data_types=True):
        for fraction in found["fraction"].unique().sort():
            of = found.filter(pl.col("fraction") == fraction)
            for concepts in ("all", "taxa", "traits"):
                some = of.filter(pl.col("concepts") == concepts)
                print(f"\n{fraction:.0%} annotated, {concepts}")
                print(summary(some.filter(pl.col("model").is_in(compared[:6]))))
                print(ahead(some.filter(pl.col("model").is_in(compared))))
            controls = compared[6:]
            shared = of.filter(pl.col("model").is_in(controls))["seed"].unique()
            beside = of.filter((pl.col("concepts") == "all") & pl.col("seed").is_in(shared))
            print(f"\n{fraction:.0%} annotated: controls, and ours of the same seeds")
            print(summary(beside.filter(pl.col("model").is_in([OURS, *controls]))))
            few = of.filter((pl.col("concepts") == "all") & (pl.col("seed") < ablation))
            print(f"\n{fraction:.0%} annotated: what each part brings, {ablation} seeds")
            print(summary(few.filter(pl.col("model").is_in([OURS, "no hierarchy", *parts]))))
            print(
                of.group_by("model", maintain_order=True).agg(
                    pl.col("violations").sum(),
                    pl.col("deviations left", "units left", "CPU s").mean().round(3),
                )
            )


if __name__ == "__main__":
    main()
