"""The project's ontology: its tables as rows, and the graph as committed."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import kgconcepts as kg

FOLDER = Path(__file__).parents[2] / "ontology"
Table = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the tables are."""
    return FOLDER


@pytest.fixture(scope="session")
def table() -> Table:
    """A function that gives the rows of a table; do not change them."""

    @cache
    def rows(name: str) -> list[dict[str, str]]:
        with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    return rows


@pytest.fixture(scope="session")
def graph() -> kg.ConceptGraph:
    """The ontology as committed."""
    return kg.read(FOLDER / "plankton.owl")


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """The build script as a module."""
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
