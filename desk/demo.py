"""`jalon demo`: one county, one night, start to end, and three commands to go further."""

import os
import shlex
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.explain import source_of
from desk.terminal import say
from tracks import french
from tracks.errors import JalonError

if TYPE_CHECKING:
    from desk.opening import Desk
    from desk.stories import Story
    from tasks.intake_report import FileReport

DAY = date(2026, 11, 23)
SECOND_ACT = date(2026, 12, 14)
SENDS_AT = datetime.fromisoformat("2026-11-23T09:30+01:00")
CARRIED = ("JALON_HOME", "JALON_TERRITORY")  # never the database's URL: it may hold a password
SHOWN = ("appointment", "check:", "review:compliance")  # what the examples show, one each


Named = Annotated[
    str | None, typer.Option("--territory", metavar="NOM", help="Le territoire ; sinon, celui de JALON_TERRITORY.")
]


def demo(territory: Named = None) -> None:
    """Fait et montre une nuit entière, sur un exemple."""
    from desk.demo_accounts import make_accounts
    from desk.intake import take_in
    from desk.nights import init, nights, send
    from desk.opening import open_desk

    if territory:
        os.environ["JALON_TERRITORY"] = territory  # before the flows read it, and for the commands to paste
    init()
    with open_desk() as desk:
        reports = take_in(desk, examples(desk), kind=None, on=DAY, dry_run=False)
        say(told_of_import(reports))
        results, failed = nights(desk, list(desk.territory.tracks), on=DAY, apply=True)
        if failed:
            raise JalonError(failed)
        sent = send(desk, at=SENDS_AT, apply=True, through=None)  # never a real channel for people who do not exist
        make_accounts(desk)
        changes = sum(report.created + report.updated for report in reports)
        changes += sum(sum(result.written.values()) for result in results)
        show(desk, sent=sent.sent, again=changes + sent.sent == 0)


def examples(desk: "Desk") -> Path:
    from config.settings import PROJECT

    folder = PROJECT / "examples" / desk.slug
    if not folder.is_dir():
        raise JalonError(
            f"Pas d'exemple pour le territoire {desk.territory.name}. Il y en a pour : {', '.join(there_are())}."
        )
    return folder


def there_are() -> list[str]:
    from config.settings import PROJECT

    return sorted(folder.name for folder in (PROJECT / "examples").iterdir() if folder.is_dir())


def told_of_import(reports: "list[FileReport]") -> str:
    rows, refused = sum(report.read for report in reports), sum(report.refused for report in reports)
    warned = sum(report.warnings for report in reports)
    return (
        f"{french.plural(len(reports), 'fichier')}, {french.plural(rows, 'ligne')} : "
        f"{french.plural(refused, 'refusée')} (voir reports), {french.plural(warned, 'avertissement')}."
    )


def show(desk: "Desk", *, sent: int, again: bool) -> None:
    """The table of the night, a few cases explained, the page, and what to try next."""
    from desk.demo_accounts import read_accounts
    from desk.night_page import write_night_page
    from desk.stories import stories
    from desk.summary import Night, night_table
    from store.nights import tallies

    with desk.reading() as connection:
        found = tallies(connection, territory=desk.slug, on=DAY)
        runs = [run for tally in found.values() for run in tally.runs]
        chosen = examples_of(stories(connection, desk.territory, on=DAY, runs=runs))
        page = write_night_page(connection, desk.territory, on=DAY, folder=desk.settings.reports)
    if again:
        say(f"Il ne restait rien à faire : la nuit du {french.full_date(DAY)} était déjà faite.")
        say("Rien n'a été écrit ni envoyé deux fois. Voici ce qu'elle avait fait.")
    say(f"\nNuit du {french.weekday_date(DAY)} {DAY.year}, {desk.territory.name}")
    titles = {track: policy.title for track, policy in desk.territory.tracks.items()}
    say(night_table([Night.of(titles[track], tally) for track, tally in found.items()]))
    if sent:
        written = french.plural(sent, "message écrit", "messages écrits")
        say(f"{written} dans le dossier outbox de JALON_HOME : rien ne part de cette machine.")
    say("\nPourquoi ? Quelques dossiers :")
    for story in chosen:
        say(f"  c{story.case}  {story.reason.what} : {story.reason.because.why}")
        say(f"       {source_of(story.reason.because)}")
    say(f"\nLa nuit en une page, à ouvrir dans un navigateur : {near(page)}")
    say("\nLe bureau des équipes, dans un navigateur :")
    say(f"  {jalon()} desk", wrap=False)
    for line in read_accounts(desk.settings.home, desk.slug):
        say(f"  {line}", wrap=False)
    say("\nPour continuer, trois commandes à coller :")
    for command in commands(chosen):
        say(f"  {command}", wrap=False)


def examples_of(found: "list[Story]") -> "list[Story]":
    """An appointment, something that is missing, a file for review: the first of each."""
    firsts = (next((story for story in found if story.sign.startswith(sign)), None) for sign in SHOWN)
    return [story for story in firsts if story is not None]


def commands(chosen: "list[Story]") -> Iterator[str]:
    """Three commands that work as they are, from the folder where the demonstration was run."""
    if chosen:
        yield f"{jalon()} explain c{chosen[-1].case} --on {DAY.isoformat()}"
    yield f"{jalon()} review list --on {DAY.isoformat()}"
    yield f"{jalon()} run --all --on {SECOND_ACT.isoformat()} --apply"


def jalon() -> str:
    """The command as it is typed here, with the settings that it was given."""
    carried = [f"{name}={shlex.quote(os.environ[name])}" for name in CARRIED if os.environ.get(name)]
    return " ".join([*carried, shlex.quote(near(Path(sys.executable).parent / "jalon"))])


def near(path: Path) -> str:
    """The path from the working folder, where it is under it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
