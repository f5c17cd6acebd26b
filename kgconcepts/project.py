"""The project file: what to ground, in which classifier, on which images."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kgconcepts.errors import ProjectError
from kgconcepts.files import read_text

__all__ = ["Annotation", "Classifier", "Images", "Knowledge", "Project", "read_project"]


def _under(value: Any, info: Any) -> Any:
    """Take paths as seen from the project file."""
    folder = (info.context or {}).get("folder", Path())
    return folder / value if isinstance(value, str | Path) else value


Place = Annotated[Path, BeforeValidator(_under)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Knowledge(_Table):
    """``[knowledge]``: where concepts come from, and which ones labels stand for.

    ``sources`` are ontologies and taxonomies; ``labels`` is a table ``label,concept`` or a
    planktonzilla table, of which ``collection`` is taken; without it labels are names of concepts.
    ``texts`` are what ``kgconcepts enrich`` wrote. ``traits_complete`` says that a trait which is
    not stated of a label is not shown.
    """

    sources: tuple[Place, ...] = ()
    texts: tuple[Place, ...] = ()
    labels: Place | None = None
    collection: str = ""
    traits_complete: bool = False

    @model_validator(mode="after")
    def _some(self) -> Knowledge:
        if not self.sources and self.labels is None:
            raise ValueError("give sources, labels, or both")
        return self


class Images(_Table):
    """``[images]``: a ``folder`` with a folder a class, or a ``table`` file,label.

    The table's files are in ``root``, a folder or an uncompressed tar; ``where`` picks rows by the
    values of other columns.
    """

    folder: Place | None = None
    table: Place | None = None
    root: Place | None = None
    where: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> Images:
        if (self.folder is None) == (self.table is None):
            raise ValueError("give either folder or table")
        if self.folder is not None and (self.root is not None or self.where):
            raise ValueError("root and where belong to a table, not to a folder")
        return self


class Classifier(_Table):
    """``[classifier]``: latents from a file, a ``torch.export`` file, or a module of one's own.

    A file ``.npz`` of latents may bring the ``weight`` and ``bias`` of the classifier's last layer.
    ``size`` and ``channels`` say what the network takes: a square of so many pixels, 1 or 3
    channels.
    """

    latents: Place | None = None
    export: Place | None = None
    output: str = "latents"
    model: str | None = None
    state_dict: Place | None = None
    layer: str | None = None
    size: int = Field(default=64, ge=1, le=4096)
    channels: Literal[1, 3] = 1

    @model_validator(mode="after")
    def _one(self) -> Classifier:
        if sum(way is not None for way in (self.latents, self.export, self.model)) != 1:
            raise ValueError("give one of latents, export, model")
        if self.model is not None and (self.state_dict is None or self.layer is None):
            raise ValueError("model needs state_dict and layer")
        return self


class Annotation(_Table):
    """``[annotation]``: which part of the labelled images counts as annotated.

    The model is fitted on that part, drawn by chance for each seed, and judged on the other
    labelled images; at 1.0 it is judged on held-out folds. The dictionary comes from the first
    fraction and seed.
    """

    fractions: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(default=(1.0,), min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(0,), min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Annotation:
        for numbers in (self.fractions, self.seeds):
            if len(set(numbers)) < len(numbers):
                raise ValueError(f"{list(numbers)}: give each once")
        return self


class Project(_Table):
    """A project file."""

    name: str
    out: Place
    knowledge: Knowledge
    images: Images
    classifier: Classifier
    annotation: Annotation = Annotation()

    @model_validator(mode="after")
    def _images_for_the_network(self) -> Project:
        if self.classifier.latents is None and self.images.table and self.images.root is None:
            raise ValueError("images.root: a network needs the folder or tar file of the images")
        return self


def read_project(path: Path) -> Project:
    """Read a project file; the paths in it are as seen from its folder.

    Raises
    ------
    ProjectError
        If it is no TOML, or something in it is missing, unknown or wrong.
    """
    try:
        found = tomllib.loads(read_text(path))
        return Project.model_validate(found, context={"folder": path.parent})
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path}: is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ProjectError(
            f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}{more}"
        ) from error
