"""*Parcours*, run now: a dry run first, its figures, then the same for good; each followed as it goes."""

from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.web import wording
from desk.web.forms import Form
from desk.web.guard import HEADERS
from desk.web.staff.doors import Visitor, back_to, done, number, shown, staff_page
from desk.web.staff.tracks import NO_SCHEDULER, Figures, launch_title, track_of
from store import launches
from store.scope import OutOfSightError
from tasks import launched, scheduler
from tracks.errors import JalonError
from tracks.policy import TrackPolicy
from tracks.vocabulary import DeskRole

COORDINATION = (DeskRole.COORDINATOR,)
# The only page with a script, htmx, vendored: it asks for this page again, and for nothing else.
FOLLOWED = HEADERS["content-security-policy"] + "; img-src data:; script-src 'self'; connect-src 'self'"


def routes() -> list[BaseRoute]:
    return [
        done("/parcours/{slug}/essai", try_it, roles=COORDINATION),
        done("/parcours/{slug}/appliquer", apply_it, roles=COORDINATION),
        shown("/parcours/{slug}/l{id:int}", follow, roles=COORDINATION),
    ]


def try_it(visitor: Visitor, request: Request, form: Form) -> Response:
    return launch(visitor, track_of(visitor, request), after=None)


def apply_it(visitor: Visitor, request: Request, form: Form) -> Response:
    given = form.given.get("essai", ("",))[0]
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise JalonError("Il faut d'abord un essai à blanc de ce parcours. Rien n'a été lancé.")
    return launch(visitor, track_of(visitor, request), after=int(given))


def launch(visitor: Visitor, track: TrackPolicy, *, after: int | None) -> Response:
    """Ask, then hand to the scheduler; whoever comes second follows the one that is there. JalonError: no scheduler."""
    office, slug = visitor.office, visitor.office.territory.slug
    api = office.find_scheduler()
    if api is None:
        raise JalonError(NO_SCHEDULER)
    with office.writing() as connection:
        id_, is_new = launches.ask(connection, visitor.act(), track=track.slug, after=after)
    if is_new:
        try:
            run = scheduler.start(api, track.slug, on=visitor.on, apply=after is not None, launch=id_)
        except scheduler.NoSchedulerError:
            give_up(visitor, id_, NO_SCHEDULER)
            raise JalonError(NO_SCHEDULER) from None
        with office.noting() as connection:
            launches.sent(connection, territory=slug, launch=id_, flow_run=run)
    return back_to(f"/parcours/{track.slug}/l{id_}")


def follow(visitor: Visitor, request: Request) -> Response:
    track = track_of(visitor, request)
    row = settled(visitor, found(visitor, track, number(request)))
    calendar, over = visitor.office.territory.calendar, row["finished_at"] is not None
    with visitor.office.reading() as connection:
        applied = launches.applied(connection, territory=visitor.office.territory.slug, dry=row["id"])
    answer = staff_page(
        visitor,
        "launch.html",
        track=track,
        launch=row,
        title=launch_title(row),
        asked=wording.moment(row["asked_at"], calendar),
        over=over,
        figures=Figures.of(row["counts"]) if row["counts"] else None,
        applied=applied,
        waiting=request.query_params.get("suivre") != "non",
        no_scheduler="" if over or visitor.office.find_scheduler() else NO_SCHEDULER,
    )
    if not over:
        answer.headers["content-security-policy"] = FOLLOWED
    return answer


def found(visitor: Visitor, track: TrackPolicy, launch: int) -> RowMapping:
    with visitor.office.reading() as connection:
        row = launches.one(connection, territory=visitor.office.territory.slug, launch=launch)
    if row is None or row["track"] != track.slug:
        raise OutOfSightError("Ce passage n'existe pas.")
    return row


def settled(visitor: Visitor, row: RowMapping) -> RowMapping:
    """The launch; ended as failed where its process ended without a word, or has been silent for too long."""
    if row["finished_at"] is not None or not is_lost(visitor, row):
        return row
    give_up(visitor, row["id"], launched.STOPPED)
    return found(visitor, visitor.office.territory.tracks[row["track"]], row["id"])


def is_lost(visitor: Visitor, row: RowMapping) -> bool:
    if launches.is_silent(row, at=visitor.at):
        return True
    api = visitor.office.find_scheduler() if row["flow_run"] else None
    try:
        return api is not None and scheduler.is_over(api, row["flow_run"])
    except scheduler.NoSchedulerError:
        return False


def give_up(visitor: Visitor, launch: int, why: str) -> None:
    with visitor.office.noting() as connection:
        slug = visitor.office.territory.slug
        launches.ended(connection, territory=slug, launch=launch, status="failed", at=visitor.at, why=why)
