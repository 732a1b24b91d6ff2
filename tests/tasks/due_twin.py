"""Two counties that live the same days, one by nights that read what is due, the other by nights that read everybody.

What happens to people is written straight into the tables, by somebody who knows nothing of what a night reads: the
database alone has to tell. Same rows in the same order, so that both give the same ids.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, select, update

from config.settings import TERRITORIES
from config.territory import Territory, load_territory
from store import schema as s
from store.engine import reading, transaction
from tasks.night import NightResult, night
from tests.county import A_CASE, A_PERSON, A_REFERENT, add
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Clause,
    ContractKind,
    MessageStatus,
    NoticeProof,
    Qualification,
    ReviewKind,
    SignalKind,
    SignalSource,
    Template,
)

DAY = timedelta(days=1)
TRACKS = ("objectif_emploi", "suivi_emploi")
SAME = (
    s.appointments,
    s.messages,
    s.questions,
    s.checks,
    s.reviews,
    s.review_evidence,
    s.cases,
)
OURS = {"next_due_on", "lease_until", "lease_by"}
# What has an id in it: PostgreSQL leaves numbers out where a row was there already.
NUMBERED = {"key", "subject", "created_by", "closed_by", "inputs", "superseded_by", "details"}


@cache
def doubs() -> Territory:
    return load_territory(TERRITORIES / "doubs")


@dataclass
class Twins:
    """`due`: the county whose nights read what is due; `full`: its twin."""

    due: Engine
    full: Engine
    dice: random.Random
    people: int
    on: date
    numbered: bool = True  # both give the same ids
    blind: bool = False  # nothing tells the nights what has changed: a bug that the comparison must see
    read: int = 0
    everybody: int = 0
    cases: list[int] = field(default_factory=list)

    def begin(self) -> None:
        self.both(found_county, people=self.people, on=self.on)
        with reading(self.due) as connection:
            self.cases = list(connection.scalars(select(s.cases.c.id)))

    def both(self, happens: Callable[..., Any], **facts: Any) -> None:
        for engine in (self.due, self.full):
            with transaction(engine) as connection:
                happens(connection, **facts)

    def a_day(self, *, events: int) -> None:
        """What people do, then the nights of both."""
        for _ in range(events):
            happens = self.dice.choice(EVENTS)
            seed = self.dice.random()
            self.both(lambda c, happens=happens, seed=seed: happens(c, random.Random(seed), self.on))
        if self.blind:
            with transaction(self.due) as connection:
                connection.execute(s.touched.delete())
        for track in TRACKS:
            self.read += self.a_night(self.due, track, full=False).cases
            self.everybody += self.a_night(self.full, track, full=True).cases
        self.on += DAY

    def a_night(self, engine: Engine, track: str, *, full: bool) -> NightResult:
        return night(engine, doubs(), track, on=self.on, apply=True, full=full)

    def difference(self) -> str:
        """The first row that is not the same in both; empty when they are twins."""
        for table in SAME:
            one, other = (self.rows(engine, table) for engine in (self.due, self.full))
            for left, right in zip([*one, *[None] * len(other)], [*other, *[None] * len(one)], strict=False):
                if left != right:
                    return f"{self.on} {table.name}: due nights {left}, full nights {right}"
        return ""

    def rows(self, engine: Engine, table: Table) -> Sequence[Any]:
        columns = [column for column in table.c if column.name not in OURS]
        if not self.numbered:
            columns = [c for c in columns if c.name not in NUMBERED and c.name != "id" and not c.name.endswith("_id")]
        with reading(engine) as connection:
            found = connection.execute(select(*columns).order_by(table.c.id)).all()
        return found if self.numbered else sorted(map(repr, found))


# --- The county ---------------------------------------------------------------------------------------------------


def found_county(connection: Connection, *, people: int, on: date) -> None:
    dice = random.Random(people)
    referents = [
        add(connection, s.referents, **A_REFERENT | {"email": f"r{n}@example.org", "working_days": days})
        for n, days in enumerate(("1 2 3 4 5", "1 2 4"))
    ]
    for n in range(people):
        entered_on = on - dice.randrange(5, 170) * DAY
        reach = {
            "mobile": A_PERSON["mobile"] if n % 4 else None,
            "address": "1 rue Fictive",
            "postcode_city": "25000 B",
        }
        person = add(connection, s.persons, **A_PERSON | {"file_number": f"02500{n:03}"} | reach)
        track = TRACKS[n % 5 == 0]
        values = A_CASE | {"track": track, "entered_on": entered_on, "notified_on": entered_on}
        values |= {"person_id": person, "referent_id": referents[n % 2]}
        if track == "suivi_emploi":
            values |= {"activity_started_on": entered_on, "notified_on": None}
        add(connection, s.cases, **values)
        if n % 3:
            signed_on = entered_on + dice.randrange(0, 40) * DAY
            add(
                connection,
                s.contracts,
                person_id=person,
                kind=ContractKind.ENGAGEMENT if n % 7 else ContractKind.CER,
                signed_on=signed_on,
                starts_on=signed_on,
                ends_on=signed_on + dice.choice((60, 120, 365)) * DAY,
                clauses=" ".join(Clause),
            )


# --- What happens in a county, written by somebody who knows nothing of due days -----------------------------------


def picked(connection: Connection, dice: random.Random, table: Table, *where: Any) -> Any:
    """A row of the table, or None."""
    rows = connection.execute(select(table).where(*where).order_by(table.c.id)).all()
    return dice.choice(rows) if rows else None


def near(dice: random.Random, on: date, least: int, most: int) -> date:
    return on + dice.randint(least, most) * DAY


def outcome(connection: Connection, dice: random.Random, on: date) -> None:
    """Somebody says what happened at an appointment."""
    a = s.appointments.c
    before = datetime.combine(on, time(0)).astimezone()
    row = picked(connection, dice, s.appointments, a.starts_at < before, a.status.in_(("planned", "unknown")))
    if row:
        status = dice.choice((AppointmentStatus.SEEN, AppointmentStatus.NOSHOW, AppointmentStatus.NOSHOW))
        connection.execute(update(s.appointments).where(a.id == row.id).values(status=status))


def qualification(connection: Connection, dice: random.Random, on: date) -> None:
    a = s.appointments.c
    row = picked(connection, dice, s.appointments, a.status == "noshow", a.qualification.is_(None))
    if row:
        said = dice.choice((Qualification.UNEXPLAINED, Qualification.UNEXPLAINED, *Qualification))
        connection.execute(update(s.appointments).where(a.id == row.id).values(qualification=said, qualified_by="R"))


def absence(connection: Connection, dice: random.Random, on: date) -> None:
    """The county's file brings an old absence, announced and proved."""
    row = picked(connection, dice, s.cases, s.cases.c.left_on.is_(None))
    day = near(dice, on, -150, -2)
    starts_at = doubs().calendar.local(day, time(dice.randrange(9, 16), 15))
    add_appointment(connection, row, starts_at, on, status="noshow", qualification=Qualification.UNEXPLAINED)


def booking(connection: Connection, dice: random.Random, on: date) -> None:
    """An appointment made in another tool, that may cross another, or a day on which nobody works."""
    row = picked(connection, dice, s.cases, s.cases.c.left_on.is_(None))
    starts_at = doubs().calendar.local(near(dice, on, 1, 25), time(dice.choice((9, 10, 10, 14))))
    add_appointment(connection, row, starts_at, on, status="planned")


def add_appointment(connection: Connection, case: Any, starts_at: datetime, on: date, **values: Any) -> None:
    key = f"import:{case.id}:{starts_at:%Y-%m-%dT%H:%M%z}"
    if connection.scalar(select(s.appointments.c.id).where(s.appointments.c.key == key)):
        return
    said = {"qualified_by": "R"} if "qualification" in values else {}
    add(
        connection,
        s.appointments,
        case_id=case.id,
        referent_id=case.referent_id,
        kind=AppointmentKind.INDIVIDUAL,
        subject="Entretien",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        place="Besançon",
        created_by="import",
        known_on=min(on, starts_at.date() - 14 * DAY),
        notice_sent_on=starts_at.date() - 14 * DAY,
        notice_channel="sms",
        notice_proof=NoticeProof.DELIVERED,
        key=key,
        **values,
        **said,
    )


def cancelled(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.appointments, s.appointments.c.status == "planned")
    if row:
        status = dice.choice((AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED))
        connection.execute(update(s.appointments).where(s.appointments.c.id == row.id).values(status=status))


def pause(connection: Connection, dice: random.Random, on: date) -> None:
    """Now or announced, with an end or without."""
    row = picked(connection, dice, s.persons)
    first = near(dice, on, -3, 20)
    known = select(s.pauses.c.id).where(s.pauses.c.person_id == row.id, s.pauses.c.first_day == first)
    if not connection.scalar(known):
        last = dice.choice((None, first + 6 * DAY))
        add(connection, s.pauses, person_id=row.id, first_day=first, last_day=last, reason="r", decided_by="R")


def pause_ended(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.pauses, s.pauses.c.last_day.is_(None))
    if row:
        connection.execute(update(s.pauses).where(s.pauses.c.id == row.id).values(last_day=max(on, row.first_day)))


def contract(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.persons)
    starts_on = near(dice, on, -10, 15)
    c = s.contracts.c
    if not connection.scalar(select(c.id).where(c.person_id == row.id, c.starts_on == starts_on)):
        add(
            connection,
            s.contracts,
            person_id=row.id,
            kind=ContractKind.ENGAGEMENT,
            signed_on=starts_on - dice.randrange(6) * DAY,
            starts_on=starts_on,
            ends_on=starts_on + 120 * DAY,
            clauses=" ".join(Clause),
        )


def letter(connection: Connection, dice: random.Random, on: date) -> None:
    """An invitation to regularise that the county's file announces, its receipt too, before or after its day."""
    row = picked(connection, dice, s.persons)
    sent_on = near(dice, on, -25, 4)
    le = s.letters.c
    if not connection.scalar(select(le.id).where(le.person_id == row.id, le.sent_on == sent_on)):
        add(
            connection,
            s.letters,
            person_id=row.id,
            kind=Template.INVITATION_TO_REGULARISE,
            sent_on=sent_on,
            channel="letter",
            received_on=dice.choice((None, sent_on + 2 * DAY, sent_on + 2 * DAY)),
            delay_days=15,
        )


def prescribed(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.persons)
    due_on = near(dice, on, -5, 15)
    add(connection, s.prescribed_actions, person_id=row.id, label=f"x{dice.random()}", prescribed_on=on, due_on=due_on)


def sign(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.cases)
    day = near(dice, on, -2, 3)
    values = {"source": dice.choice((SignalSource.PERSON, SignalSource.REFERENT)), "kind": dice.choice([*SignalKind])}
    key = f"signal:{row.id}:{day}:{values['source']}:{values['kind']}"
    if not connection.scalar(select(s.signals.c.id).where(s.signals.c.key == key)):
        add(connection, s.signals, case_id=row.id, happened_on=day, said_by="R", key=key, **values)


def reached(connection: Connection, dice: random.Random, on: date) -> None:
    """A number that is wrong, or found; an address that is refused."""
    row = picked(connection, dice, s.persons)
    values = dice.choice(
        ({"mobile": None}, {"mobile": A_PERSON["mobile"]}, {"refused_channels": "sms"}, {"address": None})
    )
    connection.execute(update(s.persons).where(s.persons.c.id == row.id).values(**values))


def another_referent(connection: Connection, dice: random.Random, on: date) -> None:
    case, referent = picked(connection, dice, s.cases), picked(connection, dice, s.referents)
    connection.execute(update(s.cases).where(s.cases.c.id == case.id).values(referent_id=referent.id))


def leave(connection: Connection, dice: random.Random, on: date) -> None:
    """The referent is away, soon: what is planned then stands no more."""
    row, first = picked(connection, dice, s.referents), near(dice, on, 0, 15)
    x = s.leaves.c
    if not connection.scalar(select(x.id).where(x.referent_id == row.id, x.first_day == first)):
        add(connection, s.leaves, referent_id=row.id, first_day=first, last_day=first + dice.randrange(3) * DAY)


def circuit(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.referents)
    if dice.random() < 0.1:
        connection.execute(update(s.referents).where(s.referents.c.id == row.id).values(circuit=dice.choice("AB")))


def departure(connection: Connection, dice: random.Random, on: date) -> None:
    """Somebody leaves, today or on a day to come; somebody who left comes back."""
    row = picked(connection, dice, s.cases)
    left_on = None if row.left_on else near(dice, on, 0, 12)
    values = {"left_on": left_on, "exit_reason": "change:autre" if left_on and dice.random() < 0.5 else None}
    connection.execute(update(s.cases).where(s.cases.c.id == row.id).values(**values))


def answered(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.questions, s.questions.c.closed_on.is_(None))
    if row:
        connection.execute(
            update(s.questions).where(s.questions.c.id == row.id).values(closed_on=on, closed_by="person:R")
        )


def decided(connection: Connection, dice: random.Random, on: date) -> None:
    """A file or a finding is closed by somebody."""
    row = picked(connection, dice, s.reviews, s.reviews.c.outcome.is_(None))
    if row:
        at = doubs().calendar.local(on, time(1))
        outcome = "mended" if row.kind == ReviewKind.SERVICE else "no_action"
        values = {"outcome": outcome, "decided_by": "R", "decided_at": at, "reasons": "Vu.", "status": "closed"}
        connection.execute(update(s.reviews).where(s.reviews.c.id == row.id).values(**values))


def sent(connection: Connection, dice: random.Random, on: date) -> None:
    """The post says what became of a message."""
    m = s.messages.c
    row = picked(connection, dice, s.messages, m.status == MessageStatus.PENDING, m.case_id.is_not(None))
    if row:
        status = dice.choice((MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.VOID))
        connection.execute(update(s.messages).where(m.id == row.id).values(status=status))


def breach(connection: Connection, dice: random.Random, on: date) -> None:
    row = picked(connection, dice, s.cases)
    day = near(dice, on, -20, 2)
    key = f"breach:{row.id}:{day}"
    if not connection.scalar(select(s.breaches.c.id).where(s.breaches.c.key == key)):
        add(
            connection,
            s.breaches,
            case_id=row.id,
            clause=Clause.ACTIONS,
            happened_on=day,
            said_by="R",
            qualification=dice.choice((Qualification.UNEXPLAINED, None)),
            key=key,
        )


EVENTS = (
    outcome, outcome, outcome, qualification, qualification, absence, absence, booking, cancelled, pause, pause_ended,
    contract, letter, letter, prescribed, sign, reached, another_referent, leave, circuit, departure, answered, decided,
    sent, sent, breach,
)  # fmt: skip
