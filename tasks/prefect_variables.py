"""The environment of Prefect, server and flows: loopback, authenticated, quiet, and all its files under JALON_HOME."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.settings import PROJECT, Settings

LOOPBACK = "127.0.0.1"
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",  # its pages call an outside host, even with analytics off
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # no server but the one started here
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


@dataclass(frozen=True, slots=True)
class Api:
    """Where a Prefect server answers, and the `user:password` that it wants."""

    url: str
    auth: str

    @property
    def ui(self) -> str:
        return self.url.removesuffix("/api")


def folder(settings: Settings) -> Path:
    """All that Prefect writes for this installation; never our own database."""
    return settings.home / "prefect"


def client_variables(settings: Settings, api: Api) -> dict[str, str]:
    """What flows need: our own settings, the API; their log goes to Prefect and not to the terminal."""
    return {
        **QUIET,
        **our_variables(settings),
        "PREFECT_HOME": str(folder(settings)),
        "PREFECT_API_URL": api.url,
        "PREFECT_API_AUTH_STRING": api.auth,
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }


def our_variables(settings: Settings) -> dict[str, str]:
    """These very settings, this very code, and no proxy on loopback, for the processes started from here."""
    bypass = [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), LOOPBACK]
    variables = {
        "JALON_HOME": str(settings.home),
        "JALON_DATABASE_URL": settings.database,
        "JALON_TERRITORY": str(settings.territory_folder),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH")))),
        "NO_PROXY": ",".join(filter(None, bypass)),
    }
    return variables | ({"JALON_CHANNELS": str(settings.channels)} if settings.channels else {})


def server_variables(settings: Settings, api: Api, *, home: Path, temporary: bool) -> dict[str, str]:
    """The whole environment of a server: loopback, authenticated, no foreign origin; old runs are swept away."""
    ours = {
        **QUIET,
        **our_variables(settings),
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": api.ui.rpartition(":")[2],
        "PREFECT_SERVER_API_AUTH_STRING": api.auth,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": api.ui,
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }
    if temporary:
        ours |= {
            "PREFECT__SERVER_EPHEMERAL": "1",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        }
    return {**os.environ, **ours}


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """`variables` in this process's environment for the time of the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
