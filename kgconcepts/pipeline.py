"""The whole way, from a project file to the dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

import joblib
import numpy as np
import numpy.typing as npt
import polars as pl
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from kgconcepts.comparison import Trial, annotate, fit_and_judge, summarise, table, tabulate
from kgconcepts.curation.merge import merge
from kgconcepts.dictionary import ConceptDictionary
from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.evidence import Evidence
from kgconcepts.files import sha256
from kgconcepts.graph import ConceptGraph
from kgconcepts.grounding.peers import peers
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.project import Project
from kgconcepts.results import assemble, judged_probabilities, quality_of, write_results
from kgconcepts.sources import read
from kgconcepts.sources.labels import read_labels
from kgconcepts.steps import Arrays, Output, Steps, digest
from kgconcepts.vision.images import ImageCollection, read_folder, read_table
from kgconcepts.vision.latents import Head, read_head, read_latents

__all__ = ["read_images", "read_knowledge", "run"]

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
        labels = [None if label is None else concepts[label] for label in images.labels]
        truth = Evidence.from_labels(
            labels, graph, traits_complete=project.knowledge.traits_complete
        )
    hierarchy = graph.hierarchy(traits=True)
    console.print(
        f"{len(hierarchy)} concepts, {len(hierarchy.leaves)} of them classes; {len(images)} images,"
        f" {truth.annotated.sum()} labelled",
        highlight=False,
    )
    output = Output(project.out)
    steps = Steps(output, console)
    with steps.timed("latents") as notes:
        Z = latents_of(project, images, steps)
        notes.append(f"{Z.shape[0]} × {Z.shape[1]}")
        head = head_of(project, Z.shape[1])
        if head is not None:
            notes.append(f"and the classifier's head of {len(head[1])} classes")
    with steps.timed("grounding") as notes:
        kinds = [graph[id_].kind for id_ in hierarchy.ids]
        found = fit_all(project, hierarchy, Z, truth, steps, head=head, families=kinds)
        notes.append(f"{len(found)} fits")
    with steps.timed("results"):
        dictionary = assemble(project, graph, truth, Z, found)
        comparison = pl.concat(
            [tabulate(t, a["support"], quality_of(a)) for t, a in found.items()]  # type: ignore[arg-type]
        )
        if comparison.is_empty():
            raise SourceError(
                f"{project.name}: nothing can be judged, as no two images that are not annotated "
                "differ in a concept; label more images, with different labels"
            )
        p = judged_probabilities(project, dictionary, truth, Z, found)
        write_results(project, dictionary, comparison, images, truth, p, output)
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

    if classifier.export is not None:
        network = networks.exported(classifier.export, classifier.output)
    else:
        network = networks.imported(str(classifier.model), weights, str(classifier.layer))
    take = (classifier.size, classifier.channels)

    def make() -> Arrays:
        with _progress(steps.console) as progress:
            task = progress.add_task("latents", total=len(images))
            advance = partial(progress.advance, task)
            return {"Z": networks.compute_latents(network, images, *take, advance)}

    # What a network does may change with the user's own code: its answer to a few images tells.
    few = replace(images, files=images.files[:4], labels=images.labels[:4], rows=images.rows[:4])
    answer = digest(networks.compute_latents(network, few, *take))
    made_from = {**settings, "weights": sha256(weights), "images": images.content, "answer": answer}
    return np.asarray(steps.arrays("latents", made_from, make)["Z"], dtype=np.float32)


def head_of(project: Project, units: int) -> Head | None:
    """Return the last layer of a project's classifier, where the file of its latents holds it."""
    latents = project.classifier.latents
    return None if latents is None else read_head(latents, units)


def fit_all(
    project: Project,
    hierarchy: Hierarchy,
    Z: npt.NDArray[np.float32],
    truth: Evidence,
    steps: Steps,
    *,
    head: Head | None,
    families: Sequence[str],
) -> dict[Trial, Arrays]:
    """Fit and judge the model, its peers and its control, for each fraction and seed."""
    trials = [
        Trial(fraction, seed, model)
        for fraction in project.annotation.fractions
        for seed in project.annotation.seeds
        for model in peers(hierarchy, head=head)
    ]
    content = [
        hierarchy.ids,
        digest(hierarchy.parents.indptr),
        digest(hierarchy.parents.indices),
        digest(Z),
        digest(truth.patterns),
        digest(truth.pattern),
        [] if head is None else [digest(part) for part in head],
        list(families),
    ]
    names = {
        f"{trial.model}-{trial.fraction!r}-{trial.seed}".replace(" ", "-"): trial
        for trial in trials
    }

    def make(new: list[str]) -> Iterator[Arrays]:
        # Processes, as the optimiser holds Python's lock while it runs.
        workers = joblib.Parallel(
            n_jobs=min(joblib.cpu_count(), max(1, len(new))), return_as="generator"
        )
        yield from workers(
            joblib.delayed(fit_and_judge)(
                names[name], hierarchy, Z, truth, head=head, families=families
            )
            for name in new
        )

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
