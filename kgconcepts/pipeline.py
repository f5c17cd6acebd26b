"""The whole way, from a project file to the dictionary."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields

import numpy as np
import numpy.typing as npt
import polars as pl
from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from kgconcepts.comparison import (
    CONTROL,
    OURS,
    Trial,
    annotate,
    fit_and_judge,
    summarise,
    table,
    tabulate,
)
from kgconcepts.curation.merge import merge
from kgconcepts.dictionary import Certificate, ConceptDictionary, Grounding, Provenance
from kgconcepts.errors import KGConceptsError, SourceError, UnknownConceptError
from kgconcepts.evidence import Evidence
from kgconcepts.files import replacing, sha256
from kgconcepts.graph import ConceptGraph
from kgconcepts.grounding.estimator import nearest_supported
from kgconcepts.grounding.peers import peers
from kgconcepts.grounding.quality import Quality
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.project import Project
from kgconcepts.sources import read
from kgconcepts.sources.labels import read_labels
from kgconcepts.steps import Arrays, Output, Steps, digest
from kgconcepts.text.passage import Passage
from kgconcepts.version import __version__
from kgconcepts.vision.images import ImageCollection, read_folder, read_table
from kgconcepts.vision.latents import read_latents

__all__ = ["plan", "run"]

Concepts = Mapping[str, tuple[str, ...]]


def run(project: Project, console: Console | None = None) -> ConceptDictionary:
    """Ground the concepts of a project, judge them beside their peers, and write the results.

    Parameters
    ----------
    project : Project
    console : Console, optional
        Where to say what is done.

    Returns
    -------
    ConceptDictionary
        As written to ``dictionary.owl`` and ``dictionary.json``; beside them ``comparison.csv``,
        every model's figures by support bin, fraction and seed, and ``report.html``.
    """
    console = console or Console(stderr=True)
    with console.status("reading"):
        images = read_images(project)
        graph, concepts = read_knowledge(project, images)
    output = Output(project.out)
    steps = Steps(output, console)
    with steps.timed("knowledge") as notes:
        hierarchy = graph.hierarchy(traits=True)
        notes += [f"{len(hierarchy)} concepts", f"{len(hierarchy.leaves)} classes"]
    with steps.timed("evidence") as notes:
        labels = [None if label is None else concepts[label] for label in images.labels]
        truth = Evidence.from_labels(
            labels, graph, traits_complete=project.knowledge.traits_complete
        )
        notes += [f"{len(images)} images", f"{truth.annotated.sum()} labelled"]
    with steps.timed("latents") as notes:
        Z = latents_of(project, images, steps)
        notes.append(f"{Z.shape[0]} × {Z.shape[1]}")
    with steps.timed("grounding") as notes:
        found = fit_all(project, hierarchy, Z, truth, steps)
        notes.append(f"{len(found)} fits")
    with steps.timed("results"):
        dictionary = assemble(project, graph, truth, Z, found)
        comparison = pl.concat(
            [tabulate(t, a["support"], quality_of(a)) for t, a in found.items()]  # type: ignore[arg-type]
        )
        write_results(project, dictionary, comparison, images, truth, Z, output)
    steps.forget_superseded()
    summary = summarise(comparison)
    for fraction in project.annotation.fractions:
        evidence, judged = annotate(truth, fraction, project.annotation.seeds[0])
        Console().print(
            table(
                summary,
                fraction,
                f"{project.name}: {evidence.annotated.sum()} images annotated, "
                f"judged on {judged.sum()}, {len(project.annotation.seeds)} seeds",
            )
        )
    return dictionary


def read_images(project: Project) -> ImageCollection:
    """List a project's images and their labels."""
    if project.images.folder is not None:
        return read_folder(project.images.folder)
    assert project.images.table is not None  # noqa: S101 (the project file was validated)
    return read_table(project.images.table, project.images.root, project.images.where)


def read_knowledge(project: Project, images: ImageCollection) -> tuple[ConceptGraph, Concepts]:
    """Read the graph that a project's labels, their ancestors and traits make up.

    Raises
    ------
    UnknownConceptError
        If a label has no concept; the message names the first image that has it.
    """
    graph = merge(read(path) for path in project.knowledge.sources)
    table = None
    if project.knowledge.labels is not None:
        graph, table = read_labels(project.knowledge.labels, graph, project.knowledge.collection)
    concepts: dict[str, tuple[str, ...]] = {}
    for image, label in enumerate(images.labels):
        if label is None or label in concepts:
            continue
        where = f"image {images.files[image]} (row {images.rows[image] + 1})"
        if table is None:
            try:
                concepts[label] = (graph.find_one(label),)
            except UnknownConceptError as error:
                raise UnknownConceptError(f"{where}: label {error}") from error
        elif label in table:
            concepts[label] = table[label]
        else:
            raise UnknownConceptError(
                f"{where}: label {label!r} has no concept in {project.knowledge.labels}; "
                "add a row for it"
            )
    if not concepts:
        raise SourceError(f"{project.name}: no image has a label; label at least one")
    return graph.restrict(id_ for ids in concepts.values() for id_ in ids), concepts


def latents_of(project: Project, images: ImageCollection, steps: Steps) -> npt.NDArray[np.float32]:
    """Return the latents of a project's images, from a file or through its classifier."""
    classifier = project.classifier
    if classifier.latents is not None:
        return read_latents(classifier.latents, images)
    from kgconcepts.vision import classifier as networks  # noqa: PLC0415 (only if needed)

    weights = classifier.export or classifier.state_dict
    assert weights is not None  # noqa: S101 (the project file was validated)
    settings = classifier.model_dump(exclude={"export", "state_dict", "latents"})

    def make() -> Arrays:
        if classifier.export is not None:
            network = networks.exported(classifier.export, classifier.output)
        else:
            network = networks.imported(str(classifier.model), weights, str(classifier.layer))
        with _progress(steps.console) as progress:
            task = progress.add_task("latents", total=len(images))
            return {
                "Z": networks.compute_latents(
                    network,
                    images,
                    classifier.size,
                    classifier.channels,
                    lambda done: progress.advance(task, done),
                )
            }

    made_from = {**settings, "weights": sha256(weights), "images": images.content}
    return np.asarray(steps.arrays("latents", made_from, make)["Z"], dtype=np.float32)


def fit_all(
    project: Project,
    hierarchy: Hierarchy,
    Z: npt.NDArray[np.float32],
    truth: Evidence,
    steps: Steps,
) -> dict[Trial, Arrays]:
    """Fit and judge the model, its peers and its control, for each fraction and seed."""
    trials = [
        Trial(fraction, seed, model)
        for fraction in project.annotation.fractions
        for seed in project.annotation.seeds
        for model in peers(hierarchy)
    ]
    content = [
        hierarchy.ids,
        digest(hierarchy.parents.indptr),
        digest(hierarchy.parents.indices),
        digest(Z),
        digest(truth.patterns),
        digest(truth.pattern),
    ]
    names = {
        f"{trial.model}-{trial.fraction:g}-{trial.seed}".replace(" ", "-"): trial
        for trial in trials
    }

    def make(new: list[str]) -> Iterator[Arrays]:
        # Processes, as the optimiser holds Python's lock while it runs.
        workers = Parallel(n_jobs=min(os.cpu_count() or 1, max(1, len(new))), return_as="generator")
        yield from workers(delayed(fit_and_judge)(names[name], hierarchy, Z, truth) for name in new)

    with _progress(steps.console) as progress:
        task = progress.add_task("grounding", total=len(trials))
        found: dict[Trial, Arrays] = {}
        made_from = {name: [asdict(trial), content] for name, trial in names.items()}
        for trial, arrays in zip(trials, steps.many(made_from, make), strict=True):
            found[trial] = arrays
            progress.advance(task)
    return found


def _progress(console: Console) -> Progress:
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


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
    texts = {
        concept.id: [
            Passage(concept.definition, source.name, source.licence, revision=source.version)
        ]
        for concept in graph
        if concept.definition and (source := graph.sources.get(concept.source))
    }
    return ConceptDictionary(graph, texts, None, grounding)


def write_results(
    project: Project,
    dictionary: ConceptDictionary,
    comparison: pl.DataFrame,
    images: ImageCollection,
    truth: Evidence,
    Z: npt.NDArray[np.float32],
    output: Output,
) -> None:
    """Write the dictionary, the comparison and the report."""
    from kgconcepts.export import report  # noqa: PLC0415 (jinja2)
    from kgconcepts.export.gallery import gallery  # noqa: PLC0415 (pillow)

    _, judged = annotate(truth, project.annotation.fractions[0], project.annotation.seeds[0])
    best, worst = gallery(dictionary, images, np.flatnonzero(judged), truth, Z)
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


def plan(project: Project) -> list[tuple[str, str, bool]]:
    """Say what a run would do and what it lacks, without doing it.

    Returns
    -------
    list of (step, what was found, whether it will do)
    """
    lines: list[tuple[str, str, bool]] = []

    def attempt(step: str, look: Callable[[], str]) -> None:
        try:
            lines.append((step, look(), True))
        except KGConceptsError as error:
            lines.append((step, str(error), False))

    images: list[ImageCollection] = []

    def look_at_images() -> str:
        images.append(read_images(project))
        labelled = sum(images[0].counts.values())
        return f"{len(images[0])} images, {labelled} labelled with {len(images[0].counts)} labels"

    def look_at_knowledge() -> str:
        if not images:
            return "cannot be matched to labels before there are images"
        hierarchy = read_knowledge(project, images[0])[0].hierarchy(traits=True)
        return f"{len(hierarchy)} concepts, {len(hierarchy.leaves)} of them classes"

    def look_at_classifier() -> str:
        classifier = project.classifier
        path = classifier.latents or classifier.export or classifier.state_dict
        if path is None or not path.is_file():
            raise SourceError(f"{path}: is not there; check the path")
        if classifier.latents is None and importlib.util.find_spec("torch") is None:
            raise SourceError("torch is not installed: run pip install 'kgconcepts[vision]'")
        if classifier.latents is None:
            return f"latents of every image through {path.name}"
        return f"latents from {path.name}" + (
            f", {read_latents(path, images[0]).shape[1]} units" if images else ""
        )

    def look_at_annotation() -> str:
        labelled = sum(images[0].counts.values()) if images else 0
        numbers = [max(1, round(f * labelled)) for f in project.annotation.fractions]
        return f"{numbers} images annotated, seeds {list(project.annotation.seeds)}"

    def look_at_output() -> str:
        reason = Output.refusal(project.out)
        place = next(p for p in (project.out, *project.out.absolute().parents) if p.exists())
        if not reason and not os.access(place, os.W_OK):
            reason = f"{place}: cannot be written to; choose another folder for the results"
        if reason:
            raise SourceError(reason)
        return f"dictionary.owl, dictionary.json, comparison.csv, report.html in {project.out.resolve()}"

    attempt("images", look_at_images)
    attempt("knowledge", look_at_knowledge)
    attempt("classifier", look_at_classifier)
    attempt("annotation", look_at_annotation)
    attempt("results", look_at_output)
    return lines
