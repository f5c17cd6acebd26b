"""What image-text models are asked: captions of a concept, made from its names and lineage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from kgconcepts.concept import Concept
from kgconcepts.errors import TextError
from kgconcepts.graph import ConceptGraph
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

__all__ = ["CAPTION", "STYLES", "captions", "prompts"]

CAPTION = "caption"  # the section of a passage that is encoded by itself

STYLES = ("scientific", "common", "ranked", "photo")

_RANKS = ("kingdom", "phylum", "class", "order", "family", "genus", "species")
_FURTHEST = 7  # ancestors that a lineage without ranks names
_COMMON = 3  # common names that are used
_LONGEST = 240  # characters; what CLIP's 77 tokens hold of Latin names
_LONGEST_NAME = 80
# no Latin name begins with a small letter, or has two words with capitals
_ENGLISH = re.compile(r"[a-z]+(?:[ '-][a-z]+)*|[A-Z][a-z]+(?:[ -][A-Z][a-z]+)+")


def prompts(graph: ConceptGraph, id_: str, styles: Sequence[str] = STYLES) -> tuple[str, ...]:
    """Return captions of a concept in the styles that BioCLIP was trained with.

    Of a taxon: ``scientific`` names its lineage by the seven main ranks, from the kingdom down to
    its own name; ``ranked`` names each rank too; ``common`` its common names, or its label where
    it has none; ``photo`` its label alone. What is no taxon, or a form of one, is put beside what
    it belongs to instead of a lineage. Captions that are the same come once.

    Parameters
    ----------
    graph : ConceptGraph
    id_ : str
        Of a concept of the graph.
    styles : sequence of str
        Some of `STYLES`.

    Raises
    ------
    UnknownConceptError
        If there is no such concept.
    TextError
        If a style is none of `STYLES`.

    References
    ----------
    S. Stevens et al. (2024). BioCLIP: a vision foundation model for the tree of life. CVPR.

    Examples
    --------
    >>> graph = ConceptGraph(
    ...     [Concept("1", "Arthropoda", rank="phylum"),
    ...      Concept("2", "Copepoda", rank="class", synonyms=("copepods",))],
    ...     [("2", "is_a", "1")],
    ... )
    >>> for caption in prompts(graph, "2"):
    ...     print(caption)
    a photo of Arthropoda Copepoda
    a photo of copepods
    a photo of phylum Arthropoda class Copepoda
    a photo of Copepoda
    """
    written: dict[str, Callable[[ConceptGraph, Concept], list[str]]] = {
        "scientific": lambda graph, concept: [_placed(graph, concept, ranked=False)],
        "common": lambda _graph, concept: _common(concept),
        "ranked": lambda graph, concept: [_placed(graph, concept, ranked=True)],
        "photo": lambda _graph, concept: [_name(concept.label)],
    }
    concept = graph[id_]
    captions: dict[str, None] = {}
    for style in [styles] if isinstance(styles, str) else styles:
        if style not in written:
            raise TextError(f"{style!r}: is no style of prompts; expected {', '.join(STYLES)}")
        captions |= dict.fromkeys(f"a photo of {text}" for text in written[style](graph, concept))
    return tuple(captions)


def _placed(graph: ConceptGraph, concept: Concept, *, ranked: bool) -> str:
    """Return a concept's name in the place where it belongs."""
    above = _lineage(graph, concept.id)
    own = _name(concept.label)
    if concept.kind == "taxon":
        if not (forms := graph.related(concept.id, "form_of")):
            return _joined([*above, concept], ranked=ranked)
        of = _joined([*_lineage(graph, forms[0]), graph[forms[0]]], ranked=ranked)
        return f"{own}, a form of {of}"
    if wholes := graph.related(concept.id, "part_of", "form_of"):
        return f"{own}, a {concept.kind} of {_name(graph[wholes[0]].label)}"
    if above:
        return f"{own}, a kind of {_name(above[-1].label)}"
    return own


def _lineage(graph: ConceptGraph, id_: str) -> list[Concept]:
    """Return a concept's ancestors, root first, along the first of the shortest ways up.

    A taxon's begin with its kingdom where it has one.
    """
    taxa = graph[id_].kind == "taxon"

    def parents(child: str) -> Iterator[str]:
        for parent in graph.related(child, "is_a"):
            if not taxa or graph[parent].kind == "taxon":
                yield parent

    below: dict[str, str] = {id_: ""}  # what each was reached from
    waiting = [id_]
    for reached in waiting:  # grows on the way: breadth first
        found = list(parents(reached))
        if not found or (taxa and graph[reached].rank == "kingdom"):
            break
        for parent in found:
            if parent not in below:
                below[parent] = reached
                waiting.append(parent)
    else:  # all of them are in a cycle
        reached = id_
    way = []
    while reached != id_:
        way.append(graph[reached])
        reached = below[reached]
    return way


def _joined(lineage: list[Concept], *, ranked: bool) -> str:
    """Return the names of a lineage in one line, the last of them in any case."""
    *above, own = lineage
    main = [concept for concept in above if concept.rank in _RANKS] or above[-_FURTHEST:]
    names: list[str] = []
    for concept, below in pairwise([*main, own]):
        # Acartia Acartia tonsa: a species' name begins with its genus
        if ranked or not below.label.startswith(f"{concept.label} "):
            names.append(_ranked(concept) if ranked else _name(concept.label))
    names.append(_ranked(own) if ranked else _name(own.label))
    while len(names) > 1 and len(" ".join(names)) > _LONGEST:
        del names[0]
    return " ".join(names)


def _ranked(concept: Concept) -> str:
    return f"{concept.rank} {_name(concept.label)}".lstrip()


def _common(concept: Concept) -> list[str]:
    exact = [_name(name) for name, scope in concept.scoped_synonyms if scope == "exact"]
    english = [name for name in exact if _ENGLISH.fullmatch(name)]
    return english[:_COMMON] or [_name(concept.label)]


def _name(text: str) -> str:
    """Return a name in one line, cut after a word where it is no name any more."""
    words = text.replace("_", " ").split()
    while len(words) > 1 and len(" ".join(words)) > _LONGEST_NAME:
        del words[-1]
    return " ".join(words)[:_LONGEST_NAME]


def captions(graph: ConceptGraph) -> Texts:
    """Return the captions of all concepts in use, each as a passage that is encoded by itself."""
    used = (concept.id for concept in graph if not concept.obsolete)
    return Texts(
        {
            id_: [Passage(p, "kgconcepts", section=CAPTION) for p in prompts(graph, id_)]
            for id_ in used
        }
    )
