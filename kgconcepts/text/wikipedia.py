"""Texts from Wikipedia: the introductions of concepts' articles, and of some the whole article."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from kgconcepts.errors import MissingExtraError, TextError
from kgconcepts.graph import ConceptGraph
from kgconcepts.text.article import Article
from kgconcepts.text.cleaning import clean
from kgconcepts.text.decisions import read_decisions
from kgconcepts.text.page import LANGUAGE, Page
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

try:
    import httpx
    import wikipediaapi

    from kgconcepts.text import wikidata
    from kgconcepts.text.cache import Cache, Section
    from kgconcepts.text.mediawiki import TITLES, in_batches, introductions, revisions
    from kgconcepts.text.polite import MAXLAG, PoliteTransport, user_agent
    from kgconcepts.text.search import Found, Search
except ImportError as error:
    raise MissingExtraError(str(error.name), "text") from error

__all__ = ["LICENCE", "SECTIONS", "Refreshed", "WikipediaSource"]

LICENCE = "CC BY-SA 4.0"
# Of an English article, the sections that say what something looks like and how it lives.
SECTIONS = (
    *("description", "diagnosis", "identification", "appearance", "characteristics", "features"),
    *("morphology", "morphological", "anatomy", "anatomical", "structure", "size", "biology"),
    *("shell", "skeleton", "colony", "cell", "larva", "larvae", "development", "reproduction"),
    *("physiology", "ecology", "habitat", "behaviour", "behavior", "life cycle", "life history"),
)
_CONTACT = re.compile(r"[^@\s()]+@[^@\s()]+\.[^@\s().]+|https?://[^\s()]+\.[^\s()]+")
_SILENCE = 30.0  # seconds without an answer
_TRIES = 3  # to get an article that nobody changes in the meantime


class Refreshed(NamedTuple):
    """What `WikipediaSource.refresh` found: how many articles there are, changed, gone and new."""

    articles: int
    changed: int
    gone: int
    new: int


class WikipediaSource:
    """Texts of concepts from Wikipedia, fetched politely and kept.

    An article is looked for by the concept's Wikidata id or AphiaID, as Wikidata knows them, and
    then by its name and synonyms. It is taken if it is about the concept (`Judge` says how that is
    told). Requests go out one at a time, and wait when the server asks for it.

    Parameters
    ----------
    contact : str
        Your e-mail address or web page: Wikimedia wants to know whom to tell if something goes
        wrong. Needed unless `offline`.
    cache : path-like
        A SQLite file in which everything fetched is kept; it is made where it is not there.
        Several processes may use it at once.
    languages : sequence of str, default ("en",)
        Codes of Wikipedias, the preferred first; a concept's text is from the first that has it.
    decisions : path-like, optional
        A table of what a person decided (`read_decisions`), which comes before all else.
    offline : bool, default False
        Take what is in the cache, and ask nobody.
    transport : httpx transport, optional
        Instead of the network: a proxy, a mirror, a server of one's own.

    Raises
    ------
    TextError
        If the contact is neither an address nor a page, or a language is no code.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from kgconcepts import Concept, ConceptGraph
    >>> graph = ConceptGraph([Concept("PLK:1", "Copepoda")])
    >>> with TemporaryDirectory() as folder:
    ...     source = WikipediaSource(cache=f"{folder}/wiki.sqlite", offline=True)
    ...     texts = source.fetch(graph)
    >>> texts.articles["PLK:1"].status
    'failed'
    """

    def __init__(
        self,
        contact: str = "",
        cache: str | os.PathLike[str] = "wikipedia.sqlite",
        *,
        languages: Sequence[str] = ("en",),
        decisions: str | os.PathLike[str] | None = None,
        offline: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not offline and not (_CONTACT.fullmatch(contact) and contact.isascii()):
            raise TextError(
                f"contact: found {contact!r}; expected your e-mail address or web page, which "
                "Wikimedia asks for to reach you if your requests do harm"
            )
        wrong = [language for language in languages if not LANGUAGE.fullmatch(language)]
        if wrong or not languages:
            found = repr(wrong[0]) if wrong else "none"
            raise TextError(f"languages: found {found}; expected codes such as en, fr, sv")
        self.contact = contact
        self.cache = cache
        self.languages = tuple(dict.fromkeys(languages))
        self.decisions = decisions
        self.offline = offline
        self.transport = transport

    def fetch(
        self,
        graph: ConceptGraph,
        full: Iterable[str] = (),
        advance: Callable[[int], None] | None = None,
    ) -> Texts:
        """Return the texts of a graph's concepts.

        What is in the cache is not asked for again, so that a search that was broken off goes on
        where it stopped.

        Parameters
        ----------
        graph : ConceptGraph
            Obsolete concepts are passed over.
        full : iterable of str
            Ids of concepts of whose articles `SECTIONS` are fetched too; one or two requests each.
        advance : callable, optional
            Is told, as they come, how many further titles were answered.

        Returns
        -------
        Texts
            The concepts that have an article, and in ``articles`` what became of every search.
            Where an answer could not be had, that is ``failed``, with the reason.

        Raises
        ------
        SourceError
            If the cache or the decisions cannot be read.
        """
        decisions = read_decisions(self.decisions, graph) if self.decisions is not None else {}
        with Cache(self.cache) as cache, PoliteTransport(self.transport) as polite:
            client = None if self.offline else self._client(polite)
            found = Search(graph, cache, client, self.languages, decisions, advance).run()
            passages: dict[str, list[Passage]] = {}
            for id_, (_, page) in found.items():
                if page is not None:
                    passages[id_] = [_passage(page, page.text, page.revision, page.accessed)]
            for id_ in dict.fromkeys(full):
                article, page = found.get(id_, (None, None))
                if article is None or page is None:
                    continue
                try:
                    passages[id_] += self._sections(page, cache, polite)
                except (wikipediaapi.WikipediaException, TextError) as error:
                    failed = replace(article, status="failed", reason=f"its sections: {error}")
                    found[id_] = (failed, page)
        return Texts(passages, _borrowing(graph, found, passages))

    def refresh(self) -> Refreshed:
        """Ask again for everything in the cache that may have changed; what is new is kept.

        Of articles the revisions are asked for, and those fetched that have another; titles that
        led nowhere, and identifiers, are asked for again.

        Raises
        ------
        TextError
            If an answer cannot be had. What came before it is kept; run it again.
        SourceError
            If the cache cannot be read.
        """
        if self.offline:
            raise TextError("refresh: needs the network; make the source without offline")
        with Cache(self.cache) as cache, PoliteTransport(self.transport) as polite:
            try:
                return self._refresh(cache, self._client(polite))
            except httpx.HTTPError as error:
                raise TextError(f"refresh: {error}; run it again later, it goes on") from error

    def _refresh(self, cache: Cache, client: httpx.Client) -> Refreshed:
        before, changed, gone = cache.revisions(), 0, 0
        new: set[tuple[str, int]] = set()
        for language, keys in cache.keys().items():
            for keys_ in in_batches(keys, wikidata.TOGETHER):
                told = wikidata.articles(client, [language], keys_)
                cache.keep_entities(language, told[language])
        for language, known in before.items():
            now = revisions(client, language, known)
            other = [id_ for id_, revision in known.items() if now[id_] != revision]
            gone += sum(not now[id_] for id_ in other)
            changed += sum(bool(now[id_]) for id_ in other)
            for titles in in_batches(cache.titles(language, other), TITLES):
                cache.keep(language, *introductions(client, language, titles))
            cache.forget(language, (id_ for id_ in other if not now[id_]))
        for language, doubtful in cache.doubtful().items():
            for titles in in_batches(doubtful, TITLES):
                asked, pages = introductions(client, language, titles)
                cache.keep(language, asked, pages)
                new.update(
                    (language, id_) for id_ in pages.keys() - before.get(language, {}).keys()
                )
        cache.forget_unasked()
        return Refreshed(sum(map(len, before.values())), changed, gone, len(new))

    def _client(self, polite: PoliteTransport) -> httpx.Client:
        headers = {"User-Agent": user_agent(self.contact)}
        return httpx.Client(transport=polite, headers=headers, timeout=_SILENCE)

    def _sections(self, page: Page, cache: Cache, polite: PoliteTransport) -> Iterator[Passage]:
        """Give the telling sections of an article."""
        kept = cache.sections(page.language, page.id)
        if kept is None or (kept[0] < page.revision and not self.offline):
            if self.offline:
                raise TextError("were not asked for yet, and this is offline")
            cache.keep_sections(page.language, page.id, *self._whole(page, polite))
            kept = cache.sections(page.language, page.id)
        revision, accessed, sections = kept or (0, "", ())
        for heading, text in sections:
            if page.language != "en" or _TELLING.search(heading):
                passage = _passage(page, text, revision, accessed, heading)
                if passage.text:
                    yield passage

    def _whole(self, page: Page, polite: PoliteTransport) -> tuple[int, list[Section]]:
        """Fetch a whole article, and which revision that is."""
        wiki = wikipediaapi.Wikipedia(
            user_agent(self.contact),
            page.language,
            extra_api_params={"maxlag": MAXLAG},
            max_retries=0,  # the transport sees to that
            transport=polite,
            timeout=_SILENCE,
        )
        revision = page.revision
        for _ in range(_TRIES):
            article = wiki.page(page.title)
            try:
                sections = list(_flat(article.sections))
                there, now = article.exists(), int(article.lastrevid or 0)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise TextError("an answer of another form") from error
            if not there:
                raise TextError(f"{page.title!r} is gone")
            before, revision = revision, now
            if revision == before:
                return revision, sections
        raise TextError(f"{page.title!r} is being changed; try later")


_TELLING = re.compile(rf"\b(?:{'|'.join(SECTIONS)})\b", re.IGNORECASE)


def _flat(
    sections: Iterable[wikipediaapi.WikipediaPageSection], above: tuple[str, ...] = ()
) -> Iterator[Section]:
    """Give sections, those within others after them, each with the headings that lead to it."""
    for section in sections:
        heading = (*above, section.title)
        if section.text:
            yield " › ".join(heading), section.text
        yield from _flat(section.sections, heading)


def _passage(page: Page, text: str, revision: int, accessed: str, section: str = "") -> Passage:
    return Passage(
        clean(text),
        "Wikipedia",
        LICENCE,
        page.title,
        page.url,
        str(revision),
        accessed,
        page.language,
        section,
    )


def _borrowing(
    graph: ConceptGraph, found: Found, texts: dict[str, list[Passage]]
) -> Iterator[Article]:
    """Give what became of each search, with the ancestor whose text could be borrowed."""
    for id_, (article, page) in found.items():
        yield article if page else replace(article, borrow=_nearest(graph, id_, texts))


def _nearest(graph: ConceptGraph, id_: str, texts: dict[str, list[Passage]]) -> str:
    """Return the nearest ancestor with a text, level by level; empty where there is none."""
    level, seen = [id_], {id_}
    while level:
        above = dict.fromkeys(p for c in level for p in graph.related(c, "is_a") if p not in seen)
        seen.update(above)
        level = list(above)
        for parent in level:
            if parent in texts:
                return parent
    return ""
