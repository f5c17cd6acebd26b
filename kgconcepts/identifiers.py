"""Identifiers of concepts as CURIEs and as IRIs."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

__all__ = ["CONCEPTS", "OBO", "VOCABULARY", "curie", "iri"]

CONCEPTS = "https://w3id.org/kgconcepts/concept/"
VOCABULARY = "https://w3id.org/kgconcepts/vocabulary#"
OBO = "http://purl.obolibrary.org/obo/"

_OBO_STYLE = re.compile(r"([A-Za-z]+)[:_]([A-Za-z0-9]+)")
# Prefixes of OBO ontologies are in capitals; of ours, PLK is.
_OBO_TERM = re.compile(r"(?!PLK:)([A-Z]{2,}|NCBITaxon):[A-Za-z0-9]+")


def iri(id_: str) -> str:
    """Return the IRI of a concept: its own where it has one, otherwise one of ours.

    >>> iri("PLK:0000012")
    'https://w3id.org/kgconcepts/concept/PLK_0000012'
    >>> iri("PATO:0000014")
    'http://purl.obolibrary.org/obo/PATO_0000014'
    """
    if _OBO_TERM.fullmatch(id_):
        return OBO + id_.replace(":", "_")
    if re.fullmatch(r"https?://[!#-;=?-\[\]_a-z~]+[^/#]", id_) and curie(id_) == id_:
        return id_
    if ":" in id_ and _OBO_STYLE.fullmatch(id_):
        return CONCEPTS + id_.replace(":", "_")
    return CONCEPTS + quote(id_, safe="").replace("_", "%5F")


def curie(address: str) -> str:
    """Return the id that an IRI stands for; an IRI of an unknown place stands for itself.

    >>> curie("http://purl.obolibrary.org/obo/PATO_0000014")
    'PATO:0000014'
    >>> curie(iri("planktonset1.0:copepod_other"))
    'planktonset1.0:copepod_other'
    """
    for namespace in (CONCEPTS, OBO):
        if address.startswith(namespace):
            name = address.removeprefix(namespace)
            obo_style = _OBO_STYLE.fullmatch(name)
            return f"{obo_style[1]}:{obo_style[2]}" if obo_style else unquote(name)
    return address
