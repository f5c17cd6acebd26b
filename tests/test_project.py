"""Project files: what they may say, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgconcepts.errors import ProjectError
from kgconcepts.project import read_project

RIGHT = """
name = "mine"
out = "results"
[knowledge]
sources = ["plankton.owl"]
[images]
folder = "images"
[classifier]
latents = "latents.npz"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "project.toml"
    path.write_text(text)
    return path


def test_paths_are_as_seen_from_the_project_file(tmp_path: Path) -> None:
    project = read_project(write(tmp_path, RIGHT))
    assert project.out == tmp_path / "results"
    assert project.knowledge.sources == (tmp_path / "plankton.owl",)
    assert project.images.folder == tmp_path / "images"
    assert project.classifier.latents == tmp_path / "latents.npz"
    assert project.annotation.fractions == (1.0,)
    absolute = read_project(write(tmp_path, RIGHT.replace('"images"', '"/data/images"')))
    assert absolute.images.folder == Path("/data/images")


@pytest.mark.parametrize(
    ("found", "instead", "says"),
    [
        ("name =", "nmae =", "name: Field required"),
        ('name = "mine"', "name = ", "no TOML"),
        ('sources = ["plankton.owl"]', "", "knowledge: give sources, labels, or both"),
        ('folder = "images"', "", "images: give either folder or table"),
        ('folder = "images"', 'folder = "a"\ntable = "b"', "images: give either"),
        ('folder = "images"', 'folder = "a"\nwhere = { split = "dev" }', "belong to a table"),
        ('latents = "latents.npz"', "", "classifier: give one of"),
        ('latents = "latents.npz"', 'latents = "a"\nexport = "b"', "classifier: give one of"),
        ('latents = "latents.npz"', 'model = "a:b"', "needs state_dict and layer"),
        ('latents = "latents.npz"', 'latent = "x"', "classifier.latent"),
        ('latents = "latents.npz"', 'latents = "x"\nchannels = 2', "classifier.channels"),
        ("[images]", "[annotation]\nfractions = [0.0]\n[images]", "annotation.fractions.0"),
        ("[images]", "[annotation]\nfractions = []\n[images]", "annotation.fractions"),
        ("[images]", "[annotation]\nseeds = [-1]\n[images]", "annotation.seeds.0"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(
    tmp_path: Path, found: str, instead: str, says: str
) -> None:
    assert found in RIGHT
    path = write(tmp_path, RIGHT.replace(found, instead, 1))
    with pytest.raises(ProjectError) as caught:
        read_project(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
