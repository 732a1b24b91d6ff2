"""The facts that may count in a review, and what is still missing for each to be proved (R6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracks import french, keys
from tracks.actions import Action, Because, NotDone, OpenCheck, check_reason
from tracks.case import Appointment, Breach, Contract
from tracks.tonight import Tonight
from tracks.vocabulary import AppointmentKind, Circuit, Clause, NoticeProof, Precondition, Qualification, QuestionKind

REFERENCE = "CASF L.262-37"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An absence or a breach that could count. `ahead`: how many days before it its summons left, of `due` expected."""

    day: date
    kind: str
    id: int
    qualification: Qualification | None
    contract: Contract | None
    missing: tuple[Precondition, ...]
    ahead: int | None = None
    due: int = 0
    delivered: bool = False

    @property
    def note(self) -> str:
        if self.kind == "breach":
            return f"Manquement dit par le référent, le {french.full_date(self.day)}"
        told = "" if self.ahead is None else f", convocation envoyée {french.plural(self.ahead, 'jour')} avant"
        return f"Absence du {french.full_date(self.day)}{told}"


def counted_facts(tonight: Tonight) -> list[Fact]:
    """The absences in the window and the breaches the referent has spoken of, oldest first."""
    facts = [
        fact_of_absence(tonight, absence)
        for absence in tonight.absences
        if (counted := counting(tonight, absence.day))
        and owed(tonight, absence.day)
        and (absence.qualification is None or absence.qualification in counted)
    ]
    facts += [
        fact_of_breach(tonight, breach)
        for breach in tonight.case.breaches
        if tonight.counts_from <= breach.on <= tonight.on
        and breach.qualification in counting(tonight, breach.on)
        and not tonight.case.paused_on(breach.on)
        and owed(tonight, breach.on)
    ]
    return sorted(facts, key=lambda fact: (fact.day, fact.kind, fact.id))


def owed(tonight: Tonight, day: date) -> bool:
    """Under rights and duties on `day` (R6.2). Who is not tonight is stopped further on, and told why."""
    return not tonight.case.under_duties or tonight.case.under_duties_on(day)


def days_of(facts: list[Fact]) -> list[date]:
    """The days of these facts, in order. Two appointments missed on one day count once: it may be one and the same
    impediment."""
    return sorted({fact.day for fact in facts})


def counting(tonight: Tonight, day: date) -> tuple[Qualification, ...]:
    """What a fact of `day` must be called to count, by the policy version of that day; nothing does on a day on which
    the county had suspended the procedure (R25: a strike, a heatwave)."""
    version = tonight.policies.at(day)
    return version.review.qualifications if version.review and version.escalation_enabled else ()


def fact_of_absence(tonight: Tonight, absence: Appointment) -> Fact:
    """What is missing for this absence to count, by the policy version of its own day."""
    clause = Clause.COLLECTIVE if absence.kind is AppointmentKind.COLLECTIVE else Clause.INDIVIDUAL
    contract = counting_contract(tonight, absence.day)
    notice, due = absence.notice, notice_due(tonight, absence)
    ahead = (absence.day - notice.sent_on).days if notice else None
    missing = missing_in_contract(contract, clause)
    if other_circuit(tonight, absence.circuit):
        missing.append(Precondition.OTHER_CIRCUIT)
    if notice is None or notice.proof in (NoticeProof.FAILED, NoticeProof.NONE):
        missing.append(Precondition.NOTICE_UNDELIVERED)
    elif ahead is not None and ahead < due:
        missing.append(Precondition.NOTICE_SHORT)
    if absence.qualification is None:
        missing.append(Precondition.NOT_QUALIFIED)
    return Fact(
        day=absence.day,
        kind="appointment",
        id=absence.id,
        qualification=absence.qualification,
        contract=contract,
        missing=tuple(missing),
        ahead=ahead,
        due=due,
        delivered=notice is not None and notice.proof is NoticeProof.DELIVERED,
    )


def fact_of_breach(tonight: Tonight, breach: Breach) -> Fact:
    contract = counting_contract(tonight, breach.on)
    missing = missing_in_contract(contract, breach.clause)
    if other_circuit(tonight, breach.circuit):
        missing.append(Precondition.OTHER_CIRCUIT)
    return Fact(
        day=breach.on,
        kind="breach",
        id=breach.id,
        qualification=breach.qualification,
        contract=contract,
        missing=tuple(missing),
    )


def other_circuit(tonight: Tonight, circuit: Circuit | None) -> bool:
    """The fact was France Travail's to follow, and the person is ours now (R6.11)."""
    return circuit is Circuit.FRANCE_TRAVAIL and tonight.case.circuit is not Circuit.FRANCE_TRAVAIL


def counting_contract(tonight: Tonight, day: date) -> Contract | None:
    """The contract that binds on `day`, if the track's policy of that day admits its kind."""
    contract, policy = tonight.contract_on(day), tonight.policies.at(day).contract
    return contract if contract and (policy is None or contract.kind in policy.kinds) else None


def missing_in_contract(contract: Contract | None, clause: Clause) -> list[Precondition]:
    """The duty must be written in the contract in force that day (CE 4 décembre 2019, n° 418975)."""
    if contract is None:
        return [Precondition.NO_CONTRACT]
    return [] if clause in contract.clauses else [Precondition.NOT_IN_CLAUSE]


def notice_due(tonight: Tonight, absence: Appointment) -> int:
    """How many days before the appointment its summons had to leave, by its channel (R6.3)."""
    version, notice = tonight.policies.at(absence.day), absence.notice
    days = version.rhythm.notice_days.of(notice.channel if notice else None) if version.rhythm else 0
    if notice and notice.proof is NoticeProof.POSTED and version.review:
        return max(days, version.review.letter_posted_days)
    return days


def named(facts: list[Fact]) -> str:
    """What these facts are, in the plural: « absences inexpliquées », and no harsher word than the referent's."""
    if any(fact.kind == "breach" for fact in facts):
        return "manquements sans motif recevable"
    if all(fact.qualification is Qualification.UNEXPLAINED for fact in facts):
        return "absences inexpliquées"
    return "absences sans motif recevable"


# One fact, then several: French agrees.
MISSING_SAYS: dict[Precondition, tuple[str, str]] = {
    Precondition.OTHER_CIRCUIT: (
        "Pas de revue : le rendez-vous du {days} était avec un référent de France Travail, qui mène sa propre "
        "procédure.",
        "Pas de revue : les rendez-vous des {days} étaient avec un référent de France Travail, qui mène sa propre "
        "procédure.",
    ),
    Precondition.NO_CONTRACT: (
        "Pas de revue : aucun contrat n'était en vigueur le {days}.",
        "Pas de revue : aucun contrat n'était en vigueur les {days}.",
    ),
    Precondition.NOT_IN_CLAUSE: (
        "Pas de revue : le contrat en vigueur le {days} ne prévoyait pas cette obligation.",
        "Pas de revue : le contrat en vigueur les {days} ne prévoyait pas ces obligations.",
    ),
    Precondition.NOTICE_UNDELIVERED: (
        "Pas de revue : rien ne prouve que la convocation au rendez-vous du {days} est arrivée.",
        "Pas de revue : rien ne prouve que les convocations aux rendez-vous des {days} sont arrivées.",
    ),
    Precondition.NOTICE_SHORT: (
        "Pas de revue : la convocation au rendez-vous du {days} est partie {ahead} avant "
        "(délai de prévenance : {due}).",
        "Pas de revue : les convocations aux rendez-vous des {days} sont parties {ahead} avant "
        "(délai de prévenance : {due}).",
    ),
    Precondition.NOT_QUALIFIED: (
        "Pas de revue : l'absence du {days} n'a pas encore été qualifiée par le référent{asked}.",
        "Pas de revue : les absences des {days} n'ont pas encore été qualifiées par le référent{asked}.",
    ),
}


def missing_proofs(tonight: Tonight, facts: list[Fact]) -> Iterator[Action]:
    """Chaque preuve qui manque est nommée une fois, avec les jours qu'elle concerne."""
    for precondition, (one, many) in MISSING_SAYS.items():
        concerned = [fact for fact in facts if precondition in fact.missing]
        if concerned:
            figures = figures_of(tonight, precondition, concerned)
            because = because_facts(tonight, one if len(concerned) == 1 else many, concerned, **figures)
            yield from checks(tonight, precondition, because)


def figures_of(tonight: Tonight, precondition: Precondition, facts: list[Fact]) -> dict[str, Any]:
    """What the sentence of a missing proof quotes besides its days."""
    match precondition:
        case Precondition.NOTICE_SHORT:
            return {"ahead": in_days(fact.ahead or 0 for fact in facts), "due": in_days(fact.due for fact in facts)}
        case Precondition.NOT_QUALIFIED:
            questions = [keys.question(QuestionKind.QUALIFY, tonight.case.id, fact.id) for fact in facts]
            asked_on = min((tonight.case.asked[key] for key in questions if key in tonight.case.asked), default=None)
            return {"asked": f" (demandé le {french.long_date(asked_on)})" if asked_on else "", "asked_on": asked_on}
        case _:
            return {}


def in_days(counts: Iterable[int]) -> str:
    """« 12 et 14 jours », each count once; a summons that left after the hour left no day before it."""
    found = sorted({max(count, 0) for count in counts})
    return f"{french.listed(map(str, found))} {'jours' if max(found) > 1 else 'jour'}"


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
