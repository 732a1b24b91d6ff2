"""`jalon messages`: what leaves, what does not, and what people do about it."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk import ids, words
from desk.options import AsJson, By, On, a_day, some_words
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french
from tracks.vocabulary import MessageStatus, RecipientKind

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from config.territory import Territory
    from desk.opening import Desk

messages = Commands(help="Les messages : voir, renvoyer, annuler, libérer un envoi retenu.")

MessageArgument = Annotated[str, typer.Argument(metavar="MESSAGE", help="Numéro du message (m12).")]
MessageArguments = Annotated[list[str], typer.Argument(metavar="MESSAGE…", help="Numéros des messages (m12 m13).")]
Batch = Annotated[str | None, typer.Option("--batch", metavar="ENVOI", help="Un seul envoi retenu (h1).")]
DueOn = Annotated[date | None, typer.Option("--on", metavar="JOUR", parser=a_day, help="Dus ce jour-là.")]

Each = Annotated[bool, typer.Option("--each", help="Une ligne par message : dossier, heure, raison, moyen, prix.")]


@messages.command("tonight")
def tonight(on: On = None, each: Each = False, as_json: AsJson = False) -> None:
    """Ce que la nuit enverrait : à qui, pourquoi, comment, à quel prix, ce qui le retient. N'écrit rien."""
    from config.channels import load_channels
    from desk import tonight as shown
    from desk.opening import open_desk
    from tasks.tonight import tonight as would_leave

    with open_desk() as desk:
        day = on or desk.today
        found = would_leave(desk.engine, desk.territory, load_channels(desk.settings.channels), on=day)
        for one in found if each or as_json else ():
            if as_json:
                emit(shown.as_dict(one))
            else:
                say(shown.line(one, desk.territory))
        if found and not each:
            say(shown.table(found), as_json=as_json)
        say(f"{french.full_date(day)} : {shown.total(found)}.", as_json=as_json)
        say("Essai à blanc : rien n'est écrit, rien n'est parti.", as_json=as_json)


@messages.command("list")
def listed(
    status: Annotated[MessageStatus | None, typer.Option("--status", help="Un seul état.")] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="DOSSIER", help="Un seul dossier (c12).")] = None,
    on: DueOn = None,
    as_json: AsJson = False,
) -> None:
    """Les messages, du plus ancien au plus récent."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store import sendings
    from store.schema import messages as table

    with open_desk() as desk, desk.reading() as connection:
        which = [table.c.status == status] if status else []
        which += [table.c.case_id == case_id(connection, desk, case)] if case else []
        if on:
            local = desk.territory.calendar.local
            which += [table.c.due_at >= local(on, time()), table.c.due_at < local(on + timedelta(days=1), time())]
        found = sendings.listed(connection, territory=desk.slug, which=which)
        for row in found:
            if as_json:
                emit(as_dict(row))
            else:
                say(_line(row, desk.territory))
        say(f"{french.plural(len(found), 'message')}.", as_json=as_json)


@messages.command("show")
def show(number: MessageArgument, as_json: AsJson = False) -> None:
    """Un message entier : à qui, pourquoi, quand, ce qui en est advenu, le texte parti."""
    from desk.opening import open_desk
    from store import sendings
    from store.schema import messages as table
    from tracks.errors import JalonError

    id_ = ids.read("m", number)
    with open_desk() as desk:
        with desk.reading() as connection:
            found = sendings.listed(connection, territory=desk.slug, which=[table.c.id == id_])
        if not found:
            raise JalonError(f"Message m{id_} introuvable dans ce territoire. La liste : jalon messages list.")
        if as_json:
            more = ("planned_on", "sent_at", "segments", "details", "key", "body")
            emit(as_dict(found[0]) | {name: found[0][name] for name in more})
            return
        for line in _sheet(found[0], desk.territory):
            say(line)


@messages.command("retry")
def retry(
    numbers: MessageArguments,
    by: By,
    twice: Annotated[
        bool,
        typer.Option("--may-arrive-twice", help="Renvoie aussi un message peut-être arrivé : il arriverait deux fois."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remet à envoyer, tant qu'ils servent, des messages en échec passager ou d'envoi incertain."""
    from desk.opening import open_desk
    from store import sendings

    wanted = _read(numbers)
    with open_desk() as desk:
        with desk.writing() as connection:
            sendings.retry(connection, desk.act(by), wanted, may_arrive_twice=twice)
        _told(wanted, MessageStatus.PENDING, by, as_json=as_json)


@messages.command("void")
def void(
    by: By,
    reason: Annotated[str, typer.Option("--reason", metavar="MOTIF", parser=some_words, help="Pourquoi.")],
    numbers: Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE]…", help="Numéros (m12 m13).")] = None,
    batch: Batch = None,
    as_json: AsJson = False,
) -> None:
    """Annule des messages, ou tout un envoi retenu : rien n'en part plus."""
    from desk.opening import open_desk
    from store import sendings

    if bool(numbers) == bool(batch):
        raise typer.BadParameter("nommez des messages, ou un envoi retenu avec --batch.")
    with open_desk() as desk:
        with desk.writing() as connection:
            wanted = _read(numbers) if numbers else _kept_by(connection, desk, ids.read("h", batch or ""))
            sendings.void(connection, desk.act(by), wanted, reason=reason)
        _told(wanted, MessageStatus.VOID, by, as_json=as_json)


@messages.command("release")
def release(by: By, batch: Batch = None, as_json: AsJson = False) -> None:
    """Donne son accord à un envoi retenu ; le second accord, d'une autre personne, le laisse partir."""
    from desk.opening import open_desk
    from store import holds

    with open_desk() as desk:
        with desk.writing() as connection:
            done = holds.release(connection, desk.act(by), only=ids.read("h", batch) if batch else None)
        for one in done:
            scope = words.said(words.TEMPLATE | words.CHANNEL, one.scope)
            if as_json:
                told = {"batch": f"h{one.hold}", "scope": one.scope, "held": one.kept, "released": one.released or 0}
                emit(told | {"agreements": 1 if one.released is None else 2})
            elif one.released is None:
                kept = french.plural(one.kept, "message reste retenu", "messages restent retenus")
                say(
                    f"Noté : accord de {by} pour h{one.hold} ({scope}). {kept} : il faut l'accord d'une autre personne."
                )
            else:
                freed = french.plural(one.released, "message partira", "messages partiront")
                say(f"Noté : accord de {by} pour h{one.hold} ({scope}). {freed} au prochain envoi.")


def as_dict(row: "RowMapping") -> dict[str, Any]:
    """A message as JSON shows it: ids and words, no name and no text."""
    kept = ("recipient_kind", "recipient_id", "channel", "template", "due_at", "useful_until", "status")
    ended = ("not_sent_because", "failure", "attempts")
    case = None if row["case_id"] is None else f"c{row['case_id']}"
    batch = None if row["hold_id"] is None else f"h{row['hold_id']}"
    return (
        {"message_id": f"m{row['id']}", "case_id": case}
        | {name: row[name] for name in (*kept, *ended)}
        | {"batch": batch}
    )


def _read(numbers: list[str]) -> list[int]:
    return list(dict.fromkeys(ids.read("m", number) for number in numbers))


def _kept_by(connection: "Connection", desk: "Desk", batch: int) -> list[int]:
    """The messages that a batch still keeps. JalonError: none."""
    from store import sendings
    from store.schema import messages as table
    from tracks.errors import JalonError

    which = [table.c.hold_id == batch, table.c.status == MessageStatus.HELD]
    found = [row["id"] for row in sendings.listed(connection, territory=desk.slug, which=which)]
    if not found:
        raise JalonError(f"h{batch} ne retient aucun message. Voyez jalon status.")
    return found


def _told(wanted: list[int], status: MessageStatus, by: str, *, as_json: bool) -> None:
    if as_json:
        for id_ in wanted:
            emit({"message_id": f"m{id_}", "status": status})
    said = f"{french.plural(len(wanted), 'message')}, {words.MESSAGE[status]} (par {by})."
    say(f"Noté : {said}", as_json=as_json)


def _line(row: "RowMapping", territory: "Territory") -> str:
    about = f", dossier c{row['case_id']}" if row["case_id"] else ""
    return f"m{row['id']}  {_named(row)}{about}, dû le {_at(row['due_at'], territory)} : {_end(row)}"


def _sheet(row: "RowMapping", territory: "Territory") -> list[str]:
    lines = [
        f"Message m{row['id']} : {_named(row)}",
        f"À : {_recipient(row)}",
        f"Dû le {_at(row['due_at'], territory)}, utile jusqu'au {_at(row['useful_until'], territory)}",
        f"État : {_end(row)} ; {french.plural(row['attempts'], 'tentative')}",
    ]
    if row["sent_at"]:
        lines.append(f"Parti le {_at(row['sent_at'], territory)}")
    if row["case_id"]:
        lines.append(f"Pourquoi : jalon explain c{row['case_id']} --on {row['planned_on'].isoformat()}")
    if voided := row["details"].get("voided"):
        lines.append(f"Annulé par {voided['by']} : {voided['reason']}")
    return [*lines, "", row["body"] or "Aucun texte n'est parti."]


def _named(row: "RowMapping") -> str:
    return f"{words.said(words.TEMPLATE, row['template'])} par {words.said(words.CHANNEL, row['channel'])}"


def _recipient(row: "RowMapping") -> str:
    match RecipientKind(row["recipient_kind"]):
        case RecipientKind.BENEFICIARY:
            return f"la personne du dossier c{row['case_id']}"
        case RecipientKind.REFERENT:
            return f"référent n° {row['recipient_id']}"
        case RecipientKind.COORDINATOR:
            return f"coordinateur n° {row['recipient_id'] + 1} de territory.toml"


def _end(row: "RowMapping") -> str:
    why = words.said(words.NOT_SENT | words.NOT_DONE, row["not_sent_because"])
    parts = [why, words.said(words.FAILURE, row["failure"]), f"envoi h{row['hold_id']}" if row["hold_id"] else ""]
    told = ", ".join(part for part in parts if part)
    return words.said(words.MESSAGE, row["status"]) + (f" ({told})" if told else "")


def _at(instant: datetime, territory: "Territory") -> str:
    wall = territory.calendar.wall_clock(instant)
    return f"{french.full_date(wall.date())} à {french.clock(wall.time())}"
