"""The Prefect server that Jalon uses: the one that `jalon serve` keeps, else a temporary one for this command.

Nothing here imports prefect, which reads its settings from the environment when it is imported.
"""

import base64
import fcntl
import os
import secrets
import socket
import subprocess  # nosec B404
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from config.settings import Settings
from tasks.prefect_variables import LOOPBACK, Api, client_variables, environment, folder, server_variables
from tracks.errors import JalonError

PORT = 4200  # of `serve`, when it is free
START_SECONDS = 120
STOP_SECONDS = 5


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
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell  # nosec B603
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
