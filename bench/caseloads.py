"""Caseloads to plan: counties of ten referents whose free hours are asked for at a given load, one for each seed."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracks.actions import AppointmentDue, Because
from tracks.agenda import Agenda, Weekly, opening, taken_by_day
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentKind, Channel

BECAUSE = Because(rule="next_appointment", sentence="", inputs={}, version="bench", reference="")
CALENDAR = Calendar("25", "Europe/Paris")
HORIZON = 28
NOTICE = 5
REFERENTS = 10
SCHOOL = tuple(
    Weekly(weekday, starts, ends)
    for weekday in range(1, 6)
    for starts, ends in ((time(0), time(9)), (time(16), time(23, 45)))
)
MORNINGS = tuple(Weekly(weekday, time(0), time(12)) for weekday in range(1, 6))
NOT_WEDNESDAY = (Weekly(3, time(0), time(23, 45)),)
CONSTRAINTS: tuple[tuple[Weekly, ...], ...] = (SCHOOL, MORNINGS, NOT_WEDNESDAY)
# How long somebody can wait, in days, and how often: overdue, the rhythm of a track, a first appointment.
WINDOWS = (((2, 4), 0.2), ((4, 9), 0.6), ((10, 21), 0.2))


@dataclass(frozen=True)
class Caseload:
    agendas: dict[int, Agenda]
    dues: list[AppointmentDue]

    def minutes(self) -> int:
        """What is free in all, over the days that the claims may use."""
        return sum(free_minutes(agenda, on) for agenda in self.agendas.values() for on in DAYS)


ON = date(2026, 11, 23)
DAYS = tuple(ON + timedelta(days=offset) for offset in range(NOTICE, HORIZON))


def free_minutes(agenda: Agenda, day: date) -> int:
    taken = taken_by_day(agenda.engaged, CALENDAR).get(day, 0)
    return (opening(agenda, day, CALENDAR) & ~taken).bit_count()


def caseload(seed: int, *, load: float, referents: int = REFERENTS) -> Caseload:
    """A county whose claims ask for `load` of the free time of each of its referents, as of `ON`."""
    dice = random.Random(seed)
    agendas = {number: an_agenda(dice, number) for number in range(1, referents + 1)}
    dues: list[AppointmentDue] = []
    for number, agenda in agendas.items():
        wanted = load * sum(free_minutes(agenda, day) for day in DAYS)
        while wanted > 0:
            dues.append(a_due(dice, case=len(dues) + 1, referent=number))
            wanted -= dues[-1].minutes
    dice.shuffle(dues)
    return Caseload(agendas, dues)


def an_agenda(dice: random.Random, number: int) -> Agenda:
    away = ON + timedelta(days=dice.randrange(HORIZON))
    return Agenda(
        referent=number,
        site="",
        working_days=frozenset(dice.sample(range(1, 6), dice.choice((3, 4, 4, 5)))),
        day_starts=dice.choice((time(8, 30), time(9))),
        day_ends=dice.choice((time(16, 30), time(17), time(17, 30))),
        break_starts=time(12),
        break_ends=dice.choice((time(13), time(13, 30))),
        leaves=((away, away + timedelta(days=dice.choice((0, 0, 4)))),),
        busy=tuple(a_meeting(dice) for _ in range(dice.randrange(6, 20))),
    )


def a_meeting(dice: random.Random) -> tuple[datetime, datetime]:
    day = ON + timedelta(days=dice.randrange(HORIZON))
    starts = CALENDAR.local(day, time(dice.randrange(9, 17), dice.choice((0, 15, 30, 45))))
    return starts, starts + timedelta(minutes=dice.choice((30, 45, 60, 120)))


def a_due(dice: random.Random, *, case: int, referent: int) -> AppointmentDue:
    (shortest, longest), *_ = dice.choices([span for span, _ in WINDOWS], [share for _, share in WINDOWS])
    length = dice.randint(shortest, longest)
    opens = ON + timedelta(days=dice.randint(NOTICE, HORIZON - 1 - length))
    closes = opens + timedelta(days=length)
    return AppointmentDue(
        case=case,
        because=BECAUSE,
        referent=referent,
        first_day=opens,
        last_day=closes,
        target=opens + timedelta(days=length // 2),
        minutes=dice.choice((30, 45, 45, 45, 60)),
        kind=AppointmentKind.INDIVIDUAL,
        subject="Entretien de suivi",
        by_phone=False,
        number=0,
        urgent_since=closes - timedelta(days=dice.randrange(20)),
        channel=Channel.SMS,
        impossible=dice.choice(CONSTRAINTS) if dice.random() < 0.25 else (),
    )
