"""What is wrong, or worth knowing, in a graph."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kgconcepts.curation import hermit
from kgconcepts.curation.domain_rules import DOMAIN_RULES
from kgconcepts.curation.reasoning import clashes
from kgconcepts.curation.report import Report
from kgconcepts.curation.rules import ANNOTATION_RULES
from kgconcepts.errors import CycleError
from kgconcepts.findings import Finding, Level
from kgconcepts.graph import TRAITS, ConceptGraph
from kgconcepts.sources.labels import label_names

__all__ = ["RULES", "check"]

RULES = (*DOMAIN_RULES, *ANNOTATION_RULES)
_LABEL_RULES: tuple[tuple[Level, str, str], ...] = (
    ("ERROR", "label_without_concept", "A label of the data set names no concept, or several."),
    ("INFO", "concept_without_label", "No label reaches the concept: none is it, or is below it."),
)
# What reading and merging find.
_OTHERS = {
    "multiple_labels": "A concept has several labels; the first holds.",
    "multiple_definitions": "A concept has several definitions; the first holds.",
    "multiple_equivalent_classes": "A concept has several equivalences; the first holds.",
    "unresolved_reference": "A relation leads to what is not there.",
    "missing_accepted_name": "A name is not accepted, and what is accepted instead is not there.",
    "accepted_name_cycle": "Names are each other's accepted name.",
    "duplicate_id": "An id comes twice.",
    "malformed_reference": "A reference is malformed, and was left out.",
    "unread_axiom": "An axiom has no place in a graph.",
    "unread_file": "A file of the folder was not read.",
    "inconsistent_ontology": "What is stated cannot be true together.",
    "inferred_superclass": "A parent that follows from what is stated, and is not stated.",
    "inferred_equivalence": "Concepts that are the same by what is stated.",
    "lost_relation": "Both ends became one concept.",
    "unused_mapping": "A person's decision on a concept that is not there.",
    "no_edges": "A table of nodes has no table of edges beside it.",
    "unknown_kind": "A kind that is none.",
    "ambiguous_match": "May be the same as another; write it into the mappings.",
    "conflicting_label": "Became one by an identifier, but no name agrees: is it right?",
    "conflicting_parent": "Sources place a taxon differently; both parents are kept.",
    "conflicting_accepted_name": "Sources accept different names; the first source holds.",
    "conflicting_kind": "Sources differ; the first holds.",
    "conflicting_rank": "Sources differ; the first holds.",
    "conflicting_status": "Sources differ; the first holds.",
    "conflicting_definition": "Sources differ; the first holds.",
    "conflicting_comment": "Sources differ; the first holds.",
    "conflicting_authority": "Sources differ; the first holds.",
    "conflicting_intersection": "Sources differ; the first holds.",
}


def check(
    graph: ConceptGraph,
    labels: str | os.PathLike[str] | Mapping[str, str | Iterable[str]] | None = None,
    collection: str = "",
    *,
    reason: bool = False,
) -> Report:
    """Look for what is wrong in a graph, by the rules of ROBOT and some for organisms.

    Parameters
    ----------
    graph : ConceptGraph
    labels : path-like or mapping of label → name or names, optional
        The labels of an image collection and what they stand for: a table with columns ``label``
        and ``concept``, or a planktonzilla table. With them, labels that reach no concept and
        concepts that no label reaches are found.
    collection : str
        The collection whose labels to take from a planktonzilla table.
    reason : bool, default False
        Run the reasoner HermiT too, which needs Java: it finds what cannot be by relations other
        than ``is_a`` as well, and says what follows that is not stated.

    Returns
    -------
    Report
        Findings, the gravest first; those that reading and merging left in the graph are among
        them.

    Raises
    ------
    SourceError
        If the table of labels cannot be read.
    ReasonerError
        If there is no Java, or HermiT does not come to an end.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("A:1", "Oithona", rank="genus", definition="Copepods."),
    ...      Concept("A:2", "Oithonidae", rank="family")],
    ...     [("A:2", "is_a", "A:1")],
    ... )
    >>> report = check(graph)
    >>> report[0].rule, report[0].value
    ('rank_inversion', 'a family below the genus Oithona (A:1)')
    """
    findings = list(graph.findings)
    told = {f.subject for f in findings if f.rule == "missing_accepted_name"}  # by its reader
    for rule in RULES:
        findings += [
            Finding(rule.level, rule.name, *found)
            for found in rule.find(graph)
            if rule.name != "missing_accepted_name" or found.subject not in told
        ]
    if reason:
        findings += _inferred(graph, hermit.reason(graph))
    if labels is not None:
        named = (
            {
                label: (name,) if isinstance(name, str) else tuple(name)
                for label, name in labels.items()
            }
            if isinstance(labels, Mapping)
            else label_names(Path(labels), collection)
        )
        findings += _labels(graph, named)
    why = _OTHERS | {rule.name: rule.why for rule in RULES}
    why |= {name: text for _, name, text in _LABEL_RULES}
    subjects = {finding.subject for finding in findings}
    return Report(findings, {c.id: c.label for c in graph if c.id in subjects}, why)


def _inferred(graph: ConceptGraph, inference: hermit.Inference) -> Iterator[Finding]:
    """Give what a reasoner found that our own arrays did not."""
    if not inference.consistent:
        yield Finding("ERROR", "inconsistent_ontology", "the graph")
        return
    try:
        known = {clash.concept for clash in clashes(graph)}
    except CycleError:  # told by its own rule
        known = set()
    for id_ in inference.unsatisfiable:
        if id_ not in known:
            yield Finding("ERROR", "unsatisfiable", id_, "", "by HermiT")
    for child, relation, parent in inference.is_a:
        if ("is_a", parent) not in graph[child].intersection:  # what it is said to be itself
            yield Finding("INFO", "inferred_superclass", child, relation, parent)
    for first, *others in inference.equivalent:
        yield Finding("INFO", "inferred_equivalence", first, "intersection", ", ".join(others))


def _labels(graph: ConceptGraph, named: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Compare labels with concepts, both ways."""
    (no_concept, without, _), (no_label, unreached, _) = _LABEL_RULES
    reached: set[str] = set()
    for label, names in named.items():
        for name in names:
            found = graph.find(name)
            reached.update(found)
            if len(found) != 1:
                number = f"{len(found)} concepts ({', '.join(found)})" if found else "no concept"
                yield Finding(no_concept, without, label, "concept", f"{name!r} names {number}")
    stack = list(reached)
    while stack:
        new = set(graph.related(stack.pop(), "is_a", *TRAITS)) - reached
        reached |= new
        stack += new
    for concept in graph:
        if concept.id not in reached and not concept.obsolete:
            yield Finding(no_label, unreached, concept.id, "label", concept.label)
