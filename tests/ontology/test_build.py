"""The ontology is built from its tables: the same files each time, whole, without an error."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import rdflib

import kgconcepts as kg
from kgconcepts.curation.mappings import Mappings

BUILT = [
    *(f"{name}{suffix}" for name in ("plankton", "diatom", "larva") for suffix in (".owl", ".ttl")),
    *("worms.sssom.tsv", "ids.tsv"),
]


def test_the_committed_files_are_what_the_tables_say(
    folder: Path, build: ModuleType, tmp_path: Path
) -> None:
    build.write(tmp_path)
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), (
            f"make ontology: {name}"
        )


@pytest.mark.parametrize("name", ["plankton", "diatom", "larva"])
def test_each_module_can_be_loaded_alone_and_has_no_error(folder: Path, name: str) -> None:
    graph = kg.read(folder / f"{name}.owl")
    report = kg.check(graph)
    assert report.at_least("ERROR") == ()
    assert report.rules.get("unresolved_reference", ()) == ()
    turtle = kg.read(folder / f"{name}.ttl")
    assert set(turtle.relations) == set(graph.relations)
    assert turtle.ids == graph.ids


def test_a_module_says_of_its_concepts_what_the_whole_says(
    folder: Path, graph: kg.ConceptGraph
) -> None:
    for name in ("diatom", "larva"):
        part = kg.read(folder / f"{name}.owl")
        for concept in part:
            whole = set(graph.relations_of(concept.id))
            said = set(part.relations_of(concept.id))
            assert said <= whole
            lost = whole - said
            assert {r for r, _ in lost} <= {"disjoint_with", "part_of"}, concept.label


def test_a_module_has_all_of_its_group(folder: Path, graph: kg.ConceptGraph) -> None:
    tree = graph.hierarchy()
    diatoms = kg.read(folder / "diatom.owl")
    assert set(tree.descendants(graph.find_one("Bacillariophyceae"))) <= set(diatoms.ids)
    larvae = kg.read(folder / "larva.owl")
    assert set(tree.descendants(graph.find_one("larva"))) <= set(larvae.ids)
    for module in (diatoms, larvae):
        assert len(module) < len(graph) / 2


@pytest.mark.parametrize("name", ["plankton", "diatom", "larva"])
def test_the_header_says_what_it_is(folder: Path, name: str) -> None:
    triples = rdflib.Graph().parse(folder / f"{name}.ttl")
    (ontology,) = triples.subjects(rdflib.RDF.type, rdflib.OWL.Ontology)
    assert str(ontology) == f"https://w3id.org/kgconcepts/{name}"
    for name_of in (rdflib.DCTERMS.title, rdflib.DCTERMS.description, rdflib.OWL.versionInfo):
        assert str(triples.value(ontology, name_of))
    assert str(triples.value(ontology, rdflib.DCTERMS.license)) == "CC BY 4.0"
    version = triples.value(ontology, rdflib.OWL.versionIRI)
    assert isinstance(version, rdflib.URIRef)
    assert str(version).startswith(str(ontology))


def test_no_id_was_ever_given_to_two_terms_and_none_is_gone(
    table: Callable[[str], list[dict[str, str]]], graph: kg.ConceptGraph
) -> None:
    given = table("ids")
    ids = [row["id"] for row in given]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(graph.ids)
    assert all(id_.startswith("PLK:") and len(id_) == 11 for id_ in ids)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Oithona\thas_part\tbell\t\ta mistake", "has and lacks bell"),
        ("Chaetoceros\thas_part\tfrustule\t\tsaid above", "follows from what is said elsewhere"),
        ("Oithona\tlacks_part\tcomb row\t\tsaid above", "follows from what is said elsewhere"),
    ],
)
def test_the_build_fails_on_what_is_wrong_or_said_twice_and_writes_nothing(
    folder: Path,
    build: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    row: str,
    message: str,
) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(folder, tables, ignore=shutil.ignore_patterns("*.owl", "*.ttl", "__pycache__"))
    with (tables / "traits.tsv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    monkeypatch.setattr(build, "HERE", tables)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(SystemExit, match=message):
        build.write(out)
    assert list(out.iterdir()) == []


def test_the_build_fails_where_an_id_is_gone(
    folder: Path, build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(folder, tables, ignore=shutil.ignore_patterns("*.owl", "*.ttl", "__pycache__"))
    with (tables / "ids.tsv").open("a", encoding="utf-8") as file:
        file.write("PLK:9999999\tkraken\t2020-01-01\n")
    monkeypatch.setattr(build, "HERE", tables)
    with pytest.raises(SystemExit, match="PLK:9999999 was given in 2020-01-01, and is gone"):
        build.write(tmp_path)


def test_every_aphia_id_is_a_mapping_to_worms(folder: Path, graph: kg.ConceptGraph) -> None:
    mappings = Mappings.read(folder / "worms.sssom.tsv")
    assert all(mapping.same for mapping in mappings)
    assert {(m.subject, m.object) for m in mappings} == {
        (c.id, xref) for c in graph for xref in c.xrefs if xref.startswith("AphiaID:")
    }
