"""The MediaWiki, the proxy and the Wikidata of these tests do what the real ones do."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from faults import Proxy
from mediawiki import MediaWiki
from wikidata import Wikidata
from wikipages import ELSEWHERE, ODD, REDIRECTS, english

import kgconcepts as kg

EVERYTHING = {
    "prop": "extracts|info|pageprops|langlinks|categories",
    "redirects": "1",
    "exintro": "1",
    "explaintext": "1",
    "exlimit": "20",
    "lllimit": "max",
    "cllimit": "max",
}
BEARABLE = 2**22  # bytes
SETTLING = 0.1  # seconds; PHP logs a request after it has answered


def ask(address: str, **asked: str) -> httpx.Response:
    fixed = {"action": "query", "format": "json", "formatversion": "2"}
    return httpx.post(address, data={**fixed, **asked}, timeout=60)


def query(address: str, **asked: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(address, **asked).json()["query"]
    return found


def counted(wiki: MediaWiki) -> int:
    """How many requests the wiki has logged, once it logs no more."""
    number = -1
    while number != (number := wiki.requests()):
        time.sleep(SETTLING)
    return number


def page(address: str, title: str, **asked: str) -> dict[str, Any]:
    (found,) = query(address, titles=title, **asked)["pages"]
    return dict(found)


@pytest.fixture(scope="module")
def articles(ontology: kg.ConceptGraph) -> list[str]:
    """Titles of pages with text, none a redirect."""
    pages = {t: text for t, text in english(ontology).items() if not t.startswith("Template:")}
    return [title for title, text in pages.items() if text and not text.startswith("#REDIRECT")]


def test_twenty_introductions_come_in_one_answer(wiki: MediaWiki, articles: list[str]) -> None:
    before = counted(wiki)
    answer = ask(wiki.api, titles="|".join(articles[:20]), **EVERYTHING).json()
    assert counted(wiki) - before == 1
    assert answer["batchcomplete"]
    pages = {found["title"]: found for found in answer["query"]["pages"]}
    assert pages.keys() == set(articles[:20])
    assert all(found["extract"] and found["lastrevid"] for found in pages.values())
    assert pages["Copepod"]["extract"].startswith("Copepods () are small crustaceans")
    assert pages["Copepod"]["pageprops"] == {"wikibase_item": "Q189973"}
    assert pages["Copepod"]["langlinks"] == [{"lang": "sv", "title": "Hoppkräftor"}]
    assert pages["Copepod"]["categories"] == [{"ns": 14, "title": "Category:Copepods"}]


@pytest.mark.parametrize(("number", "extracts"), [(21, [20, 1]), (40, [20, 20]), (45, [20, 20, 5])])
def test_of_more_titles_only_introductions_go_on(
    wiki: MediaWiki, articles: list[str], number: int, extracts: list[int]
) -> None:
    answers: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while more or not answers:
        answers.append(
            ask(wiki.api, titles="|".join(articles[:number]), **EVERYTHING, **more).json()
        )
        more = answers[-1].get("continue", {})
    having = [
        [sum(name in found for found in answer["query"]["pages"]) for answer in answers]
        for name in ("title", "extract", "lastrevid")
    ]
    # All pages are in each answer; what was said of them in the first is not said again.
    assert having == [
        [number] * len(answers),
        extracts,
        [number] + [0] * (len(answers) - 1),
    ]
    assert ["batchcomplete" in answer for answer in answers] == [False] * (len(answers) - 1) + [
        True
    ]


def test_missing_pages_take_no_place_of_introductions(wiki: MediaWiki, articles: list[str]) -> None:
    titles = [*articles[:20], *(f"No page {k}" for k in range(20))]
    answer = ask(wiki.api, titles="|".join(titles), **EVERYTHING).json()
    assert "continue" not in answer
    assert sum("extract" in found for found in answer["query"]["pages"]) == 20
    assert sum("missing" in found for found in answer["query"]["pages"]) == 20


def test_more_than_fifty_titles_are_an_error_in_an_answer_200(wiki: MediaWiki) -> None:
    answer = ask(wiki.api, titles="|".join(f"No page {k}" for k in range(51)))
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == answer.headers["MediaWiki-API-Error"]
    assert answer.json()["error"]["code"] == "toomanyvalues"


def test_redirects_are_followed_one_by_one(wiki: MediaWiki) -> None:
    found = query(wiki.api, titles="copepods|Mormonilla", redirects="1")
    assert [(entry["from"], entry["to"]) for entry in found["normalized"]] == [
        ("copepods", "Copepods")
    ]
    redirects = {entry["from"]: entry for entry in found["redirects"]}
    assert redirects["Copepods"]["to"] == "Copepoda"
    assert redirects["Copepoda"]["to"] == "Copepod"
    assert redirects["Mormonilla"]["tofragment"] == "Antennae"
    assert [entry["title"] for entry in found["pages"]] == ["Copepod"]


def test_lists_of_meanings_say_so(wiki: MediaWiki) -> None:
    asked = {"prop": "pageprops|extracts", "explaintext": "1", "exintro": "1"}
    assert page(wiki.api, "Antenna", **asked)["pageprops"] == {"disambiguation": ""}
    assert "pageprops" not in page(wiki.api, "Bell", **asked)
    assert page(wiki.api, "Noctiluca", **asked)["extract"] == ""


@pytest.mark.parametrize("title", ["<script>", "[x]", "x" * 256, "é" * 128, ".", "O%27Neil"])
def test_titles_that_cannot_be(wiki: MediaWiki, title: str) -> None:
    found = page(wiki.api, title)
    assert (found["title"], found["invalid"]) == (title, True)
    assert found["invalidreason"]
    assert "pageid" not in found


@pytest.mark.parametrize(
    "title", [":Copepod", "copepod", " Copepod_", "Copepod#x", "\u202eCopepod"]
)
def test_titles_that_are_put_right(wiki: MediaWiki, title: str) -> None:
    found = query(wiki.api, titles=title)
    assert [entry["title"] for entry in found["pages"]] == ["Copepod"]
    assert found["normalized"] == [{"fromencoded": False, "from": title, "to": "Copepod"}]


def test_a_decomposed_title_comes_back_percent_encoded(wiki: MediaWiki) -> None:
    found = query(wiki.api, titles=unicodedata.normalize("NFD", "Café"))
    assert found["normalized"] == [{"fromencoded": True, "from": "Cafe%CC%81", "to": "Café"}]


def test_titles_of_elsewhere(wiki: MediaWiki) -> None:
    found = query(wiki.api, titles="sv:Hoppkräftor")
    assert found == {"interwiki": [{"title": "sv:Hoppkräftor", "iw": "sv"}]}
    assert page(wiki.api, "Category:Copepods")["ns"] == 14
    assert [entry["title"] for entry in query(wiki.api, titles="A|B")["pages"]] == ["B", "A"]
    assert "query" not in ask(wiki.api, titles="").json()


def test_an_article_of_five_million_characters_is_served(wiki: MediaWiki) -> None:
    assert page(wiki.api, "Acartia", prop="info")["length"] > 5_000_000


def test_an_edit_is_a_new_revision_and_a_deleted_page_is_missing(wiki: MediaWiki) -> None:
    title = "Of this test"
    assert page(wiki.api, title)["missing"]
    try:
        wiki.edit(title, "One.")
        first = page(wiki.api, title, prop="info")
        wiki.edit(title, "Two. [[Category:Tests]]")
        second = page(wiki.api, title, **EVERYTHING)
    finally:
        wiki.delete(title)
    assert first["pageid"] == second["pageid"]
    assert first["lastrevid"] < second["lastrevid"]
    assert second["extract"] == "Two."
    assert second["categories"] == [{"ns": 14, "title": "Category:Tests"}]
    assert page(wiki.api, title)["missing"]


def test_the_swedish_wiki_has_what_the_english_links_to(
    wiki: MediaWiki, swedish: MediaWiki
) -> None:
    ((link,), title) = page(wiki.api, "Copepod", prop="langlinks")["langlinks"], "Copepod"
    back = page(swedish.api, link["title"], prop="langlinks")["langlinks"]
    assert back == [{"lang": "en", "title": title}]


def test_what_goes_through_the_proxy_is_counted_on_both_sides(
    wiki: MediaWiki, proxy: Proxy
) -> None:
    before = counted(wiki)
    for _ in range(3):
        assert page(proxy.address, "Copepod") == page(wiki.api, "Copepod")
    assert counted(wiki) - before == 6
    assert [said["titles"] for said in proxy.requests] == ["Copepod"] * 3
    assert proxy.answered == proxy.requests


def test_a_fault_waits_for_its_request_and_happens_once(proxy: Proxy) -> None:
    proxy.fail("503", when=lambda said: said["titles"] == "Bell")
    codes = [ask(proxy.address, titles=title).status_code for title in ("Copepod", "Bell", "Bell")]
    assert codes == [200, 503, 200]
    assert [said["titles"] for said in proxy.answered] == ["Copepod", "Bell"]


@pytest.mark.parametrize("fault", ["429", "503"])
def test_a_busy_server_says_when_to_come_back(wiki: MediaWiki, fault: str) -> None:
    with Proxy(wiki.api, retry_after="7") as proxy:
        proxy.fail(fault)
        answer = ask(proxy.address, titles="Copepod")
    assert answer.status_code == int(fault)
    assert answer.headers["Retry-After"] == "7"


def test_lag_is_told_as_mediawiki_tells_it(wiki: MediaWiki, proxy: Proxy) -> None:
    real = ask(wiki.api, titles="Copepod", maxlag="-2")  # a single database lags by -1
    proxy.fail("maxlag")
    told = ask(proxy.address, titles="Copepod", maxlag="5")
    for answer in (real, told):
        assert answer.status_code == 200
        assert answer.json()["error"]["code"] == "maxlag"
        assert "Retry-After" in answer.headers
    assert "query" in ask(wiki.api, titles="Copepod", maxlag="5").json()


def test_a_database_that_is_down_is_told_in_an_answer_200(proxy: Proxy) -> None:
    proxy.fail("error")
    answer = ask(proxy.address, titles="Copepod")
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "internal_api_error_DBQueryError"


@pytest.mark.parametrize("fault", ["truncated", "html"])
def test_an_answer_that_is_no_json(proxy: Proxy, fault: str) -> None:
    proxy.fail(fault)
    answer = ask(proxy.address, titles="Copepod")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_answer_that_is_cut_off(proxy: Proxy) -> None:
    proxy.fail("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(proxy.address, titles="Copepod")


def test_an_answer_that_is_late(proxy: Proxy) -> None:
    proxy.fail("timeout")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(proxy.address, params={"action": "query"}, timeout=0.2)


def test_an_answer_that_unpacks_to_very_much(proxy: Proxy) -> None:
    proxy.fail("bomb")
    with httpx.stream("GET", proxy.address, params={"action": "query"}) as answer:
        size = _read(answer.iter_bytes())
        packed = answer.num_bytes_downloaded
    assert size > BEARABLE > 20 * packed


def _read(blocks: Iterator[bytes]) -> int:
    """Read no more than is bearable."""
    size = 0
    for block in blocks:
        size += len(block)
        if size > BEARABLE:
            break
    return size


def test_wikidata_knows_articles_by_aphia_id(ontology: kg.ConceptGraph, wikidata: Wikidata) -> None:
    (aphia,) = ontology[ontology.find_one("Candacia")].xrefs
    number = aphia.removeprefix("AphiaID:")
    question = f"""
    PREFIX wdt: <http://www.wikidata.org/prop/direct/>
    PREFIX schema: <http://schema.org/>
    SELECT ?item ?title WHERE {{
      ?item wdt:P850 "{number}" .
      ?article schema:about ?item ; schema:isPartOf <https://en.wikipedia.org/> ;
        schema:name ?title .
    }}"""
    before = len(wikidata.requests)
    answer = httpx.post(wikidata.address, data={"query": question}).json()
    (row,) = answer["results"]["bindings"]
    item, title = ELSEWHERE["Candacia"]
    assert row["item"]["value"] == f"http://www.wikidata.org/entity/{item}"
    assert (row["title"]["value"], row["title"]["xml:lang"]) == (title, "en")
    assert wikidata.requests[before:] == [question]


@pytest.mark.parametrize("title", ODD)
def test_titles_that_have_to_be_encoded(wiki: MediaWiki, title: str) -> None:
    found = page(wiki.api, title, prop="extracts", explaintext="1", exintro="1")
    assert found["extract"] == f"{title} is an article."


@pytest.mark.parametrize(("title", "end"), REDIRECTS.items())
def test_where_redirects_end(wiki: MediaWiki, title: str, end: str) -> None:
    found = query(wiki.api, titles=title, redirects="1")
    assert found["redirects"][0]["from"] == title
    there = [entry["title"] for entry in found.get("pages", ()) if "missing" not in entry]
    assert there == ([end] if end else [])


def test_the_wiki_knows_what_it_was_asked(wiki: MediaWiki) -> None:
    before = len(wiki.queries())
    page(wiki.api, "Copepod", prop="info")
    (said,) = wiki.queries()[before:]
    assert (said["titles"], said["prop"], said["formatversion"]) == ("Copepod", "info", "2")
