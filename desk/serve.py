"""`jalon serve`: the schedules, the background runs and Prefect's pages, until SIGTERM or Ctrl-C."""

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
        pages(settings) as address,
    ):
        serve_flows(settings, api, pages=address)
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


def serve_flows(settings: Settings, api: Api, *, pages: str) -> None:
    """Prefect is imported here, while its server starts."""
    from flows.deployments import planned
    from flows.serving import serve_until_stopped

    orchestrator.wait_until_ready(settings, api)

    def ready() -> None:
        say(f"Jalon est en service. Pages de Prefect : {api.ui}")
        say(pages)
        say(f"Mot de passe : dans {orchestrator.auth_file(settings)}")
        for plan in planned():
            say(f"  {plan.title} ({plan.name}) : {plan.says}")
        say("Ctrl-C pour arrêter.")

    with orchestrator.announced(settings, api):
        serve_until_stopped(ready=ready)


def leave(_signal: int, _frame: FrameType | None) -> None:
    """Before the schedules run: leave at once, through the ends of the blocks."""
    sys.exit(0)
