"""What a run gives: the dictionary, the comparison, the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import numpy.typing as npt
import polars as pl

from kgconcepts.comparison import CONTROL, OURS, Trial, annotate, summarise
from kgconcepts.dictionary import Certificate, ConceptDictionary, Grounding, Provenance
from kgconcepts.evidence import Evidence
from kgconcepts.files import replacing, sha256
from kgconcepts.graph import ConceptGraph
from kgconcepts.grounding.estimator import nearest_supported
from kgconcepts.grounding.quality import Quality
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
    """Make the dictionary of the first fraction and seed."""
    fraction, seed = project.annotation.fractions[0], project.annotation.seeds[0]
    arrays = found[Trial(fraction, seed, OURS)]
    quality, support = quality_of(arrays), arrays["support"]
    hierarchy = graph.hierarchy(traits=True)

    def number(values: npt.NDArray[np.float64], k: int) -> float | None:
        return float(values[k]) if np.isfinite(values[k]) else None

    certificates = tuple(
        Certificate(
            int(support[k]),
            number(quality.auc, k),
            number(quality.auc_low, k),
            number(quality.auc_high, k),
            number(quality.average_precision, k),
            int(quality.positives[k]),
            int(quality.negatives[k]),
            () if support[k] else nearest_supported(hierarchy, k, support),  # type: ignore[arg-type]
        )
        for k in range(len(hierarchy))
    )
    evidence, judged = annotate(truth, fraction, seed)
    folds = (evidence.annotated & judged).any()
    classifier = project.classifier
    weights = classifier.latents or classifier.export or classifier.state_dict
    assert weights is not None  # noqa: S101 (the project file was validated)
    grounding = Grounding(
        np.asarray(arrays["directions_"], dtype=np.float32),
        np.asarray(arrays["intercepts_"], dtype=np.float32),
        np.asarray(arrays["center_"], dtype=np.float32),
        certificates,
        Provenance(
            model=f"HierarchicalGrounder(strength={arrays['strength_'][0]:g}, seed={seed})",
            classifier=classifier.model or weights.name,
            classifier_sha256=sha256(weights),
            latents_sha256=digest(Z),
            annotated=int(evidence.annotated.sum()),
            judged=int(judged.sum()),
            judged_on="held-out folds of the annotated images"
            if folds
            else "labelled images that were not annotated",
            software=f"kgconcepts {__version__}",
        ),
    )
    texts = definitions(graph).then(*(Texts.read(path) for path in project.knowledge.texts))
    return ConceptDictionary(graph, texts, None, grounding)


def judged_probabilities(
    project: Project,
    dictionary: ConceptDictionary,
    truth: Evidence,
    Z: npt.NDArray[np.float32],
    found: Mapping[Trial, Arrays],
) -> npt.NDArray[np.float32]:
    """Return the probabilities of the images judged, from models not fitted on them; (m, K)."""
    fraction, seed = project.annotation.fractions[0], project.annotation.seeds[0]
    arrays = found[Trial(fraction, seed, OURS)]
    if "held_out_" in arrays:
        return np.asarray(arrays["held_out_"], dtype=np.float32)
    _, judged = annotate(truth, fraction, seed)
    return dictionary.predict_proba(Z[judged]).astype(np.float32)


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
