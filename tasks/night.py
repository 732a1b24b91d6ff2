"""The night of a track, engine-free: open, plan, write, check, close. Nothing is sent here.

Pure functions decide; one transaction a page writes. A dry run runs the same statements in one transaction and rolls
it back, so that its counts are true.
"""

import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from config.territory import Territory
from store import journal, passes
from store.due_cases import Track, cases_due
from store.engine import Database, reading, transaction
from tasks.lease import Lease, held
from tasks.plan import Decided, Progress, plan
from tasks.stamp import stamp
from tasks.write import write
from tracks.errors import JalonError
from tracks.tonight import NIGHT_HOUR

KINDS = ("appointment", "reminder", "outcome_request", "reason_request", "check", "review", "service_alert")


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """What a night did: counts only. `run_id` is None for a dry run; `no_op` when a later day is already done."""

    run_id: int | None
    track: str
    on: date
    apply: bool
    cases: int
    proposed: dict[str, int]
    written: dict[str, int]
    not_done: dict[str, int]
    seconds: float
    full: bool = False  # every open case was read, and not those that were due alone
    notes: dict[str, int] = field(default_factory=dict)
    no_op: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "track": self.track,
            "on": self.on.isoformat(),
            "apply": self.apply,
            "cases": self.cases,
            "proposed": self.proposed,
            "written": self.written,
            "not_done": self.not_done,
            "seconds": round(self.seconds, 3),
            "full": self.full,
            "notes": self.notes,
            "no_op": self.no_op,
        }


def night(
    engine: Database,
    territory: Territory,
    track: str,
    *,
    on: date,
    apply: bool,
    full: bool = False,
    scheduled_for: datetime | None = None,
    progress: Progress | None = None,
    page_size: int = 2000,
) -> NightResult:
    """One track's night as of the local day `on`: of the cases that are due, or of all where `full`.

    JalonError: unknown track, no policy in force, broken invariant.
    """
    territory.policies(track).at(on)  # none in force: fail before reading a case
    run_id = open_night(engine, territory, track, on=on, apply=apply, scheduled_for=scheduled_for)
    if run_id is None and apply:
        return already_done(track, on=on)
    with failing(engine, territory, run_id):
        done = decide_and_write(
            engine,
            territory,
            track,
            on=on,
            apply=apply,
            run_id=run_id,
            full=full,
            progress=progress,
            page_size=page_size,
        )
        notes = check(engine, territory, track, on=on) if apply else {}
    return close(engine, territory, done, notes)


def decide_and_write(
    engine: Database,
    territory: Territory,
    track: str,
    *,
    on: date,
    apply: bool,
    run_id: int | None,
    full: bool = False,
    progress: Progress | None = None,
    page_size: int = 2000,
) -> NightResult:
    """Under the lease of the territory: read and decide the cases that are due, place, then write.

    Nothing to do when a later day was done while this night waited for its turn.
    """
    started = time.perf_counter()
    policies = territory.policies(track)
    now = territory.calendar.local(on, NIGHT_HOUR)
    this = Track(territory=territory.slug, track=track, on=on, calendar=territory.calendar, stamp=stamp(policies))
    lease = Lease(engine=engine, territory=territory.slug, holder=f"run:{run_id}", clock=wall_clock)

    def told(cases: int) -> None:
        if apply:
            lease.renew_now()
        if progress:
            progress(cases)

    with held(lease) if apply else nullcontext(), no_collecting():
        if apply and later_done(engine, territory, track, on=on):
            return result(run_id, track, on, apply, Decided(), Counter(), started, no_op=True)
        with transaction(engine, apply=apply) as connection:
            due = cases_due(connection, this, full=full)
        decided = plan(engine, territory, policies, on=on, now=now, due=due, progress=told, page_size=page_size)
        written = write(
            engine,
            territory,
            policies,
            decided,
            this,
            now=now,
            run_id=run_id,
            apply=apply,
            under=lease.renew if apply else None,
        )
    return result(run_id, track, on, apply, decided, written, started)


def later_done(engine: Database, territory: Territory, track: str, *, on: date) -> bool:
    with reading(engine) as connection:
        return passes.later_pass(connection, territory=territory.slug, track=track, on=on) is not None


@contextmanager
def no_collecting() -> Iterator[None]:
    """A night builds a million values without a cycle: looking for some again and again costs a third of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def already_done(track: str, *, on: date) -> NightResult:
    """A later day of this track is already done: nothing is left to do for `on`."""
    return result(None, track, on, True, Decided(), Counter(), time.perf_counter(), no_op=True)


@contextmanager
def failing(engine: Database, territory: Territory, run_id: int | None) -> Iterator[None]:
    """What is raised inside ends the run's row as failed."""
    try:
        yield
    except BaseException:
        if run_id is not None:
            end_night(engine, territory, run_id, "failed", {})
        raise


def close(engine: Database, territory: Territory, done: NightResult, notes: dict[str, int]) -> NightResult:
    """The night with its notes; its row is ended with its counts."""
    told = replace(done, notes=notes)
    if told.run_id is not None:
        end_night(engine, territory, told.run_id, "no_op" if told.no_op else "done", told.as_json())
    return told


def wall_clock() -> datetime:
    """The real time, for leases and for the row of the run; nothing is ever decided with it."""
    return datetime.now(UTC)


def open_night(
    engine: Database, territory: Territory, track: str, *, on: date, apply: bool, scheduled_for: datetime | None = None
) -> int | None:
    """The id of the run's row; None for a dry run, and when a later day of this track is already done."""
    if not apply:
        return None
    with transaction(engine) as connection:
        later = passes.later_pass(connection, territory=territory.slug, track=track, on=on)
        row = {
            "territory": territory.slug,
            "track": track,
            "on_day": on,
            "scheduled_for": scheduled_for,
            "started_at": wall_clock(),
            "finished_at": wall_clock() if later else None,
            "status": "no_op" if later else "running",
        }
        run_id = passes.open_run(connection, row)
        return None if later else run_id


def check(engine: Database, territory: Territory, track: str, *, on: date) -> dict[str, int]:
    """Invariants: one broken fails the run, naming ids; what concerns the service is only reported."""
    now = territory.calendar.local(on, NIGHT_HOUR)
    with reading(engine) as connection:
        broken = passes.broken_invariants(connection, territory=territory.slug, now=now)
        if broken:
            told = " ; ".join(f"{found.name} : {', '.join(map(str, found.ids))}" for found in broken)
            raise JalonError(
                f"Invariant rompu ({told}). Ne relancez pas : transmettez ces numéros à l'équipe de Jalon."
            )
        return passes.service_notes(connection, territory=territory.slug, track=track, on=on)


def end_night(engine: Database, territory: Territory, run_id: int, status: str, counts: dict[str, Any]) -> None:
    """Close the run's row, with the heads of the journal's chains, so that a cut tail would show."""
    with transaction(engine) as connection:
        heads = journal.noted(journal.heads(connection, territory=territory.slug))
        values = {"status": status, "finished_at": wall_clock(), "counts": counts, "journal_heads": heads}
        passes.close_run(connection, run_id, values)


def result(
    run_id: int | None,
    track: str,
    on: date,
    apply: bool,
    decided: Decided,
    written: Counter[str],
    started: float,
    *,
    no_op: bool = False,
) -> NightResult:
    return NightResult(
        run_id=run_id,
        track=track,
        on=on,
        apply=apply,
        cases=decided.cases,
        proposed={kind: decided.proposed[kind] for kind in dict.fromkeys((*KINDS, *sorted(decided.proposed)))},
        written={kind: written[kind] for kind in dict.fromkeys((*KINDS, *sorted(written)))},
        not_done=dict(sorted(decided.not_done.items())),
        full=decided.read is None,
        seconds=time.perf_counter() - started,
        no_op=no_op,
    )
