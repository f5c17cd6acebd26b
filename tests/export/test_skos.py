"""SKOS: a scheme and its concepts, whole as the reference wants them."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import SKOS

import kgconcepts as kg
from kgconcepts.graph import Concept, ConceptGraph, Source
from kgconcepts.identifiers import iri


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::kgconcepts.errors.LossWarning")
@pytest.mark.parametrize("name", ["life-stages.obo", "EnvThes.ttl"])
def test_a_thesaurus_is_whole_as_skos_wants_it(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    graph = kg.read(shared_data / "ontologies" / name)
    kg.write(graph, tmp_path / "graph.skos.ttl")
    triples = rdflib.Graph().parse(tmp_path / "graph.skos.ttl")
    concepts = set(triples.subjects(rdflib.RDF.type, SKOS.Concept))
    (scheme,) = triples.subjects(rdflib.RDF.type, SKOS.ConceptScheme)
    assert len(concepts) == len(graph)
    assert set(triples.subjects(SKOS.inScheme, scheme)) == concepts
    for concept in concepts:
        (label,) = triples.objects(concept, SKOS.prefLabel)
        assert (concept, SKOS.altLabel, label) not in triples
        assert (concept, SKOS.broader, concept) not in triples
        assert set(triples.objects(concept, SKOS.broader)) <= concepts
    tops = set(triples.objects(scheme, SKOS.hasTopConcept))
    assert tops == set(triples.subjects(SKOS.topConceptOf, scheme)) != set()
    assert not any((top, SKOS.broader, None) in triples for top in tops)
    is_a = {r for r in graph.relations if r.relation == "is_a"}
    assert len(list(triples.triples((None, SKOS.broader, None)))) == len(is_a)


def test_skos_says_of_a_scheme_and_its_concepts_what_is_known(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    source = Source("x.csv", "0" * 64, "1", "CC0", "Plankton", "What drifts", "http://x.org/p")
    graph = ConceptGraph(
        [
            *plankton,
            Concept("PLK:20", "old", obsolete=True, replaced_by=("PLK:1",), xrefs=("ISBN:1",)),
        ],
        [*plankton.relations, ("PLK:2", "RO:0002202", "PLK:3")],
        [source],
        (),
        {"RO:0002202": "develops from"},
    )
    kg.write(graph, tmp_path / "graph.skos.ttl")
    triples = rdflib.Graph().parse(tmp_path / "graph.skos.ttl")

    def said(subject: str, property_: rdflib.URIRef) -> set[str]:
        return {str(o) for o in triples.objects(rdflib.URIRef(subject), property_)}

    scheme = rdflib.URIRef("http://x.org/p")
    assert said(scheme, rdflib.DCTERMS.title) == {"Plankton"}
    assert said(scheme, rdflib.DCTERMS.license) == {"CC0"}
    copepod, oithona, calanus, antenna, old = (iri(f"PLK:{k}") for k in (1, 2, 3, 9, 20))
    assert said(copepod, SKOS.altLabel) == {"copepod"}
    assert said(copepod, SKOS.exactMatch) == {"urn:lsid:marinespecies.org:taxname:1080"}
    partitive = rdflib.URIRef("http://purl.org/iso25964/skos-thes#broaderPartitive")
    assert said(antenna, partitive) == {copepod}
    develops = rdflib.URIRef("http://purl.obolibrary.org/obo/RO_0002202")
    assert said(oithona, develops) == {calanus}
    assert (develops, rdflib.RDF.type, rdflib.OWL.ObjectProperty) in triples
    assert said(develops, rdflib.RDFS.label) == {"develops from"}
    assert said(old, rdflib.DCTERMS.isReplacedBy) == {copepod}
    assert said(old, rdflib.OWL.deprecated) == {"true"}
    assert said(old, SKOS.exactMatch) == set()  # a book is no concept
    tops = said(scheme, SKOS.hasTopConcept)
    assert copepod in tops
    assert not {oithona, antenna, old} & tops


def test_a_synonym_that_is_the_label_too_is_no_alternative_label(tmp_path: Path) -> None:
    graph = ConceptGraph([Concept("PLK:1", "salp", synonyms=("salp", "Salpida"))])
    kg.write(graph, tmp_path / "graph.skos.ttl")
    triples = rdflib.Graph().parse(tmp_path / "graph.skos.ttl")
    assert [str(o) for o in triples.objects(None, SKOS.altLabel)] == ["Salpida"]
    assert kg.read(tmp_path / "graph.skos.ttl") == graph
