"""``import kgconcepts`` is quick, and its names are there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kgconcepts as kg

HEAVY = ("torch", "rdflib", "owlready2", "sklearn", "scipy", "polars", "networkx", "PIL", "numpy")


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = run("import kgconcepts, sys; print(*sys.modules)").split()
    assert "kgconcepts" in loaded
    assert not set(HEAVY) & set(loaded)


def test_a_graph_needs_neither_a_reader_nor_a_model() -> None:
    loaded = run("import kgconcepts as kg, sys; kg.ConceptGraph([]); print(*sys.modules)").split()
    assert "kgconcepts.graph" in loaded
    assert not {"torch", "rdflib", "owlready2", "sklearn"} & set(loaded)


@pytest.mark.parametrize("name", kg.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    assert getattr(kg, name) is getattr(kg, name)
    assert name in dir(kg)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="module 'kgconcepts' has no attribute 'plankton'"):
        _ = kg.plankton
    assert isinstance(kg.__version__, str)
