"""The demo: draws plankton, trains a classifier on half of it, grounds concepts in it."""

from __future__ import annotations

import importlib.util
from importlib import resources
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from safetensors.numpy import save_file

from kgconcepts.dictionary import ConceptDictionary
from kgconcepts.errors import MissingExtraError
from kgconcepts.export.write import write
from kgconcepts.files import replacing
from kgconcepts.pipeline import run
from kgconcepts.project import read_project
from kgconcepts.sources import read
from kgconcepts.steps import Arrays, Output, Steps, digest

__all__ = ["ontology", "run_demo"]

IMAGES = 2400
SEED = 0

PROJECT = """\
# What `kgconcepts demo` runs; change it and `kgconcepts run` it again.
name = "kgconcepts demo: drawn plankton"
out = "."

[knowledge]
sources = ["plankton.owl"]       # what of our ontology is drawn; labels are names of its concepts
traits_complete = true           # it states all the parts that are drawn

[images]
table = "images.csv"
root = "images"
where = {{ split = "dev" }}        # the classifier was trained on the others

[classifier]
model = "kgconcepts.demo.classifier:network"
state_dict = "classifier.safetensors"
layer = "{layer}"
size = 64

[annotation]
fractions = [0.1]                # of the dev images
seeds = [0, 1, 2]
"""


def ontology() -> Path:
    """Return the project's ontology, as the package or its checkout holds it."""
    packaged = Path(str(resources.files("kgconcepts"))) / "demo" / "plankton.owl"
    checkout = Path(__file__).resolve().parents[2] / "ontology" / "plankton.owl"
    return packaged if packaged.exists() else checkout


def run_demo(
    out: Path, console: Console, images: int = IMAGES, epochs: int = 16
) -> ConceptDictionary:
    """Make the demo's data in a folder and run the project over them.

    Parameters
    ----------
    out : path
        An empty or new folder, or that of an earlier run.
    console : Console
        Where to say what is done.
    images, epochs : int
        Drawings, and rounds of training.
    """
    for module in ("PIL", "torch"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(module, "vision")
    from kgconcepts.demo import classifier  # noqa: PLC0415 (torch)
    from kgconcepts.demo.draw import GROUPS, draw, long_tail  # noqa: PLC0415 (pillow)
    from kgconcepts.demo.knowledge import shown  # noqa: PLC0415 (pillow)

    output = Output(out)
    steps = Steps(output, console)
    rng = np.random.default_rng(SEED)
    labels = long_tail(images, rng)
    teacher = rng.permutation(images) < images // 2
    classes = np.array([GROUPS.index(label) for label in labels])

    def drawn() -> Arrays:
        seeds = np.random.SeedSequence(SEED).spawn(images)
        shown = track(
            zip(labels, seeds, strict=True), "drawing", images, console=console, transient=True
        )
        return {"pixels": np.stack([draw(g, np.random.default_rng(s)).pixels for g, s in shown])}

    with steps.timed("drawing") as notes:
        pixels = np.asarray(steps.arrays("drawings", [labels, SEED], drawn)["pixels"], np.uint8)
        _write_images(output, pixels, labels, teacher)
        notes.append(f"{images} images of {len(set(labels))} groups")
    with steps.timed("classifier") as notes:
        state = dict(
            steps.arrays(
                "classifier",
                [digest(pixels), digest(classes), digest(teacher), epochs],
                lambda: classifier.train(pixels[teacher], classes[teacher], epochs),
            )
        )
        with replacing(output.path("classifier.safetensors")) as temporary:
            save_file(state, temporary)
        share = classifier.accuracy(state, pixels[~teacher], classes[~teacher])
        notes.append(f"names {share:.0%} of the images rightly that it was not trained on")
    write(shown(read(ontology())), output.path("plankton.owl"))
    with replacing(output.path("project.toml")) as temporary:
        temporary.write_text(PROJECT.format(layer=classifier.LAYER), encoding="utf-8")
    steps.forget_superseded()
    return run(read_project(output.path("project.toml")), console)


def _write_images(
    output: Output, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], labels: list[str],
    teacher: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> None:  # fmt: skip
    from PIL import Image  # noqa: PLC0415 (comes with an extra)

    names = [f"{label.replace(' ', '_')}/{k:04}.png" for k, label in enumerate(labels)]
    lines = ["file,label,split"]
    paths = output.paths([f"images/{name}" for name in names])
    for k, (name, path) in enumerate(zip(names, paths, strict=True)):
        with replacing(path) as temporary:
            Image.fromarray(pixels[k]).save(temporary, format="PNG")
        lines.append(f"{name},{labels[k]},{'teacher' if teacher[k] else 'dev'}")
    with replacing(output.path("images.csv")) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
