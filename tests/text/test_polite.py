"""Requests wait and try again where that may help, and end in one line where it does not."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from kgconcepts.text import polite
from kgconcepts.text.polite import PoliteTransport, Unavailable, user_agent

GOOD = httpx.Response(200, json={"query": {}})
Answers = list[httpx.Response | Exception]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(polite.time, "sleep", waited.append)
    return waited


def asking(answers: Answers) -> Callable[[], httpx.Response]:
    rest: Iterator[httpx.Response | Exception] = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        one = next(rest)
        if isinstance(one, Exception):
            raise one
        return one

    client = httpx.Client(transport=PoliteTransport(httpx.MockTransport(answer)))
    return lambda: client.get("https://en.wikipedia.org/w/api.php")


def error(code: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, json={"error": {"code": code}}, headers=headers)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(429),
        httpx.Response(503),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(200, content=b'{"query": {"pages"'),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[1]"),
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no")),
        error("maxlag"),
        error("internal_api_error_DBQueryError"),
    ],
    ids=lambda fault: repr(fault)[:40],
)
def test_what_may_be_gone_at_the_next_try_is_tried_again(
    fault: httpx.Response | Exception, waits: list[float]
) -> None:
    assert asking([fault, GOOD])().json() == {"query": {}}
    assert waits == [1.0]


def test_waits_double(waits: list[float]) -> None:
    ask = asking([httpx.Response(503)] * 5)
    with pytest.raises(Unavailable, match=r"^en\.wikipedia\.org: answer 503$"):
        ask()
    assert waits == [1, 2, 4, 8]


def test_what_the_server_asks_for_is_waited(waits: list[float]) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    asking(
        [
            httpx.Response(429, headers={"Retry-After": "7"}),
            httpx.Response(503, headers={"Retry-After": when}),
            error("maxlag", **{"Retry-After": "5"}),
            httpx.Response(429, headers={"Retry-After": "soon"}),
            GOOD,
        ]
    )()
    assert waits[0] == 7
    assert 40 < waits[1] <= 50
    assert waits[2:] == [5, 8]


def test_an_hour_is_not_waited(waits: list[float]) -> None:
    ask = asking([httpx.Response(429, headers={"Retry-After": "3600"})])
    with pytest.raises(Unavailable, match="asks to wait 3600 s"):
        ask()
    with pytest.raises(Unavailable, match="refused, before"):  # and it is not asked again
        ask()
    assert waits == []


@pytest.mark.parametrize("answer", [httpx.Response(403), error("badvalue"), error("blocked")])
def test_what_will_not_change_is_not_tried_again(
    answer: httpx.Response, waits: list[float]
) -> None:
    with pytest.raises(Unavailable, match=r"en\.wikipedia\.org: (answer 403|error)"):
        asking([answer])()
    assert waits == []


def test_a_server_that_is_down_is_not_asked_for_ever(waits: list[float]) -> None:
    ask = asking([httpx.Response(500)] * 15)
    for _ in range(3):
        with pytest.raises(Unavailable, match="answer 500"):
            ask()
    with pytest.raises(Unavailable, match="did not answer, or refused, before; try later"):
        ask()


def test_one_server_that_is_down_does_not_stop_another(waits: list[float]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500 if request.url.host == "down.example" else 200, json={})

    client = httpx.Client(transport=PoliteTransport(httpx.MockTransport(answer)))
    for _ in range(4):
        with pytest.raises(Unavailable, match=r"down\.example"):
            client.get("https://down.example/")
    assert client.get("https://up.example/").json() == {}


def test_an_answer_in_gzip_is_unpacked(waits: list[float]) -> None:
    packed = gzip.compress(b'{"query": 1}')
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
    )
    assert asking([answer])().json() == {"query": 1}


def test_a_bomb_is_not_unpacked(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite, "_MOST_BYTES", 2**20)
    packed = gzip.compress(b" " * 2**24)
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
    )
    with pytest.raises(Unavailable, match="an answer of more than 1,048,576 bytes"):
        asking([answer])()


def test_who_asks_is_named() -> None:
    assert user_agent("me@lab.org").startswith("kgconcepts/")
    assert user_agent("me@lab.org").endswith(" (me@lab.org)")


def test_a_transport_of_ones_own_is_left_open() -> None:
    closed: list[bool] = []

    class Own(httpx.BaseTransport):
        def close(self) -> None:
            closed.append(True)

    with PoliteTransport(Own()):
        pass
    assert closed == []
