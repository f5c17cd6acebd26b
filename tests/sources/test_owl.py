"""The named classes of an ontology become concepts, with what is said of them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rdflib

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import Source

HEAD = """
@prefix : <http://purl.obolibrary.org/obo/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix kgc: <https://w3id.org/kgconcepts/vocabulary#> .
@prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
PLANKTON = """
<http://x.org/plankton> a owl:Ontology ; owl:versionInfo "2025-05-01" ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
:ZZZ_1 a owl:Class ; rdfs:label "Copepoda" ; :IAO_0000115 "Small crustaceans." ;
    oio:hasExactSynonym "copepod" ; oio:hasRelatedSynonym "oar-foot" ;
    oio:hasDbXref "AphiaID:1080" ; rdfs:subClassOf owl:Thing ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :BFO_0000051 ;
                      owl:someValuesFrom :ZZZ_3 ] .
:ZZZ_2 a owl:Class ; skos:prefLabel "Oithona" ; skos:altLabel "oithonid" ;
    skos:definition "A genus." ; rdfs:subClassOf :ZZZ_1 ; kgc:rank "genus" ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :RO_0000086 ;
                      owl:someValuesFrom :ZZZ_4 ] ,
                    [ a owl:Restriction ; owl:onProperty kgc:has_stage ;
                      owl:someValuesFrom :ZZZ_5 ] .
:ZZZ_3 a owl:Class ; rdfs:label "antenna" ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :BFO_0000050 ;
                      owl:someValuesFrom :ZZZ_1 ] .
:ZZZ_4 a owl:Class ; rdfs:label "transparent" .
:ZZZ_5 a owl:Class ; rdfs:label "nauplius" .
:ZZZ_6 a owl:Class ; rdfs:label "old name" ; owl:deprecated true ; rdfs:subClassOf :ZZZ_1 ;
    :IAO_0100001 :ZZZ_1 .
:ZZZ_7 a owl:Class ; rdfs:label "kept" ; owl:deprecated false .
<http://x.org/bubble> a owl:Class ; kgc:kind "object" .
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "plankton.ttl"
    path.write_text(HEAD + content, encoding="utf-8")
    return path


@pytest.fixture
def ontology(tmp_path: Path) -> kg.ConceptGraph:
    return kg.read(write(tmp_path, PLANKTON))


def test_a_class_brings_its_annotations(ontology: kg.ConceptGraph) -> None:
    assert ontology["ZZZ:1"] == kg.Concept(
        "ZZZ:1",
        "Copepoda",
        definition="Small crustaceans.",
        synonyms=("copepod", "oar-foot"),
        scopes=("exact", "related"),
        xrefs=("AphiaID:1080",),
        source="plankton.ttl",
    )
    assert ontology["ZZZ:2"] == kg.Concept(
        "ZZZ:2", "Oithona", "taxon", "A genus.", ("oithonid",), (), "genus", "plankton.ttl"
    )


def test_relations_are_subclasses_and_some_restrictions(ontology: kg.ConceptGraph) -> None:
    assert set(ontology.relations) == {
        ("ZZZ:2", "is_a", "ZZZ:1"),
        ("ZZZ:1", "has_part", "ZZZ:3"),
        ("ZZZ:3", "part_of", "ZZZ:1"),
        ("ZZZ:2", "has_quality", "ZZZ:4"),
        ("ZZZ:2", "has_stage", "ZZZ:5"),
        ("ZZZ:6", "is_a", "ZZZ:1"),
    }


def test_kinds_are_those_said_or_those_that_relations_tell(ontology: kg.ConceptGraph) -> None:
    kinds = {concept.label: concept.kind for concept in ontology}
    assert kinds["antenna"] == "part"
    assert kinds["transparent"] == "quality"
    assert kinds["nauplius"] == "stage"
    assert kinds["Copepoda"] == "taxon"
    assert kinds["http://x.org/bubble"] == "object"


def test_obsolete_classes_are_marked_and_out_of_the_hierarchy(ontology: kg.ConceptGraph) -> None:
    assert ontology["ZZZ:6"].obsolete
    assert ontology["ZZZ:6"].replaced_by == ("ZZZ:1",)
    assert "ZZZ:6" not in ontology.hierarchy()
    assert not ontology["ZZZ:7"].obsolete
    assert "ZZZ:7" in ontology.hierarchy()
    assert ontology.find("Thing") == []


def test_a_class_without_a_label_has_its_id(ontology: kg.ConceptGraph) -> None:
    assert ontology["http://x.org/bubble"].label == "http://x.org/bubble"


def test_the_source_states_version_licence_and_hash(
    ontology: kg.ConceptGraph, tmp_path: Path
) -> None:
    source = ontology.sources["plankton.ttl"]
    assert source.version == "2025-05-01"
    assert source.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert re.fullmatch("[0-9a-f]{64}", source.sha256)
    (tmp_path / "plankton.ttl").write_text(HEAD + PLANKTON.replace("2025-05-01", ""))
    assert kg.read(tmp_path / "plankton.ttl").sources["plankton.ttl"].sha256 != source.sha256


def test_a_file_without_a_header_has_a_source_without_version(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, ":ZZZ_1 a owl:Class ."))
    source = graph.sources["plankton.ttl"]
    assert source == Source("plankton.ttl", source.sha256)


def test_a_superclass_of_another_file_is_no_concept_but_a_finding(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, ":ZZZ_1 a owl:Class ; rdfs:subClassOf :CARO_0000003 ."))
    assert graph.ids == ("ZZZ:1",)
    assert graph.relations == ()
    assert graph.findings == (
        Finding("WARN", "unresolved_reference", "ZZZ:1", "is_a", "CARO:0000003"),
    )


def test_a_second_label_or_definition_is_a_finding(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            ':ZZZ_1 a owl:Class ; rdfs:label "salp", "tunicate" ; :IAO_0000115 "One.", "Two." .',
        )
    )
    assert graph["ZZZ:1"].label == "salp"
    assert {(f.level, f.rule, f.value) for f in graph.findings} == {
        ("ERROR", "multiple_labels", "tunicate"),
        ("ERROR", "multiple_definitions", "Two."),
    }


def test_english_comes_first_and_other_languages_are_synonyms(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            """:ZZZ_1 a skos:Concept ; skos:prefLabel "diatomee"@nl, "diatom"@en ;
                skos:definition "Kieselalge."@de, "A silica shell."@en ;
                skos:hiddenLabel "diatoom" .
            :ZZZ_2 a skos:Concept ; skos:prefLabel "Meeressalz"@de ; skos:broader :ZZZ_1 .
            :ZZZ_3 a skos:Concept ; skos:broaderPartitive :ZZZ_1 .""",
        )
    )
    assert graph["ZZZ:1"].label == "diatom"
    assert graph["ZZZ:1"].definition == "A silica shell."
    assert graph["ZZZ:1"].scoped_synonyms == (("diatomee", "exact"), ("diatoom", "related"))
    assert graph["ZZZ:2"].label == "Meeressalz"
    assert graph.related("ZZZ:2", "is_a") == ("ZZZ:1",)
    assert not [f for f in graph.findings if f.rule.startswith("multiple")]


def test_an_equivalence_to_an_intersection_is_kept(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            """:ZZZ_1 a owl:Class . :ZZZ_2 a owl:Class .
            :ZZZ_3 a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
                :ZZZ_1 [ a owl:Restriction ; owl:onProperty :BFO_0000051 ;
                         owl:someValuesFrom :ZZZ_2 ] ) ] .""",
        )
    )
    assert graph["ZZZ:3"].intersection == (("has_part", "ZZZ:2"), ("is_a", "ZZZ:1"))
    assert graph.relations == ()


@pytest.mark.parametrize(
    "member",
    [
        "[ a owl:Class ; owl:unionOf ( :ZZZ_1 :ZZZ_2 ) ]",
        "[ owl:onProperty :BFO_0000051 ; owl:someValuesFrom [ owl:unionOf ( :ZZZ_1 :ZZZ_2 ) ] ]",
        "[ owl:onProperty [ owl:inverseOf :BFO_0000051 ] ; owl:someValuesFrom :ZZZ_2 ]",
    ],
)
def test_what_is_understood_in_part_is_kept_not_at_all_and_reported(
    tmp_path: Path, member: str
) -> None:
    graph = kg.read(
        write(
            tmp_path,
            f""":ZZZ_1 a owl:Class . :ZZZ_2 a owl:Class .
            :ZZZ_3 a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :ZZZ_1 {member} ) ] .
            :ZZZ_4 a owl:Class ; rdfs:subClassOf {member} .""",
        )
    )
    assert graph["ZZZ:3"].intersection == ()
    assert graph.relations == ()
    unread = {f.subject for f in graph.findings if f.rule == "unread_axiom"}
    assert unread == {"ZZZ:3", "ZZZ:4"}


def test_what_is_disjoint_is_a_relation_and_other_axioms_are_findings(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            """:ZZZ_1 a owl:Class ; owl:disjointWith :ZZZ_2 . :ZZZ_2 a owl:Class .
            :ZZZ_3 a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :ZZZ_1 :ZZZ_2 ) ] .
            [] a owl:AllDisjointClasses ; owl:members ( :ZZZ_1 :ZZZ_2 :ZZZ_3 ) .""",
        )
    )
    assert set(graph.relations) == {
        ("ZZZ:1", "disjoint_with", "ZZZ:2"),
        ("ZZZ:1", "disjoint_with", "ZZZ:3"),
        ("ZZZ:2", "disjoint_with", "ZZZ:3"),
    }
    assert [(f.rule, f.subject) for f in graph.findings] == [("unread_axiom", "ZZZ:3")]


def test_very_many_classes_that_are_disjoint_are_reported_not_paired(tmp_path: Path) -> None:
    names = [f":ZZZ_{k}" for k in range(1001)]
    classes = "".join(f"{name} a owl:Class . " for name in names)
    apart = f"[] a owl:AllDisjointClasses ; owl:members ( {' '.join(names)} ) ."
    graph = kg.read(write(tmp_path, classes + apart))
    assert graph.relations == ()
    assert [(f.rule, f.value) for f in graph.findings] == [("unread_axiom", "1001 classes")]


def test_other_relations_go_by_their_curie_and_keep_their_name(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            """:RO_0002202 a owl:ObjectProperty ; rdfs:label "develops from" .
            :ZZZ_1 a owl:Class ; rdfs:subClassOf [ a owl:Restriction ;
                owl:onProperty :RO_0002202 ; owl:someValuesFrom :ZZZ_2 ] . :ZZZ_2 a owl:Class .""",
        )
    )
    assert graph.relations == (("ZZZ:1", "RO:0002202", "ZZZ:2"),)
    assert graph.relation_labels == {"RO:0002202": "develops from"}


def test_a_triple_of_an_object_property_between_concepts_is_a_relation(tmp_path: Path) -> None:
    graph = kg.read(
        write(
            tmp_path,
            """:RO_0002202 a owl:ObjectProperty ; rdfs:label "develops from" .
            :RO_1 a owl:AnnotationProperty . skos:exactMatch a owl:ObjectProperty .
            :ZZZ_1 a skos:Concept ; :RO_0002202 :ZZZ_2, :ZZZ_9, "text" ; :RO_1 :ZZZ_2 .
            :ZZZ_2 a skos:Concept ; skos:exactMatch :ZZZ_1 .""",
        )
    )
    assert graph.relations == (("ZZZ:1", "RO:0002202", "ZZZ:2"),)
    assert graph.relation_labels == {"RO:0002202": "develops from"}
    assert graph["ZZZ:2"].xrefs == ("ZZZ:1",)


def test_a_thesaurus_is_described_by_its_scheme(tmp_path: Path) -> None:
    scheme = """<http://x.org/s> a skos:ConceptScheme ; dcterms:title "Plankton" ;
        dcterms:license "CC0" ; owl:versionInfo "3" . :ZZZ_1 a skos:Concept ."""
    source = kg.read(write(tmp_path, scheme)).sources["plankton.ttl"]
    assert (source.title, source.licence, source.version) == ("Plankton", "CC0", "3")
    assert source.address == "http://x.org/s"
    both = scheme + ' <http://x.org/o> a owl:Ontology ; dcterms:title "Ontology" .'
    assert kg.read(write(tmp_path, both)).sources["plankton.ttl"].title == "Ontology"


def test_an_address_with_a_blank_does_not_shift_what_is_said(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, '<http://x.org/a b> a owl:Class ; rdfs:label "two words" .'))
    assert [(c.id, c.label) for c in graph] == [("http://x.org/a b", "two words")]


def test_text_keeps_its_quotes_backslashes_and_lines(tmp_path: Path) -> None:
    text = 'a "b" \\ c\nd <i>\u00e9 \t@en'
    literal = json.dumps(text)
    graph = kg.read(write(tmp_path, f":ZZZ_1 a owl:Class ; rdfs:comment {literal}@en ."))
    assert graph["ZZZ:1"].comment == text


@pytest.mark.parametrize("format_", ["xml", "turtle", "nt", "json-ld"])
def test_the_serialisation_makes_no_difference(
    ontology: kg.ConceptGraph, tmp_path: Path, format_: str
) -> None:
    triples = rdflib.Graph().parse(tmp_path / "plankton.ttl")
    again = tmp_path / format_ / "plankton.ttl"
    again.parent.mkdir()
    triples.serialize(again, format=format_, encoding="utf-8")
    graph = kg.read(again)
    assert {c.id: c for c in graph} == {c.id: c for c in ontology}
    assert set(graph.relations) == set(ontology.relations)


def test_reading_twice_gives_the_same_order(ontology: kg.ConceptGraph, tmp_path: Path) -> None:
    again = kg.read(tmp_path / "plankton.ttl")
    assert list(again) == list(ontology)
    assert again.relations == ontology.relations
    assert again.hierarchy(traits=True).ids == ontology.hierarchy(traits=True).ids


@pytest.mark.data
@pytest.mark.parametrize("name", ["cteno.owl", "ecao-simple.owl", "pato-simple.owl"])
def test_real_ontologies_have_the_classes_that_their_xml_has(shared_data: Path, name: str) -> None:
    path = shared_data / "ontologies" / name
    rdf, owl = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://www.w3.org/2002/07/owl#}"
    classes = {
        element.get(f"{rdf}about")
        for element in ET.parse(path).getroot().iter(f"{owl}Class")  # noqa: S314 (our own data)
        if element.get(f"{rdf}about")
    }
    graph = kg.read(path)
    assert len(graph) == len(classes) > 100
    assert len(set(graph.ids)) == len(graph)
    assert {id_.split(":")[0] for id_ in graph.ids} >= {
        name.split("-", maxsplit=1)[0].split(".", maxsplit=1)[0].upper()
    }
    labelled = [concept for concept in graph if concept.label != concept.id]
    assert len(labelled) > 0.8 * len(graph)
    assert graph.hierarchy().parents.nnz > 0.5 * len(graph)


@pytest.mark.data
def test_a_real_ontology_in_turtle_has_the_classes_that_its_text_has(shared_data: Path) -> None:
    path = shared_data / "ontologies" / "taxon-name.ttl"
    graph = kg.read(path)
    assert (
        len(graph) == len(re.findall(r"(?m)^[^#\n]*rdf:type owl:Class\b", path.read_text())) == 12
    )
    assert graph.sources["taxon-name.ttl"].licence.endswith("CC_BY_4_0")


@pytest.mark.data
def test_a_real_malformed_ontology_is_refused_with_file_and_line(shared_data: Path) -> None:
    path = shared_data / "ontologies" / "marine-observation.ttl"
    with pytest.raises(SourceError, match=r"marine-observation.ttl, line 91: malformed Turtle"):
        kg.read(path)
    assert "ENVO_01000739>  ." in path.read_text(encoding="utf-8").splitlines()[90]


def test_what_a_thesaurus_leads_to_elsewhere_is_kept_and_found_in_a_merge(tmp_path: Path) -> None:
    head = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix x: <http://x.org/> .\n"
    (tmp_path / "a.ttl").write_text(
        f"{head}x:a a skos:Concept; skos:prefLabel 'a'; skos:broader x:b; skos:narrower x:c .\n"
    )
    (tmp_path / "b.ttl").write_text(
        head
        + "x:b a skos:Concept; skos:prefLabel 'b' .\nx:c a skos:Concept; skos:prefLabel 'c' .\n"
    )
    one, other = (kg.read(tmp_path / name) for name in ("a.ttl", "b.ttl"))
    a, b, c = (f"http://x.org/{name}" for name in "abc")
    assert one.dangling == ((a, "is_a", b), (c, "is_a", a))
    assert {f.value for f in one.findings} == {b, c}
    merged = kg.merge([one, other])
    assert set(merged.relations) == set(one.dangling)
    assert merged.findings == ()
