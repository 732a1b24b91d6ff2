"""What the channels say afterwards: kept once, in any order, and what it changes for people."""

from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from config.channels import Channels, ChannelSettings
from store import schema as s
from store.engine import reading, transaction
from store.receipts import Receipt, Taken, take_in
from tests.messages.rows import AT, change, counting, one_each, rows, send
from tracks.vocabulary import Channel, ReceiptKind

DAY = timedelta(days=1)
BY_RECEIPT = Channels(sms=ChannelSettings(delivered_when="receipt"))


def said(reference: str, kind: ReceiptKind | str, event: str = "", **changes: Any) -> Receipt:
    given: dict[str, Any] = {"channel": Channel.SMS, "at": AT} | changes
    return Receipt(event=event or f"{reference}/{kind}", reference=reference, kind=ReceiptKind(kind), **given)


def hear(engine: Engine, *receipts: Receipt, at: datetime = AT) -> Taken:
    with transaction(engine) as connection:
        return take_in(connection, receipts, territory="doubs", at=at)


def sent(engine: Engine, outbox: Path, count: int = 1, *, channel: Channel = Channel.SMS) -> list[int]:
    """Summons that left by a channel whose receipts alone prove something; the gateway calls each « g-<id> »."""
    with transaction(engine) as connection:
        ids = one_each(connection, count, channel=channel)
    channels = BY_RECEIPT if channel is Channel.SMS else Channels()
    assert send(engine, outbox, channels=channels).sent == count
    for id_ in ids:
        change(engine, update(s.messages).where(s.messages.c.id == id_).values(provider_ref=f"g-{id_}"))
    return ids


def state(engine: Engine, id_: int) -> tuple[str, str | None, str]:
    with reading(engine) as connection:
        m, a = s.messages.c, s.appointments.c
        row = connection.execute(
            select(m.status, m.failure, a.notice_proof)
            .join(s.appointments, a.id == m.appointment_id)
            .where(m.id == id_)
        ).one()
    return row.status, row.failure, row.notice_proof


def test_a_receipt_proves_the_summons(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox)
    assert state(engine, one) == ("sent", None, "none")
    assert hear(engine, said(f"g-{one}", "delivered")) == Taken(new=1, known=0, unmatched=0, moved=1)
    assert state(engine, one) == ("delivered", None, "delivered")


def test_a_message_that_came_back_proves_nothing_any_more(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox, channel=Channel.EMAIL)
    assert state(engine, one) == ("sent", None, "delivered")
    hear(engine, said(f"g-{one}", "bounce", channel=Channel.EMAIL))
    assert state(engine, one) == ("failed", "permanent", "failed")


def test_the_same_event_twice_is_nothing_new(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox)
    hear(engine, said(f"g-{one}", "temporary", "e1"))
    before = rows(engine)
    assert hear(engine, said(f"g-{one}", "delivered", "e1"), said(f"g-{one}", "bounce", "e1")) == Taken(known=2)
    assert rows(engine) == before


@pytest.mark.parametrize("four", [("temporary", "delivered", "permanent", "bounce"), ("temporary", "delivered") * 2])
def test_every_order_ends_the_same(sqlite_engine: Engine, outbox: Path, four: tuple[str, ...]) -> None:
    orders = list(permutations(enumerate(four)))
    ids = sent(sqlite_engine, outbox, len(orders))
    for id_, order in zip(ids, orders, strict=True):
        for n, kind in order:
            hear(sqlite_engine, said(f"g-{id_}", kind, f"{id_}/{n}"))
    assert len({state(sqlite_engine, id_) for id_ in ids}) == 1


def test_a_receipt_that_comes_before_the_answer_is_applied_by_the_next_pass(engine: Engine, outbox: Path) -> None:
    """A fast gateway speaks while our own request is still open."""
    with transaction(engine) as connection:
        (one,) = one_each(connection, 1, channel=Channel.SMS)
    assert hear(engine, said("g-1", "delivered")) == Taken(new=1, unmatched=1)
    send(engine, outbox, channels=BY_RECEIPT)
    change(engine, update(s.messages).values(provider_ref="g-1"))
    send(engine, outbox, channels=BY_RECEIPT)
    assert state(engine, one) == ("delivered", None, "delivered")


def test_what_may_have_left_is_settled_by_its_receipt(engine: Engine, outbox: Path) -> None:
    one, other = sent(engine, outbox, 2)
    change(engine, update(s.messages).values(status="unknown", failure="no_receipt", sent_at=None))
    hear(engine, said(f"g-{one}", "delivered"), said(f"g-{other}", "permanent"))
    assert state(engine, one) == ("delivered", None, "delivered")
    assert rows(engine)[one]["sent_at"] == AT
    assert state(engine, other) == ("failed", "permanent", "failed")


def test_receipts_of_another_county_or_channel_touch_nothing_of_ours(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox)
    with transaction(engine) as connection:
        taken = take_in(connection, [said(f"g-{one}", "delivered")], territory="jura", at=AT)
    assert taken == Taken(new=1, unmatched=1)
    hear(engine, said(f"g-{one}", "bounce", channel=Channel.EMAIL))
    send(engine, outbox, channels=BY_RECEIPT)
    assert state(engine, one) == ("sent", None, "none")


def test_without_a_receipt_for_three_days_it_has_not_arrived_until_one_comes(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox)
    send(engine, outbox, channels=BY_RECEIPT, at=AT + 3 * DAY - timedelta(minutes=1))
    assert state(engine, one) == ("sent", None, "none")
    send(engine, outbox, channels=BY_RECEIPT, at=AT + 3 * DAY)
    assert state(engine, one) == ("failed", "no_receipt", "none")
    hear(engine, said(f"g-{one}", "delivered"), at=AT + 4 * DAY)
    assert state(engine, one) == ("delivered", None, "delivered")


def test_a_channel_that_owes_no_receipt_is_not_waited_for(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox, channel=Channel.EMAIL)
    send(engine, outbox, at=AT + 10 * DAY)
    assert state(engine, one) == ("sent", None, "delivered")


def test_every_move_is_a_line_of_the_journal_without_a_name(engine: Engine, outbox: Path) -> None:
    (one,) = sent(engine, outbox)
    hear(engine, said(f"g-{one}", "delivered"))
    with reading(engine) as connection:
        lines = connection.execute(select(s.journal).where(s.journal.c.chain == "receipts")).mappings().all()
    assert [(line["kind"], line["subject"], line["actor"]) for line in lines] == [
        ("receipt", f"message:{one}:delivered", "receipts")
    ]


def test_the_number_of_statements_does_not_follow_that_of_receipts(sqlite_engine: Engine, outbox: Path) -> None:
    ids = sent(sqlite_engine, outbox, 120)
    counted = counting(sqlite_engine)
    hear(sqlite_engine, *(said(f"g-{id_}", "delivered") for id_ in ids[:20]))
    few = len(counted)
    hear(sqlite_engine, *(said(f"g-{id_}", "delivered") for id_ in ids[20:]))
    assert len(counted) - few == few
    with reading(sqlite_engine) as connection:
        assert connection.scalar(select(func.count()).where(s.messages.c.status == "delivered")) == 120
