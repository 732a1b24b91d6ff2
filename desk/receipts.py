"""`jalon receipts`: what the channels say afterwards, from a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.options import AsJson
from desk.terminal import emit, say
from tracks.french import plural
from tracks.vocabulary import Channel

if TYPE_CHECKING:
    from desk.opening import Desk
    from tasks.receipts import Told

ALL_IN, SOME_REFUSED, NOTHING_READ = 0, 1, 2


def receipts(
    path: Annotated[
        Path, typer.Argument(metavar="CHEMIN", help="Le CSV du service d'envoi ; avec --bounces, des e-mails.")
    ],
    channel: Annotated[
        Channel, typer.Option("--channel", help="Le moyen d'envoi dont parle le fichier.")
    ] = Channel.SMS,
    bounces: Annotated[
        bool, typer.Option("--bounces", help="Des e-mails revenus : un .eml, un dossier, une boîte Maildir ou mbox.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Essai à blanc : compte tout, n'écrit rien.")] = False,
    as_json: AsJson = False,
) -> None:
    """Importe les accusés de réception ou les e-mails revenus. Le même fichier deux fois ne change rien."""
    from desk.opening import open_desk
    from store.engine import transaction
    from store.receipts import take_in
    from tasks.intake_sheet import UnreadableFileError

    with open_desk() as desk:
        try:
            found = read(desk, path, channel=channel, bounces=bounces)
        except UnreadableFileError as error:
            say(f"{path.name} : {error}", as_json=as_json)
            raise typer.Exit(NOTHING_READ) from None
        with transaction(desk.engine, apply=not dry_run) as connection:
            taken = take_in(connection, found.receipts, territory=desk.slug, at=desk.now)
        if not dry_run:
            desk.note_heads()
    for refused in found.refused:
        what, where = ("message" if bounces else "ligne"), f", colonne « {refused.column} »" if refused.column else ""
        say(f"{path.name}, {what} {refused.line}{where} : {refused.reason}.", as_json=as_json)
    if as_json:
        counts = {"new": taken.new, "known": taken.known, "unmatched": taken.unmatched, "moved": taken.moved}
        emit(
            {
                "file": path.name,
                "read": read_of(found),
                **counts,
                "ignored": found.ignored,
                "refused": len(found.refused),
            }
        )
    say(
        f"{path.name} : {plural(read_of(found), 'lu')}, {plural(taken.new, 'nouveau', 'nouveaux')}, "
        f"{plural(taken.known, 'déjà connu', 'déjà connus')}, {taken.unmatched} sans message de nous, "
        f"{plural(found.ignored, 'en chemin', 'en chemin')}, {plural(len(found.refused), 'refusé')} ; "
        f"{plural(taken.moved, 'message change', 'messages changent')} d'état.",
        as_json=as_json,
    )
    if dry_run:
        say("Essai à blanc : rien n'a été écrit.", as_json=as_json)
    raise typer.Exit(SOME_REFUSED if found.refused else ALL_IN)


def read(desk: "Desk", path: Path, *, channel: Channel, bounces: bool) -> "Told":
    """UnreadableFileError: nothing of the file can be trusted."""
    from config.channels import load_channels
    from config.receipts import Receipts
    from tasks.bounces import bounces_of
    from tasks.intake_sheet import UnreadableFileError, read_sheet
    from tasks.receipts import told_by

    if bounces:
        return bounces_of(path, at=desk.now)
    settings = load_channels(desk.settings.channels).of(channel).receipts or Receipts()
    try:
        sheet = read_sheet(path)
    except FileNotFoundError:
        raise UnreadableFileError("fichier absent. Vérifiez son chemin.") from None
    except OSError as error:
        raise UnreadableFileError(f"lecture impossible ({error.strerror}).") from None
    return told_by(sheet, settings, channel=channel, at=desk.now, zone=desk.territory.zone)


def read_of(found: "Told") -> int:
    return len(found.receipts) + len(found.refused) + found.ignored
