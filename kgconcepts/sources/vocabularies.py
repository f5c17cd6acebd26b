"""Addresses of the vocabularies that knowledge is written in."""

from __future__ import annotations

from kgconcepts.identifiers import OBO, VOCABULARY, curie

__all__ = ["DC", "DCTERMS", "ISO_THES", "OIO", "OWL", "PROPERTIES", "RDFS", "SKOS", "relation"]

OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OIO = "http://www.geneontology.org/formats/oboInOwl#"
DCTERMS = "http://purl.org/dc/terms/"
DC = "http://purl.org/dc/elements/1.1/"
ISO_THES = "http://purl.org/iso25964/skos-thes#"

PROPERTIES = {  # what an ontology calls our relations; the first is what we write
    "part_of": (OBO + "BFO_0000050", VOCABULARY + "part_of"),
    "form_of": (VOCABULARY + "form_of",),
    "has_part": (OBO + "BFO_0000051", VOCABULARY + "has_part"),
    "has_quality": (OBO + "RO_0000086", VOCABULARY + "has_quality"),
    "has_stage": (VOCABULARY + "has_stage",),
    "lacks_part": (VOCABULARY + "lacks_part",),
    "lacks_quality": (VOCABULARY + "lacks_quality",),
    "lacks_stage": (VOCABULARY + "lacks_stage",),
    "visible_in": (VOCABULARY + "visible_in",),
}
_RELATION = {address: name for name, addresses in PROPERTIES.items() for address in addresses}


def relation(address: str) -> str:
    """Return one of our relations, or a property's CURIE.

    >>> relation("http://purl.obolibrary.org/obo/BFO_0000051")
    'has_part'
    >>> relation("http://purl.obolibrary.org/obo/RO_0002202")
    'RO:0002202'
    """
    return _RELATION.get(address) or curie(address)
