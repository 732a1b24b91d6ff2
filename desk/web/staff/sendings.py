"""*Envois*: what leaves today and its price, batches that wait for two people, what did not arrive, the switches."""

from datetime import time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import tonight as shown_as
from desk import words
from desk.stops import covered
from desk.web import wording
from desk.web.forms import Form
from desk.web.staff.doors import Visitor, back_to, done, number, shown, staff_page
from desk.web.staff.reviews import page_of
from store import holds, sendings, sendings_page, stops
from store.due import read_due
from store.outbox import Pass
from tasks import tonight
from tracks.vocabulary import Channel, DeskRole, MessageStatus

COORDINATION = (DeskRole.COORDINATOR,)
REASON = 200  # characters
SAID = {
    "accord": "Votre accord est noté : il faut encore celui d’une autre personne.",
    "libere": "Second accord noté : ces messages partiront au prochain envoi.",
    "annule": "C’est annulé : rien n’en part plus.",
    "renvoi": "Remis à envoyer.",
    "arret": "C’est arrêté. Un message au plus peut encore partir.",
    "reprise": "Les envois reprennent ; ce qui n’est plus utile ne part pas.",
}


def routes() -> list[BaseRoute]:
    return [
        shown("/envois", show, roles=COORDINATION),
        done("/envois/h{id:int}/accord", agree, roles=COORDINATION),
        done("/envois/h{id:int}/annuler", void_batch, roles=COORDINATION),
        done("/envois/m{id:int}/renvoyer", retry, roles=COORDINATION),
        done("/envois/m{id:int}/annuler", void, roles=COORDINATION),
        done("/envois/arret", stop, roles=COORDINATION),
        done("/envois/reprise", resume, roles=COORDINATION),
    ]


def show(visitor: Visitor, request: Request) -> Response:
    tab = "echecs" if request.query_params.get("voir") == "echecs" else "jour"
    return sendings_page_of(visitor, Form(), tab=tab, page=page_of(request), dit=request.query_params.get("dit", ""))


def sendings_page_of(visitor: Visitor, form: Form, *, tab: str = "jour", page: int = 1, dit: str = "") -> Response:
    """Messages already written: those that tonight's night would write are in its dry run (*Parcours*)."""
    office, scope = visitor.office, visitor.scope
    until = office.territory.calendar.local(visitor.on + timedelta(days=1), time())
    today = sendings_page.leaving(at=visitor.at, until=until)
    with office.reading() as connection:
        which = today if tab == "jour" else sendings_page.parked()
        found = sendings_page.page_of(connection, scope, which, page=page)
        groups = sendings_page.counts(connection, scope, today)
        batches = holds.open_holds(connection, territory=scope.territory)
        down = stops.active(connection, territory=scope.territory)
        prices = priced(visitor, connection, found.rows, down) if tab == "jour" else {}
    return staff_page(
        visitor,
        "sendings.html",
        status=422 if form.mistakes else 200,
        form=form,
        said=SAID.get(dit, ""),
        tab=tab,
        rows=[line(visitor, row, prices.get(row["id"])) for row in found.rows],
        total=found.total,
        page=page,
        pages=-(-found.total // sendings_page.PAGE),
        groups=groups,
        batches=[(batch, may_agree(visitor, batch)) for batch in batches],
        down=[
            (one, covered(one.track, one.channel), wording.moment(one.stopped_at, calendar(visitor))) for one in down
        ],
        tracks={slug: policy.title for slug, policy in office.territory.tracks.items()},
        channels={channel.value: words.CHANNEL[channel] for channel in Channel},
        words=words,
    )


def calendar(visitor: Visitor) -> Any:
    return visitor.office.territory.calendar


def may_agree(visitor: Visitor, batch: Any) -> bool:
    """Whoever gave the first agreement is not the second person."""
    first = batch["agreed_by"]
    return first is None or holds.identity(first) != holds.identity(visitor.scope.name)


def priced(visitor: Visitor, connection: Any, rows: Any, down: list[stops.Stop]) -> dict[int, tonight.Leaving]:
    """The messages of this page as they would leave: segments and price are those of the very text."""
    office = visitor.office
    this = Pass(territory=visitor.scope.territory, at=visitor.at, holder="desk", calendar=office.territory.calendar)
    held = {row["id"]: row["not_sent_because"] for row in rows if row["status"] == MessageStatus.HELD}
    read = read_due(connection, [row["id"] for row in rows], at=visitor.at, calendar=this.calendar)
    found = {}
    for due in read.ready:
        why = held.get(due.id) or (tonight.STOPPED if any(one.covers(due) for one in down) else None)
        found[due.id] = tonight.said(due, this, office.territory, office.channels, holds=why, known=due.id)
    return found


def line(visitor: Visitor, row: Any, leaving: tonight.Leaving | None) -> dict[str, Any]:
    """A message as the page shows it; `retry`: whether it may leave again, `twice`: it may have arrived."""
    why = leaving.holds if leaving else row["not_sent_because"]
    failure = words.said(words.FAILURE, row["failure"])
    return {
        "id": row["id"],
        "case": row["case_id"],
        "who": f"{row['first_name']} {row['last_name']}" if row["last_name"] else "L’équipe",
        "what": words.said(words.TEMPLATE, row["template"]),
        "channel": words.said(words.CHANNEL, row["channel"]),
        "when": wording.moment(row["due_at"], calendar(visitor)),
        "about": wording.moment(leaving.about, calendar(visitor)) if leaving and leaving.about else "",
        "segments": leaving.segments if leaving else None,
        "price": shown_as.money(leaving.euros) if leaving and leaving.euros is not None else "",
        "status": words.said(words.MESSAGE, row["status"]),
        "why": ", ".join(part for part in (words.said(words.NOT_SENT | words.NOT_DONE, why), failure) if part),
        "retry": row["useful_until"] > visitor.at
        and (row["status"] == MessageStatus.UNKNOWN or row["failure"] == "temporary"),
        "twice": row["status"] == MessageStatus.UNKNOWN,
    }


def agree(visitor: Visitor, request: Request, form: Form) -> Response:
    """The first person's agreement is noted; the second one's, another person's, lets the batch go."""
    hold = number(request)
    with visitor.office.writing() as connection:
        sendings_page.held_by(connection, visitor.scope, hold=hold)
        (agreed,) = holds.release(connection, visitor.act(), only=hold)
    return back_to("/envois", said="accord" if agreed.released is None else "libere")


def reason_of(form: Form) -> str:
    reason = form.text("motif", REASON)
    if not reason and "motif" not in form.mistakes:
        form.mistakes["motif"] = "Dites pourquoi, en quelques mots."
    return reason


def void_batch(visitor: Visitor, request: Request, form: Form) -> Response:
    hold = number(request)
    with visitor.office.reading() as connection:
        held = sendings_page.held_by(connection, visitor.scope, hold=hold)
    return dropped(visitor, form, held)


def void(visitor: Visitor, request: Request, form: Form) -> Response:
    with visitor.office.reading() as connection:
        row = sendings_page.message(connection, visitor.scope, message=number(request))
    return dropped(visitor, form, [row["id"]])


def dropped(visitor: Visitor, form: Form, ids: list[int]) -> Response:
    reason = reason_of(form)
    if form.mistakes:
        return sendings_page_of(visitor, form)
    with visitor.office.writing() as connection:
        sendings.void(connection, visitor.act(), ids, reason=reason)
    return back_to("/envois", said="annule")


def retry(visitor: Visitor, request: Request, form: Form) -> Response:
    """JalonError, as a page: it arrived, is of no more use, or may have arrived and nobody said that twice is right."""
    twice = bool(form.several("deux_fois", {"oui": 1}))
    with visitor.office.writing() as connection:
        row = sendings_page.message(connection, visitor.scope, message=number(request))
        sendings.retry(connection, visitor.act(), [row["id"]], may_arrive_twice=twice)
    return back_to("/envois", said="renvoi")


def switch(visitor: Visitor, form: Form) -> tuple[str, str]:
    """The track and the channel of a switch; « » for all of them."""
    tracks = {"": "", **visitor.office.territory.tracks}
    channels = {"": "", **{channel.value: channel for channel in Channel}}
    track = form.choice("parcours", tracks, missing="Ce parcours n’existe pas.")
    return track, form.choice("moyen", channels, missing="Ce moyen n’existe pas.")


def stop(visitor: Visitor, request: Request, form: Form) -> Response:
    (track, channel), reason = switch(visitor, form), reason_of(form)
    if form.mistakes:
        return sendings_page_of(visitor, form)
    with visitor.office.writing() as connection:
        stops.stop(connection, visitor.act(), track=track, channel=channel, reason=reason)
    return back_to("/envois", said="arret")


def resume(visitor: Visitor, request: Request, form: Form) -> Response:
    track, channel = switch(visitor, form)
    if form.mistakes:
        return sendings_page_of(visitor, form)
    with visitor.office.writing() as connection:
        stops.resume(connection, visitor.act(), track=track, channel=channel)
    return back_to("/envois", said="reprise")
