"""The steps of a review, as people make them: allowed by the table, conditions proved, signed, in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, insert, null, or_, select, type_coerce, union_all, update
from sqlalchemy.engine import RowMapping

from store import schema as s
from store.acts import Act, close_questions, found, record
from store.journal import canonical_digest
from store.panels import session_of
from store.reviews import Decision, refuse_decided, refuse_decision
from tracks import keys
from tracks.calendar import add_months
from tracks.case import Pause
from tracks.errors import JalonError
from tracks.french import full_date
from tracks.legal import Key
from tracks.procedure import Procedure
from tracks.review import Role, Step, kind_of, row_from, rows, sources_of
from tracks.standing import Done, Standing, missing
from tracks.tonight import Policies
from tracks.vocabulary import (
    AppointmentStatus,
    Circuit,
    Measure,
    Outcome,
    Qualification,
    QuestionKind,
    ReviewKind,
    ReviewStatus,
    SignalKind,
)

MAJORITY_YEARS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the county and the law say: the procedure, and the policies of the review's track."""

    procedure: Procedure
    policies: Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A step that somebody wants to make. `on`: the day of the fact, today unless said. `details`: what JSON holds."""

    step: Step
    role: Role
    on: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    reasons: str = ""
    measure: Measure | None = None


def make(connection: Connection, act: Act, *, review: int, doing: Doing, rules: Rules) -> ReviewStatus:
    """Make one step of a compliance review; its new status.

    JalonError: the table has no such step from here, the role may not make it, a condition is not met (all are named).
    """
    row = found(connection, act, table=s.reviews, id=review, what=f"Revue r{review}")
    if row["kind"] != ReviewKind.COMPLIANCE:
        raise JalonError(f"La revue r{review} n'est pas une procédure de manquement : assign, puis decide, suffisent.")
    on = doing.on or act.on
    _refuse_day(row, act, on)
    at = read_standing(connection, act, review=row, rules=rules)
    row_of_table = row_from(doing.step, at.status, outcome=doing.outcome)
    if row_of_table is None:
        raise JalonError(_impossible(review, at.status, doing))
    if doing.role not in row_of_table.roles:
        raise JalonError(_not_theirs(act.by, doing))
    served = doing.details.get("served_on") == "representative"
    unmet = [missing(need, at, measure=doing.measure, served=served) for need in row_of_table.needs]
    if said := [why for why in unmet if why]:
        raise JalonError(f"Revue r{review} : cette étape attend encore.\n" + "\n".join(f"  - {why}." for why in said))
    status = row_of_table.target or at.status
    _write(connection, act, row=row, doing=doing, on=on, status=status, rank=len(at.steps) + 1)
    return status


def decide(
    connection: Connection,
    act: Act,
    *,
    review: int,
    decision: Decision,
    role: Role,
    rules: Rules,
    measure: Measure | None = None,
) -> ReviewStatus:
    """A named person's decision on a compliance review. `measure`: what is proposed to the authority, outside Jalon;
    that of the notice unless said. JalonError as `make`, and: decided already, an outcome of another kind, no reasons.
    """
    row = found(connection, act, table=s.reviews, id=review, what=f"Revue r{review}")
    refuse_decided(row)
    refuse_decision(ReviewKind.COMPLIANCE, decision)
    doing = Doing(
        step=Step.DECIDE,
        role=role,
        outcome=decision.outcome,
        reasons=decision.reasons.strip(),
        measure=_proposed(connection, act, row, decision.outcome, measure),
    )
    return make(connection, act, review=review, doing=doing, rules=rules)


def _proposed(
    connection: Connection, act: Act, row: RowMapping, outcome: Outcome, measure: Measure | None
) -> Measure | None:
    """What the decision does, at least: a proposed sanction is never milder than a suspension."""
    if outcome is Outcome.WARNING:
        return Measure.WARNING
    if outcome is not Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM:
        return None
    if measure is Measure.WARNING:
        raise JalonError("Un avertissement n'est pas une sanction proposée : --outcome warning.")
    steps = steps_of(connection, territory=act.territory, review=row["id"])
    told = [Measure(step["details"]["measure"]) for step in steps if step["step"] == Step.NOTIFY]
    announced = told[-1] if told and told[-1] is not Measure.WARNING else Measure.SUSPENSION
    return measure or announced


def _write(
    connection: Connection, act: Act, *, row: RowMapping, doing: Doing, on: date, status: ReviewStatus, rank: int
) -> None:
    details = {**doing.details}
    if doing.measure:
        details["measure"] = doing.measure.value
    if doing.outcome:
        details |= {"outcome": doing.outcome.value, "reasons": doing.reasons}
    step = {
        "territory": act.territory,
        "review_id": row["id"],
        "rank": rank,
        "step": doing.step.value,
        "status": status.value,
        "made_by": act.by,
        "role": doing.role.value,
        "at": act.at,
        "on_day": on,
        "details": details,
    }
    connection.execute(insert(s.review_steps).values(step))
    news: dict[str, Any] = {"status": status}
    if doing.outcome:
        news |= {"outcome": doing.outcome, "reasons": doing.reasons, "decided_by": act.by, "decided_at": act.at}
    if doing.step is Step.READ_SIGNS:
        key = keys.question(QuestionKind.QUALIFY, row["case_id"], f"sign:{row['id']}:")
        close_questions(connection, act, s.questions.c.key.startswith(key, autoescape=True))
    mine = (s.reviews.c.territory == act.territory, s.reviews.c.id == row["id"])
    connection.execute(update(s.reviews).where(*mine).values(news))
    said = f"r{row['id']} {row['status']}>{status}" + (f" {doing.outcome}" if doing.outcome else "")
    subject = f"{said} {on.isoformat()} {sealed(step)}"
    record(connection, act, kind=f"review_{doing.step}", subject=subject, policy_version=row["policy_version"])


def sealed(step: Mapping[str, Any]) -> str:
    """The digest of a step, as its journal line holds it: its words cannot change afterwards unseen."""
    kept = ("review_id", "rank", "step", "status", "made_by", "role", "on_day", "details")
    return canonical_digest({name: step[name] for name in kept})


def read_standing(connection: Connection, act: Act, *, review: RowMapping, rules: Rules) -> Standing:
    """Where the review stands on the day of the act: a fixed number of queries."""
    steps = tuple(
        Done(step=Step(row["step"]), on=row["on_day"], details=row["details"])
        for row in steps_of(connection, territory=act.territory, review=review["id"])
    )
    case = _case(connection, review, act.on)
    policies = rules.policies
    notice = next((done for done in reversed(steps) if done.step is Step.NOTIFY), None)
    return Standing(
        on=act.on,
        status=ReviewStatus(review["status"]),
        outcome=Outcome(review["outcome"]) if review["outcome"] else None,
        steps=steps,
        procedure=rules.procedure.at(notice.on if notice else act.on),
        calendar=policies.calendar,
        floor_days=policies.legal.at(Key.OBSERVATIONS, act.on).value,
        pauses=_pauses(connection, case),
        weakened=_weakened(connection, review, policies),
        signs=_signs(connection, review, policies, until=act.on),
        protected=_protected(case, act.on),
        circuit=Circuit(case["circuit"]) if case["circuit"] else Circuit.DEPARTEMENT,
        under_duties=case["under_duties"],
        session=session_of(connection, territory=act.territory, review=review["id"], zone=policies.calendar.zone),
        escalation_enabled=policies.escalation_enabled and policies.at(act.on).escalation_enabled,
    )


def steps_of(connection: Connection, *, territory: str, review: int) -> list[RowMapping]:
    """All that was done to a review, oldest first."""
    steps = s.review_steps.c
    statement = (
        select(s.review_steps).where(steps.territory == territory, steps.review_id == review).order_by(steps.rank)
    )
    return list(connection.execute(statement).mappings())


def _case(connection: Connection, review: RowMapping, on: date) -> RowMapping:
    """With `protection`, the kind of the person's representative that day."""
    c, p, r = s.cases.c, s.persons.c, s.referents.c
    protection = _represented(s.representatives.c.kind, person=c.person_id, on=on).limit(1).scalar_subquery()
    statement = (
        select(c.id, c.person_id, c.under_duties, r.circuit, p.birth_date, protection.label("protection"))
        .join(s.persons, p.id == c.person_id)
        .outerjoin(s.referents, r.id == c.referent_id)
        .where(c.territory == review["territory"], c.id == review["case_id"])
    )
    return connection.execute(statement).mappings().one()


def _pauses(connection: Connection, case: RowMapping) -> tuple[Pause, ...]:
    theirs = select(s.pauses.c.first_day, s.pauses.c.last_day).where(s.pauses.c.person_id == case["person_id"])
    return tuple(Pause(first_day=first, last_day=last) for first, last in connection.execute(theirs))


def _weakened(connection: Connection, review: RowMapping, policies: Policies) -> tuple[str, ...]:
    """The pieces of the file that no longer hold: an absence or a breach found admissible, or undone, since."""
    a, b, e = s.appointments.c, s.breaches.c, s.review_evidence.c
    absence = or_(a.status != AppointmentStatus.NOSHOW, a.qualification == Qualification.ADMISSIBLE)
    breach = or_(b.qualification == Qualification.ADMISSIBLE, b.withdrawn_on.is_not(None))
    rows = connection.execute(
        select(a.starts_at, a.status, b.happened_on)
        .select_from(s.review_evidence)
        .outerjoin(s.appointments, (e.kind == "appointment") & (e.subject_id == a.id))
        .outerjoin(s.breaches, (e.kind == "breach") & (e.subject_id == b.id))
        .where(e.territory == review["territory"], e.review_id == review["id"], or_(absence, breach))
        .order_by(a.starts_at, b.happened_on)
    ).all()
    undone = "le rendez-vous du {} n'est plus une absence"
    day_of = policies.calendar.day_of
    absences = [
        (undone if row.status != AppointmentStatus.NOSHOW else "l'absence du {} est recevable").format(
            full_date(day_of(row.starts_at))
        )
        for row in rows
        if row.starts_at
    ]
    breaches = [f"le fait du {full_date(row.happened_on)} est recevable ou retiré" for row in rows if row.happened_on]
    return (*absences, *breaches)


def _signs(connection: Connection, review: RowMapping, policies: Policies, *, until: date) -> tuple[date, ...]:
    """The days, since the file was opened, on which the person came or was said to be putting things right (R10)."""
    a, g = s.appointments.c, s.signals.c
    seen = select(a.starts_at.label("at"), type_coerce(null(), g.happened_on.type).label("day"))
    seen = seen.where(a.case_id == review["case_id"], a.status == AppointmentStatus.SEEN)
    said = select(type_coerce(null(), a.starts_at.type), g.happened_on)
    said = said.where(g.case_id == review["case_id"], g.kind == SignalKind.COMPLIANCE)
    rows = connection.execute(union_all(seen, said)).all()
    days = {policies.calendar.day_of(row.at) if row.at else row.day for row in rows}
    return tuple(sorted(day for day in days if review["opened_on"] <= day <= until))


def _protected(case: RowMapping, on: date) -> str | None:
    """In French, why the person is served through somebody; None for an adult without a representative."""
    born = case["birth_date"]
    if born and add_months(born, 12 * MAJORITY_YEARS) > on:
        return "la personne est mineure"
    return f"la personne est protégée ({case['protection']})" if case["protection"] else None


def representative_on(connection: Connection, *, person: int, on: date) -> RowMapping | None:
    return connection.execute(_represented(s.representatives, person=person, on=on)).mappings().first()


def _represented(what: Any, *, person: Any, on: date) -> Select[Any]:
    """`what` of the representatives of a person on a day, the latest first."""
    r = s.representatives.c
    here = (r.person_id == person, r.first_day <= on, or_(r.last_day.is_(None), r.last_day >= on))
    return select(what).where(*here).order_by(r.first_day.desc())


def _refuse_day(row: RowMapping, act: Act, on: date) -> None:
    if on > act.on:
        raise JalonError(f"Le {full_date(on)} n'est pas encore passé : seul un fait se note.")
    if on < row["opened_on"]:
        raise JalonError(f"La revue r{row['id']} n'est ouverte que depuis le {full_date(row['opened_on'])}.")


def _impossible(review: int, status: ReviewStatus, doing: Doing) -> str:
    from_where = sources_of(doing.step, outcome=doing.outcome)
    adverse = kind_of(doing.outcome) == "adverse"
    what = "une suite défavorable ne se décide" if adverse else "cette étape ne se fait"
    return (
        f"La revue r{review} est {IN_FRENCH[status]} : {what} que lorsqu'elle est "
        f"{_or(IN_FRENCH[found] for found in from_where)} (R8). Voyez jalon review show r{review}."
    )


def _or(words: Any) -> str:
    return " ou ".join(words)


IN_FRENCH: Mapping[ReviewStatus, str] = {
    ReviewStatus.DRAFT: "encore un projet",
    ReviewStatus.SUBMITTED_BY_REFERENT: "soumise par le référent",
    ReviewStatus.UNDER_REVIEW: "à l'examen",
    ReviewStatus.OBSERVATIONS_OPEN: "en période d'observations",
    ReviewStatus.EP_PENDING: "devant l'équipe pluridisciplinaire",
    ReviewStatus.DECIDED: "décidée",
    ReviewStatus.NOTIFIED: "notifiée",
    ReviewStatus.APPEAL_OPEN: "en recours",
    ReviewStatus.CLOSED: "close",
    ReviewStatus.OPEN: "ouverte",
    ReviewStatus.ASSIGNED: "confiée",
}
WHO: Mapping[Role, str] = {
    Role.REFERENT: "le référent",
    Role.COORDINATOR: "un coordinateur",
    Role.REVIEWER: "un instructeur",
    Role.DECIDER: "un décideur qui a délégation de signature",
    Role.MACHINE: "la nuit",
}


def _not_theirs(by: str, doing: Doing) -> str:
    allowed = {role for row in rows(doing.step, outcome=doing.outcome) for role in row.roles}
    who = _or(WHO[role] for role in Role if role in allowed)
    return f"{by} ne peut pas faire cette étape : elle revient à {who} (revue.toml et territory.toml disent qui)."
