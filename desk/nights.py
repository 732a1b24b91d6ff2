"""`jalon init`, `run`, `dispatch`, `serve`: what moves the county's nights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import Apply, AsJson, At, On
from desk.terminal import console, emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from tasks.dispatch import DispatchCounts
    from tasks.night import NightResult


def init() -> None:
    """Crée la base de données ou la met à jour. Peut se répéter."""
    from config.settings import Settings
    from store.engine import open_engine
    from store.migrate import migrate

    engine = open_engine(Settings().database)
    migrate(engine)
    engine.dispose()
    say("La base de données est prête.")


def run(
    tracks: Annotated[list[str] | None, typer.Argument(metavar="[PARCOURS]…", help="Les parcours à faire.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Tous les parcours du territoire.")] = False,
    on: On = None,
    apply: Apply = False,
    full: Annotated[bool, typer.Option("--full", help="Relit tous les dossiers ouverts, dus ou non.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fait la nuit des parcours nommés : les dossiers où quelque chose peut être dû. Sans --apply, un essai à blanc."""
    from desk.opening import open_desk

    if bool(tracks) == everything:
        raise typer.BadParameter("nommez des parcours, ou donnez --all.")
    with open_desk() as desk:
        wanted = list(desk.territory.tracks) if everything else list(dict.fromkeys(tracks or ()))
        for track in wanted:
            desk.territory.policies(track)
        results, failed = nights(desk, wanted, on=on, apply=apply, full=full)
        if as_json:
            for result in results:
                emit(result.as_json())
        tell_nights(desk, results, apply=apply, as_json=as_json)
        if failed:
            say(failed, as_json=True)
            raise typer.Exit(1)


def nights(
    desk: "Desk", tracks: list[str], *, on: date | None, apply: bool, full: bool = False
) -> "tuple[list[NightResult], str]":
    """The nights of the tracks, with a progress bar; those that went well, and what is said of the others."""
    from flows.by_hand import NightError, run_tracks

    with progress_of(desk, tracks, on or desk.today) as told:
        try:
            return run_tracks(desk.settings, tracks, on=on, apply=apply, full=full, progress=told), ""
        except NightError as failed:
            return failed.results, str(failed)
        finally:
            if apply:
                desk.note_heads()


@contextmanager
def progress_of(desk: "Desk", tracks: list[str], on: date) -> Iterator[Callable[[str, int], None]]:
    """A bar a track on a terminal, nothing elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from store.status import caseload

    with desk.reading() as connection:
        counts = caseload(connection, territory=desk.slug, on=on)
    screen = console(as_json=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bars = {
            track: progress.add_task(desk.territory.tracks[track].title, total=counts.get(track, 0)) for track in tracks
        }
        yield lambda track, done: progress.update(bars[track], completed=done)


def tell_nights(desk: "Desk", results: "list[NightResult]", *, apply: bool, as_json: bool) -> None:
    from desk.night_page import write_night_page
    from desk.summary import Night, night_table

    told = [Night.of(desk.territory.tracks[result.track].title, result) for result in results if not result.no_op]
    for result in results:
        if result.no_op:
            title = desk.territory.tracks[result.track].title
            say(f"{title} : rien à faire, une nuit plus récente est déjà passée.", as_json=as_json)
    if told and not as_json:
        say(night_table(told))
    if not apply:
        say("Essai à blanc : rien n'a été écrit. Ajoutez --apply pour faire la nuit.", as_json=as_json)
        return
    if unread := max((result.notes.get("calendars_unread", 0) for result in results), default=0):
        count = french.plural(
            unread, "agenda de référent n'a pas pu être relu", "agendas de référents n'ont pas pu être relus"
        )
        say(
            f"{count} : leurs dernières heures connues valent toujours. « jalon agenda list » dit pourquoi.",
            as_json=as_json,
        )
    for on in sorted({result.on for result in results if not result.no_op}):
        with desk.reading() as connection:
            page = write_night_page(connection, desk.territory, on=on, folder=desk.settings.reports)
        say(f"La nuit en une page : {page.name}, dans le dossier reports de JALON_HOME.", as_json=as_json)


def dispatch(at: At = None, apply: Apply = False, as_json: AsJson = False) -> None:
    """Envoie ce qui est dû. Sans --apply, un essai à blanc."""
    from desk.opening import open_desk

    with open_desk() as desk:
        counts = send(desk, at=at or desk.now, apply=apply, through=desk.settings.channels)
        if as_json:
            emit(counts.as_json())
        say(told_of_sending(counts), as_json=as_json)
        if desk.settings.channels is None:
            say("Aucun canal n'est configuré : tout est écrit dans JALON_HOME/outbox, rien ne part.", as_json=as_json)
        if not apply:
            say("Essai à blanc : rien n'a été envoyé. Ajoutez --apply pour envoyer.", as_json=as_json)
        if counts.failed or counts.unknown:
            raise typer.Exit(1)


def send(desk: "Desk", *, at: datetime, apply: bool, through: Path | None) -> "DispatchCounts":
    """One pass over the outbox, as of the instant `at`, through the channels of that file; None: the local folder."""
    from config.channels import load_channels
    from tasks.dispatch import dispatch as pass_over

    channels = load_channels(through)
    counts = pass_over(desk.engine, desk.territory, channels, at=at, apply=apply, outbox=desk.settings.outbox)
    if apply:
        desk.note_heads()
    return counts


def told_of_sending(counts: "DispatchCounts") -> str:
    ends = (
        (counts.sent, "envoyé", "envoyés"),
        (counts.failed, "en échec", "en échec"),
        (counts.unknown, "d'envoi incertain", "d'envoi incertain"),
        (counts.too_late, "trop tard", "trop tard"),
        (counts.void, "sans objet", "sans objet"),
        (counts.held, "retenu", "retenus"),
    )
    told = french.listed(french.plural(count, one, many) for count, one, many in ends if count)
    return f"{french.plural(counts.due, 'message dû', 'messages dus')} : {told or 'rien à envoyer'}."


def serve() -> None:
    """Tient les horaires, les nuits et leurs pages. Ctrl-C l'arrête."""
    from config.settings import Settings
    from desk.serve import serve as keep_serving

    keep_serving(Settings())
