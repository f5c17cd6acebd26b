"""Whether an article is about a concept, and what became of the search for one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kgconcepts.graph import TRAITS, Concept, ConceptGraph, fold
from kgconcepts.text.page import Asked, Page, usable

__all__ = ["KEY", "STATUSES", "Article", "Judge", "accepted_names", "as_title", "keys", "names"]

STATUSES = ("found", "refused", "missing", "failed")
KEY = re.compile(r"Wikidata:(Q[1-9][0-9]*)|AphiaID:([0-9]+)")  # what Wikidata knows
_MOST_SYNONYMS = 8  # that are tried as titles
_SHORTEST = 4  # letters of a name that says something where it is mentioned
_LONG = 5  # letters of a stem, or of a word of a definition, that does
_ENDING = 3  # letters of an ending
_SHARED = 3  # words of a definition that an article shares
_LIFE = (
    *("anatomy", "zoology", "zootomy", "biology", "botany", "invertebrate", "vertebrate"),
    *("organism", "organelle", "larval"),
)
_READ = 20_000  # characters of an introduction
_LOW = ("genus", "subgenus", "section", "species", "subspecies", "variety", "form", "forma")
_SHOWN = 4  # names in a message
_KINGDOMS = ("domain", "superdomain", "realm", "kingdom", "subkingdom", "infrakingdom")
_LATIN = re.compile(r"(?:idae|inae|oidea|aceae|ales|phyceae|phyta|ida|oda|ia|ea|ae|a|us|um|es)$")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Article:
    """What became of the search for an article about a concept.

    Parameters
    ----------
    concept : str
        Its id.
    status : str
        One of `STATUSES`. Of what failed something was not answered, and is asked for again next
        time; there may be a text all the same.
    language, title, url : str
        Of the article; of one that was refused too.
    revision : int
    by : str
        What led to it: ``decision``, ``Wikidata``, ``AphiaID``, ``name``, ``synonym`` or
        ``language link``.
    reason : str
        Why it was refused, is missing or failed.
    borrow : str
        Id of the nearest ancestor with an article, whose text a concept without one could borrow.
    """

    concept: str
    status: str
    language: str = ""
    title: str = ""
    url: str = ""
    revision: int = 0
    by: str = ""
    reason: str = ""
    borrow: str = ""


def accepted_names(graph: ConceptGraph) -> dict[str, list[str]]:
    """Return the accepted names elsewhere of concepts that have such."""
    found: dict[str, list[str]] = {}
    for child, relation, parent in graph.dangling:
        if relation == "replaced_by":
            found.setdefault(child, []).append(parent)
    return found


def keys(concept: Concept, accepted: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the identifiers by which Wikidata may know a concept, its own before AphiaIDs."""
    ids = (concept.id, *concept.xrefs, *accepted.get(concept.id, ()))
    known = (id_ for id_ in ids if KEY.fullmatch(id_))
    return tuple(sorted(dict.fromkeys(known), key=lambda id_: not id_.startswith("Wikidata:")))


def names(concept: Concept) -> dict[str, str]:
    """Return the titles that a concept's article may have, and what each is, the likeliest first.

    Examples
    --------
    >>> names(Concept("PLK:1", "Copepoda", synonyms=("copepod", "Copepodoida")))
    {'Copepoda': 'name', 'Copepodoida': 'synonym', 'Copepod': 'synonym'}
    """
    synonyms = [name for name, scope in concept.scoped_synonyms if scope == "exact"]
    synonyms.sort(key=lambda name: (not name[:1].isupper(), name))  # scientific names first
    found: dict[str, str] = {}
    for name in (concept.label, *synonyms[:_MOST_SYNONYMS]):
        title = as_title(name)
        plural = title.removesuffix("s") in found or title.removesuffix("es") in found
        if usable(title) and title[0].isalpha() and not plural:
            found.setdefault(title, "name" if name == concept.label else "synonym")
    return found


class Judge:
    """Tells whether an article that bears a concept's name is about the concept.

    A name may be that of a plant, a valve or a village as well. An article found by its name is
    taken if it, or its categories, mention what the concept is a kind, form or part of, or what
    has it; below the kingdoms a kingdom alone is not enough. Of a family and what is above, its
    name and rank are enough; of a part or stage, the kingdom of those that have it, beside a word
    such as anatomy. Of what nothing is known above it, the rank, or some words of its definition,
    must be mentioned.

    Parameters
    ----------
    graph : ConceptGraph
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph
        self._tree = graph.hierarchy()

    def objection(
        self, concept: Concept, asked: Asked, page: Page, item: str = "", *, sure: bool = False
    ) -> str:
        """Return why an article is not about a concept; nothing if it is.

        Parameters
        ----------
        concept : Concept
        asked : Asked
            How a title led to the article.
        page : Page
        item : str
            What Wikidata says the concept is, where that is known.
        sure : bool
            Whether more than a name led to the article.
        """
        title = page.title
        told = (
            (page.disambiguation, "lists what the name may mean"),
            (title.startswith("List of "), "is a list"),
            (
                item and page.wikidata not in ("", item),
                f"is about {page.wikidata}, the concept is {item}",
            ),
            (not page.text.strip(), "has no text"),
        )
        against = next((account for fault, account in told if fault), "")
        if not against and not sure and not (item and page.wikidata):
            against = self._doubt(concept, asked, page)
        return f"{title!r} {against}" if against else ""

    def _doubt(self, concept: Concept, asked: Asked, page: Page) -> str:
        """Return why an article with a concept's name may be about something else."""
        if asked.fragment:
            return "is about more: a part of it has the name"
        if (owner := self._owner(concept, page.title)) is not None:
            return f"is the article of {owner.id} ({owner.label})"
        mentions = _Mentions(" ".join((page.text[:_READ], *page.categories, page.title)))
        high = concept.rank not in ("", *_LOW)
        if high and mentions.of(concept.rank) and mentions.of(concept.label):
            return ""  # families and what is above have names that hardly anything else has
        expected, enough = self._context(concept)
        # 'Atlanta' alone does not mention the Atlantidae.
        mentions.forget(concept.label, *concept.synonyms)
        if sum(map(mentions.of, expected)) < enough and not self._of_life(concept, mentions):
            some = ", ".join(expected[:_SHOWN]) or "what would tell"
            return f"mentions too little of {some}{'…' * (len(expected) > _SHOWN)}"
        return ""

    def _of_life(self, concept: Concept, mentions: _Mentions) -> bool:
        """Return whether an article is on the anatomy of what has a part or stage: of animals."""
        if concept.kind not in ("part", "stage") or not any(map(mentions.of, _LIFE)):
            return False
        kingdoms = [self._graph[id_] for id_ in self._around(concept)]
        names = [n for c in kingdoms if c.rank in _KINGDOMS for n in (c.label, *c.synonyms)]
        return any(map(mentions.of, names))

    def _owner(self, concept: Concept, title: str) -> Concept | None:
        """Return another concept that bears an article's name, where this one does not."""
        bare = _IN_BRACKETS.sub("", title)
        if fold(bare) in {fold(name) for name in (concept.label, *concept.synonyms)}:
            return None
        others = [id_ for name in (title, bare) for id_ in self._graph.find(name)]
        return next((self._graph[id_] for id_ in others if id_ != concept.id), None)

    def _context(self, concept: Concept) -> tuple[list[str], int]:
        """Return names that an article about a concept mentions, and how many of them at least."""
        graph = self._graph
        around = self._around(concept)
        telling = [graph[id_] for id_ in around if graph.related(id_, "is_a")]
        telling = [c for c in telling if c.rank not in _KINGDOMS] or telling
        if telling:
            return [name for c in telling for name in (c.label, *c.synonyms)], 1
        if concept.rank:
            return [concept.rank], 1
        return sorted({*_long_words(concept.definition)}), _SHARED

    def _around(self, concept: Concept) -> list[str]:
        """Return the ids of what a concept is a kind, form or part of, or had by, nearest first."""
        graph = self._graph
        around = {concept.id, *graph.related(concept.id, "form_of", "part_of")}
        around.update(self._holders.get(concept.id, ()))
        above = {*self._tree.ancestors(around & self._known), *around} - {concept.id}
        return sorted(above & self._known, key=self._tree.index, reverse=True)

    @cached_property
    def _known(self) -> set[str]:
        return set(self._tree.ids)

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        """What has each trait."""
        found: dict[str, list[str]] = {}
        for child, relation, parent in self._graph.relations:
            if relation in TRAITS and not self._graph[child].obsolete:
                found.setdefault(parent, []).append(child)
        return found


def as_title(name: str) -> str:
    """Return a name as MediaWiki writes titles: composed, blanks single, the first letter large."""
    title = " ".join(unicodedata.normalize("NFC", name).replace("_", " ").split())
    return title[:1].upper() + title[1:]


def _long_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text) if len(word) >= _LONG]


class _Mentions:
    """The words of a text, to be asked whether it mentions a name."""

    def __init__(self, text: str) -> None:
        words = re.findall(r"[^\W_]+", text.casefold())
        self._line = f" {' '.join(words)} "
        self._words = set(words)

    def forget(self, *names: str) -> None:
        """Take the words of names no longer for other names with the same stem."""
        for name in names:
            self._words.difference_update(re.findall(r"[^\W_]+", name.casefold()))

    def of(self, name: str) -> bool:
        """Return whether a name is mentioned, in the plural or, a Latin one, as its stem.

        'Copepoda' is mentioned as 'copepods'.
        """
        folded = " ".join(re.findall(r"[^\W_]+", name.casefold()))
        if len(folded) < _SHORTEST:
            return False
        numbers = (folded, f"{folded}s", f"{folded}es", folded.removesuffix("s"))
        if any(f" {form} " in self._line for form in numbers):
            return True
        stem = _LATIN.sub("", folded)
        if not name[:1].isupper() or stem == folded or len(stem) < _LONG or " " in stem:
            return False
        return any(w.startswith(stem) and len(w) <= len(stem) + _ENDING for w in self._words)
