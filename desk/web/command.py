"""`jalon web`: the pages behind the links of messages, alone."""

from typing import Annotated

import typer

from desk.terminal import say

HOST, PORT = "127.0.0.1", 8470

Host = Annotated[str, typer.Option("--host", metavar="ADRESSE", help="L'adresse où écouter.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Le port ; 0 : un port libre.")]


def web(host: Host = HOST, port: Port = PORT) -> None:
    """Tient les pages de réponse, derrière votre serveur TLS. Ctrl-C l'arrête."""
    import uvicorn

    from config.settings import Settings
    from desk.web.server import application, configured, listen

    with application(Settings()) as app, listen(host, port) as listener:
        say(f"Pages de réponse : http://{host}:{listener.getsockname()[1]}/")
        say("Ctrl-C pour arrêter.")
        uvicorn.Server(configured(app)).run(sockets=[listener])
    say("Arrêté.")
