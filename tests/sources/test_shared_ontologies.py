"""Every ontology of the real data, counted again by others: rdflib, owlready2, its own lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import rdflib
from owlready2 import owlxml_2_ntriples
from rdflib.namespace import OWL, RDF, RDFS, SKOS

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.sources import owlxml
from kgconcepts.sources.document import opened

pytestmark = pytest.mark.data

OBO = rdflib.Namespace("http://purl.obolibrary.org/obo/")
OIO = rdflib.Namespace("http://www.geneontology.org/formats/oboInOwl#")
ISO = rdflib.Namespace("http://purl.org/iso25964/skos-thes#")
SYNONYMS = [OIO[f"has{scope}Synonym"] for scope in ("Exact", "Narrow", "Broad", "Related")]
ONTOLOGIES = {  # concepts, is_a edges between them, defined ones, synonyms, obsolete concepts
    "EnvThes.ttl": (5644, 5637, 2532, 8278, 2918),
    "cteno.obo": (618, 738, 129, 162, 1),
    "cteno.owl": (172, 94, 16, 13, 0),
    "ecao-simple.obo": (931, 833, 592, 420, 0),
    "ecao-simple.owl": (931, 833, 592, 420, 0),
    "life-stages.obo": (1328, 2312, 1210, 475, 75),
    "pato-simple.owl": (2869, 2227, 1901, 939, 982),
    "pato.obo": (2785, 2227, 1901, 939, 898),
    "taxon-name.owx": (16, 6, 0, 11, 0),
    "taxon-name.ttl": (12, 0, 0, 11, 0),
}
MALFORMED = "marine-observation.ttl"


class Counts(NamedTuple):
    """What is in an ontology, addresses as CURIEs."""

    concepts: set[str]
    is_a: set[tuple[str, str]]
    defined: set[str]
    synonyms: set[tuple[str, str]]
    obsolete: set[str]


def read(path: Path) -> kg.ConceptGraph:
    if path.suffix == ".owx":
        with opened(path) as document:
            return owlxml.read(document)
    return kg.read(path)


def counts_of(graph: kg.ConceptGraph) -> Counts:
    return Counts(
        set(graph.ids),
        {(r.child, r.parent) for r in graph.relations if r.relation == "is_a"},
        {c.id for c in graph if c.definition},
        {(c.id, name) for c in graph for name in c.synonyms},
        {c.id for c in graph if c.obsolete},
    )


def counts_of_lines(path: Path) -> Counts:
    """Count what the lines of an OBO file's terms say."""
    text = path.read_text(encoding="utf-8")
    terms = {
        re.findall(r"(?m)^id: (\S+)", frame)[0]: frame
        for frame in re.split(r"\n(?=\[)", text)
        if frame.startswith("[Term]")
    }

    def said(pattern: str) -> Iterator[tuple[str, str]]:
        for id_, frame in terms.items():
            for found in re.findall(f"(?m)^{pattern}", frame):
                yield id_, found

    return Counts(
        set(terms),
        {(child, parent) for child, parent in said(r"is_a: (\S+)") if parent in terms},
        {id_ for id_, _ in said(r'def: "(.)')},
        {
            (id_, re.sub(r"\\(.)", r"\1", name))
            for id_, name in said(r'synonym: "((?:[^"\\]|\\.)*)"')
        },
        {id_ for id_, _ in said("is_obsolete: (true)")},
    )


def counts_of_triples(triples: rdflib.Graph) -> Counts:
    """Count what is said of an ontology's classes and a thesaurus's concepts."""
    subjects = {
        subject
        for type_ in (OWL.Class, SKOS.Concept)
        for subject in triples.subjects(RDF.type, type_)
        if isinstance(subject, rdflib.URIRef) and subject != OWL.Thing
    }

    def said(*properties: rdflib.URIRef) -> Iterator[tuple[rdflib.URIRef, rdflib.term.Node]]:
        for property_ in properties:
            for subject, object_ in triples.subject_objects(property_):
                if subject in subjects:
                    yield subject, object_

    def short(address: rdflib.term.Node) -> str:
        return re.sub(f"^{OBO}([A-Za-z]+)_([A-Za-z0-9]+)$", r"\1:\2", str(address))

    up = [RDFS.subClassOf, SKOS.broader, ISO.broaderGeneric, ISO.broaderInstantial]
    down = [SKOS.narrower, ISO.narrowerGeneric, ISO.narrowerInstantial]
    edges = [*said(*up), *((child, parent) for parent, child in said(*down))]
    labels: dict[rdflib.URIRef, list[rdflib.Literal]] = {}
    for subject, label in said(RDFS.label, SKOS.prefLabel):
        labels.setdefault(subject, []).append(label)
    foreign = []
    for subject, found in labels.items():
        languages = sorted({(label.language or "en")[:2] for label in found})
        own = "en" if "en" in languages else languages[0]
        foreign += [(subject, label) for label in found if (label.language or "en")[:2] != own]
    names = [*said(*SYNONYMS, OIO.hasSynonym, SKOS.altLabel, SKOS.hiddenLabel), *foreign]
    return Counts(
        set(map(short, subjects)),
        {(short(child), short(parent)) for child, parent in edges if {child, parent} <= subjects},
        {short(subject) for subject, _ in said(OBO.IAO_0000115, SKOS.definition)},
        {(short(subject), str(name)) for subject, name in names},
        {short(s) for s, o in said(OWL.deprecated) if str(o) == "true"},
    )


def triples_of(path: Path) -> rdflib.Graph:
    triples = rdflib.Graph()
    if path.suffix != ".owx":
        return triples.parse(path)

    def term(name: str) -> rdflib.term.Node:
        return rdflib.BNode(name[2:]) if name.startswith("_:") else rdflib.URIRef(name)

    def relate(subject: str, predicate: str, object_: str) -> None:
        triples.add((term(subject), term(predicate), term(object_)))

    def say(subject: str, predicate: str, text: str, kind: str) -> None:
        language = kind.removeprefix("@") if kind.startswith("@") else None
        triples.add((term(subject), term(predicate), rdflib.Literal(text, language)))

    owlxml_2_ntriples.parse(str(path), relate, say)
    return triples


def test_no_file_is_left_out(shared_data: Path) -> None:
    assert {f.name for f in (shared_data / "ontologies").iterdir()} == {*ONTOLOGIES, MALFORMED}


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_an_ontology_has_what_others_count_in_it(shared_data: Path, name: str) -> None:
    path = shared_data / "ontologies" / name
    found = counts_of(read(path))
    obo = path.suffix == ".obo"
    expected = counts_of_lines(path) if obo else counts_of_triples(triples_of(path))
    for field in Counts._fields:
        assert getattr(found, field) == getattr(expected, field), field
    assert tuple(map(len, expected)) == ONTOLOGIES[name]


@pytest.mark.parametrize("name", ["pato.obo", "ecao-simple.obo"])
def test_obo_and_owl_of_an_ontology_say_the_same(shared_data: Path, name: str) -> None:
    folder = shared_data / "ontologies"
    obo = kg.read(folder / name)
    owl = kg.read(folder / f"{name.split('.', maxsplit=1)[0].removesuffix('-simple')}-simple.owl")
    # OWL keeps merged terms as deprecated classes of their own; OBO has them as alt_id.
    merged = {c.id for c in owl if c.id not in obo}
    assert all(owl[id_].obsolete for id_ in merged)
    assert all(obo.find(id_) == list(owl[id_].replaced_by) for id_ in merged)
    assert set(obo.ids) == set(owl.ids) - merged
    for ours in obo:
        other = owl[ours.id]
        assert (ours.label, ours.definition) == (other.label, other.definition)
        assert ours.scoped_synonyms == other.scoped_synonyms
        assert ours.comment == other.comment
        assert (ours.obsolete, ours.replaced_by) == (other.obsolete, other.replaced_by)
        assert (ours.kind, ours.intersection) == (other.kind, other.intersection)
        assert set(ours.xrefs) - merged == set(other.xrefs)
    # What OBO calls a metadata tag, 'is opposite of' in PATO, is an annotation in OWL.
    opposite = {r for r in obo.relations if r.relation == "RO:0002604"}
    assert set(obo.relations) - opposite == set(owl.relations) - opposite
    labels = obo.relation_labels.items() - owl.relation_labels.items()
    assert labels <= {("RO:0002604", "is opposite of")}
    of_owl = triples_of(folder / "pato-simple.owl") if opposite else rdflib.Graph()
    assert len(opposite) == sum(
        (s, OWL.deprecated, None) not in of_owl for s in of_owl.subjects(OBO.RO_0002604, None)
    )


def test_a_malformed_ontology_is_refused_with_line_and_what_was_expected(shared_data: Path) -> None:
    path = shared_data / "ontologies" / MALFORMED
    with pytest.raises(SourceError, match=f"{MALFORMED}, line 91: malformed Turtle: .* RDF object"):
        kg.read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "ENVO_01000739>  ." in lines[90]
