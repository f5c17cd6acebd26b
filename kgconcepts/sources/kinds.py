"""Of which kind a concept is, where its source does not say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

__all__ = ["guess"]

_OF_TRAIT = {"has_part": "part", "has_quality": "quality", "has_stage": "stage"}
# What these lead from or to is a stage: existence starts (ends) during, starts (ends) during.
_TO_STAGE = {f"RO:{number}" for number in ("0002488", "0002492", "0002496", "0002497")}
_TO_STAGE |= {"existence_starts_during", "existence_ends_during"}
_BETWEEN_STAGES = {"RO:0002087", "BFO:0000062", "BFO:0000063", "immediately_preceded_by"}
_BETWEEN_STAGES |= {"preceded_by", "precedes", "RO:0002090"}
_UPPER = {
    "PATO:0000001": "quality",
    **dict.fromkeys(("UBERON:0001062", "CARO:0000000", "GO:0005575", "CL:0000000"), "part"),
    "UBERON:0000105": "stage",
    **dict.fromkeys(("NCBITaxon:1", "NCBITaxon:131567", "OBI:0100026"), "taxon"),
    "CHEBI:24431": "object",
}
_OWN = (  # prefixes of ontologies of one kind
    (re.compile("[A-Za-z]+Dv|WBls|ZFS"), "stage"),
    (re.compile("PATO"), "quality"),
    (re.compile("NCBITaxon|AphiaID|VTO|TTO"), "taxon"),
)
_PREFIXES = (
    (re.compile("UBERON|CARO|CL|ECAO|CTENO|PORO|FB[Bb]t|WBbt|ZFA|XAO|BSPO|GO|CEPH"), "part"),
    (re.compile("CHEBI|ENVO"), "object"),
)


def guess(
    ids: Collection[str], relations: Collection[tuple[str, str, str]], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the kind of every concept.

    In this order hold: what is known; well-known upper terms; prefixes of ontologies of one kind
    (``PATO:`` are qualities); what a relation leads to (the end of ``has_part`` is a part). Kinds
    go down along ``is_a``, and up to what has no other kind below. Then ``part_of`` makes parts,
    of stages stages. What is left goes by the most usual kind of its
    prefix, and is a taxon otherwise.

    Parameters
    ----------
    ids : collection of str
    relations : collection of (child, relation, parent)
    known : mapping of id → kind
    """
    prefixes = {id_.partition(":")[0] for id_ in ids}
    own, usual = _of_prefixes(prefixes, _OWN), _of_prefixes(prefixes, _PREFIXES)
    kinds = _by_prefix(ids, own)
    kinds |= {id_: kind for id_, kind in _UPPER.items() if id_ in ids}
    having = set()
    for child, relation, parent in relations:
        if relation == "is_a":
            continue
        if relation in _OF_TRAIT:
            kinds.setdefault(parent, _OF_TRAIT[relation])
            having.add(child)
        elif relation in _TO_STAGE:
            kinds.setdefault(parent, "stage")
        elif relation in _BETWEEN_STAGES:
            kinds.setdefault(parent, "stage")
            kinds.setdefault(child, "stage")
    kinds |= known
    parts = [(child, parent) for child, relation, parent in relations if relation == "part_of"]
    if (kinds or parts) and len(kinds) < len(ids):
        above: dict[str, list[str]] = {}
        below: dict[str, list[str]] = {}
        for child, relation, parent in relations:
            if relation == "is_a":
                above.setdefault(child, []).append(parent)
                below.setdefault(parent, []).append(child)
        _spread(kinds, below)
        for id_, kind in _one_kind_below(kinds, having - set(kinds), above).items():
            kinds.setdefault(id_, kind)
        _spread(kinds, below)
        _parts(kinds, parts)
        _spread(kinds, below)
    return {**dict.fromkeys(ids, "taxon"), **_by_prefix(ids, usual), **kinds}


def _spread(kinds: dict[str, str], below: Mapping[str, list[str]]) -> None:
    """Give what is below a concept its kind, nearest first."""
    frontier = list(kinds)
    while frontier:
        following = []
        for id_ in frontier:
            for child in below.get(id_, ()):
                if child not in kinds:
                    kinds[child] = kinds[id_]
                    following.append(child)
        frontier = following


def _one_kind_below(
    kinds: Mapping[str, str], having: set[str], above: Mapping[str, list[str]]
) -> dict[str, str]:
    """Return the kinds of what has no kind of its own and one kind alone below it."""
    seen: dict[str, set[str]] = {}
    for kind in dict.fromkeys([*kinds.values(), "taxon"]):
        stack = [id_ for id_, own in kinds.items() if own == kind]
        stack += having if kind == "taxon" else ()
        while stack:
            for parent in above.get(stack.pop(), ()):
                if parent not in kinds and kind not in seen.setdefault(parent, set()):
                    seen[parent].add(kind)
                    stack.append(parent)
    return {id_: next(iter(found)) for id_, found in seen.items() if len(found) == 1}


def _parts(kinds: dict[str, str], parts: Iterable[tuple[str, str]]) -> None:
    """Make parts of what is part of something, and stages of the parts of stages."""
    of: dict[str, list[str]] = {}
    for child, parent in parts:
        of.setdefault(parent, []).append(child)
    stack = [id_ for id_ in of if kinds.get(id_) == "stage"]
    while stack:
        for child in of.get(stack.pop(), ()):
            if child not in kinds:
                kinds[child] = "stage"
                stack.append(child)
    for children in of.values():
        for child in children:
            kinds.setdefault(child, "part")


def _of_prefixes(
    prefixes: Iterable[str], kinds: Iterable[tuple[re.Pattern[str], str]]
) -> dict[str, str]:
    kinds = list(kinds)
    return {p: kind for p in prefixes for pattern, kind in kinds if pattern.fullmatch(p)}


def _by_prefix(ids: Iterable[str], of: Mapping[str, str]) -> dict[str, str]:
    """Return the kinds of the concepts whose prefix tells one."""
    if not of:
        return {}
    return {id_: of[p] for id_ in ids if (p := id_.partition(":")[0]) in of}
