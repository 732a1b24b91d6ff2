"""From proved facts to a file that people look at: every precondition of R6, each named when it is missing."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracks import french
from tracks.actions import Action, Because, Evidence, NotDone, OpenReview
from tracks.case import Invitation
from tracks.policy import ReviewPolicy
from tracks.rules.absences import unread_replies
from tracks.rules.appointments import is_proposed
from tracks.rules.facts import (
    REFERENCE,
    Fact,
    because_facts,
    checks,
    counted_facts,
    days_of,
    in_days,
    missing_proofs,
    named,
)
from tracks.rules.ladder import INVITED, climb
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, Circuit, NotDoneReason, Precondition, ReviewKind, SignalKind


def escalation(tonight: Tonight) -> Iterator[Action]:
    """Une revue ne s'ouvre que si toutes ses conditions sont prouvées ; sinon, une vérification dit laquelle manque."""
    review = tonight.version.review
    if review is None:
        return
    facts = counted_facts(tonight)
    if len(days_of(facts)) < review.absences:
        return
    proved = [fact for fact in facts if not fact.missing]
    stopped = not_ours(tonight, proved, review)
    if stopped:
        yield from stopped
        return
    if len(days_of(proved)) < review.absences:
        yield from missing_proofs(tonight, facts)
        return
    unmet = [*outcome_unknown(tonight, proved), *service_late(tonight), *reply_unread(tonight, proved)]
    if unmet:
        yield from unmet
        return
    yield from last_steps(tonight, review, proved)


def not_ours(tonight: Tonight, proved: list[Fact], review: ReviewPolicy) -> list[Action]:
    """Ce qui arrête tout d'abord : hors droits et devoirs, moratoire, autre circuit, revue déjà ouverte."""
    case = tonight.case
    if not case.under_duties:
        why = tonight.because(
            "not_ours", "Aucune suite : la personne n'est pas soumise aux droits et devoirs.", reference="CASF L.262-28"
        )
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.NOT_UNDER_DUTIES)]
    if not (tonight.version.escalation_enabled and tonight.policies.escalation_enabled):
        why = tonight.because("not_ours", "Aucune suite : le Département a suspendu toute procédure de manquement.")
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.ESCALATION_DISABLED)]
    if case.circuit is Circuit.FRANCE_TRAVAIL and len(days_of(proved)) >= review.absences:
        sentence = (
            "Pas de revue ici : le référent est de France Travail, qui mène sa propre procédure "
            "({named} des {days}). À suivre par le coordinateur."
        )
        why = because_facts(tonight, sentence, proved, reference="CASF L.262-37 IV", named=named(proved))
        return checks(tonight, Precondition.OTHER_CIRCUIT, why)
    if any(opened.kind is ReviewKind.COMPLIANCE for opened in case.reviews):
        why = tonight.because("not_ours", "Pas de nouvelle revue : une revue est déjà ouverte pour cette personne.")
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.OPEN_REVIEW)]
    return []


def outcome_unknown(tonight: Tonight, proved: list[Fact]) -> list[Action]:
    """Un rendez-vous sans suite connue depuis la première absence : la personne y est peut-être venue."""
    unknown = [a.day for a in tonight.past if a.status is AppointmentStatus.UNKNOWN and a.day >= proved[0].day]
    if not unknown:
        return []
    where = "au rendez-vous du {days}" if len(unknown) == 1 else "aux rendez-vous des {days}"
    why = tonight.because(
        "outcome_unknown",
        f"Pas de revue : on ne sait pas encore ce qui s'est passé {where}.",
        reference=REFERENCE,
        days=tuple(unknown),
    )
    return checks(tonight, Precondition.OUTCOME_MISSING, why)


def service_late(tonight: Tonight) -> list[Action]:
    """Pas de revue tant que le service n'a pas tenu sa part : un rendez-vous dû, ou annulé sans suite."""
    rhythm = tonight.version.rhythm
    if rhythm is None or any(is_proposed(tonight, appointment) for appointment in tonight.planned):
        return []
    last = tonight.last_exchange or tonight.case.entered_on
    limit = last + timedelta(days=tonight.every.max)
    revoked = max(
        (a.day for a in tonight.past if a.status is AppointmentStatus.REVOKED and not a.replaced and a.day >= last),
        default=None,
    )
    if limit >= tonight.on and revoked is None:
        return []
    why = tonight.because(
        "service_late",
        "Pas de revue : le service a annulé le rendez-vous du {revoked} et n'en a pas proposé d'autre."
        if revoked
        else "Pas de revue : le service n'a pas proposé le rendez-vous dû au plus tard le {limit}.",
        reference=REFERENCE,
        limit=limit,
        revoked=revoked,
    )
    return checks(tonight, Precondition.SERVICE_LATE, why)


def reply_unread(tonight: Tonight, proved: list[Fact]) -> list[Action]:
    """Rien n'avance tant que la réponse de la personne n'est pas lue ; le silence n'est jamais un aveu (R9)."""
    replied = [signal.on for signal in unread_replies(tonight) if signal.on >= proved[0].day]
    if not replied:
        return []
    why = tonight.because(
        "reply_unread",
        "Pas de revue : la personne a répondu le {day} ; le référent lit d'abord.",
        reference=REFERENCE,
        day=max(replied),
    )
    return checks(tonight, Precondition.NOT_QUALIFIED, why)


def last_steps(tonight: Tonight, review: ReviewPolicy, proved: list[Fact]) -> Iterator[Action]:
    """Seuil atteint : l'appel, puis la lettre qui invite à régulariser, son délai, et alors seulement la revue."""
    threshold_on = days_of(proved)[review.absences - 1]
    invitation = next((i for i in reversed(tonight.case.invitations) if i.sent_on > threshold_on), None)
    if invitation is None:
        yield from climb(tonight, threshold_on, proved)
    elif invitation.received_on is None:
        why = tonight.because(
            "last_steps",
            "Pas de revue : l'invitation à régulariser du {sent_on} n'a pas de date de réception prouvée.",
            reference=INVITED,
            sent_on=invitation.sent_on,
            letter=invitation.id,
        )
        yield from checks(tonight, Precondition.NOT_INVITED, why)
    elif tonight.on <= (ends_on := delay_ends(tonight, invitation, invitation.received_on)):
        why = tonight.because(
            "last_steps",
            "Pas de revue : l'invitation à régulariser reçue le {received_on} laisse à la personne jusqu'au {ends_on}.",
            reference=INVITED,
            received_on=invitation.received_on,
            ends_on=ends_on,
            letter=invitation.id,
        )
        yield from checks(tonight, Precondition.NOT_INVITED, why)
    else:
        yield compliance_review(tonight, review, proved, invitation, ends_on)


def delay_days(tonight: Tonight, invitation: Invitation) -> int:
    """Those of the letter, never fewer than the law's (CASF LEGIARTI000051678976)."""
    return max(invitation.delay_days, tonight.policies.legal.at("observation_days_min", tonight.on).value)


def delay_ends(tonight: Tonight, invitation: Invitation, received_on: date) -> date:
    """The last day left to the person; a pause that cuts the delay makes it begin again on its last day."""
    days = delay_days(tonight, invitation)
    ends_on = tonight.calendar.deadline(received_on, days=days)
    for pause in sorted(tonight.case.pauses, key=lambda pause: pause.first_day):
        if pause.last_day and received_on <= pause.last_day and pause.first_day <= ends_on:
            ends_on = tonight.calendar.deadline(pause.last_day, days=days)
    return ends_on


def compliance_review(
    tonight: Tonight, review: ReviewPolicy, proved: list[Fact], invitation: Invitation, ends_on: date
) -> OpenReview:
    """Un projet de revue, remis au référent, avec ses pièces ; rien n'est décidé."""
    because = why_review(tonight, review, proved, invitation, ends_on)
    pieces = [Evidence(kind=fact.kind, subject_id=fact.id, note=fact.note) for fact in proved]
    for contract in {fact.contract.id: fact.contract for fact in proved if fact.contract}.values():
        note = f"Contrat signé le {french.full_date(contract.signed_on)}, en vigueur le jour des faits"
        pieces.append(Evidence(kind="contract", subject_id=contract.id, note=note))
    received = f", reçue le {french.full_date(invitation.received_on)}" if invitation.received_on else ""
    note = f"Invitation à régulariser envoyée le {french.full_date(invitation.sent_on)}{received}"
    pieces.append(Evidence(kind="letter", subject_id=invitation.id, note=note))
    deadline = tonight.calendar.next_working(tonight.on + timedelta(days=review.referent_works_it_within_days))
    return OpenReview(
        case=tonight.case.id,
        because=because,
        kind=ReviewKind.COMPLIANCE,
        deadline_on=deadline,
        evidence=tuple(pieces),
    )


def why_review(
    tonight: Tonight, review: ReviewPolicy, proved: list[Fact], invitation: Invitation, ends_on: date
) -> Because:
    """All that is proved, in one sentence that the person may read; nothing more than what is proved."""
    news = news_since(tonight, invitation)
    signed_on = tuple(sorted({fact.contract.signed_on for fact in proved if fact.contract}))
    sentence = (
        "{count} {named} en {months} mois ({days}), à des {duties} {contracts} ; "
        + summons_of(proved)
        + "invitation à régulariser reçue le {received_on}, délai de {delay} jours échu le {ends_on}, "
        + ("sans venue ; la personne a donné de ses nouvelles le {news}." if news else "sans venue ni réponse.")
    )
    return because_facts(
        tonight,
        sentence,
        proved,
        reference=review.because or REFERENCE,
        count=french.in_words(len(proved)),
        named=named(proved),
        months=french.in_words(review.within_months).lower(),
        duties="obligations prévues" if any(fact.kind == "breach" for fact in proved) else "rendez-vous prévus",
        contracts=("au contrat du " if len(signed_on) == 1 else "aux contrats du ")
        + " et du ".join(french.full_date(day) for day in signed_on),
        signed_on=signed_on,
        ahead=in_days([fact.ahead for fact in proved if fact.ahead is not None] or [0]),
        received_on=invitation.received_on,
        delay=delay_days(tonight, invitation),
        ends_on=ends_on,
        news=news,
    )


def summons_of(proved: list[Fact]) -> str:
    """« convocations remises {ahead} avant ; », « envoyées » where one of them has no receipt of delivery."""
    told = [fact for fact in proved if fact.ahead is not None]
    if not told:
        return ""
    word = "remise" if all(fact.delivered for fact in told) else "envoyée"
    s = "s" if len(told) > 1 else ""
    return f"convocation{s} {word}{s} {{ahead}} avant ; "


def news_since(tonight: Tonight, invitation: Invitation) -> tuple[date, ...]:
    """The days on which the person answered or excused themselves, without coming, since they were invited."""
    replies = {s.on for s in tonight.case.signals if s.kind is SignalKind.REPLY and s.on <= tonight.on}
    excused = {a.day for a in tonight.past if a.status is AppointmentStatus.EXCUSED}
    return tuple(sorted(day for day in replies | excused if day >= invitation.sent_on))
