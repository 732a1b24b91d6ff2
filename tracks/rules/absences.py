"""After an absence: ask the person why, then ask the referent to qualify it. Nothing here escalates."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, Ask, Write
from tracks.case import Appointment, Signal
from tracks.policy import Do
from tracks.tonight import Tonight
from tracks.vocabulary import QuestionKind, ReviewKind, SignalKind, SignalSource, Template


def absence_reason(tonight: Tonight) -> Iterator[Action]:
    """Après une absence, la personne reçoit un message neutre qui lui demande si elle a eu un empêchement."""
    rung = tonight.version.rung(Do.ASK_REASON)
    if rung is None:
        return
    for absence in tonight.absences:
        key = keys.reason_request(absence.id)
        useful = rung.last_useful_day(absence.day)
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
            asked_on, replied_on = reason_asked(tonight, absence), reason_given(tonight, absence)
            yield Ask(
                case=tonight.case.id,
                because=tonight.because(
                    "absence_to_qualify",
                    to_qualify_says(tonight, absence, asked_on, replied_on),
                    day=absence.day,
                    asked_on=asked_on,
                    replied_on=replied_on,
                    ripe=ripe,
                    appointment=absence.id,
                ),
                kind=QuestionKind.QUALIFY,
                key=key,
                subject_id=absence.id,
                coordinator_from=tonight.calendar.add_working_days(tonight.asked_on(key), rung.wait_working_days or 0),
            )


def to_qualify_says(tonight: Tonight, absence: Appointment, asked_on: date | None, replied_on: date | None) -> str:
    if replied_on:
        return "Absence du {day} à qualifier : la personne a répondu le {replied_on}."
    if asked_on:
        return "Absence du {day} à qualifier : message envoyé à la personne le {asked_on}, sans réponse connue."
    if keys.reason_request(absence.id) in tonight.case.lost:
        return "Absence du {day} à qualifier : rien ne dit que notre message est arrivé, à reprendre avec la personne."
    if tonight.channel is None:
        return "Absence du {day} à qualifier : aucun moyen d'écrire à la personne, à reprendre avec elle."
    return "Absence du {day} à qualifier : trop ancienne pour un message, à reprendre avec la personne."


def reason_asked(tonight: Tonight, absence: Appointment) -> date | None:
    """The day the person was asked for the reason of this absence, by a message that may have reached them."""
    key = keys.reason_request(absence.id)
    return None if key in tonight.case.lost else tonight.case.sent.get(key)


def reason_given(tonight: Tonight, absence: Appointment) -> date | None:
    """The day of the person's first answer after that question."""
    asked_on = reason_asked(tonight, absence)
    days = [s.on for s in tonight.case.signals if s.kind is SignalKind.REPLY and s.on <= tonight.on]
    return min((day for day in days if asked_on and day >= asked_on), default=None)


def qualify_from(tonight: Tonight, absence: Appointment) -> date:
    """The day from which the referent is asked: as soon as the person answers, or once their delay is over; the day
    after the absence if nobody can write to them, or if the message did not reach them; at once if it is too late."""
    rung = tonight.version.rung(Do.ASK_REASON)
    asked_on = reason_asked(tonight, absence)
    lost = keys.reason_request(absence.id) in tonight.case.lost
    if rung is None or lost or (asked_on is None and tonight.channel is None):
        return absence.day + timedelta(days=1)
    if asked_on is None:
        return rung.last_useful_day(absence.day) + timedelta(days=1)
    return reason_given(tonight, absence) or asked_on + timedelta(days=rung.wait_days or 0)


def unread_replies(tonight: Tonight) -> list[Signal]:
    """The person's answers that no referent has read yet."""
    return [
        signal
        for signal in tonight.case.signals
        if signal.source is SignalSource.PERSON
        and signal.kind is SignalKind.REPLY
        and signal.on <= tonight.on
        and reply_question(tonight, signal) not in tonight.case.answered
    ]


def reply_question(tonight: Tonight, signal: Signal) -> str:
    return keys.question(QuestionKind.QUALIFY, tonight.case.id, f"reply:{signal.id}")


def replies_to_read(tonight: Tonight) -> Iterator[Action]:
    """Une réponse de la personne est lue par le référent avant toute suite."""
    wait = tonight.version.outcomes.ask_coordinator_after_working_days
    for signal in unread_replies(tonight):
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "replies_to_read",
                "La personne a répondu le {day} : à lire et à reprendre avec elle.",
                day=signal.on,
                signal=signal.id,
            ),
            kind=QuestionKind.QUALIFY,
            key=reply_question(tonight, signal),
            subject_id=None,
            coordinator_from=tonight.calendar.add_working_days(signal.on, wait),
        )


def signs_during_review(tonight: Tonight) -> Iterator[Action]:
    """Tant qu'une revue est ouverte, une venue ou tout autre signe de la personne est dit le jour même au référent et
    au coordinateur."""
    for review in tonight.case.reviews:
        sign = tonight.last_sign
        if review.kind is not ReviewKind.COMPLIANCE or sign is None or sign < review.opened_on:
            continue
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "signs_during_review",
                "Depuis l'ouverture de la revue, la personne est venue ou s'est mise en règle le {day} : à prendre en "
                "compte sans attendre.",
                reference="CASF L.262-37, R.262-68-1",
                day=sign,
                review=review.id,
            ),
            kind=QuestionKind.QUALIFY,
            key=keys.question(QuestionKind.QUALIFY, tonight.case.id, f"sign:{review.id}:{sign.isoformat()}"),
            subject_id=None,
            coordinator_from=tonight.on,
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
