"""Signing in through a real OpenID provider on loopback; whatever it could say wrong lets nobody in."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine, select, update

from config.oidc import Oidc
from desk.web.staff.oidc_pages import COOKIE
from store import schema as s
from store.engine import reading, transaction
from tests.messages.rows import AT
from tests.staff.conftest import Staffed, open_bureau, staffed
from tests.staff.provider import CLIENT, SECRET, Directory, directory
from tests.web.conftest import Clock
from tracks.errors import JalonError


@pytest.fixture
def idp(clock: Clock) -> Iterator[Directory]:
    with directory(clock) as found:
        yield found


@pytest.fixture
def staff(sqlite_engine: Engine) -> Staffed:
    with transaction(sqlite_engine) as connection:
        return staffed(connection)


@pytest.fixture
def browser(
    sqlite_engine: Engine, staff: Staffed, idp: Directory, tmp_path: Path, clock: Clock
) -> Iterator[httpx.Client]:
    settings = Oidc(issuer=idp.issuer, client_id=CLIENT, client_secret=SECRET, name="l’annuaire du Département")
    with (
        open_bureau(sqlite_engine, tmp_path, clock=clock, oidc=settings) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        yield client


def back_from(browser: httpx.Client, after: str = "/") -> httpx.Response:
    """Out by our button, through the provider, and back to our door."""
    out = browser.get("/connexion/oidc", params={"suite": after})
    there = httpx.get(out.headers["location"], trust_env=False)
    return browser.get(there.headers["location"])


def test_somebody_of_the_directory_comes_in_and_is_tied_to_their_account(
    browser: httpx.Client, idp: Directory, sqlite_engine: Engine
) -> None:
    assert "l’annuaire du Département" in browser.get("/connexion").text
    assert back_from(browser, "/personnes").headers["location"] == "/personnes"
    assert "Compte coordinator" in browser.get("/").text
    with reading(sqlite_engine) as connection:
        tied = connection.execute(select(s.accounts.c.issuer, s.accounts.c.subject).where(s.accounts.c.subject != ""))
        assert [tuple(row) for row in tied] == [(idp.issuer, "u-1")]
    browser.cookies.clear()
    idp.claims = {"email": "autre@example.org"}  # the address has changed there: the identity has not
    assert back_from(browser).headers["location"] == "/"
    browser.cookies.clear()
    idp.claims = {"sub": "u-2"}  # another person who is given the same address
    assert back_from(browser).status_code == 401


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example.org"},
    "for another client": {"aud": "autre"},
    "for several, by another": {"aud": [CLIENT, "autre"], "azp": "autre"},
    "out of date": {"exp": int((AT - timedelta(hours=1)).timestamp())},
    "issued tomorrow": {"iat": int((AT + timedelta(days=1)).timestamp())},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "an address that nobody verified": {"email_verified": False},
    "an address and no word on it": {"email_verified": None},
    "no address": {"email": None},
    "nobody we know": {"email": "personne@example.org"},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_says_something_else_lets_nobody_in(
    browser: httpx.Client, idp: Directory, claims: dict[str, Any]
) -> None:
    idp.claims = claims
    assert back_from(browser).status_code == 401
    assert idp.tokens == 1  # it was really asked
    assert browser.get("/").status_code == 303


def test_a_token_signed_by_another_key_or_by_none_lets_nobody_in(browser: httpx.Client, idp: Directory) -> None:
    published = idp.signs
    idp.signs = RSAKey.generate_key(2048, {"kid": published.kid})
    assert back_from(browser).status_code == 401
    public = published.as_pem(private=False)
    idp.signs, idp.algorithm = OctKey.import_key(b"secret" * 8), "HS256"
    assert public and back_from(browser).status_code == 401


def test_a_provider_may_turn_its_key(browser: httpx.Client, idp: Directory) -> None:
    assert back_from(browser).status_code == 303
    browser.cookies.clear()
    idp.turn_key()
    assert back_from(browser).status_code == 303


def test_coming_back_takes_the_browser_that_left_once_and_in_time(
    browser: httpx.Client, idp: Directory, clock: Clock
) -> None:
    out = browser.get("/connexion/oidc")
    back = httpx.get(out.headers["location"], trust_env=False).headers["location"]
    kept = browser.cookies[COOKIE]
    browser.cookies.clear()
    assert browser.get(back).status_code == 401  # another browser: nobody is signed in as somebody else
    browser.cookies.set(COOKIE, kept[:-3] + "xyz")
    assert browser.get(back).status_code == 401
    browser.cookies.set(COOKIE, kept)
    clock.at = AT + timedelta(minutes=11)
    assert browser.get(back, headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401
    clock.at = AT
    browser.cookies.clear()
    assert browser.get(back, headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 303
    assert browser.get(back, headers={"Cookie": f"{COOKIE}={kept}"}).status_code in (303, 401)
    assert idp.tokens == 1  # the code served once


def test_a_shut_account_stays_shut(browser: httpx.Client, sqlite_engine: Engine) -> None:
    with transaction(sqlite_engine) as connection:
        connection.execute(update(s.accounts).values(disabled_at=AT))
    assert back_from(browser).status_code == 401


def test_a_provider_that_does_not_answer_is_said_and_passwords_still_work(
    sqlite_engine: Engine, staff: Staffed, tmp_path: Path, clock: Clock
) -> None:
    nowhere = Oidc(issuer="http://127.0.0.1:9", client_id=CLIENT, client_secret=SECRET, name="x")
    with (
        open_bureau(sqlite_engine, tmp_path, clock=clock, oidc=nowhere) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        answer = client.get("/connexion/oidc")
    assert answer.status_code == 401 and "ne répond pas" in answer.text and 'name="mot_de_passe"' in answer.text


def test_a_provider_without_tls_is_refused() -> None:
    with pytest.raises(JalonError, match="https"):
        Oidc(issuer="http://annuaire.example.org", client_id=CLIENT, client_secret=SECRET, name="x")
