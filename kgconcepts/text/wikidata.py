"""Which Wikipedia article is about what has this Wikidata id or AphiaID, by Wikidata's own word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import httpx

from kgconcepts.graph import plain
from kgconcepts.text.article import KEY
from kgconcepts.text.polite import Unavailable

__all__ = ["ENDPOINT", "TOGETHER", "articles"]

ENDPOINT = "https://query.wikidata.org/sparql"
TOGETHER = 200  # identifiers in a question, which is to be answered within a minute
# P850 is 'WoRMS-ID for taxa': https://www.wikidata.org/wiki/Property:P850
_QUESTION = """\
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX schema: <http://schema.org/>
SELECT ?key ?item ?site ?title WHERE {{
  {{ VALUES ?asked {{ {items} }} OPTIONAL {{ ?asked owl:sameAs ?merged . }}
     BIND(STR(?asked) AS ?key) BIND(COALESCE(?merged, ?asked) AS ?item) }}
  UNION
  {{ VALUES ?key {{ {numbers} }} ?item wdt:P850 ?key . }}
  OPTIONAL {{
    VALUES ?site {{ {sites} }}
    ?article schema:about ?item ; schema:isPartOf ?site ; schema:name ?title .
  }}
}}"""
_ITEM = "http://www.wikidata.org/entity/"


def articles(
    client: httpx.Client, languages: Sequence[str], keys: Sequence[str]
) -> dict[str, dict[str, tuple[str, str]]]:
    """Ask for the articles about some identifiers.

    Parameters
    ----------
    client : httpx client
        Through a `PoliteTransport`.
    languages : sequence of str
    keys : sequence of str
        ``Wikidata:Q189973``, ``AphiaID:1080``; `TOGETHER` at most.

    Returns
    -------
    dict of language → key → (item, title)
        Both are empty where Wikidata has no item, or several with the same AphiaID; the title
        where there is no article in that language.

    Raises
    ------
    Unavailable
        If the server does not say.
    """
    sites = {f"https://{language}.wikipedia.org/": language for language in languages}
    items: dict[str, set[str]] = {key: set() for key in keys}
    titles: dict[tuple[str, str], str] = {}
    for row in _rows(client, keys, sites):
        number = row["key"].removeprefix(_ITEM)
        key = f"{'Wikidata' if number.startswith('Q') else 'AphiaID'}:{number}"
        item = row["item"].removeprefix(_ITEM)
        items.setdefault(key, set()).add(item)
        if "title" in row and row.get("site") in sites:
            titles[sites[row["site"]], item] = row["title"]
    one = {key: next(iter(items[key])) if len(items[key]) == 1 else "" for key in keys}
    return {
        language: {key: (item, titles.get((language, item), "")) for key, item in one.items()}
        for language in languages
    }


def _rows(
    client: httpx.Client, keys: Sequence[str], sites: Iterable[str]
) -> Iterator[Mapping[str, str]]:
    matches = [match for key in keys if (match := KEY.fullmatch(key))]
    question = _QUESTION.format(
        items=" ".join(f"wd:{match[1]}" for match in matches if match[1]),
        numbers=" ".join(f'"{match[2]}"' for match in matches if match[2]),
        sites=" ".join(f"<{site}>" for site in sites),
    )
    answer = client.post(
        ENDPOINT, data={"query": question}, headers={"Accept": "application/sparql-results+json"}
    )
    try:
        bindings = answer.json()["results"]["bindings"]
        yield from (
            {name: plain(str(cell["value"])) for name, cell in row.items()} for row in bindings
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Unavailable("query.wikidata.org: an answer that is no table") from error
