"""HermiT is asked, quietly, and what it infers comes back as ids."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation.hermit import Inference, reason
from kgconcepts.curation.reasoning import clashes
from kgconcepts.errors import ReasonerError
from kgconcepts.graph import Relation

NOTHING_NEW = Inference(True, (), (), ())
java = pytest.mark.skipif(shutil.which("java") is None, reason="there is no java")


def _graph(names: str, relations: list[tuple[str, str, str]], **defined: str) -> ConceptGraph:
    """Concepts by their names; `defined` are intersections, as in ``a="is_a b, has_part c"``."""
    return ConceptGraph(
        (
            Concept(
                name,
                name,
                intersection=tuple(
                    (part.split()[0], part.split()[1])
                    for part in filter(None, defined.get(name, "").split(","))
                ),
            )
            for name in names.split()
        ),
        relations,
    )


@java
def test_what_is_below_two_disjoint_concepts_cannot_exist() -> None:
    graph = _graph(
        "plant animal mixotroph bloom oithona",
        [
            ("mixotroph", "is_a", "plant"),
            ("mixotroph", "is_a", "animal"),
            ("plant", "disjoint_with", "animal"),
            ("bloom", "has_part", "mixotroph"),  # which clashes do not see
            ("oithona", "is_a", "animal"),
        ],
    )
    assert reason(graph) == Inference(True, ("mixotroph", "bloom"), (), ())
    assert [clash.concept for clash in clashes(graph)] == ["mixotroph"]


@java
def test_what_a_definition_implies_is_inferred() -> None:
    graph = _graph(
        "copepod cyclops antenna long_antenna armed egg_bearer egg_carrier",
        [
            ("cyclops", "is_a", "copepod"),
            ("cyclops", "has_part", "long_antenna"),
            ("long_antenna", "is_a", "antenna"),
        ],
        armed="is_a copepod, has_part antenna",
        egg_bearer="is_a copepod, has_part egg",  # nothing says what an egg is
        egg_carrier="is_a copepod, has_part egg",
    )
    assert reason(graph) == Inference(
        True,
        (),
        (
            Relation("armed", "is_a", "copepod"),
            Relation("cyclops", "is_a", "armed"),
            Relation("egg_bearer", "is_a", "copepod"),
        ),
        (("egg_bearer", "egg_carrier"),),
    )


@java
def test_concepts_that_are_each_other_s_ancestors_are_the_same_and_all_of_them_found() -> None:
    names = "abcdef"  # owlready2 leaves some of the pairs of four or more out
    ring = [(one, "is_a", names[k - 1]) for k, one in enumerate(names)]
    graph = _graph("x a b c d e f y", [*ring, ("x", "is_a", "a"), ("c", "is_a", "y")])
    assert reason(graph) == Inference(True, (), (), (tuple(names),))


@java
def test_a_ring_of_concepts_that_cannot_exist_is_no_cycle_to_stumble_over() -> None:
    ring = [("a", "is_a", "b"), ("b", "is_a", "a"), ("a", "disjoint_with", "b")]
    assert reason(_graph("a b", ring)) == Inference(True, ("a", "b"), (), ())


@java
def test_any_id_comes_back_as_it_was() -> None:
    ids = ["two words", "a<b>", 'it\'s "c"', "é_1", "http://x.org/a#b", "AphiaID:1", "PATO:1"]
    whole = (("is_a", "PATO:1"), ("http://x.org/eats", "AphiaID:1"))
    graph = ConceptGraph(
        [Concept(id_, id_, intersection=whole if k < 5 else ()) for k, id_ in enumerate(ids)]
    )
    above = (Relation("two words", "is_a", "PATO:1"),)
    assert reason(graph) == Inference(True, (), above, (tuple(ids[:5]),))


@java
def test_what_is_obsolete_is_not_reasoned_about() -> None:
    graph = ConceptGraph(
        [Concept("a", "a"), Concept("b", "b", obsolete=True), Concept("c", "c")],
        [("a", "is_a", "b"), ("a", "is_a", "c"), ("b", "disjoint_with", "c")],
    )
    assert reason(graph) == NOTHING_NEW
    assert reason(ConceptGraph([])) == NOTHING_NEW


@java
def test_a_graph_in_which_nothing_at_all_may_be_is_not_consistent() -> None:
    thing = "http://www.w3.org/2002/07/owl#Thing"
    graph = _graph(
        f"{thing} a b", [(thing, "is_a", "a"), (thing, "is_a", "b"), ("a", "disjoint_with", "b")]
    )
    assert reason(graph) == Inference(False, (thing, "a", "b"), (), ())


@java
def test_clashes_and_hermit_agree_on_is_a_and_disjoint_with() -> None:
    draw = random.Random(7)  # noqa: S311
    concepts: list[Concept] = []
    relations: list[tuple[str, str, str]] = []
    for g in range(60):  # small graphs in one ontology, as each start of Java takes a second
        ids = [f"g{g}:{k}" for k in range(8)]
        concepts += [Concept(id_, id_, obsolete=draw.random() < 0.05) for id_ in ids]
        relations += [
            (ids[k], "is_a", ids[parent])
            for k in range(1, 8)
            for parent in draw.sample(range(k), min(k, draw.choice([0, 1, 1, 2, 3])))
        ]
        apart = range(draw.choice([0, 1, 2, 3]))
        relations += [(draw.choice(ids), "disjoint_with", draw.choice(ids)) for _ in apart]
    graph = ConceptGraph(concepts, relations)
    impossible = {clash.concept for clash in clashes(graph)}
    assert 0 < len(impossible) < len(graph) / 2
    inference = reason(graph)
    assert set(inference.unsatisfiable) == impossible
    assert (inference.consistent, inference.is_a, inference.equivalent) == (True, (), ())


@java
def test_the_project_s_own_ontology_is_coherent() -> None:
    graph = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    assert reason(graph) == NOTHING_NEW


@java
@pytest.mark.data
@pytest.mark.parametrize("name", ["pato-simple.owl", "cteno.owl"])
def test_a_released_ontology_was_reasoned_over_already(shared_data: Path, name: str) -> None:
    assert reason(kg.read(shared_data / "ontologies" / name)) == NOTHING_NEW


@java
def test_nothing_is_printed_or_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    reason(_graph("a b", [("a", "is_a", "b")]))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def _fake_java(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_without_java_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReasonerError, match=r"^HermiT: there is no java .*default-jre-headless$"):
        reason(_graph("a", []))


def test_what_fails_says_why_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo 'Picked up X'; echo 'java.lang.OutOfMemoryError: heap'; echo ' at org.X'; exit 1"
    _fake_java(tmp_path, monkeypatch, script)
    with pytest.raises(
        ReasonerError, match=r"^HermiT: failed on 2 concepts \(java.lang.OutOfMemoryError: heap\)$"
    ):
        reason(_graph("a b", []))


def test_what_takes_too_long_is_ended_and_so_is_its_java(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_java(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 120")
    for limit in (4, 16, 64):  # a busy machine may not have come to start it
        with pytest.raises(ReasonerError, match=r"1 concepts were not classified within .* give"):
            reason(_graph("a", []), limit=limit)
        if (tmp_path / "pid").exists():
            break
    process = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not process.exists() or process.read_text().split()[2] == "Z"
