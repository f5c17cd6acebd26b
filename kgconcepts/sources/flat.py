"""A concept as a row of plain text: of a table of nodes, or of a GraphML node."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kgconcepts.concept import KINDS, SCOPES, Concept, plain
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import RELATIONS
from kgconcepts.identifiers import iri
from kgconcepts.sources.statements import Statements
from kgconcepts.sources.vocabularies import RDFS, relation

__all__ = ["FIELDS", "joined", "name_of", "relate", "row", "split", "state"]

_SYNONYMS = {"exact": "synonyms", **{s: f"{s}_synonyms" for s in SCOPES if s != "exact"}}
FIELDS = (
    *("id", "label", "kind", "rank", "definition", *_SYNONYMS.values(), "xrefs", "comment"),
    *("authority", "status", "obsolete", "replaced_by", "intersection", "source"),
)


def joined(items: Iterable[str], separator: str = "|") -> str:
    r"""Return items as one text that `split` parts again; one that is empty is left out.

    >>> print(joined(["copepod", "a|b"]))
    copepod|a\|b
    """
    return separator.join(_escaped(item, separator) for item in items if item)


def split(text: str, separator: str = "|") -> tuple[str, ...]:
    r"""Return the items of a text; what stands behind a backslash is meant as it is.

    >>> split(r"copepod|a\|b")
    ('copepod', 'a|b')
    """
    if "\\" not in text:
        return tuple(filter(None, text.split(separator)))
    # An item is made of characters with a backslash before them, and of others.
    items = re.findall(rf"(?s)(?:\\.|[^\\{re.escape(separator)}]|\\$)+", text)
    return tuple(re.sub(r"(?s)\\(.)", r"\1", item) for item in items)


def _escaped(item: str, separator: str) -> str:
    return item.replace("\\", "\\\\").replace(separator, f"\\{separator}")


def row(concept: Concept) -> dict[str, str]:
    """Return a concept's fields as text; synonyms by their scope.

    >>> found = row(Concept("PLK:1", "Copepoda", intersection=(("is_a", "PLK:2"),)))
    >>> found["label"], found["obsolete"], found["intersection"]
    ('Copepoda', '', 'is_a PLK:2')
    """
    synonyms: dict[str, list[str]] = {scope: [] for scope in SCOPES}
    for name, scope in concept.scoped_synonyms:
        synonyms[scope].append(name)
    return {
        "id": concept.id,
        "label": concept.label,
        "kind": concept.kind,
        "rank": concept.rank,
        "definition": concept.definition,
        **{field: joined(synonyms[scope]) for scope, field in _SYNONYMS.items()},
        "xrefs": joined(concept.xrefs),
        "comment": concept.comment,
        "authority": concept.authority,
        "status": concept.status,
        "obsolete": "true" if concept.obsolete else "",
        "replaced_by": joined(map(plain, concept.replaced_by)),
        "intersection": joined(joined(map(plain, part), " ") for part in concept.intersection),
        "source": plain(concept.source),
    }


def name_of(relation: str, labels: Mapping[str, str]) -> str:
    """Return what people call a relation; empty where nobody said.

    >>> name_of("has_part", {})
    'has part'
    """
    return relation.replace("_", " ") if relation in RELATIONS else plain(labels.get(relation, ""))


def state(stated: Statements, cells: Mapping[str, str], where: str) -> None:
    """Add a concept to what is stated; fields that are not there are empty.

    Raises
    ------
    SourceError
        If it has no id, one that was given already, or an intersection that is none.
    """
    id_ = plain(cells.get("id", ""))
    if not id_ or id_ in stated.ids:
        fault = f"the id {id_!r} is given twice" if id_ else "a concept without an id"
        raise SourceError(f"{where}: {fault}; give every concept an id of its own")
    stated.ids[id_] = None
    for field, values in (
        ("label", stated.labels),
        ("kind", stated.kinds),
        ("rank", stated.ranks),
        ("definition", stated.definitions),
        ("comment", stated.comments),
        ("authority", stated.authorities),
        ("status", stated.status),
        ("source", stated.sources),
    ):
        if text := cells.get(field):
            values[id_].append(text)
    for field, values in (("xrefs", stated.xrefs), ("replaced_by", stated.replaced_by)):
        if text := cells.get(field):
            values[id_] += split(text)
    for scope, field in _SYNONYMS.items():
        if text := cells.get(field):
            names = split(text)
            stated.synonyms[id_] += names
            stated.scopes[id_] += [scope] * len(names)
    if text := cells.get("intersection"):
        stated.intersections[id_].append(tuple(_pair(part, where) for part in split(text)))
    if cells.get("obsolete", "").casefold() in ("true", "1"):
        stated.obsolete.add(id_)
    if (kind := cells.get("kind")) and kind not in KINDS:
        stated.findings.append(Finding("WARN", "unknown_kind", id_, "kind", kind))


def _pair(part: str, where: str) -> tuple[str, str]:
    found = split(part, " ")
    if len(found) != 2:
        raise SourceError(
            f"{where}: {part!r} is no part of an intersection; expected a relation, a blank and an "
            "id, as in 'is_a PLK:1|has_part PLK:9'"
        )
    _check(found[0], where)
    return found[0], found[1]


def relate(stated: Statements, edge: tuple[str, str, str], name: str, where: str) -> None:
    """Add a relation, and what people call it, to what is stated.

    Raises
    ------
    SourceError
        If it is no relation that a graph can hold.
    """
    child, given, parent = edge
    _check(given, where)
    type_ = _known(given)
    if name and type_ == given:
        stated.relation_labels.setdefault(type_, name)
    stated.relations.append((child, type_, parent))


@lru_cache(1 << 10)
def _known(name: str) -> str:
    """Return our word for a relation, whatever its property is called."""
    if name in ("rdfs:subClassOf", RDFS + "subClassOf"):
        return "is_a"
    return relation(iri(name)) if ":" in name else name


def _check(relation: str, where: str) -> None:
    if relation not in RELATIONS and ":" not in relation:
        raise SourceError(
            f"{where}: {relation!r} is no relation; expected one of {', '.join(RELATIONS)}, or the "
            "CURIE of a property"
        )
