"""Wikipedia on a real MediaWiki: articles found, refused, kept, refreshed, and never harmful."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import numpy as np
import pytest
from faults import FAULTS, Proxy
from mediawiki import MediaWiki
from wikidata import Wikidata
from wikipages import ELSEWHERE, NUMBER, REFUSED, english

import kgconcepts as kg
from kgconcepts.dictionary import Certificate, Grounding
from kgconcepts.errors import SourceError, TextError
from kgconcepts.export.report import write_report
from kgconcepts.text import polite, wikipedia
from kgconcepts.text.cache import Cache
from kgconcepts.text.wikipedia import LICENCE

Leading = Callable[[Mapping[str, str]], httpx.BaseTransport]
Source = Callable[..., kg.WikipediaSource]


@pytest.fixture
def hosts(wiki: MediaWiki, proxy: Proxy, wikidata: Wikidata) -> dict[str, str]:
    """Where the hosts of Wikimedia are here."""
    wiki_data = {"query.wikidata.org": wikidata.address}
    return {"en.wikipedia.org": proxy.address, **wiki_data}


@pytest.fixture
def source(hosts: dict[str, str], leading: Leading, tmp_path: Path) -> Source:
    """Make a source whose requests stay on loopback."""

    def made(**settings: object) -> kg.WikipediaSource:
        given = {"contact": "test@example.org", "cache": tmp_path / "wiki.sqlite", **settings}
        return kg.WikipediaSource(**{"transport": leading(hosts), **given})  # type: ignore[arg-type]

    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a hundredth of the time."""
    sleep = time.sleep
    monkeypatch.setattr(polite.time, "sleep", lambda seconds: sleep(seconds / 100))


@pytest.fixture(scope="module")
def thousand(ontology: kg.ConceptGraph) -> kg.ConceptGraph:
    """A thousand concepts, those with articles among them."""
    pages = english(ontology)
    known = [c.id for c in ontology if c.label in pages or c.label in ELSEWHERE]
    others = [c.id for c in ontology if c.id not in known and c.kind == "taxon"]
    chosen = dict.fromkeys([*known, *others][:1000])
    return kg.ConceptGraph(
        (c for c in ontology if c.id in chosen),
        (r for r in ontology.relations if r.child in chosen and r.parent in chosen),
        ontology.sources.values(),
    )


def small(graph: kg.ConceptGraph, *names: str) -> kg.ConceptGraph:
    return graph.restrict(graph.find_one(name) for name in names)


def test_there_are_enough_pages(ontology: kg.ConceptGraph) -> None:
    assert len(english(ontology)) == NUMBER


def test_an_introduction_is_a_passage_with_its_provenance(
    ontology: kg.ConceptGraph, source: Source
) -> None:
    graph = small(ontology, "Oithona")
    texts = source().fetch(graph)
    copepods, oithona = graph.find_one("Copepoda"), graph.find_one("Oithona")
    (passage,) = texts[copepods]  # by two redirects
    assert passage.text.startswith("Copepods are small crustaceans that live in nearly all waters.")
    assert "IPA" not in passage.text
    assert (passage.title, passage.language, passage.source) == ("Copepod", "en", "Wikipedia")
    assert passage.licence == LICENCE
    assert passage.url.endswith("/Copepod")
    assert passage.revision.isdecimal()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", passage.accessed)
    assert texts[oithona][0].text.startswith("Oithona is a genus of copepods")
    assert texts.articles[copepods].status == "found"


@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_what_is_easily_taken_for_an_article_is_refused(
    ontology: kg.ConceptGraph, source: Source, name: str, why: str
) -> None:
    graph = small(ontology, name)
    texts = source().fetch(graph)
    article = texts.articles[graph.find_one(name)]
    assert article.status == "refused"
    assert why in article.reason
    assert graph.find_one(name) not in texts


def test_a_concept_without_an_article_says_whose_text_it_could_borrow(
    ontology: kg.ConceptGraph, source: Source
) -> None:
    graph = small(ontology, "Oithona similis", "Eucalanus")
    articles = source().fetch(graph).articles
    oithona, copepods = graph.find_one("Oithona"), graph.find_one("Copepoda")
    assert articles[graph.find_one("Oithona similis")].borrow == oithona
    eucalanus = articles[graph.find_one("Eucalanus")]
    assert (eucalanus.status, eucalanus.borrow) == ("missing", copepods)
    assert articles[graph.find_one("Biota")].borrow == ""
    assert articles[oithona].borrow == ""


def test_an_empty_article_is_none(ontology: kg.ConceptGraph, source: Source) -> None:
    graph = small(ontology, "Noctiluca")
    article = source().fetch(graph).articles[graph.find_one("Noctiluca")]
    assert (article.status, article.reason) == ("refused", "'Noctiluca' has no text")


def test_wikidata_leads_to_articles_of_other_titles(
    ontology: kg.ConceptGraph, source: Source
) -> None:
    graph = small(ontology, *ELSEWHERE)
    concepts = [
        kg.Concept(c.id, c.label, xrefs=("Wikidata:Q901",)) if c.label == "Candacia" else c
        for c in graph
    ]
    graph = kg.ConceptGraph(concepts, graph.relations)
    articles = source().fetch(graph).articles
    found = {name: articles[graph.find_one(name)] for name in ELSEWHERE}
    assert {name: article.title for name, article in found.items()} == {
        name: title for name, (_, title) in ELSEWHERE.items()
    }
    assert [article.by for article in found.values()] == ["Wikidata", "AphiaID"]


def test_a_person_decides(ontology: kg.ConceptGraph, source: Source, tmp_path: Path) -> None:
    graph = small(ontology, "Oithona similis", "valve", "Calanus", "bell", "Candacia")
    rows = {"Oithona similis": "Oithona", "Calanus": "", "bell": "No such article"}
    lines = [f"{graph.find_one(name)}\t\t{title}" for name, title in rows.items()]
    table = tmp_path / "decisions.tsv"
    table.write_text("\n".join(("concept\tlanguage\ttitle", *lines)))
    texts = source(decisions=table).fetch(graph)
    found = {name: texts.articles[graph.find_one(name)] for name in (*rows, "Oithona")}
    assert found["Oithona similis"].status == "found"
    assert found["Oithona"].status == "refused"  # it went to another, as decided
    assert (found["Calanus"].status, found["Calanus"].reason) == ("refused", "decided: no article")
    assert (found["bell"].status, found["bell"].reason) == ("missing", "there is no such article")


def test_whole_articles_of_those_wanted(ontology: kg.ConceptGraph, source: Source) -> None:
    graph = small(ontology, "Oithona")
    texts = source().fetch(graph, [graph.find_one("Copepoda")])
    passages = texts[graph.find_one("Copepoda")]
    assert [p.section for p in passages] == [
        *("", "Description", "Description › Antennae", "Life cycle")
    ]
    assert passages[2].text == "The antennules are long and bear setae."
    assert len({p.revision for p in passages}) == 1
    assert len(texts[graph.find_one("Oithona")]) == 1


def test_languages_by_preference(
    ontology: kg.ConceptGraph,
    source: Source,
    hosts: dict[str, str],
    leading: Leading,
    swedish: MediaWiki,
) -> None:
    graph = small(ontology, "Eucalanus", "Haloptilus", "Oithona")
    transport = leading({**hosts, "sv.wikipedia.org": swedish.api})

    def titles(*languages: str) -> dict[str, tuple[str, str, str]]:
        texts = source(languages=languages, transport=transport).fetch(graph)
        return {
            graph[id_].label: (a.language, a.title, a.by)
            for id_, a in texts.articles.items()
            if a.status == "found"
        }

    first = titles("en", "sv")
    assert first["Copepoda"][:2] == ("en", "Copepod")
    assert first["Eucalanus"] == ("sv", "Eucalanus", "name")
    second = titles("sv", "en")
    assert second["Copepoda"] == ("sv", "Hoppkräftor", "language link")
    assert second["Oithona"] == ("en", "Oithona", "name")


def test_a_thousand_concepts_cost_few_requests_and_none_the_second_time(
    thousand: kg.ConceptGraph, source: Source, wiki: MediaWiki
) -> None:
    before = wiki.requests()
    first = source().fetch(thousand)
    assert len(thousand) == 1000
    assert first.outcomes["found"] > 250
    assert 0 < wiki.requests() - before <= 60
    before = wiki.requests()
    assert source().fetch(thousand) == first
    assert source(offline=True, contact="").fetch(thousand).outcomes == first.outcomes
    assert wiki.requests() == before


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_the_result_is_whole(
    thousand: kg.ConceptGraph,
    source: Source,
    proxy: Proxy,
    fault: str,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(wikipedia, "_SILENCE", 1.0)
    graph = thousand.restrict(thousand.ids[:200])
    whole = source(cache=tmp_path / "whole.sqlite").fetch(graph)
    proxy.requests.clear()
    proxy.answered.clear()
    proxy.fail(fault, when=lambda said: "titles" in said)
    texts = source().fetch(graph)
    lost = [a for a in texts.articles.values() if a.status == "failed"]
    if fault == "bomb":  # it is not asked for again; the next run does
        assert 0 < len(lost) <= 40
        assert all("more than" in article.reason for article in lost)
        texts = source().fetch(graph)
    else:
        assert lost == []
    assert dict(texts) == {
        id_: tuple(p for p in some) for id_, some in _dated(whole, texts).items()
    }
    answered = [said["titles"] for said in proxy.answered if "excontinue" not in said]
    assert len(answered) == len(set(answered))  # nothing twice


def _dated(whole: kg.Texts, like: kg.Texts) -> dict[str, tuple[kg.Passage, ...]]:
    """Return passages with the dates of others."""
    from dataclasses import replace

    return {
        id_: tuple(
            replace(p, accessed=q.accessed) for p, q in zip(some, like.get(id_, ()), strict=True)
        )
        for id_, some in whole.items()
    }


def test_what_cannot_be_had_is_listed_and_asked_for_next_time(
    thousand: kg.ConceptGraph, source: Source, proxy: Proxy, quick: None
) -> None:
    graph = thousand.restrict(thousand.ids[:200])
    proxy.fail(*["503"] * 100, when=lambda said: "titles" in said)
    texts = source().fetch(graph)
    assert texts.outcomes == {"failed": len(graph)}
    reasons = {article.reason for article in texts.articles.values()}
    assert reasons == {
        "en.wikipedia.org: answer 503",
        "en.wikipedia.org did not answer, or refused, before; try later",
    }
    proxy._faults.clear()
    assert source().fetch(graph).outcomes["failed"] == 0


def test_sections_that_cannot_be_had_are_listed(
    ontology: kg.ConceptGraph, source: Source, proxy: Proxy, quick: None
) -> None:
    graph = small(ontology, "Oithona")
    copepods = graph.find_one("Copepoda")
    source().fetch(graph)
    proxy.fail(*["maxlag"] * 20)
    texts = source().fetch(graph, [copepods])
    assert texts.articles[copepods].status == "failed"
    assert "its sections: " in texts.articles[copepods].reason
    assert len(texts[copepods]) == 1
    proxy._faults.clear()
    assert len(source().fetch(graph, [copepods])[copepods]) == 4


def test_an_article_that_is_gone_in_the_meantime(
    ontology: kg.ConceptGraph, source: Source, wiki: MediaWiki
) -> None:
    graph = small(ontology, "Calanus")
    calanus = graph.find_one("Calanus")
    source().fetch(graph)
    wiki.delete("Calanus")
    try:
        texts = source().fetch(graph, [calanus])
    finally:
        wiki.edit("Calanus", english(ontology)["Calanus"])
    article = texts.articles[calanus]
    assert (article.status, article.reason) == ("failed", "its sections: 'Calanus' is gone")


def test_wikidata_down_is_told_of_what_was_not_found_without_it(
    ontology: kg.ConceptGraph, source: Source, hosts: dict[str, str], leading: Leading, quick: None
) -> None:
    graph = small(ontology, "Candacia", "Oithona")
    hosts = {"en.wikipedia.org": hosts["en.wikipedia.org"]}
    texts = source(transport=leading(hosts)).fetch(graph)
    oithona = texts.articles[graph.find_one("Oithona")]
    assert (oithona.status, oithona.title) == ("failed", "Oithona")  # Wikidata may know better
    assert "query.wikidata.org" in oithona.reason
    assert graph.find_one("Oithona") in texts
    assert texts.articles[graph.find_one("body part")].status == "missing"  # it is not in Wikidata
    assert texts.articles[graph.find_one("Candacia")].status == "failed"


def test_refreshing_takes_what_changed(
    ontology: kg.ConceptGraph, source: Source, wiki: MediaWiki
) -> None:
    graph = small(ontology, "Calanus", "Eucalanus", "Clytemnestra", "Oithona")
    calanus, eucalanus = graph.find_one("Calanus"), graph.find_one("Eucalanus")
    pages = english(ontology)
    before = source().fetch(graph, [calanus])
    try:
        wiki.edit("Calanus", pages["Calanus"] + "\n== Description ==\nIts body is long.")
        wiki.edit("Eucalanus", "'''Eucalanus''' is a genus of copepods.")
        wiki.delete("Clytemnestra")
        assert source().fetch(graph, [calanus]) == before  # nothing is asked for without need
        told = source().refresh()
        assert (told.changed, told.gone, told.new) == (1, 1, 1)
        after = source().fetch(graph, [calanus])
        assert source().refresh()[1:] == (0, 0, 0)
    finally:
        wiki.edit("Calanus", pages["Calanus"])
        wiki.delete("Eucalanus")
        wiki.edit("Clytemnestra", pages["Clytemnestra"])
    assert [p.section for p in after[calanus]] == ["", "Description"]
    assert int(after[calanus][0].revision) > int(before[calanus][0].revision)
    assert after[eucalanus][0].text == "Eucalanus is a genus of copepods."
    assert after.articles[graph.find_one("Clytemnestra")].status == "missing"
    assert after[graph.find_one("Oithona")] == before[graph.find_one("Oithona")]


def test_refreshing_sees_a_redirect_that_became_an_article(
    ontology: kg.ConceptGraph, source: Source, wiki: MediaWiki
) -> None:
    graph = small(ontology, "Oithona similis")
    similis = graph.find_one("Oithona similis")
    assert source().fetch(graph).articles[similis].status == "refused"
    try:
        wiki.edit("Oithona similis", "Oithona similis is a copepod of cold seas.")
        source().refresh()
        texts = source().fetch(graph)
    finally:
        wiki.edit("Oithona similis", "#REDIRECT [[Oithona]]")
    assert texts[similis][0].title == "Oithona similis"


KILLED = """
import sys
import httpx
import kgconcepts as kg
class Led(httpx.BaseTransport):
    inner = httpx.HTTPTransport()
    def handle_request(self, request):
        if "wikidata" in request.url.host:
            return httpx.Response(200, json={"results": {"bindings": []}})
        address = httpx.URL(sys.argv[3], params=request.url.params)
        headers = [(k, v) for k, v in request.headers.raw if k.lower() != b"host"]
        return self.inner.handle_request(
            httpx.Request(request.method, address, headers=headers, content=request.read()))
graph = kg.read(sys.argv[1])
source = kg.WikipediaSource("test@example.org", sys.argv[2], transport=Led())
print("ready", flush=True)
source.fetch(graph)
print("done", flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(
    thousand: kg.ConceptGraph, tmp_path: Path, wiki: MediaWiki, proxy: Proxy
) -> None:
    graph, cache = tmp_path / "thousand.owl", tmp_path / "wiki.sqlite"
    kg.write(thousand, graph)
    command = [sys.executable, "-c", KILLED, str(graph), str(cache), proxy.address]
    rng = random.Random(5)  # noqa: S311 (nothing is secret)
    for turn in range(20):
        if turn % 4 == 0:
            cache.unlink(missing_ok=True)  # begin anew: in a few turns nearly all is fetched
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            enough = len(proxy.requests) + rng.randrange(8)
            while len(proxy.requests) < enough and process.poll() is None:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.03))
            assert process.poll() is None  # it is at work
            os.kill(process.pid, signal.SIGKILL)
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "ready\ndone\n"
    with Cache(cache) as kept:
        number = sum(map(len, kept.revisions().values()))
    texts = kg.WikipediaSource(cache=cache, offline=True).fetch(thousand)
    assert texts.outcomes["failed"] == 0
    assert texts.outcomes["found"] > 250
    passages = [p for some in texts.values() for p in some]
    assert len({(p.title, p.section) for p in passages}) == len(passages)  # every one is there once
    assert number >= len(passages)


def test_a_hostile_article_does_no_harm(
    ontology: kg.ConceptGraph, source: Source, tmp_path: Path
) -> None:
    graph = small(ontology, "Acartia")
    texts = source().fetch(graph, [graph.find_one("Acartia")])
    passage = texts[graph.find_one("Acartia")][0]
    assert len(passage.text) < 60_000
    assert "<script>" in passage.text  # as text
    assert "\u202e" not in passage.text
    assert "{{" not in passage.text
    texts.write(tmp_path / "texts.jsonl")
    assert dict(kg.Texts.read(tmp_path / "texts.jsonl")) == dict(texts)
    assert "<script" not in (tmp_path / "ATTRIBUTION.md").read_text()


def test_what_a_server_sends_is_stored_and_shown_without_harm(tmp_path: Path) -> None:
    hostile = "Oithona\0 \u202e<script>alert(1)</script> is a genus. ]]> &amp; <!-- \ud800 {{x}}"
    page = {"pageid": 1, "title": "Oithona", "lastrevid": 7, "extract": hostile}
    page |= {"langlinks": [{"lang": "sv", "title": "\ud800"}], "categories": [{"title": "\ud800"}]}
    page["canonicalurl"] = 'javascript:alert("1")'

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps({"query": {"pages": [page]}}))

    graph = kg.ConceptGraph([kg.Concept("1", "Oithona", rank="genus")])
    source = kg.WikipediaSource(
        "test@example.org",
        tmp_path / "w.sqlite",
        languages=["sv", "en"],
        transport=httpx.MockTransport(answer),
    )
    texts = source.fetch(graph)
    (passage,) = texts["1"]
    assert passage.url == ""
    assert "\0" not in passage.text
    zeros = np.zeros((1, 2), dtype=np.float32)
    grounding = Grounding(zeros, zeros[:, 0], zeros[0], (Certificate(0),))
    dictionary = kg.ConceptDictionary(graph, texts, None, grounding)
    for name in ("d.owl", "d.json"):
        dictionary.write(tmp_path / name)
        assert kg.ConceptDictionary.read(tmp_path / name) == dictionary
    write_report(dictionary, tmp_path / "d.html", "d", {}, {}, [])
    shown = (tmp_path / "d.html").read_text()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script" not in shown


@pytest.mark.parametrize(
    "answer",
    [
        {"query": {"pages": [{}]}},
        {"query": {"pages": [{"title": "Oithona", "pageid": "x"}]}},
        {"query": {"pages": {"1": {}}}},
        {"query": []},
        {"continue": {"excontinue": 1}},
    ],
)
def test_an_answer_of_another_form_is_a_failure(answer: object, tmp_path: Path) -> None:
    graph = kg.ConceptGraph([kg.Concept("1", "Oithona", rank="genus")])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    cache = tmp_path / "w.sqlite"
    texts = kg.WikipediaSource("test@example.org", cache, transport=transport).fetch(graph)
    assert texts.outcomes == {"failed": 1}


@pytest.mark.parametrize("contact", ["", "me", "me@lab", "@lab.org", "a@b.c\r\nX: y", "http://x"])
def test_a_contact_is_asked_for(contact: str, tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"contact: found .*; expected your e-mail address"):
        kg.WikipediaSource(contact, tmp_path / "wiki.sqlite")


@pytest.mark.parametrize("languages", [(), ("english!",), ("en", "../x"), ("",)])
def test_languages_are_codes(languages: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(TextError, match="languages: found"):
        kg.WikipediaSource("me@lab.org", tmp_path / "wiki.sqlite", languages=languages)


def test_who_asks_is_told_to_the_server(
    ontology: kg.ConceptGraph, source: Source, hosts: dict[str, str], leading: Leading
) -> None:
    transport = leading(hosts)
    graph = small(ontology, "Oithona")
    source(transport=transport).fetch(graph, [graph.find_one("Oithona")])
    sent = transport.sent  # type: ignore[attr-defined]
    assert len(sent) > 4
    for request in sent:
        assert re.match(r"kgconcepts/\S+ \(test@example\.org\)", request.headers["User-Agent"])
        assert "gzip" in request.headers["Accept-Encoding"]
    assert all("maxlag" in r.url.query.decode() + r.content.decode() for r in sent[1:])


def test_offline_nobody_is_asked(ontology: kg.ConceptGraph, tmp_path: Path) -> None:
    graph = small(ontology, "Oithona")
    source = kg.WikipediaSource(cache=tmp_path / "wiki.sqlite", offline=True)
    texts = source.fetch(graph, graph.ids)
    assert texts.outcomes == {"failed": len(graph)}
    assert "offline" in texts.articles[graph.find_one("Oithona")].reason
    with pytest.raises(TextError, match="needs the network"):
        source.refresh()


def test_a_cache_that_is_none(ontology: kg.ConceptGraph, tmp_path: Path) -> None:
    (tmp_path / "wiki.sqlite").write_text("no database, and long enough to be looked at " * 10)
    with pytest.raises(SourceError, match="cannot be used as cache"):
        kg.WikipediaSource(cache=tmp_path / "wiki.sqlite", offline=True).fetch(ontology)
