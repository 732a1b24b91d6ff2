"""`jalon account`, `jalon desk` and the accounts of the example, as they are typed."""

import re
import stat
from pathlib import Path

import httpx
import pytest

from config.settings import Settings
from desk.demo_accounts import PEOPLE, file_of, make_accounts, read_accounts
from desk.opening import open_desk
from desk.web.server import in_background, listen
from desk.web.staff.command import welcome
from desk.web.staff.passwords import is_right
from desk.web.staff.server import bureau
from store import accounts
from tests.county import County
from tests.desk.conftest import Jalon, after_the_night, at_the_county, example, home, jalon

__all__ = ["after_the_night", "at_the_county", "example", "home", "jalon"]  # fixtures


NAMED = {"referent": "Öykü Demir", "decider": "Claire Vuillemin", "reviewer": "Marc Pelletier"}  # by the files


def test_accounts_are_opened_changed_and_shut(jalon: Jalon, at_the_county: County) -> None:
    by = ("--by", "Karim Haddad")
    made = jalon("account", "add", "O@example.org", "--name", "Oyku Demir", "--role", "referent", *by)
    assert made.exit_code == 1 and "portefeuille" in made.stderr
    follows = ("--referent", "oyku@example.org")
    made = jalon("account", "add", "O@example.org", "--name", "Oyku Demir", "--role", "referent", *follows, *by)
    assert re.search(r"http://127\.0\.0\.1:8471/compte/[\w-]{43}\n", made.stdout)
    twice = jalon("account", "add", "autre@example.org", "--name", "oyku  demir", "--role", "auditor", *by)
    assert twice.exit_code == 1 and "Un nom ne signe que pour une personne" in twice.stderr
    assert "o@example.org  Oyku Demir, référent (portefeuille de oyku@example.org)" in jalon("account", "list").stdout
    assert jalon("account", "role", "o@example.org", "administrator", *by).exit_code == 0
    for last in (("role", "o@example.org", "auditor"), ("disable", "o@example.org")):
        refused = jalon("account", *last, *by)
        assert refused.exit_code == 1 and "dernier compte d'administrateur" in refused.stderr
    jalon("account", "add", "k@example.org", "--name", "Karim Haddad", "--role", "administrator", *by)
    assert jalon("account", "disable", "o@example.org", *by).exit_code == 0
    assert "fermé" in jalon("account", "list").stdout
    assert jalon("account", "link", "personne@example.org", *by).exit_code == 1
    assert jalon("audit", "verify").exit_code == 0


def test_the_first_start_prints_a_link_and_the_next_ones_none_once_it_served(
    jalon: Jalon,
    after_the_night: Path,
) -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        bureau(Settings(), address=f"http://127.0.0.1:{listener.getsockname()[1]}") as (app, office),
        in_background(app, listener),
    ):
        (bureau_line, first) = welcome(office)
        assert bureau_line == f"Bureau : {office.url}/"
        link = first.partition(" : ")[2]
        assert httpx.get(link, trust_env=False).status_code == 200
        again = welcome(office)[1].partition(" : ")[2]
        assert httpx.get(link, trust_env=False).status_code == 404  # the latest alone serves
        assert httpx.get(again, trust_env=False).status_code == 200
        with open_desk() as desk:
            make_accounts(desk)
        lines = welcome(office)
        assert lines[0] == bureau_line and not any("/compte/" in line for line in lines)
        assert all(any(email in line for line in lines) for email in PEOPLE.values())


@pytest.mark.usefixtures("jalon")
def test_the_example_has_an_account_a_role_and_a_password_of_its_own(after_the_night: Path) -> None:
    with open_desk() as desk:
        make_accounts(desk)
        file = file_of(after_the_night, "doubs")
        said = file.read_text("utf-8")
        make_accounts(desk)
        with desk.reading() as connection:
            rows = accounts.listed(connection, territory="doubs")
    assert file.read_text("utf-8") == said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(read_accounts(after_the_night, "lot"))  # each territory of one home has its own password
    password = re.search(r"mot de passe (\S+)", said)
    assert password and len(password[1]) >= 16
    assert {row["role"] for row in rows} == set(PEOPLE)
    assert {row["role"]: row["name"] for row in rows} | NAMED == {row["role"]: row["name"] for row in rows}
    assert all(is_right(row["password_hash"], password[1]) for row in rows)
