"""What keeps the rhythm: the next appointment, its summons, and what happened at the last one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tracks import keys
from tracks.actions import Action, AppointmentDue, Ask, NotDone, ServiceLate, Write
from tracks.calendar import whole_months
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
    yield from before_leaving(tonight, due_by_rhythm(tonight, rhythm))


def before_leaving(tonight: Tonight, due: AppointmentDue) -> Iterator[AppointmentDue]:
    """Une personne dont la sortie est déjà datée n'est pas convoquée pour après."""
    left_on = tonight.case.left_on
    if left_on is None or due.last_day < left_on:
        yield due
    elif due.first_day < left_on:
        last_day = left_on - timedelta(days=1)
        yield replace(due, last_day=last_day, target=min(due.target, last_day))


def due_by_rhythm(tonight: Tonight, rhythm: Rhythm) -> AppointmentDue:
    """The window of the next appointment, from a worked day to a worked day: the rhythm's own; where the notice period
    already ends beyond it, the first days after that period."""
    calendar = tonight.calendar
    last = tonight.last_exchange
    first = last is None
    anchor = last or tonight.case.entered_on
    every = tonight.every
    low, best, high = (0, 0, rhythm.first_within_days) if first else (every.min, every.target, every.max)
    opens = calendar.next_working(max(anchor + timedelta(days=low), tonight.earliest))
    closes = anchor + timedelta(days=high)
    if closes < opens:
        closes = opens + timedelta(days=rhythm.window_days)
    while not calendar.is_working(closes):
        closes -= timedelta(days=1)
    target = min(max(anchor + timedelta(days=best), opens), closes)
    wanted = tonight.version.individual(first=first, months=whole_months(tonight.case.entered_on, target))
    sentence = (
        "Premier rendez-vous à fixer entre le {opens} et le {closes} : entrée dans le parcours le {anchor}, "
        "premier accueil sous {high} jours."
        if first
        else f"Rendez-vous à fixer entre le {{opens}} et le {{closes}} : {last_word(tonight)} le {{anchor}}, "
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
        impossible=tonight.case.impossible,
        wished=tonight.case.wished,
    )


def last_word(tonight: Tonight) -> str:
    """An absence, or what nobody has told yet, is no exchange."""
    held = any(a.day == tonight.last_exchange and a.status is AppointmentStatus.SEEN for a in tonight.past)
    return "dernier échange" if held else "dernier rendez-vous"


def service_overdue(tonight: Tonight, rhythm: Rhythm) -> Iterator[Action]:
    """Quand le rythme est dépassé sans rendez-vous prévu, c'est un retard du service, jamais de la personne."""
    last = tonight.last_exchange
    anchor = last or tonight.case.entered_on
    limit = anchor + timedelta(days=tonight.every.max if last else rhythm.first_within_days)
    if limit >= tonight.on:
        return
    cause = ServiceCause.RHYTHM_LATE if last else ServiceCause.FIRST_APPOINTMENT_LATE
    why = tonight.because(
        "service_overdue",
        f"Retard du service : {last_word(tonight)} le {{anchor}}, le suivant était dû au plus tard le {{limit}}, "
        "aucun n'est prévu."
        if last
        else "Retard du service : entrée dans le parcours le {anchor}, premier rendez-vous dû au plus tard le {limit}, "
        "aucun n'est prévu.",
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
        else "Rien n'est envoyé : aucun téléphone mobile, courriel ni adresse utilisable n'est connu.",
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
    untold = [a for a in tonight.planned if a.stands and not is_announced(tonight, a)]
    if untold and tonight.channel is None:
        yield from unreachable(tonight)
        return
    for appointment in untold:
        yield Write(
            case=tonight.case.id,
            because=tonight.because(
                "convocations",
                "Rendez-vous du {day} annoncé à la personne : aucun envoi antérieur n'est connu.",
                day=appointment.day,
                appointment=appointment.id,
            ),
            template=Template.CONVOCATION,
            key=keys.convocation(appointment.id, appointment.starts_at),
            channel=tonight.channel or Channel.LETTER,
            due_on=tonight.on,
            useful_until=appointment.starts_at,
            appointment_id=appointment.id,
        )


def is_announced(tonight: Tonight, appointment: Appointment) -> bool:
    """Another tool told the person of it, or we did."""
    key = keys.convocation(appointment.id, appointment.starts_at)
    return appointment.notice is not None or key in tonight.case.sent


def is_proposed(tonight: Tonight, appointment: Appointment) -> bool:
    """Told to the person before tonight: what this very night plans is no proposal yet."""
    key = keys.convocation(appointment.id, appointment.starts_at)
    return appointment.notice is not None or tonight.case.sent.get(key, tonight.on) < tonight.on


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
