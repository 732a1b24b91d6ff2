"""`jalon contract`, once it lives: obstacles named and lifted, actions prescribed, what was kept and who saw it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from desk import ids
from desk.options import By, CaseArgument, OnDay, a_day
from desk.terminal import say
from desk.usage import Commands
from tracks import french

Lifted = Annotated[
    date | None, typer.Option("--lifted", metavar="JOUR", parser=a_day, help="Ce frein est levé, depuis ce jour.")
]


def obstacle(
    case: CaseArgument,
    code: Annotated[str, typer.Argument(metavar="FREIN", help="Un code d'actions.toml : transport, logement…")],
    by: By,
    lifted: Lifted = None,
) -> None:
    """Note un frein, ou dit qu'il est levé. Un code, jamais un détail de santé."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store import obstacles

    with open_desk() as desk:
        title = desk.territory.programme.obstacle_of(code).title
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            if lifted:
                obstacles.lift(connection, desk.act(by), case=number, code=code, day=lifted)
            else:
                obstacles.name(connection, desk.act(by), case=number, code=code)
        since = f"levé le {french.full_date(lifted)}" if lifted else "noté"
        say(f"Noté : frein « {title} » {since} (par {by}).")


def prescribe(
    case: CaseArgument,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="Une action d'actions.toml : mobilite_bilan…")],
    by: By,
    due: Annotated[
        date | None, typer.Option("--due", metavar="JOUR", parser=a_day, help="Échéance ; sinon, celle du programme.")
    ] = None,
    against: Annotated[str | None, typer.Option("--against", metavar="FREIN", help="Le frein visé.")] = None,
) -> None:
    """Prescrit une action du programme départemental, avec son échéance."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store import obstacles
    from tracks.errors import JalonError

    with open_desk() as desk:
        chosen = desk.territory.programme.action_of(action)
        if against and against not in chosen.against:
            raise JalonError(f"« {chosen.title} » ne vise pas ce frein. Attendu : {', '.join(chosen.against)}.")
        day = due or desk.territory.calendar.next_working(desk.today + timedelta(days=chosen.due_days))
        what = obstacles.Prescription(action=action, label=chosen.title, due_on=day, against=against)
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            id_ = obstacles.prescribe(connection, desk.act(by), case=number, what=what)
        say(f"Noté : {ids.shown('p', id_)}, {chosen.title}, avant le {french.full_date(day)} (par {by}).")


def done(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Un engagement (e12) ou une action (p12).")],
    on: OnDay,
    by: By,
    proof: Annotated[bool, typer.Option("--proof", help="Un justificatif a été vu.")] = False,
) -> None:
    """Un engagement est tenu, une action est faite : qui l'a vu, et sur quel justificatif."""
    from desk.opening import open_desk
    from store import signing

    with open_desk() as desk:
        is_action = number.strip().lower().startswith("p")
        id_ = ids.read("p" if is_action else "e", number)
        with desk.writing() as connection:
            if is_action:
                signing.action_done(connection, desk.act(by), action=id_, day=on, proof=proof)
            else:
                signing.done(connection, desk.act(by), commitment=id_, day=on, proof=proof)
        what = "action faite" if is_action else "engagement tenu"
        say(f"Noté : {what} le {french.full_date(on)}{', justificatif vu' if proof else ''} (par {by}).")


def print_(
    case: CaseArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DOSSIER", help="Où écrire le PDF.")],
    by: By,
    large: Annotated[bool, typer.Option("--large", help="En gros caractères.")] = False,
) -> None:
    """Écrit le contrat en PDF accessible, à lire ensemble et à signer."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.acts import record
    from tasks.contract_sheet import contract_pdf

    with open_desk() as desk:
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            pdf = contract_pdf(connection, desk.territory, case=number, at=desk.now, large=large)
            record(connection, desk.act(by), kind="contract_printed", subject=f"c{number}")
        out.mkdir(parents=True, exist_ok=True)
        file = out / f"contrat-c{number}{'-gros-caracteres' if large else ''}.pdf"
        file.write_bytes(pdf)
        say(f"Écrit : {file} (par {by}).")


def register(group: Commands) -> None:
    """Add these commands to the group."""
    for name, command in (("obstacle", obstacle), ("prescribe", prescribe), ("done", done), ("print", print_)):
        group.command(name)(command)
