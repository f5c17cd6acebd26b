"""Whether certificates hold on simulated hierarchies with known truth, in one run.

Prints, over many runs of each setting, the realised false discovery rate and the power of what is
discovered along the hierarchy, beside Benjamini–Hochberg on all concepts (1995), Yekutieli (2008)
family by family, and a tree of families after Bogomolov et al. (2021), each with p-values from
controls, cautious ones without, and the plain ones of permuted labels; how often 95 % intervals
hold the true AUC of the fitted scores; and how many units that mean nothing are stable, beside the
bound. The model is a Gaussian one with class means on the hierarchy, fast enough for 200 runs. Run:
``python benchmarks/certificates.py [--runs 200]``.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy
from joblib import Parallel, delayed
from scipy.special import logsumexp
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from kgconcepts import __version__
from kgconcepts.grounding.certifying.controls import random_concepts
from kgconcepts.grounding.certifying.discoveries import Tree, discover
from kgconcepts.grounding.certifying.significance import (
    Comparisons,
    controlled,
    uncontrolled,
    within_parents,
)
from kgconcepts.grounding.certifying.stability import complementary_halves, stability
from kgconcepts.grounding.quality import measure
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.simulation import WRONGS, Simulation, Wrong, simulate

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

IMAGES, FOLDS, CONTROLS, LEVELS = 600, 5, 8, (0.05, 0.1)
MOSTLY_ALIKE = "mostly alike"
SETTINGS = [*WRONGS, MOSTLY_ALIKE]
BINS = {"2": (2, 2), "3–10": (3, 10), "11–30": (11, 30), "> 30": (31, IMAGES)}


class GaussianMeans:
    """Class means with a Gaussian prior over the hierarchy, one covariance, likelihood ratio."""

    def __init__(self, hierarchy: Hierarchy, trust: float = 0.5) -> None:
        self.below = hierarchy.closure[hierarchy.leaves].toarray().astype(float)
        self.prior = trust * self.below @ self.below.T

    def fit(self, Z: Array, leaf: Positions) -> GaussianMeans:
        L = len(self.below)
        n = np.bincount(leaf, minlength=L)
        sums = np.zeros((L, Z.shape[1]))
        np.add.at(sums, leaf, Z)
        seen, centre = n > 0, Z.mean(axis=0)
        rest = Z - (sums / np.maximum(n, 1)[:, None])[leaf]
        within = rest.T @ rest / max(len(Z) - int(seen.sum()), 1)
        within = 0.8 * within + 0.2 * np.trace(within) / len(within) * np.eye(len(within))
        gram = self.prior[np.ix_(seen, seen)] + np.diag(1 / n[seen])
        gain = np.linalg.solve(gram, self.prior[seen]).T
        self.whiten = np.linalg.cholesky(np.linalg.inv(within))
        self.means = (centre + gain @ (sums[seen] / n[seen, None] - centre)) @ self.whiten
        left = np.diag(self.prior) - np.einsum("ls,ls->l", gain, self.prior[:, seen])
        self.spread = 1 + np.maximum(left, 0)
        self.often = np.log((n + 0.5) / (n + 0.5).sum())
        return self

    def scores(self, Z: Array) -> Array:
        X = Z @ self.whiten
        distance = (X**2).sum(axis=1)[:, None] - 2 * X @ self.means.T + (self.means**2).sum(axis=1)
        log_p = self.often - 0.5 * (distance / self.spread + X.shape[1] * np.log(self.spread))
        p, tiny = np.exp(log_p - logsumexp(log_p, axis=1, keepdims=True)), 1e-300
        shown, not_shown = p @ self.below, p @ (1 - self.below)
        return np.asarray(np.log(np.maximum(shown, tiny)) - np.log(np.maximum(not_shown, tiny)))


def cross_validated(model: GaussianMeans, Z: Array, leaf: Positions, fold: Positions) -> Array:
    scores = np.empty((len(Z), model.below.shape[1]))
    for f in range(FOLDS):
        scores[fold == f] = model.fit(Z[fold != f], leaf[fold != f]).scores(Z[fold == f])
    return scores


def benjamini_hochberg(p: Array, level: float) -> Mask:
    ordered = np.sort(p)
    passed = np.flatnonzero(ordered <= level * np.arange(1, len(p) + 1) / len(p))
    return np.asarray(p <= ordered[passed[-1]]) if len(passed) else np.zeros(len(p), dtype=bool)


def family_by_family(tests: Comparisons, p: Array, level: float, *, selective: bool) -> Mask:
    """Benjamini–Hochberg in each family whose parents are discovered.

    At a level that bounds the rate over the whole tree, α / (2 · 1.44) (Yekutieli 2008), or, if
    `selective`, at α times the share discovered of every family on the way (Bogomolov et al. 2021).
    """
    families: dict[tuple[int, ...], list[int]] = {}
    for i, parents in enumerate(tests.parents):
        families.setdefault(tuple(parents.tolist()), []).append(i)
    found, at = np.zeros(len(p), dtype=bool), np.zeros(len(p))
    for key, family in families.items():  # parents stand before their children
        above = list(key)
        if found[above].all():
            here = level if selective else level / 2.88
            if selective and above:
                here = float(at[above].min())
            found[family] = benjamini_hochberg(p[family], here)
            at[family] = here * found[family].mean()
    return found


METHODS: dict[str, Callable[[Comparisons, Array, float], Mask]] = {
    "along the hierarchy": lambda tests, p, level: discover(Tree.of(tests.parents), p, level),
    "Benjamini–Hochberg": lambda tests, p, level: benjamini_hochberg(p, level),
    "Yekutieli": lambda tests, p, level: family_by_family(tests, p, level, selective=False),
    "tree of families": lambda tests, p, level: family_by_family(tests, p, level, selective=True),
}


def one_run(setting: str, seed: int, *, intervals: bool) -> tuple[list[dict[str, object]], ...]:
    """Return the rows of one run: discoveries, p-values of null concepts, intervals."""
    with threadpool_limits(limits=1):
        wrong: Wrong = next((wrong for wrong in WRONGS if wrong == setting), "right")
        world = simulate(seed, wrong, alike=0.9 if setting == MOSTLY_ALIKE else 0.5)
        Z, table, leaf = world.images(IMAGES, seed + 100_000)
        targets, hierarchy = np.ma.masked_array(table), world.hierarchy
        fold = np.random.default_rng(seed).permutation(IMAGES) % FOLDS
        model = GaussianMeans(hierarchy)
        scores = cross_validated(model, Z, leaf, fold)
        tests = within_parents(hierarchy, scores, targets, fold)
        z, m = [], []
        for b in range(CONTROLS):
            control = random_concepts(hierarchy, targets, seed * 1000 + b)
            labels = np.asarray(control.targets)[:, hierarchy.leaves].argmax(axis=1)
            again = cross_validated(model, Z, labels, fold)
            chance = within_parents(hierarchy, again, control.targets, fold)
            null = control.null[chance.concept]
            z.append(chance.z[null])
            m.append(chance.positives[null])
        p_values = {
            "controls": controlled(tests.z, tests.positives, np.concatenate(z), np.concatenate(m)),
            "cautious": uncontrolled(tests.z),
            "plain": norm.sf(tests.z),
        }
        null = world.null[tests.concept]
        discoveries: list[dict[str, object]] = []
        for kind, p in p_values.items():
            for level in LEVELS:
                for name, method in METHODS.items():
                    found = method(tests, p, level)
                    false, true = int((found & null).sum()), int((found & ~null).sum())
                    discoveries.append(
                        {
                            "setting": setting,
                            "method": name,
                            "p-values": kind,
                            "level": level,
                            "rate": false / max(false + true, 1),
                            "power": true / max(int((~null).sum()), 1),
                        }
                    )
        chances: list[dict[str, object]] = [
            {"p-values": kind, "images": int(tests.positives[i]), "p": float(p[i])}
            for kind, p in p_values.items()
            for i in np.flatnonzero(null)
        ]
        held = held_intervals(world, seed, (Z, leaf, fold), scores, targets) if intervals else []
        return discoveries, chances, held


def held_intervals(
    world: Simulation,
    seed: int,
    data: tuple[Array, Positions, Positions],
    scores: Array,
    targets: np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]],
) -> list[dict[str, object]]:
    """Whether each interval holds the AUC that the folds' models have on very many images."""
    Z, leaf, fold = data
    quality = measure(scores, targets, fold)
    new_Z, new_table, new_leaf = world.images(51_200, seed + 200_000, even=True)
    weight = world.frequency[new_leaf]
    model = GaussianMeans(world.hierarchy)
    rows: list[dict[str, object]] = []
    shown = np.asarray(targets) == 1
    concepts = np.flatnonzero((quality.positives > 1) & (quality.negatives > 1))
    auc = np.empty((FOLDS, len(world.hierarchy)))
    for f in range(FOLDS):
        new = model.fit(Z[fold != f], leaf[fold != f]).scores(new_Z)
        for k in concepts:
            auc[f, k] = weighted_auc(new[:, k], new_table[:, k] == 1, weight)
    for k in concepts:
        truth = np.average(auc[:, k], weights=np.bincount(fold[shown[:, k]], minlength=FOLDS))
        rows.append(
            {
                "images": int(quality.positives[k]),
                "too high": bool(truth < quality.auc_low[k]),
                "too low": bool(truth > quality.auc_high[k]),
                "width": float(quality.auc_high[k] - quality.auc_low[k]),
            }
        )
    return rows


def weighted_auc(score: Array, shown: Mask, weight: Array) -> float:
    order = np.argsort(score)
    shown, weight = shown[order], weight[order]
    beneath = np.cumsum(weight * ~shown)
    return float((weight * shown) @ beneath / ((weight * shown).sum() * beneath[-1]))


def false_units(seed: int, pairs: int = 25, most: int = 5) -> list[dict[str, object]]:
    """Stable units among the five that differ most between a concept's images and its parents'."""
    world = simulate(seed, d=50, units=3)
    hierarchy = world.hierarchy
    Z, table, leaf = world.images(IMAGES, seed + 300_000)
    halves = complementary_halves(IMAGES, pairs, seed, leaf)
    weight = world.frequency[:, None] * hierarchy.closure[hierarchy.leaves].toarray()
    means = (weight / weight.sum(axis=0)).T @ world.means
    selected = np.zeros((2 * pairs, len(hierarchy), Z.shape[1]), dtype=bool)
    parent = np.array([hierarchy.parents[[k]].indices[0] if k else 0 for k in range(len(table[0]))])
    concepts = np.flatnonzero((table.sum(axis=0) >= 10) & (hierarchy.levels > 0))
    for b, half in enumerate(halves):
        for k in concepts:
            among = table[half, parent[k]] == 1
            shown, here = table[half, k][among] == 1, Z[half][among]
            if shown.any() and not shown.all():
                gap = np.abs(here[shown].mean(axis=0) - here[~shown].mean(axis=0))
                selected[b, k, np.argsort(gap / here.std(axis=0))[-most:]] = True
    found = stability(selected)
    chance = np.isclose(means, means[parent])
    rows: list[dict[str, object]] = [
        {
            "units by chance": int((found.stable[k] & chance[k]).sum()),
            "bound": float(found.false_units[k]),
            "units": int((found.stable[k] & ~chance[k]).sum()),
        }
        for k in concepts
        if not chance[k].all()
    ]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs, start = parser.parse_args().runs, time.perf_counter()
    print(
        f"kgconcepts {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, {runs} runs a setting, {IMAGES} images, {FOLDS} folds, "
        f"{CONTROLS} controls"
    )
    work = Parallel(n_jobs=2)
    results = work(
        delayed(one_run)(setting, seed, intervals=seed % 20 == 0)
        for setting in SETTINGS
        for seed in range(runs)
    )
    discoveries, chances, held = (
        pl.DataFrame([row for result in results for row in result[part]]) for part in range(3)
    )
    units = pl.DataFrame(
        [row for rows in work(delayed(false_units)(seed) for seed in range(runs)) for row in rows]
    )
    error = pl.col("rate").std() / pl.len().sqrt()
    rates = discoveries.group_by("setting", "p-values", "method", "level", maintain_order=True).agg(
        pl.col("rate").mean().alias("FDR"),
        error.alias("± s.e."),
        pl.col("power").mean(),
    )
    holds = pl.col("FDR") <= pl.col("level") + 2 * pl.col("± s.e.")
    bins = pl.coalesce(
        pl.when(pl.col("images").is_between(*between)).then(pl.lit(name))
        for name, between in {"1": (1, 1), **BINS}.items()
    )
    with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=3, tbl_width_chars=140):
        print(rates.with_columns(holds.alias("holds")))
        print("p-values of concepts that mean nothing: how many fall below")
        below = [(pl.col("p") <= at).mean().alias(f"{at:g}") for at in (0.1, 0.05, 0.01)]
        print(
            chances.with_columns(bins.alias("bin"))
            .group_by("p-values", "bin", maintain_order=True)
            .agg(pl.len(), *below)
            .sort("p-values", maintain_order=True)
        )
        print("95 % intervals of the AUC")
        missed = (pl.col("too high") | pl.col("too low")).mean()
        print(
            held.group_by(bins.alias("positives"), maintain_order=True).agg(
                pl.len(),
                (1 - missed).alias("held"),
                pl.col("too high", "too low").mean(),
                pl.col("width").mean(),
            )
        )
        print("stable units of a concept, mean")
        print(units.mean())
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
