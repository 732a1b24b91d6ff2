"""Reminders in windows: the last one reached voids the others; one that nobody sent is recorded, never sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, NotDone, Write
from tracks.case import Appointment
from tracks.policy import Reminders
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, NotDoneReason, Template

DAY = timedelta(days=1)
OFF = (AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)
LOOK_BACK = timedelta(days=31)  # what an older outage left unsaid is not worth a line


@dataclass(frozen=True, slots=True)
class Window:
    """The nights [first, last] on which one reminder may be written, `days` before the appointment."""

    days: int
    first: date
    last: date


def reminders(tonight: Tonight) -> Iterator[Action]:
    """Un rendez-vous annoncé est rappelé dans les fenêtres du parcours ; la dernière atteinte remplace les autres."""
    for appointment in tonight.planned:
        if appointment.stands:
            yield from reminders_of(tonight, appointment)
    for appointment in forgotten(tonight):
        yield from reminders_of(tonight, appointment)


def forgotten(tonight: Tonight) -> Iterator[Appointment]:
    """Recent appointments, known in time, whose nearest reminder no night came to write: only after an outage."""
    nearest = tonight.version.reminders.days_before[-1]
    for appointment in reversed(tonight.past if tonight.fast_channel else ()):
        if appointment.day < tonight.on - LOOK_BACK:
            return
        known = appointment.known_on < appointment.day < tonight.on and appointment.status not in OFF
        if known and keys.reminder(appointment.id, appointment.starts_at, nearest) not in tonight.case.sent:
            yield appointment


def reminders_of(tonight: Tonight, appointment: Appointment) -> Iterator[Action]:
    """The window reached tonight, and those that no night came to use."""
    told_on = announced_on(tonight, appointment)
    if told_on is None:
        return
    for window in windows(tonight.version.reminders, appointment, told_on):
        late = tonight.on > window.last
        if tonight.on < window.first or (late and window.last <= appointment.known_on):
            continue  # not reached, or nobody owed it: Jalon did not know the appointment then
        if keys.reminder(appointment.id, appointment.starts_at, window.days) in tonight.case.sent:
            continue
        if tonight.fast_channel is not None:
            yield reminder(tonight, appointment, window, told_on, late=late)
        elif not late:
            yield no_fast_channel(tonight, appointment)


def announced_on(tonight: Tonight, appointment: Appointment) -> date | None:
    """The day the person was told of it, by another tool or by us."""
    if appointment.notice is not None:
        return appointment.notice.sent_on
    return tonight.case.sent.get(keys.convocation(appointment.id, appointment.starts_at))


def windows(policy: Reminders, appointment: Appointment, told_on: date) -> Iterator[Window]:
    """From the farthest to the nearest; all but the nearest only if the person was told long enough before."""
    for rank, days in enumerate(policy.days_before):
        nearest = rank == len(policy.days_before) - 1
        if not nearest and told_on > appointment.day - policy.booked_ahead_days * DAY:
            continue
        first = max(appointment.day - days * DAY, told_on + DAY)
        last = appointment.day if nearest else appointment.day - (policy.days_before[rank + 1] + 1) * DAY
        if first <= last:
            yield Window(days, first, last)


def reminder(tonight: Tonight, appointment: Appointment, window: Window, told_on: date, *, late: bool) -> Write:
    assert tonight.fast_channel is not None, "a reminder goes by SMS or e-mail"
    before_start = tonight.calendar.local(window.last + DAY, tonight.version.reminders.not_before)
    return Write(
        case=tonight.case.id,
        because=tonight.because(
            "reminders",
            "Rappel J-{days} du rendez-vous du {day} non envoyé : trop tard, sa fenêtre est passée."
            if late
            else "Rappel J-{days} du rendez-vous du {day}, annoncé à la personne le {told_on}.",
            days=window.days,
            day=appointment.day,
            told_on=told_on,
            appointment=appointment.id,
        ),
        template=Template.REMINDER,
        key=keys.reminder(appointment.id, appointment.starts_at, window.days),
        channel=tonight.fast_channel,
        due_on=tonight.on,
        useful_until=min(before_start, appointment.starts_at),
        appointment_id=appointment.id,
        too_late=late,
        details={"days_before": window.days},
    )


def no_fast_channel(tonight: Tonight, appointment: Appointment) -> NotDone:
    why = tonight.because(
        "reminders",
        "Pas de rappel du rendez-vous du {day} : ni mobile ni courriel connu, une lettre arriverait trop tard.",
        day=appointment.day,
        appointment=appointment.id,
    )
    return NotDone(case=tonight.case.id, because=why, reason=NotDoneReason.NO_CONTACT)
