"""The hierarchical model beside its peers and its control, by support of the concepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rich.table import Table
from rich.text import Text
from scipy.special import expit

from kgconcepts.evidence import Evidence
from kgconcepts.grounding.peers import peers
from kgconcepts.grounding.quality import SUPPORT_BINS, Quality, measure, support_bin
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "CONTROL",
    "OURS",
    "Trial",
    "annotate",
    "fit_and_judge",
    "summarise",
    "table",
    "tabulate",
]

OURS, CONTROL = "hierarchical", "permuted parents"
FOLDS = 5


@dataclass(frozen=True)
class Trial:
    """One model, fitted on one draw of annotated images.

    Parameters
    ----------
    fraction : float
        Part of the labelled images that is annotated.
    seed : int
        Of the draw.
    model : str
    """

    fraction: float
    seed: int
    model: str


def annotate(truth: Evidence, fraction: float, seed: int) -> tuple[Evidence, npt.NDArray[np.bool_]]:
    """Draw the images that count as annotated.

    Returns
    -------
    evidence : Evidence
        Of all images, with nothing known of those not drawn.
    judged : bool array of shape (n,)
        Labelled images that were not drawn; all labelled ones where all were drawn.
    """
    labelled = np.flatnonzero(truth.annotated)
    number = max(1, round(fraction * len(labelled)))
    drawn = np.zeros(len(truth), dtype=bool)
    drawn[np.random.default_rng(seed).choice(labelled, number, replace=False)] = True
    evidence = Evidence(truth.ids, truth.patterns, np.where(drawn, truth.pattern, -1))
    judged = truth.annotated & ~drawn
    return evidence, judged if judged.any() else truth.annotated


def fit_and_judge(
    trial: Trial, hierarchy: Hierarchy, Z: npt.NDArray[np.float32], truth: Evidence
) -> dict[str, npt.NDArray[np.generic]]:
    """Fit a model on the annotated images and measure it on the other labelled ones.

    Where every labelled image is annotated, each is judged by a model that was fitted without it.

    Returns
    -------
    dict of arrays
        The fields of `Quality`, ``support``, and what the model found.
    """
    evidence, judged = annotate(truth, trial.fraction, trial.seed)
    model = peers(hierarchy, trial.seed)[trial.model].fit(Z, evidence)
    found: dict[str, npt.NDArray[np.generic]] = {"support": evidence.support}
    if (evidence.annotated & judged).any():
        scores, fold = _held_out_scores(trial, hierarchy, Z, evidence)
        quality = measure(scores[judged], truth.take(judged).targets, fold[judged])
        if trial.model == OURS:
            found["held_out_"] = expit(scores[judged]).astype(np.float32)
    else:
        quality = measure(model.decision_function(Z[judged]), truth.take(judged).targets)
    found.update(vars(quality))
    if trial.model == OURS:
        for name in ("directions_", "intercepts_", "center_"):
            found[name] = getattr(model, name).astype(np.float32)
        found["strength_"] = np.array([model.strength_])
    return found


def _held_out_scores(
    trial: Trial, hierarchy: Hierarchy, Z: npt.NDArray[np.float32], evidence: Evidence
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    labelled = np.flatnonzero(evidence.annotated)
    fold = np.full(len(Z), -1)
    fold[np.random.default_rng(trial.seed).permutation(labelled)] = np.arange(len(labelled)) % FOLDS
    scores = np.zeros(evidence.shape)
    for k in range(min(FOLDS, len(labelled))):
        part = Evidence(evidence.ids, evidence.patterns, np.where(fold == k, -1, evidence.pattern))
        if part.annotated.any():
            model = peers(hierarchy, trial.seed)[trial.model].fit(Z, part)
            scores[fold == k] = model.decision_function(Z[fold == k])
    return scores, fold


def tabulate(trial: Trial, support: npt.NDArray[np.intp], quality: Quality) -> pl.DataFrame:
    """Return a trial's macro averages over the concepts of each support bin that can be judged."""
    bins = np.array([support_bin(int(s)) for s in support])
    rows = []
    for name in SUPPORT_BINS:
        chosen = (bins == name) & np.isfinite(quality.auc)
        if chosen.any():
            rows.append(
                {
                    "fraction": trial.fraction,
                    "seed": trial.seed,
                    "model": trial.model,
                    "support": name,
                    "concepts": int(chosen.sum()),
                    "auc": float(quality.auc[chosen].mean()),
                    "average_precision": float(quality.average_precision[chosen].mean()),
                }
            )
    schema = {"fraction": pl.Float64, "seed": pl.Int64, "model": pl.String, "support": pl.String}
    figures = {"concepts": pl.Int64, "auc": pl.Float64, "average_precision": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, **figures})


def summarise(comparison: pl.DataFrame) -> pl.DataFrame:
    """Return means and ranges over seeds, for each fraction, model and support bin."""
    figures = [
        getattr(pl.col(column), how)().alias(f"{column}_{how}" if how != "mean" else column)
        for column in ("auc", "average_precision")
        for how in ("mean", "min", "max")
    ]
    return comparison.group_by("fraction", "model", "support", maintain_order=True).agg(
        pl.len().alias("seeds"), pl.col("concepts").mean(), *figures
    )


def table(summary: pl.DataFrame, fraction: float, title: str) -> Table:
    """Return the summary of one fraction for the terminal: AUC and average precision by bin."""
    rows = list(summary.filter(pl.col("fraction") == fraction).iter_rows(named=True))
    bins = {row["support"]: row["concepts"] for row in rows}
    figures = ("auc", "average_precision")
    best = {(b, f): max(r[f] for r in rows if r["support"] == b) for b in bins for f in figures}
    shown = Table(
        title=Text(title), caption="macro AUC and average precision, mean over seeds; best in bold"
    )
    shown.add_column("annotated images\nthat show it")
    for name, concepts in bins.items():
        shown.add_column(f"{name}\n{concepts:.0f} concepts", justify="right")
    for model in dict.fromkeys(row["model"] for row in rows):
        cells = {
            row["support"]: "  ".join(
                f"[bold]{figure}[/]" if row[f] >= best[row["support"], f] else figure
                for f in figures
                for figure in (f"{row[f]:.3f}".removeprefix("0"),)
            )
            for row in rows
            if row["model"] == model
        }
        shown.add_row(model, *(cells.get(name, "") for name in bins))
    return shown
