"""The outbox and its dispatch: what leaves, what does not any more, and what is written down of each."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update

from config.channels import Channels, ChannelSettings
from store import journal
from store import schema as s
from store.engine import open_engine, reading, transaction
from store.handing import Kept, hand_over
from store.outbox import Pass, claim, settle, sweep
from tasks import delivery
from tasks.answers import Answer, Said
from tasks.lane import proofs
from tests.county import add
from tests.messages.rows import (
    AT,
    MONDAY,
    NIGHT,
    TUESDAY_8,
    a_case,
    a_message,
    a_person,
    a_referent,
    an_appointment,
    change,
    counting,
    doubs,
    one_each,
    rows,
    send,
)
from tests.messages.servers import free_port, mail_server
from tracks import keys
from tracks.vocabulary import Channel, MessageStatus, Repeat, Template


def files(outbox: Path) -> list[str]:
    return sorted(path.name for path in outbox.glob("*"))


def statuses(engine: Engine) -> Counter[tuple[str, str | None]]:
    return Counter((row["status"], row["not_sent_because"]) for row in rows(engine).values())


def test_what_is_due_leaves_once_and_is_written_down(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        first, second = one_each(connection, 2, channel=Channel.SMS)
    assert send(engine, outbox).as_json() == {
        "due": 2,
        "sent": 2,
        "failed": 0,
        "unknown": 0,
        "too_late": 0,
        "held": 0,
        "void": 0,
    }
    assert files(outbox) == [f"{first}.txt", f"{second}.txt"]
    row = rows(engine)[first]
    assert (row["status"], row["sent_at"], row["attempts"], row["segments"]) == ("sent", AT, 1, 1)
    assert row["body"].startswith("Bonjour Inès, rendez-vous le mardi 8 déc. à 10h00, CMS de Planoise")
    assert row["body_hash"] == hashlib.sha256(row["body"].encode()).hexdigest()
    assert (row["lease_by"], row["lease_until"]) == (None, None)
    assert send(engine, outbox).as_json()["due"] == 0
    assert files(outbox) == [f"{first}.txt", f"{second}.txt"]


def test_each_final_state_is_a_line_of_the_journal(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        sent, nobody, gone = one_each(connection, 3)
    change(engine, update(s.persons).where(s.persons.c.file_number == "0250001").values(email=None))
    change(engine, update(s.messages).where(s.messages.c.id == gone).values(useful_until=AT - timedelta(hours=1)))
    assert send(engine, outbox).as_json() | {"due": 3} == {
        "due": 3,
        "sent": 1,
        "failed": 1,
        "unknown": 0,
        "too_late": 1,
        "held": 0,
        "void": 0,
    }
    with reading(engine) as connection:
        lines = connection.execute(select(s.journal).order_by(s.journal.c.seq)).mappings().all()
        assert journal.verify(connection, territory="doubs").first_bad is None
    digest = rows(engine)[sent]["body_hash"]
    assert sorted(line["subject"] for line in lines) == [
        f"message:{sent}:sent:{digest}",
        f"message:{nobody}:failed:",
        f"message:{gone}:too_late:",
    ]
    assert {(line["chain"], line["actor"], line["at"]) for line in lines} == {("dispatch", "dispatch", AT)}


def test_a_dry_run_counts_the_same_and_changes_nothing(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 30)
    change(engine, update(s.persons).where(s.persons.c.file_number == "0250003").values(email=None))
    change(engine, update(s.persons).where(s.persons.c.file_number == "0250004").values(refused_channels="email sms"))
    before = rows(engine)
    rehearsed = send(engine, outbox, apply=False)
    assert rows(engine) == before
    assert not outbox.exists()
    assert rehearsed == send(engine, outbox)
    assert (rehearsed.sent, rehearsed.failed, rehearsed.void) == (28, 1, 1)


def cancel(engine: Engine) -> None:
    change(engine, update(s.appointments).values(status="revoked"))


def move_in_place(engine: Engine) -> None:
    change(engine, update(s.appointments).values(starts_at=TUESDAY_8 + timedelta(hours=1)))


def supersede(engine: Engine) -> None:
    with transaction(engine) as connection:
        row = connection.execute(select(s.appointments)).mappings().one()
        new = an_appointment(connection, row["case_id"], row["referent_id"], key="other")
        old = s.appointments.c.id == row["id"]
        connection.execute(update(s.appointments).where(old).values(superseded_by=new))


def pause(engine: Engine) -> None:
    with transaction(engine) as connection:
        person = connection.scalar(select(s.persons.c.id)) or 0
        add(connection, s.pauses, person_id=person, first_day=MONDAY, last_day=MONDAY, reason="x", decided_by="y")


def leave(engine: Engine) -> None:
    change(engine, update(s.cases).values(left_on=MONDAY))


def refuse(engine: Engine) -> None:
    change(engine, update(s.persons).values(refused_channels="letter sms"))


NOTHING = {"due": 0, "sent": 0, "failed": 0, "unknown": 0, "too_late": 0, "held": 0, "void": 0}
OVERTAKEN = [
    (cancel, "appointment_changed"),
    (move_in_place, "appointment_changed"),
    (supersede, "appointment_changed"),
    (pause, "paused"),
    (leave, "case_closed"),
    (refuse, "channel_refused"),
]


@pytest.mark.parametrize("template", [Template.CONVOCATION, Template.REMINDER, Template.APPOINTMENT_MOVED])
@pytest.mark.parametrize(("overtake", "why"), OVERTAKEN)
def test_what_the_world_has_overtaken_is_not_sent(
    sqlite_engine: Engine, outbox: Path, template: Template, overtake: Any, why: str
) -> None:
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent)
        details = {"days_before": 2}
        a_message(connection, person=person, case=case, template=template, appointment=appointment, details=details)
    overtake(sqlite_engine)
    assert send(sqlite_engine, outbox).void == 1
    assert statuses(sqlite_engine) == {("void", why): 1}
    assert files(outbox) == []


def test_a_pause_that_is_over_or_not_begun_keeps_nobody_silent(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1)
        person = connection.scalar(select(s.persons.c.id)) or 0
        for first, last in ((date(2026, 11, 1), date(2026, 11, 22)), (date(2026, 11, 24), None)):
            add(connection, s.pauses, person_id=person, first_day=first, last_day=last, reason="x", decided_by="y")
    assert send(sqlite_engine, outbox).sent == 1


@pytest.mark.parametrize(("status", "qualification"), [("seen", None), ("excused", None), ("noshow", "unexplained")])
def test_a_reason_is_not_asked_once_it_is_known(
    sqlite_engine: Engine, outbox: Path, status: str, qualification: str | None
) -> None:
    starts_at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent, starts_at=starts_at, status="noshow")
        a_message(
            connection,
            person=person,
            case=case,
            template=Template.REASON_REQUEST,
            appointment=appointment,
            starts_at=starts_at,
        )
    known = {"status": status, "qualification": qualification, "qualified_by": qualification and "Öykü Demir"}
    change(sqlite_engine, update(s.appointments).values(known))
    assert send(sqlite_engine, outbox).void == 1
    assert statuses(sqlite_engine) == {("void", "already_answered"): 1}


def test_a_farewell_leaves_though_the_case_is_closed(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent, track="suivi_emploi", left_on=MONDAY)
        a_message(connection, person=person, case=case, template=Template.FAREWELL)
    assert send(sqlite_engine, outbox).sent == 1


def test_the_key_names_an_instant_whatever_its_zone(sqlite_engine: Engine, outbox: Path) -> None:
    """A key written with +0100 and an hour read back in UTC are the same appointment."""
    with transaction(sqlite_engine) as connection:
        (message,) = one_each(connection, 1)
        appointment = connection.scalar(select(s.appointments.c.id)) or 0
        key = keys.convocation(appointment, doubs().calendar.wall_clock(TUESDAY_8))
        connection.execute(update(s.messages).where(s.messages.c.id == message).values(key=key))
    assert "+0100" in key
    assert send(sqlite_engine, outbox).sent == 1


HOURS = [
    (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), 0),  # lundi 8 h 59
    (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), 1),  # 9 h
    (datetime(2026, 11, 23, 17, 59, tzinfo=UTC), 1),  # 18 h 59
    (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), 0),  # 19 h
    (datetime(2026, 11, 28, 9, 0, tzinfo=UTC), 1),  # samedi
    (datetime(2026, 11, 29, 9, 0, tzinfo=UTC), 0),  # dimanche
    (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), 0),  # Noël
    (datetime(2026, 12, 26, 9, 0, tzinfo=UTC), 1),  # samedi, férié en Moselle seulement
    (datetime(2027, 7, 14, 9, 0, tzinfo=UTC), 0),  # fête nationale
    (datetime(2027, 7, 15, 7, 0, tzinfo=UTC), 1),  # heure d'été : 9 h
    (datetime(2027, 7, 15, 6, 59, tzinfo=UTC), 0),
]


@pytest.mark.parametrize(("at", "sent"), HOURS)
def test_people_are_written_to_at_decent_hours_only(
    sqlite_engine: Engine, outbox: Path, at: datetime, sent: int
) -> None:
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        due = {"due_at": datetime(2026, 11, 1, tzinfo=UTC), "useful_until": datetime(2028, 1, 1, tzinfo=UTC)}
        a_message(
            connection, person=person, case=case, template=Template.CHECK_IN, details={"milestone": "un mois"}, **due
        )
    counts = send(sqlite_engine, outbox, at=at)
    assert (counts.due, counts.sent) == (1, sent)
    assert statuses(sqlite_engine) == {("sent" if sent else "pending", None): 1}


def test_a_narrower_window_of_the_county_holds(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1, channel=Channel.SMS)
    narrow = Channels(sms=ChannelSettings.model_validate({"not_before": "10:00", "not_after": "12:00"}))
    assert send(sqlite_engine, outbox, channels=narrow).sent == 0
    assert send(sqlite_engine, outbox, channels=narrow, at=AT + timedelta(hours=1)).sent == 1


def test_too_late_is_said_and_not_sent_even_outside_the_hours(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 2)
    counts = send(sqlite_engine, outbox, at=TUESDAY_8)  # the very hour of the appointment
    assert (counts.sent, counts.too_late) == (0, 2)
    assert statuses(sqlite_engine) == {("too_late", "too_late"): 2}


@pytest.mark.parametrize(
    "address", [None, "", "rené@example.org", "deux@@example.org", "sans-arobase", "a@b\r\nBcc: c@d"]
)
def test_no_address_that_a_mail_server_may_take_nothing_is_tried(
    sqlite_engine: Engine, outbox: Path, address: str | None
) -> None:
    with mail_server() as box, transaction(sqlite_engine) as connection:
        one_each(connection, 1, email=address)
    with mail_server() as box:
        counts = send(sqlite_engine, outbox, channels=by_mail(box.port))
        assert (counts.failed, box.attempts) == (1, [])
    (row,) = rows(sqlite_engine).values()
    assert (row["status"], row["failure"], row["not_sent_because"]) == ("failed", "permanent", "no_contact")
    assert (row["attempts"], row["body"]) == (0, None)


@pytest.mark.parametrize(("channel", "gone"), [(Channel.SMS, "mobile"), (Channel.LETTER, "address")])
def test_the_other_channels_want_an_address_too(
    sqlite_engine: Engine, outbox: Path, channel: Channel, gone: str
) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1, channel=channel, **{gone: None})
    assert send(sqlite_engine, outbox).failed == 1
    assert files(outbox) == []


def by_mail(port: int, **settings: Any) -> Channels:
    """Through a mail server; in the class *park* unless said otherwise."""
    mail = {"url": f"mailto://127.0.0.1:{port}?cto=1"} | settings
    return Channels(email=ChannelSettings.model_validate(mail))


def test_each_message_holds_its_own_person_only(sqlite_engine: Engine, outbox: Path) -> None:
    people = 120
    with transaction(sqlite_engine) as connection:
        one_each(connection, people)
        for number in range(people):
            connection.execute(
                update(s.persons)
                .where(s.persons.c.file_number == f"025{number:04}")
                .values(first_name=f"Marque{number:04}")
            )
    with mail_server() as box:
        assert send(sqlite_engine, outbox, channels=by_mail(box.port)).sent == people
    found = {
        to[0]: {part.get_content_subtype(): part.get_content() for part in message.iter_parts()}
        for to, message in box.received
        if len(to) == 1
    }
    assert len(box.received) == len(found) == people
    for number in range(people):
        parts = found[f"personne{number}@example.org"]
        assert [part.count("Marque") for part in parts.values()] == [1, 1, 0]
        assert f"Bonjour Marque{number:04}," in parts["plain"] and f"Bonjour Marque{number:04}," in parts["html"]
        assert f"mailto:personne{number}@example.org" in parts["calendar"]
    assert len({message["Message-ID"] for _, message in box.received}) == people


def test_a_refusal_is_final_a_silence_is_unknown_a_delay_is_tried_again(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        ids = one_each(connection, 3, mobile=None, address=None)
        for id_, who in zip(ids, ("refuse", "drop", "later"), strict=True):
            person = select(s.messages.c.recipient_id).where(s.messages.c.id == id_).scalar_subquery()
            connection.execute(update(s.persons).where(s.persons.c.id == person).values(email=f"{who}@example.org"))
    with mail_server() as box:
        counts = send(sqlite_engine, outbox, channels=by_mail(box.port))
        assert (counts.sent, counts.failed, counts.unknown) == (0, 1, 1)
        refused, silent, delayed = (rows(sqlite_engine)[id_] for id_ in ids)
        assert (refused["status"], refused["failure"], refused["attempts"]) == ("failed", "permanent", 1)
        assert (silent["status"], silent["failure"], silent["attempts"]) == ("unknown", "no_receipt", 1)
        assert "Bonjour Inès" in silent["body"] and refused["body"] is None
        assert (delayed["status"], delayed["failure"], delayed["attempts"]) == ("pending", "temporary", 1)
        first = delayed["due_at"] - AT
        assert timedelta(minutes=5) <= first < timedelta(minutes=6, seconds=15)
        again = send(sqlite_engine, outbox, channels=by_mail(box.port), at=AT + first)
        assert (again.due, again.sent) == (1, 0)
        second = rows(sqlite_engine)[ids[2]]["due_at"] - AT - first
        assert timedelta(minutes=10) <= second < timedelta(minutes=12, seconds=30)
        assert second != 2 * first
        assert Counter(box.attempts) == {
            "refuse@example.org": 1,
            "drop@example.org": 1,
            "later@example.org": 2,
        }


def test_a_delay_beyond_its_use_is_too_late(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1)
        connection.execute(update(s.messages).values(useful_until=AT + timedelta(minutes=4)))
    assert send(sqlite_engine, outbox, channels=by_mail(free_port())).too_late == 1
    (row,) = rows(sqlite_engine).values()
    assert (row["status"], row["not_sent_because"], row["attempts"]) == ("too_late", "too_late", 1)
    assert row["failure"] == "temporary"


def test_the_last_try_comes_shortly_before_it_is_of_no_use(sqlite_engine: Engine, outbox: Path) -> None:
    """However long its wait has grown: not six hours later, when nobody would need it any more."""
    until = AT + timedelta(hours=5)
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1)
        connection.execute(update(s.messages).values(useful_until=until, attempts=9))
    nobody = by_mail(free_port())
    send(sqlite_engine, outbox, channels=nobody)
    (row,) = rows(sqlite_engine).values()
    assert (row["status"], row["due_at"]) == ("pending", until - timedelta(minutes=15))
    send(sqlite_engine, outbox, channels=nobody, at=row["due_at"])
    assert statuses(sqlite_engine) == {("pending", None): 1}
    assert send(sqlite_engine, outbox, channels=nobody, at=until).too_late == 1


def a_pass(holder: str, at: datetime = AT) -> Pass:
    return Pass(territory="doubs", at=at, holder=holder, calendar=doubs().calendar)


def take(engine: Engine, this: Pass, limit: int = 100) -> Any:
    with transaction(engine) as connection:
        return claim(connection, this, channels=list(Channel), until=this.at + timedelta(minutes=20), limit=limit)


def test_two_dispatchers_never_hold_the_same_message(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        ids = one_each(connection, 50)
    first, second = take(engine, a_pass("one"), 30), take(engine, a_pass("two"), 30)
    held = [due.id for due in (*first.ready, *second.ready)]
    assert sorted(held) == sorted(ids)
    assert send(engine, outbox).sent == 0


def test_a_claimed_row_is_passed_over_while_the_other_transaction_is_open(postgresql_url: str) -> None:
    """On PostgreSQL, where write transactions overlap."""
    engine = open_engine(postgresql_url)
    with transaction(engine) as connection:
        one_each(connection, 10)
    with transaction(engine) as connection:
        held = claim(connection, a_pass("one"), channels=list(Channel), until=AT, limit=6)
        free = take(engine, a_pass("two"))
    engine.dispose()
    assert (len(held.ready), len(free.ready)) == (6, 4)


def test_dispatchers_at_work_together_send_each_message_once(engine: Engine, outbox: Path) -> None:
    people = 90
    with transaction(engine) as connection:
        one_each(connection, people)
    with mail_server() as box, ThreadPoolExecutor(3) as pool:
        passes = [pool.submit(send, engine, outbox, channels=by_mail(box.port)) for _ in range(3)]
        counts = [each.result() for each in passes]
    assert sum(count.sent for count in counts) == people
    assert Counter(box.attempts) == {f"personne{n}@example.org": 1 for n in range(people)}
    assert statuses(engine) == {("sent", None): people}


def lost(engine: Engine, repeat: Repeat, *, at: datetime = AT) -> None:
    """A dispatcher claims all that is due, begins to hand over the first, and is never heard of again."""
    this = a_pass(f"lost at {at}", at)
    due, *_ = take(engine, this).ready
    with transaction(engine) as connection:
        assert hand_over(connection, this, due, repeat=repeat, now=at) == due


MINUTES = timedelta(minutes=1)


def test_what_a_lost_dispatcher_may_have_sent_is_unknown_never_sent_again(engine: Engine, outbox: Path) -> None:
    """Of what it had claimed, the one that it had begun to hand over; the others left nobody in doubt."""
    with transaction(engine) as connection:
        first, second, third = one_each(connection, 3)
    lost(engine, Repeat.PARK)
    assert send(engine, outbox, at=AT + 19 * MINUTES).as_json() == NOTHING
    assert send(engine, outbox, at=AT + 21 * MINUTES).as_json() == NOTHING | {"due": 2, "unknown": 1, "sent": 2}
    row = rows(engine)[first]
    assert (row["status"], row["failure"], row["handed_over_at"]) == ("unknown", "no_receipt", AT)
    assert files(outbox) == [f"{second}.eml", f"{third}.eml"]
    assert send(engine, outbox, at=AT + 42 * MINUTES).due == 0


def test_a_channel_that_resends_does_so_once(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 1)
    lost(engine, Repeat.RESEND)
    lost_again = AT + 21 * MINUTES
    with transaction(engine) as connection:
        sweep(connection, a_pass("sweeping", lost_again))
    assert statuses(engine) == {("pending", None): 1}
    lost(engine, Repeat.RESEND, at=lost_again)
    assert send(engine, outbox, at=AT + 42 * MINUTES).unknown == 1
    assert files(outbox) == []


@pytest.mark.parametrize(
    ("repeat", "arrived", "ends"),
    [("park", 1, "unknown"), ("resend", 2, "unknown"), ("idempotent", 3, "pending")],
)
def test_what_was_swallowed_without_an_answer_follows_the_class(
    engine: Engine, outbox: Path, repeat: str, arrived: int, ends: str
) -> None:
    """A mail server that takes the text and hangs up, each time: the same Message-ID, as often as the class allows."""
    with transaction(engine) as connection:
        one_each(connection, 1, email="drop@example.org")
    with mail_server() as box:
        for hours in (0, 1, 2):
            send(engine, outbox, channels=by_mail(box.port, **{"class": repeat}), at=AT + timedelta(hours=hours))
    assert len(box.received) == arrived
    assert len({message["Message-ID"] for _, message in box.received}) == 1
    (row,) = rows(engine).values()
    assert (row["status"], row["failure"]) == (ends, "no_receipt")


def test_a_dispatcher_that_slept_past_its_lease_sends_nothing(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        one_each(connection, 1)
    sleeper = a_pass("sleeper")
    (due,) = take(engine, sleeper).ready
    late = AT + 21 * MINUTES
    with transaction(engine) as connection:
        assert hand_over(connection, sleeper, due, repeat=Repeat.PARK, now=late) is Kept.LOST
    assert send(engine, outbox, at=late).sent == 1
    with transaction(engine) as connection:
        assert hand_over(connection, sleeper, due, repeat=Repeat.PARK, now=AT) is Kept.LOST


@pytest.mark.parametrize("repeat", list(Repeat))
def test_what_happens_during_the_pass_is_seen_before_the_next_message(
    engine: Engine, outbox: Path, repeat: Repeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed together; after the second has left, all appointments are cancelled (B4)."""
    with transaction(engine) as connection:
        one_each(connection, 30)
    really, left = delivery.post, []

    def cancelled_after_the_second(envelope: Any, *where: Any) -> Said:
        left.append(envelope.name)
        if len(left) == 2:
            change(engine, update(s.appointments).values(status="revoked"))
        return really(envelope, *where)

    monkeypatch.setattr(delivery, "post", cancelled_after_the_second)
    channels = Channels(email=ChannelSettings.model_validate({"class": repeat.value}))
    assert send(engine, outbox, channels=channels).void == 28
    assert len(left) == 2
    assert statuses(engine) == {("sent", None): 2, ("void", "appointment_changed"): 28}


def test_a_late_writer_is_refused(engine: Engine) -> None:
    """The lease expired and the row was judged: what the sleeper says afterwards changes nothing."""
    with transaction(engine) as connection:
        (message,) = one_each(connection, 1)
    sleeper = a_pass("sleeper")
    (due,) = take(engine, sleeper).ready
    change(engine, update(s.messages).values(status="unknown", lease_by=None))
    result = delivery.answered(due, sleeper, delivery.Written("x", "y"), Said(answer=Answer.ACCEPTED), Repeat.PARK)
    with transaction(engine) as connection:
        settle(connection, sleeper, [result], proofs=proofs(Channels()))
    assert rows(engine)[message]["status"] == "unknown"
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(s.journal)) == 0
        assert connection.scalar(select(s.appointments.c.notice_sent_on)) is None


def test_an_interrupted_batch_leaves_one_message_in_doubt_at_most(
    sqlite_engine: Engine, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 9)
    calls = iter(range(100))
    really = delivery.post

    def interrupted(envelope: Any, *where: Any) -> Said:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return really(envelope, *where)

    monkeypatch.setattr(delivery, "post", interrupted)
    with pytest.raises(KeyboardInterrupt):
        send(sqlite_engine, outbox)
    assert statuses(sqlite_engine) == {("sent", None): 4, ("sending", None): 1, ("pending", None): 4}
    assert send(sqlite_engine, outbox).sent == 4


def test_nothing_is_sent_inside_a_transaction(
    sqlite_engine: Engine, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 3)
    really = delivery.post

    def watched(envelope: Any, *where: Any) -> Said:
        assert sqlite_engine.pool.checkedout() == 1  # type: ignore[attr-defined] # the watch, outside any transaction
        with transaction(sqlite_engine) as connection:  # would wait for ever on an open write transaction
            connection.execute(insert(s.leases).values(territory="doubs", name=envelope.name, holder="x", until=AT))
        return really(envelope, *where)

    monkeypatch.setattr(delivery, "post", watched)
    assert send(sqlite_engine, outbox).sent == 3


def test_the_number_of_queries_depends_on_batches_not_on_messages(sqlite_engine: Engine, outbox: Path) -> None:
    counted = counting(sqlite_engine)
    seen = {}
    for people in (2, 20):
        with transaction(sqlite_engine) as connection:
            for table in (s.links, s.messages, s.appointments, s.cases, s.persons, s.referents):
                connection.execute(delete(table))
            one_each(connection, people)
        counted.clear()
        assert send(sqlite_engine, outbox).sent == people
        seen[people] = len(counted)
    assert seen[2] == seen[20]


def test_a_pass_stops_at_its_limit(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 25)
    assert send(sqlite_engine, outbox, limit=22).sent == 22
    assert send(sqlite_engine, outbox, apply=False, limit=2).sent == 2
    assert send(sqlite_engine, outbox).sent == 3


def test_another_county_sends_its_own_messages_only(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1)
        connection.execute(update(s.messages).values(territory="jura"))
    assert send(sqlite_engine, outbox).due == 0


NOTICES = [
    (Channel.SMS, {}, "delivered"),
    (Channel.LETTER, {}, "none"),
    (Channel.SMS, {"delivered_when": "receipt"}, "none"),
]


@pytest.mark.parametrize("template", [Template.CONVOCATION, Template.APPOINTMENT_MOVED])
@pytest.mark.parametrize(("channel", "setting", "proof"), NOTICES)
def test_a_summons_that_left_is_the_notice_of_its_appointment(
    sqlite_engine: Engine, outbox: Path, template: Template, channel: Channel, setting: dict[str, str], proof: str
) -> None:
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent)
        a_message(connection, person=person, case=case, template=template, channel=channel, appointment=appointment)
    channels = Channels.model_validate({channel.value: setting})
    assert send(sqlite_engine, outbox, channels=channels).sent == 1
    assert notice(sqlite_engine) == (MONDAY, channel.value, proof, True)


def notice(engine: Engine) -> tuple[Any, ...]:
    a = s.appointments.c
    with reading(engine) as connection:
        row = connection.execute(select(a.notice_sent_on, a.notice_channel, a.notice_proof, a.notice_by_jalon)).one()
    return tuple(row)


def test_a_refused_summons_is_a_failed_notice(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1, email="refuse@example.org")
    with mail_server() as box:
        send(sqlite_engine, outbox, channels=by_mail(box.port))
    assert notice(sqlite_engine) == (MONDAY, "email", "failed", True)


def test_a_doubtful_summons_proves_nothing(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1, email="drop@example.org")
    with mail_server() as box:
        send(sqlite_engine, outbox, channels=by_mail(box.port))
    assert notice(sqlite_engine) == (MONDAY, "email", "none", True)


def test_a_reminder_is_no_notice(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        appointment = an_appointment(connection, case, referent)
        a_message(
            connection,
            person=person,
            case=case,
            template=Template.REMINDER,
            appointment=appointment,
            details={"days_before": 2},
        )
    assert send(sqlite_engine, outbox).sent == 1
    assert notice(sqlite_engine) == (None, None, "none", False)


def test_what_a_bounce_will_name_is_kept_with_the_message(engine: Engine, outbox: Path) -> None:
    with transaction(engine) as connection:
        kept, doubtful, refused = one_each(connection, 3)
        for id_, who in ((doubtful, "drop"), (refused, "refuse")):
            person = select(s.messages.c.recipient_id).where(s.messages.c.id == id_).scalar_subquery()
            connection.execute(update(s.persons).where(s.persons.c.id == person).values(email=f"{who}@example.org"))
    with mail_server() as box:
        send(engine, outbox, channels=by_mail(box.port))
    found = rows(engine)
    arrived = [message["Message-ID"] for _, message in box.received]
    assert [found[id_]["provider_ref"] for id_ in (kept, doubtful)] == arrived
    assert found[refused]["provider_ref"] is None


def test_no_bounce_for_three_days_is_a_delivery_and_not_before(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1, channel=Channel.SMS)
    patient = Channels.model_validate(
        {"sms": {"delivered_when": "accepted_and_no_bounce_after", "no_bounce_after_days": 3}}
    )
    for day, proof in ((0, "none"), (2, "none"), (3, "delivered")):
        send(sqlite_engine, outbox, channels=patient, at=AT + timedelta(days=day))
        assert notice(sqlite_engine)[2] == proof


def an_invitation(engine: Engine, **message: Any) -> None:
    with transaction(engine) as connection:
        referent, person = a_referent(connection), a_person(connection)
        case = a_case(connection, person, referent)
        for day in (datetime(2026, 9, 3, 8, tzinfo=UTC), datetime(2026, 10, 12, 12, 30, tzinfo=UTC)):
            missed = {"status": "noshow", "qualification": "unexplained", "qualified_by": "Öykü Demir"}
            an_appointment(connection, case, referent, starts_at=day, **missed)
        signed = date(2026, 5, 4)
        contract = {"kind": "engagement", "signed_on": signed, "starts_on": signed, "clauses": "individual"}
        add(connection, s.contracts, person_id=person, **contract)
        a_message(
            connection,
            person=person,
            case=case,
            template=Template.INVITATION_TO_REGULARISE,
            channel=Channel.LETTER,
            details={"delay_days": 15, "days": ["2026-09-03", "2026-10-12"]},
            **message,
        )


def test_the_formal_invitation_says_what_why_until_when_and_with_whom(engine: Engine, outbox: Path) -> None:
    an_invitation(engine)
    assert send(engine, outbox).sent == 1
    (text,) = [row["body"] for row in rows(engine).values()]
    for expected in (
        "Inès Exemple\n51 rue de Belfort\n25220 Thise\n",
        "votre contrat d'engagement signé le 4 mai 2026",
        "honorer les rendez-vous individuels.",
        "– jeudi 3 septembre 2026 à 10\u202fh\u00a0: vous n'étiez pas au rendez-vous.",
        "– lundi 12 octobre 2026 à 14\u202fh\u202f30\u00a0: vous n'étiez pas au rendez-vous.",
        "vous avez 15 jours, donc au moins jusqu'au mercredi 9 décembre,",
        "Öykü Demir\nCMS de Planoise\n03 81 58 11 37",
        "vous faire aider par une personne de votre choix",
        "Rien n'est décidé.",
    ):
        assert expected in text
    with reading(engine) as connection:
        (letter,) = connection.execute(select(s.letters)).mappings().all()
    assert (letter["kind"], letter["channel"], letter["delay_days"]) == ("invitation_to_regularise", "lettre", 15)
    assert (letter["sent_on"], letter["received_on"]) == (MONDAY, None)
    assert letter["message_key"] == rows(engine)[1]["key"]


def excused(engine: Engine) -> None:
    first = select(func.min(s.appointments.c.id)).scalar_subquery()
    change(engine, update(s.appointments).where(s.appointments.c.id == first).values(status="excused"))


def admissible(engine: Engine) -> None:
    change(engine, update(s.appointments).values(qualification="admissible"))


def came(engine: Engine) -> None:
    with transaction(engine) as connection:
        case, referent = connection.execute(select(s.cases.c.id, s.cases.c.referent_id)).one()
        an_appointment(connection, case, referent, starts_at=datetime(2026, 11, 20, 9, tzinfo=UTC), status="seen")


def complied(engine: Engine) -> None:
    with transaction(engine) as connection:
        sign = {"happened_on": MONDAY, "source": "referent", "kind": "compliance", "said_by": "x", "key": "k"}
        add(connection, s.signals, case_id=connection.scalar(select(s.cases.c.id)) or 0, **sign)


def no_contract(engine: Engine) -> None:
    change(engine, delete(s.contracts))


@pytest.mark.parametrize("change_of_facts", [excused, admissible, came, complied, no_contract])
def test_a_formal_invitation_whose_facts_no_longer_hold_stays_here(
    sqlite_engine: Engine, outbox: Path, change_of_facts: Any
) -> None:
    an_invitation(sqlite_engine)
    change_of_facts(sqlite_engine)
    assert send(sqlite_engine, outbox).void == 1
    assert statuses(sqlite_engine) == {("void", "facts_changed"): 1}


def test_rows_not_yet_due_wait(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 1)
        connection.execute(update(s.messages).values(due_at=AT + timedelta(seconds=1)))
    assert send(sqlite_engine, outbox).due == 0
    assert send(sqlite_engine, outbox, at=AT + timedelta(seconds=1)).sent == 1


def test_held_messages_are_counted_and_stay(sqlite_engine: Engine, outbox: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one_each(connection, 2)
        connection.execute(update(s.messages).values(status=MessageStatus.HELD, due_at=NIGHT))
    counts = send(sqlite_engine, outbox)
    assert (counts.due, counts.held, counts.sent) == (0, 2, 0)
