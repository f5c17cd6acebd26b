"""Articles of a MediaWiki: their introductions in batches, and what tells what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from kgconcepts.graph import plain
from kgconcepts.text.page import Asked, Page
from kgconcepts.text.polite import MAXLAG, Unavailable

_T = TypeVar("_T")

__all__ = ["TITLES", "WIKIPEDIA", "in_batches", "introductions", "revisions"]

WIKIPEDIA = "https://{language}.wikipedia.org/w/api.php"
TITLES = 40  # a request; MediaWiki gives 20 introductions of them at a time, and goes on
_CHECKED = 50  # titles a request whose revisions alone are asked for
_MALFORMED = (KeyError, TypeError, AttributeError, ValueError)  # what such an answer raises
_MOST_ANSWERS = 50  # to one question


def introductions(
    client: httpx.Client, language: str, titles: Sequence[str]
) -> tuple[dict[str, Asked], dict[int, Page]]:
    """Fetch what some titles lead to: all of it, or nothing.

    Parameters
    ----------
    client : httpx client
        Through a `PoliteTransport`.
    language : str
        Code of the Wikipedia.
    titles : sequence of str
        `usable` ones, `TITLES` at most.

    Returns
    -------
    asked, pages : dict of str → Asked, dict of int → Page
        What each title leads to, and the articles.

    Raises
    ------
    Unavailable
        If the server does not say.
    """
    try:
        return _read(language, titles, _answers(client, language, "|".join(titles)))
    except _MALFORMED as error:
        raise Unavailable(f"{language}.wikipedia.org: an answer of another form") from error


def _read(
    language: str, titles: Sequence[str], answers: Iterable[dict[str, Any]]
) -> tuple[dict[str, Asked], dict[int, Page]]:
    """Return what the parts of an answer say of titles."""
    renamed: dict[str, str] = {}
    redirects: dict[str, tuple[str, str]] = {}
    found: dict[str, dict[str, Any]] = {}
    for query in answers:
        renamed |= {entry["from"]: entry["to"] for entry in query.get("normalized", ())}
        redirects |= {
            entry["from"]: (entry["to"], entry.get("tofragment", ""))
            for entry in query.get("redirects", ())
        }
        for part in query.get("pages", ()):
            _join(found.setdefault(part["title"], {}), part)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    pages = {
        title: _page(language, parts, now)
        for title, parts in found.items()
        if parts.get("pageid") and not parts.get("ns")
    }
    return (
        {title: _asked(renamed.get(title, title), redirects, pages) for title in titles},
        {page.id: page for page in pages.values()},
    )


def revisions(client: httpx.Client, language: str, ids: Iterable[int]) -> dict[int, int]:
    """Return the latest revision of articles; 0 of those that are gone.

    Raises
    ------
    Unavailable
        If the server does not say.
    """
    found: dict[int, int] = {}
    for some in in_batches(list(ids), _CHECKED):
        query = _query(client, language, {"prop": "info", "pageids": "|".join(map(str, some))})
        found |= dict.fromkeys(some, 0)
        try:
            found |= {
                page["pageid"]: page.get("lastrevid", 0)
                for page in query.get("query", {}).get("pages", ())
                if not page.get("missing")
            }
        except _MALFORMED as error:
            raise Unavailable(f"{language}.wikipedia.org: an answer of another form") from error
    return found


def in_batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Give items so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _answers(client: httpx.Client, language: str, titles: str) -> Iterator[dict[str, Any]]:
    """Ask for articles until the server has said all."""
    asked = {
        "titles": titles,
        "redirects": "1",
        "prop": "extracts|info|pageprops|langlinks|categories",
        "exintro": "1",
        "explaintext": "1",
        "exlimit": "20",
        "inprop": "url",
        "ppprop": "disambiguation|wikibase_item",
        "lllimit": "max",
        "cllimit": "max",
        "clshow": "!hidden",
    }
    more: dict[str, str] = {}
    for _ in range(_MOST_ANSWERS):
        answer = _query(client, language, {**asked, **more})
        yield answer.get("query", {})
        more = answer.get("continue", {})
        if not more:
            return
    raise Unavailable(f"{language}.wikipedia.org: goes on without an end")


def _query(client: httpx.Client, language: str, asked: Mapping[str, str]) -> dict[str, Any]:
    fixed = {"action": "query", "format": "json", "formatversion": "2", "maxlag": str(MAXLAG)}
    # By POST, as forty titles in other scripts are longer than an address may be.
    answer = client.post(WIKIPEDIA.format(language=language), data={**fixed, **asked})
    found: dict[str, Any] = answer.json()
    return found


def _join(found: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add what one of several answers says of an article."""
    for name, value in part.items():
        if isinstance(value, list):
            found[name] = [*found.get(name, ()), *value]
        elif isinstance(value, dict):
            found[name] = {**found.get(name, {}), **value}
        else:
            found[name] = value


def _asked(
    title: str, redirects: Mapping[str, tuple[str, str]], pages: Mapping[str, Page]
) -> Asked:
    """Follow redirects from a title to an article."""
    seen: set[str] = set()
    fragment = ""
    while title in redirects and title not in seen:
        seen.add(title)
        title, part = redirects[title]
        fragment = fragment or part
    page = pages.get(title)
    return Asked(page.id, bool(seen), fragment) if page else Asked(0)


def _page(language: str, parts: Mapping[str, Any], now: str) -> Page:
    properties = parts.get("pageprops", {})
    url = plain(str(parts.get("canonicalurl", "")))
    return Page(
        language,
        int(parts["pageid"]),
        int(parts.get("lastrevid", 0)),
        plain(str(parts["title"])),
        url if re.match("https?://", url) else "",
        plain(str(parts.get("extract", ""))),
        str(properties.get("wikibase_item", "")),
        "disambiguation" in properties,
        tuple(plain(entry["title"]).partition(":")[2] for entry in parts.get("categories", ())),
        {entry["lang"]: entry["title"] for entry in parts.get("langlinks", ())},
        now,
    )
