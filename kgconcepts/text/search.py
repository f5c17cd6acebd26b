"""The search for each concept's article: in the cache, and then on Wikipedia."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from kgconcepts.graph import Concept, ConceptGraph
from kgconcepts.text import wikidata
from kgconcepts.text.article import Article, Judge, accepted_names, keys, names
from kgconcepts.text.cache import Cache
from kgconcepts.text.mediawiki import TITLES, in_batches, introductions
from kgconcepts.text.page import Asked, Page, usable
from kgconcepts.text.polite import Unavailable

__all__ = ["Search"]

# What led to an article, the most telling first.
_BY = ("decision", "Wikidata", "AphiaID", "language link", "name", "synonym")
_OFFLINE = "was not asked for yet, and this is offline"

_RANKED = ("found", "failed", "refused", "missing")  # which outcome says more
_SURE = ("Wikidata", "AphiaID", "language link")

Found = dict[str, tuple[Article, Page | None]]
_Answers = dict[str, tuple[Asked, Page | None]]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A title that a concept's article may have, and what led to it."""

    title: str
    by: str
    item: str = ""


class Search:
    """Looks for the articles of a graph's concepts.

    Parameters
    ----------
    graph : ConceptGraph
    cache : Cache
        Where what was asked for before is, and what is asked for now is kept.
    client : httpx client, optional
        Through a `PoliteTransport`; without one, only the cache is asked.
    languages : sequence of str
        The preferred first.
    decisions : mapping of id → (language, title)
        What a person decided; an empty title means that there is no article.
    advance : callable, optional
        Is told how many titles were answered.
    """

    def __init__(
        self,
        graph: ConceptGraph,
        cache: Cache,
        client: httpx.Client | None,
        languages: Sequence[str],
        decisions: Mapping[str, tuple[str, str]],
        advance: Callable[[int], None] | None = None,
    ) -> None:
        self._graph = graph
        self._cache = cache
        self._client = client
        self._languages = languages
        self._decisions = decisions
        self._advance = advance or (lambda number: None)
        self._judge = Judge(graph)
        self._accepted = accepted_names(graph)
        self._failures: dict[str, str] = {}  # why a title was not answered

    def run(self) -> Found:
        """Return what became of the search for each concept's article, and the article."""
        concepts = [concept for concept in self._graph if not concept.obsolete]
        found: Found = {c.id: (Article(c.id, "missing"), None) for c in concepts}
        free = [c for c in concepts if c.id not in self._decisions]
        self._as_decided([c.id for c in concepts if c.id in self._decisions], found)
        items, unanswered = self._entities(free)
        for position, language in enumerate(self._languages):
            rest = [c for c in free if found[c.id][0].status in ("missing", "refused")]
            self._by_title(language, rest, items[language], found)
            for preferred in self._languages[:position]:
                self._by_link(language, preferred, rest, found)
        for concept in free:
            article, page = found[concept.id]
            lost = [unanswered[key] for key in keys(concept, self._accepted) if key in unanswered]
            if lost:
                found[concept.id] = (replace(article, status="failed", reason=lost[0]), page)
        return self._one_each(found)

    def _as_decided(self, ids: Iterable[str], found: Found) -> None:
        wanted: dict[str, dict[str, str]] = {}
        for id_ in ids:
            language, title = self._decisions[id_]
            if title:
                wanted.setdefault(language or self._languages[0], {})[id_] = title
            else:
                none = Article(id_, "refused", by="decision", reason="decided: no article")
                found[id_] = (none, None)
        for language, titles in wanted.items():
            answers = self._ask(language, [title for title in titles.values() if usable(title)])
            for id_, title in titles.items():
                found[id_] = self._outcome(id_, language, _Candidate(title, "decision"), answers)

    def _entities(
        self, concepts: Sequence[Concept]
    ) -> tuple[dict[str, dict[str, tuple[str, str]]], dict[str, str]]:
        """Return item and title by language and key, and why keys were not answered."""
        wanted = list(dict.fromkeys(key for c in concepts for key in keys(c, self._accepted)))
        known = {language: self._cache.entities(language, wanted) for language in self._languages}
        rest = [key for key in wanted if any(key not in known[lang] for lang in self._languages)]
        unanswered: dict[str, str] = {}
        for some in in_batches(rest, wikidata.TOGETHER):
            try:
                if self._client is None:
                    raise Unavailable(_OFFLINE)
                for language, told in wikidata.articles(
                    self._client, self._languages, some
                ).items():
                    self._cache.keep_entities(language, told)
                    known[language] |= told
            except httpx.HTTPError as error:
                unanswered |= dict.fromkeys(some, str(error))
        return known, unanswered

    def _by_title(
        self,
        language: str,
        concepts: Sequence[Concept],
        items: Mapping[str, tuple[str, str]],
        found: Found,
    ) -> None:
        """Try the likeliest title of each concept, and then all others of those that need them."""
        waiting = {concept.id: self._candidates(concept, items) for concept in concepts}
        for part in (slice(1), slice(1, None)):
            tried = {id_: titles[part] for id_, titles in waiting.items()}
            answers = self._ask(language, [c.title for titles in tried.values() for c in titles])
            for id_, titles in tried.items():
                for candidate in titles:
                    outcome = self._outcome(id_, language, candidate, answers)
                    if _RANKED.index(outcome[0].status) < _RANKED.index(found[id_][0].status):
                        found[id_] = outcome
                    if outcome[0].status in ("found", "failed"):
                        del waiting[id_]
                        break

    def _by_link(
        self, language: str, preferred: str, concepts: Iterable[Concept], found: Found
    ) -> None:
        """Go from articles to the same in a language that is preferred."""
        links: dict[str, str] = {}
        for concept in concepts:
            page = found[concept.id][1]
            if page and page.language == language and usable(page.languages.get(preferred, "")):
                links[concept.id] = page.languages[preferred]
        answers = self._ask(preferred, links.values())
        for id_, title in links.items():
            candidate = _Candidate(title, "language link")
            outcome = self._outcome(id_, preferred, candidate, answers)
            if outcome[1] is not None:
                found[id_] = outcome
            elif outcome[0].status == "failed":  # what there is stays, and is not all there may be
                article, page = found[id_]
                found[id_] = (replace(article, status="failed", reason=outcome[0].reason), page)

    def _candidates(
        self, concept: Concept, items: Mapping[str, tuple[str, str]]
    ) -> list[_Candidate]:
        """Return the titles to be tried, those that Wikidata gives first."""
        known = {key: items[key] for key in keys(concept, self._accepted) if key in items}
        item = next((item for item, _ in known.values() if item), "")
        titles: dict[str, str] = {}
        for key, (own, title) in known.items():
            if own == item and title and usable(title):
                titles.setdefault(title, key.partition(":")[0])
        for title, by in names(concept).items():
            titles.setdefault(title, by)
        return [_Candidate(title, by, item) for title, by in titles.items()]

    def _outcome(
        self, id_: str, language: str, candidate: _Candidate, answers: _Answers
    ) -> tuple[Article, Page | None]:
        """Return what a title of a concept comes to."""
        title, by = candidate.title, candidate.by
        if title not in answers:
            reason = self._failures.get(title, "is no title that an article can have")
            return Article(id_, "failed", language, title, by=by, reason=reason), None
        asked, page = answers[title]
        if page is None:
            reason = "" if by != "decision" else "there is no such article"
            return Article(id_, "missing", language, title, by=by, reason=reason), None
        concept, sure = self._graph[id_], by in _SURE
        against = ""
        if by != "decision":
            against = self._judge.objection(concept, asked, page, candidate.item, sure=sure)
        article = Article(
            id_,
            "refused" if against else "found",
            language,
            page.title,
            page.url,
            page.revision,
            by,
            against,
        )
        return article, None if against else page

    def _ask(self, language: str, titles: Iterable[str]) -> _Answers:
        """Return what titles lead to; what cannot be had is left out, and noted."""
        wanted = list(dict.fromkeys(titles))
        asked = self._cache.asked(language, wanted)
        for some in in_batches([title for title in wanted if title not in asked], TITLES):
            try:
                if self._client is None:
                    raise Unavailable(_OFFLINE)
                new, pages = introductions(self._client, language, some)
            except httpx.HTTPError as error:
                self._failures |= dict.fromkeys(some, str(error))
                continue
            self._cache.keep(language, new, pages)
            asked |= new
            self._advance(len(some))
        pages = self._cache.pages(language, {to.page for to in asked.values()})
        return {title: (to, pages.get(to.page)) for title, to in asked.items()}

    def _one_each(self, found: Found) -> Found:
        """Leave an article to the concept that it fits best, if nobody decided otherwise."""
        claims: dict[tuple[str, int], list[str]] = {}
        for id_, (_, page) in found.items():
            if page is not None:
                claims.setdefault((page.language, page.id), []).append(id_)
        for ids in claims.values():
            first = min(ids, key=lambda id_: _BY.index(found[id_][0].by))  # of equals the first
            owner = self._graph[first]
            for id_ in ids:
                article = found[id_][0]
                if id_ != first and article.by != "decision":
                    reason = f"{article.title!r} is the article of {owner.id} ({owner.label})"
                    found[id_] = (replace(article, status="refused", reason=reason), None)
        return found
