"""A proxy on loopback that counts what goes through it, and misbehaves when told to."""

from __future__ import annotations

import json
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from loopback import Loopback, Quiet

__all__ = ["FAULTS", "Proxy"]

SLOW = 3.0  # seconds that a slow answer takes
FAULTS = ("429", "503", "timeout", "cut", "truncated", "maxlag", "error", "html", "bomb")
Parameters = dict[str, str]
# What MediaWiki 1.39 says, but for the address of its help.
LAG = {
    "code": "maxlag",
    "info": "Waiting for a database server: 6.1 seconds lagged.",
    "host": "",
    "lag": 6.1,
    "type": "db",
}
DOWN = {
    "code": "internal_api_error_DBQueryError",
    "info": "[0123456789abcdef] Caught exception of type Wikimedia\\Rdbms\\DBQueryError",
    "errorclass": "Wikimedia\\Rdbms\\DBQueryError",
}


class Proxy(Loopback):
    """Stands before a server.

    Parameters
    ----------
    upstream : str
        Where requests go.
    retry_after : str
        What is asked for with 429 and ``maxlag``.
    """

    def __init__(self, upstream: str, retry_after: str = "0") -> None:
        self._retry_after = retry_after
        self.requests: list[Parameters] = []
        self.answered: list[Parameters] = []
        self._faults: deque[tuple[str, str]] = deque()
        self._when: Callable[[Parameters], bool] = lambda _: True
        proxy = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802 (the library's name)
                query = urlsplit(self.path).query
                self._answer(query, None)

            def do_POST(self) -> None:  # noqa: N802 (the library's name)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(body.decode(), body)

            def _answer(self, query: str, body: bytes | None) -> None:
                said = {name: values[0] for name, values in parse_qs(query).items()}
                proxy.requests.append(said)
                due = proxy._faults and proxy._when(said)
                fault, after = proxy._faults.popleft() if due else ("", retry_after)
                status, kind, content, headers = 200, "application/json", b"", {}
                if fault in ("429", "503"):
                    status, headers = int(fault), {"Retry-After": after}
                elif fault in ("maxlag", "error"):
                    told = LAG if fault == "maxlag" else DOWN
                    content = json.dumps({"error": told}).encode()
                    headers = {"Retry-After": after, "MediaWiki-API-Error": str(told["code"])}
                elif fault == "html":
                    kind, content = "text/html", b"<html><body>Our servers are busy</body></html>"
                elif fault == "bomb":
                    headers = {"Content-Encoding": "gzip"}
                else:
                    if fault == "timeout":
                        time.sleep(SLOW)
                    status, content = self._upstream(query, body)
                    if not fault:
                        proxy.answered.append(said)
                size = len(content)
                if fault in ("cut", "truncated"):
                    content = content[: size // 2]
                    size = size if fault == "cut" else len(content)
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": kind, **headers}.items():
                        self.send_header(name, value)
                    if fault != "bomb":
                        self.send_header("Content-Length", str(size))
                    self.end_headers()
                    for block in _endless() if fault == "bomb" else (content,):
                        self.wfile.write(block)
                except OSError:
                    pass  # who asked has gone
                self.close_connection = True

            def _upstream(self, query: str, body: bytes | None) -> tuple[int, bytes]:
                address = upstream if body is not None else f"{upstream}?{query}"
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                accept = {"Accept": self.headers.get("Accept", "*/*")}
                try:
                    with urlopen(Request(address, body, {**kind, **accept})) as answer:  # noqa: S310
                        return answer.status, answer.read()
                except HTTPError as error:
                    return error.code, error.read()

        super().__init__(Handler, "/api.php")

    def fail(
        self,
        *faults: str,
        when: Callable[[Parameters], bool] = lambda _: True,
        retry_after: str | None = None,
    ) -> None:
        """Answer the next requests with these faults, asking to wait so long or until that date."""
        after = self._retry_after if retry_after is None else retry_after
        self._faults.extend((fault, after) for fault in faults)
        self._when = when


def _endless() -> Iterator[bytes]:
    """Give packed blanks without an end; who asked has to go."""
    packer = zlib.compressobj(wbits=31)
    while True:
        yield packer.compress(b" " * 2**20) + packer.flush(zlib.Z_SYNC_FLUSH)
