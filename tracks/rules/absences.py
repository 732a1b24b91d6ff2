"""After an absence: ask the person why, then ask the referent to qualify it. Nothing here escalates."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, Ask, Write
from tracks.case import Appointment
from tracks.policy import Do
from tracks.tonight import Tonight
from tracks.vocabulary import QuestionKind, SignalKind, SignalSource, Template


def absence_reason(tonight: Tonight) -> Iterator[Action]:
    """Après une absence, la personne reçoit un message neutre qui lui demande si elle a eu un empêchement."""
    rung = tonight.version.rung(Do.ASK_REASON)
    if rung is None:
        return
    for absence in tonight.absences:
        key = keys.reason_request(absence.id)
        useful = absence.day + timedelta(days=rung.useful_days or 30)
        if absence.qualification or key in tonight.case.sent or tonight.on > useful or tonight.channel is None:
            continue
        yield Write(
            case=tonight.case.id,
            because=tonight.because(
                "absence_reason",
                "Absence du {day} : on demande à la personne si elle a eu un empêchement.",
                day=absence.day,
                appointment=absence.id,
            ),
            template=Template.REASON_REQUEST,
            key=key,
            channel=tonight.channel,
            due_on=tonight.on,
            useful_until=tonight.calendar.local(useful, tonight.version.reminders.not_after),
            appointment_id=absence.id,
        )


def absence_to_qualify(tonight: Tonight) -> Iterator[Action]:
    """Une absence sans explication est qualifiée par le référent, et par personne d'autre."""
    rung = tonight.version.rung(Do.ASK_REFERENT_TO_QUALIFY)
    if rung is None or not tonight.case.under_duties:
        return
    for absence in tonight.absences:
        if absence.qualification is None and tonight.on >= (ripe := qualify_from(tonight, absence)):
            key = keys.question(QuestionKind.QUALIFY, tonight.case.id, absence.id)
            asked_on = tonight.case.sent.get(keys.reason_request(absence.id))
            sentence = (
                "Absence du {day} à qualifier : message envoyé à la personne le {asked_on}, sans réponse connue."
                if asked_on
                else "Absence du {day} à qualifier : trop ancienne pour un message, à reprendre avec la personne."
            )
            yield Ask(
                case=tonight.case.id,
                because=tonight.because(
                    "absence_to_qualify",
                    sentence,
                    day=absence.day,
                    asked_on=asked_on,
                    ripe=ripe,
                    appointment=absence.id,
                ),
                kind=QuestionKind.QUALIFY,
                key=key,
                subject_id=absence.id,
                coordinator_from=tonight.calendar.add_working_days(tonight.asked_on(key), rung.wait_working_days or 0),
            )


def qualify_from(tonight: Tonight, absence: Appointment) -> date:
    """The day from which the referent is asked: after the person's own delay, or at once if it is too late for them."""
    rung = tonight.version.rung(Do.ASK_REASON)
    asked_on = tonight.case.sent.get(keys.reason_request(absence.id))
    if rung is None:
        return absence.day + timedelta(days=1)
    if asked_on:
        return asked_on + timedelta(days=rung.wait_days or 0)
    if tonight.channel is None:
        return absence.day + timedelta(days=1)
    return absence.day + timedelta(days=(rung.useful_days or 30) + 1)


def replies_to_read(tonight: Tonight) -> Iterator[Action]:
    """Une réponse de la personne est lue par le référent avant toute suite."""
    for signal in tonight.case.signals:
        key = keys.question(QuestionKind.QUALIFY, tonight.case.id, f"reply:{signal.id}")
        from_person = signal.source is SignalSource.PERSON and signal.kind is SignalKind.REPLY
        if not from_person or signal.on > tonight.on or key in tonight.case.answered:
            continue
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "replies_to_read",
                "La personne a répondu le {day} : à lire et à reprendre avec elle.",
                day=signal.on,
                signal=signal.id,
            ),
            kind=QuestionKind.QUALIFY,
            key=key,
            subject_id=None,
            coordinator_from=tonight.calendar.add_working_days(signal.on, 3),
        )


def coach_told(tonight: Tonight) -> Iterator[Action]:
    """Après une reprise, un contact manqué est dit d'abord au coach."""
    rung = tonight.version.rung(Do.TELL_COACH)
    if rung is None:
        return
    for absence in tonight.absences:
        if absence.qualification is not None:
            continue
        key = keys.question(QuestionKind.FOLLOW_UP, tonight.case.id, absence.id)
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "coach_told",
                "Contact manqué le {day} : à rappeler, simplement pour savoir si tout va bien.",
                day=absence.day,
                appointment=absence.id,
            ),
            kind=QuestionKind.FOLLOW_UP,
            key=key,
            subject_id=absence.id,
            coordinator_from=tonight.calendar.add_working_days(tonight.asked_on(key), rung.wait_working_days or 0),
        )
