"""Signing in and out, and the link by which a new account chooses its password."""

from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.web import proofs
from desk.web.forms import Form, read_form
from desk.web.pages import page
from desk.web.staff import passwords
from desk.web.staff.doors import COOKIE, EVERYBODY, SIGN_IN, Visitor, done, note_door, visitor_of
from desk.web.staff.office import Office
from store import accounts, sign_ins
from store.accounts import NewAccount
from store.tokens import new_secret
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole

ENTRY = "jalon_entree"  # the secret of a browser where nobody is signed in yet
SIGN_OUT, OPENING = "/deconnexion", "/compte/{token}"
WRONG = (
    "Adresse ou mot de passe inexact. Après cinq essais, le compte est bloqué un quart d’heure ; "
    "votre administrateur peut vous envoyer un nouveau lien."
)


def routes() -> list[BaseRoute]:
    for method, path in (("GET", SIGN_IN), ("POST", SIGN_IN), ("GET", OPENING), ("POST", OPENING)):
        note_door(method, path, ())
    return [
        Route(SIGN_IN, show, methods=["GET"]),
        Route(SIGN_IN, posted(sign_in), methods=["POST"]),
        done(SIGN_OUT, sign_out, roles=EVERYBODY),
        Route(OPENING, show_opening, methods=["GET"]),
        Route(OPENING, posted(open_account), methods=["POST"]),
    ]


def posted(receive: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(receive, request, form)

    return endpoint


def show(request: Request) -> Response:
    if visitor_of(request) is not None:
        return RedirectResponse("/", status_code=303)
    return sign_in_page(request)


def sign_in_page(request: Request, *, status: int = 200, wrong: str = "", email: str = "", after: str = "") -> Response:
    office: Office = request.app.state.reception
    secret, new = entry_of(request)
    values = {
        "wrong": wrong,
        "email": email,
        "after": after or inside(request.query_params.get("suite", "")),
        "proof": proofs.proof(secret, SIGN_IN, office.clock()),
        "oidc": office.oidc.name if office.oidc else None,
        "county": office.territory.name,
    }
    answer = page("staff/sign_in.html", status=status, **values)
    return with_entry(office, answer, secret) if new else answer


def entry_of(request: Request) -> tuple[str, bool]:
    """The secret of this browser, and whether it is new to it."""
    office: Office = request.app.state.reception
    known = request.cookies.get(office.cookie(ENTRY), "")
    return (known, False) if 40 <= len(known) <= 100 else (new_secret(), True)


def with_entry(office: Office, answer: Response, secret: str) -> Response:
    return with_cookie(office, answer, ENTRY, secret)


def with_cookie(office: Office, answer: Response, name: str, value: str, *, seconds: int | None = None) -> Response:
    """Out of reach of scripts and of other sites; for the session of the browser unless `seconds` are said."""
    answer.set_cookie(
        office.cookie(name), value, max_age=seconds, path="/", secure=office.over_tls, httponly=True, samesite="lax"
    )
    return answer


def inside(path: str) -> str:
    """A page of ours to go back to; the first page for anything else."""
    found = urlsplit(path)
    safe = path.startswith("/") and not path.startswith("//") and not found.netloc and path.isprintable()
    return path if safe and "\\" not in path and not path.startswith(SIGN_IN) and len(path) < 500 else "/"


def check_entry(request: Request, form: Form, path: str) -> None:
    office: Office = request.app.state.reception
    secret, new = entry_of(request)
    if new:
        raise HTTPException(403)
    proofs.check(secret, path, form.given.get("preuve", ("",))[0], at=office.clock())


def sign_in(request: Request, form: Form) -> Response:
    """In, or 401 with the same words whatever was wrong."""
    check_entry(request, form, SIGN_IN)
    office: Office = request.app.state.reception
    at, slug = office.clock(), office.territory.slug
    email, password = (form.given.get(name, ("",))[0] for name in ("courriel", "mot_de_passe"))
    with office.reading() as connection:
        account = accounts.of_email(connection, territory=slug, email=email)
    usable = account is not None and account["disabled_at"] is None
    locked = account is not None and account["locked_until"] is not None and account["locked_until"] > at
    right = len(password) <= passwords.LONGEST and passwords.is_right(
        account["password_hash"] if account and usable else None, password
    )
    if account is None or not usable or locked or not right:
        if account is not None and usable and not locked:
            with office.noting() as connection:
                fresh = accounts.of_email(connection, territory=slug, email=email)
                if fresh is not None:
                    accounts.failed(connection, account=fresh, at=at)
        return sign_in_page(request, status=401, wrong=WRONG, email=email[:254], after=after_of(form))
    return signed_in(request, account["id"], after_of(form))


def after_of(form: Form) -> str:
    return inside(form.given.get("suite", ("/",))[0])


def signed_in(request: Request, account: int, after: str) -> Response:
    """A new secret for this browser, whatever it held before."""
    office: Office = request.app.state.reception
    at = office.clock()
    with office.noting() as connection:
        accounts.succeeded(connection, account=account)
        token = sign_ins.open_for(connection, territory=office.territory.slug, account=account, at=at)
    answer = RedirectResponse(after, status_code=303)
    with_cookie(office, answer, COOKIE, token)
    answer.delete_cookie(office.cookie(ENTRY), path="/", secure=office.over_tls, httponly=True, samesite="lax")
    return answer


def sign_out(visitor: Visitor, request: Request, form: Form) -> Response:
    office = visitor.office
    with office.noting() as connection:
        sign_ins.end(connection, territory=office.territory.slug, token=visitor.token, at=visitor.at)
    answer = RedirectResponse(SIGN_IN, status_code=303)
    answer.delete_cookie(office.cookie(COOKIE), path="/", secure=office.over_tls, httponly=True, samesite="lax")
    return answer


def show_opening(request: Request) -> Response:
    """The page of a one-time link; opening it spends nothing."""
    return opening_page(request, Form())


def opening_page(request: Request, form: Form) -> Response:
    office: Office = request.app.state.reception
    token = request.path_params["token"]
    with office.reading() as connection:
        found = accounts.invited(connection, territory=office.territory.slug, token=token, at=office.clock())
    if found is None:
        raise HTTPException(404)
    secret, new = entry_of(request)
    answer = page(
        "staff/opening.html",
        status=422 if form.mistakes else 200,
        form=form,
        invited=found,
        path=request.url.path,
        proof=proofs.proof(secret, request.url.path, office.clock()),
        shortest=passwords.SHORTEST,
        county=office.territory.name,
    )
    return with_entry(office, answer, secret) if new else answer


def open_account(request: Request, form: Form) -> Response:
    """The password is chosen, the link is spent, the person is in."""
    check_entry(request, form, request.url.path)
    office: Office = request.app.state.reception
    at, token = office.clock(), request.path_params["token"]
    with office.reading() as connection:
        found = accounts.invited(connection, territory=office.territory.slug, token=token, at=at)
    if found is None:
        raise HTTPException(404)
    first = found["account_id"] is None
    name = form.text("nom", 120) if first else found["name"]
    email = form.text("courriel", 254) if first else found["email"]
    password, again = (form.given.get(field, ("",))[0] for field in ("mot_de_passe", "encore"))
    if wrong := passwords.mistake(password, again, name=name, email=email):
        form.mistakes["mot_de_passe"] = wrong
    new = _first(form, name=name, email=email) if first else None
    if form.mistakes:
        return opening_page(request, form)
    account = _opened(office, token, new, passwords.kept(password))
    return signed_in(request, account, "/")


def _first(form: Form, *, name: str, email: str) -> NewAccount | None:
    """The first administrator, as they name themselves."""
    try:
        return NewAccount(email=email, name=name, role=DeskRole.ADMINISTRATOR)
    except JalonError as error:
        form.mistakes["nom" if not name else "courriel"] = str(error)
        return None


def _opened(office: Office, token: str, new: NewAccount | None, password_hash: str) -> int:
    """In one transaction: the link is read again, so that of two who use it at once one is let in."""
    at = office.clock()
    with office.writing() as connection:
        found = accounts.invited(connection, territory=office.territory.slug, token=token, at=at)
        if found is None:
            raise HTTPException(404)
        act = office.act(new.name if new else found["name"], at)
        account: int = accounts.add(connection, act, new) if new else found["account_id"]
        accounts.accept(connection, act, invitation=found["id"], account=account, password_hash=password_hash)
    return account
