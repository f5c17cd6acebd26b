"""What a run would do, and what it lacks."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable

from kgconcepts.errors import KGConceptsError, SourceError
from kgconcepts.evidence import Evidence
from kgconcepts.pipeline import read_images, read_knowledge
from kgconcepts.project import Project
from kgconcepts.sources import read
from kgconcepts.steps import Output
from kgconcepts.text.texts import Texts
from kgconcepts.vision.images import ImageCollection
from kgconcepts.vision.latents import read_head, read_latents

__all__ = ["plan"]


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
            graphs = [read(path) for path in project.knowledge.sources]
            number = sum(len(graph) for graph in graphs)
            return f"{number} concepts, to be matched to labels once there are images"
        graph, concepts = read_knowledge(project, images[0])
        Evidence.from_labels(concepts.values(), graph)
        hierarchy = graph.hierarchy(traits=True)
        texts = Texts({}).then(*(Texts.read(path) for path in project.knowledge.texts))
        said = sum(id_ in texts for id_ in hierarchy.ids)
        of_them = f", {said} with texts" if project.knowledge.texts else ""
        return f"{len(hierarchy)} concepts, {len(hierarchy.leaves)} of them classes{of_them}"

    def look_at_classifier() -> str:
        classifier = project.classifier
        path = classifier.latents or classifier.export or classifier.state_dict
        if path is None or not path.is_file():
            raise SourceError(f"{path}: is not there; check the path")
        if classifier.latents is None and importlib.util.find_spec("torch") is None:
            raise SourceError("torch is not installed: run pip install 'kgconcepts[vision]'")
        if classifier.latents is None:
            return f"latents of every image through {path.name}"
        if not images:
            return f"latents from {path.name}"
        units = read_latents(path, images[0]).shape[1]
        head = read_head(path, units)
        of_head = "" if head is None else f", and the head of {len(head[1])} classes"
        return f"latents from {path.name}, {units} units{of_head}"

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
        place = project.out.resolve()
        return f"dictionary.owl, dictionary.json, comparison.csv, report.html in {place}"

    attempt("images", look_at_images)
    attempt("knowledge", look_at_knowledge)
    attempt("classifier", look_at_classifier)
    attempt("annotation", look_at_annotation)
    attempt("results", look_at_output)
    return lines
