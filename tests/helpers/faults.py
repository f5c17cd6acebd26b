"""A proxy on loopback that counts what goes through it, and misbehaves when told to."""

from __future__ import annotations

import gzip
import json
import time
from collections import deque
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from loopback import Loopback, Quiet

__all__ = ["FAULTS", "Proxy"]

SLOW = 3.0  # seconds that a slow answer takes
FAULTS = ("429", "503", "timeout", "cut", "truncated", "maxlag", "error", "html", "bomb")
Parameters = dict[str, str]


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
        self.requests: list[Parameters] = []
        self.answered: list[Parameters] = []
        self._faults: deque[str] = deque()
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
                fault = proxy._faults.popleft() if proxy._faults and proxy._when(said) else ""
                status, kind, content, headers = 200, "application/json", b"", {}
                if fault in ("429", "503"):
                    status, headers = int(fault), {"Retry-After": retry_after}
                elif fault in ("maxlag", "error"):
                    code = fault if fault == "maxlag" else "internal_api_error_DBQueryError"
                    content = json.dumps({"error": {"code": code, "info": "Waiting"}}).encode()
                    headers = {"Retry-After": retry_after}
                elif fault == "html":
                    kind, content = "text/html", b"<html><body>Our servers are busy</body></html>"
                elif fault == "bomb":
                    content = gzip.compress(b" " * 2**27)
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
                    self.send_header("Content-Length", str(size))
                    self.end_headers()
                    self.wfile.write(content)
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

    def fail(self, *faults: str, when: Callable[[Parameters], bool] = lambda _: True) -> None:
        """Answer the next requests with these faults."""
        self._faults.extend(faults)
        self._when = when
