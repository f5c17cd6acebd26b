"""The command line says what is in files, goes on when asked to, and ends with the right code."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import kgconcepts as kg
from kgconcepts.cli import app, main

OBO = "format-version: 1.4\nontology: zzz\n\n[Term]\nid: ZZZ:1\nname: Copepoda\n"
WORMS = "AphiaID,scientificname,valid_AphiaID\n1,Biota,1\n2,Alpha,9\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, content in (("a.obo", OBO), ("b.ttl", "nothing of ours"), ("c.csv", WORMS)):
        (tmp_path / name).write_text(content)
    return [str(tmp_path / name) for name in ("a.obo", "b.ttl", "c.csv")]


def test_read_says_what_is_in_a_file(files: list[str]) -> None:
    result = CliRunner().invoke(app, ["read", files[2]])
    assert result.exit_code == 0
    assert "2 concepts: 2 taxon" in result.stdout
    assert "1 findings: 1 missing_accepted_name" in result.stdout


def test_a_file_that_cannot_be_read_ends_the_job(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "all.ttl"
    monkeypatch.setattr("sys.argv", ["kgconcepts", "read", *files, "--out", str(out)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "b.ttl: of no known format" in capsys.readouterr().err
    assert not out.exists()


def test_keep_going_reads_the_others_and_lists_what_failed(
    files: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "all.ttl"
    result = CliRunner().invoke(app, ["read", *files, "--keep-going", "--out", str(out)])
    assert result.exit_code == 1
    assert "1 of 3 files could not be read:" in result.stderr
    assert f"error: {files[1]}: of no known format" in result.stderr
    assert set(kg.read(out).ids) == {"ZZZ:1", "AphiaID:1", "AphiaID:2"}


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.obo").write_text(OBO)
    kg.write(
        kg.ConceptGraph([kg.Concept("ZZZ:2", "salp", xrefs=("two words",))]), tmp_path / "b.ttl"
    )
    sources = [str(tmp_path / name) for name in ("a.obo", "b.ttl")]
    result = CliRunner().invoke(app, ["read", *sources, "--out", str(tmp_path / "all.obo")])
    assert result.exit_code == 0
    assert "not written: ZZZ:2 xrefs two words" in result.stderr


@pytest.mark.data
def test_the_rest_of_a_real_job_goes_on_after_a_malformed_file(shared_data: Path) -> None:
    folder = shared_data / "ontologies"
    names = [str(folder / name) for name in ("marine-observation.ttl", "pato.obo", "EnvThes.ttl")]
    result = CliRunner().invoke(app, ["read", *names, "--keep-going"])
    assert result.exit_code == 1
    assert "marine-observation.ttl, line 91: malformed Turtle" in result.stderr
    assert "2785 concepts: 2785 quality" in result.stdout
    assert "5644 concepts" in result.stdout
