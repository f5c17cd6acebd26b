"""OWL/XML: the same ontology as in Turtle gives the same graph."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.sources import owlxml
from kgconcepts.sources.document import opened

HEAD = """<?xml version="1.0"?>
<!-- plankton -->
<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="http://x.org/plankton"
  ontologyIRI="http://x.org/plankton" versionIRI="http://x.org/plankton/2">
<Prefix name="obo" IRI="http://purl.obolibrary.org/obo/"/>
<Prefix name="oio" IRI="http://www.geneontology.org/formats/oboInOwl#"/>
"""
ONTOLOGY = """
<Import>http://x.org/upper</Import>
<Annotation><AnnotationProperty abbreviatedIRI="owl:versionInfo"/>
  <Literal>2025</Literal></Annotation>
<Declaration><Class abbreviatedIRI="obo:ZZZ_1"/></Declaration>
<Declaration><Class abbreviatedIRI="obo:ZZZ_2"/></Declaration>
<Declaration><Class abbreviatedIRI="obo:ZZZ_3"/></Declaration>
<Declaration><Class IRI="#four"/></Declaration>
<Declaration><ObjectProperty abbreviatedIRI="obo:RO_0002202"/></Declaration>
<SubClassOf>
  <Annotation><AnnotationProperty abbreviatedIRI="rdfs:comment"/>
    <Literal>sure</Literal></Annotation>
  <Class abbreviatedIRI="obo:ZZZ_2"/><Class abbreviatedIRI="obo:ZZZ_1"/>
</SubClassOf>
<SubClassOf><Class abbreviatedIRI="obo:ZZZ_1"/><ObjectSomeValuesFrom>
  <ObjectProperty abbreviatedIRI="obo:BFO_0000051"/><Class abbreviatedIRI="obo:ZZZ_3"/>
</ObjectSomeValuesFrom></SubClassOf>
<SubClassOf><Class IRI="#four"/><ObjectSomeValuesFrom>
  <ObjectProperty abbreviatedIRI="obo:RO_0002202"/><Class abbreviatedIRI="obo:ZZZ_1"/>
</ObjectSomeValuesFrom></SubClassOf>
<SubClassOf><Class IRI="#four"/><ObjectUnionOf>
  <Class abbreviatedIRI="obo:ZZZ_1"/><Class abbreviatedIRI="obo:ZZZ_2"/>
</ObjectUnionOf></SubClassOf>
<EquivalentClasses>
  <ObjectIntersectionOf><Class abbreviatedIRI="obo:ZZZ_1"/><ObjectSomeValuesFrom>
    <ObjectProperty abbreviatedIRI="obo:BFO_0000051"/><Class abbreviatedIRI="obo:ZZZ_3"/>
  </ObjectSomeValuesFrom></ObjectIntersectionOf>
  <Class abbreviatedIRI="obo:ZZZ_2"/>
</EquivalentClasses>
<DisjointClasses><Class abbreviatedIRI="obo:ZZZ_1"/><Class abbreviatedIRI="obo:ZZZ_3"/>
</DisjointClasses>
<DisjointClasses><Class abbreviatedIRI="obo:ZZZ_1"/><Class abbreviatedIRI="obo:ZZZ_3"/>
  <Class IRI="#four"/></DisjointClasses>
<AnnotationAssertion><AnnotationProperty abbreviatedIRI="rdfs:label"/>
  <AbbreviatedIRI>obo:ZZZ_1</AbbreviatedIRI>
  <Literal xml:lang="en">Copepoda</Literal></AnnotationAssertion>
<AnnotationAssertion><AnnotationProperty abbreviatedIRI="rdfs:label"/>
  <AbbreviatedIRI>obo:ZZZ_1</AbbreviatedIRI>
  <Literal xml:lang="nl">roeipootkreeft</Literal></AnnotationAssertion>
<AnnotationAssertion><AnnotationProperty abbreviatedIRI="rdfs:label"/>
  <AbbreviatedIRI>obo:RO_0002202</AbbreviatedIRI>
  <Literal>develops from</Literal></AnnotationAssertion>
<AnnotationAssertion><AnnotationProperty abbreviatedIRI="oio:hasBroadSynonym"/>
  <IRI>http://purl.obolibrary.org/obo/ZZZ_3</IRI>
  <Literal>&lt;feeler&gt; "\\n"</Literal></AnnotationAssertion>
<AnnotationAssertion><AnnotationProperty abbreviatedIRI="owl:deprecated"/><IRI>#four</IRI>
  <Literal datatypeIRI="http://www.w3.org/2001/XMLSchema#boolean">true</Literal></AnnotationAssertion>
"""
TURTLE = r"""
@prefix : <http://purl.obolibrary.org/obo/> .
@prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://x.org/plankton> a owl:Ontology ; owl:imports <http://x.org/upper> ;
    owl:versionIRI <http://x.org/plankton/2> ; owl:versionInfo "2025" .
:ZZZ_1 a owl:Class ; rdfs:label "Copepoda"@en, "roeipootkreeft"@nl ;
    rdfs:subClassOf [ owl:onProperty :BFO_0000051 ; owl:someValuesFrom :ZZZ_3 ] ;
    owl:disjointWith :ZZZ_3 .
:ZZZ_2 a owl:Class ; rdfs:subClassOf :ZZZ_1 ; owl:equivalentClass [ owl:intersectionOf (
    :ZZZ_1 [ owl:onProperty :BFO_0000051 ; owl:someValuesFrom :ZZZ_3 ] ) ] .
:ZZZ_3 a owl:Class ; oio:hasBroadSynonym "<feeler> \"\\n\"" .
<http://x.org/plankton#four> a owl:Class ; owl:deprecated true ;
    rdfs:subClassOf [ owl:unionOf ( :ZZZ_1 :ZZZ_2 ) ] ,
        [ owl:onProperty :RO_0002202 ; owl:someValuesFrom :ZZZ_1 ] .
[] a owl:AllDisjointClasses ; owl:members ( :ZZZ_1 :ZZZ_3 <http://x.org/plankton#four> ) .
:RO_0002202 a owl:ObjectProperty ; rdfs:label "develops from" .
"""


def read(folder: Path, content: str) -> kg.ConceptGraph:
    path = folder / "plankton.owx"
    path.write_text(content, encoding="utf-8")
    return read_file(path)


def read_file(path: Path) -> kg.ConceptGraph:
    with opened(path) as document:
        assert owlxml.can_read(document)
        return owlxml.read(document)


def same(graph: kg.ConceptGraph, other: kg.ConceptGraph) -> None:
    """Refuse graphs that differ in more than the name and hash of their source."""
    (source,), (of_other,) = graph.sources.values(), other.sources.values()
    assert replace(source, name="", sha256="") == replace(of_other, name="", sha256="")
    assert {c.id: replace(c, source="") for c in graph} == {
        c.id: replace(c, source="") for c in other
    }
    assert set(graph.relations) == set(other.relations)
    assert set(graph.findings) == set(other.findings)
    assert graph.relation_labels == other.relation_labels


def test_the_serialisation_makes_no_difference(tmp_path: Path) -> None:
    (tmp_path / "plankton.ttl").write_text(TURTLE, encoding="utf-8")
    graph = read(tmp_path, HEAD + ONTOLOGY + "</Ontology>")
    same(graph, kg.read(tmp_path / "plankton.ttl"))
    assert graph.ids == ("ZZZ:1", "ZZZ:2", "ZZZ:3", "http://x.org/plankton#four")
    assert graph["ZZZ:2"].intersection == (("has_part", "ZZZ:3"), ("is_a", "ZZZ:1"))


def test_names_may_have_a_prefix_of_their_own(tmp_path: Path) -> None:
    whole = HEAD + ONTOLOGY + "</Ontology>"
    prefixed = (
        whole.replace("</", "\0")
        .replace("<!", "\1")
        .replace("<?", "\2")
        .replace("<", "<o:")
        .replace("\0", "</o:")
        .replace("\1", "<!")
        .replace("\2", "<?")
        .replace("xmlns=", "xmlns:o=")
    )
    same(read(tmp_path, prefixed), read(tmp_path, whole))


@pytest.mark.parametrize("name", ["&e;", "x"])
def test_entities_are_not_expanded(tmp_path: Path, name: str) -> None:
    # Whether they are used or not, as a file of entities has no good reason to be.
    for entity in ('"Copepoda"', '"&f;&f;"', 'SYSTEM "file:///etc/hostname"'):
        declared = f"<!DOCTYPE Ontology [\n<!ENTITY e {entity}>\n]>\n<Ontology"
        content = (HEAD + ONTOLOGY + "</Ontology>").replace("<Ontology", declared, 1)
        with pytest.raises(SourceError, match=r"plankton.owx, line 4: XML entity e; .* expanded"):
            read(tmp_path, content.replace("sure", name))


def test_what_is_outside_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "upper.owx").write_text(HEAD + "oops", encoding="utf-8")
    upper = (tmp_path / "upper.owx").as_uri()
    doctype = f'<!DOCTYPE Ontology SYSTEM "{upper}">\n<Ontology'
    content = (HEAD + ONTOLOGY + "</Ontology>").replace("<Ontology", doctype, 1)
    graph = read(tmp_path, content.replace("http://x.org/upper", upper))
    assert graph.sources["plankton.owx"].imports == (upper,)
    assert len(graph) == 4


@pytest.mark.parametrize(
    ("axiom", "account"),
    [
        ("<SubClassOf><Class IRI='#a'/></SubClassOf>", "<SubClassOf> has 1 elements; expected 2"),
        ("<Declaration><Class/></Declaration>", "<Class> names nothing; give it an IRI"),
        (
            "<Declaration><Class abbreviatedIRI='nope:a'/></Declaration>",
            "'nope:a' has no prefix that is declared",
        ),
        ("<SubClassOf><Class IRI='#a'></SubClassOf>", "malformed XML: mismatched tag"),
        ("<DisjointClasses/>", "<DisjointClasses> has 0 elements; expected 2 or more"),
        ("<SubClassOf>" + "<ObjectIntersectionOf>" * 100_000, "more than 200 elements"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(
    tmp_path: Path, axiom: str, account: str
) -> None:
    with pytest.raises(SourceError, match=f"plankton.owx, line 7: .*{account}"):
        read(tmp_path, HEAD + axiom + "</Ontology>")


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"line \d+: malformed XML: no element found"):
        read(tmp_path, HEAD + ONTOLOGY)


def test_other_xml_is_not_taken_for_it(tmp_path: Path) -> None:
    rdf = (
        '<?xml version="1.0"?>\n<rdf:RDF xmlns:owl="http://www.w3.org/2002/07/owl#">'
        '<owl:Ontology rdf:about=""/>'
    )
    for content in (rdf, "<!-- " + "--><!-- " * 7000 + "http://www.w3.org/2002/07/owl#"):
        path = tmp_path / "other.xml"
        path.write_text(content, encoding="utf-8")
        with opened(path) as document:
            assert not owlxml.can_read(document)


@pytest.mark.data
def test_a_real_ontology_is_the_same_in_turtle(shared_data: Path) -> None:
    folder = shared_data / "ontologies"
    owx = read_file(folder / "taxon-name.owx")
    known = kg.read(folder / "taxon-name.ttl")
    # The Turtle file does not declare these four classes of other ontologies, to which it refers.
    more = {c.label for c in owx if c.id not in known}
    assert more == {
        "http://www.ontologydesignpatterns.org/ont/dul/DUL.owl#Concept",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#List",
        "http://xmlns.com/foaf/0.1/Organization",
        "https://aphia.org/ns/top-level/Name",
    }
    declared = "".join(
        f"<{id_}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<http://www.w3.org/2002/07/owl#Class> .\n"
        for id_ in more
    )
    turtle = (folder / "taxon-name.ttl").read_text(encoding="utf-8")
    same(owx, kg.read(io.StringIO(turtle + declared)))


def test_what_a_class_has_not_is_an_absence(tmp_path: Path) -> None:
    some = f"<ObjectSomeValuesFrom>{_entity('BFO_0000051')}{_entity('ZZZ_2', 'Class')}"
    axiom = f"<ObjectComplementOf>{some}</ObjectSomeValuesFrom></ObjectComplementOf>"
    classes = "".join(
        f"<Declaration>{_entity(n, 'Class')}</Declaration>" for n in ("ZZZ_1", "ZZZ_2")
    )
    content = (
        '<Ontology xmlns="http://www.w3.org/2002/07/owl#" ontologyIRI="http://x.org/p">'
        f"{classes}<SubClassOf>{_entity('ZZZ_1', 'Class')}{axiom}</SubClassOf></Ontology>"
    )
    assert read(tmp_path, content).relations == (("ZZZ:1", "lacks_part", "ZZZ:2"),)


def _entity(name: str, type_: str = "ObjectProperty") -> str:
    return f'<{type_} IRI="http://purl.obolibrary.org/obo/{name}"/>'
