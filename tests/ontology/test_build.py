"""The ontology is built from its tables: the same files each time, whole, without an error."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import rdflib

import kgconcepts as kg
from kgconcepts.curation.mappings import Mappings
from kgconcepts.sources.assertions import read_assertions

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
        assert triples.value(ontology, name_of) is not None
    licence = rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert triples.value(ontology, rdflib.DCTERMS.license) == licence
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
        ("Oithona\thas_part\tbell\t\ta mistake", "has and lacks"),
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


def test_the_build_fails_where_an_id_means_something_else(
    folder: Path, build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(folder, tables, ignore=shutil.ignore_patterns("*.owl", "*.ttl", "__pycache__"))
    ids = (tables / "ids.tsv").read_text(encoding="utf-8")
    (tables / "ids.tsv").write_text(ids.replace("\tOithona\t", "\tKraken\t"), encoding="utf-8")
    monkeypatch.setattr(build, "HERE", tables)
    with pytest.raises(SystemExit, match="was Kraken, and is Oithona; an id keeps its meaning"):
        build.write(tmp_path)


def test_every_aphia_id_is_a_mapping_to_worms(folder: Path, graph: kg.ConceptGraph) -> None:
    mappings = Mappings.read(folder / "worms.sssom.tsv")
    assert all(mapping.same for mapping in mappings)
    assert {(m.subject, m.object) for m in mappings} == {
        (c.id, xref) for c in graph for xref in c.xrefs if xref.startswith("AphiaID:")
    }


def test_what_is_not_to_be_used_any_more_says_what_is(
    folder: Path, build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(folder, tables, ignore=shutil.ignore_patterns("*.owl", "*.ttl", "__pycache__"))
    row = "PLK:0009999\told bell\tpart\tPLK:0002003\ttwo things under one name"
    header = "id\tlabel\tkind\treplaced_by\tcomment"
    (tables / "obsolete.tsv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(build, "HERE", tables)
    build.write(tmp_path)
    old = kg.read(tmp_path / "plankton.owl")["PLK:0009999"]
    assert (old.obsolete, old.replaced_by) == (True, ("PLK:0002003",))


def test_drafts_are_ready_to_be_moved_once_they_have_a_source(
    folder: Path, build: ModuleType, table: Callable[[str], list[dict[str, str]]]
) -> None:
    terms = build.read()
    drafts = read_assertions(folder / "drafts" / "traits.tsv", terms)
    stated = {(a.taxon, a.relation, a.trait) for a in read_assertions(folder / "traits.tsv", terms)}
    assert drafts
    assert stated.isdisjoint((a.taxon, a.relation, a.trait) for a in drafts)
    assert {a.evidence for a in drafts} == {"kgconcepts"}
    assert "kgconcepts" not in {row["evidence"] for row in table("traits")}


@pytest.mark.data
def test_mappings_lead_to_terms_that_other_ontologies_have(
    graph: kg.ConceptGraph, folder: Path, shared_data: Path
) -> None:
    names = ("pato.obo", "ecao-simple.obo", "cteno.obo", "life-stages.obo")
    others = [kg.read(shared_data / "ontologies" / name) for name in names]
    mappings = Mappings.read(folder / "mappings.sssom.tsv")
    assert len(mappings) > 200
    for mapping in mappings:
        assert graph[mapping.subject].label == mapping.subject_label
        held = [other[mapping.object] for other in others if mapping.object in other]
        assert mapping.object_label in {concept.label for concept in held}, mapping
        assert not all(concept.obsolete for concept in held), mapping


def test_the_table_of_pairs_counts_what_tells_labels_apart(
    folder: Path, graph: kg.ConceptGraph
) -> None:
    spec = importlib.util.spec_from_file_location("told_apart", folder / "told_apart.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    of = module.traits(graph, folder / "labels" / "planktonset.tsv")
    assert len(of) == 121
    with (folder / "labels" / "planktonset.pairs.tsv").open(encoding="utf-8", newline="") as file:
        pairs = {(row["one"], row["other"]): row for row in csv.DictReader(file, delimiter="\t")}
    assert len(pairs) == 121 * 120 / 2
    for (one, other), row in pairs.items():
        (has_1, not_1), (has_2, not_2) = of[one], of[other]
        assert int(row["differ"]) == len(has_1 ^ has_2)
        assert int(row["denied"]) == len(has_1 & not_2) + len(has_2 & not_1)


def test_every_statement_carries_its_evidence_in_owl(
    folder: Path, graph: kg.ConceptGraph, table: Callable[[str], list[dict[str, str]]]
) -> None:
    triples = rdflib.Graph().parse(folder / "diatom.ttl")
    said: dict[tuple[str, str, str], str] = {}
    for axiom in triples.subjects(rdflib.RDF.type, rdflib.OWL.Axiom):
        of = triples.value(axiom, rdflib.OWL.annotatedSource)
        target = triples.value(axiom, rdflib.OWL.annotatedTarget)
        assert (of, rdflib.RDFS.subClassOf, target) in triples
        without = triples.value(target, rdflib.OWL.complementOf)
        some = without or target
        trait = triples.value(some, rdflib.OWL.someValuesFrom)
        ends = [str(end).rpartition("/")[2].replace("_", ":") for end in (of, trait)]
        key = "lacks" if without else "has"
        said[key, graph[ends[0]].label, graph[ends[1]].label] = str(
            triples.value(axiom, rdflib.DCTERMS.source)
        )
    stated = {
        (row["relation"].partition("_")[0], row["taxon"], row["trait"]): row["evidence"]
        for row in table("traits")
        if not row["except"]
    }
    both = said.keys() & stated.keys()
    assert len(both) > 700
    assert {key: said[key] for key in both} == {key: stated[key] for key in both}
