"""The web application: every route is listed here, and none is open that is not meant to be."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.web import answers, feeds, pages, receipts
from desk.web.guard import Guard
from desk.web.reception import Reception

TRUSTED = "/receipts/"  # machines that show a secret: their own pace is their contract's


def create_app(reception: Reception) -> Starlette:
    """The pages of one county. Whoever calls it opens and closes the database of `reception`."""
    app = Starlette(
        routes=routes(),
        middleware=[Middleware(Guard, trusted=TRUSTED)],
        exception_handlers={HTTPException: refused},
    )
    app.state.reception = reception
    return app


def routes() -> Sequence[BaseRoute]:
    return [
        Route("/", home, methods=["GET"]),
        Route(pages.STYLE, style, methods=["GET"]),
        Route("/favicon.ico", nothing, methods=["GET"]),
        Route(receipts.PATH, receipts.receipts, methods=["POST"]),
        Route(feeds.PATH, feeds.agenda, methods=["GET"]),
        *answers.routes(),
    ]


async def home(request: Request) -> Response:
    """Nothing to see without a link; a proxy may ask here whether the pages answer."""
    return pages.page("home.html")


async def style(request: Request) -> Response:
    kept = {"Cache-Control": "public, max-age=86400"}  # the one thing here that says nothing of anybody
    return Response(pages.resource("jalon.css"), media_type="text/css", headers=kept)


async def nothing(request: Request) -> Response:
    return Response(status_code=204)


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = pages.refusal(request, error.status_code)
    answer.headers.update(error.headers or {})  # 405 says what is allowed
    return answer
