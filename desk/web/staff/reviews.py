"""*Revues*: the queue, each review with what it still waits for, its file, its papers. Each opening is noted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import words
from desk.dossier import pseudonym_of
from desk.review_steps import rules_of
from desk.web.forms import Form
from desk.web.staff.deadlines import deadline
from desk.web.staff.doors import Visitor, number, shown, staff_page
from desk.web.staff.review_forms import FIELDS, FORMS, LABELS, MEASURE, choices_of
from store import accounts, panels, procedure, review_queue
from store import reviews as pieces
from tracks import french
from tracks.review import Role, Step, row_from
from tracks.standing import Standing, missing
from tracks.vocabulary import OUTCOMES, DeskRole, Outcome, ReviewKind, ReviewStatus

PATH = "/revues/r{id:int}"
REVIEWS = frozenset({DeskRole.REFERENT, DeskRole.COORDINATOR, DeskRole.REVIEWER, DeskRole.DECIDER})
ASSIGNERS = frozenset({DeskRole.COORDINATOR, DeskRole.DECIDER})
SAID = {
    "confiee": "La revue est confiée.",
    "etape": "L’étape est notée et signée de votre nom.",
    "decidee": "La décision est enregistrée, signée de votre nom. La personne peut lire ces motifs.",
}
COMMAND = re.compile(r" \((?:jalon |observations |panel |--)[^)]*\)")  # what a sentence says to whoever types


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A step that this account may make from here; `waits`: what it still lacks, in French."""

    step: Step
    label: str
    fields: tuple[str, ...]
    waits: tuple[str, ...]


def routes() -> list[BaseRoute]:
    return [
        shown("/revues", show_queue, roles=REVIEWS),
        shown(PATH, show, roles=REVIEWS),
    ]


def show_queue(visitor: Visitor, request: Request) -> Response:
    decided, page = request.query_params.get("etat") == "decidees", page_of(request)
    with visitor.office.reading() as connection:
        found = review_queue.queue(connection, visitor.scope, decided=decided, page=page)
    return staff_page(
        visitor,
        "reviews.html",
        rows=[(row, named(visitor, row), deadline(row["deadline_on"], visitor.on)) for row in found.rows],
        total=found.total,
        page=page,
        pages=-(-found.total // review_queue.PAGE),
        decided=decided,
        words=words,
    )


def page_of(request: Request) -> int:
    """The page asked for, from 1; the first for anything else."""
    asked = request.query_params.get("page", "1")
    return int(asked) if asked.isdecimal() and len(asked) < 6 and int(asked) else 1


def named(visitor: Visitor, row: Any) -> str:
    """Who a review is about: a name, a pseudonym for whoever only studies it, the service."""
    if row["case_id"] is None:
        return "Le service"
    if review_queue.names(visitor.scope):
        return f"{row['first_name']} {row['last_name']}"
    return pseudonym_of(row["salt"], territory=visitor.scope.territory, person=row["person_id"])


def opened(visitor: Visitor, review: int, page: str) -> Any:
    """The row, once its opening is noted. OutOfSightError: not theirs, and nothing is noted."""
    with visitor.office.noting() as connection:
        row = review_queue.in_sight(connection, visitor.scope, review=review)
        review_queue.note_read(connection, visitor.scope, row=row, page=page, at=visitor.at)
    return row


def show(visitor: Visitor, request: Request) -> Response:
    said = SAID.get(request.query_params.get("dit", ""), "")
    return review_page(visitor, number(request), Form(), said=said)


def review_page(visitor: Visitor, review: int, form: Form, *, said: str = "") -> Response:
    """One review: where it stands, what each step waits for, and the forms that this account may send."""
    row = opened(visitor, review, "revue")
    followed = row["kind"] == ReviewKind.COMPLIANCE
    rules = rules_of(visitor.office.territory, row)
    with visitor.office.reading() as connection:
        at = procedure.read_standing(connection, visitor.act(), review=row, rules=rules) if followed else None
        evidence = pieces.pieces(connection, review=review)
        offers = list(offered(visitor, at)) if at else []
        wanted = any(offer.step is Step.PANEL and not offer.waits for offer in offers)
        sessions = panels.sessions(connection, territory=visitor.scope.territory) if wanted else []
        assigns = visitor.scope.role in ASSIGNERS and row["outcome"] is None
        staff = accounts.listed(connection, territory=visitor.scope.territory) if assigns else []
    outcomes, waits = decisions(visitor, row, at)
    return staff_page(
        visitor,
        "review.html",
        status=422 if form.mistakes else 200,
        said=said,
        form=form,
        evidence=evidence,
        at=at,
        window=window(at, visitor.on) if at else [],
        offers=offers,
        sessions=[one for one in sessions if one["starts_at"] > visitor.at],
        wall=visitor.office.territory.calendar.wall_clock,
        choices=choices_of(rules.procedure.at(visitor.on)),
        staff=[one["name"] for one in staff if DeskRole(one["role"]) in REVIEWS and one["disabled_at"] is None],
        outcomes=outcomes,
        waits=waits,
        measures=MEASURE,
        labels=LABELS,
        **about(visitor, row),
    )


def about(visitor: Visitor, row: Any) -> dict[str, Any]:
    """What the top of every page of a review says."""
    tracks = visitor.office.territory.tracks
    return {
        "row": row,
        "who": named(visitor, row),
        "path": f"/revues/r{row['id']}",
        "title": tracks[row["track"]].title if row["track"] in tracks else row["track"],
        "due": deadline(row["deadline_on"] if row["outcome"] is None else None, visitor.on),
        "opens_file": visitor.scope.role in (DeskRole.REFERENT, DeskRole.COORDINATOR),
        "words": words,
    }


def role_of(visitor: Visitor) -> Role:
    """That of the account; an account of a decider decides only where revue.toml gives its name the signature."""
    match visitor.scope.role:
        case DeskRole.COORDINATOR:
            return Role.COORDINATOR
        case DeskRole.REVIEWER:
            return Role.REVIEWER
        case DeskRole.DECIDER:
            signs = visitor.office.territory.procedure.decider_named(visitor.scope.name, on=visitor.on)
            return Role.DECIDER if signs else Role.REVIEWER
        case _:
            return Role.REFERENT


def offered(visitor: Visitor, at: Standing) -> Iterator[Offer]:
    """The steps of the table from here that this account may make, in the order of the procedure."""
    for step, label in FORMS.items():
        row = row_from(step, at.status)
        if row is None or role_of(visitor) not in row.roles:
            continue
        waits = [missing(need, at, served=True) for need in row.needs]
        yield Offer(
            step=step, label=label, fields=FIELDS.get(step, ()), waits=tuple(plain(why) for why in waits if why)
        )


def plain(why: str) -> str:
    """A condition as the page says it: without the command that would meet it."""
    return french.sentence(COMMAND.sub("", why))


def decisions(visitor: Visitor, row: Any, at: Standing | None) -> tuple[list[Outcome], dict[str, tuple[str, ...]]]:
    """What this account may decide now, and what the rest waits for."""
    if row["outcome"] is not None:
        return [], {}
    possible = OUTCOMES[ReviewKind(row["kind"])]
    if at is None:
        return list(possible), {}
    now: list[Outcome] = []
    waits: dict[str, tuple[str, ...]] = {}
    for outcome in possible:
        table = row_from(Step.DECIDE, at.status, outcome=outcome)
        if table is None:
            waits[words.OUTCOME[outcome]] = ("La personne doit d’abord avoir reçu un avis et pu répondre.",)
        elif role_of(visitor) not in table.roles:
            waits[words.OUTCOME[outcome]] = ("Réservée à qui a délégation de signature.",)
        elif lacking := tuple(plain(why) for need in table.needs if (why := missing(need, at))):
            waits[words.OUTCOME[outcome]] = lacking
        else:
            now.append(outcome)
    return now, waits


def window(at: Standing, on: date) -> list[tuple[str, str]]:
    """The observation window: it starts on the proved receipt, and its remaining days."""
    if at.notice is None:
        return [("Avis de procédure", "pas encore adressé à la personne")]
    found = [
        ("Avis de procédure", f"{french.full_date(at.notice.on)}, mesure envisagée : {MEASURE[at.measure or '']}"),
        (
            "Réception prouvée",
            french.full_date(at.received_on) if at.received_on else "pas encore : aucun délai ne court",
        ),
    ]
    until = at.observations_until
    if until == date.max:
        found.append(("Observations", "suspendues par une pause sans terme"))
    elif until is not None:
        left = (until - on).days
        rest = f"encore {french.plural(left, 'jour')}" if left > 0 else "dernier jour" if left == 0 else "terminées"
        found.append(("Observations", f"jusqu’au {french.full_date(until)} inclus, {rest}"))
    said = [f"{LABELS.get(done.step, done.step)} ({french.full_date(done.on)})" for done in at.unanswered]
    if said:
        found.append(("À traiter", " ; ".join(said)))
    if at.opinion:
        found.append(("Avis de l’équipe", f"{at.opinion.details['opinion']}, {french.full_date(at.opinion.on)}"))
    elif at.session:
        found.append(("Équipe pluridisciplinaire", f"séance s{at.session.id} du {french.full_date(at.session.day)}"))
    if at.status is ReviewStatus.NOTIFIED and at.appeal_until:
        found.append(("Recours", f"possible jusqu’au {french.full_date(at.appeal_until)}"))
    return found
