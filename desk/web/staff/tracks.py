"""*Parcours*: each track drawn from its file, its versions, its last nights, when the next one is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import words
from desk.drawing import drawn, version_title
from desk.summary import SHOWN
from desk.web import wording
from desk.web.staff.doors import EVERYBODY, Visitor, shown, staff_page
from store import launches, passes, status
from store.scope import OutOfSightError
from tasks import scheduler
from tracks import french
from tracks.policy import TrackPolicy, Version

NIGHTS = 10
NIGHT: dict[str, str] = {
    "running": "en cours",
    "done": "faite",
    "no_op": "rien à faire, une nuit plus récente est passée",
    "failed": "interrompue",
}
NO_SCHEDULER = (
    "Le planificateur ne répond pas : aucune nuit ne part d’elle-même, et aucune ne peut être lancée d’ici. "
    "Sur la machine où Jalon est installé, lancez « jalon serve » ; s’il tourne déjà, attendez une minute."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a night proposed, wrote and did not do: as `jalon run --json` counts it."""

    cases: int
    kinds: list[tuple[str, int, int]]  # what, proposed, written
    not_done: list[tuple[str, int]]
    counts: dict[str, Any]

    def written(self, kind: str) -> int:
        count: int = self.counts["written"].get(kind, 0)
        return count

    @property
    def missed(self) -> int:
        return sum(count for _, count in self.not_done)

    @classmethod
    def of(cls, counts: dict[str, Any]) -> "Figures":
        proposed, written = counts["proposed"], counts["written"]
        named = {**dict.fromkeys(SHOWN), **dict.fromkeys(proposed), **dict.fromkeys(written)}
        return cls(
            cases=counts["cases"],
            kinds=[(said(kind), proposed.get(kind, 0), written.get(kind, 0)) for kind in named],
            not_done=[
                (french.sentence(words.said(words.NOT_DONE, reason)), count)
                for reason, count in sorted(counts["not_done"].items(), key=lambda item: (-item[1], item[0]))
                if count
            ],
            counts=counts,
        )


def said(kind: str) -> str:
    return SHOWN.get(kind) or OTHERS.get(kind, kind)


OTHERS: dict[str, str] = {
    "ask_qualify": "Absences à qualifier",
    "ask_call": "Personnes à appeler",
    "ask_visit": "Personnes à aller voir",
    "ask_follow_up": "Nouvelles à prendre",
    "ask_action": "Actions à vérifier",
    "ask_renew_contract": "Contrats à renouveler",
    "ask_track_change": "Changements de parcours à étudier",
    "convocation": "Convocations",
    "check_in": "Messages de suivi",
    "farewell": "Messages d’au revoir",
    "invitation_to_regularise": "Invitations à régulariser",
}


def routes() -> list[BaseRoute]:
    return [
        shown("/parcours", show_all, roles=EVERYBODY),
        shown("/parcours/{slug}", show, roles=EVERYBODY),
    ]


def track_of(visitor: Visitor, request: Request) -> TrackPolicy:
    """OutOfSightError: no such track here."""
    track = visitor.office.territory.tracks.get(request.path_params["slug"])
    if track is None:
        raise OutOfSightError("Ce parcours n'existe pas dans ce département.")
    return track


def show_all(visitor: Visitor, request: Request) -> Response:
    territory = visitor.office.territory
    with visitor.office.reading() as connection:
        last = status.last_passes(connection, territory=territory.slug)
        people = status.caseload(connection, territory=territory.slug, on=visitor.on)
    rows = [
        {
            "track": track,
            "people": french.plural(people.get(slug, 0), "dossier ouvert", "dossiers ouverts"),
            "at": french.clock(track.runs_at),
            "done_on": last[slug].done_on if slug in last else None,
            "trouble": slug in last and last[slug].status == "failed",
        }
        for slug, track in territory.tracks.items()
    ]
    return staff_page(visitor, "tracks.html", rows=rows)


def show(visitor: Visitor, request: Request) -> Response:
    track = track_of(visitor, request)
    with visitor.office.reading() as connection:
        nights, busy, asked = read(connection, visitor, track)
    now = in_force(track, visitor)
    titles = {slug: other.title for slug, other in visitor.office.territory.tracks.items()}
    next_one, answers = next_night(visitor, track)
    return staff_page(
        visitor,
        "track.html",
        track=track,
        picture=Markup(drawn(track, now, titles)) if now else "",  # noqa: S704 - drawn by us  # nosec B704
        versions=[(version_title(version), version, version is now) for version in track.version],
        words=words,
        nights=nights,
        next_one=next_one,
        answers=answers,
        no_scheduler=NO_SCHEDULER,
        busy=busy,
        asked=asked,
        may_run=visitor.may("/parcours/{slug}/essai"),
    )


def read(connection: Connection, visitor: Visitor, track: TrackPolicy) -> tuple[list[Any], Any, list[Any]]:
    slug, calendar = visitor.office.territory.slug, visitor.office.territory.calendar
    nights = [
        (row, NIGHT.get(row["status"], row["status"]), Figures.of(row["counts"]) if row["counts"] else None)
        for row in passes.latest(connection, territory=slug, track=track.slug, most=NIGHTS)
    ]
    busy = launches.busy_one(connection, territory=slug, track=track.slug)
    asked = [
        (row, wording.moment(row["asked_at"], calendar))
        for row in launches.latest(connection, territory=slug, track=track.slug, on=visitor.on)
    ]
    return nights, busy, asked


def in_force(track: TrackPolicy, visitor: Visitor) -> Version | None:
    return next(
        (v for v in track.version if v.valid_from <= visitor.on and (v.valid_to is None or visitor.on <= v.valid_to)),
        None,
    )


def next_night(visitor: Visitor, track: TrackPolicy) -> tuple[str, bool]:
    """« mardi 24 novembre à 4 h 10 », and whether the scheduler answers."""
    api = visitor.office.find_scheduler()
    if api is None:
        return "", False
    try:
        at: datetime | None = scheduler.next_run(api, track.slug)
    except scheduler.NoSchedulerError:
        return "", False
    return wording.moment(at, visitor.office.territory.calendar) if at else "", True


def launch_title(row: RowMapping) -> str:
    return "Passage" if row["apply"] else "Essai à blanc"
