"""Writes what was decided: a transaction a page, then the service's findings and the morning's messages to staff."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime, time

from sqlalchemy import Connection

from config.territory import Territory
from store import journal
from store.case_rows import Reading
from store.cases import read_again
from store.departed import close_departed
from store.digests import plan_digests
from store.due_cases import Track, seal_days, set_days
from store.engine import Database, transaction
from store.findings import About, gather, record_findings, record_overload
from store.page import Page, Recording, of
from store.record import record
from store.steps import read_desks
from tasks.plan import Days, Decided, steps_of
from tracks import keys
from tracks.actions import AppointmentDue, NotDone, OpenReview, ServiceLate
from tracks.decide import decide
from tracks.overload import pressure_says, shortage_says
from tracks.tonight import Policies
from tracks.vocabulary import ServiceCause

STAFF_READS_FROM = time(7)
STAFF_READS_UNTIL = time(19)
A_STATEMENT, A_TRANSACTION = 1000, 10


def write(
    engine: Database,
    territory: Territory,
    policies: Policies,
    decided: Decided,
    this: Track,
    *,
    now: datetime,
    run_id: int | None,
    apply: bool,
    under: Callable[[Connection], None] | None = None,
) -> Counter[str]:
    """Write each page in a transaction of its own, then the service's findings and the digests, then the days on which
    the cases are read again: a night that stops half-way has forgotten nobody. Counts of rows.

    `under` begins each transaction: it raises when this night may not write any more.
    """
    track, on = policies.track.slug, this.on
    written: Counter[str] = Counter()
    with writing(engine, apply=apply, under=under) as begin:
        with begin() as connection:
            desks = read_desks(connection, territory.slug)
        recording = Recording(territory.slug, track, run_id or 0, on, now, territory.calendar, desks)
        for page in decided.pages:
            with begin() as connection:
                look_again(connection, recording, page, policies)
                record(connection, recording, page)
                seal(connection, recording, page)
            written += page.written
        with begin() as connection:
            written += write_about_service(connection, territory, recording, decided, policies.track.ref(on))
        for some in in_batches(decided.days):
            with begin() as connection:
                set_days(connection, this, some)
        if decided.read is None:
            with begin() as connection:
                seal_days(connection, this)
    decided.proposed["service_alert"] = len(gather(decided.late))
    return written


def in_batches(days: Days) -> Iterator[list[tuple[date, date, Sequence[int]]]]:
    """A transaction's worth of days, each with cases enough for a statement."""
    some: list[tuple[date, date, Sequence[int]]] = []
    for (seen, day), cases in sorted(days.items()):
        for first in range(0, len(cases), A_STATEMENT):
            some.append((seen, day, list(cases[first : first + A_STATEMENT])))
            if len(some) == A_TRANSACTION:
                yield some
                some = []
    if some:
        yield some


@contextmanager
def writing(
    engine: Database, *, apply: bool, under: Callable[[Connection], None] | None
) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """One transaction a page when it counts; a single one, rolled back at the end, for a dry run."""

    @contextmanager
    def begin() -> Iterator[Connection]:
        with transaction(engine) as connection:
            if under:
                under(connection)
            yield connection

    if apply:
        yield begin
        return
    with transaction(engine, apply=False) as connection:
        yield lambda: nullcontext(connection)


def look_again(connection: Connection, recording: Recording, page: Page, policies: Policies) -> None:
    """A file opens on what is true as it opens: what was said while the night was deciding wins."""
    ids = sorted({action.case for action in of(page, OpenReview)})
    if not ids:
        return
    about = Reading(recording.territory, recording.track, recording.on, recording.now, recording.calendar)
    found = read_again(connection, about, ids)
    decided = [action for case in found for action in decide(case, policies, recording.on)]
    page.cases |= {case.id: case for case in found}
    page.actions = [action for action in page.actions if action.case not in ids]
    page.actions += [a for a in decided if not isinstance(a, AppointmentDue | NotDone | ServiceLate)]
    page.steps = steps_of(page, policies, recording.on)


def seal(connection: Connection, recording: Recording, page: Page) -> None:
    """The page's lines of the journal, in the same transaction."""
    if page.events:
        journal.append(connection, territory=recording.territory, chain=f"night:{recording.track}", events=page.events)


def write_about_service(
    connection: Connection, territory: Territory, recording: Recording, decided: Decided, version: str
) -> Counter[str]:
    """The service's findings, what closes with those who left, then the morning's messages to the staff."""
    about = About(
        territory=recording.territory,
        track=recording.track,
        on=recording.on,
        answer_within_days=territory.file.finding_days,
    )
    figures = {
        keys.finding(ServiceCause.NO_SLOT, referent, recording.track): shortage_says(found)
        for referent, found in decided.shortages.items()
    }
    pressures = {found.referent: pressure_says(found) for found in decided.pressures}
    opened = record_findings(connection, about, gather(decided.late), figures=figures, read=decided.read)
    opened += record_overload(connection, about, version, pressures=pressures)
    closed = close_departed(connection, recording, among=decided.left)
    noted = [
        *(("service_alert", f"review:{id_}") for id_ in opened),
        *(("question_closed", f"question:{id_}") for id_ in closed.questions),
        *(("check_closed", f"check:{id_}") for id_ in closed.checks),
    ]
    actor = f"run:{recording.run_id}"
    events = [
        journal.JournalEvent(at=recording.now, actor=actor, kind=kind, subject=subject) for kind, subject in noted
    ]
    if events:
        journal.append(connection, territory=recording.territory, chain=f"night:{recording.track}", events=events)
    digests = 0
    if territory.calendar.is_working(recording.on):
        digests = plan_digests(
            connection,
            territory=recording.territory,
            day=recording.on,
            due_at=territory.calendar.local(recording.on, STAFF_READS_FROM),
            useful_until=territory.calendar.local(recording.on, STAFF_READS_UNTIL),
            run_id=recording.run_id,
            coordinators=len(territory.coordinators),
        )
    return Counter({"digest": digests}) + Counter(kind for kind, _ in noted)
