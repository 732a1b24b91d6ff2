"""`jalon status`: is everything that should have happened done, and does what runs match what was tested."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from packaging.requirements import Requirement
from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from config.channels import load_channels
from desk import words
from desk.opening import Desk
from desk.stops import covered, switched
from store import status
from store.circuits import read_circuits
from store.holds import open_holds
from store.status import Backlog, LastPass
from store.stops import Stop, active
from tasks.reach import reached
from tracks import french
from tracks.errors import JalonError

PINNED = ("prefect", "fastapi", "sqlalchemy", "apprise")  # docs/decisions: others start, and never schedule
FREE_BYTES = 500_000_000
GRACE = timedelta(hours=1)  # a night takes minutes; an hour later it is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found, and in `problems` what is wrong with it, each with what to do."""

    on: date
    passes: dict[str, LastPass]
    overdue: Backlog
    late_reviews: Backlog
    parked: dict[str, int]
    versions: dict[str, str]
    serving: bool
    stops: tuple[Stop, ...] = ()
    problems: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "healthy": not self.problems,
            "on": self.on,
            "passes": {track: {"done_on": last.done_on, "status": last.status} for track, last in self.passes.items()},
            "overdue_messages": self.overdue.count,
            "oldest_overdue_message": self.overdue.oldest,
            "reviews_past_deadline": self.late_reviews.count,
            "oldest_deadline": self.late_reviews.oldest,
            "held": self.parked["held"],
            "unknown": self.parked["unknown"],
            "versions": self.versions,
            "serving": self.serving,
            "stops": [{"track": stop.track, "channel": stop.channel, "since": stop.stopped_at} for stop in self.stops],
            "problems": list(self.problems),
        }


def examine(connection: Connection, desk: Desk, *, now: datetime, serving: bool, silent: tuple[str, ...]) -> Health:
    """The health of this installation at `now` (aware). `silent`: schedules of a running `serve` that never fire."""
    calendar = desk.territory.calendar
    on = calendar.day_of(now)
    passes = status.last_passes(connection, territory=desk.slug)
    waiting = status.overdue(connection, territory=desk.slug, before=_last_chance(desk, on))
    late = status.late_reviews(connection, territory=desk.slug, on=on)
    parked = status.parked(connection, territory=desk.slug)
    stops = tuple(active(connection, territory=desk.slug))
    problems = (
        *_stopped(desk, stops),
        *_channels(connection, desk),
        *_held(open_holds(connection, territory=desk.slug)),
        *_nights(desk, passes, now),
        *_messages(desk, waiting, parked),
        *_reviews(late),
        *_versions(),
        *_disk(desk),
        *_schedules(silent),
    )
    return Health(
        on=on,
        passes=passes,
        overdue=waiting,
        late_reviews=late,
        parked=parked,
        versions={name: _installed(name) for name in PINNED},
        serving=serving,
        stops=stops,
        problems=problems,
    )


def _last_chance(desk: Desk, on: date) -> datetime:
    """What was due before the last whole day on which people may be written to should have left by now."""
    day = on - timedelta(days=1)
    while not desk.territory.calendar.may_be_written_to(day):
        day -= timedelta(days=1)
    return desk.territory.calendar.local(day, datetime.min.time())


def _nights(desk: Desk, passes: dict[str, LastPass], now: datetime) -> Iterator[str]:
    wall = desk.territory.calendar.wall_clock(now)
    for track in desk.territory.tracks.values():
        last = passes.get(track.slug)
        ran_by = datetime.combine(wall.date(), track.runs_at, tzinfo=wall.tzinfo) + GRACE
        expected = wall.date() if wall >= ran_by else wall.date() - timedelta(days=1)
        if last is None or last.done_on is None:
            yield f"{track.title} : aucune nuit encore. Lancez jalon serve, ou jalon run {track.slug} --apply."
        elif last.done_on < expected:
            yield (
                f"{track.title} : dernière nuit faite pour le {french.full_date(last.done_on)}. "
                f"Lancez jalon run {track.slug} --apply, puis voyez pourquoi jalon serve ne tourne pas."
            )
        if last is not None and last.status == "failed":
            yield f"{track.title} : la dernière nuit a échoué. Relancez-la : jalon run {track.slug} --apply."


def _messages(desk: Desk, waiting: Backlog, parked: dict[str, int]) -> Iterator[str]:
    if waiting.count and isinstance(waiting.oldest, datetime):
        oldest = desk.territory.calendar.day_of(waiting.oldest)
        counted = french.plural(waiting.count, "message en retard", "messages en retard")
        yield f"{counted}, le plus ancien dû le {french.full_date(oldest)}. Lancez jalon dispatch --apply."
    if parked["unknown"]:
        counted = french.plural(parked["unknown"], "message", "messages")
        yield (
            f"{counted} dont l'envoi est incertain : demandez à la personne ou au fournisseur s'il est arrivé, "
            "puis jalon messages retry ou void."
        )


def _channels(connection: Connection, desk: Desk) -> Iterator[str]:
    """A file that cannot be read, a copy that could write to everybody, a provider that no longer answers."""
    try:
        channels = load_channels(desk.settings.channels)
    except JalonError as error:
        yield str(error)
        return
    try:
        reached(channels, desk.engine.url)
    except JalonError as error:
        yield str(error)
    for channel, circuit in read_circuits(connection, territory=desk.slug).items():
        if circuit.opened_at is not None:
            since = desk.territory.calendar.wall_clock(circuit.opened_at)
            name = words.said(words.CHANNEL, channel)
            yield (
                f"Le canal {name} ne répond plus depuis le {french.full_date(since.date())} "
                f"à {french.clock(since.time())} : un message d'essai par minute au plus, les autres attendent. "
                "Appelez le fournisseur."
            )


def _stopped(desk: Desk, stops: tuple[Stop, ...]) -> Iterator[str]:
    for stop in stops:
        since = french.full_date(desk.territory.calendar.day_of(stop.stopped_at))
        what, again = covered(stop.track, stop.channel), switched(stop.track, stop.channel)
        yield f"Arrêté par {stop.stopped_by} depuis le {since} : {what}. Reprise : jalon resume{again} --by NOM."


def _held(batches: list[RowMapping]) -> Iterator[str]:
    for batch in batches:
        scope = words.said(words.TEMPLATE | words.CHANNEL, batch["scope"])
        counted = french.plural(batch["kept"], "message retenu", "messages retenus")
        agreed = f"accord de {batch['agreed_by']}, il en faut un second" if batch["agreed_by"] else "deux accords"
        yield (
            f"h{batch['id']}, {counted} ({scope} : {batch['counted']} ce jour-là, plafond {batch['ceiling']}). "
            f"Lisez jalon messages list --status held, puis jalon messages release --batch h{batch['id']} ({agreed}) "
            f"ou jalon messages void --batch h{batch['id']}."
        )


def _reviews(late: Backlog) -> Iterator[str]:
    if late.count and late.oldest is not None:
        counted = french.plural(late.count, "revue ouverte dépasse", "revues ouvertes dépassent")
        yield f"{counted} son délai, la première depuis le {french.full_date(late.oldest)}. Voyez jalon review list."


def _versions() -> Iterator[str]:
    """The pins are read from our own package, so that they are written once."""
    try:
        wanted = {r.name: r for r in map(Requirement, requires("jalon") or ())}
    except PackageNotFoundError:
        yield "Jalon n'est pas installé dans cet environnement : lancez make install."
        return
    for name in PINNED:
        found = _installed(name)
        if name in wanted and found not in wanted[name].specifier:
            yield f"{name} {found} n'a pas été essayé avec Jalon ({wanted[name].specifier}) : lancez make install."


def _schedules(silent: tuple[str, ...]) -> Iterator[str]:
    for name in silent:
        yield f"jalon serve est en marche mais ne programme rien pour {name} : make install, puis relancez jalon serve."


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _disk(desk: Desk) -> Iterator[str]:
    home = desk.settings.home
    free = shutil.disk_usage(home if home.exists() else home.parent).free
    if free < FREE_BYTES:
        yield f"Il reste {free // 1_000_000} Mo sur le disque de JALON_HOME : libérez de la place avant d'envoyer."
