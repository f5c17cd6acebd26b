"""From the command line: texts, candidates, and what was accepted of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import polars as pl
import pytest
from faults import Proxy
from mediawiki import MediaWiki
from typer.testing import CliRunner
from wikidata import Wikidata

import kgconcepts as kg
from kgconcepts.cli import app
from kgconcepts.sources.evidence import read_evidence
from kgconcepts.text import polite

Leading = Callable[[Mapping[str, str]], httpx.BaseTransport]


@pytest.fixture
def online(
    proxy: Proxy, wikidata: Wikidata, leading: Leading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes to Wikimedia stays on loopback."""
    hosts = {"en.wikipedia.org": proxy.address, "query.wikidata.org": wikidata.address}
    transport = leading(hosts)
    monkeypatch.setattr(polite.httpx, "HTTPTransport", lambda **_: transport)
    monkeypatch.setattr(polite.time, "sleep", lambda _: None)


@pytest.fixture
def owl(ontology: kg.ConceptGraph, tmp_path: Path) -> Path:
    names = ("Oithona", "Acartia", "valve", "naupliar eye", "teardrop-shaped", "compound eye")
    part = ontology.restrict(map(ontology.find_one, names))
    path = tmp_path / "plankton.owl"
    kg.write(kg.ConceptGraph(part, (r for r in part.relations if r.relation == "is_a")), path)
    return path


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result.output


def test_from_texts_to_a_richer_graph(online: None, owl: Path, tmp_path: Path) -> None:
    texts, table = tmp_path / "texts.jsonl", tmp_path / "candidates.tsv"
    more = tmp_path / "more.tsv"
    more.write_text("concept\ttext\nOithona\tOithona has a pointed rostral cap.\n")
    output = run(
        *("enrich", owl, "--out", texts, "--contact", "test@example.org"),
        *("--cache", tmp_path / "wiki.sqlite", "--full", "Copepoda"),
        *("--texts", more, "--texts-licence", "CC BY 4.0"),
    )
    assert "articles: " in output
    assert "found" in output
    graph = kg.read(owl)
    passages = kg.Texts.read(texts)[graph.find_one("Copepoda")]
    assert passages[0].section == "definition"
    assert [p.section for p in passages if p.source == "Wikipedia"][:2] == ["", "Description"]
    assert "more.tsv" in (tmp_path / "ATTRIBUTION.md").read_text()
    articles = pl.read_csv(tmp_path / "texts.articles.tsv", separator="\t")
    refused = articles.filter(pl.col("label") == "valve")
    assert refused["status"].to_list() == ["refused"]

    output = run("mine", owl, "--texts", texts, "--out", table)
    assert "statements with known terms" in output
    found = pl.read_csv(table, separator="\t", infer_schema=False)
    said = {(row["label"], row["relation"], row["term"]) for row in found.iter_rows(named=True)}
    assert ("Copepoda", "lacks_part", "compound eye") in said
    assert ("Copepoda", "has_quality", "teardrop-shaped") in said
    assert ("Oithona", "has_part", "pointed rostral cap") in said
    wanted = pl.col("term").is_in(["compound eye", "pointed rostral cap"])
    found.with_columns(pl.when(wanted).then(pl.lit("yes")).alias("decision")).write_csv(
        table, separator="\t"
    )

    out, traits = tmp_path / "richer.ttl", tmp_path / "traits.tsv"
    output = run("accept", owl, "--candidates", table, "--out", out, "--traits", traits)
    assert "2 statements taken, 1 of them with new terms" in output
    assert f"{out}: " not in output
    richer = kg.read(out)
    again = tmp_path / "again.owl"
    run("accept", out, "--candidates", table, "--out", again)
    assert read_evidence(again) == read_evidence(out) != {}
    (new,) = richer.find("pointed rostral cap")
    assert new in richer.related(richer.find_one("Oithona"), "has_part")
    eye = richer.find_one("compound eye")
    assert eye in richer.related(richer.find_one("Copepoda"), "lacks_part")
    assert "CC BY 4.0" in traits.read_text()


def test_what_fails_is_told_and_ends_with_1(
    online: None, owl: Path, tmp_path: Path, proxy: Proxy
) -> None:
    call = ("enrich", owl, "--out", tmp_path / "t.jsonl", "--cache", tmp_path / "wiki.sqlite")
    contact = ("--contact", "test@example.org")
    proxy.fail(*["503"] * 50)
    output = run(*call, *contact, code=1)
    assert "failed; run it again" in output
    assert "en.wikipedia.org: answer 503" in output
    assert kg.Texts.read(tmp_path / "t.jsonl")  # the definitions
    proxy._faults.clear()
    assert "failed" not in run(*call, *contact)
    sent = len(proxy.requests)
    run(*call, "--offline")
    assert len(proxy.requests) == sent
    assert "articles known: 0 changed, 0 gone, 0 new" in run(*call, *contact, "--refresh")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "t.txt", "--contact", "a@b.org"], "texts are written as .jsonl"),
        (["--out", "t.jsonl"], "expected your e-mail address"),
        (["--out", "t.jsonl", "--contact", "a@b.org", "--language", "English"], "languages: found"),
    ],
)
def test_what_is_asked_wrongly_is_said_first(arguments: list[str], message: str, owl: Path) -> None:
    result = CliRunner().invoke(app, ["enrich", str(owl), *arguments])
    assert result.exit_code == 1
    assert message in str(result.exception)


def test_a_hostile_article_in_a_table_for_review(
    online: None, owl: Path, tmp_path: Path, wiki: MediaWiki
) -> None:
    run(
        *("enrich", owl, "--out", tmp_path / "t.jsonl", "--contact", "test@example.org"),
        *("--cache", tmp_path / "wiki.sqlite"),
    )
    run("mine", owl, "--texts", tmp_path / "t.jsonl", "--out", tmp_path / "c.tsv")
    graph = kg.read(owl)
    assert "<script>" in kg.Texts.read(tmp_path / "t.jsonl")[graph.find_one("Acartia")][-1].text
    table = (tmp_path / "c.tsv").read_text()
    assert "\u202e" not in table
    assert max(map(len, table.splitlines())) < 5_000
