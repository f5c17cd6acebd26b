"""The parts, qualities and stages that a graph knows, found in a sentence by their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgconcepts.graph import ConceptGraph
from kgconcepts.text.language import forms, pipeline, privative, words

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc, Span

__all__ = ["Mention", "Terms"]

_KINDS = ("part", "quality", "stage")
# Names that are more often something else, wherever they stand.
_IDLE = words(
    """single clear complete whole intact dead empty square nurse doublet hue pose alate broken
    piece stigma ani test shape depressed process fragment decaying tuft patchy irregular"""
)
# Names of parts that are everyday words: taken only where something is said to have them.
EVERYDAY = words(
    """arm arms armed beak beaks bell bells bract bracts bulla chain chains claw claws collar
    collars crest filament filaments foot feet hinge hood hoods horn horns house houses keel keels
    leg legs piston pistons septum septa shell shells trunk trunks umbrella umbrellas
    valve valves vestibule wing wings heart hearts stomach mouth mouths filter"""
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of one or several concepts in a sentence.

    Parameters
    ----------
    concepts : tuple of str
        Their ids.
    start, end : int
        Its first token, and the one after its last.
    absent : bool
        Whether it is a word such as 'eyeless'.
    """

    concepts: tuple[str, ...]
    start: int
    end: int
    absent: bool = False


class Terms:
    """Finds the names of a graph's parts, qualities and stages, and of its taxa.

    What has kinds but no look of its own ('shape', 'body part', 'life stage') is passed over.

    Parameters
    ----------
    graph : ConceptGraph
    """

    def __init__(self, graph: ConceptGraph) -> None:
        from spacy.matcher import PhraseMatcher  # noqa: PLC0415 (slow, and comes with an extra)

        nlp = pipeline()
        self.graph = graph
        self._tree = graph.hierarchy()
        self._named: dict[str, dict[str, None]] = {}
        self._absent: set[str] = set()
        for concept in graph:
            if concept.kind not in _KINDS or concept.obsolete or self._general(concept.id):
                continue
            names = [
                name for name, scope in concept.scoped_synonyms if scope in ("exact", "narrow")
            ]
            for name in (concept.label, *names):
                for form in forms(name):
                    if form not in _IDLE and len(form) > 2:
                        self._named.setdefault(form, {})[concept.id] = None
                if concept.kind == "part":
                    for form in privative(name):
                        self._named.setdefault(form, {})[concept.id] = None
                        self._absent.add(form)
        self._terms = _matcher(PhraseMatcher(nlp.vocab, attr="LOWER"), self._named)
        taxa = [c for c in graph if c.kind in ("taxon", "object") and not c.obsolete]
        self._taxon_names = {
            form: c.id for c in taxa for name in (c.label, *c.synonyms) for form in _number(name)
        }
        self._taxa = _matcher(PhraseMatcher(nlp.vocab, attr="LOWER"), self._taxon_names)

    def _general(self, id_: str) -> bool:
        """Return whether a concept only holds its kinds together."""
        parents = self.graph.related(id_, "is_a")
        if not parents:
            return bool(self._tree.descendants(id_))
        qualities = self.graph[id_].kind == "quality"
        roots = all(not self.graph.related(parent, "is_a") for parent in parents)
        return qualities and roots and bool(self._tree.descendants(id_))

    def mentions(self, doc: Doc | Span) -> list[Mention]:
        """Return the names of parts, qualities and stages, the longest where several overlap."""
        spans = _longest((start, end) for _, start, end in self._terms(doc))
        found = []
        for start, end in spans:
            form = doc[start:end].text.casefold()
            concepts = self._most_specific(self._named.get(form, {}))
            if concepts:
                found.append(Mention(concepts, start, end, form in self._absent))
        return found

    def taxa(self, doc: Doc | Span) -> list[tuple[str, int, int]]:
        """Return the names of taxa, as (id, first token, token after the last)."""
        spans = _longest((start, end) for _, start, end in self._taxa(doc))
        named = ((doc[a:b].text.casefold(), a, b) for a, b in spans)
        return [
            (self._taxon_names[form], a, b) for form, a, b in named if form in self._taxon_names
        ]

    def _most_specific(self, ids: Iterable[str]) -> tuple[str, ...]:
        chosen = dict.fromkeys(ids)
        above = {a for id_ in chosen for a in self._tree.ancestors(id_)}
        return tuple(id_ for id_ in chosen if id_ not in above)


def _matcher(matcher: PhraseMatcher, names: Iterable[str]) -> PhraseMatcher:
    nlp = pipeline()
    matcher.add("name", [nlp.make_doc(name) for name in names if name])
    return matcher


def _number(name: str) -> tuple[str, ...]:
    """Return a taxon's name in the singular and the plural."""
    one = " ".join(name.casefold().split())
    return (one, f"{one}s", one.removesuffix("s")) if len(one) > 3 else ()


def _longest(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest of overlapping spans, in the order of the text."""
    chosen: list[tuple[int, int]] = []
    taken: set[int] = set()
    for start, end in sorted(set(spans), key=lambda span: (span[0] - span[1], span[0])):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            chosen.append((start, end))
    return sorted(chosen)
