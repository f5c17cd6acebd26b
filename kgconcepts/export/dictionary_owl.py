"""The dictionary as OWL: concepts as classes, what is known of their grounding as annotations."""

from __future__ import annotations

import json
from pathlib import Path

import rdflib
from pydantic import TypeAdapter, ValidationError
from rdflib.namespace import OWL, RDF, RDFS

from kgconcepts.dictionary import Certificate, ConceptDictionary, Provenance
from kgconcepts.errors import SourceError
from kgconcepts.export import owl
from kgconcepts.export.dictionary_json import (
    SCHEMA,
    ConceptRecord,
    DictionaryRecord,
    RelationRecord,
    record,
    restore,
)
from kgconcepts.graph import Source
from kgconcepts.identifiers import VOCABULARY, iri
from kgconcepts.sources import rdf

__all__ = ["read", "write"]

ADDRESS = "https://w3id.org/kgconcepts/dictionary"
_PROVENANCE = TypeAdapter(Provenance)
_SOURCES = TypeAdapter(list[Source])
_CERTIFICATE = TypeAdapter(Certificate)


def write(dictionary: ConceptDictionary, path: Path) -> None:
    """Write a dictionary, whole or not at all.

    Certificates are annotations of their own, for queries; ``grounding`` holds as JSON what OWL
    has no words for, so that reading it back loses nothing.
    """
    whole = record(dictionary)
    sources = dictionary.graph.sources
    annotations: dict[str, owl.Annotations] = {}
    for position, found in enumerate(whole.concepts):
        concept, certificate = found.concept, found.certificate
        source = sources.get(concept.source)
        facts = _CERTIFICATE.dump_python(certificate)
        borrowed = [iri(id_) for id_ in facts.pop("borrows_from")]
        annotations[concept.id] = {
            **{VOCABULARY + name: [fact] for name, fact in facts.items() if fact is not None},
            VOCABULARY + "borrows_from": borrowed,
            owl.DCTERMS + "source": [
                " ".join(filter(None, (source.name, source.version, f"sha256:{source.sha256}")))
                if source
                else concept.source
            ],
            owl.DCTERMS + "license": sorted({passage.licence for passage in found.texts}),
            VOCABULARY + "from_source": [concept.source],
            VOCABULARY + "position": [position],
            VOCABULARY + "grounding": [found.model_dump_json(exclude={"concept", "relations"})],
        }
    header: owl.Annotations = {
        str(RDFS.label): ["kgconcepts dictionary"],
        VOCABULARY + "schema": [SCHEMA],
        VOCABULARY + "provenance": [_PROVENANCE.dump_json(whole.provenance).decode()],
        VOCABULARY + "sources": [_SOURCES.dump_json(whole.sources).decode()],
        VOCABULARY + "center": [" ".join(map(repr, whole.center))],
    }
    owl.write(dictionary.graph, path, ADDRESS, header, annotations)


def read(path: Path) -> ConceptDictionary:
    """Read a dictionary.

    Raises
    ------
    SourceError
        If the file is malformed or none of ours.
    """
    triples = rdf.parse(path)
    header = triples.value(predicate=RDF.type, object=OWL.Ontology)

    def stated(subject: rdflib.term.Node | None, name: str) -> str:
        return str(triples.value(subject, rdflib.URIRef(VOCABULARY + name)))

    if stated(header, "schema") != SCHEMA:
        raise SourceError(f"{path}: is no dictionary of schema {SCHEMA}; kg.read reads ontologies")
    concepts, relations = rdf.concepts(triples, "")
    address = {concept.id: rdflib.URIRef(iri(concept.id)) for concept in concepts}
    try:
        concepts.sort(key=lambda concept: int(stated(address[concept.id], "position")))
        whole = DictionaryRecord(
            schema=SCHEMA,
            provenance=_PROVENANCE.validate_json(stated(header, "provenance")),
            sources=_SOURCES.validate_json(stated(header, "sources")),
            center=[float(number) for number in stated(header, "center").split()],
            concepts=[
                ConceptRecord(
                    concept=concept,
                    relations=[
                        RelationRecord(relation=r.relation, concept=r.parent)
                        for r in relations
                        if r.child == concept.id
                    ],
                    **json.loads(stated(address[concept.id], "grounding")),
                )
                for concept in concepts
            ],
        )
    except (ValidationError, ValueError) as error:
        account = " ".join(str(error).split())[:200]
        raise SourceError(f"{path}: what it says does not follow {SCHEMA}: {account}") from error
    return restore(whole, str(path))
