"""*Séances*: those of the équipe pluridisciplinaire, who sits, who came, and the agenda without a name."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.dossier import pseudonym_of
from desk.web.forms import Form
from desk.web.staff.doors import Visitor, back_to, done, number, shown, staff_page
from store import dossier, panels
from store.scope import OutOfSightError
from tracks import french
from tracks.errors import JalonError
from tracks.legal import Key
from tracks.panel import Session, no_quorum, silent_since
from tracks.vocabulary import DeskRole

INSTRUCTORS = frozenset({DeskRole.COORDINATOR, DeskRole.REVIEWER, DeskRole.DECIDER})
PATH = "/seances/s{id:int}"
MOST = 60  # slots of a session
SAID = {"prevue": "La séance est prévue.", "membre": "Le membre est inscrit.", "present": "Les présents sont notés."}


def routes() -> list[BaseRoute]:
    return [
        shown("/seances", show_all, roles=INSTRUCTORS),
        done("/seances", add, roles=INSTRUCTORS),
        shown(PATH, show, roles=INSTRUCTORS),
        done(f"{PATH}/membres", add_member, roles=INSTRUCTORS),
        done(f"{PATH}/presents", note_present, roles=INSTRUCTORS),
    ]


def show_all(visitor: Visitor, request: Request) -> Response:
    return list_page(visitor, Form())


def list_page(visitor: Visitor, form: Form) -> Response:
    office = visitor.office
    with office.reading() as connection:
        rows = panels.sessions(connection, territory=visitor.scope.territory)
        asked = panels.waiting(connection, territory=visitor.scope.territory)
    after = office.territory.legal.at(Key.PANEL_REMINDER, visitor.on).value
    silent = [(row["id"], silent_since(row["asked_on"], on=visitor.on, after_days=after)) for row in asked]
    return staff_page(
        visitor,
        "sessions.html",
        status=422 if form.mistakes else 200,
        form=form,
        ahead=sorted((row for row in rows if row["starts_at"] > visitor.at), key=lambda row: row["starts_at"]),
        past=[row for row in rows if row["starts_at"] <= visitor.at][:20],
        said_of=lambda at: moment(visitor, at),
        silent=[(review, days) for review, days in silent if days],
    )


def moment(visitor: Visitor, at: datetime) -> str:
    wall = visitor.office.territory.calendar.wall_clock(at)
    return f"{french.weekday_date(wall.date())} {wall.year} à {french.clock(wall.time())}"


def add(visitor: Visitor, request: Request, form: Form) -> Response:
    starts_at, place, slots = instant(visitor, form), form.text("lieu", 120), form.text("passages", 2) or "12"
    if not place:
        form.mistakes["lieu"] = "Dites où elle se tient."
    if not slots.isdecimal() or not 1 <= int(slots) <= MOST:
        form.mistakes["passages"] = f"De 1 à {MOST} passages."
    if form.mistakes or starts_at is None:
        return list_page(visitor, form)
    with visitor.office.writing() as connection:
        session = panels.add_session(connection, visitor.act(), starts_at=starts_at, place=place, slots=int(slots))
    return back_to(f"/seances/s{session}", said="prevue")


def instant(visitor: Visitor, form: Form) -> datetime | None:
    """The local day and hour typed; None and a mistake for anything else."""
    try:
        day = datetime.fromisoformat(form.text("jour", 10)).date()
        hour = time.fromisoformat(form.text("heure", 5))
    except ValueError:
        form.mistakes["jour"] = "Un jour et une heure sont attendus, par exemple 2026-12-08 et 09:00."
        return None
    return datetime.combine(day, hour, tzinfo=ZoneInfo(visitor.office.territory.calendar.zone))


def show(visitor: Visitor, request: Request) -> Response:
    return session_page(visitor, number(request), Form(), said=SAID.get(request.query_params.get("dit", ""), ""))


def session_page(visitor: Visitor, session: int, form: Form, *, said: str = "") -> Response:
    territory = visitor.office.territory
    rules = territory.procedure.at(visitor.on).panel
    with visitor.office.reading() as connection:
        row, members, items = found(visitor, connection, session)
        salt = dossier.first_hash(connection, territory=territory.slug)
    held = Session(
        id=session,
        day=territory.calendar.day_of(row["starts_at"]),
        present=frozenset(one["seat"] for one in members if one["present"]),
    )
    return staff_page(
        visitor,
        "session.html",
        status=422 if form.mistakes else 200,
        said=said,
        form=form,
        row=row,
        when=moment(visitor, row["starts_at"]),
        begun=row["starts_at"] <= visitor.at,
        members=members,
        seats=rules.seats(),
        quorum=no_quorum(held, rules),
        wanted=rules.quorum,
        items=[
            {
                "at": french.clock(
                    wall(visitor, panels.slot_at(row["starts_at"], slot=one["slot"], minutes=rules.slot_minutes))
                ),
                "who": pseudonym_of(salt, territory=territory.slug, person=one["person_id"]),
                "review": one["review_id"],
                "track": territory.tracks[one["track"]].title,
                "reason": one["reason"],
            }
            for one in items
        ],
    )


def wall(visitor: Visitor, at: datetime) -> time:
    return visitor.office.territory.calendar.wall_clock(at).time()


def found(visitor: Visitor, connection: Any, session: int) -> Any:
    """OutOfSightError: no such session here."""
    try:
        return panels.agenda(connection, visitor.act(), session=session)
    except JalonError:
        raise OutOfSightError("Cette séance n'existe pas.") from None


def add_member(visitor: Visitor, request: Request, form: Form) -> Response:
    session, rules = number(request), visitor.office.territory.procedure.at(visitor.on).panel
    name, instead = form.text("nom", 80), form.text("remplace", 80)
    seat = form.choice("fonction", rules.seats(), missing="Choisissez une fonction.")
    if not name:
        form.mistakes["nom"] = "Dites qui siège."
    if form.mistakes:
        return session_page(visitor, session, form)
    with visitor.office.writing() as connection:
        found(visitor, connection, session)
        member = panels.Member(name=name, seat=seat, substitutes=instead or None)
        panels.add_member(connection, visitor.act(), session=session, member=member, panel=rules)
    return back_to(f"/seances/s{session}", said="membre")


def note_present(visitor: Visitor, request: Request, form: Form) -> Response:
    session = number(request)
    with visitor.office.writing() as connection:
        _, members, _ = found(visitor, connection, session)
        here = form.several("present", {one["name"]: 1 for one in members})
        for name in here:
            panels.note_present(connection, visitor.act(), session=session, name=name)
    return back_to(f"/seances/s{session}", said="present" if here else "")
