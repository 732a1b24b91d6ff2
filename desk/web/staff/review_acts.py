"""What people do to a review from the desk: each by the same function as the command line, signed by the account."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from config.procedure import same_name
from desk.review_steps import rules_of
from desk.web.forms import Form
from desk.web.staff.doors import Visitor, back_to, done, number
from desk.web.staff.review_forms import FORMS, MEASURE, WORDS, day_of, details_of
from desk.web.staff.reviews import ASSIGNERS, PATH, REVIEWS, review_page, role_of
from store import panels, procedure, remobilisation, review_queue, reviews
from store.procedure import Doing
from tracks.review import Step
from tracks.vocabulary import OUTCOMES, Measure, Outcome, ReviewKind

NAME = 80  # characters


def routes() -> list[BaseRoute]:
    return [
        done(f"{PATH}/confier", assign, roles=ASSIGNERS),
        done(f"{PATH}/etape", make_step, roles=REVIEWS),
        done(f"{PATH}/decision", decide, roles=REVIEWS),
    ]


def assign(visitor: Visitor, request: Request, form: Form) -> Response:
    review, to = number(request), form.text("a", NAME)
    if not to:
        form.mistakes["a"] = "Choisissez à qui la confier."
    if form.mistakes:
        return review_page(visitor, review, form)
    with visitor.office.writing() as connection:
        review_queue.in_sight(connection, visitor.scope, review=review)
        reviews.assign(connection, visitor.act(), review=review, to=to)
    return back_to(f"/revues/r{review}", said="confiee")


def make_step(visitor: Visitor, request: Request, form: Form) -> Response:
    """One step of the procedure. JalonError, as a page: whatever the table, the roles or a condition refuse."""
    review, named = number(request), form.given.get("etape", ("",))[0]
    with visitor.office.reading() as connection:
        review_queue.in_sight(connection, visitor.scope, review=review)
    if named not in FORMS:
        raise HTTPException(400)
    step = Step(named)
    version = visitor.office.territory.procedure.at(visitor.on)
    doing = Doing(
        step=step,
        role=role_of(visitor),
        on=day_of(form, step),
        details=details_of(form, step, version),
        measure=Measure(said) if step is Step.NOTIFY and (said := measure_of(form)) else None,
    )
    if form.mistakes:
        return review_page(visitor, review, form)
    with visitor.office.writing() as connection:
        row = review_queue.in_sight(connection, visitor.scope, review=review)
        write(visitor, connection, row, doing, form)
    return back_to(f"/revues/r{review}", said="etape")


def measure_of(form: Form) -> str:
    return form.choice("mesure", MEASURE, missing="Dites la mesure envisagée.")


def write(visitor: Visitor, connection: Any, row: Any, doing: Doing, form: Form) -> None:
    """By the functions of the command line; three steps do more than a line in the file."""
    act, rules, review = visitor.act(), rules_of(visitor.office.territory, row), row["id"]
    match doing.step:
        case Step.COMPLIED:
            remobilisation.note_compliance(
                connection,
                act,
                review=review,
                role=doing.role,
                what=doing.details["note"],
                day=doing.on or act.on,
                rules=rules,
                coordinators=len(visitor.office.territory.coordinators),
            )
            return
        case Step.PANEL:
            session = int(said) if (said := form.text("seance", 10)).isdecimal() else 0
            slot = panels.put_on_agenda(connection, act, session=session, review=review)
            doing = Doing(step=doing.step, role=doing.role, details={"session": session, "slot": slot})
        case Step.WITHDRAW:
            outcome = Outcome.NO_ACTION if row["outcome"] is None else None
            reasons = doing.details["note"]
            details = dict(doing.details)
            doing = Doing(step=doing.step, role=doing.role, outcome=outcome, reasons=reasons, details=details)
    procedure.make(connection, act, review=review, doing=doing, rules=rules)


def decide(visitor: Visitor, request: Request, form: Form) -> Response:
    """A decision has reasons and a name, typed by whoever takes it; without them nothing is written."""
    review = number(request)
    with visitor.office.reading() as connection:
        kind = ReviewKind(review_queue.in_sight(connection, visitor.scope, review=review)["kind"])
    among = {outcome.value: outcome for outcome in OUTCOMES[kind]}
    outcome = form.choice("issue", among, missing="Choisissez une issue.")
    reasons, name = form.text("motifs", WORDS), form.text("nom", NAME)
    if not reasons and "motifs" not in form.mistakes:
        form.mistakes["motifs"] = "Une décision se motive, en droit et en fait : la personne lira ces mots."
    if same_name(name) != same_name(visitor.scope.name):
        form.mistakes["nom"] = f"Écrivez votre nom, tel que sur votre compte : {visitor.scope.name}."
    told = form.given.get("mesure", ("",))[0]
    if told and told not in MEASURE:
        raise HTTPException(400)
    if form.mistakes:
        return review_page(visitor, review, form)
    decision = reviews.Decision(outcome=Outcome(outcome), reasons=reasons)
    with visitor.office.writing() as connection:
        row = review_queue.in_sight(connection, visitor.scope, review=review)
        if kind is not ReviewKind.COMPLIANCE:
            reviews.decide(connection, visitor.act(), review=review, decision=decision)
        else:
            procedure.decide(
                connection,
                visitor.act(),
                review=review,
                decision=decision,
                role=role_of(visitor),
                rules=rules_of(visitor.office.territory, row),
                measure=Measure(told) if told else None,
            )
    return back_to(f"/revues/r{review}", said="decidee")
