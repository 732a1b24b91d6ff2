"""`jalon stop`, `jalon resume`: the switch of what leaves."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk import words
from desk.options import By, some_words
from desk.terminal import say
from tracks.vocabulary import Channel

if TYPE_CHECKING:
    from desk.opening import Desk

Track = Annotated[str, typer.Option("--track", metavar="PARCOURS", help="Un seul parcours ; sinon, tous.")]
Through = Annotated[Channel | None, typer.Option("--channel", help="Un seul moyen d'envoi ; sinon, tous.")]


def stop(
    by: By,
    reason: Annotated[str, typer.Option("--reason", metavar="MOTIF", parser=some_words, help="Pourquoi.")],
    track: Track = "",
    channel: Through = None,
) -> None:
    """Arrête les envois, tout de suite, même pendant un envoi en cours."""
    from desk.opening import open_desk
    from store import stops

    with open_desk() as desk:
        check(desk, track)
        with desk.writing() as connection:
            stops.stop(connection, desk.act(by), track=track, channel=channel or "", reason=reason)
        say(f"Arrêté : {covered(track, channel or '')} (par {by}). Un message au plus peut encore partir.")


def resume(by: By, track: Track = "", channel: Through = None) -> None:
    """Reprend les envois arrêtés par jalon stop ; ce qui n'est plus utile ne part pas."""
    from desk.opening import open_desk
    from store import stops

    with open_desk() as desk:
        check(desk, track)
        with desk.writing() as connection:
            stops.resume(connection, desk.act(by), track=track, channel=channel or "")
        say(f"Repris : {covered(track, channel or '')} (par {by}).")


def check(desk: "Desk", track: str) -> None:
    """JalonError when the territory has no such track."""
    if track:
        desk.territory.policies(track)


def covered(track: str, channel: str) -> str:
    """« tous les envois », « les envois par SMS du parcours suivi_emploi »."""
    through = f" par {words.said(words.CHANNEL, channel)}" if channel else ""
    of = f" du parcours {track}" if track else ""
    return f"les envois{through}{of}" if track or channel else "tous les envois"


def switched(track: str, channel: str) -> str:
    """The options that mean the same messages."""
    return (f" --track {track}" if track else "") + (f" --channel {channel}" if channel else "")
