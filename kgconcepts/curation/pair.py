"""Two records of one concept → one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kgconcepts.findings import Finding, Level
from kgconcepts.graph import Concept, fold

__all__ = ["conflicts", "together"]

_FIELDS: dict[str, Level] = {  # of which one value holds, and how grave it is if two differ
    "kind": "WARN",
    "rank": "WARN",
    "status": "WARN",
    "definition": "INFO",
    "comment": "INFO",
    "authority": "INFO",
    "intersection": "INFO",
}


def together(first: Concept, other: Concept) -> Concept:
    """Return one concept for two: the first's fields hold, the other's fill them up."""
    scopes = dict(other.scoped_synonyms)
    label = first.label if first.label != first.id else other.label
    names = [n for n in (other.label, *other.synonyms) if n not in (label, other.id)]
    both_obsolete = first.obsolete and other.obsolete
    return replace(
        first,
        label=label if label != other.id else first.label,
        definition=first.definition or other.definition,
        rank=first.rank or other.rank,
        synonyms=(*first.synonyms, *names),
        scopes=(
            *(scope for _, scope in first.scoped_synonyms),
            *(scopes.get(name, "exact") for name in names),
        ),
        comment=first.comment or other.comment,
        authority=first.authority or other.authority,
        status=first.status or other.status,
        replaced_by=(*first.replaced_by, *(other.replaced_by if both_obsolete else ())),
        intersection=first.intersection or other.intersection,
        xrefs=tuple(x for x in (*first.xrefs, *other.xrefs) if x != first.id),
    )


def conflicts(first: Concept, other: Concept) -> Iterator[Finding]:
    """Give what the first of two concepts overrules in the other."""
    by = f" ({other.source})" if other.source else ""
    for field, level in _FIELDS.items():
        one, two = getattr(first, field), getattr(other, field)
        if one and two and one != two:
            yield Finding(level, f"conflicting_{field}", first.id, field, f"{two}{by}")
    if not (first.label == first.id or other.label == other.id or _names(first) & _names(other)):
        yield Finding("WARN", "conflicting_label", first.id, "label", f"{other.label}{by}")
    rule = "conflicting_accepted_name"
    if first.obsolete != other.obsolete:
        instead = f"replaced by {', '.join(other.replaced_by) or 'nothing'}"
        found = instead if other.obsolete else "in use"
        yield Finding("WARN", rule, first.id, "obsolete", f"{found}{by}")
    elif first.replaced_by and other.replaced_by and first.replaced_by != other.replaced_by:
        instead = ", ".join(other.replaced_by)
        yield Finding("WARN", rule, first.id, "replaced_by", f"{instead}{by}")


def _names(concept: Concept) -> set[str]:
    return {fold(name) for name in (concept.label, *concept.synonyms)}
