"""`jalon serve`: the schedules, the background runs, Prefect's pages, ours and the desk, until SIGTERM or Ctrl-C."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from config.settings import Settings
from desk.terminal import say
from tasks import orchestrator
from tasks.prefect_variables import Api, client_variables, environment, folder
from tracks.errors import JalonError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    Open = tuple[Starlette, list[str]]


def serve(settings: Settings) -> None:
    """Blocks. JalonError when this JALON_HOME is already served, or the server does not start."""
    if orchestrator.answering(settings):
        raise JalonError(
            f"jalon serve tourne déjà pour {settings.home}. Arrêtez-le d'abord, ou choisissez un autre JALON_HOME."
        )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, leave)
    home = folder(settings) / "serve"
    with (
        orchestrator.server(settings, home=home, port=orchestrator.PORT, temporary=False) as api,
        environment(client_variables(settings, api)),
        pages(settings) as answers,
        staff_pages(settings) as bureau,
    ):
        serve_flows(settings, api, pages=[*bureau, *answers])
    say("Arrêté.")


@contextmanager
def pages(settings: Settings) -> Iterator[list[str]]:
    """The pages behind the links of messages, while the block lasts; their address, and why there are none if so."""
    from desk.web import command, server

    def application(address: str) -> "AbstractContextManager[Open]":
        return answering(server.application(settings), [f"Pages de réponse : {address}/"])

    with in_service(command.HOST, command.PORT, application, without="Pas de pages de réponse") as says:
        yield says


@contextmanager
def staff_pages(settings: Settings) -> Iterator[list[str]]:
    """The desk of the staff, while the block lasts: where it is and who may open it, or why there is none."""
    from desk.web.staff import command

    with in_service(command.HOST, command.PORT, partial(staffed, settings), without="Pas de bureau") as says:
        yield says


@contextmanager
def answering(application: "AbstractContextManager[Starlette]", says: list[str]) -> "Iterator[Open]":
    with application as app:
        yield app, says


@contextmanager
def staffed(settings: Settings, address: str) -> "Iterator[Open]":
    from desk.web.staff.command import welcome
    from desk.web.staff.server import bureau

    with bureau(settings, address=address) as (app, office):
        yield app, welcome(office)


@contextmanager
def in_service(
    host: str, port: int, opened: "Callable[[str], AbstractContextManager[Open]]", *, without: str
) -> Iterator[list[str]]:
    """An application that answers in the background while the block lasts, at `port` or any other; what to say of it,
    or why there is none."""
    from desk.web.server import in_background, listen

    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listen(host, port, or_any=True))
            app, says = stack.enter_context(opened(f"http://{host}:{listener.getsockname()[1]}"))
            stack.enter_context(in_background(app, listener))
        except JalonError as error:
            says = [f"{without} : {error}"]
        yield says


def serve_flows(settings: Settings, api: Api, *, pages: list[str]) -> None:
    """Prefect is imported here, while its server starts."""
    from flows.deployments import planned
    from flows.serving import serve_until_stopped

    orchestrator.wait_until_ready(settings, api)

    def ready() -> None:
        say(f"Jalon est en service. Pages de Prefect : {api.ui}")
        for line in pages:
            say(line, wrap=False)
        say(f"Mot de passe : dans {orchestrator.auth_file(settings)}")
        for plan in planned():
            say(f"  {plan.title} ({plan.name}) : {plan.says}")
        say("Ctrl-C pour arrêter.")

    with orchestrator.announced(settings, api):
        serve_until_stopped(ready=ready)


def leave(_signal: int, _frame: FrameType | None) -> None:
    """Before the schedules run: leave at once, through the ends of the blocks."""
    sys.exit(0)
