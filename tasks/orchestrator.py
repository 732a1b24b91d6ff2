"""The Prefect server that Jalon uses: the one that `jalon serve` keeps, else a temporary one for this command.

Nothing here imports prefect: it reads its settings from the environment once, when it is imported.
"""

import base64
import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from config.settings import PROJECT, Settings
from tracks.errors import JalonError

LOOPBACK = "127.0.0.1"
PORT = 4200  # of `serve`, when it is free
START_SECONDS = 120
STOP_SECONDS = 5

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


@contextmanager
def orchestrator(settings: Settings) -> Iterator[Api]:
    """An API for the flows of this process, in the environment: `serve`'s when it answers, else a temporary one."""
    served = answering(settings)
    if served:
        with environment(client_variables(settings, served)):
            yield served
        return
    home = folder(settings) / "run"
    home.mkdir(parents=True, exist_ok=True)
    with (
        alone(home),
        server(settings, home=home, port=0, temporary=True) as api,
        environment(client_variables(settings, api)),
    ):
        yield api


def answering(settings: Settings) -> Api | None:
    """The API of a running `jalon serve` of this JALON_HOME; None when there is none."""
    try:
        api = Api(address_file(settings).read_text(encoding="utf-8").strip(), auth_string(settings))
        get(api, "/version", seconds=2)
    except (OSError, ValueError):
        return None
    return api


@contextmanager
def server(settings: Settings, *, home: Path, port: int, temporary: bool) -> Iterator[Api]:
    """A Prefect server on loopback until the block ends; it also ends when this process does, however it does.

    It accepts calls from the start and answers after 5 to 15 seconds: see `wait_until_ready`. A temporary one has
    neither schedules nor pages. `port`: 0, or the one to take if it is free.
    """
    home.mkdir(parents=True, exist_ok=True)
    listener = listen(port)
    api = Api(f"http://{LOOPBACK}:{listener.getsockname()[1]}/api", auth_string(settings))
    with listener, (home / "server.log").open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "tasks.prefect_server", str(listener.fileno())],
            env=server_variables(settings, api, home=home, temporary=temporary),
            pass_fds=(listener.fileno(),),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us: the server outlives the flows, to record their end
        )
    try:
        yield api
    finally:
        stop(child)


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask the server to end by closing its standard input; insist after a while."""
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def wait_until_ready(settings: Settings, api: Api) -> None:
    """Block until the server answers. JalonError when it died while starting."""
    try:
        get(api, "/health", seconds=START_SECONDS)
    except OSError as error:
        raise JalonError(
            f"Le serveur Prefect n'a pas démarré ({type(error).__name__}). "
            f"Voyez server.log dans {folder(settings)}, puis relancez la commande."
        ) from None


def get(api: Api, path: str, *, seconds: float) -> bytes:
    """The body of one authenticated GET, never through a proxy. OSError when nobody answers, or not with 200."""
    token = base64.b64encode(api.auth.encode()).decode()
    request = Request(api.url + path, headers={"Authorization": f"Basic {token}"})  # noqa: S310 - loopback address
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=seconds) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as error:
        error.close()
        raise URLError(f"HTTP {error.code}") from None


def listen(port: int) -> socket.socket:
    """A listening socket on loopback: `port` when it is free, else any."""
    for wanted in (port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            listener.bind((LOOPBACK, wanted))
            listener.listen(128)
            return listener
        listener.close()
    raise JalonError("Aucun port libre sur 127.0.0.1 pour le serveur Prefect.")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Two temporary servers never share one database: a second command waits here for the end of the first."""
    with (home / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def announced(settings: Settings, api: Api) -> Iterator[None]:
    """Let `jalon run` and `jalon status` find this server."""
    file = address_file(settings)
    file.write_text(api.url, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def address_file(settings: Settings) -> Path:
    return folder(settings) / "address"


def auth_string(settings: Settings) -> str:
    """`user:password` of the server: the operator's own, else one made once and readable by its owner only."""
    given = os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    if given:
        return given
    file = auth_file(settings)
    with suppress(FileExistsError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(f"jalon:{secrets.token_urlsafe(24)}")
    return file.read_text(encoding="utf-8").strip()


def auth_file(settings: Settings) -> Path:
    return folder(settings) / "auth"


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
