"""`jalon agenda`: the calendars that referents keep elsewhere, and the link to what Jalon plans for them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk import ids, words
from desk.options import AsJson, By
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.errors import JalonError

if TYPE_CHECKING:
    from desk.opening import Desk
    from tracks.vocabulary import CalendarKind

agenda = Commands(help="Les agendas que les référents tiennent ailleurs, et le lien vers leurs rendez-vous de Jalon.")

Email = Annotated[str, typer.Argument(metavar="COURRIEL", help="Le référent, par son adresse.")]
Number = Annotated[str, typer.Argument(metavar="AGENDA", help="Numéro de l'agenda (g12).")]


@agenda.command("add")
def add(
    referent: Email,
    source: Annotated[
        str,
        typer.Argument(metavar="ADRESSE|FICHIER", help="https://…, un fichier .ics, ou env:NOM si elle est secrète."),
    ],
    by: By,
    caldav: Annotated[bool, typer.Option("--caldav", help="L'adresse est celle d'un agenda CalDAV.")] = False,
    secret: Annotated[
        str | None,
        typer.Option(
            "--secret", metavar="env:NOM|file:CHEMIN", help="Où se lit « nom:mot de passe », s'il en faut un."
        ),
    ] = None,
) -> None:
    """Relève un agenda du référent : ses heures prises, jamais leurs titres. Il est lu aussitôt, puis chaque nuit."""
    from desk.opening import open_desk
    from store import calendars
    from store.handover import referent_named

    if secret is not None and not secret.startswith(("env:", "file:")):
        raise typer.BadParameter(
            "--secret dit où se lit le mot de passe : env:NOM ou file:CHEMIN. Ne l'écrivez pas ici."
        )
    with open_desk() as desk:
        kind, where = read_source(desk, source, caldav=caldav)
        with desk.writing() as connection:
            who = referent_named(connection, territory=desk.slug, email=referent)
            number = calendars.add(connection, desk.act(by), referent=who.id, source=where, kind=kind, secret=secret)
        say(f"Noté : agenda g{number} de {who.first_name} {who.last_name} (par {by}).")
        if not read_again(desk, only=number):
            raise typer.Exit(1)


def read_source(desk: "Desk", source: str, *, caldav: bool) -> "tuple[CalendarKind, str]":
    """How it is read, and as it is written down. JalonError: neither a file nor an address that may be asked."""
    from tasks.calendar_fetch import allowed
    from tracks.vocabulary import CalendarKind

    if "://" not in source and not source.startswith("env:"):
        path = Path(source).expanduser().resolve()
        if not path.is_file():
            raise JalonError(
                f"Le fichier {path.name} n'existe pas. Attendu : un fichier .ics, ou une adresse https://…"
            )
        return CalendarKind.FILE, str(path)
    if "://" in source and not allowed(source, desk.territory.file.agendas.inside):
        raise JalonError(
            "Cette adresse n'est pas admise : https seulement, sans mot de passe dedans (--secret dit où il se lit)."
        )
    return (CalendarKind.CALDAV if caldav else CalendarKind.ICS), source


@agenda.command("remove")
def remove(number: Number, by: By) -> None:
    """Oublie un agenda et les heures qu'il donnait pour prises."""
    from desk.opening import open_desk
    from store import calendars

    id_ = ids.read("g", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            calendars.remove(connection, desk.act(by), calendar=id_)
        say(f"Fait : l'agenda g{id_} n'est plus relevé, et ce qu'il disait est oublié (par {by}).")


@agenda.command("sync")
def sync() -> None:
    """Relit tous les agendas maintenant. Celui qui ne répond pas garde ses dernières heures connues."""
    from desk.opening import open_desk

    with open_desk() as desk:
        if not read_again(desk):
            raise typer.Exit(1)


def read_again(desk: "Desk", only: int | None = None) -> bool:
    """Whether every one of them could be read; what could not is said."""
    from tasks.calendars import sync as sync_calendars

    done = sync_calendars(desk.engine, desk.territory, on=desk.today, at=desk.now, only=only)
    with desk.reading() as connection:
        from store import calendars

        rows = [row for row in calendars.listed(connection, territory=desk.slug) if only in (None, row["id"])]
    for row in rows:
        if row["trouble"] or only:
            say(told(desk, row))
    say(f"{french.plural(done.read, 'agenda relu', 'agendas relus')}, {done.failed} en échec.")
    if done.put_off:
        say(f"{french.plural(done.put_off, 'agenda attend', 'agendas attendent')} la prochaine fois, faute de temps.")
    return not done.failed


@agenda.command("list")
def list_(as_json: AsJson = False) -> None:
    """Les agendas relevés, quand ils l'ont été, et ceux qui ne répondent plus."""
    from desk.opening import open_desk
    from store import calendars

    with open_desk() as desk:
        with desk.reading() as connection:
            rows = calendars.listed(connection, territory=desk.slug)
        for row in rows:
            if as_json:
                shown = {"agenda_id": f"g{row['id']}", "referent": row["email"], "kind": row["kind"]}
                emit(shown | {name: row[name] for name in ("spans", "skipped", "trouble", "tried_at", "read_at")})
            else:
                say(told(desk, row))
        say(f"{french.plural(len(rows), 'agenda relevé', 'agendas relevés')}.", as_json=as_json)


def told(desk: "Desk", row: Any) -> str:
    """« g3  Öykü Demir : 41 plages prises, relu le 23 novembre à 5 h 12. »; the source itself is never shown."""
    wall = desk.territory.calendar.wall_clock

    def moment(at: Any) -> str:
        return f"le {french.long_date(wall(at).date())} à {french.clock(wall(at).time())}"

    head = f"g{row['id']}  {row['first_name']} {row['last_name']}"
    spans = french.plural(row["spans"], "plage prise", "plages prises")
    lost = (
        f" ; {french.plural(row['skipped'], 'événement incompris', 'événements incompris')}" if row["skipped"] else ""
    )
    if not row["trouble"]:
        return (
            f"{head} : {spans}, relu {moment(row['read_at'])}{lost}." if row["read_at"] else f"{head} : pas encore lu."
        )
    stays = "Restent" if row["spans"] > 1 else "Reste"
    kept = (
        f"{stays} {spans}, connue{'s' if row['spans'] > 1 else ''} {moment(row['read_at'])}."
        if row["read_at"]
        else "Rien n'en est connu."
    )
    return f"{head} : {words.said(words.CALENDAR_TROUBLE, row['trouble'])} {kept}"


@agenda.command("feed")
def feed(
    referent: Email,
    by: By,
    revoke: Annotated[bool, typer.Option("--revoke", help="Met fin au lien, sans en donner d'autre.")] = False,
) -> None:
    """Donne au référent le lien secret de ses rendez-vous, à coller dans son agenda. Le précédent cesse de servir."""
    from desk.opening import open_desk
    from store import feeds
    from store.handover import referent_named

    with open_desk() as desk:
        with desk.writing() as connection:
            who = referent_named(connection, territory=desk.slug, email=referent)
            if revoke:
                ended = feeds.end(connection, desk.act(by), referent=who.id)
            else:
                token = feeds.make(connection, desk.act(by), referent=who.id)
        name = f"{who.first_name} {who.last_name}"
        if revoke:
            said = "Le lien ne sert plus" if ended else "Aucun lien ne servait"
            say(f"{said} : {name} (par {by}).")
            return
        url = desk.territory.file.answers.url
        say(f"{url}/a/{token}.ics")
        say(
            f"C'est le lien de {name}, à donner par un moyen sûr. Il n'est gardé nulle part et remplace le précédent. "
            "Dans son agenda : « s'abonner à un calendrier par adresse »."
        )
        if not url:
            say("Sans [answers] url dans territory.toml, mettez devant l'adresse publique de « jalon web ».")
