"""The brake and the switch: a mass mistake sends nothing, two people release it, a stop is obeyed at once."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from config.channels import Channels, ChannelSettings
from config.territory import Brake
from store import journal, stops
from store import schema as s
from store.acts import Act
from store.digests import plan_digests
from store.engine import reading, transaction
from store.holds import identity, open_holds, release
from tasks import delivery
from tasks.brake import learned
from tasks.dispatch import DispatchCounts, dispatch
from tests.messages.rows import (
    AT,
    MONDAY,
    NIGHT,
    TUESDAY_8,
    a_case,
    a_message,
    a_person,
    a_referent,
    doubs,
    one_each,
    rows,
    send,
)
from tracks.errors import JalonError
from tracks.vocabulary import Channel, MessageStatus, Template

TENS = dict(enumerate((20, 10, 30, 20), start=1))


def act(by: str) -> Act:
    return Act(territory="doubs", by=by, at=AT, on=MONDAY)


def many(
    engine: Engine, number: int, template: Template = Template.CONVOCATION, tag: str = "wrong", **changes: Any
) -> None:
    """`number` rows of one template about one and the same person: what a mistake of the rules would plan."""
    with transaction(engine) as connection:
        case = connection.scalar(select(s.cases.c.id))
        if case is None:
            case = a_case(connection, a_person(connection), a_referent(connection))
        row = {
            "territory": "doubs",
            "case_id": case,
            "recipient_kind": "beneficiary",
            "recipient_id": connection.scalar(select(s.persons.c.id)),
            "channel": Channel.SMS,
            "template": template,
            "due_at": NIGHT,
            "useful_until": TUESDAY_8,
            "status": MessageStatus.PENDING,
            "details": {},
            "planned_on": MONDAY,
        }
        connection.execute(
            insert(s.messages), [row | {"key": f"{template}:{tag}:{n}"} | changes for n in range(number)]
        )


def past(engine: Engine, by_day: dict[int, int], template: Template = Template.CONVOCATION) -> None:
    """What left before MONDAY: how many days ago → how many."""
    for days, number in by_day.items():
        at = AT - timedelta(days=days)
        many(engine, number, template, f"d{days}", due_at=at, sent_at=at, useful_until=at, status=MessageStatus.SENT)


def sending(
    engine: Engine, outbox: Path, brake: Brake, channels: Channels | None = None, **more: Any
) -> DispatchCounts:
    file = doubs().file.model_copy(update={"brake": brake})
    given: dict[str, Any] = {"at": AT, "apply": True} | more
    return dispatch(engine, replace(doubs(), file=file), channels or Channels(), outbox=outbox, **given)


def statuses(engine: Engine) -> Counter[tuple[str, str]]:
    return Counter((row["template"], row["status"]) for row in rows(engine).values() if row["due_at"] >= NIGHT)


def waiting(engine: Engine) -> list[tuple[str, int, int, int]]:
    with reading(engine) as connection:
        found = open_holds(connection, territory="doubs")
    return [(batch["scope"], batch["kept"], batch["counted"], batch["ceiling"]) for batch in found]


def test_of_ten_thousand_wrongly_due_none_is_sent_and_one_hold_says_so(engine: Engine, outbox: Path) -> None:
    past(engine, TENS)
    many(engine, 10_000)
    with transaction(engine) as connection:
        person = a_person(connection, 2)  # the first has had too many by now
        case = a_case(connection, person, None)
        a_message(connection, person=person, case=case, template=Template.FAREWELL, starts_at=TUESDAY_8)
    rehearsed = send(engine, outbox, apply=False)
    assert waiting(engine) == []
    counts = send(engine, outbox)
    assert counts == rehearsed
    assert (counts.due, counts.held, counts.sent) == (10_001, 10_000, 1)
    assert statuses(engine) == {("convocation", "held"): 10_000, ("farewell", "sent"): 1}
    assert waiting(engine) == [("convocation", 10_000, 10_000, 200)]
    assert len(list(outbox.glob("*"))) == 1
    with reading(engine) as connection:
        told = connection.scalars(select(s.journal.c.subject).where(s.journal.c.kind == "hold")).all()
        assert journal.verify(connection, territory="doubs").first_bad is None
    assert [subject.partition(":convocation:")[2] for subject in told] == ["10000"]
    assert send(engine, outbox).as_json() | {"held": 0} == dict.fromkeys(counts.as_json(), 0)


def test_what_becomes_due_after_the_hold_joins_it(sqlite_engine: Engine, outbox: Path) -> None:
    many(sqlite_engine, 30)
    brake = Brake(ceilings={Template.CONVOCATION: 20})
    assert sending(sqlite_engine, outbox, brake).held == 30
    many(sqlite_engine, 5, tag="later")
    assert sending(sqlite_engine, outbox, brake, at=AT + timedelta(hours=1)).held == 35
    assert waiting(sqlite_engine) == [("convocation", 35, 35, 20)]
    many(sqlite_engine, 5, tag="tomorrow", due_at=NIGHT + timedelta(days=1), useful_until=TUESDAY_8)
    assert sending(sqlite_engine, outbox, brake, at=AT + timedelta(days=1)).due == 5
    assert statuses(sqlite_engine)["convocation", "held"] == 35


def test_what_dribbles_out_is_counted_over_the_day(sqlite_engine: Engine, outbox: Path) -> None:
    brake = Brake(ceilings={Template.CONVOCATION: 20})
    with transaction(sqlite_engine) as connection:
        one_each(connection, 15)
    assert sending(sqlite_engine, outbox, brake).sent == 15
    many(sqlite_engine, 6)
    assert sending(sqlite_engine, outbox, brake, at=AT + timedelta(hours=1)).held == 6


def test_the_whole_day_is_judged_at_its_first_pass(sqlite_engine: Engine, outbox: Path) -> None:
    many(sqlite_engine, 15)
    many(sqlite_engine, 15, tag="afternoon", due_at=NIGHT + timedelta(hours=5))
    counts = sending(sqlite_engine, outbox, Brake(ceilings={Template.CONVOCATION: 20}))
    assert (counts.due, counts.held, counts.sent) == (15, 15, 0)
    assert waiting(sqlite_engine) == [("convocation", 30, 30, 20)]


@pytest.mark.parametrize(
    ("days", "ceiling"),
    [
        ([], 2000),
        ([400, 500], 2000),
        ([20, 20, 20], 200),
        ([100, 90, 1000], 300),
        ([500] * 5 + [100] * 5, 900),
    ],
)
def test_three_times_the_usual_day_never_less_than_the_floor(days: list[int], ceiling: int) -> None:
    assert learned(days, Brake()) == ceiling


def test_the_last_ten_days_that_sent_some_are_the_usual_ones(sqlite_engine: Engine, outbox: Path) -> None:
    past(sqlite_engine, dict.fromkeys(range(3, 23, 2), 100) | {25: 5000, 27: 5000})
    many(sqlite_engine, 301)
    assert send(sqlite_engine, outbox).held == 301
    assert waiting(sqlite_engine) == [("convocation", 301, 301, 300)]


def test_a_first_night_of_a_county_is_not_held(sqlite_engine: Engine, outbox: Path) -> None:
    many(sqlite_engine, 600)
    assert send(sqlite_engine, outbox).held == 0


def test_a_county_s_own_ceiling_always_applies(sqlite_engine: Engine, outbox: Path) -> None:
    past(sqlite_engine, TENS)
    many(sqlite_engine, 250)
    assert sending(sqlite_engine, outbox, Brake(ceilings={Template.CONVOCATION: 250}), apply=False).held == 0
    many(sqlite_engine, 1, tag="more")
    assert sending(sqlite_engine, outbox, Brake(ceilings={Template.CONVOCATION: 250})).held == 251


def test_a_channel_has_a_ceiling_of_its_own(sqlite_engine: Engine, outbox: Path) -> None:
    many(sqlite_engine, 15)
    many(sqlite_engine, 10, Template.CHECK_IN)
    many(sqlite_engine, 3, Template.CHECK_IN, "letter", channel=Channel.LETTER)
    counts = send(sqlite_engine, outbox, channels=Channels(sms=ChannelSettings(daily_ceiling=20)))
    assert counts.held == 25
    assert waiting(sqlite_engine) == [("sms", 25, 25, 20)]


def test_two_different_people_release_and_what_is_released_is_not_held_again(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 5)
    brake = Brake(ceilings={Template.CONVOCATION: 3})
    assert sending(engine, outbox, brake).held == 5
    with transaction(engine) as connection:
        (first,) = release(connection, act("Hélène Marchal"), only=None)
    assert (first.released, sending(engine, outbox, brake).sent) == (None, 0)
    for same in ("helene  MARCHAL", "Marchal Hélène"):
        with pytest.raises(JalonError, match="autre personne"), transaction(engine) as connection:
            release(connection, act(same), only=first.hold)
    assert sending(engine, outbox, brake).sent == 0
    with transaction(engine) as connection:
        (second,) = release(connection, act("Öykü Demir"), only=first.hold)
    assert (second.released, waiting(engine)) == (5, [])
    counts = sending(engine, outbox, brake)
    assert (counts.sent, counts.held) == (5, 0)
    with pytest.raises(JalonError, match="jalon status"), transaction(engine) as connection:
        release(connection, act("Öykü Demir"), only=first.hold)
    with reading(engine) as connection:
        lines = connection.execute(select(s.journal.c.kind, s.journal.c.actor).where(s.journal.c.chain == "desk")).all()
    assert [tuple(line) for line in lines] == [
        ("agree", journal.person("Hélène Marchal")),
        ("release", journal.person("Öykü Demir")),
    ]


def test_an_agreement_is_to_the_batch_as_it_was(sqlite_engine: Engine, outbox: Path) -> None:
    brake = Brake(ceilings={Template.CONVOCATION: 3})
    many(sqlite_engine, 5)
    sending(sqlite_engine, outbox, brake)
    with transaction(sqlite_engine) as connection:
        release(connection, act("Hélène Marchal"), only=None)
    many(sqlite_engine, 5, tag="more")
    sending(sqlite_engine, outbox, brake)
    with transaction(sqlite_engine) as connection:
        (agreed,) = release(connection, act("Öykü Demir"), only=None)
    assert (agreed.released, agreed.kept) == (None, 10)


def test_a_held_message_that_is_of_no_use_any_more_is_too_late(sqlite_engine: Engine, outbox: Path) -> None:
    brake = Brake(ceilings={Template.CONVOCATION: 3})
    many(sqlite_engine, 5)
    sending(sqlite_engine, outbox, brake)
    assert sending(sqlite_engine, outbox, brake, at=TUESDAY_8).too_late == 5
    assert waiting(sqlite_engine) == []


@pytest.mark.parametrize("name", ["MARCHAL Hélène", "Helene  Marchal", "hélène marchal", "Hélène-Marchal"])
def test_a_person_is_the_same_however_the_name_is_written(name: str) -> None:
    assert identity(name) == identity("Hélène Marchal") != identity("Hélène Martin")


@pytest.mark.parametrize(
    ("track", "channel", "sent"),
    [("", "", 0), ("objectif_emploi", "", 0), ("", "email", 0), ("suivi_emploi", "", 2), ("", "sms", 2)],
)
def test_a_stop_keeps_what_it_covers_and_a_resume_lets_it_go(
    engine: Engine, outbox: Path, track: str, channel: str, sent: int
) -> None:
    with transaction(engine) as connection:
        one_each(connection, 2)
        stops.stop(connection, act("Hélène Marchal"), track=track, channel=channel, reason="Une erreur.")
    assert send(engine, outbox, apply=False).sent == sent
    assert send(engine, outbox).sent == sent
    assert {row["status"] for row in rows(engine).values()} == {"sent" if sent else "pending"}
    with pytest.raises(JalonError, match="déjà arrêtés"), transaction(engine) as connection:
        stops.stop(connection, act("Öykü Demir"), track=track, channel=channel, reason="Encore.")
    with transaction(engine) as connection:
        stops.resume(connection, act("Hélène Marchal"), track=track, channel=channel)
    assert send(engine, outbox).sent == 2 - sent
    with pytest.raises(JalonError, match="Aucun arrêt"), transaction(engine) as connection:
        stops.resume(connection, act("Hélène Marchal"), track=track, channel=channel)


def test_a_stop_is_obeyed_within_one_message(engine: Engine, outbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(engine) as connection:
        one_each(connection, 30)
    really, sent = delivery.post, []

    def stopped_at_the_third(envelope: Any, *where: Any) -> Any:
        sent.append(envelope.name)
        if len(sent) == 3:
            with transaction(engine) as connection:
                stops.stop(connection, act("Hélène Marchal"), track="", channel="", reason="Une erreur.")
        return really(envelope, *where)

    monkeypatch.setattr(delivery, "post", stopped_at_the_third)
    assert send(engine, outbox).sent == 3
    assert len(sent) == 3
    assert Counter(row["status"] for row in rows(engine).values()) == {"sent": 3, "pending": 27}
    assert {row["lease_by"] for row in rows(engine).values()} == {None}


def test_a_row_written_during_the_pass_waits_for_the_next_which_judges_it(
    sqlite_engine: Engine, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 3)
    really = delivery.post

    def a_night_meanwhile(envelope: Any, *where: Any) -> Any:
        monkeypatch.setattr(delivery, "post", really)
        many(sqlite_engine, 50)
        return really(envelope, *where)

    monkeypatch.setattr(delivery, "post", a_night_meanwhile)
    brake = Brake(ceilings={Template.CONVOCATION: 20})
    assert sending(sqlite_engine, outbox, brake).sent == 3
    assert sending(sqlite_engine, outbox, brake).held == 50


def test_the_coordinators_are_told_in_the_morning(sqlite_engine: Engine, outbox: Path) -> None:
    brake = Brake(ceilings={Template.CONVOCATION: 3})
    many(sqlite_engine, 5, useful_until=TUESDAY_8)
    sending(sqlite_engine, outbox, brake)
    tuesday = MONDAY + timedelta(days=1)
    seven = datetime.combine(tuesday, time(6), tzinfo=AT.tzinfo)
    with transaction(sqlite_engine) as connection:
        staff = {"territory": "doubs", "day": tuesday, "due_at": seven, "run_id": None, "coordinators": 1}
        plan_digests(connection, useful_until=seven + timedelta(hours=12), **staff)
    assert sending(sqlite_engine, outbox, brake, at=seven).sent == 1
    (body,) = (row["body"] for row in rows(sqlite_engine).values() if row["template"] == Template.COORDINATOR_DIGEST)
    assert "5 messages retenus vous attendent" in body
    assert "deux personnes" in body
