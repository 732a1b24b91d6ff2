"""`jalon desk`: the desk of the staff, alone."""

from typing import TYPE_CHECKING

from desk.terminal import say
from desk.web.command import Host, Port

if TYPE_CHECKING:
    from desk.web.staff.office import Office

HOST, PORT = "127.0.0.1", 8471


def desk(host: Host = HOST, port: Port = PORT) -> None:
    """Tient le bureau des équipes, derrière votre serveur TLS. Ctrl-C l'arrête."""
    import uvicorn

    from config.settings import Settings
    from desk.web.server import configured, listen
    from desk.web.staff.server import bureau

    with listen(host, port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}"
        with bureau(Settings(), address=address) as (app, office):
            for line in welcome(office):
                say(line)
            say("Ctrl-C pour arrêter.")
            uvicorn.Server(configured(app)).run(sockets=[listener])
    say("Arrêté.")


def welcome(office: "Office") -> list[str]:
    """Where the desk is, the link of the first administrator while there is none, the accounts of the example."""
    from desk.demo_accounts import read_accounts
    from store import accounts

    lines = [f"Bureau : {office.url}/"]
    with office.reading() as connection:
        is_new = not accounts.has_administrator(connection, territory=office.territory.slug)
    if is_new:
        with office.writing() as connection:
            token = accounts.invite(connection, office.act("jalon desk", office.clock()), account=None)
        lines.append(f"Premier administrateur, une fois, avant demain : {office.url}/compte/{token}")
    return [*lines, *read_accounts(office.heads_file.parent, office.territory.slug)]
