"""The appointment in the person's calendar: read by two parsers, followed when it moves, taken out when it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from sqlalchemy import Engine, select, update

from config.messages import INDISCREET
from store import schema as s
from store.acts import Act
from store.due import Meeting
from store.engine import transaction
from store.moves import cancel, move
from tasks.invitation import Invitation, invitation
from tests.messages.rows import (
    AT,
    MONDAY,
    TUESDAY_8,
    a_case,
    a_message,
    a_person,
    a_referent,
    an_appointment,
    change,
    doubs,
    rows,
    send,
)
from tests.messages.test_texts import a_due
from tracks.vocabulary import Channel, Template


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


ACT = Act(territory="doubs", by="Öykü Demir", at=AT, on=MONDAY)
HOUR = timedelta(hours=1)
LATER = TUESDAY_8 + timedelta(days=2)
LATEST = TUESDAY_8 + timedelta(days=3)


def an_invitation(
    template: Template = Template.CONVOCATION, zone: tuple[str, str] | None = None, **meeting: Any
) -> Invitation:
    values = {"id": 5, "starts_at": TUESDAY_8, "ends_at": TUESDAY_8 + HOUR, "place": "Pontarlier", "by_phone": False}
    county = doubs()
    if zone:
        county = replace(county, file=county.file.model_copy(update={"departement": zone[0], "zone": zone[1]}))
    due = replace(a_due(template, Channel.EMAIL), meeting=Meeting(**values | meeting))
    made = invitation(due, county, to="ines@example.org", at=AT)
    assert made is not None
    return made


def event_of(made: Invitation) -> Any:
    (event,) = icalendar.Calendar.from_ical(made.content).walk("VEVENT")
    return event


SPRING = datetime(2027, 3, 28, 8, tzinfo=UTC)  # ten o'clock in Besançon, seven hours after the clocks went forward
PLACES = [
    (("25", "Europe/Paris"), TUESDAY_8, 10),
    (("25", "Europe/Paris"), SPRING, 10),
    (("25", "Europe/Paris"), SPRING - timedelta(days=1), 9),
    (("25", "Europe/Paris"), datetime(2026, 10, 25, 9, tzinfo=UTC), 10),
    (("25", "Europe/Paris"), datetime(2027, 1, 5, 9, tzinfo=UTC), 10),
    (("974", "Indian/Reunion"), TUESDAY_8, 13),
    (("972", "America/Martinique"), datetime(2026, 12, 8, 13, tzinfo=UTC), 9),
    (("975", "America/Miquelon"), datetime(2027, 3, 15, 13, tzinfo=UTC), 11),
]


@pytest.mark.parametrize(("zone", "starts_at", "hour"), PLACES)
def test_two_parsers_read_the_same_instant_and_the_local_hour(
    zone: tuple[str, str], starts_at: datetime, hour: int
) -> None:
    made = an_invitation(zone=zone, starts_at=starts_at, ends_at=starts_at + HOUR)
    one = event_of(made)
    other = vobject.readOne(made.content).vevent
    for start, end in ((one["dtstart"].dt, one["dtend"].dt), (other.dtstart.value, other.dtend.value)):
        assert (start.astimezone(UTC), end.astimezone(UTC)) == (starts_at, starts_at + HOUR)
        assert start.hour == hour
    assert made.content.count("BEGIN:VTIMEZONE") == 1
    assert f"TZID:{zone[1]}" in made.content


def test_it_says_all_that_a_request_must() -> None:
    """RFC 5546, 3.2.2: what METHOD:REQUEST asks for; CN of the county, the person's address, no answer asked."""
    made = an_invitation()
    calendar, event = icalendar.Calendar.from_ical(made.content), event_of(made)
    assert (made.method, str(calendar["method"]), str(event["sequence"])) == ("REQUEST", "REQUEST", "0")
    assert str(event["organizer"]) == "mailto:accompagnement@doubs.example.org"
    assert (str(event["attendee"]), event["attendee"].params["rsvp"]) == ("mailto:ines@example.org", "FALSE")
    assert (str(event["location"]), str(event["class"])) == ("CMS de Pontarlier", "PRIVATE")
    assert (str(event["summary"]), event["dtstamp"].dt) == ("Rendez-vous (Département du Doubs)", AT)
    assert all(len(line.encode()) <= 75 for line in made.content.split("\r\n"))


@pytest.mark.parametrize("template", [Template.CONVOCATION, Template.APPOINTMENT_CANCELLED])
def test_a_shared_calendar_says_nothing_of_why(template: Template) -> None:
    said = an_invitation(template).content
    assert INDISCREET.search(said.replace(doubs().sender_email, "")) is None
    assert [track.title for track in doubs().tracks.values() if track.title.lower() in said.lower()] == []
    assert "Inès" not in said and "Exemple" not in said and "Entretien" not in said


def test_a_place_is_only_ever_a_place() -> None:
    hostile = "Salle 1\r\nATTENDEE:mailto:tous@example.org\nX;VALUE=URI:http://example.org,\\n"
    event = event_of(made := an_invitation(place=hostile))
    assert str(event["attendee"]) == "mailto:ines@example.org"
    assert made.content.count("\r\nATTENDEE") == 1
    assert str(vobject.readOne(made.content).vevent.location.value).startswith("Salle 1 ATTENDEE:mailto")


def test_a_reminder_changes_no_calendar() -> None:
    assert invitation(a_due(Template.REMINDER, Channel.EMAIL), doubs(), to="a@example.org", at=AT) is None


def letters_in(outbox: Path) -> list[EmailMessage]:
    found = sorted(outbox.glob("*.eml"), key=lambda path: int(path.stem))
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]  # type: ignore[misc]


def calendar_part(message: EmailMessage) -> tuple[str, Any]:
    """The method that the MIME type says, and the event."""
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    content = part.get_content()
    assert str(icalendar.Calendar.from_ical(content)["method"]) == part["Content-Type"].params["method"]
    return part["Content-Type"].params["method"], event_of(Invitation("", content))


def a_summons_by_email(engine: Engine) -> int:
    with transaction(engine) as connection:
        referent, person = a_referent(connection), a_person(connection, preferred_channel="email")
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent)
        a_message(connection, person=person, case=case, channel=Channel.EMAIL, appointment=appointment)
    return appointment


def test_an_appointment_that_moves_twice_and_ends_stays_one_event(engine: Engine, outbox: Path) -> None:
    number = a_summons_by_email(engine)
    send(engine, outbox)
    for days, to in ((2, LATER), (8, LATEST)):  # one e-mail a day and a few a week: the caps of territory.toml
        with transaction(engine) as connection:
            number = move(connection, ACT, appointment=number, to=to, calendar=doubs().calendar)
        send(engine, outbox, at=AT + timedelta(days=days))
    with transaction(engine) as connection:
        cancel(connection, ACT, appointment=number)
    assert send(engine, outbox, at=AT + timedelta(days=9)).sent == 1
    read = [calendar_part(message) for message in letters_in(outbox)]
    assert [(method, int(event["sequence"]), event["dtstart"].dt.astimezone(UTC)) for method, event in read] == [
        ("REQUEST", 0, TUESDAY_8),
        ("REQUEST", 1, LATER),
        ("REQUEST", 2, LATEST),
        ("CANCEL", 3, LATEST),
    ]
    assert len({str(event["uid"]) for _, event in read}) == 1
    assert str(read[-1][1]["status"]) == "CANCELLED"
    assert all("multipart/alternative" in message["Content-Type"] for message in letters_in(outbox))


def test_two_appointments_are_two_events(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        for number in (1, 2):
            person = a_person(connection, number)
            case = a_case(connection, person, referent)
            appointment = an_appointment(connection, case, referent)
            a_message(connection, person=person, case=case, channel=Channel.EMAIL, appointment=appointment)
    send(sqlite_engine, outbox)
    assert len({str(calendar_part(message)[1]["uid"]) for message in letters_in(outbox)}) == 2


def test_nobody_is_told_of_the_end_of_what_they_never_heard_of(sqlite_engine: Engine, outbox: Path) -> None:
    number = a_summons_by_email(sqlite_engine)
    with transaction(sqlite_engine) as connection:
        cancel(connection, ACT, appointment=number)
    assert send(sqlite_engine, outbox).sent == 0
    assert [row["template"] for row in rows(sqlite_engine).values()] == ["convocation"]


def test_who_never_heard_of_the_move_is_told_of_the_hour_that_they_know(sqlite_engine: Engine, outbox: Path) -> None:
    number = a_summons_by_email(sqlite_engine)
    send(sqlite_engine, outbox)
    with transaction(sqlite_engine) as connection:
        number = move(connection, ACT, appointment=number, to=LATER, calendar=doubs().calendar)
        cancel(connection, ACT, appointment=number)
    assert send(sqlite_engine, outbox, at=AT + timedelta(days=2)).sent == 1
    (*_, last) = letters_in(outbox)
    assert last["Subject"] == "Le rendez-vous du mardi 8 décembre n'aura pas lieu"


def test_an_ended_appointment_that_stands_again_is_not_called_off(sqlite_engine: Engine, outbox: Path) -> None:
    number = a_summons_by_email(sqlite_engine)
    send(sqlite_engine, outbox)
    with transaction(sqlite_engine) as connection:
        cancel(connection, ACT, appointment=number)
    change(sqlite_engine, update(s.appointments).values(status="planned"))
    assert send(sqlite_engine, outbox, at=AT + timedelta(days=2)).sent == 0
    with transaction(sqlite_engine) as connection:
        last = connection.execute(select(s.messages).order_by(s.messages.c.id.desc())).mappings().first()
    assert last is not None and (last["status"], last["not_sent_because"]) == ("void", "appointment_changed")
