"""What the store would keep of a night, without a store: the case as the next night reads it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from tests.tracks.building import CALENDAR, at
from tracks import keys
from tracks.actions import (
    Action,
    AppointmentDue,
    Ask,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    OpenCheck,
    OpenReview,
    Write,
)
from tracks.case import Appointment, Case
from tracks.case import OpenReview as Opened
from tracks.decide import decide
from tracks.tonight import NIGHT_HOUR, Policies
from tracks.vocabulary import AppointmentStatus

DAY = timedelta(days=1)


def read_on(case: Case, on: date) -> Case:
    """The case on another night: a planned appointment whose hour has passed reads `unknown`."""
    now = CALENDAR.local(on, NIGHT_HOUR)
    read = tuple(
        replace(a, status=AppointmentStatus.UNKNOWN)
        if a.status is AppointmentStatus.PLANNED and a.starts_at <= now
        else a
        for a in case.appointments
    )
    return replace(case, appointments=read)


def record(case: Case, actions: Iterable[Action], on: date) -> Case:
    """Every key is written once; a question that the night closes is forgotten, as nobody answered it."""
    for action in actions:
        match action:
            case AppointmentDue():
                case = placed(case, action, on)
            case Write():
                case = replace(case, sent={action.key: on, **case.sent})
            case Ask():
                case = replace(case, asked={action.key: on, **case.asked})
            case CloseQuestion():
                case = replace(case, asked={key: day for key, day in case.asked.items() if key != action.key})
            case OpenCheck():
                case = replace(case, checks=case.checks | {action.precondition})
            case CloseCheck():
                case = replace(case, checks=case.checks - {action.precondition})
            case OpenReview():
                opened = Opened(id=1000 + len(case.reviews), kind=action.kind, opened_on=on)
                case = replace(case, reviews=(*case.reviews, opened))
            case CloseCase():
                case = replace(case, left_on=on)
            case _:
                pass
    return case


def placed(case: Case, due: AppointmentDue, on: date) -> Case:
    """A slot at its target, ten o'clock; its summons is written in the same transaction."""
    new = Appointment(
        id=1000 + due.number,
        kind=due.kind,
        starts_at=at(due.target),
        day=due.target,
        status=AppointmentStatus.PLANNED,
        known_on=on,
    )
    found = tuple(sorted((*case.appointments, new), key=lambda a: (a.starts_at, a.id)))
    return replace(case, appointments=found, sent={**case.sent, keys.convocation(new.id, new.starts_at): on})


def night_after_night(case: Case, policies: Policies, nights: Iterable[date]) -> tuple[Case, list[Action]]:
    """The case after these nights, and all that they did."""
    done: list[Action] = []
    for on in nights:
        if case.left_on is None:
            case = read_on(case, on)
            actions = decide(case, policies, on)
            done += actions
            case = record(case, actions, on)
    return case, done
