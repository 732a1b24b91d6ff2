"""The API as a county's software meets it: by token, within its role, through the functions of the commands."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select, update

from config.settings import PROJECT
from desk.web.api.doors import ROLES
from store import api_tokens
from store import schema as s
from store.engine import reading, transaction
from tests.staff.conftest import Staffed, act
from tests.web.conftest import Clock
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole as R

V1 = "/api/v1"
COORDINATION, FILES = frozenset({R.COORDINATOR}), frozenset({R.REFERENT, R.COORDINATOR})

# The whole table, as that of the pages: a route without its line fails.
TABLE: Mapping[tuple[str, str], frozenset[R]] = {
    ("GET", "/appointments"): FILES,
    ("GET", "/reviews"): FILES | {R.REVIEWER, R.DECIDER},
    ("GET", "/status"): COORDINATION | {R.AUDITOR, R.ADMINISTRATOR},
    ("POST", "/imports/{kind}"): COORDINATION,
    ("POST", "/appointments/a{appointment}/outcome"): FILES,
    ("POST", "/receipts/{channel}"): COORDINATION,
}
Call = Callable[[R], httpx.Client]


@pytest.fixture
def call(engine: Engine, staff: Staffed, bureau: str) -> Iterator[Call]:
    """`call(role)`: a software with a token of that role."""
    opened: list[httpx.Client] = []

    def with_token(role: R) -> httpx.Client:
        with transaction(engine) as connection:
            mine = connection.scalar(select(s.cases.c.referent_id).where(s.cases.c.id == staff.mine))
            follows = mine if role is R.REFERENT else None
            token = api_tokens.add(
                connection, act(), name=f"logiciel-{len(opened)}", role=role, referent=follows, days=30
            )
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": f"203.0.113.{len(opened) + 1}"}
        opened.append(httpx.Client(base_url=bureau + V1, trust_env=False, headers=headers))
        return opened[-1]

    yield with_token
    for client in opened:
        client.close()


def actors(engine: Engine, kind: str) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(s.journal.c.actor).where(s.journal.c.kind == kind)))


def bodies(staff: Staffed) -> dict[tuple[str, str], tuple[str, dict[str, Any] | None]]:
    return {
        ("GET", "/appointments"): ("/appointments", None),
        ("GET", "/reviews"): ("/reviews", None),
        ("GET", "/status"): ("/status", None),
        ("POST", "/imports/{kind}"): ("/imports/usagers", {"rows": [{"x": "y"}]}),
        ("POST", "/appointments/a{appointment}/outcome"): (f"/appointments/a{staff.past}/outcome", {"status": "seen"}),
        ("POST", "/receipts/{channel}"): (
            "/receipts/sms",
            {"events": [{"message_id": "m", "status": "delivered", "event_id": "e"}]},
        ),
    }


def test_every_route_has_its_roles_and_a_token_of_another_role_none(call: Call, staff: Staffed, bureau: str) -> None:
    with httpx.Client(base_url=bureau + V1, trust_env=False) as nobody:
        spec = nobody.get("/openapi.json").json()
        listed = {(method.upper(), path) for path, item in spec["paths"].items() for method in item}
        assert listed == set(TABLE) == set(ROLES)
        assert ROLES == TABLE
        for (method, _), (path, body) in bodies(staff).items():
            assert nobody.request(method, path, json=body).status_code == 401, path
    for role in R:
        client = call(role)
        for key, (path, body) in bodies(staff).items():
            answer = client.request(key[0], path, json=body)
            if role in TABLE[key]:
                assert answer.status_code in (200, 409), (role, key, answer.text)
            else:
                assert answer.status_code == 403, (role, key, answer.text)
            assert "Visible" not in answer.text and "Cachet" not in answer.text


def test_a_token_reads_its_own_caseload_and_no_name(call: Call, staff: Staffed) -> None:
    mine = call(R.REFERENT).get("/appointments").json()["appointments"]
    assert {row["case_id"] for row in mine} == {f"c{staff.mine}"}
    assert mine[0]["status"] == "unknown" and mine[0]["beneficiary_ref"] == "0250001"
    everybody = call(R.COORDINATOR)
    first = everybody.get("/appointments", params={"limit": 1}).json()
    rest = everybody.get("/appointments", params={"after": first["next_after"]}).json()
    assert {row["case_id"] for row in rest["appointments"] + first["appointments"]} == {
        f"c{staff.mine}",
        f"c{staff.theirs}",
    }
    theirs = f"/appointments/a{staff.past_of_theirs}/outcome"
    assert call(R.REFERENT).post(theirs, json={"status": "seen"}).status_code == 404
    assert call(R.REVIEWER).get("/reviews").json()["reviews"][0]["review_id"] == f"r{staff.review}"


def test_an_outcome_is_that_of_the_command_signed_by_the_software(engine: Engine, call: Call, staff: Staffed) -> None:
    client, path = call(R.COORDINATOR), f"/appointments/a{staff.past}/outcome"
    assert client.post(path, json={"status": "noshow", "qualification": "inadmissible"}).status_code == 422
    assert "Motif inconnu" in client.post(path, json={"status": "excused", "reason": "grippe"}).json()["detail"]
    done = client.post(path, json={"status": "excused", "reason": "transport"})
    assert done.json() == {"appointment_id": f"a{staff.past}", "status": "excused", "told": "nothing_to_say"}
    with reading(engine) as connection:
        row = connection.execute(select(s.appointments).where(s.appointments.c.id == staff.past)).mappings().one()
        question = connection.scalar(select(s.questions.c.closed_on).where(s.questions.c.id == staff.outcome))
    assert (row["status"], row["reason"], row["status_by"]) == ("excused", "legitimate_logistics", "api:logiciel-0")
    assert question is not None
    assert actors(engine, "outcome") == ["api:logiciel-0"]


def sample(kind: str) -> list[dict[str, str]]:
    """The rows of an export of the sample county."""
    text = (PROJECT / "examples" / "doubs" / f"{kind}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), dialect=csv.Sniffer().sniff(text[:2000])))


def test_rows_come_in_as_the_import_takes_them_and_once(engine: Engine, call: Call, staff: Staffed) -> None:
    rows = sample("usagers")[:20]
    rows[3] = rows[3] | {next(head for head in rows[3] if "aissance" in head): "31/02/1980"}
    client = call(R.COORDINATOR)
    assert client.post("/imports/referents", json={"rows": sample("referents")}).json()["refused"] == 0

    def people() -> int:
        with reading(engine) as connection:
            return connection.scalar(select(func.count()).select_from(s.persons)) or 0

    before = people()
    tried = client.post("/imports/usagers", params={"dry_run": True}, json={"rows": rows}).json()
    assert (tried["read"], tried["created"], tried["refused"]) == (20, 19, 1) and people() == before
    done = client.post("/imports/usagers", json={"rows": rows}).json()
    assert {**done, "remarks": []} == {**tried, "remarks": []} and people() == before + 19
    (refused,) = [remark for remark in done["remarks"] if remark["severity"] == "refus"]
    assert refused["line"] == "5" and "ce jour n'existe pas" in refused["reason"]
    again = client.post("/imports/usagers", json={"rows": rows}).json()
    assert (again["created"], again["unchanged"]) == (0, 19) and people() == before + 19
    assert actors(engine, "import") == ["api:logiciel-0"] * 2
    uneven = client.post("/imports/usagers", json={"rows": [{"a": "1"}, {"b": "1"}]})
    assert uneven.status_code == 409 and "mêmes en-têtes" in uneven.json()["detail"]
    assert client.post("/imports/contacts2", json={"rows": rows}).status_code == 422


def test_a_receipt_moves_its_message_once(engine: Engine, call: Call, staff: Staffed) -> None:
    client = call(R.COORDINATOR)
    said = {"events": [{"message_id": "sms-1", "status": "delivered", "event_id": "e1"}]}
    assert client.post("/receipts/sms", json=said).json()["new"] == 1
    assert client.post("/receipts/sms", json=said).json() | {"unmatched": 0} == {
        "new": 0,
        "known": 1,
        "unmatched": 0,
        "moved": 0,
        "ignored": 0,
        "refused": 0,
    }
    assert actors(engine, "receipts") == ["api:logiciel-0"]


def test_a_token_ends_is_revoked_and_its_name_never_serves_again(
    engine: Engine, call: Call, staff: Staffed, clock: Clock
) -> None:
    client, other = call(R.COORDINATOR), call(R.AUDITOR)
    assert client.get("/status").json()["reviews_late"] == 0
    with reading(engine) as connection:
        stored = str([tuple(row) for row in connection.execute(select(s.api_tokens))])
    assert client.headers["Authorization"].removeprefix("Bearer ") not in stored
    with transaction(engine) as connection:
        api_tokens.revoke(connection, act(), name="logiciel-0")
        with pytest.raises(JalonError, match="Aucun jeton en service"):
            api_tokens.revoke(connection, act(), name="logiciel-0")
        with pytest.raises(JalonError, match="s'appelle déjà"):
            api_tokens.add(connection, act(), name="logiciel-0", role=R.AUDITOR, referent=None, days=1)
    assert client.get("/status").status_code == 401 and other.get("/status").status_code == 200
    clock.at += timedelta(days=31)
    assert other.get("/status").status_code == 401
    clock.at -= timedelta(days=31)
    with transaction(engine) as connection:  # a token of another county opens nothing here
        connection.execute(update(s.api_tokens).values(territory="ailleurs"))
    assert other.get("/status").status_code == 401


def test_nobody_signs_as_a_machine() -> None:
    with pytest.raises(JalonError, match="jamais pour une personne"):
        replace(act(), by="API:logiciel")
    with pytest.raises(JalonError, match="jamais pour une personne"):
        replace(act(), by="Öykü", by_machine=True)


def test_too_much_and_too_often_are_refused_in_json(call: Call, staff: Staffed) -> None:
    client = call(R.COORDINATOR)
    huge = {"rows": [{"x": "y" * 1900}] * 2000}
    much = client.post("/imports/usagers", json={"rows": huge["rows"] * 2})
    assert much.status_code == 413 and "detail" in much.json()
    fits = client.post("/imports/usagers", json=huge)
    assert fits.status_code == 409  # read, and none of its columns is ours
    assert client.post("/receipts/sms", content=b"x" * 20_000).status_code == 413  # only rows may be long
    answers = [client.get("/status").status_code for _ in range(200)]
    assert answers[0] == 200 and answers[-1] == 429
    assert client.get("/status").headers["Retry-After"] == "60"
    assert call(R.AUDITOR).get("/status").status_code == 200  # another software is not held up
