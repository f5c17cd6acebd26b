"""Identifiers of concepts as CURIEs and as IRIs."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

__all__ = ["CONCEPTS", "OBO", "VOCABULARY", "canonical", "curie", "iri"]

CONCEPTS = "https://w3id.org/kgconcepts/concept/"
VOCABULARY = "https://w3id.org/kgconcepts/vocabulary#"
OBO = "http://purl.obolibrary.org/obo/"
# The persistent identifier that WoRMS gives its records, https://www.marinespecies.org/about.php
_APHIA = "urn:lsid:marinespecies.org:taxname:"

_HEX = "%[0-9A-Fa-f]{2}"
# An address that may stand as it is, if it does not end as a namespace does.
_ADDRESS = re.compile(rf"https?://(?:[!#$&-;=?-Z_a-z~]|{_HEX})*(?:[!$&-.0-;=?-Z_a-z~]|{_HEX})")
_OBO_STYLE = re.compile(r"([A-Za-z]+)[:_]([A-Za-z0-9]+)")
# Prefixes of OBO ontologies are in capitals; of ours, PLK is.
_OBO_TERM = re.compile(r"(?!PLK:)([A-Z]{2,}|NCBITaxon):[A-Za-z0-9]+")
_APHIA_ID = re.compile(
    r"(?:urn:lsid:marinespecies\.org:taxname:|https?://(?:www\.)?marinespecies\.org/aphia\.php\?"
    r"p=taxdetails&id=|https?://(?:www\.)?marinespecies\.org/rest/AphiaRecordByAphiaID/"
    r"|(?:aphia_?id|worms|aphia):)([0-9]+)",
    re.IGNORECASE,
)
_ELSEWHERE = tuple(
    (re.compile(pattern, re.IGNORECASE), prefix)
    for pattern, prefix in (
        (r"(?:ncbitaxon|ncbi_?taxonomy|taxid|ncbi|ncbi_taxid)[:_]([0-9]+)", "NCBITaxon"),
        (r"(?:https?://www\.wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)(Q[0-9]+)", "Wikidata"),
        (r"(?:https?://(?:www\.)?gbif\.org/species/|gbif:)([0-9]+)", "GBIF"),
    )
)


@lru_cache(1 << 16)
def iri(id_: str) -> str:
    """Return the IRI of a concept: its own where it has one, otherwise one of ours.

    >>> iri("PLK:0000012")
    'https://w3id.org/kgconcepts/concept/PLK_0000012'
    >>> iri("PATO:0000014")
    'http://purl.obolibrary.org/obo/PATO_0000014'
    >>> iri("AphiaID:1080")
    'urn:lsid:marinespecies.org:taxname:1080'
    """
    if _OBO_TERM.fullmatch(id_):
        return OBO + id_.replace(":", "_")
    if re.fullmatch(r"AphiaID:[0-9]+", id_):
        return _APHIA + id_.removeprefix("AphiaID:")
    if _ADDRESS.fullmatch(id_) and curie(id_) == id_:
        return id_
    if ":" in id_ and _OBO_STYLE.fullmatch(id_):
        return CONCEPTS + id_.replace(":", "_")
    return CONCEPTS + quote(id_, safe="").replace("_", "%5F")


def curie(address: str) -> str:
    """Return the id that an IRI stands for; an IRI of an unknown place stands for itself.

    >>> curie("http://purl.obolibrary.org/obo/PATO_0000014")
    'PATO:0000014'
    >>> curie("https://www.marinespecies.org/aphia.php?p=taxdetails&id=1080")
    'AphiaID:1080'
    >>> curie(iri("planktonset1.0:copepod_other"))
    'planktonset1.0:copepod_other'
    """
    for namespace in (OBO, CONCEPTS):
        if address.startswith(namespace):
            name = address[len(namespace) :]
            if obo_style := _OBO_STYLE.fullmatch(name):
                return f"{obo_style[1]}:{obo_style[2]}"
            return address if namespace == OBO else unquote(name)
    if "marinespecies" in address and (aphia := _APHIA_ID.fullmatch(address)):
        return f"AphiaID:{aphia[1]}"
    return address


def canonical(reference: str) -> str:
    """Return one spelling for a cross-reference that several databases' users spell differently.

    >>> canonical("WoRMS:1080"), canonical("NCBI:6830"), canonical("wikidata:Q189973")
    ('AphiaID:1080', 'NCBITaxon:6830', 'Wikidata:Q189973')
    """
    if aphia := _APHIA_ID.fullmatch(reference):
        return f"AphiaID:{aphia[1]}"
    for pattern, prefix in _ELSEWHERE:
        if found := pattern.fullmatch(reference):
            return f"{prefix}:{found[1]}"
    return curie(reference)
