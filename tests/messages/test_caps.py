"""How often one person is written to: whatever the rules, on both databases, with two dispatchers, in a dry run too."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from config.channels import Channels
from config.territory import Caps, Territory
from store import schema as s
from store.engine import open_engine, reading, transaction
from tasks.dispatch import dispatch
from tests.messages.rows import (
    AT,
    TUESDAY_8,
    a_case,
    a_message,
    a_person,
    a_referent,
    an_appointment,
    change,
    doubs,
    rows,
)
from tracks.vocabulary import Channel, MessageStatus, Template

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def with_caps(**caps: Any) -> Territory:
    """The Doubs, whose days are all open: what holds here is the caps alone."""
    return replace(doubs(), file=doubs().file.model_copy(update={"caps": Caps(**caps)}))


def go(engine: Engine, outbox: Path, *, at: Any = AT, apply: bool = True, **caps: Any) -> dict[str, int]:
    return dispatch(engine, with_caps(**caps), Channels(), at=at, apply=apply, outbox=outbox).as_json()


def one_person(engine: Engine, *wanted: tuple[Template, Channel], cases: int = 1) -> list[int]:
    """Messages to one person, in that order, over one or two cases."""
    with transaction(engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        tracks = ("objectif_emploi", "objectif_competences")[:cases]
        followed = [a_case(connection, person, referent, track=track) for track in tracks]
        ids = []
        for n, (template, channel) in enumerate(wanted):
            case = followed[n % cases]
            starts_at = TUESDAY_8 + n * HOUR
            appointment = an_appointment(connection, case, referent, starts_at=starts_at)
            details = {"days_before": 2} if template is Template.REMINDER else {}
            ids.append(
                a_message(
                    connection,
                    person=person,
                    case=case,
                    template=template,
                    channel=channel,
                    appointment=appointment,
                    starts_at=starts_at,
                    details=details,
                )
            )
        return ids


SMS, EMAIL = Channel.SMS, Channel.EMAIL
CONVOCATION, REMINDER = Template.CONVOCATION, Template.REMINDER


def sent(engine: Engine) -> list[int]:
    return sorted(id_ for id_, row in rows(engine).items() if row["status"] == "sent")


@pytest.mark.parametrize("cases", [1, 2])
def test_one_message_a_channel_a_day_the_most_important_first(engine: Engine, outbox: Path, cases: int) -> None:
    """A person followed in two tracks is one person."""
    reminder, summons, other = one_person(engine, (REMINDER, SMS), (CONVOCATION, SMS), (REMINDER, EMAIL), cases=cases)
    assert go(engine, outbox)["sent"] == 2
    assert sent(engine) == [summons, other]
    assert rows(engine)[reminder]["not_sent_because"] == "weekly_cap"
    assert go(engine, outbox, at=AT + 23 * HOUR)["sent"] == 0
    assert go(engine, outbox, at=AT + DAY)["sent"] == 1
    assert sent(engine) == [reminder, summons, other]
    assert rows(engine)[reminder]["not_sent_because"] is None


def test_a_cancellation_does_not_wait_a_day(engine: Engine, outbox: Path) -> None:
    """It counts for what comes after it, and the week's cap holds it too."""
    summons, cancelled, _ = one_person(
        engine, (CONVOCATION, SMS), (Template.APPOINTMENT_CANCELLED, SMS), (REMINDER, SMS)
    )
    m, a = s.messages.c, s.appointments.c
    gone = select(m.appointment_id).where(m.id == cancelled).scalar_subquery()
    change(engine, update(s.appointments).where(a.id == gone).values(status="revoked"))
    later = AT + HOUR
    change(engine, update(s.messages).where(m.id != summons).values(due_at=later))
    assert go(engine, outbox)["sent"] == 1
    assert go(engine, outbox, at=later, apply=False)["sent"] == 0
    exempt = (Template.APPOINTMENT_CANCELLED, Template.APPOINTMENT_MOVED)
    assert go(engine, outbox, at=later, apply=False, exempt=exempt, per_week=1)["sent"] == 0
    assert go(engine, outbox, at=later, exempt=exempt)["sent"] == 1
    assert sent(engine) == [summons, cancelled]
    assert go(engine, outbox, at=AT + DAY, exempt=exempt)["sent"] == 0
    assert go(engine, outbox, at=later + DAY, exempt=exempt)["sent"] == 1


def test_what_a_county_ships_exempts_what_saves_a_journey() -> None:
    assert doubs().file.caps.exempt == (Template.APPOINTMENT_CANCELLED, Template.APPOINTMENT_MOVED)


def test_what_never_fits_is_too_late_and_says_why(engine: Engine, outbox: Path) -> None:
    summons, reminder = one_person(engine, (CONVOCATION, SMS), (REMINDER, SMS))
    soon = AT + 2 * HOUR
    change(engine, update(s.messages).where(s.messages.c.id == reminder).values(useful_until=soon))
    go(engine, outbox)
    assert go(engine, outbox, at=soon)["too_late"] == 1
    row = rows(engine)[reminder]
    assert (row["status"], row["not_sent_because"]) == ("too_late", "weekly_cap")
    assert sent(engine) == [summons]


def test_a_week_holds_so_many_whatever_the_channel(engine: Engine, outbox: Path) -> None:
    first, second, third = one_person(engine, (CONVOCATION, SMS), (CONVOCATION, EMAIL), (CONVOCATION, SMS))
    assert go(engine, outbox, per_week=2)["sent"] == 2
    assert go(engine, outbox, at=AT + 2 * DAY, per_week=2)["sent"] == 0
    assert go(engine, outbox, at=AT + 7 * DAY, per_week=2)["sent"] == 1
    assert sent(engine) == [first, second, third]


def test_a_dry_run_counts_the_same(engine: Engine, outbox: Path) -> None:
    one_person(engine, (REMINDER, SMS), (CONVOCATION, SMS), (REMINDER, EMAIL), (CONVOCATION, EMAIL))
    before = rows(engine)
    rehearsed = go(engine, outbox, apply=False)
    assert rows(engine) == before
    assert rehearsed == go(engine, outbox)
    assert rehearsed["sent"] == 2


def test_what_may_have_left_counts_what_was_refused_does_not(engine: Engine, outbox: Path) -> None:
    unknown, refused, summons, other = one_person(
        engine, (CONVOCATION, SMS), (CONVOCATION, EMAIL), (CONVOCATION, SMS), (CONVOCATION, EMAIL)
    )
    m = s.messages.c
    change(engine, update(s.messages).where(m.id == unknown).values(status="unknown", followed_at=AT))
    change(
        engine, update(s.messages).where(m.id == refused).values(status="failed", failure="permanent", followed_at=AT)
    )
    assert go(engine, outbox)["sent"] == 1
    assert sent(engine) == [other]
    assert rows(engine)[summons]["status"] == "pending"


def test_two_dispatchers_never_write_twice_to_one_person(database_url: str, engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        referent = a_referent(connection)
        for number in range(30):
            person = a_person(connection, number)
            case = a_case(connection, person, referent)
            for n in range(3):
                starts_at = TUESDAY_8 + n * HOUR
                appointment = an_appointment(connection, case, referent, starts_at=starts_at)
                a_message(connection, person=person, case=case, appointment=appointment, starts_at=starts_at)

    def run(_: int) -> int:
        own = open_engine(database_url)
        try:
            return go(own, outbox)["sent"]
        finally:
            own.dispose()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, range(2))) == 30
    assert set(Counter(row["recipient_id"] for row in rows(engine).values() if row["status"] == "sent").values()) == {1}


@pytest.mark.parametrize("seed", range(25))
def test_the_caps_are_never_exceeded(sqlite_engine: Engine, outbox: Path, seed: int) -> None:
    """C7: random caps, messages and hours of dispatch over two weeks."""
    chance = random.Random(seed)
    caps = {"each_channel_hours": chance.choice([1, 6, 24, 72]), "per_week": chance.randint(1, 5)}
    words = [(chance.choice([CONVOCATION, REMINDER]), chance.choice([SMS, EMAIL])) for _ in range(14)]
    ids = one_person(sqlite_engine, *words, cases=2)
    for id_ in ids:
        due_at = AT + chance.randint(0, 10) * DAY
        values = {"due_at": due_at, "useful_until": due_at + chance.randint(1, 6) * DAY}
        change(sqlite_engine, update(s.messages).where(s.messages.c.id == id_).values(**values))
    at = AT
    for _ in range(30):
        go(sqlite_engine, outbox, at=at, **caps)
        at += chance.randint(1, 20) * HOUR
    with reading(sqlite_engine) as connection:
        m = s.messages.c
        left = connection.execute(
            select(m.sent_at, m.channel).where(m.status == MessageStatus.SENT).order_by(m.sent_at)
        ).all()
    assert left
    for row in left:
        week = [other for other in left if row.sent_at <= other.sent_at < row.sent_at + 7 * DAY]
        same = [
            other
            for other in left
            if other.channel == row.channel
            and row.sent_at <= other.sent_at < row.sent_at + caps["each_channel_hours"] * HOUR
        ]
        assert len(week) <= caps["per_week"]
        assert len(same) == 1
