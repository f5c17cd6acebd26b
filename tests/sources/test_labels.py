"""A label table says which concepts a collection's labels stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.sources.labels import read_labels
from kgconcepts.sources.planktonzilla import COLUMNS


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_label_stands_for_concepts_by_any_name(tmp_path: Path, plankton: kg.ConceptGraph) -> None:
    path = write(tmp_path, "label,concept\noith,Oithona\ncop,AphiaID:1080\nant,PLK:2 | antenna\n")
    graph, concepts = read_labels(path, plankton)
    assert list(graph) == list(plankton)
    assert graph.relations == plankton.relations
    assert len(graph.sources["labels.csv"].sha256) == 64
    assert concepts == {"oith": ("PLK:2",), "cop": ("PLK:1",), "ant": ("PLK:2",)}
    assert kg.Evidence.from_labels(concepts.values(), graph).annotated.all()


def test_what_no_concept_is_and_has_together_becomes_one(
    tmp_path: Path, plankton: kg.ConceptGraph
) -> None:
    path = write(tmp_path, "label,concept\nclear cop,copepod|transparent\nbub,bubble|transparent\n")
    graph, concepts = read_labels(path, plankton)
    assert concepts == {"clear cop": ("labels:clear cop",), "bub": ("labels:bub",)}
    assert (graph["labels:clear cop"].kind, graph["labels:bub"].kind) == ("taxon", "object")
    assert set(graph.relations_of("labels:clear cop")) == {
        ("is_a", "PLK:1"),
        ("has_quality", "PLK:10"),
    }
    assert kg.Evidence.from_labels(concepts.values(), graph).annotated.all()


def test_with_a_stage_a_label_is_the_form_that_is_of_all_of_them(tmp_path: Path) -> None:
    graph = kg.ConceptGraph(
        [
            *(kg.Concept(name, name, rank="order") for name in ("Copepoda", "Calanoida")),
            *(kg.Concept(name, name) for name in ("copepod nauplius", "calanoid nauplius")),
            kg.Concept("nauplius", "nauplius", "stage"),
        ],
        [
            ("Calanoida", "is_a", "Copepoda"),
            ("copepod nauplius", "is_a", "Copepoda"),
            ("copepod nauplius", "has_stage", "nauplius"),
            ("calanoid nauplius", "is_a", "copepod nauplius"),
            ("calanoid nauplius", "form_of", "Calanoida"),
        ],
    )
    rows = "any,Copepoda|nauplius\ncal,nauplius|Calanoida\n"
    found = read_labels(write(tmp_path, f"label,concept\n{rows}"), graph)[1]
    assert found == {"any": ("copepod nauplius",), "cal": ("calanoid nauplius",)}


def test_a_label_does_not_take_the_id_of_a_concept(
    tmp_path: Path, plankton: kg.ConceptGraph
) -> None:
    path = tmp_path / "PLK.csv"
    path.write_text("label,concept\n3,copepod|transparent\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 2: the graph has a concept PLK:3; rename"):
        read_labels(path, plankton)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_spreadsheets_write_the_same_table_in_several_ways(
    tmp_path: Path, plankton: kg.ConceptGraph, encoding: str, ending: str, delimiter: str
) -> None:
    lines = [["label", "note", "concept"], ["larve d'été", "", "salp"]]
    path = write(tmp_path, "".join(delimiter.join(x) + ending for x in lines), encoding)
    assert read_labels(path, plankton)[1] == {"larve d'été": ("PLK:6",)}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "label,concept\na,salp\nb,salp\na,salp\n",
            SourceError,
            "line 4: label 'a' is given twice",
        ),
        (
            "label,concept\na,salp\nb,krill\n",
            UnknownConceptError,
            "line 3: label 'b': 'krill' names",
        ),
        ("label,concept\na,salp|krill\n", UnknownConceptError, "line 2: label 'a': 'krill'"),
        ("label,concept\na,\n", UnknownConceptError, "line 2: label 'a': '' names no concept"),
        ("label,taxon\na,salp\n", SourceError, "line 1: no column concept among label, taxon"),
        ("label,concept\na,salp,x\n", SourceError, "line 2: 3 cells; expected 2"),
        ("label,concept\na\n", SourceError, "line 2: 1 cells; expected 2"),
        ("label,concept\n", SourceError, "labels.csv"),
        ("", SourceError, "line 1: no column label, concept among none"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_its_line(
    tmp_path: Path,
    plankton: kg.ConceptGraph,
    text: str,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as caught:
        read_labels(write(tmp_path, text), plankton)
    assert str(caught.value).startswith(str(tmp_path / "labels.csv"))
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_utf_8_is_refused(tmp_path: Path, plankton: kg.ConceptGraph) -> None:
    with pytest.raises(SourceError, match=r"labels.csv, line 2: 0xe9 is not UTF-8"):
        read_labels(write(tmp_path, "label,concept\nlarvé,salp\n", "latin-1"), plankton)


def planktonzilla(folder: Path) -> Path:
    rows = [
        "zooscan,Oithona,animalia,,copepoda,,,oithona,,oithona,living,,106485",
        "zoolake,Oithona,animalia,,copepoda,,,oithona,,oithona,living,,106485",
        "zoolake,bubble,,,,,,,,bubble,non_living,,",
    ]
    return write(folder, "\n".join([",".join(COLUMNS), *rows]) + "\n")


def test_a_planktonzilla_table_brings_concepts_of_its_own(
    tmp_path: Path, plankton: kg.ConceptGraph
) -> None:
    graph, concepts = read_labels(planktonzilla(tmp_path), plankton, "zoolake")
    assert concepts == {"Oithona": ("zoolake:Oithona",), "bubble": ("zoolake:bubble",)}
    assert set(plankton.ids) < set(graph.ids)
    assert "zooscan:Oithona" not in graph
    assert graph.hierarchy().ancestors("zoolake:Oithona")[-1] == "AphiaID:106485"


def test_a_label_of_several_collections_is_not_taken_from_one_of_them(
    tmp_path: Path, plankton: kg.ConceptGraph
) -> None:
    with pytest.raises(SourceError, match="Oithona"):
        read_labels(planktonzilla(tmp_path), plankton)


@pytest.mark.data
def test_the_real_table_has_a_concept_for_every_image(shared_data: Path) -> None:
    path = shared_data / "taxonomies" / "planktonzilla_taxonomy.csv"
    graph, concepts = read_labels(path, kg.ConceptGraph([]), "planktonset1.0")
    images = (shared_data / "planktonset" / "images.csv").read_text().splitlines()[1:]
    labels = {line.split(",")[1] for line in images}
    assert set(concepts) == labels
    evidence = kg.Evidence.from_labels([concepts[label] for label in sorted(labels)], graph)
    leaves = graph.hierarchy(traits=True).leaves
    assert (evidence.support[leaves] == 1).all()
