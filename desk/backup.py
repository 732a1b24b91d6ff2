"""`jalon backup`, `jalon restore`: a copy of everything, and its return without writing to anybody twice."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.options import AsJson, By
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from tasks.backup import Backup

To = Annotated[
    Path | None, typer.Option("--to", metavar="DOSSIER", help="Dossier à créer ; sinon, un dans JALON_HOME/backups.")
]
From = Annotated[Path, typer.Argument(metavar="SAUVEGARDE", help="Le dossier qu'a écrit jalon backup.")]
Replace = Annotated[bool, typer.Option("--replace", help="Même si la base n'est pas vide : elle est remplacée.")]
REASON = "Base restaurée de la sauvegarde du {at} : à relire avant d'envoyer"


def backup(to: To = None, as_json: AsJson = False) -> None:
    """Sauvegarde la base, les messages déposés et les rapports, tels qu'à un même instant, sans rien arrêter."""
    from desk.opening import open_desk
    from tasks.backup import back_up, backups, stamp

    with open_desk() as desk:
        done = back_up(desk.settings, to or backups(desk.settings) / stamp(desk.now), at=desk.now)
    if as_json:
        emit({"folder": str(done.folder), "at": done.at, "files": len(done.sizes), "bytes": sum(done.sizes.values())})
    files = french.plural(len(done.sizes), "fichier", "fichiers")
    say(f"Sauvegardé : {files}, journal vérifié, dans {done.folder}", as_json=as_json, wrap=False)
    say("Gardez-en une copie sur une autre machine : des personnes y sont nommées.", as_json=as_json)


def restore(folder: From, by: By, replace: Replace = False, as_json: AsJson = False) -> None:
    """Remet une sauvegarde vérifiée, puis rapproche ce qui est parti depuis : rien ne repart sans qu'on l'ait relu."""
    from desk.opening import open_desk
    from tasks.backup import put_back, read_backup

    with open_desk() as desk:
        found = read_backup(folder)
        kept = put_back(desk.settings, found, replace=replace, at=desk.now)
        told = settle(desk, found, by, as_json=as_json)
        if as_json:
            emit({"restored": str(folder), "at": found.at, "replaced": str(kept) if kept else None, **told})
        say(f"Restauré : la sauvegarde du {moment(desk, found)}, fichiers et journal vérifiés.", as_json=as_json)
        if kept:
            say(f"Ce qu'elle remplace est gardé dans {kept}", as_json=as_json, wrap=False)
        if told["stopped"]:
            say(
                "Les envois sont arrêtés : réimportez les fichiers du département, lisez jalon messages tonight et "
                "jalon messages list --status unknown, puis jalon resume.",
                as_json=as_json,
            )


def settle(desk: "Desk", found: "Backup", by: str, *, as_json: bool) -> dict[str, Any]:
    """What left since the backup is noted from outside the database; where nobody can say, all waits for people."""
    from desk.reconcile import reconciled, tell
    from store.reconciling import doubt_all_due
    from tasks.backup import goes_on

    known, doubted = goes_on(desk.settings, found), 0
    if not known:
        with desk.writing() as connection:
            doubted = doubt_all_due(connection, desk.act(by))
    done = reconciled(desk, by)
    tell(done, by, as_json=as_json)
    if doubted:
        messages = french.plural(doubted, "message dû est", "messages dus sont")
        say(f"Ce qui est parti depuis n'est noté nulle part : {messages} d'envoi incertain.", as_json=as_json)
    stopped = [] if known and not done.absent else [desk.slug]
    stopped += sorted(set(found.heads) - {desk.slug})
    for territory in stopped:
        stop_all(desk, found, by, territory)
    others = ", ".join(name for name in stopped if name != desk.slug)
    if others:
        say(
            f"Autres territoires de cette base, envois arrêtés aussi : {others}. Pour chacun, avec son "
            "JALON_TERRITORY : jalon messages reconcile, puis jalon resume.",
            as_json=as_json,
        )
    return {"sent": done.sent, "doubtful": done.doubtful + doubted, "absent": done.absent, "stopped": stopped}


def stop_all(desk: "Desk", found: "Backup", by: str, territory: str) -> None:
    """Unless the backup had them stopped already."""
    from dataclasses import replace

    from store import stops

    with desk.writing() as connection:
        if not any(not stop.track and not stop.channel for stop in stops.active(connection, territory=territory)):
            act = replace(desk.act(by), territory=territory)
            stops.stop(connection, act, track="", channel="", reason=REASON.format(at=moment(desk, found)))


def moment(desk: "Desk", found: "Backup") -> str:
    """« 23 novembre 2026 à 10 h », in the zone of the territory."""
    day = french.full_date(desk.territory.calendar.day_of(found.at))
    return f"{day} à {french.local_clock(found.at, desk.territory.zone)}"
