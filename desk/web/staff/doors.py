"""Who comes in: every route of the desk is made here, with the roles that it is for, and none is open by default."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from desk import words
from desk.web import proofs
from desk.web.forms import Form, read_form
from desk.web.pages import page
from desk.web.staff.office import Office
from store import sign_ins
from store.acts import Act
from store.scope import OutOfSightError, Scope
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole

COOKIE = "jalon_bureau"
SIGN_IN = "/connexion"
EVERYBODY = frozenset(DeskRole)
FILES = frozenset({DeskRole.REFERENT, DeskRole.COORDINATOR})  # who opens people's files


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """An account at the desk, at the aware instant `at`. `token` is the secret of their browser."""

    office: Office
    scope: Scope
    token: str = field(repr=False)
    at: datetime

    @property
    def on(self) -> date:
        """The local day."""
        return self.office.territory.calendar.day_of(self.at)

    @property
    def role_said(self) -> str:
        return words.DESK_ROLE[self.scope.role]

    def act(self) -> Act:
        """Signed with the name of the account."""
        return self.office.act(self.scope.name, self.at)

    def proof(self, form: str) -> str:
        return proofs.proof(self.token, form, self.at)

    def may(self, path: str) -> bool:
        """Whether a page of ours is for this role: what the menu shows."""
        return any(door.path == path and self.scope.role in door.roles for door in DOORS.values())


@dataclass(frozen=True, slots=True)
class Door:
    """`roles` empty: open to whoever is not signed in."""

    path: str
    method: str
    roles: frozenset[DeskRole]


DOORS: dict[tuple[str, str], Door] = {}  # (method, path): the inventory that tests walk through
Show = Callable[[Visitor, Request], Response]
Do = Callable[[Visitor, Request, Form], Response]


def note_door(method: str, path: str, roles: Collection[DeskRole]) -> None:
    DOORS[method, path] = Door(path, method, frozenset(roles))


def shown(path: str, show: Show, *, roles: Collection[DeskRole]) -> Route:
    """A page that is read; it changes nothing."""
    note_door("GET", path, roles)

    def endpoint(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None:
            back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{SIGN_IN}?suite={quote(back, safe='')}", status_code=303)
        return told(visitor, roles, lambda: show(visitor, request))

    return Route(path, endpoint, methods=["GET"])


def done(path: str, do: Do, *, roles: Collection[DeskRole]) -> Route:
    """A form that changes something: signed in, from a page of ours, for this role."""
    note_door("POST", path, roles)

    def endpoint(request: Request, form: Form) -> Response:
        visitor = visitor_of(request)
        if visitor is None:
            return RedirectResponse(SIGN_IN, status_code=303)
        proofs.check(visitor.token, request.url.path, form.given.get("preuve", ("",))[0], at=visitor.at)
        return told(visitor, roles, lambda: do(visitor, request, form))

    async def posted(request: Request) -> Response:
        return await run_in_threadpool(endpoint, request, await read_form(request))

    return Route(path, posted, methods=["POST"])


def told(visitor: Visitor, roles: Collection[DeskRole], answer: Callable[[], Response]) -> Response:
    """The answer, or why there is none. HTTPException: 403 for another role, 404 for what is not theirs to see."""
    if visitor.scope.role not in roles:
        raise HTTPException(403)
    try:
        return answer()
    except OutOfSightError:
        raise HTTPException(404) from None
    except JalonError as error:
        return staff_page(visitor, "refused.html", status=409, why=str(error))


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in with this browser; None: nobody, or no longer."""
    office: Office = request.app.state.reception
    token = request.cookies.get(office.cookie(COOKIE), "")
    if not token or len(token) > 100:
        return None
    at, slug = office.clock(), office.territory.slug
    with office.reading() as connection:
        found = sign_ins.of_token(connection, territory=slug, token=token, at=at)
    if found is None:
        return None
    scope, due = found
    if due:
        with office.noting() as connection:
            sign_ins.seen(connection, territory=slug, token=token, at=at)
    return Visitor(office=office, scope=scope, token=token, at=at)


def staff_page(visitor: Visitor, name: str, /, *, status: int = 200, **values: Any) -> Response:
    return page(f"staff/{name}", status=status, visitor=visitor, **values)


def number(request: Request, name: str = "id") -> int:
    """The id in a path; HTTPException 404 beyond what a database counts."""
    found: int = request.path_params[name]
    if found >= 2**63:
        raise HTTPException(404)
    return found


def back_to(path: str, *, said: str = "", at: str = "") -> Response:
    """To a page of ours, which then says `said`."""
    return RedirectResponse(path + (f"?dit={said}" if said else "") + (f"#{at}" if at else ""), status_code=303)
