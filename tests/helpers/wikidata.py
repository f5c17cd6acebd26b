"""A SPARQL server on loopback that knows what Wikidata would."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
from loopback import Loopback, Quiet

__all__ = ["Wikidata"]

SCHEMA = "http://schema.org/"


class Wikidata(Loopback):
    """Answers queries over items.

    Parameters
    ----------
    items : iterable of (item, AphiaID, language, title)
        The AphiaID, and language and title, may be empty.
    """

    def __init__(self, items: Iterable[tuple[str, str, str, str]]) -> None:
        store = ox.Store()
        for item, aphia, language, title in items:
            subject = ox.NamedNode(f"http://www.wikidata.org/entity/{item}")
            if aphia:
                worms = ox.NamedNode("http://www.wikidata.org/prop/direct/P850")
                store.add(ox.Quad(subject, worms, ox.Literal(aphia)))
            if title:
                site = f"https://{language}.wikipedia.org/"
                article = ox.NamedNode(f"{site}wiki/{title.replace(' ', '_')}")
                for name, value in (
                    ("about", subject),
                    ("isPartOf", ox.NamedNode(site)),
                    ("name", ox.Literal(title, language=language)),
                ):
                    store.add(ox.Quad(article, ox.NamedNode(SCHEMA + name), value))
        self.requests: list[str] = []
        asked = self.requests

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802 (the library's name)
                self._answer(urlsplit(self.path).query)

            def do_POST(self) -> None:  # noqa: N802 (the library's name)
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, said: str) -> None:
                query = parse_qs(said)["query"][0]
                asked.append(query)
                found = store.query(query)
                content = found.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
                self.send_response(200)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        super().__init__(Handler, "/sparql")
