"""From the command line: vectors of concepts, and where a term belongs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import kgconcepts as kg
from kgconcepts.cli import app
from kgconcepts.embedding.files import read_vectors
from kgconcepts.embedding.placing import placed
from kgconcepts.embedding.tfidf import TfidfEncoder
from kgconcepts.errors import KGConceptsError, SourceError, TextError, UnknownConceptError

ONTOLOGY = Path(__file__).parents[2] / "ontology" / "plankton.owl"


@pytest.fixture(scope="module")
def parts() -> kg.ConceptGraph:
    """The parts of bodies that our ontology knows."""
    graph = kg.read(ONTOLOGY)
    ids = {c.id for c in graph if c.kind == "part"}
    kept = (r for r in graph.relations if r.relation == "is_a" and {r.child, r.parent} <= ids)
    return kg.ConceptGraph((c for c in graph if c.id in ids), kept, graph.sources.values())


@pytest.fixture(scope="module")
def coder(parts: kg.ConceptGraph) -> TfidfEncoder:
    return TfidfEncoder.of(f"{c.label}. {c.definition}" for c in parts)


@pytest.fixture
def owl(parts: kg.ConceptGraph, tmp_path: Path) -> Path:
    path = tmp_path / "parts.owl"
    kg.write(parts, path)
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    found = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(found.exception, KGConceptsError):
        return 2, str(found.exception)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


def test_vectors_are_written_with_a_table_and_read_back(
    owl: Path, parts: kg.ConceptGraph, tmp_path: Path
) -> None:
    out = tmp_path / "vectors.safetensors"
    code, said = run("embed", owl, "--out", out, "--encoder", "tfidf")
    assert code == 0, said
    found, table = read_vectors(out), pl.read_parquet(out.with_suffix(".concepts.parquet"))
    assert found.ids == tuple(table["concept"]) == parts.hierarchy().ids
    assert found.vectors.shape[0] == len(parts)
    assert np.isfinite(found.vectors).all()
    assert (found.variance > 0).all()
    np.testing.assert_array_equal(table["variance"].to_numpy(), found.variance)
    assert table.filter(pl.col("own") < 0.5)["borrowed_from"].list.len().min() > 0
    eye = parts.find_one("eye")
    np.testing.assert_array_equal(found.of((eye,))[0], found.vectors[found.ids.index(eye)])
    with pytest.raises(UnknownConceptError, match="has no vector"):
        found.of(("PLK:9",))


def test_vectors_go_nowhere_but_into_safetensors(owl: Path, tmp_path: Path) -> None:
    code, said = run("embed", owl, "--out", tmp_path / "vectors.npy", "--encoder", "tfidf")
    assert code == 2
    assert ".safetensors" in said
    assert not (tmp_path / "vectors.npy").exists()


def test_what_enrich_wrote_counts_as_text(
    owl: Path, parts: kg.ConceptGraph, tmp_path: Path
) -> None:
    eye = parts.find_one("eye")
    said = kg.Texts({eye: [kg.Passage("An organ that sees light. " * 40, "Wikipedia")]})
    said.write(tmp_path / "texts.jsonl")
    words = {}
    for name, more in (("with", ["--texts", tmp_path / "texts.jsonl"]), ("without", [])):
        out = tmp_path / f"{name}.safetensors"
        assert run("embed", owl, "--out", out, "--encoder", "tfidf", *more)[0] == 0
        table = pl.read_parquet(out.with_suffix(".concepts.parquet"))
        words[name] = table.row(by_predicate=pl.col("concept") == eye, named=True)["words"]
    assert words["with"] == words["without"] + 200


def test_a_new_term_is_put_beside_its_like(owl: Path) -> None:
    definition = "Eye of a larva, a small pigmented spot that senses light."
    code, said = run(
        *("place", "pineal eyespot", "--source", owl, "--encoder", "tfidf"),
        *("--definition", definition, "--top", "3"),
    )
    assert code == 0, said
    rows = [line.split() for line in said.splitlines() if line.strip()[:2] in ("1 ", "2 ", "3 ")]
    assert len(rows) == 3
    assert any("eye" in row for row in rows)
    assert "nearest:" in said


def test_a_concept_that_is_there_is_put_back_without_itself(
    parts: kg.ConceptGraph, coder: TfidfEncoder
) -> None:
    known = parts.find_one("naupliar eye")
    found = placed(parts, coder, "naupliar eye", most=len(parts))
    assert found.known == known
    proposed = [one.concept for one in found.places]
    assert known not in proposed
    assert not set(proposed) & set(parts.hierarchy().descendants(known))
    assert parts.find_one("eye") in proposed[:5]
    assert known not in dict(found.near)
    assert sum(one.probability for one in found.places) == pytest.approx(1)


def test_parents_are_of_the_kind_that_is_asked_for(
    parts: kg.ConceptGraph, coder: TfidfEncoder
) -> None:
    others = [kg.Concept("X:1", "eye-spotted fish"), kg.Concept("X:2", "spotted fish")]
    graph = kg.ConceptGraph([*parts, *others], [*parts.relations, ("X:1", "is_a", "X:2")])
    meaning = "The eye of a spotted fish."
    for kind in ("part", "taxon"):
        found = placed(graph, coder, "fish eye", meaning, most=500, kind=kind)
        assert {graph[one.concept].kind for one in found.places} == {kind}
        assert sum(one.probability for one in found.places) == pytest.approx(1)
    with pytest.raises(TextError, match="no concept of kind 'stage'"):
        placed(graph, coder, "fish eye", meaning, kind="stage")


def test_a_root_has_nothing_to_be_put_under(parts: kg.ConceptGraph, coder: TfidfEncoder) -> None:
    with pytest.raises(TextError, match="there is nothing that it could be put under"):
        placed(parts, coder, "body part")


def test_a_term_without_a_known_word_is_refused(
    parts: kg.ConceptGraph, coder: TfidfEncoder
) -> None:
    with pytest.raises(TextError, match="tfidf knows no word of it"):
        placed(parts, coder, "qwxzj")


def test_a_graph_too_small_to_learn_from_is_refused(coder: TfidfEncoder) -> None:
    few = kg.ConceptGraph(
        [kg.Concept("1", "eye", "part"), kg.Concept("2", "lens eye", "part")], [("2", "is_a", "1")]
    )
    with pytest.raises(TextError, match="learnt from 10 or more"):
        placed(few, coder, "stalked eye")


def test_a_term_of_nothing_is_refused() -> None:
    code, said = run("place", "  ", "--encoder", "tfidf")
    assert code == 2
    assert said.startswith("there is no term")


def test_labels_are_shown_and_not_obeyed(parts: kg.ConceptGraph, tmp_path: Path) -> None:
    hostile = kg.Concept("X:1", "eye \x1b[31m[bold]red[/bold]", "part", "An eye \x1b]0;x\x07.")
    graph = kg.ConceptGraph(
        [*parts, hostile], [*parts.relations, ("X:1", "is_a", parts.find_one("eye"))]
    )
    path = tmp_path / "hostile.owl"
    kg.write(graph, path)
    code, said = run("place", "eye of red", "--source", path, "--encoder", "tfidf", "--top", "40")
    assert code == 0, said
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "[bold]" in said


@pytest.mark.parametrize("content", [b"", b"\x80\x02]", b"{}" * 50])
def test_a_file_of_another_kind_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="expected what kgconcepts embed wrote"):
        read_vectors(path)


def test_arrays_that_are_not_of_their_ids_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "x.safetensors"
    arrays = {"vectors": np.zeros((2, 3), np.float32), "variance": np.ones(2)}
    save_file(arrays, path, {"format": "kgconcepts vectors 1", "ids": '["a"]', "encoder": ""})
    with pytest.raises(SourceError, match="1 ids, and arrays"):
        read_vectors(path)
