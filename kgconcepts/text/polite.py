"""Requests that wait when a server asks for it, and answers that are whole or an error."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.request import getproxies

import httpx
import tenacity

__all__ = ["LONGEST_WAIT", "MAXLAG", "PoliteTransport", "Unavailable", "user_agent"]

MAXLAG = 5  # seconds that a server's copies may be behind; https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
LONGEST_WAIT = 120.0  # seconds; who asks for more is told that it is not worth waiting
_ATTEMPTS = 5
_IN_A_ROW = 3  # requests given up, after which the server is taken to be down
_MOST_BYTES = 64 * 2**20  # of an answer, unpacked
_BUSY = (429, 500, 502, 503, 504)
_REFUSED = ("blocked", "permissiondenied", "readapidenied")
_LASTING = ("badvalue", "missingparam", "invalid", "blocked", "permissiondenied", "readapidenied")


class Unavailable(httpx.TransportError):
    """A request was given up; says which server did what."""


class _RefusedError(Unavailable):
    """The server does not want to be asked."""


class _FaultError(Exception):
    """What may be gone at the next try, and after how many seconds the server says so."""

    def __init__(self, account: str, after: float | None = None) -> None:
        super().__init__(account)
        self.after = after


class PoliteTransport(httpx.BaseTransport):
    """Sends one request at a time, tries again what may succeed later, and waits before it does.

    Tried again are answers 429 and 5xx, time-outs, cut connections, JSON that is not whole, and
    errors that MediaWiki reports inside an answer 200 (``maxlag``, a database that is down). The
    wait is what ``Retry-After`` says, or else doubles each time.

    Parameters
    ----------
    inner : httpx transport, optional
        What sends; by default the network, through a proxy where the environment names one.
    wait : float
        Seconds before the first repetition.

    Raises
    ------
    Unavailable
        By `handle_request`, if an answer cannot be had.
    """

    def __init__(self, inner: httpx.BaseTransport | None = None, wait: float = 1.0) -> None:
        self._inner = inner
        self._own: httpx.HTTPTransport | None = None
        self._wait = wait
        self._given_up: Counter[str] = Counter()  # requests in a row, by host

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole answer to a request."""
        host = request.url.host
        if self._given_up[host] >= _IN_A_ROW:
            raise Unavailable(f"{host} did not answer, or refused, before; try later")
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_FaultError),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=self._pause,
            sleep=time.sleep,
            reraise=True,
        )
        try:
            answer: httpx.Response = tries(self._once, request)
        except _RefusedError:
            self._given_up[host] = _IN_A_ROW
            raise
        except _FaultError as error:
            self._given_up[host] += 1
            raise Unavailable(f"{host}: {error}") from error
        self._given_up[host] = 0
        return answer

    def close(self) -> None:
        """Close its own connections; a transport that was given stays open."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def _sender(self) -> httpx.BaseTransport:
        if self._inner is not None:
            return self._inner
        if self._own is None:
            self._own = httpx.HTTPTransport(proxy=getproxies().get("https"))
        return self._own

    def _pause(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        after = fault.after if isinstance(fault, _FaultError) else None
        doubled: float = self._wait * 2 ** (state.attempt_number - 1)
        return min(doubled, LONGEST_WAIT) if after is None else after

    def _once(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._sender().handle_request(request)
            try:
                content = _whole(answer)
            finally:
                answer.close()
        except Unavailable as error:
            raise Unavailable(f"{request.url.host}: {error}") from error
        except httpx.TimeoutException as error:
            raise _FaultError("no answer in time") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _FaultError(f"the connection failed ({type(error).__name__})") from error
        after = _after(answer.headers)
        if after is not None and after > LONGEST_WAIT:
            raise _RefusedError(f"{request.url.host}: asks to wait {after:.0f} s")
        if answer.status_code in _BUSY:
            raise _FaultError(f"answer {answer.status_code}", after)
        if answer.status_code != 200:
            refused = answer.status_code in (401, 403)
            kind = _RefusedError if refused else Unavailable
            raise kind(f"{request.url.host}: answer {answer.status_code}")
        try:
            _sound(content, after)
        except Unavailable as error:
            raise type(error)(f"{request.url.host}: {error}") from error
        unpacked = {k: v for k, v in answer.headers.items() if k not in _ABOUT_PACKING}
        return httpx.Response(200, headers=unpacked, content=content, request=request)


_ABOUT_PACKING = ("content-encoding", "content-length", "transfer-encoding")


def user_agent(contact: str) -> str:
    """Return who is asking, as Wikimedia wants to know it.

    Source: https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy
    """
    from kgconcepts.version import __version__  # noqa: PLC0415 (nothing else needs it)

    return f"kgconcepts/{__version__} ({contact})"


def _whole(answer: httpx.Response) -> bytes:
    """Unpack an answer, up to what is bearable."""
    content = bytearray()
    for block in answer.iter_bytes():
        content += block
        if len(content) > _MOST_BYTES:
            raise Unavailable(f"an answer of more than {_MOST_BYTES:,} bytes")
    return bytes(content)


def _after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` gives, as number or as date (RFC 9110, 10.2.3)."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _sound(content: bytes, after: float | None) -> None:
    """Refuse what is no whole JSON object, and errors within."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _FaultError("an answer that is no whole JSON") from error
    if not isinstance(found, dict):
        raise _FaultError("an answer that is no JSON object")
    if isinstance(fault := found.get("error"), dict):
        code = str(fault.get("code", ""))
        account = f"error {code[:80]!r}"
        if any(lasting in code for lasting in _LASTING):
            kind = _RefusedError if any(word in code for word in _REFUSED) else Unavailable
            raise kind(account)
        raise _FaultError(account, after)
