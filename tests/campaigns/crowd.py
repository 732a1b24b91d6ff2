"""Thousands of people, each with an appointment and its summons to send, written set-based into a fresh database.

Each has a marker, `Qabcdq`, as first name and in the e-mail address, and a mobile of the range kept for fiction: what
a receiver got can be told from it alone to have been meant for whom it reached.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from string import ascii_lowercase
from typing import Any

from sqlalchemy import Engine, insert, text

from store import schema as s
from store.engine import transaction
from tests.county import A_CASE, A_PERSON, A_REFERENT
from tracks import keys
from tracks.calendar import Calendar
from tracks.vocabulary import Channel, Template

DOUBS = Calendar("25", "Europe/Paris")
MONDAY = date(2026, 11, 23)
START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # 9 h 30 in Besançon
MEETING = datetime(2026, 12, 21, 9, 0, tzinfo=UTC)  # four weeks of open hours before it
MARKER = re.compile(r"\bQ[a-z]{4}q\b", re.IGNORECASE)
OPENS, CLOSES = time(9, 5), time(18, 30)
AT_ONCE = 2_000


def marker(number: int) -> str:
    letters = ""
    for _ in range(4):
        number, digit = divmod(number, 26)
        letters = ascii_lowercase[digit] + letters
    return f"Q{letters}q"


def mobile(number: int) -> str:
    return f"+3363998{number:04}"


def email(number: int) -> str:
    return f"{marker(number).lower()}@example.org"


def fill(
    engine: Engine,
    people: int,
    *,
    channel: Channel,
    template: Template = Template.CONVOCATION,
    meeting: datetime = MEETING,
    due_at: datetime = START - timedelta(minutes=30),
    first: int = 1,
    territory: str = "doubs",
) -> None:
    """People number `first` and after, with one message due each; the number is the id of each of their rows."""
    referent = {"id": first, "territory": territory} | A_REFERENT | {"email": f"referent{first}@example.org"}
    numbers = range(first, first + people)
    tables: dict[Any, list[dict[str, Any]]] = {s.referents: [referent]}
    tables[s.persons] = [
        A_PERSON
        | {"file_number": f"{n:07}", "first_name": marker(n), "email": email(n), "mobile": mobile(n % 10_000)}
        | {"last_name": "Exemple", "address": f"{n} rue de Belfort", "postcode_city": "25220 Thise"}
        for n in numbers
    ]
    tables[s.cases] = [{"person_id": n, "referent_id": first, **A_CASE} for n in numbers]
    tables[s.appointments] = [_appointment(n, first, meeting) for n in numbers]
    tables[s.messages] = [_message(n, channel, template, meeting, due_at) for n in numbers]
    with transaction(engine) as connection:
        for table, rows in tables.items():
            whole = [{"id": n, "territory": territory} | row for n, row in zip(numbers, rows, strict=False)]
            for start in range(0, len(whole), AT_ONCE):
                connection.execute(insert(table), whole[start : start + AT_ONCE])
            if engine.dialect.name == "postgresql":  # rows that Jalon adds itself come after these
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
                )


def _appointment(number: int, referent: int, meeting: datetime) -> dict[str, Any]:
    return {
        "case_id": number,
        "referent_id": referent,
        "kind": "individual",
        "subject": "Entretien de suivi",
        "starts_at": meeting,
        "ends_at": meeting + timedelta(minutes=45),
        "place": "Besançon Planoise",
        "status": "planned",
        "created_by": "run:1",
        "known_on": MONDAY,
        "key": f"case:{number}:individual:1",
    }


def _message(number: int, channel: Channel, template: Template, meeting: datetime, due_at: datetime) -> dict[str, Any]:
    days = 2
    key = (
        keys.convocation(number, meeting) if template is Template.CONVOCATION else keys.reminder(number, meeting, days)
    )
    return {
        "case_id": number,
        "recipient_kind": "beneficiary",
        "recipient_id": number,
        "channel": channel,
        "template": template,
        "due_at": due_at,
        "useful_until": meeting,
        "status": "pending",
        "appointment_id": number,
        "details": {} if template is Template.CONVOCATION else {"days_before": days},
        "key": key,
        "planned_on": MONDAY,
    }


def instants(*, step: timedelta, start: datetime = START) -> Iterator[datetime]:
    """`start`, then every `step`, at hours when people may be written to."""
    at = start
    while True:
        wall = DOUBS.wall_clock(at)
        if not DOUBS.may_be_written_to(wall.date()) or wall.time() > CLOSES:
            at = DOUBS.local(wall.date() + timedelta(days=1), OPENS)
        else:
            yield at
            at += step
