"""From proved facts to a file that people look at: every precondition of R6, each named when it is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tracks import french, keys
from tracks.actions import (
    Action,
    Ask,
    Because,
    Evidence,
    NotDone,
    OpenCheck,
    OpenReview,
    ServiceLate,
    Write,
    check_reason,
)
from tracks.case import Appointment, Breach, Invitation
from tracks.policy import Do, ReviewPolicy, Rung
from tracks.tonight import Tonight
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    NotDoneReason,
    NoticeProof,
    Precondition,
    Qualification,
    QuestionKind,
    ReviewKind,
    ServiceCause,
    SignalKind,
    Template,
)

REFERENCE = "CASF L.262-37"
ASKS = {Do.CALL: QuestionKind.CALL, Do.VISIT: QuestionKind.VISIT}


@dataclass(frozen=True, slots=True)
class Fact:
    """An absence or a breach that could count, with what is still missing for it to be proved."""

    day: date
    kind: str
    id: int
    missing: tuple[Precondition, ...]
    note: str


def escalation(tonight: Tonight) -> Iterator[Action]:
    """Une revue ne s'ouvre que si toutes ses conditions sont prouvées ; sinon, une vérification dit laquelle manque."""
    review = tonight.version.review
    if review is None:
        return
    facts = counted_facts(tonight, review)
    if len(facts) < review.absences:
        return
    blocked = not_ours(tonight, facts, review)
    if blocked:
        yield from blocked
        return
    proved = [fact for fact in facts if not fact.missing]
    if len(proved) < review.absences:
        yield from missing_proofs(tonight, facts)
        return
    unmet = [*outcome_unknown(tonight, proved), *service_late(tonight)]
    if unmet:
        yield from unmet
        return
    yield from last_steps(tonight, review, proved)


def counted_facts(tonight: Tonight, review: ReviewPolicy) -> list[Fact]:
    """The absences in the window and the breaches the referent has spoken of, oldest first."""
    facts = [fact_of_absence(tonight, absence) for absence in tonight.absences]
    floor = tonight.absences[0].day if tonight.absences else tonight.last_sign or date.min
    facts += [
        fact_of_breach(tonight, breach)
        for breach in tonight.case.breaches
        if breach.on >= floor and breach.on <= tonight.on and breach.qualification is not Qualification.ADMISSIBLE
    ]
    return sorted(facts, key=lambda fact: (fact.day, fact.id))


def fact_of_absence(tonight: Tonight, absence: Appointment) -> Fact:
    """What is missing for this absence to count, by the policy version of its own day."""
    clause = Clause.COLLECTIVE if absence.kind is AppointmentKind.COLLECTIVE else Clause.INDIVIDUAL
    missing = [
        *missing_in_contract(tonight, absence.day, clause),
        *missing_in_notice(tonight, absence),
        *([Precondition.NOT_QUALIFIED] if absence.qualification is None else []),
    ]
    note = f"Absence du {french.full_date(absence.day)}"
    if absence.notice:
        ahead = (absence.day - absence.notice.sent_on).days
        note += f", convocation envoyée {french.plural(ahead, 'jour')} avant"
    return Fact(absence.day, "appointment", absence.id, tuple(missing), note)


def fact_of_breach(tonight: Tonight, breach: Breach) -> Fact:
    missing = [
        *missing_in_contract(tonight, breach.on, breach.clause),
        *([Precondition.NOT_QUALIFIED] if breach.qualification is None else []),
    ]
    note = f"Manquement dit par le référent, le {french.full_date(breach.on)}"
    return Fact(breach.on, "breach", breach.id, tuple(missing), note)


def missing_in_contract(tonight: Tonight, day: date, clause: Clause) -> list[Precondition]:
    """The duty must be written in the contract in force that day (CE 4 décembre 2019, n° 418975)."""
    contract = tonight.case.contract_on(day)
    if contract is None:
        return [Precondition.NO_CONTRACT]
    return [] if clause in contract.clauses else [Precondition.NOT_IN_CLAUSE]


def missing_in_notice(tonight: Tonight, absence: Appointment) -> list[Precondition]:
    """The summons must have arrived, and left at least the notice period before (R6.3)."""
    notice = absence.notice
    if notice is None or notice.proof in (NoticeProof.FAILED, NoticeProof.NONE):
        return [Precondition.NOTICE_UNDELIVERED]
    version = tonight.policies.at(absence.day)
    days = version.rhythm.notice_days.of(notice.channel) if version.rhythm else 0
    if notice.proof is NoticeProof.POSTED and version.review:
        days = max(days, version.review.letter_posted_days)
    return [Precondition.NOTICE_SHORT] if (absence.day - notice.sent_on).days < days else []


def not_ours(tonight: Tonight, facts: list[Fact], review: ReviewPolicy) -> list[Action]:
    """Ce qui arrête tout d'abord : hors droits et devoirs, autre circuit, revue déjà ouverte, moratoire."""
    case = tonight.case
    if not case.under_duties:
        why = tonight.because(
            "not_ours", "Aucune suite : la personne n'est pas soumise aux droits et devoirs.", reference="CASF L.262-28"
        )
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.NOT_UNDER_DUTIES)]
    proved = sum(1 for fact in facts if not fact.missing)
    if case.circuit is Circuit.FRANCE_TRAVAIL:
        sentence = (
            "Pas de revue ici : le référent est de France Travail, qui mène sa propre procédure "
            "(absences des {days}). À suivre par le coordinateur."
        )
        why = because_facts(tonight, sentence, facts, reference="CASF L.262-37 IV")
        return checks(tonight, Precondition.OTHER_CIRCUIT, why) if proved >= review.absences else []
    if any(opened.kind is ReviewKind.COMPLIANCE for opened in case.reviews):
        why = tonight.because("not_ours", "Pas de nouvelle revue : une revue est déjà ouverte pour cette personne.")
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.OPEN_REVIEW)]
    if not (tonight.version.escalation_enabled and tonight.policies.escalation_enabled):
        why = tonight.because("not_ours", "Aucune suite : le Département a suspendu toute procédure de manquement.")
        return [NotDone(case=case.id, because=why, reason=NotDoneReason.ESCALATION_DISABLED)]
    return []


MISSING_SAYS: dict[Precondition, str] = {
    Precondition.NO_CONTRACT: "Pas de revue : aucun contrat n'était en vigueur le {days}.",
    Precondition.NOT_IN_CLAUSE: "Pas de revue : le contrat en vigueur le {days} ne prévoyait pas ce rendez-vous.",
    Precondition.NOTICE_UNDELIVERED: "Pas de revue : rien ne prouve que la convocation du {days} est arrivée.",
    Precondition.NOTICE_SHORT: "Pas de revue : la convocation du {days} est partie trop tard (délai de prévenance).",
    Precondition.NOT_QUALIFIED: "Pas de revue : l'absence du {days} n'a pas encore été qualifiée par le référent.",
}


def missing_proofs(tonight: Tonight, facts: list[Fact]) -> Iterator[Action]:
    """Chaque preuve qui manque est nommée une fois, avec les jours qu'elle concerne."""
    for precondition, sentence in MISSING_SAYS.items():
        concerned = [fact for fact in facts if precondition in fact.missing]
        if concerned:
            yield from checks(tonight, precondition, because_facts(tonight, sentence, concerned))


def outcome_unknown(tonight: Tonight, proved: list[Fact]) -> list[Action]:
    """Un rendez-vous sans suite connue depuis la première absence : la personne y est peut-être venue."""
    unknown = [a.day for a in tonight.past if a.status is AppointmentStatus.UNKNOWN and a.day >= proved[0].day]
    if not unknown:
        return []
    why = tonight.because(
        "outcome_unknown",
        "Pas de revue : on ne sait pas encore ce qui s'est passé au rendez-vous du {days}.",
        days=tuple(unknown),
    )
    return checks(tonight, Precondition.OUTCOME_MISSING, why)


def service_late(tonight: Tonight) -> list[Action]:
    """Pas de revue tant que le service n'a pas tenu sa part : un rendez-vous dû, ou annulé sans suite."""
    rhythm = tonight.version.rhythm
    if rhythm is None or tonight.planned:
        return []
    last = tonight.last_exchange or tonight.case.entered_on
    limit = last + timedelta(days=rhythm.every_days.max)
    revoked = [a.day for a in tonight.past if a.status is AppointmentStatus.REVOKED and a.day >= last]
    if limit >= tonight.on and not revoked:
        return []
    why = tonight.because(
        "service_late",
        "Pas de revue : le service n'a pas proposé le rendez-vous dû au plus tard le {limit}.",
        limit=min([limit, *revoked]),
    )
    return checks(tonight, Precondition.SERVICE_LATE, why)


def last_steps(tonight: Tonight, review: ReviewPolicy, proved: list[Fact]) -> Iterator[Action]:
    """Seuil atteint : l'appel, puis la lettre qui invite à régulariser, son délai, et alors seulement la revue."""
    threshold_on = proved[review.absences - 1].day
    invitation = next((i for i in reversed(tonight.case.invitations) if i.sent_on > threshold_on), None)
    if invitation is None:
        yield from climb(tonight, threshold_on, proved)
        return
    why = waiting_for(tonight, invitation)
    if why is not None:
        yield from checks(tonight, Precondition.NOT_INVITED, why)
        return
    reply = next(
        (
            signal.on
            for signal in tonight.case.signals
            if signal.kind is SignalKind.REPLY
            and signal.on >= invitation.sent_on
            and keys.question(QuestionKind.QUALIFY, tonight.case.id, f"reply:{signal.id}") not in tonight.case.answered
        ),
        None,
    )
    if reply is not None:
        because = tonight.because(
            "last_steps", "Pas de revue : la personne a répondu le {day} ; le référent lit d'abord.", day=reply
        )
        yield from checks(tonight, Precondition.NOT_QUALIFIED, because)
        return
    yield compliance_review(tonight, review, proved, invitation)


def waiting_for(tonight: Tonight, invitation: Invitation) -> Because | None:
    """Ce qui manque à l'invitation : sa date certaine, ou la fin de son délai (CRPA L.123-1)."""
    if invitation.received_on is None:
        return tonight.because(
            "waiting_for",
            "Pas de revue : l'invitation à régulariser du {sent_on} n'a pas de date de réception prouvée.",
            sent_on=invitation.sent_on,
            letter=invitation.id,
        )
    ends_on = tonight.calendar.deadline(invitation.received_on, days=invitation.delay_days)
    if tonight.on > ends_on:
        return None
    return tonight.because(
        "waiting_for",
        "Pas de revue : l'invitation à régulariser reçue le {received_on} laisse à la personne jusqu'au {ends_on}.",
        received_on=invitation.received_on,
        ends_on=ends_on,
        letter=invitation.id,
    )


def climb(tonight: Tonight, threshold_on: date, proved: list[Fact]) -> Iterator[Action]:
    """L'échelle, la marche la plus douce d'abord ; chacune laisse son délai avant la suivante."""
    because = because_facts(
        tonight, "Pas de revue : la personne n'a pas encore été invitée à régulariser (absences des {days}).", proved
    )
    yield from checks(tonight, Precondition.NOT_INVITED, because)
    for rung in tonight.version.threshold_rungs():
        if rung.do is Do.INVITE_TO_REGULARISE:
            yield from invite(tonight, rung, threshold_on, proved)
            return
        key = keys.question(ASKS[rung.do], tonight.case.id, threshold_on.isoformat())
        asked_on = tonight.case.asked.get(key)
        until = tonight.calendar.add_working_days(asked_on or tonight.on, rung.wait_working_days or 0)
        if key not in tonight.case.answered:
            yield ask_rung(tonight, rung, key, until, proved)
        if asked_on is None or tonight.on < until:
            return


RUNG_SAYS = {
    Do.CALL: "Appeler la personne avant toute lettre : absences inexpliquées des {days}.",
    Do.VISIT: "Aller voir la personne avant toute lettre : absences inexpliquées des {days}.",
}


def ask_rung(tonight: Tonight, rung: Rung, key: str, until: date, proved: list[Fact]) -> Ask:
    return Ask(
        case=tonight.case.id,
        because=because_facts(tonight, RUNG_SAYS[rung.do], proved),
        kind=ASKS[rung.do],
        key=key,
        subject_id=proved[-1].id,
        coordinator_from=until,
    )


def invite(tonight: Tonight, rung: Rung, threshold_on: date, proved: list[Fact]) -> Iterator[Action]:
    """La lettre qui invite à régulariser : une seule pour les mêmes absences, jamais un SMS ni un courriel (R16)."""
    key = keys.invitation(tonight.case.id, threshold_on)
    if key in tonight.case.sent:
        return
    because = because_facts(
        tonight,
        "Lettre d'invitation à régulariser : absences inexpliquées des {days}, {delay} jours pour répondre ou venir.",
        proved,
        reference=rung.because,
        delay=rung.wait_days,
    )
    if Channel.LETTER not in tonight.case.channels:
        yield NotDone(case=tonight.case.id, because=because, reason=NotDoneReason.NO_CONTACT)
        yield ServiceLate(
            case=tonight.case.id,
            because=because,
            cause=ServiceCause.UNREACHABLE,
            referent=tonight.case.referent,
            clock="contact",
        )
        return
    yield Write(
        case=tonight.case.id,
        because=because,
        template=Template.INVITATION_TO_REGULARISE,
        key=key,
        channel=Channel.LETTER,
        due_on=tonight.on,
        useful_until=tonight.calendar.local(tonight.on + timedelta(days=14), tonight.version.reminders.not_after),
        details={"delay_days": rung.wait_days, "days": tuple(fact.day for fact in proved)},
    )


def compliance_review(tonight: Tonight, review: ReviewPolicy, proved: list[Fact], invitation: Invitation) -> OpenReview:
    """Un projet de revue, remis au référent, avec ses pièces ; rien n'est décidé."""
    contract = tonight.case.contract_on(proved[-1].day)
    assert contract is not None, "a proved fact has a contract"
    ends_on = tonight.calendar.deadline(invitation.received_on or tonight.on, days=invitation.delay_days)
    sentence = (
        "{count} absences inexpliquées en {months} mois ({days}), prévues au contrat du {signed_on} ; convocations "
        "remises dans le délai ; invitation à régulariser reçue le {received_on}, délai de {delay} jours échu le "
        "{ends_on}, sans venue ni réponse."
    )
    because = because_facts(
        tonight,
        sentence,
        proved,
        reference=review.because or REFERENCE,
        count=french.in_words(len(proved)),
        months=review.within_months,
        signed_on=contract.signed_on,
        received_on=invitation.received_on,
        delay=invitation.delay_days,
        ends_on=ends_on,
    )
    pieces = [Evidence(kind=fact.kind, subject_id=fact.id, note=fact.note) for fact in proved]
    pieces.append(
        Evidence(
            kind="contract",
            subject_id=contract.id,
            note=f"Contrat signé le {french.full_date(contract.signed_on)}, en vigueur ces jours-là",
        )
    )
    pieces.append(
        Evidence(
            kind="letter",
            subject_id=invitation.id,
            note=f"Invitation à régulariser envoyée le {french.full_date(invitation.sent_on)}",
        )
    )
    deadline = tonight.calendar.next_working(tonight.on + timedelta(days=review.referent_works_it_within_days))
    return OpenReview(
        case=tonight.case.id,
        because=because,
        kind=ReviewKind.COMPLIANCE,
        deadline_on=deadline,
        evidence=tuple(pieces),
    )


def because_facts(
    tonight: Tonight, sentence: str, facts: list[Fact], *, reference: str = REFERENCE, **inputs: object
) -> Because:
    """A reason about facts: their days in the sentence, their ids among the inputs."""
    return tonight.because(
        "escalation",
        sentence,
        reference=reference,
        days=tuple(fact.day for fact in facts),
        facts=tuple(fact.id for fact in facts),
        **inputs,  # type: ignore[arg-type]
    )


def checks(tonight: Tonight, precondition: Precondition, because: Because) -> list[Action]:
    return [
        OpenCheck(case=tonight.case.id, because=because, precondition=precondition),
        NotDone(case=tonight.case.id, because=because, reason=check_reason(precondition)),
    ]
