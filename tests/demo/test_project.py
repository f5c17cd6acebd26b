"""The demo: small, twice, and where it must not write."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

import kgconcepts as kg
from kgconcepts.demo.project import run_demo
from kgconcepts.errors import OutputError

pytest.importorskip("torch")


@pytest.mark.slow
def test_the_demo_grounds_the_ontology_and_runs_again_over_its_own_files(tmp_path: Path) -> None:
    said = Console(file=io.StringIO())
    first = run_demo(tmp_path / "demo", said, images=400, epochs=1)
    for name in ("report.html", "dictionary.owl", "dictionary.json", "comparison.csv"):
        assert (tmp_path / "demo" / name).stat().st_size > 1000
    assert kg.ConceptDictionary.read(tmp_path / "demo" / "dictionary.json") == first
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "demo" / "steps").iterdir()}
    steps = {p.name.rsplit("-", 1)[0] for p in kept}
    assert {"drawings", "classifier", "latents", "hierarchical-0.1-0"} <= steps
    (tmp_path / "demo" / "mine.txt").write_text("mine")
    again = run_demo(tmp_path / "demo", said, images=400, epochs=1)
    assert again == first
    assert (tmp_path / "demo" / "mine.txt").read_text() == "mine"
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "demo" / "steps").iterdir()} == kept
    report = (tmp_path / "demo" / "report.html").read_text()
    assert "permuted parents" in report


def test_the_demo_leaves_a_folder_of_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="did not write"):
        run_demo(tmp_path, Console(file=io.StringIO()), images=10, epochs=1)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
