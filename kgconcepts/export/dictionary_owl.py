"""The dictionary as OWL: concepts as classes, what is known of their grounding as annotations."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

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
from kgconcepts.identifiers import VOCABULARY, curie, iri
from kgconcepts.sources import owl as source_owl
from kgconcepts.sources import triples as rdf
from kgconcepts.sources.document import opened
from kgconcepts.sources.vocabularies import DCTERMS, OWL, RDFS

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
        others = {name: facts.pop(name) for name in ("borrows_from", "inherited_from")}
        annotations[concept.id] = {
            **{VOCABULARY + name: [fact] for name, fact in facts.items() if fact is not None},
            **{VOCABULARY + name: [iri(id_) for id_ in ids] for name, ids in others.items()},
            DCTERMS + "source": [
                " ".join(filter(None, (source.name, source.version, f"sha256:{source.sha256}")))
                if source
                else concept.source
            ],
            DCTERMS + "license": sorted({passage.licence for passage in found.texts}),
            VOCABULARY + "from_source": [concept.source],
            VOCABULARY + "position": [position],
            VOCABULARY + "grounding": [found.model_dump_json(exclude={"concept", "relations"})],
        }
    header: owl.Annotations = {
        RDFS + "label": ["kgconcepts dictionary"],
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
    with opened(path) as document:
        triples = rdf.parse(document)
        header = next(
            (s for s, o in triples.pairs(rdf.RDF + "type") if o == f"<{OWL}Ontology>"), ""
        )

        def stated(name: str) -> dict[str, str]:
            """Return what is said of each subject, by its id (of the ontology, by its term)."""
            return {
                (s if s == header else curie(rdf.value(s))): rdf.value(o)
                for s, o in triples.pairs(VOCABULARY + name)
            }

        if stated("schema").get(header) != SCHEMA:
            raise SourceError(
                f"{path}: is no dictionary of schema {SCHEMA}; kg.read reads ontologies"
            )
        graph = source_owl.graph(triples, document)
    positions, groundings = stated("position"), stated("grounding")
    found = {name: stated(name).get(header, "") for name in ("provenance", "sources", "center")}
    try:
        concepts = sorted(graph, key=lambda concept: int(positions[concept.id]))
        whole = DictionaryRecord(
            schema=SCHEMA,
            provenance=_PROVENANCE.validate_json(found["provenance"]),
            sources=_SOURCES.validate_json(found["sources"]),
            center=[float(number) for number in found["center"].split()],
            concepts=[
                ConceptRecord(
                    concept=concept,
                    relations=[
                        RelationRecord(relation=relation, concept=other)
                        for relation, other in graph.relations_of(concept.id)
                    ],
                    **json.loads(groundings[concept.id]),
                )
                for concept in concepts
            ],
        )
    except (ValidationError, ValueError, KeyError) as error:
        account = " ".join(str(error).split())[:200]
        raise SourceError(f"{path}: what it says does not follow {SCHEMA}: {account}") from error
    return restore(whole, str(path))
