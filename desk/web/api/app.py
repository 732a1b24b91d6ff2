"""The application of the API, mounted under `/api/v1` of the desk: its routes, its errors, its OpenAPI."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from desk.web.api import reading, writing
from desk.web.api.doors import CALLS
from desk.web.guard import Turnstile
from desk.web.staff.office import Office
from store.scope import OutOfSightError
from tracks.errors import JalonError

PREFIX = "/api/v1"
LARGEST_BODY = 4 * 1024 * 1024  # bytes
SAYS = (
    "Les actions du bureau pour le logiciel d'un département. Chaque appel montre un jeton (`jalon token add`), dont "
    "le rôle borne ce qu'il lit et ce qu'il fait ; chaque écriture est signée `api:NOM` au journal."
)


def create_api(office: Office) -> FastAPI:
    """Without pages of its own: they would ask another host for their scripts. The contract is `openapi.json`."""
    api = FastAPI(
        title="Jalon",
        version="1",
        description=SAYS,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
        redirect_slashes=False,
    )
    api.state.office = office
    api.state.turnstile = Turnstile(CALLS)
    router = APIRouter()
    reading.add_routes(router)
    writing.add_routes(router)
    api.include_router(router)
    api.add_exception_handler(JalonError, refused)
    api.add_exception_handler(RequestValidationError, unreadable)
    return api


async def refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, OutOfSightError) else 409
    return JSONResponse({"detail": str(error)}, status)


async def unreadable(request: Request, error: Exception) -> Response:
    """Where and why; never what was sent."""
    assert isinstance(error, RequestValidationError)
    found = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return JSONResponse({"detail": found}, 422)
