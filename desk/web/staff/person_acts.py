"""What is changed in a person's file: an outcome, a pause, the contact details, the referent. By the same functions as
the command line; each checks first that the file is one of those that the account follows."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.web.forms import Form, new_contact
from desk.web.staff.doors import FILES, Visitor, back_to, done, number, shown, staff_page
from desk.web.staff.person import PATH, SAID, about, opened
from desk.web.staff.today import OUTCOMES
from store import changes, declarations, outcomes
from store import schema as s
from store.acts import found
from store.handover import plan_handover, write_handover
from store.person_file import other_referents, read_head
from store.scope import OutOfSightError, sight
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, DeskRole

COORDINATION = (DeskRole.COORDINATOR,)
REASON = 120  # characters


def routes() -> list[BaseRoute]:
    return [
        done(f"{PATH}/rendez-vous/a{{appointment:int}}", say_outcome, roles=FILES),
        shown(f"{PATH}/pause", show_pause, roles=FILES),
        done(f"{PATH}/pause", pause, roles=FILES),
        done(f"{PATH}/reprise", resume, roles=FILES),
        shown(f"{PATH}/coordonnees", show_contact, roles=FILES),
        done(f"{PATH}/coordonnees", correct, roles=FILES),
        done(f"{PATH}/coordonnees/d{{declaration:int}}", restore, roles=FILES),
        shown(f"{PATH}/referent", show_referent, roles=COORDINATION),
        done(f"{PATH}/referent", change_referent, roles=COORDINATION),
    ]


def written(visitor: Visitor, request: Request, write: Callable[[Connection, int], str]) -> Response:
    """Back to the file, which says what `write` did. OutOfSightError: not theirs, and nothing is written."""
    case = number(request)
    with visitor.office.writing() as connection:
        sight(connection, visitor.scope, case)
        said = write(connection, case)
    return back_to(f"/personnes/c{case}", said=said)


def say_outcome(visitor: Visitor, request: Request, form: Form) -> Response:
    """Compare-and-swap: the page says what it showed, and an appointment that changed since is left as it is."""

    def write(connection: Connection, case: int) -> str:
        act, id_ = visitor.act(), number(request, "appointment")
        status, was = (form.given.get(name, ("",))[0] for name in ("suite", "vu"))
        if status not in OUTCOMES:
            raise HTTPException(400)
        row = found(connection, act, table=s.appointments, id=id_, what=f"Rendez-vous a{id_}")
        if row["case_id"] != case:
            raise OutOfSightError("Ce rendez-vous n'est pas de ce dossier.")
        if row["status"] != was:
            raise JalonError(
                "Quelqu'un a noté autre chose entre-temps : relisez le dossier, puis corrigez s'il le faut."
            )
        outcomes.say(connection, act, appointment=id_, said=outcomes.Said(status=AppointmentStatus(status)))
        return "note"

    return written(visitor, request, write)


def head_of(visitor: Visitor, request: Request, page: str) -> Any:
    case = number(request)
    opened(visitor, case, page)
    with visitor.office.reading() as connection:
        return read_head(connection, visitor.scope, case=case)


def show_pause(visitor: Visitor, request: Request) -> Response:
    return pause_page(visitor, request, Form({"du": (visitor.on.isoformat(),)}))


def pause_page(visitor: Visitor, request: Request, form: Form) -> Response:
    values = about(visitor, head_of(visitor, request, "dossier"))
    status = 422 if form.mistakes else 200
    return staff_page(visitor, "pause.html", status=status, form=form, most=REASON, **values)


def a_day(form: Form, name: str, *, required: bool) -> date | None:
    given = form.given.get(name, ("",))[0].strip()
    if not given and not required:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        form.mistakes[name] = "Un jour est attendu, par exemple 2026-12-08."
        return None


def pause(visitor: Visitor, request: Request, form: Form) -> Response:
    first, last = a_day(form, "du", required=True), a_day(form, "au", required=False)
    reason = form.text("motif", REASON)
    if not reason and "motif" not in form.mistakes:
        form.mistakes["motif"] = "Dites pourquoi, en quelques mots que la personne peut lire."
    if first and last and last < first:
        form.mistakes["au"] = "La pause finirait avant de commencer."
    if form.mistakes or first is None:
        return pause_page(visitor, request, form)

    def write(connection: Connection, case: int) -> str:
        act = visitor.act()
        changes.add_pause(connection, act, case=case, first_day=first, last_day=last, reason=reason)
        return "pause"

    return written(visitor, request, write)


def resume(visitor: Visitor, request: Request, form: Form) -> Response:
    """Today is the last day of the pause."""

    def write(connection: Connection, case: int) -> str:
        changes.end_pause(connection, visitor.act(), case=case, last_day=visitor.on)
        return "reprise"

    return written(visitor, request, write)


def show_contact(visitor: Visitor, request: Request) -> Response:
    return contact_page(visitor, request, Form())


def contact_page(visitor: Visitor, request: Request, form: Form) -> Response:
    head = head_of(visitor, request, "coordonnees")
    with visitor.office.reading() as connection:
        told = declarations.declared(connection, territory=visitor.scope.territory, person=head["person_id"])
    status = 422 if form.mistakes else 200
    said = SAID.get(request.query_params.get("dit", ""), "")
    values = {"form": form, "declared": told[::-1], "said": said} | about(visitor, head)
    return staff_page(visitor, "contact.html", status=status, **values)


def correct(visitor: Visitor, request: Request, form: Form) -> Response:
    new = new_contact(form, visitor.office.territory.departement)
    if form.mistakes:
        return contact_page(visitor, request, form)

    def write(connection: Connection, case: int) -> str:
        person = sight(connection, visitor.scope, case)["person_id"]
        return "coordonnees" if declarations.correct(connection, visitor.act(), person=person, new=new) else "memes"

    return written(visitor, request, write)


def restore(visitor: Visitor, request: Request, form: Form) -> Response:
    def write(connection: Connection, case: int) -> str:
        act, id_ = visitor.act(), number(request, "declaration")
        row = found(connection, act, table=s.declarations, id=id_, what=f"Déclaration d{id_}")
        if row["person_id"] != sight(connection, visitor.scope, case)["person_id"]:
            raise OutOfSightError("Cette déclaration n'est pas de cette personne.")
        declarations.undo(connection, act, declaration=id_)
        return "remises"

    return written(visitor, request, write)


def show_referent(visitor: Visitor, request: Request) -> Response:
    head = head_of(visitor, request, "dossier")
    with visitor.office.reading() as connection:
        others = other_referents(connection, visitor.scope, than=head["referent_id"] or 0)
    return staff_page(visitor, "referent.html", others=others, **about(visitor, head))


def change_referent(visitor: Visitor, request: Request, form: Form) -> Response:
    """One case changes hands as a whole caseload does: appointments, questions, reviews, and a word to the person."""
    wanted = form.given.get("referent", ("",))[0]
    territory = visitor.office.territory

    def write(connection: Connection, case: int) -> str:
        act, row = visitor.act(), sight(connection, visitor.scope, case)
        takers = {one["id"] for one in other_referents(connection, visitor.scope, than=row["referent_id"] or 0)}
        taker = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
        if taker not in takers:
            raise JalonError("Choisissez un référent dans la liste.")
        if row["referent_id"] is None or row["left_on"] is not None:
            raise JalonError("Ce dossier est clos ou sans référent : il ne passe de personne à personne.")
        plan = plan_handover(
            connection,
            act,
            leaving=row["referent_id"],
            takers=[taker],
            from_day=visitor.on,
            notice_days=territory.file.handover_notice_days,
            calendar=territory.calendar,
            case=case,
        )
        write_handover(connection, act, plan)
        return "referent"

    return written(visitor, request, write)
