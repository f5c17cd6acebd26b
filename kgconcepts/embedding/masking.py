"""Texts without the names of what a concept is a kind of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgconcepts.graph import ConceptGraph
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

__all__ = ["masked"]


def masked(graph: ConceptGraph, texts: Mapping[str, Iterable[Passage]]) -> Texts:
    """Take the names of its ancestors out of each concept's texts.

    Introductions name the parent ('is a genus of diatoms in the family …'): with these words a
    text tells where a concept belongs, not what it is. Labels and synonyms go, in their English
    plural too, wherever they stand as words of their own; so of a species' name the genus.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("1", "Copepoda", synonyms=("copepod",)), Concept("2", "Oithona")],
    ...     [("2", "is_a", "1")],
    ... )
    >>> masked(graph, {"2": [Passage("Oithona is a genus of copepods.", "Wikipedia")]})["2"][0].text
    'Oithona is a genus of .'
    """
    tree = graph.hierarchy()
    called = {concept.id: (concept.label, *concept.synonyms) for concept in graph}
    found = {}
    for id_, passages in texts.items():
        above = tree.ancestors(id_) if id_ in tree else ()
        names = {name.casefold() for a in above for name in called[a]}
        pattern = _any_of(names)
        found[id_] = [replace(p, text=" ".join(pattern.sub(" ", p.text).split())) for p in passages]
    return Texts({id_: [p for p in some if p.text] for id_, some in found.items()})


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(filter(None, names), key=lambda name: (-len(name), name))
    either = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{either})(?:e?s)?(?!\w)", re.IGNORECASE)
