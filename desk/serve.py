"""`jalon serve`: the schedules, the background runs, Prefect's pages, ours and the desk, until SIGTERM or Ctrl-C."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from config.settings import Settings
from desk.terminal import say
from tasks import orchestrator
from tasks.prefect_variables import Api, client_variables, environment, folder
from tracks.errors import JalonError


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
        serve_flows(settings, api, pages=[*bureau, answers])
    say("Arrêté.")


@contextmanager
def pages(settings: Settings) -> Iterator[str]:
    """The pages behind the links of messages, while the block lasts; their address, and why there are none if so."""
    from desk.web.command import HOST, PORT
    from desk.web.server import application, in_background, listen

    with ExitStack() as opened:
        try:
            app = opened.enter_context(application(settings))
            listener = opened.enter_context(listen(HOST, PORT, or_any=True))
            opened.enter_context(in_background(app, listener))
            says = f"Pages de réponse : http://{HOST}:{listener.getsockname()[1]}/"
        except JalonError as error:
            says = f"Pas de pages de réponse : {error}"
        yield says


@contextmanager
def staff_pages(settings: Settings) -> Iterator[list[str]]:
    """The desk of the staff, while the block lasts: where it is and who may open it, or why there is none."""
    from desk.web.server import in_background, listen
    from desk.web.staff.command import HOST, PORT, welcome
    from desk.web.staff.server import bureau

    with ExitStack() as opened:
        try:
            listener = opened.enter_context(listen(HOST, PORT, or_any=True))
            address = f"http://{HOST}:{listener.getsockname()[1]}"
            app, office = opened.enter_context(bureau(settings, address=address))
            opened.enter_context(in_background(app, listener))
            says = welcome(office)
        except JalonError as error:
            says = [f"Pas de bureau : {error}"]
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
