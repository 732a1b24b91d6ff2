"""Plays a scenario: the case that it means, the night decided, and what was done said back in its French words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from config.settings import TERRITORIES
from tests.scenarios import wording as w
from tests.scenarios.reading import Attendu, Demande, Envoye, RendezVous, Scenario
from tests.tracks.building import CALENDAR, policies_of
from tracks import keys
from tracks.actions import (
    Action,
    AppointmentDue,
    Ask,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    NotDone,
    OpenCheck,
    OpenReview,
    ServiceLate,
    Write,
)
from tracks.case import Appointment, Breach, Case, Contract, Invitation, Notice, Pause, PrescribedAction, Signal
from tracks.case import OpenReview as Opened
from tracks.decide import decide
from tracks.tonight import Policies
from tracks.vocabulary import NoticeProof, QuestionKind, Template

Said = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """A night of a scenario: `matched` pairs each expectation with the action that met it."""

    case: Case
    policies: Policies
    actions: tuple[Action, ...]
    said: tuple[Said, ...]
    matched: tuple[tuple[Attendu, Action], ...]
    wrong: tuple[str, ...]


def play(scenario: Scenario) -> Played:
    case = case_of(scenario)
    policies = replace(policies_for(scenario), escalation_enabled=not scenario.moratoire)
    actions = tuple(a for a in decide(case, policies, scenario.jour) if not is_echo(a))
    said = tuple(say(action, case, scenario) for action in actions)
    left = list(range(len(actions)))
    matched, wrong = [], []
    for expected in scenario.alors:
        wanted = expected.model_dump(exclude_none=True)
        if expected.rappel is not None:
            wanted.setdefault("trop_tard", False)
        found = next((n for n in left if wanted.items() <= said[n].items()), None)
        if found is None:
            wrong.append(f"attendu, mais pas fait : {wanted}")
        else:
            left.remove(found)
            matched.append((expected, actions[found]))
    for never in scenario.jamais:
        kind, _, word = never.partition(" : ")
        wrong += [f"ne devait jamais : {one}" for one in said if kind in one and word in ("", one[kind])]
    if scenario.rien_d_autre:
        wrong += [f"n'était pas attendu : {said[n]}" for n in left]
    return Played(case, policies, actions, said, tuple(matched), tuple(wrong))


def policies_for(scenario: Scenario) -> Policies:
    return policies_of(scenario.parcours, TERRITORIES / scenario.territoire)


def is_echo(action: Action) -> bool:
    """A missing precondition is told twice: as a check, and among the things not done."""
    return isinstance(action, NotDone) and str(action.reason).startswith("check:")


def case_of(scenario: Scenario) -> Case:
    """Ids are ranks, from 1, in the order written."""
    d = scenario.dossier
    appointments = tuple(appointment_of(n, r, scenario.jour) for n, r in enumerate(scenario.rendez_vous, 1))
    case = Case(
        id=1,
        track=scenario.parcours,
        entered_on=d.entree,
        notified_on=d.notification,
        under_duties=d.droits_et_devoirs,
        circuit=d.referent_de,
        referent=7,
        activity_started_on=d.reprise,
        channels=tuple(c for c in d.joignable_par if c not in d.refuse),
        refused=d.refuse,
        last_review_decided_on=d.revue_decidee,
        appointments=tuple(sorted(appointments, key=lambda a: a.starts_at)),
        contracts=tuple(
            Contract(
                id=n,
                kind=c.type,
                signed_on=c.signe,
                starts_on=c.debut or c.signe,
                ends_on=c.fin,
                clauses=frozenset(c.engagements),
            )
            for n, c in enumerate(scenario.contrat, 1)
        ),
        actions=tuple(
            PrescribedAction(id=n, prescribed_on=a.prescrite, due_on=a.echeance, done_on=a.realisee)
            for n, a in enumerate(scenario.action, 1)
        ),
        breaches=tuple(
            Breach(id=n, clause=m.engagement, on=m.le, qualification=m.qualification, excused_on=m.explique)
            for n, m in enumerate(scenario.manquement, 1)
        ),
        invitations=tuple(
            Invitation(id=n, sent_on=c.envoye, received_on=c.recu, delay_days=c.delai)
            for n, c in enumerate(scenario.courrier, 1)
        ),
        pauses=tuple(Pause(first_day=p.du, last_day=p.au) for p in scenario.pause),
        signals=tuple(Signal(id=n, on=s.le, source=s.de, kind=s.genre) for n, s in enumerate(scenario.signalement, 1)),
        reviews=tuple(
            Opened(
                id=n,
                kind=r.genre,
                opened_on=r.depuis,
                explained=(r.explique,) if r.explique else (),
                held=r.tiennent,
            )
            for n, r in enumerate(scenario.revue_ouverte, 1)
        ),
        checks=frozenset(scenario.verification_ouverte),
    )
    asked = {question_key(d, case, scenario): d.le for d in scenario.deja_demande}
    answered = {question_key(d, case, scenario) for d in scenario.deja_demande if d.repondu}
    sent = {message_key(e, case, scenario): e.le for e in scenario.deja_envoye}
    return replace(case, asked=asked, answered=frozenset(answered), sent=sent)


def appointment_of(id: int, r: RendezVous, on: date) -> Appointment:
    notice = None
    if r.convocation:
        proof = r.preuve.proof if r.preuve else NoticeProof.NONE
        notice = Notice(sent_on=r.convocation, channel=r.preuve.channel if r.preuve else None, proof=proof)
    return Appointment(
        id=id,
        kind=r.nature,
        starts_at=CALENDAR.local(r.le, r.heure),
        day=r.le,
        status=r.statut,
        qualification=r.qualification,
        notice=notice,
        known_on=r.connu or on,
        stands=r.tient,
    )


def appointment_on(case: Case, day: date | None) -> Appointment:
    return next(a for a in case.appointments if a.day == day)


def question_key(d: Demande, case: Case, scenario: Scenario) -> str:
    kind = w.QUESTIONS[d.question]
    subject: int | str = d.au_sujet.isoformat()
    match kind:
        case QuestionKind.OUTCOME | QuestionKind.FOLLOW_UP:
            subject = appointment_on(case, d.au_sujet).id
        case QuestionKind.QUALIFY if d.question == "lire la réponse":
            subject = f"reply:{next(s.id for s in case.signals if s.on == d.au_sujet)}"
        case QuestionKind.QUALIFY if d.question == "signe pendant la revue":
            subject = f"sign:{case.reviews[0].id}:{d.au_sujet.isoformat()}"
        case QuestionKind.QUALIFY:
            subject = appointment_on(case, d.au_sujet).id
        case QuestionKind.ACTION:
            subject = next(a.id for a in case.actions if a.due_on == d.au_sujet)
        case QuestionKind.RENEW_CONTRACT:
            subject = next(c.id for c in case.contracts if c.ends_on == d.au_sujet)
        case QuestionKind.TRACK_CHANGE:
            (way_out,) = policies_for(scenario).at(scenario.jour).exit
            subject = f"{way_out.to}:{d.au_sujet.isoformat()}"
        case QuestionKind.CALL | QuestionKind.VISIT:
            pass
    return keys.question(kind, case.id, subject)


def message_key(e: Envoye, case: Case, scenario: Scenario) -> str:
    match e.message:
        case Template.REASON_REQUEST:
            return keys.reason_request(appointment_on(case, e.rendez_vous).id)
        case Template.CONVOCATION:
            appointment = appointment_on(case, e.rendez_vous)
            return keys.convocation(appointment.id, appointment.starts_at)
        case Template.REMINDER:
            appointment = appointment_on(case, e.rendez_vous)
            return keys.reminder(appointment.id, appointment.starts_at, e.jours or 0)
        case Template.CHECK_IN:
            policy = policies_for(scenario).at(scenario.jour).follow_up
            milestones = policy.milestones if policy else ()
            return keys.check_in(case.id, next(m.slug for m in milestones if m.wording == e.etape))
        case Template.INVITATION_TO_REGULARISE if e.seuil:
            return keys.invitation(case.id, e.seuil)
    raise ValueError(f"deja_envoye : il manque à « {e.message} » ce dont il parle")


def say(action: Action, case: Case, scenario: Scenario) -> Said:
    """The action in the words of a scenario, with every figure one may be asked about."""
    said = {"pourquoi": action.because.why, "reference": action.because.reference} | dict(figures(action, case))
    return {key: value for key, value in said.items() if value is not None}


def figures(action: Action, case: Case) -> Iterator[tuple[str, Any]]:
    match action:
        case AppointmentDue():
            yield from {
                "rendez_vous": action.subject,
                "du": action.first_day,
                "au": action.last_day,
                "vise": action.target,
                "minutes": action.minutes,
                "par_telephone": action.by_phone,
                "numero": action.number,
                "canal": w.said_of(w.exported().channel, action.channel),
            }.items()
        case Write():
            yield from written(action, case)
        case Ask():
            yield "question", question_word(action.key, action.kind)
            yield "coordinateur_des", action.coordinator_from
            yield "pour", subject_day(action, case)
        case CloseQuestion():
            kind = QuestionKind(action.key.split(":")[1])
            yield "question_close", question_word(action.key, kind)
        case OpenCheck():
            yield "verification", w.said_of(w.PRECONDITIONS, action.precondition)
        case CloseCheck():
            yield "verification_close", w.said_of(w.PRECONDITIONS, action.precondition)
        case OpenReview():
            yield "revue", w.said_of(w.REVIEWS, action.kind)
            yield "echeance", action.deadline_on
            yield "pieces", len(action.evidence)
        case ServiceLate():
            yield "constat", w.said_of(w.CAUSES, action.cause)
        case CloseCase():
            yield "cloture", action.reason
        case NotDone():
            yield "rien", next(word for word, reason in w.REASONS.items() if reason == action.reason)


def written(action: Write, case: Case) -> Iterator[tuple[str, Any]]:
    if action.template is Template.REMINDER:
        yield "rappel", action.details["days_before"]
        yield "trop_tard", action.too_late
    else:
        yield "message", w.said_of(w.MESSAGES, action.template)
    yield "canal", w.said_of(w.exported().channel, action.channel)
    yield "jusqu_au", CALENDAR.day_of(action.useful_until)
    yield "delai", action.details.get("delay_days")
    yield "pour", next((a.day for a in case.appointments if a.id == action.appointment_id), None)


def question_word(key: str, kind: QuestionKind) -> str:
    if kind is QuestionKind.QUALIFY and ":reply:" in key:
        return "lire la réponse"
    if kind is QuestionKind.QUALIFY and ":sign:" in key:
        return "signe pendant la revue"
    if kind is QuestionKind.QUALIFY and ":explained:" in key:
        return "fait expliqué"
    if kind is QuestionKind.QUALIFY and ":breach:" in key:
        return "manquement expliqué"
    return w.said_of(w.QUESTIONS, kind)


def subject_day(action: Ask, case: Case) -> date | None:
    """The day of the appointment, of the action's term or of the contract's end that a question is about."""
    match action.kind:
        case QuestionKind.OUTCOME | QuestionKind.QUALIFY | QuestionKind.FOLLOW_UP:
            return next((a.day for a in case.appointments if a.id == action.subject_id), None)
        case QuestionKind.ACTION:
            return next(a.due_on for a in case.actions if a.id == action.subject_id)
        case QuestionKind.RENEW_CONTRACT:
            return next(c.ends_on for c in case.contracts if c.id == action.subject_id)
        case _:
            return None
