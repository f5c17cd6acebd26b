"""A MediaWiki of our own, Wikidata, and a transport that leads to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from faults import Proxy
from mediawiki import MediaWiki, available
from wikidata import Wikidata
from wikipages import ELSEWHERE, HOSTILE, SWEDISH, english

import kgconcepts as kg

Leading = Callable[[Mapping[str, str]], httpx.BaseTransport]


@pytest.fixture(scope="session")
def ontology() -> kg.ConceptGraph:
    """Our own ontology."""
    return kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")


@pytest.fixture(scope="session")
def wiki(ontology: kg.ConceptGraph) -> Iterator[MediaWiki]:
    """The English Wikipedia of these tests."""
    if not available() and "CI" not in os.environ:
        pytest.skip("MediaWiki is not installed: apt-get install mediawiki php-sqlite3 php-cli")
    hostile = HOSTILE + "It has setae. " * 400_000
    with MediaWiki({**english(ontology), "Acartia": hostile}) as served:
        yield served


@pytest.fixture(scope="session")
def swedish(wiki: MediaWiki) -> Iterator[MediaWiki]:
    """The Swedish one."""
    with MediaWiki(SWEDISH, "sv") as served:
        yield served


@pytest.fixture(scope="session")
def wikidata(ontology: kg.ConceptGraph) -> Iterator[Wikidata]:
    """What Wikidata knows: of two genera the article, of one AphiaID two items."""
    items = []
    for name, (item, title) in ELSEWHERE.items():
        (aphia,) = ontology[ontology.find_one(name)].xrefs
        items.append((item, aphia.removeprefix("AphiaID:"), "en", title))
    (twice,) = ontology[ontology.find_one("Oithona similis")].xrefs
    items += [(item, twice.removeprefix("AphiaID:"), "", "") for item in ("Q904", "Q905")]
    with Wikidata(items) as served:
        yield served


@pytest.fixture
def proxy(wiki: MediaWiki) -> Iterator[Proxy]:
    """What counts requests to the English one, and misbehaves."""
    with Proxy(wiki.api) as standing:
        yield standing


@pytest.fixture
def leading() -> Leading:
    """Make a transport that leads from hosts to addresses on loopback, and nowhere else."""

    class Led(httpx.BaseTransport):
        def __init__(self, addresses: Mapping[str, str]) -> None:
            self.addresses = addresses
            self.sent: list[httpx.Request] = []
            self._inner = httpx.HTTPTransport()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            if request.url.host not in self.addresses:
                raise httpx.ConnectError(f"{request.url.host} is not on loopback")
            headers = [(k, v) for k, v in request.headers.raw if k.lower() != b"host"]
            return self._inner.handle_request(
                httpx.Request(
                    request.method,
                    httpx.URL(self.addresses[request.url.host], params=request.url.params),
                    headers=headers,
                    content=request.read(),
                    extensions=request.extensions,
                )
            )

    return Led
