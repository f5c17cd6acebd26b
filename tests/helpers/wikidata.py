"""A SPARQL server on loopback that knows what Wikidata would."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs

import pyoxigraph as ox

__all__ = ["Wikidata"]

SCHEMA = "http://schema.org/"


class Wikidata:
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

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                query = parse_qs(body)["query"][0]
                asked.append(query)
                found = store.query(query)
                content = found.serialize(format=ox.QueryResultsFormat.JSON)  # type: ignore[union-attr]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/sparql"

    def __enter__(self) -> Wikidata:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
