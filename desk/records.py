"""`jalon export`, `audit`, `status`: what other tools and auditors read."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import AsJson, On
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french

if TYPE_CHECKING:
    from desk.health import Health

audit = Commands(help="Le journal d'audit.")


@audit.callback()
def _group() -> None:
    """Keeps `audit` a group of commands."""


def export(
    folder: Annotated[Path, typer.Argument(metavar="RÉPERTOIRE", help="Où écrire les fichiers CSV.")], on: On = None
) -> None:
    """Écrit les tables du territoire en CSV."""
    from desk.opening import open_desk
    from store.export import View
    from store.export import export as write

    with open_desk() as desk:
        view = View(territory=desk.slug, zone=desk.territory.zone, now=desk.at(on), on=on or desk.today)
        with desk.reading() as connection:
            written = write(connection, view=view, folder=folder)
        for name, count in written.items():
            say(f"{name}.csv : {french.plural(count, 'ligne')}")


@audit.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Vérifie toute la chaîne du journal ; nomme la première ligne qui ne tient pas."""
    from desk.opening import open_desk
    from store import journal

    with open_desk() as desk:
        known = journal.heads_in(desk.settings.heads_file, territory=desk.slug)
        with desk.reading() as connection:
            found = journal.verify(connection, territory=desk.slug, known=known)
        bad = found.first_bad
        if as_json:
            first = {"chain": bad.chain, "seq": bad.seq, "why": bad.why} if bad else None
            emit({"whole": bad is None, "lines": found.lines, "chains": len(found.heads), "first_bad": first})
        if bad is None:
            lines = french.plural(found.lines, "ligne")
            say(f"Journal entier : {lines}, {french.plural(len(found.heads), 'chaîne')}.", as_json=as_json)
            return
        say(f"Journal rompu : chaîne {bad.chain}, ligne {bad.seq} : {bad.why}.", as_json=as_json)
        raise typer.Exit(1)


def status(on: On = None, as_json: AsJson = False) -> None:
    """Dit si tout est fait ; sinon, quoi faire."""
    from desk.health import examine
    from desk.opening import open_desk
    from flows.schedules import silent_schedules
    from tasks.orchestrator import answering

    with open_desk() as desk:
        api = answering(desk.settings)
        silent = silent_schedules(desk.settings, api, now=desk.now) if api else ()
        with desk.reading() as connection:
            health = examine(connection, desk, now=desk.at(on), serving=api is not None, silent=silent)
        if as_json:
            emit(health.as_json())
        for line in told(health):
            say(line, as_json=as_json)
        if health.problems:
            raise typer.Exit(1)


def told(health: "Health") -> list[str]:
    """The health in a dozen lines; what is wrong comes last, so that it is what stays on the screen."""
    lines = [f"État au {french.full_date(health.on)}"]
    for track, last in sorted(health.passes.items()):
        day = french.full_date(last.done_on) if last.done_on else "jamais"
        lines.append(f"  {track} : dernière nuit faite, {day}")
    oldest = health.overdue.oldest
    since = f", depuis le {french.full_date(oldest.date())}" if isinstance(oldest, datetime) else ""
    lines += [
        f"  messages en retard : {health.overdue.count}{since}",
        f"  messages retenus : {health.parked['held']} ; d'envoi incertain : {health.parked['unknown']}",
        f"  revues hors délai : {health.late_reviews.count}",
        f"  jalon serve : {'en marche' if health.serving else 'arrêté'}",
        f"  versions : {', '.join(f'{name} {found}' for name, found in health.versions.items())}",
    ]
    if not health.problems:
        return [*lines, "Tout va bien."]
    return [*lines, "À faire :", *(f"  - {problem}" for problem in health.problems)]
