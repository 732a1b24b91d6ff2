"""Opens the desk over this installation's database, alone or inside `jalon serve`."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from config.oidc import load_oidc
from config.settings import Settings
from desk.opening import Desk
from desk.web.server import now
from desk.web.staff.app import create_desk
from desk.web.staff.office import Office
from tasks import scheduler


@contextmanager
def bureau(settings: Settings, *, address: str) -> Iterator[tuple[Starlette, Office]]:
    """`address`: where it listens, its public address where the settings name none.

    JalonError when `jalon init` has not prepared the database, or the settings of sign-in do not hold together.
    """
    desk = Desk(settings=settings, now=now())
    engine = desk.engine
    try:
        office = Office(
            engine=engine,
            territory=desk.territory,
            clock=now,
            heads_file=settings.heads_file,
            url=(settings.desk_url or address).rstrip("/"),
            oidc=load_oidc(settings),
            find_scheduler=lambda: scheduler.found(settings),
        )
        yield create_desk(office), office
    finally:
        engine.dispose()
