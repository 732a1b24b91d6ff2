"""*Aujourd’hui*: what needs me, why, until when, and one action each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import words
from desk.web import wording
from desk.web.forms import Form
from desk.web.staff.deadlines import Deadline, deadline
from desk.web.staff.doors import EVERYBODY, FILES, Visitor, back_to, done, number, shown, staff_page
from store import outcomes, questions
from store.acts import Act
from store.today import Listed, question_to_answer, read_today
from tasks.wording import phone
from tracks.vocabulary import AnswerKind, AppointmentStatus, Qualification, QuestionKind

# What may be said of a question → the button.
OUTCOMES: Mapping[str, str] = {
    AppointmentStatus.SEEN: "Présent",
    AppointmentStatus.NOSHOW: "Absent",
    AppointmentStatus.EXCUSED: "Excusé",
    AppointmentStatus.REVOKED: "Annulé par nous",
}
QUALIFICATIONS: Mapping[str, str] = {
    Qualification.ADMISSIBLE: "Motif recevable",
    Qualification.INADMISSIBLE: "Motif non recevable",
    Qualification.UNEXPLAINED: "Sans explication",
}
ACTION: Mapping[str, str] = {
    "faite_vue": "Faite, justificatif vu",
    "faite": "Faite, sans justificatif",
    "pas_faite": "Pas faite",
}
DONE: Mapping[QuestionKind, str] = {
    QuestionKind.QUALIFY: "Lu",
    QuestionKind.OUTCOME: "C’est réglé",
    QuestionKind.CALL: "Appelée",
    QuestionKind.VISIT: "Vue",
    QuestionKind.FOLLOW_UP: "Nouvelles prises",
    QuestionKind.ACTION: "C’est réglé",
    QuestionKind.RENEW_CONTRACT: "Renouvellement préparé",
    QuestionKind.CONTACT: "Vérifiées",
    QuestionKind.TRACK_CHANGE: "Étudié",
}
SECTIONS: Mapping[str, str] = {
    "suites": "Que s’est-il passé ?",
    "absences": "Absences à qualifier",
    "reponses": "Réponses à lire",
    "appels": "Personnes à appeler ou à voir",
    "coordonnees": "Coordonnées à vérifier",
    "actions": "Actions, contrats et parcours",
}
PLACES: Mapping[QuestionKind, str] = {
    QuestionKind.OUTCOME: "suites",
    QuestionKind.QUALIFY: "absences",
    QuestionKind.CALL: "appels",
    QuestionKind.VISIT: "appels",
    QuestionKind.FOLLOW_UP: "appels",
    QuestionKind.CONTACT: "coordonnees",
}
ANSWERS: Mapping[AnswerKind, str] = {
    AnswerKind.COMING: "Vient au rendez-vous",
    AnswerKind.NOT_COMING: "Ne peut pas venir",
    AnswerKind.ANOTHER_TIME: "Voudrait un autre moment",
    AnswerKind.CHOSEN: "A choisi un autre moment",
    AnswerKind.EXPLANATION: "Explique une absence",
    AnswerKind.NEWS: "Donne des nouvelles",
    AnswerKind.CONTACT: "Donne de nouvelles coordonnées",
    AnswerKind.STOP: "Ne veut plus de messages par un moyen",
}
SAID: Mapping[str, str] = {
    "note": "C’est noté.",
    "deja": "Quelqu’un l’avait déjà fait : rien n’a changé.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do. `choices`: what the buttons say, by what they send: no one stands out among several."""

    id: int
    case: int
    who: str
    with_whom: str | None
    what: str
    when: str | None
    why: str
    due: Deadline
    dial: str | None
    phone: str | None
    choices: Mapping[str, str]


def routes() -> list[BaseRoute]:
    return [
        shown("/", show, roles=EVERYBODY),
        done("/questions/{id:int}", answer, roles=FILES),
    ]


def show(visitor: Visitor, request: Request) -> Response:
    with visitor.office.reading() as connection:
        found = read_today(connection, visitor.scope, at=visitor.at, on=visitor.on)
    return staff_page(
        visitor,
        "today.html",
        sections=sections(visitor, found.asked),
        asked=found.asked,
        received=[received(visitor, row) for row in found.received.rows],
        reviews=[(row, deadline(row["deadline_on"], visitor.on)) for row in found.reviews.rows],
        reviews_total=found.reviews.total,
        findings=causes(visitor, found.findings),
        findings_total=found.findings.total,
        held=found.held,
        said=SAID.get(request.query_params.get("dit", ""), ""),
        words=words,
    )


def sections(visitor: Visitor, asked: Listed) -> list[tuple[str, str, list[Task]]]:
    """(anchor, title, tasks): those that have something, in the order of the morning."""
    found: defaultdict[str, list[Task]] = defaultdict(list)
    for row in asked.rows:
        found[place_of(row)].append(task(visitor, row))
    return [(name, title, found[name]) for name, title in SECTIONS.items() if found[name]]


def place_of(row: RowMapping) -> str:
    kind = QuestionKind(row["kind"])
    if kind is QuestionKind.QUALIFY and row["subject_id"] is None:
        return "reponses"
    return PLACES.get(kind, "actions")


def task(visitor: Visitor, row: RowMapping) -> Task:
    number, calendar = row["mobile"] or row["landline"], visitor.office.territory.calendar
    referent = f"{row['referent_first_name']} {row['referent_last_name']}" if row["referent_last_name"] else "personne"
    return Task(
        id=row["id"],
        case=row["case_id"],
        who=f"{row['first_name']} {row['last_name']}",
        with_whom=None if visitor.scope.referent else referent,
        what=row["label"] or "",
        when=wording.moment(row["starts_at"], calendar) if row["starts_at"] else None,
        why=row["why"],
        due=deadline(row["until"] or row["coordinator_from"], visitor.on),
        dial=number,
        phone=phone(number) if number else None,
        choices=choices(row),
    )


def choices(row: RowMapping) -> Mapping[str, str]:
    kind = QuestionKind(row["kind"])
    if row["subject_id"] is not None:
        match kind:
            case QuestionKind.OUTCOME:
                return OUTCOMES
            case QuestionKind.QUALIFY:
                return QUALIFICATIONS
            case QuestionKind.ACTION:
                return ACTION
    return {"fait": DONE[kind]}


def causes(visitor: Visitor, findings: Listed) -> list[tuple[str, Deadline, list[RowMapping]]]:
    """The service's own findings: one line a cause, the nearest deadline of those under it."""
    found: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for row in findings.rows:
        found[words.said(words.CAUSE, row["subject"].split("|")[0])].append(row)
    return [(cause, deadline(rows[0]["deadline_on"], visitor.on), rows) for cause, rows in found.items()]


def received(visitor: Visitor, row: RowMapping) -> dict[str, object]:
    calendar = visitor.office.territory.calendar
    return {
        "case": row["case_id"],
        "who": f"{row['first_name']} {row['last_name']}",
        "what": ANSWERS[AnswerKind(row["kind"])],
        "about": wording.moment(row["starts_at"], calendar) if row["starts_at"] else None,
        "given": wording.moment(row["given_at"], calendar),
        "note": row["note"],
    }


def answer(visitor: Visitor, request: Request, form: Form) -> Response:
    """One click. Whoever comes second is told, and changes nothing."""
    with visitor.office.writing() as connection:
        row = question_to_answer(connection, visitor.scope, question=number(request))
        said = form.given.get("suite", ("",))[0]
        if said not in choices(row):
            raise HTTPException(400)
        if row["closed_on"] is not None:
            return back_to("/", said="deja")
        settle(connection, visitor.act(), row, said)
    return back_to("/", said="note", at=place_of(row))


def settle(connection: Connection, act: Act, row: RowMapping, said: str) -> None:
    """By the same functions as the command line, in the same journal. JalonError: what they refuse."""
    match QuestionKind(row["kind"]), row["subject_id"]:
        case QuestionKind.OUTCOME, int(appointment):
            told = outcomes.Said(status=AppointmentStatus(said))
            outcomes.say(connection, act, appointment=appointment, said=told)
        case QuestionKind.QUALIFY, int(appointment):
            absence = outcomes.Said(status=AppointmentStatus.NOSHOW, qualification=Qualification(said))
            outcomes.say(connection, act, appointment=appointment, said=absence)
        case _:
            done_on = act.on if said in ("faite", "faite_vue") else None
            questions.answer(connection, act, question=row["id"], done_on=done_on, proof=said == "faite_vue")
