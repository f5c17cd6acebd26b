"""What tells whether two records may be of one thing."""

from __future__ import annotations

from kgconcepts.graph import Concept
from kgconcepts.identifiers import canonical

__all__ = ["IDENTITIES", "identities", "may_be_same"]

IDENTITIES = ("AphiaID", "NCBITaxon", "Wikidata")  # databases whose ids stand for one thing each
_SPELLINGS = frozenset(
    (
        *("aphiaid", "aphia_id", "worms", "aphia", "urn", "http", "https"),
        *("ncbitaxon", "ncbi_taxonomy", "ncbitaxonomy", "taxid", "ncbi", "ncbi_taxid"),
        *("wikidata", "wd"),
    )
)


def identities(concept: Concept) -> dict[str, set[str]]:
    """Return a concept's ids in the databases of `IDENTITIES`, its own and cross-references.

    >>> identities(Concept("PLK:1", "Copepoda", xrefs=("WoRMS:1080", "PATO:1")))
    {'AphiaID': {'AphiaID:1080'}}
    """
    found: dict[str, set[str]] = {}
    for given in (concept.id, *concept.xrefs):
        prefix = given.partition(":")[0]
        odd = prefix not in IDENTITIES and prefix.lower() in _SPELLINGS
        reference = canonical(given) if odd else given
        prefix = reference.partition(":")[0]
        if prefix in IDENTITIES:
            found.setdefault(prefix, set()).add(reference)
    return found


def may_be_same(one: Concept, other: Concept) -> bool:
    """Return whether nothing but their names could tell two concepts apart."""
    if one.kind != other.kind or (one.rank and other.rank and one.rank != other.rank):
        return False
    ours, theirs = identities(one), identities(other)
    return all(ours[name] & theirs[name] for name in ours.keys() & theirs.keys())
