"""Out to the county's own sign-in page, and back with somebody that an administrator has let in."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.web.staff.doors import note_door
from desk.web.staff.office import Office
from desk.web.staff.oidc import LASTS, Attempt, Provider, ProviderError
from desk.web.staff.sign_in import inside, sign_in_page, signed_in, with_cookie
from store import accounts

LEAVE, BACK = "/connexion/oidc", "/connexion/retour"
COOKIE = "jalon_oidc"
LOGGER = logging.getLogger("jalon.web")
UNREACHED = "Le service de connexion ne répond pas comme prévu. Réessayez, ou prévenez votre administrateur."
UNKNOWN = (
    "Vous êtes bien reconnu, mais aucun compte du bureau n’est à votre adresse. Demandez-le à votre administrateur."
)


def routes() -> list[BaseRoute]:
    note_door("GET", LEAVE, ())
    note_door("GET", BACK, ())
    return [Route(LEAVE, leave, methods=["GET"]), Route(BACK, come_back, methods=["GET"])]


def provider_of(request: Request) -> Provider:
    """HTTPException 404 where the county has named none."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise HTTPException(404)
    return provider


def leave(request: Request) -> Response:
    office: Office = request.app.state.reception
    at = office.clock()
    attempt = Attempt.begun(at, after=inside(request.query_params.get("suite", "")))
    try:
        page = provider_of(request).where_to_sign_in(attempt, back=office.url + BACK, at=at)
    except ProviderError as error:
        return unreached(request, error)
    answer = RedirectResponse(page, status_code=303)
    return with_cookie(office, answer, COOKIE, attempt.cookie, seconds=LASTS.seconds)


def come_back(request: Request) -> Response:
    """The cookie serves once, whatever comes of it."""
    answer = judged(request)
    office: Office = request.app.state.reception
    answer.delete_cookie(office.cookie(COOKIE), path="/", secure=office.over_tls, httponly=True, samesite="lax")
    return answer


def judged(request: Request) -> Response:
    office: Office = request.app.state.reception
    at, provider = office.clock(), provider_of(request)
    attempt = Attempt(request.cookies.get(office.cookie(COOKIE), "")[:1000])
    state, code = (request.query_params.get(name, "") for name in ("state", "code"))
    if not attempt.is_of(state, at=at) or not code:
        return sign_in_page(request, status=401, wrong=UNREACHED)
    try:
        who = provider.identity(attempt, code=code, back=office.url + BACK, at=at)
    except ProviderError as error:
        return unreached(request, error)
    with office.noting() as connection:
        account = accounts.of_identity(
            connection, territory=office.territory.slug, issuer=who.issuer, subject=who.subject, email=who.email
        )
    if account is None:
        return sign_in_page(request, status=401, wrong=UNKNOWN)
    return signed_in(request, account, inside(attempt.after))


def unreached(request: Request, error: ProviderError) -> Response:
    LOGGER.error("Connexion par un tiers refusée : %s.", error)
    return sign_in_page(request, status=401, wrong=UNREACHED)
