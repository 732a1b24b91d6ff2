"""What keeps the rhythm: the next appointment, its summons, its reminders, and what happened at the last one."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import keys
from tracks.actions import Action, AppointmentDue, Ask, NotDone, ServiceLate, Write
from tracks.case import Appointment
from tracks.policy import Rhythm
from tracks.tonight import Tonight
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    NotDoneReason,
    QuestionKind,
    ServiceCause,
    Template,
)


def next_appointment(tonight: Tonight) -> Iterator[Action]:
    """Le prochain rendez-vous est fixé selon le rythme du parcours, sauf si un rendez-vous est déjà prévu."""
    rhythm = tonight.version.rhythm
    if rhythm is None:
        return
    if tonight.planned:
        soonest = tonight.planned[0]
        why = tonight.because(
            "next_appointment",
            "Pas de nouveau rendez-vous : un rendez-vous est déjà prévu le {planned_on}.",
            planned_on=soonest.day,
            appointment=soonest.id,
        )
        yield NotDone(case=tonight.case.id, because=why, reason=NotDoneReason.ALREADY_PLANNED)
        return
    yield from service_overdue(tonight, rhythm)
    if tonight.channel is None:
        yield from unreachable(tonight)
        return
    yield due_by_rhythm(tonight, rhythm)


def due_by_rhythm(tonight: Tonight, rhythm: Rhythm) -> AppointmentDue:
    """The window of the next appointment: the rhythm's own, moved only as far as the notice period requires."""
    last = tonight.last_exchange
    first = last is None
    anchor = last or tonight.case.entered_on
    every = rhythm.every_days
    low, best, high = (0, 0, rhythm.first_within_days) if first else (every.min, every.target, every.max)
    opens = max(anchor + timedelta(days=low), tonight.earliest)
    closes = max(anchor + timedelta(days=high), opens + timedelta(days=rhythm.window_days))
    target = min(max(anchor + timedelta(days=best), opens), closes)
    wanted = tonight.version.individual(first=first)
    sentence = (
        "Premier rendez-vous à fixer entre le {opens} et le {closes} : entrée dans le parcours le {anchor}, "
        "premier accueil sous {high} jours."
        if first
        else "Rendez-vous à fixer entre le {opens} et le {closes} : dernier échange le {anchor}, "
        "rythme de {low} à {high} jours."
    )
    return AppointmentDue(
        case=tonight.case.id,
        because=tonight.because(
            "next_appointment",
            sentence,
            reference=rhythm.source,
            opens=opens,
            closes=closes,
            anchor=anchor,
            low=low,
            high=high,
        ),
        referent=tonight.case.referent,
        first_day=opens,
        last_day=closes,
        target=target,
        minutes=wanted.minutes,
        kind=AppointmentKind.INDIVIDUAL,
        subject=wanted.subject,
        by_phone=wanted.place == "phone",
        number=tonight.number(AppointmentKind.INDIVIDUAL),
        urgent_since=anchor + timedelta(days=high),
        channel=tonight.channel or Channel.LETTER,
    )


def service_overdue(tonight: Tonight, rhythm: Rhythm) -> Iterator[Action]:
    """Quand le rythme est dépassé sans rendez-vous prévu, c'est un retard du service, jamais de la personne."""
    last = tonight.last_exchange
    anchor = last or tonight.case.entered_on
    limit = anchor + timedelta(days=rhythm.every_days.max if last else rhythm.first_within_days)
    if limit >= tonight.on:
        return
    cause = ServiceCause.RHYTHM_LATE if last else ServiceCause.FIRST_APPOINTMENT_LATE
    why = tonight.because(
        "service_overdue",
        "Retard du service : rien n'est prévu depuis le {anchor}, un rendez-vous était dû au plus tard le {limit}.",
        reference=rhythm.source,
        anchor=anchor,
        limit=limit,
    )
    yield ServiceLate(
        case=tonight.case.id, because=why, cause=cause, referent=tonight.case.referent, clock=tonight.case.track
    )


def unreachable(tonight: Tonight) -> Iterator[Action]:
    """Une personne que rien ne permet de joindre n'est pas convoquée : le service doit d'abord la joindre."""
    refused = bool(tonight.case.refused)
    why = tonight.because(
        "unreachable",
        "Rien n'est envoyé : la personne a refusé les seuls moyens de la joindre."
        if refused
        else "Rien n'est envoyé : aucun téléphone mobile, courriel ni adresse n'est connu.",
    )
    reason = NotDoneReason.CHANNEL_REFUSED if refused else NotDoneReason.NO_CONTACT
    yield NotDone(case=tonight.case.id, because=why, reason=reason)
    yield ServiceLate(
        case=tonight.case.id,
        because=why,
        cause=ServiceCause.UNREACHABLE,
        referent=tonight.case.referent,
        clock="contact",
    )


def convocations(tonight: Tonight) -> Iterator[Action]:
    """Un rendez-vous prévu que personne n'a encore annoncé à la personne lui est annoncé."""
    for appointment in tonight.planned:
        if not appointment.stands:
            yield from cannot_stand(tonight, appointment)
            continue
        key = keys.convocation(appointment.id, appointment.starts_at)
        if appointment.notice is not None or key in tonight.case.sent:
            continue
        if tonight.channel is None:
            yield from unreachable(tonight)
            continue
        yield Write(
            case=tonight.case.id,
            because=tonight.because(
                "convocations",
                "Rendez-vous du {day} annoncé à la personne : aucun envoi antérieur n'est connu.",
                day=appointment.day,
                appointment=appointment.id,
            ),
            template=Template.CONVOCATION,
            key=key,
            channel=tonight.channel,
            due_on=tonight.on,
            useful_until=appointment.starts_at,
            appointment_id=appointment.id,
        )


def cannot_stand(tonight: Tonight, appointment: Appointment) -> Iterator[Action]:
    """Un rendez-vous que le référent ne peut pas tenir n'est ni déplacé ni rappelé : quelqu'un doit le confirmer."""
    why = tonight.because(
        "cannot_stand",
        "Rendez-vous du {day} ni rappelé ni déplacé : le référent est absent, ne travaille pas ce jour-là ou a déjà "
        "un rendez-vous à cette heure. À confirmer ou à déplacer par une personne.",
        day=appointment.day,
        appointment=appointment.id,
    )
    yield NotDone(case=tonight.case.id, because=why, reason=NotDoneReason.CANNOT_STAND)
    yield ServiceLate(
        case=tonight.case.id,
        because=why,
        cause=ServiceCause.CANNOT_STAND,
        referent=tonight.case.referent,
        clock="agenda",
    )


def reminders(tonight: Tonight) -> Iterator[Action]:
    """Un rendez-vous annoncé est rappelé dans les fenêtres du parcours ; la dernière atteinte remplace les autres."""
    for appointment in tonight.planned:
        told_on = announced_on(tonight, appointment)
        if appointment.stands and told_on is not None and told_on < tonight.on:
            yield from reminders_of(tonight, appointment, told_on)


def announced_on(tonight: Tonight, appointment: Appointment) -> date | None:
    """The day the person was told of it, by another tool or by us."""
    if appointment.notice is not None:
        return appointment.notice.sent_on
    return tonight.case.sent.get(keys.convocation(appointment.id, appointment.starts_at))


def reminders_of(tonight: Tonight, appointment: Appointment, told_on: date) -> Iterator[Action]:
    """The window reached tonight, and the earlier ones that no night came to send, recorded as too late."""
    policy = tonight.version.reminders
    left = (appointment.day - tonight.on).days
    for rank, days in enumerate(policy.days_before):
        last = rank == len(policy.days_before) - 1
        opens_on = appointment.day - timedelta(days=days)
        owed = told_on <= opens_on - timedelta(days=policy.booked_ahead_days - days) or last
        key = keys.reminder(appointment.id, appointment.starts_at, days)
        if left > days or not owed or key in tonight.case.sent:
            continue
        passed = not last and left <= policy.days_before[rank + 1]
        if passed and appointment.known_on > opens_on:
            continue  # nobody owed this one: Jalon did not know the appointment then
        if tonight.fast_channel is None and not passed:
            yield from no_fast_channel(tonight, appointment)
            continue
        closes = appointment.day - timedelta(days=policy.days_before[rank + 1]) if not last else None
        yield reminder(tonight, appointment, days, key, passed, closes)


def reminder(
    tonight: Tonight, appointment: Appointment, days: int, key: str, passed: bool, closes: date | None
) -> Write:
    sentence = (
        "Rappel à {days} jours du rendez-vous du {day} non envoyé : trop tard, aucune nuit n'a tourné dans sa fenêtre."
        if passed
        else "Rappel du rendez-vous du {day}, dans la fenêtre de {days} jours."
    )
    local = tonight.calendar.local
    return Write(
        case=tonight.case.id,
        because=tonight.because("reminders", sentence, days=days, day=appointment.day, appointment=appointment.id),
        template=Template.REMINDER,
        key=key,
        channel=tonight.fast_channel or Channel.EMAIL,
        due_on=tonight.on,
        useful_until=local(closes, tonight.version.reminders.not_before) if closes else appointment.starts_at,
        appointment_id=appointment.id,
        too_late=passed,
        details={"days_before": days},
    )


def no_fast_channel(tonight: Tonight, appointment: Appointment) -> Iterator[Action]:
    why = tonight.because(
        "reminders",
        "Pas de rappel du rendez-vous du {day} : ni mobile ni courriel connu, une lettre arriverait trop tard.",
        day=appointment.day,
        appointment=appointment.id,
    )
    yield NotDone(case=tonight.case.id, because=why, reason=NotDoneReason.NO_CONTACT)


def outcome_missing(tonight: Tonight) -> Iterator[Action]:
    """Un rendez-vous passé sans suite connue n'est jamais une absence : on demande au référent ce qui s'est passé."""
    policy = tonight.version.outcomes
    for appointment in tonight.past:
        if appointment.status is not AppointmentStatus.UNKNOWN:
            continue
        ask_on = tonight.calendar.add_working_days(appointment.day, policy.ask_referent_after_working_days)
        if tonight.on < ask_on:
            continue
        yield Ask(
            case=tonight.case.id,
            because=tonight.because(
                "outcome_missing",
                "Rendez-vous du {day} : ce qui s'est passé n'est pas encore noté. Ce n'est pas une absence.",
                day=appointment.day,
                appointment=appointment.id,
            ),
            kind=QuestionKind.OUTCOME,
            key=keys.question(QuestionKind.OUTCOME, tonight.case.id, appointment.id),
            subject_id=appointment.id,
            coordinator_from=tonight.calendar.add_working_days(
                appointment.day, policy.ask_coordinator_after_working_days
            ),
        )
