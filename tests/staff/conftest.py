"""The desk on a real server over a small county, on both databases: two caseloads, another county beside it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine

from config.oidc import Oidc
from desk.web.server import in_background, listen
from desk.web.staff.app import create_desk
from desk.web.staff.doors import COOKIE
from desk.web.staff.office import Office
from desk.web.staff.passwords import kept
from store import accounts, sign_ins
from store import schema as s
from store.acts import Act
from store.engine import transaction
from tests.county import add
from tests.messages.rows import AT, MONDAY, a_case, a_person, a_referent, an_appointment, doubs
from tests.web.conftest import Clock
from tracks import keys
from tracks.vocabulary import DeskRole, QuestionKind

PASSWORD = "quatre mots faciles à retenir"
BEFORE = AT - timedelta(days=3)  # Friday
ROLES = tuple(DeskRole)


@cache
def password_hash() -> str:
    return kept(PASSWORD)


@dataclass(frozen=True, kw_only=True)
class Staffed:
    """The ids of its rows. `mine`: the case of the signed-in referent; `theirs`: of another one; `abroad`: of another
    county; `accounts`: by role."""

    mine: int
    theirs: int
    abroad: int
    past: int
    past_of_theirs: int
    outcome: int
    outcome_of_theirs: int
    call: int
    review: int
    review_of_theirs: int
    review_abroad: int
    session: int
    session_abroad: int
    other_referent: int
    accounts: dict[DeskRole, int]


def act(territory: str = "doubs") -> Act:
    return Act(territory=territory, by="Test", at=AT, on=MONDAY)


def a_question(connection: Connection, case: int, referent: int, kind: QuestionKind, **changes: Any) -> int:
    subject = changes.get("subject_id")
    row = {
        "case_id": case,
        "referent_id": referent,
        "kind": kind,
        "subject_id": None,
        "asked_on": MONDAY,
        "coordinator_from": date(2026, 11, 25),
        "why": f"Pourquoi {kind} pour c{case}.",
        "policy_version": "objectif_emploi@2024-01-01",
        "key": keys.question(kind, case, subject or "x"),
    }
    return add(connection, s.questions, **row | changes)


def a_review(connection: Connection, case: int, referent: int, **changes: Any) -> int:
    row = {
        "case_id": case,
        "referent_id": referent,
        "track": "objectif_emploi",
        "kind": "compliance",
        "subject": str(case),
        "opened_on": MONDAY,
        "status": "under_review",
        "reason": "Deux absences inexpliquées en six mois.",
        "rule": "escalation",
        "inputs": {},
        "policy_version": "objectif_emploi@2024-01-01",
        "legal_reference": "CASF L.262-37",
        "deadline_on": date(2026, 12, 8),
    }
    return add(connection, s.reviews, **row | changes)


def a_session(connection: Connection, **changes: Any) -> int:
    row = {"starts_at": AT + timedelta(days=20), "place": "Hôtel du Département", "slots": 4, "created_by": "Test"}
    return add(connection, s.panel_sessions, **row | changes)


def staffed(connection: Connection) -> Staffed:
    mine_at = a_referent(connection)
    other_at = a_referent(connection, email="marie@example.org", first_name="Marie", last_name="Faivre")
    mine = a_case(connection, a_person(connection, 1, first_name="Élodie", last_name="Visible"), mine_at)
    theirs = a_case(connection, a_person(connection, 2, first_name="Sacha", last_name="Cachet"), other_at)
    abroad_at = a_referent(connection, territory="ailleurs")
    person = a_person(connection, 3, territory="ailleurs", last_name="Lointain")
    abroad = a_case(connection, person, abroad_at, territory="ailleurs")
    past = an_appointment(connection, mine, mine_at, starts_at=BEFORE)
    past_of_theirs = an_appointment(connection, theirs, other_at, starts_at=BEFORE)
    an_appointment(connection, mine, mine_at)
    wanted = [
        accounts.NewAccount(
            email=f"{role}@example.org",
            name=f"Compte {role}",
            role=role,
            referent=mine_at if role is DeskRole.REFERENT else None,
        )
        for role in ROLES
    ]
    made = {new.role: accounts.add(connection, act(), new) for new in wanted}
    for id_ in made.values():
        accounts.set_password(connection, act(), account=id_, password_hash=password_hash())
    return Staffed(
        mine=mine,
        theirs=theirs,
        abroad=abroad,
        past=past,
        past_of_theirs=past_of_theirs,
        outcome=a_question(connection, mine, mine_at, QuestionKind.OUTCOME, subject_id=past),
        outcome_of_theirs=a_question(connection, theirs, other_at, QuestionKind.OUTCOME, subject_id=past_of_theirs),
        call=a_question(connection, mine, mine_at, QuestionKind.CALL),
        review=a_review(connection, mine, mine_at),
        review_of_theirs=a_review(connection, theirs, other_at, status="draft"),
        review_abroad=a_review(connection, abroad, abroad_at, territory="ailleurs"),
        session=a_session(connection),
        session_abroad=a_session(connection, territory="ailleurs"),
        other_referent=other_at,
        accounts=made,
    )


@contextmanager
def open_bureau(
    engine: Engine,
    folder: Path,
    *,
    clock: Callable[[], datetime],
    url: str = "",
    oidc: Oidc | None = None,
) -> Iterator[str]:
    """The desk over `engine` until the block ends; its address."""
    with listen("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        office = Office(
            engine=engine,
            territory=doubs(),
            clock=clock,
            heads_file=folder / "journal-heads.jsonl",
            url=url or address,
            oidc=oidc,
        )
        with in_background(create_desk(office), listener):
            yield address


@pytest.fixture
def clock() -> Clock:
    return Clock(AT)


@pytest.fixture
def staff(engine: Engine) -> Staffed:
    with transaction(engine) as connection:
        return staffed(connection)


@pytest.fixture
def bureau(engine: Engine, tmp_path: Path, clock: Clock) -> Iterator[str]:
    with open_bureau(engine, tmp_path, clock=clock) as address:
        yield address


@dataclass
class Seat:
    """A browser where somebody is signed in."""

    client: httpx.Client
    token: str

    def get(self, path: str, **words: Any) -> httpx.Response:
        return self.client.get(path, **words)

    def press(self, page: str, action: str, **values: str) -> httpx.Response:
        """Post the form of `page` that leads to `action`, with the proof that stands in it."""
        return self.client.post(action, data=values | {"preuve": proof_in(self.get(page).text, action)})


def proof_in(page: str, action: str) -> str:
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>\s*<input[^>]*name="preuve" value="([^"]+)"', page)
    assert found, f"no form leads to {action}"
    return found[1]


SignIn = Callable[[DeskRole], Seat]


@pytest.fixture
def sit(engine: Engine, staff: Staffed, bureau: str) -> Iterator[SignIn]:
    """`sit(role)`: a browser signed in with the account of that role, each at an address of its own."""
    opened: list[httpx.Client] = []

    def at_desk(role: DeskRole) -> Seat:
        with transaction(engine) as connection:
            token = sign_ins.open_for(connection, territory="doubs", account=staff.accounts[role], at=AT)
        where = {"X-Forwarded-For": f"203.0.113.{len(opened) + 1}"}
        client = httpx.Client(
            base_url=bureau,
            trust_env=False,
            cookies={COOKIE: token},
            headers=where,
            timeout=30,  # seconds: a dossier is composed while other tests run
        )
        opened.append(client)
        return Seat(client, token)

    yield at_desk
    for client in opened:
        client.close()
