"""A county that never was, of any size, the morning after an ordinary day: written in bulk, the same for one seed.

Most people have an appointment to come and need nothing; the shares of the others are in `SHARES`.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text

from store import schema as s
from store.engine import transaction
from tracks import keys
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, Template

TRACK = "objectif_emploi"
PEOPLE_A_REFERENT = 70
AT_ONCE = 5_000
CLOCKS = ("09:00", "09:45", "10:30", "11:15", "13:30", "14:15", "15:00", "15:45")
PAST_DAYS_AGO = (53, 39, 25, 11)  # a Thursday, a Thursday, a Thursday, a Thursday before a Monday
SAID = "Agent fictif"


class Role(Enum):
    """What the night has to do for a person."""

    QUIET = "nothing: the next appointment is planned and announced"
    APPOINTMENT = "fix the next appointment"
    REMINDER = "remind them of the one to come"
    OUTCOME = "ask the referent what happened"
    REASON = "ask them why they did not come"
    CONTRACT = "tell the service that a contract has run out"
    REVIEW = "open a review: two absences, everything proved"
    CHECK = "say what is missing before a review may open"


SHARES: Mapping[Role, float] = {
    Role.APPOINTMENT: 0.10,
    Role.REMINDER: 0.15,
    Role.OUTCOME: 0.03,
    Role.REASON: 0.02,
    Role.CONTRACT: 0.01,
    Role.REVIEW: 0.005,
    Role.CHECK: 0.005,
}
ESCALATES = (Role.REVIEW, Role.CHECK)


@dataclass(slots=True)
class Batch:
    """Rows waiting for one insert a table, in an order that the foreign keys allow."""

    territory: str
    tables: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: Table, **row: Any) -> None:
        self.tables[table].append({"territory": self.territory, **row})

    def write(self, connection: Connection) -> None:
        for table in s.metadata.sorted_tables:
            if rows := self.tables.pop(table, None):
                connection.execute(insert(table), rows)


@dataclass(slots=True)
class County:
    """What the people of one county share while it is written. `near` and `far`: the free slots of each referent."""

    on: date
    calendar: Calendar
    dice: random.Random
    referents: int
    near: dict[int, list[datetime]] = field(default_factory=dict)
    far: dict[int, list[datetime]] = field(default_factory=dict)
    appointments: int = 0

    def day(self, ago: int) -> date:
        return self.on - timedelta(days=ago)

    def open_slots(self, referent: int) -> None:
        """Two working days of reminders to send, then nine more; shuffled, so that days fill evenly."""
        days = list(self.calendar.working_days(self.on + timedelta(days=1), self.on + timedelta(days=21)))[:11]
        slots = [self.calendar.local(day, time.fromisoformat(clock)) for day in days for clock in CLOCKS]
        limit = self.calendar.local(self.on + timedelta(days=3), time.min)
        self.near[referent] = [slot for slot in slots if slot < limit]
        self.far[referent] = [slot for slot in slots if slot >= limit]
        self.dice.shuffle(self.near[referent])
        self.dice.shuffle(self.far[referent])


def generate(
    engine: Engine,
    *,
    cases: int,
    on: date,
    territory: str = "doubs",
    calendar: Calendar | None = None,
    referents: int | None = None,
    seed: int = 20261123,
) -> dict[Role, int]:
    """Fill an empty database with `cases` people of one track, as of the local Monday `on`; how many of each role."""
    dice = random.Random(seed)
    county = County(
        on=on,
        calendar=calendar or Calendar("25", "Europe/Paris"),
        dice=dice,
        referents=referents or -(-cases // PEOPLE_A_REFERENT),
    )
    with transaction(engine) as connection:
        batch = Batch(territory)
        for number in range(1, county.referents + 1):
            add_referent(batch, county, number)
        batch.write(connection)
        roles = deal_roles(cases, dice)
        for number, role in enumerate(roles, start=1):
            add_person(batch, county, number, role)
            if number % AT_ONCE == 0:
                batch.write(connection)
        batch.write(connection)
        settle(connection)
    return {role: roles.count(role) for role in Role}


def deal_roles(cases: int, dice: random.Random) -> list[Role]:
    """Each role in its share, at least once, in a shuffled order."""
    roles = [role for role, share in SHARES.items() for _ in range(max(1, round(share * cases)))]
    roles += [Role.QUIET] * (cases - len(roles))
    dice.shuffle(roles)
    return roles


def settle(connection: Connection) -> None:
    """Let the next id follow ours on PostgreSQL, and let both databases know how big the tables are."""
    if connection.dialect.name == "postgresql":
        for name in ("referents", "persons", "cases", "appointments"):
            top = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
            connection.execute(text(top))
    connection.execute(text("ANALYZE"))


def add_referent(batch: Batch, county: County, number: int) -> None:
    county.open_slots(number)
    batch.add(
        s.referents,
        id=number,
        email=f"agent{number}@example.org",
        first_name="Agent",
        last_name=f"Fictif {number}",
        role="coach_filiere",
        body="Département du Doubs",
        circuit="B",
        site="Montbéliard",
        phone="+33353010000",
        capacity=95,
        working_days="1 2 3 4 5",
        day_starts="09:00",
        day_ends="17:00",
        break_starts="12:00",
        break_ends="13:30",
    )
    leave = county.on + timedelta(days=28 + number % 14)
    batch.add(s.leaves, referent_id=number, first_day=leave, last_day=leave + timedelta(days=4), reason="congés")


def add_person(batch: Batch, county: County, number: int, role: Role) -> None:
    """One person, their case, contract, actions, past and planned appointments, and what was written to them."""
    referent = number % county.referents + 1
    entered = county.day(90 + county.dice.randrange(60))
    planned = None if role is Role.APPOINTMENT else take_slot(county, referent, role)
    batch.add(
        s.persons,
        id=number,
        file_number=f"{9_000_000 + number}",
        role="DEM",
        civility="Madame" if number % 2 else "Monsieur",
        first_name="Personne",
        last_name=f"Fictive {number}",
        birth_date=date(1960 + number % 45, 1 + number % 12, 1 + number % 28),
        email=f"personne{number}@example.com",
        email_to_check=False,
        mobile=f"+3363998{number % 10_000:04d}",
        address=f"{number % 99 + 1} rue de l'Exemple",
        postcode_city="25000 Besançon",
        refused_channels="",
        known_on=entered,
    )
    batch.add(
        s.cases,
        id=number,
        person_id=number,
        track=TRACK,
        entered_on=entered,
        notified_on=entered,
        referent_id=referent,
        under_duties=True,
        next_step=f"appointment:{county.calendar.day_of(planned).isoformat()}" if planned else None,
    )
    add_duties(batch, county, number, entered, role)
    for ago, status, qualification in past_of(county, role):
        start = county.calendar.local(county.day(ago), time.fromisoformat(county.dice.choice(CLOCKS)))
        add_appointment(batch, county, number, referent, start, status, qualification)
    if planned:
        add_appointment(batch, county, number, referent, planned, "planned", None)


def take_slot(county: County, referent: int, role: Role) -> datetime | None:
    """A slot that nobody has; none when the referent is full, which makes one more appointment to fix."""
    first, second = county.far[referent], county.near[referent]
    if role is Role.REMINDER:
        first, second = second, first
    return first.pop() if first else second.pop() if second else None


def past_of(county: County, role: Role) -> Iterator[tuple[int, str, str | None]]:
    """Days ago, status and qualification of the appointments that have been."""
    *older, last = PAST_DAYS_AGO
    if role in ESCALATES:
        yield from ((older[0], "seen", None), (older[1], "noshow", "unexplained"), (older[2], "noshow", "unexplained"))
        yield last, "excused", None
        return
    for ago in older:
        yield ago, county.dice.choices(("seen", "excused", "revoked"), (85, 10, 5))[0], None
    match role:
        case Role.OUTCOME:
            yield last, "unknown", None
        case Role.REASON:
            yield last, "noshow", None
        case _:
            yield last, "seen", None


def add_duties(batch: Batch, county: County, number: int, entered: date, role: Role) -> None:
    ends = county.day(10) if role is Role.CONTRACT else county.on + timedelta(days=60 + number % 200)
    batch.add(
        s.contracts,
        person_id=number,
        kind="engagement",
        signed_on=entered,
        starts_on=entered,
        ends_on=ends,
        weekly_hours=15,
        clauses="individual collective actions contact_details",
    )
    if number % 3:
        done = None if number % 2 else county.day(12)
        batch.add(
            s.prescribed_actions,
            person_id=number,
            label="S'inscrire à une formation",
            prescribed_on=entered,
            due_on=county.on + timedelta(days=20) if done is None else county.day(10),
            done_on=done,
        )
    if role is Role.REVIEW:
        batch.add(
            s.letters,
            person_id=number,
            kind=Template.INVITATION_TO_REGULARISE.value,
            sent_on=county.day(23),
            channel="lettre recommandée",
            received_on=county.day(21),
            delay_days=15,
        )


def add_appointment(
    batch: Batch,
    county: County,
    case: int,
    referent: int,
    start: datetime,
    status: str,
    qualification: str | None,
) -> None:
    """An appointment and the summons that announced it; a reminder too, once it has been."""
    county.appointments += 1
    number, day = county.appointments, county.calendar.day_of(start)
    told = min(day - timedelta(days=9), county.day(2))
    batch.add(
        s.appointments,
        id=number,
        case_id=case,
        referent_id=referent,
        kind=AppointmentKind.INDIVIDUAL.value,
        subject="Entretien de suivi",
        starts_at=start,
        ends_at=start + timedelta(minutes=45),
        place="Montbéliard",
        status=status,
        qualification=qualification,
        qualified_by=SAID if qualification else None,
        created_by="run:1",
        known_on=told,
        notice_sent_on=told,
        notice_channel="sms",
        notice_proof="delivered",
        notice_by_jalon=True,
        key=f"case:{case}:individual:bench:{number}",
    )
    add_message(batch, case, number, Template.CONVOCATION, keys.convocation(number, start), told, start)
    if status != "planned":
        day_before = day - timedelta(days=2)
        add_message(batch, case, number, Template.REMINDER, keys.reminder(number, start, 2), day_before, start)


def add_message(
    batch: Batch, case: int, appointment: int, template: Template, key: str, on: date, start: datetime
) -> None:
    at = start - timedelta(days=1)
    batch.add(
        s.messages,
        case_id=case,
        recipient_kind="beneficiary",
        recipient_id=case,
        channel="sms",
        template=template.value,
        due_at=at,
        useful_until=start,
        status="delivered",
        sent_at=at,
        attempts=1,
        segments=1,
        appointment_id=appointment,
        details={},
        key=key,
        planned_on=on,
    )
