"""Rows for the tests of messages: people, appointments and outbox rows of one county, on Monday 2026-11-23."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, event, select

from config.channels import Channels, Production
from config.settings import TERRITORIES
from config.territory import Territory, load_territory
from store import schema as s
from store.engine import reading, transaction
from tasks.dispatch import DispatchCounts, dispatch
from tasks.reach import name_of
from tests.county import A_CASE, A_PERSON, A_REFERENT, add
from tracks import keys
from tracks.vocabulary import Channel, MessageStatus, RecipientKind, Template

MONDAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # 9 h 30 in Besançon
NIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # rows are due from 9 h
TUESDAY_8 = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)  # mardi 8 décembre, 10 h


@cache
def doubs() -> Territory:
    return load_territory(TERRITORIES / "doubs")


def a_person(connection: Connection, number: int = 1, **changes: Any) -> int:
    row = A_PERSON | {
        "file_number": f"025{number:04}",
        "email": f"personne{number}@example.org",
        "mobile": f"+3363998{number:04}",
        "address": "51 rue de Belfort",
        "postcode_city": "25220 Thise",
    }
    return add(connection, s.persons, **row | changes)


def a_referent(connection: Connection, **changes: Any) -> int:
    return add(connection, s.referents, **A_REFERENT | {"first_name": "Öykü", "phone": "+33381581137"} | changes)


def a_case(connection: Connection, person: int, referent: int | None, **changes: Any) -> int:
    return add(connection, s.cases, person_id=person, referent_id=referent, **A_CASE | changes)


def an_appointment(connection: Connection, case: int, referent: int | None, **changes: Any) -> int:
    starts_at = changes.get("starts_at", TUESDAY_8)
    row = {
        "kind": "individual",
        "subject": "Entretien de suivi",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "place": "Besançon Planoise",
        "status": "planned",
        "created_by": "run:1",
        "known_on": MONDAY,
        "key": f"case:{case}:individual:{starts_at.isoformat()}",
    }
    return add(connection, s.appointments, case_id=case, referent_id=referent, **row | changes)


def key_of(template: Template, case: int, appointment: int, starts_at: datetime, details: dict[str, Any]) -> str:
    match template:
        case Template.CONVOCATION:
            return keys.convocation(appointment, starts_at)
        case Template.APPOINTMENT_MOVED:
            return keys.moved(appointment, starts_at)
        case Template.APPOINTMENT_CANCELLED:
            return keys.cancelled(appointment)
        case Template.REMINDER:
            return keys.reminder(appointment, starts_at, details.get("days_before", 2))
        case Template.REASON_REQUEST:
            return keys.reason_request(appointment)
        case Template.CHECK_IN:
            return keys.check_in(case, "w0m1")
        case Template.FAREWELL:
            return keys.farewell(case)
        case Template.INVITATION_TO_REGULARISE:
            return keys.invitation(case, MONDAY)
        case _:
            raise ValueError(template)


def a_message(
    connection: Connection,
    *,
    person: int,
    case: int,
    template: Template = Template.CONVOCATION,
    channel: Channel = Channel.SMS,
    appointment: int | None = None,
    starts_at: datetime = TUESDAY_8,
    details: dict[str, Any] | None = None,
    **changes: Any,
) -> int:
    details = details or {}
    row = {
        "case_id": case,
        "recipient_kind": RecipientKind.BENEFICIARY,
        "recipient_id": person,
        "channel": channel,
        "template": template,
        "due_at": NIGHT,
        "useful_until": starts_at if starts_at > AT else AT + timedelta(days=30),
        "status": MessageStatus.PENDING,
        "appointment_id": appointment,
        "details": details,
        "key": key_of(template, case, appointment or 0, starts_at, details),
        "planned_on": MONDAY,
    }
    return add(connection, s.messages, **row | changes)


def one_each(connection: Connection, count: int, *, channel: Channel = Channel.EMAIL, **person: Any) -> list[int]:
    """`count` people, each with an appointment and its summons to send; the ids of the messages."""
    referent = a_referent(connection)
    found = []
    for number in range(count):
        who = a_person(connection, number, **person)
        case = a_case(connection, who, referent)
        appointment = an_appointment(connection, case, referent)
        found.append(a_message(connection, person=who, case=case, channel=channel, appointment=appointment))
    return found


def send(engine: Engine, outbox: Path, *, channels: Channels | None = None, **changes: Any) -> DispatchCounts:
    given: dict[str, Any] = {"at": AT, "apply": True} | changes
    return dispatch(engine, doubs(), in_production(channels or Channels(), engine), outbox=outbox, **given)


def in_production(channels: Channels, engine: Engine) -> Channels:
    """The same channels, where they say nothing of it, from the database that may write to everybody."""
    said = channels.production or channels.only
    return channels if said else channels.model_copy(update={"production": Production(database=name_of(engine.url))})


def counting(engine: Engine) -> list[str]:
    """The statements to come, but for the look at the switches, which each message has of its own."""
    counted: list[str] = []

    def count(*args: Any) -> None:
        if "FROM stops" not in args[2] and not args[2].startswith("BEGIN"):
            counted.append(args[2])

    event.listen(engine, "before_cursor_execute", count)
    return counted


def rows(engine: Engine) -> dict[int, RowMapping]:
    with reading(engine) as connection:
        return {row["id"]: row for row in connection.execute(select(s.messages)).mappings()}


def change(engine: Engine, statement: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(statement)
