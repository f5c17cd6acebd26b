"""Texts without the names of what a concept is a kind of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kgconcepts.graph import ConceptGraph
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

__all__ = ["masked"]

_APART = re.compile(r"[\s_-]+")
_BRACKETS = re.compile(r"\s*\([^()]*\)$")


def masked(graph: ConceptGraph, texts: Mapping[str, Iterable[Passage]]) -> Texts:
    """Take the names of its ancestors out of each concept's texts.

    Introductions name the parent ('is a genus of diatoms in the family …'): with these words a
    text tells where a concept belongs, not what it is. Labels and synonyms go, in their English
    plural too and with hyphens for blanks, wherever they stand as words of their own; so of a
    species' name the genus.

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
        pattern = _any_of({form for a in above for name in called[a] for form in _forms(name)})
        found[id_] = [
            replace(p, text=" ".join(pattern.sub(" ", " ".join(p.text.split())).split()))
            for p in passages
        ]
    return Texts({id_: [p for p in some if p.text] for id_, some in found.items()})


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    words = (r"[\s_-]+".join(map(re.escape, _APART.split(name))) for name in longest_first)
    either = "|".join(words) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{either})(?:e?s)?(?!\w)", re.IGNORECASE)


def _forms(name: str) -> Iterator[str]:
    """Give a name, without what stands in brackets behind it, and its plural in -ies."""
    for one in {name, _BRACKETS.sub("", name)}:
        if lower := one.lower().strip():
            yield lower
            if lower.endswith("y"):
                yield f"{lower[:-1]}ies"
