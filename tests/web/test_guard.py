"""What stands in front of the pages: headers on every answer, limits of size and pace, errors that say nothing."""

import logging
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.web.guard import HEADERS, LARGEST_BODY, MISSES, MOST_ADDRESSES, REQUESTS, Guard, Pace, Turnstile
from desk.web.pages import REFUSALS
from desk.web.server import in_background, listen
from tests.web.conftest import Clock, served


def test_every_answer_has_the_headers_that_protect_the_person(phone: httpx.Client) -> None:
    answers = [phone.get("/"), phone.get("/nowhere"), phone.post("/"), phone.get("/favicon.ico"), phone.head("/")]
    answers.append(phone.post("/", content=b"x" * (LARGEST_BODY + 1)))
    assert [answer.status_code for answer in answers] == [200, 404, 405, 204, 200, 413]
    for answer in answers:
        assert HEADERS.items() <= dict(answer.headers).items(), answer.url
        assert "server" not in answer.headers
    policy = answers[0].headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script" not in policy
    assert answers[2].headers["allow"] == "GET, HEAD" or set(answers[2].headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_the_style_sheet_alone_may_be_kept(phone: httpx.Client) -> None:
    answer = phone.get("/jalon.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "max-age" in answer.headers["cache-control"]
    assert phone.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_pages_are_in_french_without_script_nor_anything_from_elsewhere(phone: httpx.Client, path: str) -> None:
    page = phone.get(path).text
    assert '<html lang="fr">' in page
    assert "<script" not in page and "style=" not in page and "//" not in page.replace("<!doctype html>", "")


def test_an_endless_body_is_cut_short(phone: httpx.Client) -> None:
    answer = phone.post("/", content=(b"x" * 1024 for _ in range(64)))
    assert answer.status_code in (405, 413)  # refused before it was read, or while it was


def test_who_guesses_is_slowed_down_and_nobody_else(sqlite_engine: Engine, tmp_path: Path, clock: Clock) -> None:
    with served(sqlite_engine, tmp_path, clock=clock) as address, httpx.Client(trust_env=False) as phone:

        def ask(path: str, who: str) -> httpx.Response:
            return phone.get(f"{address}{path}", headers={"X-Forwarded-For": who})

        guesses = [ask(f"/r/{number:022}", "203.0.113.9") for number in range(MISSES.burst.__int__() + 30)]
        statuses = [answer.status_code for answer in guesses]
        assert statuses.count(404) <= MISSES.burst + 1
        assert statuses[-1] == 429
        assert guesses[-1].headers["retry-after"] == "60"
        assert ask("/", "203.0.113.9").status_code == 429
        assert ask("/", "203.0.113.10").status_code == 200
        assert ask("/", "2001:db8::1").status_code == 200


def test_an_address_gets_its_burst_then_its_pace() -> None:
    clock = [0.0]
    turnstile = Turnstile(Pace(per_minute=60, burst=3), clock=lambda: clock[0])
    assert [turnstile.take("a") for _ in range(4)] == [True, True, True, False]
    assert turnstile.take("b")
    clock[0] = 1.0
    assert [turnstile.take("a") for _ in range(2)] == [True, False]
    assert not turnstile.is_open("a") and turnstile.is_open("c")


def test_the_memory_of_addresses_is_bounded() -> None:
    turnstile = Turnstile(REQUESTS, clock=lambda: 0.0)
    for number in range(MOST_ADDRESSES + 100):
        turnstile.take(str(number))
    assert len(turnstile.buckets) == MOST_ADDRESSES


def test_an_error_says_nothing_of_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("Inès Exemple, +33639980001")

    app = Starlette(routes=[Route("/r/{token}", broken)], middleware=[Middleware(Guard)])
    with (
        caplog.at_level(logging.DEBUG),
        listen("127.0.0.1", 0) as listener,
        in_background(app, listener),
        httpx.Client(trust_env=False) as phone,
    ):
        answer = phone.get(f"http://127.0.0.1:{listener.getsockname()[1]}/r/secret-token")
    assert answer.status_code == 500
    assert REFUSALS[500][0] in answer.text
    logged = "\n".join(r.getMessage() + str(r.exc_text) for r in caplog.records if r.name.startswith(("jalon", "uvi")))
    assert "RuntimeError" in logged
    for hidden in ("Inès", "+3363998", "secret-token", "127.0.0.1"):
        assert hidden not in logged + answer.text
