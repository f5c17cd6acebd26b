r"""Changes in the Knowledge Graph Change Language (KGCL), a line each.

The lines keep to the grammar of kgcl-schema 0.7. That grammar has no escape for a quote or a line
break inside a text, so that we write those, tabs and backslashes as ``\uXXXX``, as JSON does.

References
----------
KGCL: https://w3id.org/kgcl
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph
from kgconcepts.identifiers import VOCABULARY, curie, iri
from kgconcepts.sources.vocabularies import PROPERTIES

if TYPE_CHECKING:
    from kgconcepts.curation.diff import Change

__all__ = ["render"]

_ID = re.compile(r"(?!https?:|urn:)[^\s'\"<>]+:[^\s'\"<>]+")
# Quotes, backslashes, and all that ends a line somewhere.
_SPECIAL = re.compile("[\\\\'\"\t\n\x0b\x0c\r\x1c-\x1e\x7f-\x9f\u2028\u2029]")
_TEXTS = ("kind", "rank", "status", "authority", "comment")

_Line = str | Finding


def render(
    changes: Iterable[Change], before: ConceptGraph, after: ConceptGraph
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the changes as lines, and what KGCL has no words for.

    Concepts are created before anything else happens, and deleted after it.

    Examples
    --------
    >>> from kgconcepts.curation.diff import diff
    >>> old = ConceptGraph([Concept("PLK:1", "Copepoda")])
    >>> new = ConceptGraph(
    ...     [Concept("PLK:1", "copepods"), Concept("PLK:2", "Oithona", xrefs=("AphiaID:106485",))],
    ...     [("PLK:2", "is_a", "PLK:1")],
    ... )
    >>> lines, lost = render(diff(old, new), old, new)
    >>> for line in lines:
    ...     print(line)
    create node PLK:2 'Oithona'
    rename PLK:1 from 'Copepoda' to 'copepods'
    create edge PLK:2 rdfs:subClassOf PLK:1
    >>> lost
    (Finding(level='WARN', rule='not_written', subject='PLK:2', property='xref',
             value='AphiaID:106485'),)
    """
    created: list[str] = []
    said: list[_Line] = []
    deleted: list[str] = []
    for change in changes:
        subject = _id(change.subject)
        if change.change == "added":
            created.append(f"create node {subject} {_quoted(change.new)}")
            said += _brought(after, after[change.subject])
        elif change.change == "removed":
            deleted.append(f"delete {subject}")
        else:
            said += _told(change, before, after)
    lines = [line for line in said if isinstance(line, str)]
    lost = tuple(line for line in said if isinstance(line, Finding))
    return (*created, *lines, *deleted), lost


def _brought(graph: ConceptGraph, concept: Concept) -> Iterator[_Line]:
    """Say what a new concept brings beside its label."""
    subject = _id(concept.id)
    if concept.definition:
        yield f"add definition {_quoted(concept.definition)} to {subject}"
    for name, scope in concept.scoped_synonyms:
        yield _synonym(concept.id, scope, name)
    for relation, other in graph.relations_of(concept.id):
        yield f"create edge {subject} {_property(relation)} {_id(other)}"
    if concept.obsolete:
        yield from _obsoleted(concept)
    elif concept.replaced_by:
        yield _lost(concept.id, "replaced_by", "|".join(concept.replaced_by))
    for name in _TEXTS:
        text = getattr(concept, name)
        if text and (name, text) != ("kind", "taxon"):  # which a concept is where nobody says more
            yield _lost(concept.id, name, text)
    for xref in concept.xrefs:
        yield _lost(concept.id, "xref", xref)
    if concept.intersection:
        whole = "|".join(f"{relation} {other}" for relation, other in concept.intersection)
        yield _lost(concept.id, "intersection", whole)


def _told(change: Change, before: ConceptGraph, after: ConceptGraph) -> Iterator[_Line]:
    """Say one change of a concept that was and is there."""
    subject, old, new = _id(change.subject), change.old, change.new
    match change.change:
        case "renamed":
            yield f"rename {subject} from {_quoted(old)} to {_quoted(new)}"
        case "moved" | "relation_added" | "relation_removed":
            yield _edge(subject, _property(change.property), old, new)
        case "obsoleted":
            yield from _obsoleted(after[change.subject])
        case "re-accepted" if (
            before[change.subject].obsolete and not after[change.subject].obsolete
        ):
            yield f"unobsolete {subject}"
            if new:
                yield _lost(change.subject, change.property, new)
        case "definition_changed":
            yield _definition(subject, old, new)
        case "synonym_added":
            yield _synonym(change.subject, change.property.removesuffix("_synonym"), new)
        case "synonym_removed" if old:
            yield f"remove synonym {_quoted(old)} for {subject}"
        case _ if change.property in _TEXTS and old and new:
            predicate = _property(change.property)
            texts = f'from "{_escaped(old)}" to "{_escaped(new)}"'
            yield f"change annotation of {subject} with {predicate} {texts}"
        case _:
            yield _lost(change.subject, change.property, new or old)


def _edge(subject: str, predicate: str, old: str, new: str) -> str:
    if old and new:
        return f"move {subject} {predicate} {_id(old)} from {_id(old)} to {_id(new)}"
    return f"{'create' if new else 'delete'} edge {subject} {predicate} {_id(new or old)}"


def _definition(subject: str, old: str, new: str) -> str:
    if not old:
        return f"add definition {_quoted(new)} to {subject}"
    if not new:
        return f"remove definition for {subject}"
    return f"change definition of {subject} from {_quoted(old)} to {_quoted(new)}"


def _obsoleted(concept: Concept) -> Iterator[_Line]:
    """KGCL knows one replacement, or none."""
    subject = _id(concept.id)
    if len(concept.replaced_by) == 1:
        yield f"obsolete {subject} with replacement {_id(concept.replaced_by[0])}"
    else:
        yield f"obsolete {subject}"
        if concept.replaced_by:
            yield _lost(concept.id, "replaced_by", "|".join(concept.replaced_by))


def _synonym(id_: str, scope: str, name: str) -> _Line:
    if not name:
        return _lost(id_, f"{scope}_synonym", name)
    return f"create {scope} synonym {_quoted(name)} for {_id(id_)}"


def _lost(id_: str, property_: str, value: str) -> Finding:
    return Finding("WARN", "not_written", id_, property_, value)


def _id(id_: str) -> str:
    return id_ if _ID.fullmatch(id_) else f"<{iri(id_)}>"


def _property(name: str) -> str:
    """Return what the world calls a relation or a field."""
    if name in ("is_a", "comment"):
        return "rdfs:subClassOf" if name == "is_a" else "rdfs:comment"
    if name == "disjoint_with":
        return "owl:disjointWith"
    if name in PROPERTIES:
        return _id(curie(PROPERTIES[name][0]))
    return _id(name) if ":" in name else f"<{VOCABULARY}{name}>"


def _quoted(text: str) -> str:
    return f"'{_escaped(text)}'"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
