"""Coming in: passwords, lock-out, the life of a session, one-time links; and what a stolen database would give."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select, update

from desk.web.staff.doors import COOKIE
from desk.web.staff.sign_in import ENTRY, inside
from store import accounts
from store import schema as s
from store.acts import Act
from store.engine import reading, transaction
from store.sign_ins import IDLE, LONGEST
from tests.messages.rows import AT, MONDAY
from tests.staff.conftest import PASSWORD, Staffed, open_bureau, proof_in
from tests.web.conftest import Clock
from tracks.vocabulary import DeskRole

EMAIL = "referent@example.org"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """The same queries meet PostgreSQL in `test_pages`."""
    return sqlite_engine


@pytest.fixture
def browser(bureau: str, staff: Staffed) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=bureau, trust_env=False) as client:
        yield client


def try_in(client: httpx.Client, password: str = PASSWORD, email: str = EMAIL, **more: str) -> httpx.Response:
    proof = proof_in(client.get("/connexion").text, "/connexion")
    return client.post("/connexion", data={"courriel": email, "mot_de_passe": password, "preuve": proof} | more)


def test_the_right_password_opens_the_desk_and_leaving_closes_it(browser: httpx.Client) -> None:
    assert try_in(browser, suite="/personnes").headers["location"] == "/personnes"
    page = browser.get("/").text
    assert "Compte referent" in page
    out = browser.post("/deconnexion", data={"preuve": proof_in(page, "/deconnexion")})
    assert out.headers["location"] == "/connexion"
    assert browser.get("/").headers["location"] == "/connexion?suite=%2F"


def test_a_session_that_was_left_is_no_longer_one(browser: httpx.Client) -> None:
    try_in(browser)
    kept, page = browser.cookies[COOKIE], browser.get("/").text
    browser.post("/deconnexion", data={"preuve": proof_in(page, "/deconnexion")})
    assert browser.get("/", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 303


def test_whatever_is_wrong_the_words_are_the_same(browser: httpx.Client, engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(update(s.accounts).where(s.accounts.c.role == "auditor").values(disabled_at=AT))
    answers = [
        try_in(browser, "mauvais mot de passe"),
        try_in(browser, email="personne@example.org"),
        try_in(browser, email="auditor@example.org"),
        try_in(browser, PASSWORD * 20),
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    said = {re.search(r'role="alert"[^>]*>([^<]+)', answer.text)[1] for answer in answers}  # type: ignore[index]
    assert len(said) == 1
    assert browser.get("/").status_code == 303


def test_five_tries_lock_the_account_for_a_quarter_of_an_hour(browser: httpx.Client, clock: Clock) -> None:
    assert [try_in(browser, "non").status_code for _ in range(5)] == [401] * 5
    assert try_in(browser).status_code == 401  # the right one too
    clock.at = AT + timedelta(minutes=14)
    assert try_in(browser).status_code == 401
    clock.at = AT + timedelta(minutes=16)
    assert try_in(browser).status_code == 303


def test_a_session_ends_when_idle_and_at_the_end_of_the_day(browser: httpx.Client, clock: Clock) -> None:
    try_in(browser)
    at = AT
    while at < AT + LONGEST - IDLE:
        at = clock.at = at + IDLE - timedelta(minutes=1)
        assert browser.get("/").status_code == 200
    clock.at = AT + LONGEST + timedelta(seconds=1)
    assert browser.get("/").status_code == 303
    clock.at = AT
    browser.cookies.clear()
    try_in(browser)
    clock.at = AT + IDLE + timedelta(seconds=1)
    assert browser.get("/").status_code == 303


def test_a_shut_account_and_another_role_count_at_the_next_page(browser: httpx.Client, engine: Engine) -> None:
    try_in(browser)
    act = Act(territory="doubs", by="Test", at=AT, on=MONDAY)
    with transaction(engine) as connection:
        accounts.set_role(connection, act, email=EMAIL, role=DeskRole.AUDITOR, referent=None)
    assert browser.get("/personnes").status_code == 403
    with transaction(engine) as connection:
        accounts.disable(connection, act, email=EMAIL)
    assert browser.get("/").status_code == 303


def test_the_cookie_is_out_of_reach_and_the_database_holds_neither_token_nor_password(
    browser: httpx.Client, engine: Engine
) -> None:
    set_cookies = try_in(browser).headers.get_list("set-cookie")
    (ours,) = [cookie for cookie in set_cookies if cookie.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in ours and "SameSite=lax" in ours and "Path=/" in ours
    with reading(engine) as connection:
        kept = str([connection.execute(select(t)).all() for t in (s.sign_ins, s.accounts, s.invitations)])
    assert browser.cookies[COOKIE] not in kept and PASSWORD not in kept and "$argon2id$" in kept


def test_over_tls_the_cookie_is_for_tls_and_this_host_alone(engine: Engine, tmp_path: Path, clock: Clock) -> None:
    with (
        open_bureau(engine, tmp_path, clock=clock, url="https://bureau.example.org") as address,
        httpx.Client(trust_env=False) as client,
    ):
        (cookie,) = client.get(f"{address}/connexion").headers.get_list("set-cookie")
    assert cookie.startswith(f"__Host-{ENTRY}=") and "Secure" in cookie and "Domain" not in cookie


def test_a_password_is_taken_from_our_own_page_alone(browser: httpx.Client) -> None:
    given = {"courriel": EMAIL, "mot_de_passe": PASSWORD}
    assert browser.post("/connexion", data=given).status_code == 403
    proof = proof_in(browser.get("/connexion").text, "/connexion")
    browser.cookies.clear()
    assert browser.post("/connexion", data=given | {"preuve": proof}).status_code == 403


@pytest.mark.parametrize(
    "path", ["//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "javascript:x", "", "/a\nb"]
)
def test_one_is_led_back_to_our_own_pages_alone(path: str) -> None:
    assert inside(path) == "/"
    assert inside("/personnes/c12?dit=note") == "/personnes/c12?dit=note"


def link(engine: Engine, account: int | None) -> str:
    with transaction(engine) as connection:
        return accounts.invite(connection, Act(territory="doubs", by="Test", at=AT, on=MONDAY), account=account)


def open_with(client: httpx.Client, token: str, **values: str) -> httpx.Response:
    path = f"/compte/{token}"
    page = client.get(path)
    if page.status_code != 200:
        return page
    chosen = {"mot_de_passe": "un cheval bleu à Besançon", "encore": "un cheval bleu à Besançon"}
    return client.post(path, data=chosen | values | {"preuve": proof_in(page.text, path)})


def test_the_first_administrator_comes_by_a_link_that_serves_once(engine: Engine, tmp_path: Path, clock: Clock) -> None:
    token = link(engine, None)
    with (
        open_bureau(engine, tmp_path, clock=clock) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        short = open_with(
            client, token, nom="Karim Haddad", courriel="k@example.org", mot_de_passe="court", encore="court"
        )
        assert short.status_code == 422 and "12 caractères" in short.text and 'value="court"' not in short.text
        assert open_with(client, token, nom="Karim Haddad", courriel="k@example.org").status_code == 303
        assert "administration des comptes" in client.get("/").text
        client.cookies.clear()
        assert open_with(client, token, nom="Un Autre", courriel="autre@example.org").status_code == 404
        assert open_with(client, link(engine, None)).status_code == 404  # there is one by now


def test_a_link_of_an_account_ends_and_the_latest_alone_serves(
    engine: Engine, staff: Staffed, bureau: str, clock: Clock
) -> None:
    account = staff.accounts[DeskRole.REFERENT]
    first, second = link(engine, account), link(engine, account)
    with httpx.Client(base_url=bureau, trust_env=False) as client:
        assert open_with(client, first).status_code == 404
        clock.at = AT + timedelta(days=7, seconds=1)
        assert open_with(client, second).status_code == 404
        clock.at = AT + timedelta(days=6)
        assert open_with(client, second).status_code == 303
        assert "Compte referent" in client.get("/").text
        client.cookies.clear()
        assert try_in(client).status_code == 401  # the former password is gone
        assert try_in(client, "un cheval bleu à Besançon").status_code == 303
