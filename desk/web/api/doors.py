"""Who calls: every route of the API is made here, with the roles of the tokens that it is for; none is open."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from desk.web.guard import Pace, Turnstile
from desk.web.staff.office import Office
from store import api_tokens
from store.acts import Act
from store.scope import Scope
from tracks.vocabulary import DeskRole

BEARER = HTTPBearer(auto_error=False, description="Un jeton de `jalon token add`.")
CALLS = Pace(per_minute=300, burst=120)  # of one token
ROLES: dict[tuple[str, str], frozenset[DeskRole]] = {}  # (method, path): the inventory that tests walk through


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A token at the aware instant `at`; it sees what its role sees."""

    office: Office
    scope: Scope
    at: datetime

    def act(self) -> Act:
        """Signed `api:NAME`."""
        on = self.office.territory.calendar.day_of(self.at)
        return Act(territory=self.scope.territory, by=self.scope.name, at=self.at, on=on, by_machine=True)


def route(
    router: APIRouter, method: str, path: str, do: Callable[..., Any], *, roles: Collection[DeskRole], **words: Any
) -> None:
    """A route for tokens of these roles. `do` takes `caller: Caller` first."""
    ROLES[method, path] = frozenset(roles)
    errors: dict[int | str, dict[str, Any]] = {
        400: {"description": "Le corps n’est pas du JSON en UTF-8."},
        401: {"description": "Jeton absent, inconnu, révoqué ou périmé."},
        403: {"description": "Ce jeton n’a pas le rôle qu’il faut."},
        404: {"description": "Rien à cette adresse."},
        413: {"description": "Envoi trop gros."},
        429: {"description": "Trop d’appels : réessayez après Retry-After secondes."},
    }
    router.add_api_route(
        path,
        do,
        methods=[method],
        responses=errors | words.pop("responses", {}),
        dependencies=[Depends(BEARER)],
        **words,
    )


def caller_for(*roles: DeskRole) -> Callable[..., Caller]:
    """What FastAPI asks for before the body is read. HTTPException: 401, 403, 429."""
    wanted = frozenset(roles)

    def caller(request: Request, shown: HTTPAuthorizationCredentials | None = Depends(BEARER)) -> Caller:  # noqa: B008
        office: Office = request.app.state.office
        turnstile: Turnstile = request.app.state.turnstile
        token, at, slug = (shown.credentials if shown else ""), office.clock(), office.territory.slug
        found = None
        if token.isascii() and token.startswith(api_tokens.PREFIX) and len(token) < 100:
            with office.reading() as connection:
                found = api_tokens.of_token(connection, territory=slug, token=token, at=at)
        if found is None:
            raise HTTPException(401, "Jeton absent, inconnu, révoqué ou périmé.", {"WWW-Authenticate": "Bearer"})
        scope, due = found
        if not turnstile.take(scope.name):
            raise HTTPException(429, "Trop d’appels : réessayez dans une minute.", {"Retry-After": "60"})
        if scope.role not in wanted:
            raise HTTPException(403, "Ce jeton n’a pas le rôle qu’il faut.")
        if due:
            with office.noting() as connection:
                api_tokens.used(connection, territory=slug, token=token, at=at)
        return Caller(office=office, scope=scope, at=at)

    return caller
