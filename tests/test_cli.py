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


def test_where_nothing_can_be_read_nothing_is_overwritten(files: list[str], tmp_path: Path) -> None:
    out = tmp_path / "all.ttl"
    out.write_text("what was")
    for command in ("merge", "read"):
        call = [command, files[1], str(tmp_path / "none.owl"), "--keep-going", "--out", str(out)]
        result = CliRunner().invoke(app, call)
        assert result.exit_code == 1
        assert "2 of 2 files could not be read:" in result.stderr
        assert out.read_text() == "what was"


def test_check_goes_on_when_asked_to(files: list[str]) -> None:
    result = CliRunner().invoke(app, ["check", *files, "--keep-going", "--fail-on", "never"])
    assert result.exit_code == 1
    assert "missing_accepted_name" in result.stdout
    assert "1 of 3 files could not be read:" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["read", "FILE", "--out", "a.doc"], "a.doc: of no format that is known"),
        (["merge", "FILE", "--out", "a.doc"], "a.doc: of no format that is known"),
        (["check", "FILE", "--out", "a.doc"], "a.doc: of no format that is known"),
        (["diff", "FILE", "FILE", "--out", "a.doc"], "a.doc: of no format that is known"),
        (["diff", "-", "-"], "-: standard input can be read once"),
        (["read", "-", "-"], "-: standard input can be read once"),
        (["check", "FILE", "--collection", "zooscan"], "--labels"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_said(
    files: list[str],
    words: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    call = [files[0] if word == "FILE" else word for word in words]
    monkeypatch.setattr("sys.argv", ["kgconcepts", *call])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err


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


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """An ontology of ours and a table of WoRMS that knows one of its taxa."""
    ours = kg.ConceptGraph(
        [
            kg.Concept("PLK:1", "Copepoda", definition="Crustaceans.", rank="class"),
            kg.Concept("PLK:2", "Calanus", definition="A genus.", rank="genus"),
        ],
        [("PLK:2", "is_a", "PLK:1")],
    )
    kg.write(ours, tmp_path / "ours.ttl")
    (tmp_path / "worms.csv").write_text(
        "AphiaID,scientificname,valid_AphiaID,rank,parentNameUsageID\n"
        "1,Biota,1,Superdomain,\n1080,Copepoda,1080,Class,1\n5,Calanuss,5,Genus,1080\n"
    )
    return [str(tmp_path / name) for name in ("ours.ttl", "worms.csv")]


def test_merge_writes_one_graph_and_what_a_person_should_decide(
    two: list[str], tmp_path: Path
) -> None:
    out, matches = tmp_path / "all.ttl", tmp_path / "m.sssom.tsv"
    call = ["merge", *two, "--out", str(out)]
    result = CliRunner().invoke(app, [*call, "--matches", str(matches)])
    assert result.exit_code == 0
    assert "1 concepts became one with another, 1 to decide" in result.stdout
    assert kg.read(out).find("AphiaID:1080") == ["PLK:1"]
    assert "Calanus\tskos:closeMatch\t\tAphiaID:5\tCalanuss" in matches.read_text()
    matches.write_text(matches.read_text().replace("skos:closeMatch", "skos:exactMatch"))
    result = CliRunner().invoke(app, [*call, "--mappings", str(matches)])
    assert result.exit_code == 0
    assert kg.read(out).find("AphiaID:5") == ["PLK:2"]


@pytest.mark.parametrize(("level", "code"), [("ERROR", 0), ("WARN", 1), ("INFO", 1), ("never", 0)])
def test_check_fails_on_the_level_that_is_asked_for(tmp_path: Path, level: str, code: int) -> None:
    graph = kg.ConceptGraph([kg.Concept("X:1", "a"), kg.Concept("X:2", "b", definition="B.")])
    kg.write(graph, tmp_path / "a.ttl")
    result = CliRunner().invoke(app, ["check", str(tmp_path / "a.ttl"), "--fail-on", level])
    assert result.exit_code == code
    assert "missing_definition" in result.stdout
    assert "0 ERROR, 3 WARN, 2 INFO" in result.stdout


def test_check_fails_on_errors_by_itself_and_writes_every_report(
    two: list[str], tmp_path: Path
) -> None:
    outs = [tmp_path / f"r.{suffix}" for suffix in ("tsv", "json", "html")]
    labels = tmp_path / "labels.csv"
    labels.write_text("label,concept\ncopepod,Copepoda\nlost,Nothing\n")
    wanted = [word for out in outs for word in ("--out", str(out))]
    result = CliRunner().invoke(app, ["check", *two, "--labels", str(labels), *wanted])
    assert result.exit_code == 1
    assert "label_without_concept" in result.stdout
    assert all("label_without_concept" in out.read_text() for out in outs)


def test_check_says_what_a_person_must_correct_in_one_line(
    two: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for words in (["--out", str(tmp_path / "r.pdf")], ["--labels", str(tmp_path / "none.csv")]):
        monkeypatch.setattr("sys.argv", ["kgconcepts", "check", two[0], *words])
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")


def test_diff_says_and_writes_what_changed(two: list[str], tmp_path: Path) -> None:
    new = tmp_path / "new.ttl"
    kg.write(
        kg.ConceptGraph([kg.Concept("PLK:1", "copepods", definition="Crustaceans.", rank="class")]),
        new,
    )
    outs = [tmp_path / f"changes.{suffix}" for suffix in ("tsv", "kgcl")]
    wanted = [word for out in outs for word in ("--out", str(out))]
    result = CliRunner().invoke(app, ["diff", two[0], str(new), *wanted])
    assert result.exit_code == 0
    assert "2 changes." in result.stdout
    assert outs[0].read_text().splitlines()[1:] == [
        "renamed\tPLK:1\tlabel\tCopepoda\tcopepods",
        "removed\tPLK:2\tlabel\tCalanus\t",
    ]
    assert "rename PLK:1 from 'Copepoda' to 'copepods'" in outs[1].read_text()
    assert "No changes." in CliRunner().invoke(app, ["diff", two[0], two[0]]).stdout


def test_no_escape_sequence_of_a_file_reaches_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    evil = tmp_path / "evil.csv"
    evil.write_text("AphiaID,scientificname,parentNameUsageID\n1,\x1b[31mBiota,7\n")
    for command in (["read"], ["check", "--fail-on", "never"]):
        monkeypatch.setattr("sys.argv", ["kgconcepts", *command, str(evil)])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr()
        assert "\x1b" not in shown.out + shown.err
    evil.write_text("label,concept\n\x1b[31mx\u202e,y,z\n")
    monkeypatch.setattr("sys.argv", ["kgconcepts", "check", str(evil)])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr()
    assert "error: " in shown.err
    assert shown.err.strip().isprintable()


def test_imports_are_read_when_asked_for_and_only_then(tmp_path: Path) -> None:
    owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    (tmp_path / "a.ttl").write_text(
        f"{owl}<http://x.org/a> a owl:Ontology; owl:imports <b.ttl> .\n"
        "<http://x.org/A> a owl:Class .\n"
    )
    (tmp_path / "b.ttl").write_text(f"{owl}<http://x.org/B> a owl:Class .\n")
    call = ["read", str(tmp_path / "a.ttl")]
    assert "1 concepts" in CliRunner().invoke(app, call).stdout
    assert "2 concepts" in CliRunner().invoke(app, [*call, "--imports"]).stdout
    (tmp_path / "b.ttl").unlink()
    assert CliRunner().invoke(app, call).exit_code == 0
    failed = CliRunner().invoke(app, [*call, "--imports", "--keep-going"])
    assert failed.exit_code == 1
    assert "imports 'b.ttl'" in failed.stderr
