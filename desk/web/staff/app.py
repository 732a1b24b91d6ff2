"""The application of the desk: every page is listed here, each behind its door."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from desk.web.api.app import LARGEST_BODY, PREFIX, create_api
from desk.web.guard import HEADERS, Guard
from desk.web.pages import page, resource
from desk.web.staff import (
    accessibility,
    oidc_pages,
    people,
    person,
    person_acts,
    readings,
    review_acts,
    review_file,
    reviews,
    run_now,
    sendings,
    sessions,
    sign_in,
    today,
    tracks,
)
from desk.web.staff.doors import note_door
from desk.web.staff.office import Office
from desk.web.staff.oidc import Provider

# The style sheet draws its signs itself, from data written in it.
STAFF_HEADERS = HEADERS | {
    "content-security-policy": HEADERS["content-security-policy"] + "; img-src data:",
}
ASSETS = {
    "/pico.css": ("assets/pico.min.css", "text/css"),
    "/bureau.css": ("assets/desk.css", "text/css"),
    "/htmx.js": ("assets/htmx.min.js", "text/javascript"),  # for the page that follows a run, and no other
}

REFUSALS: dict[int, tuple[str, str]] = {
    400: ("Demande non comprise", "Revenez en arrière et réessayez."),
    403: (
        "Cette page n’est pas pour vous",
        "Elle est réservée à un autre rôle, ou elle est restée ouverte trop longtemps. Revenez à l’accueil.",
    ),
    404: ("Rien à cette adresse", "Ce dossier n’existe pas, ou il n’est pas parmi ceux que vous suivez."),
    405: ("Demande non prévue", "Cette page ne s’utilise pas ainsi. Revenez à l’accueil."),
    413: ("Texte trop long", "Rien n’a été enregistré. Revenez en arrière et raccourcissez votre texte."),
    415: ("Demande non comprise", "Revenez en arrière et réessayez."),
    429: ("Trop de demandes à la fois", "Attendez une minute, puis réessayez."),
    500: ("Un problème de notre côté", "Rien n’a été enregistré. Réessayez dans quelques minutes."),
}


def create_desk(office: Office) -> Starlette:
    """The desk of one county. Whoever calls it opens and closes the database of `office`."""
    app = Starlette(
        routes=[*routes(), Mount(PREFIX, create_api(office))],
        middleware=[Middleware(Guard, headers=STAFF_HEADERS, says=refusal, roomy={f"{PREFIX}/imports/": LARGEST_BODY})],
        exception_handlers={HTTPException: refused},
    )
    app.state.reception = office
    app.state.provider = Provider(office.oidc) if office.oidc else None
    return app


def routes() -> Sequence[BaseRoute]:
    for path in (*ASSETS, "/favicon.ico"):
        note_door("GET", path, ())
    return [
        *(Route(path, asset, methods=["GET"]) for path in ASSETS),
        Route("/favicon.ico", nothing, methods=["GET"]),
        *sign_in.routes(),
        *oidc_pages.routes(),
        *accessibility.routes(),
        *today.routes(),
        *people.routes(),
        *person.routes(),
        *person_acts.routes(),
        *reviews.routes(),
        *review_acts.routes(),
        *review_file.routes(),
        *sessions.routes(),
        *sendings.routes(),
        *readings.routes(),
        *tracks.routes(),
        *run_now.routes(),
    ]


async def asset(request: Request) -> Response:
    file, kind = ASSETS[request.url.path]
    kept = {"Cache-Control": "public, max-age=86400"}  # the one thing here that says nothing of anybody
    return Response(resource(file), media_type=kind, headers=kept)


async def nothing(request: Request) -> Response:
    return Response(status_code=204)


def refusal(request: Request, status: int) -> Response:
    """The page of an error: nothing in it comes from the request."""
    title, next_step = REFUSALS.get(status, REFUSALS[500])
    if request.url.path.startswith(PREFIX):
        return JSONResponse(
            {"detail": f"{title}. {next_step}"}, status, {"Retry-After": "60"} if status == 429 else None
        )
    values: dict[str, Any] = {"title": title, "next_step": next_step}
    answer = page("staff/refusal.html", status=status, **values)
    if status == 429:
        answer.headers["Retry-After"] = "60"
    return answer


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = refusal(request, error.status_code)
    answer.headers.update(error.headers or {})  # 405 says what is allowed
    return answer
