"""Strict marking: what it costs to note that a message left, a commit a message, against the raw driver's loop."""

import shutil
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select, update

from bench.floor import Written, counts_of, open_raw, written
from bench.generate import generate
from store import outbox
from store.engine import open_engine, transaction
from store.schema import messages, metadata
from tracks.calendar import Calendar
from tracks.vocabulary import Channel, MessageStatus, NoticeProof

FEW, MANY = 150, 15_000
REPETITIONS = 3
DOUBS = Calendar("25", "Europe/Paris")
AT = datetime.fromisoformat("2026-11-23T09:30:00+01:00")
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Marking:
    """Seconds a message. `ratio`: ours to the raw loop, for many; `growth`: a message of many to one of few."""

    few: float
    many: float
    raw: float

    @property
    def ratio(self) -> float:
        return self.many / self.raw

    @property
    def growth(self) -> float:
        return self.many / self.few


def measure_marking(folder: Path) -> Marking:
    """The summons of a county's coming appointments, sent to nowhere: 150 of them, then 15,000, three times each."""
    few, many, copy = folder / "few.db", folder / "many.db", folder / "marked.db"
    pending(few, FEW)
    pending(many, MANY)
    ours: dict[int, list[float]] = {FEW: [], MANY: []}
    raw = []
    for _ in range(REPETITIONS):
        ours[FEW].append(timed_marking(few, copy, FEW))
        ours[MANY].append(timed_marking(many, copy, MANY))
        deltas = written(many, copy)
        raw.append(timed_raw(many, copy, deltas))
        if counts_of(written(many, copy)) != counts_of(deltas):
            raise SystemExit("the raw loop did not write the rows that the dispatch wrote")
    return Marking(few=median(ours[FEW]), many=median(ours[MANY]), raw=median(raw))


def pending(path: Path, count: int, *, cases: int = round(MANY * 1.2)) -> None:
    """`count` summons due in a county of `cases`: the same county both times, so that only what is due differs."""
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    generate(engine, cases=cases, on=date(2026, 11, 23))
    m = messages.c
    coming = select(m.id).where(m.useful_until > AT + timedelta(hours=8)).order_by(m.id).limit(count)
    due = {"status": MessageStatus.PENDING.value, "due_at": AT - timedelta(minutes=30), "sent_at": None, "attempts": 0}
    with transaction(engine) as connection:
        changed = connection.execute(update(messages).where(m.id.in_(coming)).values(due)).rowcount
    engine.dispose()
    if changed != count:
        raise SystemExit(f"{changed} messages due, {count} wanted")


def timed_marking(source: Path, copy: Path, count: int) -> float:
    """Claim by the hundred, settle one by one: seconds a message, without any sending."""
    restored(source, copy)
    engine = open_engine(f"sqlite:///{copy}")
    this = outbox.Pass(territory="doubs", at=AT, holder="bench", calendar=DOUBS)
    until = AT + timedelta(minutes=10)
    marked = 0
    began = time.perf_counter()
    while True:
        with transaction(engine) as connection:
            read = outbox.claim(connection, this, channels=(Channel.SMS,), until=until, limit=AT_ONCE)
        if not read.ready:
            break
        for due in read.ready:
            sent = outbox.Result(due=due, status=MessageStatus.SENT, attempts=1, body="Bonjour", segments=1)
            with transaction(engine) as connection:
                outbox.settle(connection, this, [sent], proofs={Channel.SMS: NoticeProof.NONE})
            marked += 1
    seconds = time.perf_counter() - began
    engine.dispose()
    if marked != count:
        raise SystemExit(f"{marked} messages marked, {count} were due")
    return seconds / count


def timed_raw(source: Path, copy: Path, deltas: tuple[Written, ...]) -> float:
    """The rows of each message in a transaction of its own, by the raw driver: seconds a message."""
    restored(source, copy)
    connection = open_raw(copy)
    steps = [step for delta in deltas for step in _steps(delta)]
    began = time.perf_counter()
    for n in range(MANY):
        connection.execute("BEGIN IMMEDIATE")
        for statement, rows in steps:
            if n < len(rows):
                connection.execute(statement, rows[n])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds / MANY


def _steps(delta: Written) -> list[tuple[str, list[tuple[object, ...]]]]:
    added = f"INSERT INTO {delta.table} VALUES ({', '.join('?' * len(delta.added[0]))})" if delta.added else ""
    sets = ", ".join(f"{name} = ?" for name in delta.columns)
    changed = f"UPDATE {delta.table} SET {sets} WHERE rowid = ?"
    return [(sql, rows) for sql, rows in ((added, delta.added), (changed, delta.changed)) if rows]


def restored(source: Path, copy: Path) -> None:
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
    shutil.copyfile(source, copy)
