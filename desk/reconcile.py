"""`jalon messages reconcile`: after a restoration, before anything leaves again."""

from typing import TYPE_CHECKING

from desk.options import AsJson, By
from desk.terminal import emit, say
from tracks import french

if TYPE_CHECKING:
    from desk.opening import Desk
    from store.reconciling import Reconciled


def reconcile(by: By, as_json: AsJson = False) -> None:
    """Après la restauration d'une sauvegarde : note ce qui est parti depuis, pour que rien ne reparte."""
    from dataclasses import asdict

    from desk.opening import open_desk

    with open_desk() as desk:
        done = reconciled(desk, by)
        if as_json:
            emit(asdict(done))
        tell(done, by, as_json=as_json)


def reconciled(desk: "Desk", by: str) -> "Reconciled":
    """What left since the backup, noted in the restored database."""
    from config.channels import load_channels
    from store import journal
    from store.reconciling import reconcile as told_of
    from tasks import send_log
    from tasks.lane import proofs

    act, file = desk.act(by), desk.settings.sends_file
    proved = proofs(load_channels(desk.settings.channels))
    with desk.reading() as connection:
        left = send_log.left_since(file, connection, territory=desk.slug)
        journal.note_restored(connection, territory=desk.slug, file=desk.settings.heads_file)
    with desk.writing() as connection:
        done = told_of(connection, act, left, proofs=proved, calendar=desk.territory.calendar)
    with desk.reading() as connection:
        send_log.reconciled(file, connection, territory=desk.slug, at=act.at)
    return done


def tell(done: "Reconciled", by: str, *, as_json: bool) -> None:
    gone = french.plural(done.sent, "message déjà parti", "messages déjà partis")
    doubtful = french.plural(done.doubtful, "peut-être parti", "peut-être partis")
    say(f"Noté (par {by}) : {gone}, {doubtful}. Ils ne repartiront pas d'eux-mêmes.", as_json=as_json)
    if done.absent:
        absent = french.plural(done.absent, "envoi noté n'a", "envois notés n'ont")
        say(
            f"{absent} plus de message dans cette base : réimportez les fichiers du département, puis lisez "
            "jalon messages tonight avant d'envoyer, un message déjà reçu pourrait s'y trouver.",
            as_json=as_json,
        )
