"""People are written to at decent hours of the place where they are received, however long the pass has become."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from config.channels import Channels
from config.territory import Site, Territory
from store import schema as s
from store.engine import transaction
from store.outbox import Pass
from tasks.delivery import Post
from tasks.dispatch import dispatch
from tasks.lane import Lane
from tests.messages.rows import (
    AT,
    a_case,
    a_message,
    a_person,
    a_referent,
    an_appointment,
    change,
    doubs,
    one_each,
    rows,
)
from tests.messages.servers import Gateway, sms_gateway
from tracks.vocabulary import Channel

HOUR = timedelta(hours=1)
PLANOISE, ALSACE, REUNION = "Besançon Planoise", "Saint-Louis", "Saint-Denis"
RECEIVED = {  # where the referent works, where the appointment is
    "doubs": (PLANOISE, PLANOISE),
    "alsace": (ALSACE, ALSACE),
    "réunion": (REUNION, REUNION),
    "seen in Alsace": (PLANOISE, ALSACE),
    "seen in Planoise": (ALSACE, PLANOISE),
    "in a hall": (REUNION, "Salle des fêtes"),
}


def with_sites() -> Territory:
    sites = (
        *doubs().file.site,
        Site(name=ALSACE, label="CMS de Saint-Louis", departement="68"),
        Site(name=REUNION, label="CMS de Saint-Denis", departement="974", zone="Indian/Reunion"),
    )
    return replace(doubs(), file=doubs().file.model_copy(update={"site": sites}))


WHEN = [
    (datetime(2026, 11, 23, 5, 30, tzinfo=UTC), {"réunion", "in a hall"}),  # 9 h 30 there, 6 h 30 here
    (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), set(RECEIVED)),
    (datetime(2026, 11, 23, 15, 30, tzinfo=UTC), set(RECEIVED) - {"réunion", "in a hall"}),  # 19 h 30 there
    (datetime(2026, 12, 26, 9, 0, tzinfo=UTC), {"doubs", "seen in Planoise", "réunion", "in a hall"}),  # Saint-Étienne
    (datetime(2026, 12, 20, 9, 0, tzinfo=UTC), set[str]()),  # dimanche
]


@pytest.mark.parametrize(("at", "open_there"), WHEN)
def test_the_hours_and_holidays_are_those_of_the_site(
    engine: Engine, tmp_path: Path, at: datetime, open_there: set[str]
) -> None:
    later = datetime(2027, 1, 12, 9, tzinfo=UTC)
    written = {}
    with transaction(engine) as connection:
        for number, (name, (works, meets)) in enumerate(RECEIVED.items()):
            referent = a_referent(connection, site=works, email=f"referent{number}@example.org")
            person = a_person(connection, number)
            case = a_case(connection, person, referent)
            appointment = an_appointment(connection, case, referent, place=meets, starts_at=later)
            written[name] = a_message(
                connection, person=person, case=case, appointment=appointment, starts_at=later, due_at=at - HOUR
            )

    def go(*, apply: bool) -> int:
        return dispatch(engine, with_sites(), Channels(), at=at, apply=apply, outbox=tmp_path / "outbox").sent

    assert go(apply=False) == go(apply=True) == len(open_there)
    after = rows(engine)
    assert {name for name, id_ in written.items() if after[id_]["status"] == "sent"} == open_there
    assert {row["status"] for row in after.values()} <= {"sent", "pending"}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as found:
        yield found


def a_long_pass(engine: Engine, folder: Path, gateway: Gateway, *, repeat: str, lasting: timedelta) -> None:
    """The provider takes `lasting` to answer the first message."""
    described = {
        "url": {"value": f"http://127.0.0.1:{gateway.port}/"},
        "body": {"to": "{destinataire}", "text": "{texte}"},
        "idempotency_header": "Idempotency-Key",
    }
    channels = Channels.model_validate({"sms": {"url": "gateway://a", "class": repeat}, "gateway": {"a": described}})
    lane = Lane(
        engine=engine,
        this=Pass(territory="doubs", at=AT, holder="dispatch:long", calendar=doubs().calendar),
        office=Post(territory=doubs(), channels=channels, folder=folder),
        channel=Channel.SMS,
        began=time.monotonic(),
    )

    def passes() -> None:
        if len(gateway.received) == 1:
            lane.began -= lasting.total_seconds()

    gateway.meanwhile = passes
    lane.run(None)


@pytest.mark.parametrize("repeat", ["park", "idempotent"])
def test_a_pass_that_lasts_into_the_evening_stops(
    engine: Engine, tmp_path: Path, gateway: Gateway, repeat: str
) -> None:
    with transaction(engine) as connection:
        one_each(connection, 5, channel=Channel.SMS)
    a_long_pass(engine, tmp_path, gateway, repeat=repeat, lasting=10 * HOUR)
    assert len(gateway.received) == 1
    found = [(row["status"], row["lease_by"], row["attempts"]) for row in rows(engine).values()]
    assert sorted(found) == [("pending", None, 0)] * 4 + [("sent", None, 1)]


@pytest.mark.parametrize("repeat", ["park", "idempotent"])
def test_what_was_of_use_when_the_pass_began_is_judged_when_it_leaves(
    engine: Engine, tmp_path: Path, gateway: Gateway, repeat: str
) -> None:
    """A reminder never leaves after the appointment has begun, even one claimed in time."""
    with transaction(engine) as connection:
        ids = one_each(connection, 6, channel=Channel.SMS)
    begun = s.messages.c.id.in_(ids[1:4])
    change(engine, update(s.messages).where(begun).values(useful_until=AT + HOUR / 6))
    a_long_pass(engine, tmp_path, gateway, repeat=repeat, lasting=HOUR / 4)
    assert len(gateway.received) == 3
    after = rows(engine)
    assert [after[id_]["status"] for id_ in ids] == ["sent", "pending", "pending", "pending", "sent", "sent"]
    counts = dispatch(engine, doubs(), Channels(), at=AT + HOUR / 4, apply=True, outbox=tmp_path / "outbox")
    assert (counts.too_late, counts.sent) == (3, 0)


@pytest.mark.parametrize("repeat", ["park", "idempotent"])
def test_what_was_read_at_the_claim_is_read_again_when_time_has_passed(
    engine: Engine, tmp_path: Path, gateway: Gateway, repeat: str
) -> None:
    """Nobody writes meanwhile, and the messages say themselves of use for an hour: their appointments have begun."""
    soon = AT + HOUR / 6
    with transaction(engine) as connection:
        referent = a_referent(connection)
        for number in range(3):
            who = a_person(connection, number)
            case = a_case(connection, who, referent)
            meeting = an_appointment(connection, case, referent, starts_at=soon)
            told = {"appointment": meeting, "starts_at": soon, "useful_until": AT + HOUR}
            a_message(connection, person=who, case=case, **told)
    a_long_pass(engine, tmp_path, gateway, repeat=repeat, lasting=HOUR / 4)
    assert len(gateway.received) == 1
    ends = [(row["status"], row["not_sent_because"]) for row in rows(engine).values()]
    assert sorted(ends, key=str) == [("sent", None), *[("void", "appointment_changed")] * 2]
