"""The hierarchical model beside its peers and its control, by support of the concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rich.table import Table
from rich.text import Text
from sklearn.base import BaseEstimator, clone

from kgconcepts.evidence import Evidence
from kgconcepts.grounding.certifying.certificate import certify
from kgconcepts.grounding.certifying.verdict import nearest
from kgconcepts.grounding.estimator import HierarchicalGrounder
from kgconcepts.grounding.inputs import Head
from kgconcepts.grounding.peers import peers
from kgconcepts.grounding.quality import SUPPORT_BINS, Quality, measure, support_bin
from kgconcepts.hierarchy import Hierarchy

__all__ = [
    "CONTROL",
    "OURS",
    "Trial",
    "annotate",
    "certificate_of",
    "fit_and_judge",
    "found_by",
    "summarise",
    "table",
    "tabulate",
]

OURS, CONTROL = "hierarchical", "permuted parents"
FOLDS = 5
# What a certificate says of the fit, not of the images that it is judged on.
OF_THE_FIT = {"units": pl.Int64, "stable_units": pl.Int64, "false_units": pl.Float64}


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
    judged = truth.annotated & ~drawn
    return truth.only(drawn), judged if judged.any() else truth.annotated


def fit_and_judge(
    trial: Trial,
    hierarchy: Hierarchy,
    Z: npt.NDArray[np.float32],
    truth: Evidence,
    *,
    head: Head | None = None,
    families: Sequence[str] | None = None,
) -> dict[str, npt.NDArray[np.generic]]:
    """Fit a model on the annotated images and measure it on the other labelled ones.

    Where every labelled image is annotated, each is judged by a model that was fitted without it.

    Parameters
    ----------
    trial : Trial
    hierarchy : Hierarchy, K concepts
    Z : array of shape (n, d)
    truth : Evidence of shape (n, K)
    head, families : optional
        See `kgconcepts.grounding.peers.peers`.

    Returns
    -------
    dict of arrays
        The fields of `Quality`, ``support``, and of `OURS` what the model found: see `found_by`.
        Where images were judged in folds, besides, their log odds ``held_out_`` and ``fold_``.
    """
    evidence, judged = annotate(truth, trial.fraction, trial.seed)
    models = peers(hierarchy, trial.seed, head=head, families=families)
    model = clone(models[trial.model]).fit(Z, evidence)
    found: dict[str, npt.NDArray[np.generic]] = {"support": evidence.support}
    if (evidence.annotated & judged).any():
        scores, fold = _held_out_scores(models[trial.model], trial.seed, Z, evidence)
        quality = measure(scores[judged], truth.take(judged).targets, fold[judged])
        if trial.model == OURS:
            found["held_out_"] = scores[judged].astype(np.float32)
            found["fold_"] = fold[judged]
    else:
        quality = measure(model.decision_function(Z[judged]), truth.take(judged).targets)
    found.update(vars(quality))
    if trial.model == OURS:
        found.update(found_by(model, families))
    return found


def found_by(
    model: HierarchicalGrounder, families: Sequence[str] | None = None
) -> dict[str, npt.NDArray[np.generic]]:
    """Return what a fitted model found, as arrays.

    Returns
    -------
    dict of arrays
        ``directions_``, ``intercepts_``, ``center_``, ``strength_``, ``sparsity_``; ``trust_``, how
        far each concept's family is trusted, if families are given; and of the model's own
        certificate, as numbers with NaN for what was not measured, the columns `OF_THE_FIT`.
    """
    found: dict[str, npt.NDArray[np.generic]] = {
        name: getattr(model, name).astype(np.float32)
        for name in ("directions_", "intercepts_", "center_")
    }
    for name in ("strength_", "sparsity_"):
        found[name] = np.array([getattr(model, name)], dtype=np.float64)
    if families is not None:
        found["trust_"] = np.array([model.trust_.get(family, 1.0) for family in families])
    certificate = model.certificate_
    for name in OF_THE_FIT:
        if name in certificate.columns:
            found[name] = certificate[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return found


def certificate_of(
    hierarchy: Hierarchy,
    arrays: Mapping[str, npt.NDArray[np.generic]],
    scores: npt.NDArray[np.float64],
    targets: np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]],
    fold: npt.NDArray[np.intp] | None = None,
) -> pl.DataFrame:
    """Certify what a model found by the images judged, which is more than it can by itself.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    arrays : mapping of str → array
        What `fit_and_judge` gave.
    scores, targets, fold
        Of the images judged: see `certify`.

    Returns
    -------
    polars.DataFrame, K rows
        The columns of `certify`. ``support`` and ``borrows_from`` are by the annotated images, and
        `OF_THE_FIT` is what the model said itself.
    """
    support = np.asarray(arrays["support"], dtype=np.intp)
    lenders = [
        [] if support[k] else list(nearest(hierarchy, k, support > 0))
        for k in range(len(hierarchy))
    ]
    return certify(hierarchy, scores, targets, fold).with_columns(
        pl.Series("support", support),
        pl.Series("borrows_from", lenders, pl.List(pl.String)),
        *(
            pl.Series(name, arrays[name], nan_to_null=True).cast(kind)
            for name, kind in OF_THE_FIT.items()
            if name in arrays
        ),
    )


def _held_out_scores(
    model: BaseEstimator, seed: int, Z: npt.NDArray[np.float32], evidence: Evidence
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    labelled = np.flatnonzero(evidence.annotated)
    fold = np.full(len(Z), -1)
    fold[np.random.default_rng(seed).permutation(labelled)] = np.arange(len(labelled)) % FOLDS
    scores = np.zeros(evidence.shape)
    for k in range(min(FOLDS, len(labelled))):
        part = evidence.only(fold != k)
        if part.annotated.any():
            scores[fold == k] = clone(model).fit(Z, part).decision_function(Z[fold == k])
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
