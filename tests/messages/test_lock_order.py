"""On PostgreSQL, those who write of the same messages at once never wait for one another in a ring."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, text, update

from store import schema as s
from store.engine import open_engine, reading, transaction
from store.notices import record_notices
from store.outbox import Pass, Result, claim, settle, sweep
from store.receipts import apply_receipts, give_up_waiting, take_in
from tests.messages.rows import AT, MONDAY, change, doubs, one_each, rows
from tests.messages.test_receipts import hear, said, sent
from tracks.vocabulary import Channel, MessageStatus, NoticeProof

MINUTES = timedelta(minutes=1)


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    opened = open_engine(postgresql_url)
    yield opened
    opened.dispose()


def a_pass(holder: str, **changes: Any) -> Pass:
    return Pass(**({"territory": "doubs", "at": AT, "holder": holder, "calendar": doubs().calendar} | changes))


@contextmanager
def waiting_for_us(engine: Engine, what: Callable[[Connection], Any]) -> Iterator[Future[Any]]:
    """`what`, in a transaction of its own, until it waits for a lock; after the block it must have come through."""

    def run() -> Any:
        with transaction(engine) as connection:
            return what(connection)

    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(run)
        until = time.monotonic() + 10
        while not found.done():
            with reading(engine) as connection:
                if connection.scalar(asked):
                    break
            assert time.monotonic() < until, "it neither waits nor ends"
        yield found
    found.result()


def test_a_sweep_does_not_wait_for_a_late_dispatcher_that_waits_for_it(engine: Engine) -> None:
    with transaction(engine) as connection:
        first, second = one_each(connection, 2)
        sleeper = a_pass("sleeper")
        batch = claim(connection, sleeper, channels=list(Channel), until=AT + 20 * MINUTES, limit=2).ready
    done = Result(due=batch[0], status=MessageStatus.SENT, attempts=1, body="Bonjour")
    proofs = {Channel.EMAIL: NoticeProof.DELIVERED}
    assert batch[0].meeting
    with transaction(engine) as ours:
        ours.execute(update(s.appointments).where(s.appointments.c.id == batch[0].meeting.id).values(place="Dole"))
        with waiting_for_us(engine, lambda theirs: settle(theirs, sleeper, [done], proofs=proofs)):
            swept = sweep(ours, a_pass("sweeper", at=AT + 21 * MINUTES))
            ours.commit()
    assert swept[MessageStatus.PENDING] == 1
    found = rows(engine)
    assert (found[first]["status"], found[second]["status"]) == ("sent", "pending")


def test_two_lanes_write_of_the_same_appointments_in_one_order(engine: Engine) -> None:
    """Each in two groups, the one's first being the other's last."""
    with transaction(engine) as connection:
        one_each(connection, 2)
        one, other = sorted(connection.scalars(select(s.appointments.c.id)))
    both_began = Barrier(2)

    @event.listens_for(engine, "after_cursor_execute")
    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE appointments"):
            with suppress(BrokenBarrierError):
                both_began.wait(1)

    def lane(channel: Channel, sent_one: int, refused: int) -> None:
        with transaction(engine) as connection:
            notices = {(channel, NoticeProof.NONE): [sent_one], (channel, NoticeProof.FAILED): [refused]}
            record_notices(connection, day=MONDAY, notices=notices)

    with ThreadPoolExecutor(2) as pool:
        lanes = [pool.submit(lane, Channel.EMAIL, one, other), pool.submit(lane, Channel.SMS, other, one)]
    assert [found.result() for found in lanes] == [None, None]
    with reading(engine) as connection:
        said_by = set(connection.scalars(select(s.appointments.c.notice_channel)))
    assert len(said_by) == 1, "the last one to write has written of both"


def test_a_receipt_that_comes_during_a_pass_waits_for_its_turn(engine: Engine, tmp_path: Path) -> None:
    first, second = sent(engine, tmp_path / "outbox", 2)
    hear(engine, said("early", "delivered"))
    change(engine, update(s.messages).where(s.messages.c.id == second).values(provider_ref="early"))
    change(engine, update(s.receipts).values(message_id=second))  # as a pass that found it on its way has left it
    with transaction(engine) as ours:
        assert apply_receipts(ours, territory="doubs", at=AT) == 1
        late = [said(f"g-{first}", "delivered")]
        with waiting_for_us(engine, lambda theirs: take_in(theirs, late, territory="doubs", at=AT)):
            silent = {"territory": "doubs", "channel": Channel.SMS, "sent_until": AT, "at": AT}
            assert give_up_waiting(ours, **silent) == 1
            ours.commit()
    assert [rows(engine)[id_]["status"] for id_ in (first, second)] == ["delivered", "delivered"]
