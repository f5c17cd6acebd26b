"""What a check looks for in names, definitions and relations: the rules of a ROBOT report.

Names and levels are those of ROBOT's default profile, where it has the rule; what differs is said
in `Rule.why`. Source: ontodev/robot, ``report_profile.txt`` and ``report_queries``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from kgconcepts.findings import Level
from kgconcepts.graph import Concept, ConceptGraph

__all__ = ["ANNOTATION_RULES", "Found", "Rule", "current", "others", "shared"]

_XREF = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*:\S+")
_MOST_NAMED = 3
_SPACE = re.compile(r"^\s|\s$")
_WIDE = re.compile(r"^\s|\s$|\s\s")


class Found(NamedTuple):
    """What breaks a rule."""

    subject: str
    property: str
    value: str = ""


class Rule(NamedTuple):
    """A thing to look for.

    Parameters
    ----------
    level : str
    name : str
    why : str
        What is wrong with it, or what to do, in one line.
    find : callable
        ConceptGraph → iterable of Found.
    """

    level: Level
    name: str
    why: str
    find: Callable[[ConceptGraph], Iterable[Found]]


def current(graph: ConceptGraph) -> Iterator[Concept]:
    """Give the concepts in use."""
    return (concept for concept in graph if not concept.obsolete)


def _ranked(concept: Concept) -> bool:
    """Return whether it is a name of a taxonomy, whose description is elsewhere."""
    return concept.kind == "taxon" and bool(concept.rank or concept.status or concept.authority)


def _missing_label(graph: ConceptGraph) -> Iterator[Found]:
    return (Found(c.id, "label") for c in current(graph) if c.label == c.id)


def _label_formatting(graph: ConceptGraph) -> Iterator[Found]:
    return (Found(c.id, "label", c.label) for c in graph if "\n" in c.label or "\t" in c.label)


def _label_whitespace(graph: ConceptGraph) -> Iterator[Found]:
    return (Found(c.id, "label", c.label) for c in graph if _WIDE.search(c.label))


def _annotation_whitespace(graph: ConceptGraph) -> Iterator[Found]:
    for c in graph:
        texts = (("definition", c.definition), ("comment", c.comment))
        for property_, text in (*texts, *(("synonyms", name) for name in c.synonyms)):
            if text and _SPACE.search(text):
                yield Found(c.id, property_, text)


def _missing_definition(graph: ConceptGraph) -> Iterator[Found]:
    for c in current(graph):
        if not c.definition and not _ranked(c):
            yield Found(c.id, "definition")


def _lowercase_definition(graph: ConceptGraph) -> Iterator[Found]:
    for c in current(graph):
        if c.definition and not (c.definition[0].isupper() or c.definition[0].isdigit()):
            yield Found(c.id, "definition", c.definition)


def shared(
    graph: ConceptGraph, property_: str, values: Callable[[Concept], Iterable[str]]
) -> Iterator[Found]:
    """Give what several concepts in use have in common; the value names the others."""
    owners: dict[str, list[str]] = {}
    for c in current(graph):
        for value in values(c):
            owners.setdefault(value, []).append(c.id)
    for value, ids in owners.items():
        for id_ in ids if len(ids) > 1 else ():
            yield Found(id_, property_, f"{value} ({others(id_, ids)})")


def others(id_: str, ids: Sequence[str], without: Collection[str] = ()) -> str:
    """Name the first of the other ids, and say how many more there are."""
    rest = (other for other in ids if other != id_ and other not in without)
    first = list(islice(rest, _MOST_NAMED))
    more = len(ids) - 1 - len(without) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _duplicate_definition(graph: ConceptGraph) -> Iterator[Found]:
    return shared(graph, "definition", lambda c: (c.definition,) if c.definition else ())


def _exact(c: Concept) -> Iterable[str]:
    return [name for name, scope in c.scoped_synonyms if scope == "exact"]


def _duplicate_exact_synonym(graph: ConceptGraph) -> Iterator[Found]:
    return shared(graph, "synonyms", _exact)


def _duplicate_label_synonym(graph: ConceptGraph) -> Iterator[Found]:
    return (Found(c.id, "synonyms", c.label) for c in current(graph) if c.label in c.synonyms)


def _invalid_xref(graph: ConceptGraph) -> Iterator[Found]:
    for c in graph:
        for xref in c.xrefs:
            if not _XREF.fullmatch(xref):
                yield Found(c.id, "xrefs", xref)


def _deprecated_class_reference(graph: ConceptGraph) -> Iterator[Found]:
    old = {c.id for c in graph if c.obsolete}
    if not old:
        return
    for child, relation, parent in graph.relations:
        between = parent in old and child not in old
        if between or (child in old and relation != "is_a"):
            yield Found(child, relation, parent)
    for c in graph:
        for relation, other in c.intersection:
            if other in old or c.obsolete:
                yield Found(c.id, "intersection", f"{relation} {other}")


def _no_genus(graph: ConceptGraph) -> Iterator[Found]:
    for c in current(graph):
        if c.intersection and all(relation != "is_a" for relation, _ in c.intersection):
            yield Found(c.id, "intersection", str(c.intersection))


def _missing_superclass(graph: ConceptGraph) -> Iterator[Found]:
    for c in current(graph):
        if not graph.related(c.id, "is_a") and not c.intersection:
            yield Found(c.id, "is_a")


def _missing_obsolete_label(graph: ConceptGraph) -> Iterator[Found]:
    for c in graph:
        named = c.obsolete and c.label != c.id and not _ranked(c)
        if named and not c.label.lower().startswith("obsolete"):
            yield Found(c.id, "label", c.label)


def _misused_obsolete_label(graph: ConceptGraph) -> Iterator[Found]:
    for c in current(graph):
        if c.label.lower().startswith("obsolete"):
            yield Found(c.id, "label", c.label)


def _misused_replaced_by(graph: ConceptGraph) -> Iterator[Found]:
    return (Found(c.id, "replaced_by", x) for c in current(graph) for x in c.replaced_by)


def _missing_in_header(field: str) -> Callable[[ConceptGraph], Iterator[Found]]:
    def find(graph: ConceptGraph) -> Iterator[Found]:
        for source in graph.sources.values():
            if source.address and not getattr(source, field):
                yield Found(source.name, field)

    return find


ANNOTATION_RULES = (
    Rule("ERROR", "missing_label", "A concept goes by its id; give it a label.", _missing_label),
    Rule(
        *("ERROR", "label_formatting", "A label has a line break or a tab; remove it."),
        _label_formatting,
    ),
    Rule(
        *("ERROR", "label_whitespace", "A label has blanks at an end, or two in a row."),
        _label_whitespace,
    ),
    Rule(
        *("ERROR", "duplicate_definition", "Different concepts have the same definition."),
        _duplicate_definition,
    ),
    Rule(
        "ERROR",
        "deprecated_class_reference",
        "A relation or equivalence uses an obsolete concept; use what replaces it.",
        _deprecated_class_reference,
    ),
    Rule(
        *("ERROR", "misused_obsolete_label", "A concept in use is labelled obsolete."),
        _misused_obsolete_label,
    ),
    Rule(
        *("ERROR", "misused_replaced_by", "A concept in use is said to be replaced."),
        _misused_replaced_by,
    ),
    *(
        Rule("ERROR", f"missing_ontology_{name}", f"The ontology states no {what}.", find)
        for name, what, find in (
            ("title", "title (dcterms:title)", _missing_in_header("title")),
            ("description", "description (dcterms:description)", _missing_in_header("description")),
            ("license", "licence (dcterms:license)", _missing_in_header("licence")),
        )
    ),
    Rule(
        "WARN",
        "missing_definition",
        "A concept has no definition. (Ranked names of a taxonomy need none here.)",
        _missing_definition,
    ),
    Rule(
        *("WARN", "annotation_whitespace", "A text has blanks at an end."),
        _annotation_whitespace,
    ),
    Rule(
        *("WARN", "duplicate_exact_synonym", "Several concepts have the same exact synonym."),
        _duplicate_exact_synonym,
    ),
    Rule(
        *("WARN", "duplicate_label_synonym", "A concept's label is among its synonyms too."),
        _duplicate_label_synonym,
    ),
    Rule(
        *("WARN", "invalid_xref", "A cross-reference is no CURIE such as AphiaID:1080."),
        _invalid_xref,
    ),
    Rule(
        *("WARN", "equivalent_class_axiom_no_genus", "An equivalence says not what it is."),
        _no_genus,
    ),
    Rule(
        "WARN",
        "missing_obsolete_label",
        "An obsolete concept's label does not begin so. (Replaced names of taxa need not.)",
        _missing_obsolete_label,
    ),
    Rule(
        *("INFO", "lowercase_definition", "A definition begins with a small letter."),
        _lowercase_definition,
    ),
    Rule(
        *("INFO", "missing_superclass", "A concept is below no other: a root, or an orphan."),
        _missing_superclass,
    ),
)
