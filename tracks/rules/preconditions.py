"""The eleven conditions of a review (R6), each with its state, its evidence, its article and the values it was held to.

The same facts and the same functions as `escalation`: all are met exactly when a review opens, and a test says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tracks import french
from tracks.legal import Key
from tracks.policy import ReviewPolicy
from tracks.rules.escalation import delay_days, delay_ends, outcome_unknown, reply_unread, service_late
from tracks.rules.facts import Fact, counted_facts, counting, days_of, fact_of_absence
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentStatus, Circuit, NoticeProof, Precondition, Qualification, ReviewKind


class State(StrEnum):
    MET = "rempli"
    MISSING = "manquant"
    UNKNOWN = "inconnu"
    IDLE = "sans objet"  # nothing yet for it to be about


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value that a condition was held to: where it comes from, since when, how sure it is."""

    what: str
    source: str
    valid_from: date
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of the eleven. `evidence`: « a12 », « l3 »… ids of rows; `said`: the finding, with its days."""

    number: int
    key: str
    title: str
    article: str
    state: State
    said: str
    evidence: tuple[str, ...] = ()
    held_to: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the eleven look at: the facts that may count, those wiped out by a coming, those wholly proved."""

    tonight: Tonight
    review: ReviewPolicy
    facts: list[Fact]
    wiped: list[Fact]
    proved: list[Fact]

    @property
    def enough(self) -> bool:
        return len(days_of(self.proved)) >= self.review.absences

    @property
    def considered(self) -> list[Fact]:
        return self.proved if self.enough else self.facts


Finding = tuple[State, str, Iterable[str]]


def conditions(tonight: Tonight) -> tuple[Condition, ...]:
    """The eleven, in the order of R6; none where the track never leads to a review of a breach (R14)."""
    review = tonight.version.review
    if review is None:
        return ()
    facts = counted_facts(tonight)
    seen = Seen(tonight, review, facts, wiped(tonight, facts), [fact for fact in facts if not fact.missing])
    found = []
    for number, (look, title, article) in enumerate(ELEVEN, start=1):
        state, said, evidence = look(seen)
        condition = Condition(
            number=number,
            key=look.__name__,
            title=title,
            article=article,
            state=state,
            said=said,
            evidence=tuple(evidence),
            held_to=tuple(held_to(seen, look.__name__)),
        )
        found.append(condition)
    return tuple(found)


def wiped(tonight: Tonight, facts: list[Fact]) -> list[Fact]:
    """Absences that would count, had the person not come since (R6.5)."""
    known = {fact.id for fact in facts if fact.kind == "appointment"}
    return [
        fact_of_absence(tonight, absence)
        for absence in tonight.past
        if absence.status is AppointmentStatus.NOSHOW
        and absence.qualification is not Qualification.ADMISSIBLE
        and absence.id not in known
        and tonight.last_sign is not None
        and tonight.window_from <= absence.day <= tonight.last_sign
        and not tonight.case.paused_on(absence.day)
        and counting(tonight, absence.day)
    ]


def about_facts(seen: Seen, lacking: dict[Precondition, tuple[State, str]], met: str) -> Finding:
    """Met where enough facts are wholly proved, or none lacks any of these; else the first that is lacking."""
    if not seen.considered:
        return State.IDLE, "Aucune absence ne compte à ce jour.", ()
    for precondition, (state, said) in lacking.items():
        without = [fact for fact in seen.considered if precondition in fact.missing]
        if without:
            return state, said.format(days=on_days(without)), refs(without)
    return State.MET, met.format(days=on_days(seen.considered)), refs(seen.considered)


def contract_in_force(seen: Seen) -> Finding:
    state, said, evidence = about_facts(
        seen,
        {
            Precondition.NO_CONTRACT: (State.MISSING, "Aucun contrat en vigueur {days}."),
            Precondition.NOT_IN_CLAUSE: (State.MISSING, "Le contrat en vigueur {days} ne prévoyait pas l'obligation."),
        },
        "Un contrat signé prévoyait l'obligation {days}.",
    )
    contracts = {fact.contract.id for fact in seen.considered if fact.contract}
    return state, said, (*evidence, *(f"contrat {number}" for number in sorted(contracts)))


def under_duties(seen: Seen) -> Finding:
    case = f"c{seen.tonight.case.id}"
    if seen.tonight.case.under_duties:
        return State.MET, "La personne est soumise aux droits et devoirs.", (case,)
    return State.MISSING, "La personne n'est pas soumise aux droits et devoirs.", (case,)


def summons_proved(seen: Seen) -> Finding:
    told = {fact.id: fact for fact in seen.considered if Precondition.NOTICE_UNDELIVERED in fact.missing}
    bounced = [a.id for a in seen.tonight.past if a.id in told and a.notice and a.notice.proof is NoticeProof.FAILED]
    state = State.MISSING if bounced else State.UNKNOWN
    word = "n'est pas arrivée" if bounced else "n'a pas de preuve d'arrivée"
    return about_facts(
        seen,
        {
            Precondition.NOTICE_UNDELIVERED: (state, f"Une convocation {word} : rendez-vous {{days}}."),
            Precondition.NOTICE_SHORT: (State.MISSING, "Convocation partie trop tard : rendez-vous {days}."),
        },
        "Chaque convocation est partie et arrivée à temps : rendez-vous {days}.",
    )


def qualified(seen: Seen) -> Finding:
    if seen.enough and reply_unread(seen.tonight, seen.proved):
        return State.UNKNOWN, "La personne a répondu, et le référent n'a pas encore lu.", ()
    return about_facts(
        seen,
        {Precondition.NOT_QUALIFIED: (State.UNKNOWN, "Pas encore qualifié par le référent : {days}.")},
        "Qualifié par une personne nommée, sans motif recevable : {days}.",
    )


def not_seen_since(seen: Seen) -> Finding:
    sign = seen.tonight.last_sign
    came = [f"a{a.id}" for a in seen.tonight.past if a.status is AppointmentStatus.SEEN and a.day == sign]
    if seen.wiped and sign and len(days_of(seen.facts)) < seen.review.absences:
        did = "est venue" if came else "s'est mise en règle"
        days = french.listed(french.full_date(day) for day in days_of(seen.wiped))
        gone = (
            "l'absence du {} ne compte plus" if len(days_of(seen.wiped)) < 2 else "les absences des {} ne comptent plus"
        )
        return State.MISSING, f"La personne {did} le {french.full_date(sign)} : {gone.format(days)}.", came
    if seen.enough and (why := outcome_unknown(seen.tonight, seen.proved)):
        return State.UNKNOWN, sentence(why[0].because.why), ()
    return State.MET, "Aucune venue connue depuis la première absence qui compte.", came


def threshold_reached(seen: Seen) -> Finding:
    found, wanted = len(days_of(seen.facts)), seen.review.absences
    told = f"{french.plural(found, 'jour')} d'absence ou de manquement dans la fenêtre, {wanted} attendus."
    if found >= wanted:
        return State.MET, told, refs(seen.facts)
    return State.MISSING, told, refs(seen.facts)


def invited(seen: Seen) -> Finding:
    if not seen.enough:
        return State.IDLE, "L'invitation à régulariser ne part qu'une fois tout le reste prouvé.", ()
    tonight = seen.tonight
    threshold_on = days_of(seen.proved)[seen.review.absences - 1]
    invitation = next((i for i in reversed(tonight.case.invitations) if i.sent_on > threshold_on), None)
    if invitation is None:
        return State.MISSING, "La personne n'a pas encore été invitée à régulariser.", ()
    piece = (f"courrier {invitation.id}",)
    sent = french.full_date(invitation.sent_on)
    if invitation.received_on is None:
        return State.UNKNOWN, f"Invitation du {sent} : aucune date de réception prouvée.", piece
    received, ends_on = invitation.received_on, delay_ends(tonight, invitation, invitation.received_on)
    told = (
        f"Invitation reçue le {french.full_date(received)}, délai de {delay_days(tonight, invitation)} jours "
        f"jusqu'au {french.full_date(ends_on)}."
    )
    return (State.MET if tonight.on > ends_on else State.MISSING), told, piece


def no_open_review(seen: Seen) -> Finding:
    opened = [review for review in seen.tonight.case.reviews if review.kind is ReviewKind.COMPLIANCE]
    if opened:
        since = french.full_date(opened[0].opened_on)
        return State.MISSING, f"Une revue est déjà ouverte depuis le {since}.", (f"r{opened[0].id}",)
    return State.MET, "Aucune revue n'est ouverte pour cette personne, dans aucun parcours.", ()


def service_in_time(seen: Seen) -> Finding:
    late = service_late(seen.tonight)
    if late:
        return State.MISSING, sentence(late[0].because.why), ()
    return State.MET, "Le service a tenu sa part : rendez-vous proposés dans le rythme.", ()


def nothing_suspends(seen: Seen) -> Finding:
    tonight = seen.tonight
    pause = tonight.case.paused_on(tonight.on)
    if pause:
        return State.MISSING, f"Le suivi est en pause depuis le {french.full_date(pause.first_day)}.", ()
    if not (tonight.version.escalation_enabled and tonight.policies.escalation_enabled):
        return State.MISSING, "Le Département a suspendu toute procédure de manquement.", ()
    return State.MET, "Ni pause, ni dispense, ni moratoire ce jour-là.", ()


def our_circuit(seen: Seen) -> Finding:
    if seen.tonight.case.circuit is Circuit.FRANCE_TRAVAIL:
        return State.MISSING, "Le référent est de France Travail, qui mène sa propre procédure.", ()
    theirs = [fact for fact in seen.considered if Precondition.OTHER_CIRCUIT in fact.missing]
    if theirs:
        said = f"Rendez-vous avec un référent de France Travail, qui mène sa propre procédure : {on_days(theirs)}."
        return State.MISSING, said, refs(theirs)
    return State.MET, "Le référent relève du Département : la procédure est la sienne.", ()


Look = Callable[[Seen], Finding]
LAW = "CASF L.262-37"

ELEVEN: tuple[tuple[Look, str, str], ...] = (
    (contract_in_force, "Contrat en vigueur, qui prévoit l'obligation", "CE 4 décembre 2019, n° 418975"),
    (under_duties, "Personne soumise aux droits et devoirs", "CASF L.262-28"),
    (summons_proved, "Convocation partie et arrivée à temps", f"{LAW} ; CRPA L.122-1"),
    (qualified, "Absence qualifiée par une personne nommée", f"{LAW} (motif légitime)"),
    (not_seen_since, "Aucune venue depuis", "CASF R.262-68-1"),
    (threshold_reached, "Seuil d'absences du parcours", "CASF R.262-68-5 ; choix local"),
    (invited, "Invitation à régulariser reçue, délai échu", "CRPA L.123-1 ; CASF L.262-37"),
    (no_open_review, "Aucune revue déjà ouverte", "CRPA L.121-1"),
    (service_in_time, "Le service a tenu sa part", "CASF L.262-37 ; C. trav. D.5411-14-1"),
    (nothing_suspends, "Ni pause, ni dispense, ni moratoire", "C. trav. L.5411-6 ; délibération du Département"),
    (our_circuit, "Procédure du Département", "CASF L.262-37 IV"),
)


def held_to(seen: Seen, key: str) -> Iterable[Held]:
    """The values behind a condition, by the version of the night; the law's own where it is the law's."""
    tonight, review = seen.tonight, seen.review
    version, rhythm = tonight.version, tonight.version.rhythm

    def local(what: str, part: "ReviewPolicy | object") -> Held:
        source, confidence = getattr(part, "source", ""), getattr(part, "confidence", version.confidence)
        return Held(what=what, source=source, valid_from=version.valid_from, confidence=confidence)

    match key:
        case "summons_proved" if rhythm:
            due = rhythm.notice_days
            yield local(f"prévenance : {due.sms} jours par SMS, {due.email} par courriel, {due.letter} par lettre", due)
            yield local(f"lettre postée : {review.letter_posted_days} jours", review)
        case "threshold_reached":
            yield local(f"{review.absences} absences en {review.within_months} mois", review)
        case "not_seen_since":
            yield local(
                "une venue efface ce qui précède" if review.reset_on_seen else "une venue n'efface rien", review
            )
        case "service_in_time" if rhythm:
            yield local(f"un rendez-vous tous les {tonight.every.max} jours au plus", rhythm)
        case "invited":
            floor = tonight.policies.legal.at(Key.OBSERVATIONS, tonight.on)
            what = f"au moins {floor.value} jours"
            yield Held(what=what, source=floor.source, valid_from=floor.valid_from, confidence=floor.confidence)


def refs(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(f"a{fact.id}" if fact.kind == "appointment" else f"manquement {fact.id}" for fact in facts)


def on_days(facts: list[Fact]) -> str:
    """« le 2 octobre 2026 », « les 2 octobre 2026 et 16 octobre 2026 »."""
    days = days_of(facts)
    return ("le " if len(days) < 2 else "les ") + french.listed(french.full_date(day) for day in days)


def sentence(why: str) -> str:
    said = why.removeprefix("Pas de revue : ")
    return said[:1].upper() + said[1:]
