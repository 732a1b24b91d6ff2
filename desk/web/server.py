"""Runs the pages: alone for `jalon web`, in a thread of its own inside `jalon serve`."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette

from config.channels import load_channels
from config.settings import Settings
from desk.opening import Desk
from desk.web.app import create_app
from desk.web.command import HOST
from desk.web.reception import Reception
from tracks.errors import JalonError

STOP_SECONDS = 10


def now() -> datetime:
    """The clock of the pages, read once a request."""
    return datetime.now(tz=UTC)


@contextmanager
def application(settings: Settings) -> Iterator[Starlette]:
    """The pages of this installation. JalonError when `jalon init` has not prepared the database."""
    desk = Desk(settings=settings, now=now())
    engine = desk.engine
    try:
        yield create_app(
            Reception(
                engine=engine,
                territory=desk.territory,
                clock=now,
                heads_file=settings.heads_file,
                channels=load_channels(settings.channels),
            ),
        )
    finally:
        engine.dispose()


def listen(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """A listening socket on `port`, or on any that is free. JalonError when the address cannot be had.

    The protocol is named: asyncio turns Nagle's delay off for such sockets only, and a page then comes 40 ms sooner.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if or_any:
            return listen(host, 0)
        raise JalonError(
            f"L'adresse {host}, port {port}, n'est pas libre ({error.strerror}). Choisissez un autre --port."
        ) from None
    return listener


def configured(app: Starlette) -> uvicorn.Config:
    """No access log: an address and a link of somebody would be in it. A proxy is believed from this machine only."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        lifespan="off",
        forwarded_allow_ips=HOST,
        h11_max_incomplete_event_size=16 * 1024,
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@contextmanager
def in_background(app: Starlette, listener: socket.socket) -> Iterator[None]:
    """Answer on `listener` until the block ends."""
    server = uvicorn.Server(configured(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="jalon-web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS + 5)
