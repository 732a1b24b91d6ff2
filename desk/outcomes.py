"""`jalon outcome`, `signal`: what people say happened."""

from typing import Annotated, Literal

import typer

from desk import ids, words
from desk.options import By, CaseArgument, OnDay
from desk.terminal import say
from tracks import french
from tracks.vocabulary import AppointmentStatus, Qualification, SignalKind, SignalSource

Said = Literal["seen", "excused", "revoked", "noshow"]
Qualify = Annotated[
    Qualification | None, typer.Option("--qualify", help="Qualification de l'absence, par la personne nommée.")
]


def outcome(
    appointment: Annotated[str, typer.Argument(metavar="RENDEZ-VOUS", help="Numéro du rendez-vous (a12).")],
    status: Annotated[Said, typer.Argument(metavar="seen|excused|revoked|noshow", help="Ce qui s'est passé.")],
    by: By,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="MOTIF", help="Un motif de la liste, jamais un détail de santé.")
    ] = None,
    qualify: Qualify = None,
) -> None:
    """Note ce qui s'est passé à un rendez-vous. Qualifie aussi une absence."""
    from desk.opening import open_desk
    from store import outcomes

    with open_desk() as desk:
        number = ids.read("a", appointment)
        told = outcomes.Said(status=AppointmentStatus(status), reason=reason, qualification=qualify)
        with desk.writing() as connection:
            heard = outcomes.say(connection, desk.act(by), appointment=number, said=told)
        qualified = f", {words.QUALIFIED[qualify]}" if qualify else ""
        say(f"Noté : rendez-vous {ids.shown('a', number)}, {words.APPOINTMENT[status]}{qualified} (par {by}).")
        if words.TOLD[heard]:
            say(words.TOLD[heard].strip())


def signal(
    case: CaseArgument,
    source: Annotated[SignalSource, typer.Option("--from", help="De qui vient le signe.")],
    kind: Annotated[
        SignalKind, typer.Option("--kind", help="Réponse, signe de remobilisation, alerte ou situation améliorée.")
    ],
    on: OnDay,
    by: By,
) -> None:
    """Note une réponse, un pas de la personne, une alerte."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.changes import add_signal

    with open_desk() as desk:
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            new = add_signal(connection, desk.act(by), case=number, source=source, kind=kind, day=on)
        what = f"{words.SIGNAL[kind]} ({words.SOURCE[source]}), le {french.full_date(on)}"
        say(f"Noté : {what}." if new else f"Déjà noté : {what}.")
