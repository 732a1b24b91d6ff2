"""After a message that did not arrive: another channel while there is time, once each, and a word to the referent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from store import schema as s
from store.engine import reading, transaction
from tests.messages.rows import AT, MONDAY, TUESDAY_8, change, counting, one_each, rows, send
from tests.messages.test_receipts import hear, said
from tracks.vocabulary import Channel

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


def one(engine: Engine, *, channel: Channel = Channel.SMS, **person: Any) -> int:
    with transaction(engine) as connection:
        (id_,) = one_each(connection, 1, channel=channel, **person)
    return id_


def failed(engine: Engine, id_: int, **values: Any) -> None:
    given = {"status": "failed", "failure": "permanent", "sent_at": AT} | values
    change(engine, update(s.messages).where(s.messages.c.id == id_).values(**given))


def trail(engine: Engine) -> list[tuple[str, str]]:
    return [(row["channel"], row["status"]) for _, row in sorted(rows(engine).items())]


def questions(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        q = s.questions.c
        return list(connection.scalars(select(q.why).where(q.closed_on.is_(None)).order_by(q.id)))


def test_a_failure_goes_by_the_next_channel_and_the_referent_is_told(engine: Engine, outbox: Path) -> None:
    first = one(engine)
    failed(engine, first)
    assert send(engine, outbox).sent == 1
    assert trail(engine) == [("sms", "failed"), ("email", "sent")]
    second = max(rows(engine))
    row = rows(engine)[second]
    assert row["key"] == f"{rows(engine)[first]['key']}>email"
    assert (row["details"]["replaces"], row["details"]["tried"]) == (first, ["sms"])
    assert questions(engine) == ["Coordonnées à vérifier : envoi par SMS refusé ou revenu ; renvoyé par courriel."]


def test_each_channel_once_then_people_alone(engine: Engine, outbox: Path) -> None:
    failed(engine, one(engine))
    for hours in range(1, 6):
        send(engine, outbox, at=AT + hours * HOUR)
        failed(engine, max(rows(engine)))
    assert [channel for channel, _ in trail(engine)] == ["sms", "email", "letter"]
    assert len(questions(engine)) == 3
    assert questions(engine)[2] == "Coordonnées à vérifier : envoi par lettre refusé ou revenu."


def test_two_passes_follow_up_once(engine: Engine, outbox: Path) -> None:
    failed(engine, one(engine))
    send(engine, outbox)
    change(engine, update(s.messages).values(followed_at=None))
    send(engine, outbox, at=AT + HOUR)
    assert trail(engine) == [("sms", "failed"), ("email", "sent")]
    assert len(questions(engine)) == 1


@pytest.mark.parametrize("status", ["unknown", "failed"])
def test_what_may_have_arrived_is_never_sent_again(engine: Engine, outbox: Path, status: str) -> None:
    failed(engine, one(engine), status=status, failure="no_receipt")
    assert send(engine, outbox).due == 0
    assert trail(engine) == [("sms", status)]
    assert len(questions(engine)) == 1


def test_no_letter_that_would_come_too_late(engine: Engine, outbox: Path) -> None:
    failed(engine, one(engine, email=None), useful_until=AT + 4 * DAY)
    assert send(engine, outbox).due == 0


def test_nothing_once_it_is_of_no_use_or_the_person_has_left(engine: Engine, outbox: Path) -> None:
    failed(engine, one(engine), useful_until=AT)
    assert send(engine, outbox).due == 0
    change(engine, update(s.messages).values(followed_at=None, useful_until=TUESDAY_8))
    change(engine, update(s.cases).values(left_on=MONDAY))
    assert send(engine, outbox).due == 0


def test_an_address_that_is_missing_is_a_failure_like_another(engine: Engine, outbox: Path) -> None:
    one(engine, mobile=None)
    assert send(engine, outbox).failed == 1
    assert send(engine, outbox).sent == 1
    assert trail(engine) == [("sms", "failed"), ("email", "sent")]
    assert questions(engine) == [
        "Coordonnées à vérifier : pas d'adresse sûre pour un envoi par SMS ; renvoyé par courriel."
    ]


def test_a_refused_channel_gives_way_to_the_next(engine: Engine, outbox: Path) -> None:
    one(engine)
    change(engine, update(s.persons).values(refused_channels="sms"))
    assert send(engine, outbox).void == 1
    assert send(engine, outbox).sent == 1
    assert trail(engine) == [("email", "sent")]
    assert questions(engine) == []


def test_the_same_channel_is_asked_about_once_and_again_after_an_answer(engine: Engine, outbox: Path) -> None:
    ids = [one(engine, email=None, address=None)]
    failed(engine, ids[0])
    send(engine, outbox)
    change(engine, update(s.messages).values(followed_at=None))
    send(engine, outbox)
    assert len(questions(engine)) == 1
    change(engine, update(s.questions).values(closed_on=MONDAY, closed_by="person:x"))
    assert questions(engine) == []
    change(engine, update(s.messages).values(followed_at=None))
    send(engine, outbox)
    assert len(questions(engine)) == 1


def test_a_late_bounce_of_the_first_does_not_undo_what_the_second_proves(engine: Engine, outbox: Path) -> None:
    first = one(engine)
    failed(engine, first, provider_ref="g-1")
    send(engine, outbox)
    hear(engine, said("g-1", "permanent"))
    with reading(engine) as connection:
        a = s.appointments.c
        assert connection.execute(select(a.notice_channel, a.notice_proof)).one() == ("email", "delivered")


def test_the_number_of_statements_does_not_follow_that_of_failures(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        ids = one_each(connection, 60, channel=Channel.SMS)
    m = s.messages.c
    change(sqlite_engine, update(s.messages).values(due_at=AT + 9 * DAY, useful_until=AT + 10 * DAY))
    change(sqlite_engine, update(s.persons).values(email=None, address=None))
    counts = []
    for some in (ids[:10], ids[10:]):
        change(sqlite_engine, update(s.messages).where(m.id.in_(some)).values(status="failed", failure="permanent"))
        counted = counting(sqlite_engine)  # the list of an earlier round goes on counting, and is not read again
        send(sqlite_engine, outbox)
        counts.append(len(counted))
    assert len(questions(sqlite_engine)) == 60
    assert counts[0] == counts[1]
