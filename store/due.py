"""What a due message needs to be written and to be allowed out, read fresh at the moment of its claim."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, func, or_, select
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.announcements import OFF
from store.facts import Facts, read_facts
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentStatus, Channel, NotDoneReason, RecipientKind, Template


class Overtaken(StrEnum):
    """Why a message that was due is not sent: the world has changed since it was planned."""

    APPOINTMENT_CHANGED = "appointment_changed"
    ALREADY_ANSWERED = "already_answered"
    FACTS_CHANGED = "facts_changed"
    CASE_CLOSED = "case_closed"
    NOTHING_TO_SAY = "nothing_to_say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    first_name: str
    last_name: str
    email: str | None
    mobile: str | None
    address: str | None
    postcode_city: str | None
    easy_french: bool = False
    large_print: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The referent, as a message names them."""

    first_name: str
    last_name: str
    email: str
    phone: str | None
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    id: int
    starts_at: datetime
    place: str
    by_phone: bool
    ends_at: datetime | None = None
    first_id: int | None = None  # where it replaces others, the first of them
    moves: int = 0

    @property
    def chain(self) -> int:
        """The same for an appointment and for those that replace it."""
        return self.first_id or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message to send, with the rows behind it. `person_id` is set for a beneficiary only."""

    id: int
    case_id: int | None
    template: Template
    channel: Channel
    recipient_kind: RecipientKind
    recipient_id: int
    key: str
    details: Mapping[str, Any]
    due_at: datetime
    useful_until: datetime
    attempts: int
    person: Person | None
    referent: Contact | None
    meeting: Meeting | None
    track: str | None = None
    doubts: int = 0
    facts: Facts | None = None
    token: str | None = field(default=None, repr=False)  # of its link, from its writing to its sending; never stored

    @property
    def person_id(self) -> int | None:
        return self.recipient_id if self.recipient_kind is RecipientKind.BENEFICIARY else None


@dataclass(frozen=True, slots=True)
class Read:
    """The messages that may leave, and why the others may not."""

    ready: tuple[Due, ...]
    overtaken: Mapping[int, str]


AFTER_THE_END = (Template.FAREWELL, Template.APPOINTMENT_CANCELLED)
ABOUT_A_MEETING = (
    Template.CONVOCATION,
    Template.REMINDER,
    Template.APPOINTMENT_MOVED,
    Template.REFERENT_CHANGED_MEETING,
)
IN_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d{4}")
PERSON = ("first_name", "last_name", "email", "mobile", "address", "postcode_city")
WRITTEN_SO = ("easy_french", "large_print")
MEETING = ("id", "starts_at", "ends_at", "place", "by_phone", "first_id", "moves")
NAMED = {
    "p": (s.persons, (*PERSON, *WRITTEN_SO, "refused_channels")),
    "r": (s.referents, ("first_name", "last_name", "email", "phone", "site")),
    "a": (s.appointments, (*MEETING, "status", "qualification", "superseded_by")),
    "c": (s.cases, ("left_on", "track")),
}


def read_due(connection: Connection, ids: Sequence[int], *, at: datetime, calendar: Calendar) -> Read:
    """The messages `ids` with all they need, in one query (and four more when one of them is a formal invitation)."""
    today = calendar.day_of(at)
    rows = connection.execute(_statement(ids, today)).mappings().all()
    overtaken = {row["id"]: why for row in rows if (why := _overtaken(row, at, today))}
    ready = [_due(row) for row in rows if row["id"] not in overtaken]
    formal = {due.id: due for due in ready if due.template is Template.INVITATION_TO_REGULARISE}
    facts = read_facts(
        connection,
        {
            id_: (due.case_id or 0, [date.fromisoformat(day) for day in due.details.get("days", ())])
            for id_, due in formal.items()
        },
        calendar=calendar,
    )
    overtaken |= {id_: Overtaken.FACTS_CHANGED for id_ in formal if id_ not in facts}
    return Read(tuple(replace(due, facts=facts.get(due.id)) for due in ready if due.id not in overtaken), overtaken)


def _statement(ids: Sequence[int], today: date) -> Select[Any]:
    m, p, a, c, r, pause = s.messages, s.persons, s.appointments, s.cases, s.referents, s.pauses.c
    to_referent = m.c.recipient_kind == RecipientKind.REFERENT
    paused = exists().where(
        pause.person_id == p.c.id,
        pause.first_day <= today,
        or_(pause.last_day.is_(None), pause.last_day >= today),
    )
    columns = [table.c[name].label(f"{prefix}_{name}") for prefix, (table, names) in NAMED.items() for name in names]
    return (
        select(m, paused.label("paused"), *columns)
        .outerjoin(c, c.c.id == m.c.case_id)
        .outerjoin(p, and_(p.c.id == m.c.recipient_id, m.c.recipient_kind == RecipientKind.BENEFICIARY))
        .outerjoin(a, a.c.id == m.c.appointment_id)
        .outerjoin(
            r,
            r.c.id == case((to_referent, m.c.recipient_id), else_=func.coalesce(a.c.referent_id, c.c.referent_id)),
        )
        .where(m.c.id.in_(ids))
        .order_by(m.c.due_at, m.c.id)
    )


def _overtaken(row: RowMapping, at: datetime, today: date) -> str | None:
    """Why this message must not leave any more, if so."""
    if row["recipient_kind"] != RecipientKind.BENEFICIARY:
        return None
    if row["paused"]:
        return NotDoneReason.PAUSED
    if row["channel"] in (row["p_refused_channels"] or "").split():
        return NotDoneReason.CHANNEL_REFUSED
    if row["c_left_on"] and row["c_left_on"] <= today and row["template"] not in AFTER_THE_END:
        return Overtaken.CASE_CLOSED
    if row["template"] in ABOUT_A_MEETING and not _still_stands(row, at):
        return Overtaken.APPOINTMENT_CHANGED
    if row["template"] == Template.APPOINTMENT_CANCELLED and row["a_status"] not in OFF:
        return Overtaken.APPOINTMENT_CHANGED
    if row["template"] == Template.REASON_REQUEST and (
        row["a_status"] != AppointmentStatus.NOSHOW or row["a_qualification"]
    ):
        return Overtaken.ALREADY_ANSWERED
    return None


def _still_stands(row: RowMapping, at: datetime) -> bool:
    """Still planned, still to come, and at the very hour that the message's key names."""
    if row["a_id"] is None or row["a_status"] != AppointmentStatus.PLANNED or row["a_superseded_by"] is not None:
        return False
    named = IN_KEY.search(row["key"])
    starts_at: datetime = row["a_starts_at"]
    return (
        starts_at > at
        and named is not None
        and datetime.strptime(named.group(), "%Y-%m-%dT%H:%M%z") == starts_at.replace(second=0, microsecond=0)
    )


def _due(row: RowMapping) -> Due:
    return Due(
        id=row["id"],
        case_id=row["case_id"],
        template=Template(row["template"]),
        channel=Channel(row["channel"]),
        recipient_kind=RecipientKind(row["recipient_kind"]),
        recipient_id=row["recipient_id"],
        key=row["key"],
        details=row["details"],
        due_at=row["due_at"],
        useful_until=row["useful_until"],
        attempts=row["attempts"],
        doubts=row["doubts"],
        track=row["c_track"],
        person=Person(**_part(row, "p", Person)) if row["p_first_name"] is not None else None,
        referent=Contact(**_part(row, "r", Contact)) if row["r_email"] is not None else None,
        meeting=Meeting(**_part(row, "a", Meeting)) if row["a_id"] is not None else None,
    )


def _part(row: RowMapping, prefix: str, part: type[Person | Contact | Meeting]) -> dict[str, Any]:
    return {name: row[f"{prefix}_{name}"] for name in part.__slots__}
