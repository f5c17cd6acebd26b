"""Several graphs → one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kgconcepts.errors import SourceError
from kgconcepts.graph import Concept, ConceptGraph, Relation, Source

__all__ = ["merge"]


def merge(graphs: Iterable[ConceptGraph]) -> ConceptGraph:
    """Unite graphs: what has the same id is the same concept.

    Of a concept that several graphs describe, the first one's label, kind, rank and definition
    hold, those of later ones fill what it leaves empty, and names and cross-references add up.

    Raises
    ------
    SourceError
        If two different files have the same name.
    """
    graphs = list(graphs)
    concepts: dict[str, Concept] = {}
    relations: dict[Relation, None] = {}
    sources: dict[str, Source] = {}
    for graph in graphs:
        for concept in graph:
            first = concepts.get(concept.id)
            concepts[concept.id] = _unite(first, concept) if first else concept
        relations.update(dict.fromkeys(graph.relations))
        for name, source in graph.sources.items():
            if sources.setdefault(name, source) != source:
                raise SourceError(
                    f"{name}: two different files have this name; rename one, so that it is clear "
                    "what comes from which"
                )
    findings = [finding for graph in graphs for finding in graph.findings]
    labels = {name: label for graph in graphs for name, label in graph.relation_labels.items()}
    return ConceptGraph(concepts.values(), relations, sources.values(), findings, labels)


def _unite(first: Concept, other: Concept) -> Concept:
    scopes = dict(other.scoped_synonyms)
    names = [name for name in (other.label, *other.synonyms) if name != first.label]
    return replace(
        first,
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
        replaced_by=first.replaced_by or other.replaced_by,
        intersection=first.intersection or other.intersection,
        xrefs=(*first.xrefs, *other.xrefs),
    )
