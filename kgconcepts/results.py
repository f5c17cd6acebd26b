"""What a run gives: the dictionary, the comparison, the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, log_softmax

from kgconcepts.comparison import CONTROL, OURS, Trial, annotate, certificate_of, summarise
from kgconcepts.dictionary import Certificate, ConceptDictionary, Grounding, Provenance
from kgconcepts.evidence import Evidence
from kgconcepts.files import replacing, sha256
from kgconcepts.graph import ConceptGraph
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.quality import Quality
from kgconcepts.grounding.sums import log_odds
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.project import Project
from kgconcepts.steps import Arrays, Output, digest
from kgconcepts.text import attribution
from kgconcepts.text.texts import Texts, definitions
from kgconcepts.version import __version__
from kgconcepts.vision.images import ImageCollection

__all__ = ["assemble", "judged_probabilities", "quality_of", "write_results"]


def quality_of(arrays: Arrays) -> Quality:
    """Return the part of a fit's arrays that says how good it is."""
    return Quality(**{name: arrays[name] for name in (f.name for f in fields(Quality))})  # type: ignore[arg-type]


def assemble(
    project: Project,
    graph: ConceptGraph,
    truth: Evidence,
    Z: npt.NDArray[np.float32],
    found: Mapping[Trial, Arrays],
) -> ConceptDictionary:
    """Make the dictionary of the first fraction and seed, certified on the images judged."""
    fraction, seed = project.annotation.fractions[0], project.annotation.seeds[0]
    arrays = found[Trial(fraction, seed, OURS)]
    hierarchy = graph.hierarchy(traits=True)
    evidence, judged = annotate(truth, fraction, seed)
    scores, fold = _judged_scores(arrays, hierarchy, Z[judged])
    targets = truth.take(judged).targets
    certificates = Certificate.of(certificate_of(hierarchy, arrays, scores, targets, fold))
    classifier = project.classifier
    weights = classifier.latents or classifier.export or classifier.state_dict
    assert weights is not None  # noqa: S101 (the project file was validated)
    grounding = Grounding(
        np.asarray(arrays["directions_"], dtype=np.float32),
        np.asarray(arrays["intercepts_"], dtype=np.float32),
        np.asarray(arrays["center_"], dtype=np.float32),
        certificates,
        Provenance(
            model=_model(arrays, graph, seed),
            classifier=classifier.model or weights.name,
            classifier_sha256=sha256(weights),
            latents_sha256=digest(Z),
            annotated=int(evidence.annotated.sum()),
            judged=int(judged.sum()),
            judged_on="held-out folds of the annotated images"
            if fold is not None
            else "labelled images that were not annotated",
            software=f"kgconcepts {__version__}",
        ),
    )
    texts = definitions(graph).then(*(Texts.read(path) for path in project.knowledge.texts))
    return ConceptDictionary(graph, texts, None, grounding)


def _model(arrays: Arrays, graph: ConceptGraph, seed: int) -> str:
    """Return the model with the parameters that it chose."""
    strength, sparsity = (np.asarray(arrays[name])[0] for name in ("strength_", "sparsity_"))
    kinds = [graph[id_].kind for id_ in graph.hierarchy(traits=True).ids]
    trust = dict(zip(kinds, np.asarray(arrays["trust_"]).tolist(), strict=True))
    trusted = ", ".join(f"{kind} {factor:g}" for kind, factor in sorted(trust.items()))
    chosen = f"strength={strength:g}, sparsity={sparsity:g}, seed={seed}"
    return f"HierarchicalGrounder({chosen}), trust: {trusted}"


def _judged_scores(
    arrays: Arrays, hierarchy: Hierarchy, Z: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp] | None]:
    """Return the log odds of the images judged by models not fitted on them, and their folds."""
    if "held_out_" in arrays:
        return np.asarray(arrays["held_out_"], np.float64), np.asarray(arrays["fold_"], np.intp)
    directions, intercepts, center = (
        np.asarray(arrays[name], dtype=np.float64)
        for name in ("directions_", "intercepts_", "center_")
    )
    leaves = hierarchy.leaves
    X = unit_latents(Z.astype(np.float64), center)
    log_p = log_softmax(X @ directions[leaves].T + intercepts[leaves], axis=1)
    return log_odds(log_p, hierarchy), None


def judged_probabilities(
    project: Project,
    dictionary: ConceptDictionary,
    truth: Evidence,
    Z: npt.NDArray[np.float32],
    found: Mapping[Trial, Arrays],
) -> npt.NDArray[np.float32]:
    """Return the probabilities of the images judged, from models not fitted on them; (m, K)."""
    fraction, seed = project.annotation.fractions[0], project.annotation.seeds[0]
    _, judged = annotate(truth, fraction, seed)
    arrays = found[Trial(fraction, seed, OURS)]
    scores, _ = _judged_scores(arrays, dictionary.hierarchy, Z[judged])
    return np.asarray(expit(scores), dtype=np.float32)


def write_results(
    project: Project,
    dictionary: ConceptDictionary,
    comparison: pl.DataFrame,
    images: ImageCollection,
    truth: Evidence,
    p: npt.NDArray[np.float32],
    output: Output,
) -> None:
    """Write the dictionary, the comparison and the report."""
    from kgconcepts.export import report  # noqa: PLC0415 (jinja2)
    from kgconcepts.export.gallery import gallery  # noqa: PLC0415 (pillow)

    _, judged = annotate(truth, project.annotation.fractions[0], project.annotation.seeds[0])
    best, worst = gallery(dictionary, images, np.flatnonzero(judged), truth, p)
    if dictionary.texts:
        output.path(attribution.NAME)
    dictionary.write(output.path("dictionary.owl"))
    dictionary.write(output.path("dictionary.json"))
    with replacing(output.path("comparison.csv")) as temporary:
        comparison.write_csv(temporary)
    summary = summarise(comparison)
    rows = [
        report.ComparisonRow(
            row["model"],
            row["support"],
            row["concepts"],
            row["auc"],
            row["auc_min"],
            row["auc_max"],
            row["average_precision"],
            row["average_precision_min"],
            row["average_precision_max"],
            control=row["model"] == CONTROL,
        )
        for row in summary.filter(pl.col("fraction") == project.annotation.fractions[0]).iter_rows(
            named=True
        )
    ]
    path = output.path("report.html")
    report.write_report(dictionary, path, project.name, best, worst, rows)
    attribution.attribute(path, dictionary.texts)
