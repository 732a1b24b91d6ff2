"""What tonight would send is what it sends: every track's night rehearsed on the real database, and nothing kept."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, func, select

from bench.generate import generate
from config.channels import Channels, ChannelSettings
from store import schema as s
from store.engine import reading, transaction
from tasks.night import night
from tasks.tonight import Leaving, tonight
from tests.county import add
from tests.messages.rows import MONDAY, NIGHT, TUESDAY_8, a_message, doubs, one_each
from tracks.vocabulary import Channel, Template

PRICED = Channels(sms=ChannelSettings(euros=Decimal("0.045")), letter=ChannelSettings(euros=Decimal("1.52")))


def would_leave(engine: Engine, channels: Channels = PRICED) -> list[Leaving]:
    return tonight(engine, doubs(), channels, on=MONDAY)


def kinds(found: list[Any]) -> Counter[tuple[str, str, int | None]]:
    return Counter((one.template, one.channel, one.case_id) for one in found)


def everything(engine: Engine) -> dict[str, list[Any]]:
    with reading(engine) as connection:
        return {table.name: connection.execute(select(table)).all() for table in s.metadata.sorted_tables}


def test_tonight_foretells_the_night_message_by_message_and_writes_nothing(engine: Engine) -> None:
    generate(engine, cases=300, on=MONDAY, referents=6)
    before = everything(engine)
    foretold = would_leave(engine)
    assert everything(engine) == before
    for track in doubs().tracks:
        night(engine, doubs(), track, on=MONDAY, apply=True)
    midnight = doubs().calendar.local(MONDAY.replace(day=24), NIGHT.time().replace(hour=0))
    with reading(engine) as connection:
        m = s.messages.c
        written = connection.execute(select(s.messages).where(m.status == "pending", m.due_at < midnight)).all()
    assert kinds(foretold) == kinds(written)
    assert len({template for template, _, _ in kinds(foretold)}) > 3, "a night that says little proves little"


def test_each_message_has_its_segments_and_its_price(engine: Engine) -> None:
    with transaction(engine) as connection:
        (sms,) = one_each(connection, 1, channel=Channel.SMS)
    (one,) = [one for one in would_leave(engine) if one.id == sms]
    assert (one.segments, one.euros, one.holds) == (1, Decimal("0.045"), None)
    (unpriced,) = [one for one in would_leave(engine, Channels()) if one.id == sms]
    assert unpriced.euros is None


def test_what_holds_is_said_a_ceiling_a_stop_no_address(engine: Engine) -> None:
    with transaction(engine) as connection:
        one_each(connection, 3, channel=Channel.EMAIL)
        connection.execute(s.appointments.update().values(created_by="import"))  # ours never overlap
        unreachable = connection.scalar(select(func.max(s.persons.c.id)))
        connection.execute(s.persons.update().where(s.persons.c.id == unreachable).values(email=None))
    told = Counter(one.holds for one in would_leave(engine) if one.channel is Channel.EMAIL)
    assert told == {None: 2, "no_contact": 1}
    low = Channels(email=ChannelSettings(daily_ceiling=2))
    told = Counter(one.holds for one in would_leave(engine, low) if one.channel is Channel.EMAIL)
    assert told == {"ceiling": 3}
    with transaction(engine) as connection:
        nobody = {"reason": "essai", "stopped_by": "Öykü Demir", "stopped_at": NIGHT}
        add(connection, s.stops, track="", channel="email", **nobody)
    told = Counter(one.holds for one in would_leave(engine) if one.channel is Channel.EMAIL)
    assert told["stopped"] >= 2 and None not in told


def test_what_the_caps_keep_all_day_is_said(engine: Engine) -> None:
    """What left yesterday morning keeps nothing back by this evening; what leaves this morning does."""
    with transaction(engine) as connection:
        ids = one_each(connection, 3, channel=Channel.SMS)
        connection.execute(s.appointments.update().values(created_by="import"))
        m = s.messages.c
        person = connection.scalar(select(m.recipient_id).where(m.id == ids[0]))
        connection.execute(s.messages.update().where(m.id != ids[2]).values(recipient_id=person))
        case = connection.scalar(select(m.case_id).where(m.id == ids[0]))
        others = {"person": person, "case": case, "starts_at": TUESDAY_8}
        for hours, template in ((24, Template.CHECK_IN), (23, Template.FAREWELL)):
            gone = {"status": "sent", "sent_at": NIGHT - timedelta(hours=hours)}
            a_message(connection, **others, template=template, channel=Channel.LETTER, **gone)
    told = {one.id: one.holds for one in would_leave(engine)}
    assert [told[id_] for id_ in ids] == [None, "weekly_cap", None]
    yesterday = {"status": "sent", "sent_at": NIGHT - timedelta(hours=22)}
    with transaction(engine) as connection:
        connection.execute(s.messages.update().where(m.id == ids[0]).values(**yesterday))
    assert {one.id: one.holds for one in would_leave(engine)}[ids[1]] is None
    with transaction(engine) as connection:
        connection.execute(s.messages.update().where(m.id == ids[1]).values(channel="email"))
        extra = {"status": "sent", "sent_at": NIGHT - timedelta(days=3)}
        key = {"key": "case:1:other"}
        a_message(connection, **others, template=Template.CHECK_IN, channel=Channel.LETTER, **extra, **key)
    assert {one.id: one.holds for one in would_leave(engine)}[ids[1]] == "weekly_cap"
