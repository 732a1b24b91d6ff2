"""Another hour that the person chooses: offered as the planner would, taken once, told, and never by two people."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert, select, update

from store import passes
from store import schema as s
from store.engine import reading, transaction
from store.mornings import read_mornings
from tasks.digest_text import for_referent
from tests.messages import rows
from tests.messages.rows import AT, TUESDAY_8, change, doubs
from tests.web.conftest import Clock, served
from tests.web.links import link_in, sent_link
from tests.web.test_answers import all_of, all_of_journal, answer, proof_in

SLOT = re.compile(r'name="creneau" value="(\d{8}T\d{4}Z)"')
LABEL = re.compile(r'for="creneau[^"]*">([^<]+)<')


def offered(phone: httpx.Client, path: str) -> list[str]:
    return SLOT.findall(phone.get(f"{path}/autre-moment").text)


def choose(phone: httpx.Client, path: str, slot: str) -> httpx.Response:
    proof = proof_in(phone.get(f"{path}/autre-moment").text, "choisir")
    return phone.post(f"{path}/choisir", data={"proof": proof, "creneau": slot})


def several_people(engine: Engine, folder: Path, count: int) -> list[str]:
    """People of one referent, each with an appointment on Tuesday 8 December; the paths of their links."""
    sent = []
    with transaction(engine) as connection:
        referent = rows.a_referent(connection)
        for number in range(count):
            who = rows.a_person(connection, number)
            case = rows.a_case(connection, who, referent)
            starts_at = TUESDAY_8 + timedelta(hours=1.25 * number)
            meeting = rows.an_appointment(connection, case, referent, starts_at=starts_at)
            sent.append(rows.a_message(connection, person=who, case=case, appointment=meeting, starts_at=starts_at))
    assert rows.send(engine, folder).sent == count
    return [link_in(folder, message) for message in sent]


def test_three_hours_are_offered_as_a_night_would_give_them(engine: Engine, phone: httpx.Client, path: str) -> None:
    """Not on a Wednesday (her day off), nor before the five days of notice; words that anybody reads."""
    page = phone.get(f"{path}/autre-moment").text
    assert LABEL.findall(page) == [
        "Lundi 7 décembre à 13\u202fh\u202f30",
        "Mardi 8 décembre à 9\u202fh",
        "Jeudi 10 décembre à 9\u202fh",
    ]
    (referent,) = all_of(engine, s.referents)
    with transaction(engine) as connection:
        days = {"first_day": date(2026, 12, 4), "last_day": date(2026, 12, 9)}
        connection.execute(insert(s.leaves).values(territory="doubs", referent_id=referent["id"], **days))
        said = update(s.persons).values(hours_impossible="jeu 12:00-23:59")
        connection.execute(said)
    after = [datetime.strptime(slot, "%Y%m%dT%H%MZ") for slot in offered(phone, path)]
    assert after and all(hour.day >= 10 or hour.month == 11 or hour.day <= 3 for hour in after)
    assert not any(hour.isoweekday() == 4 and hour.hour >= 11 for hour in after)


def test_the_chosen_hour_replaces_the_first_with_its_chain(
    engine: Engine, phone: httpx.Client, path: str, outbox: Path
) -> None:
    answer(phone, path, "autre-moment", moment="1-matin")  # asked before, found now
    slot = offered(phone, path)[0]
    with transaction(engine) as connection:
        (case,) = connection.scalars(select(s.cases.c.id))
        (person,) = connection.scalars(select(s.persons.c.id))
        reminder = rows.a_message(connection, person=person, case=case, template=rows.Template.REMINDER, appointment=1)
    proof = proof_in(phone.get(f"{path}/autre-moment").text, "choisir")
    twice = [phone.post(f"{path}/choisir", data={"proof": proof, "creneau": slot}) for _ in range(2)]
    assert [done.headers["location"] for done in twice] == [f"{path}?fait=choisir", path]  # the second changes nothing
    old, new = all_of(engine, s.appointments)
    assert (old["status"], old["superseded_by"], old["qualification"]) == ("revoked", new["id"], None)
    assert f"{new['starts_at']:%Y%m%dT%H%MZ}" == slot
    assert (new["status"], new["first_id"], new["moves"]) == ("planned", old["id"], 1)
    assert new["created_by"] == "person:la personne, par son lien"
    assert new["ends_at"] - new["starts_at"] == old["ends_at"] - old["starts_at"]
    messages = rows.rows(engine)
    assert messages[reminder]["status"] == "void"
    (told,) = [m for m in messages.values() if m["appointment_id"] == new["id"]]
    assert (told["template"], told["status"]) == ("appointment_moved", "pending")
    assert [q["closed_by"] for q in all_of(engine, s.questions)] == ["person:la personne, par son lien"]
    assert [row["kind"] for row in all_of(engine, s.answers)] == ["another_time", "chosen"]
    assert "appointment_chosen" in [line["kind"] for line in all_of_journal(engine)]
    page = phone.get(twice[0].headers["location"]).text
    assert "Vous avez choisi un autre moment." in page and "lundi 7 décembre" in page


def test_the_calendar_follows(engine: Engine, phone: httpx.Client, outbox: Path) -> None:
    """The same UID with a higher SEQUENCE takes the place of the first in the person's own calendar."""
    path = sent_link(engine, outbox, channel=rows.Channel.EMAIL)
    change(engine, update(s.persons).values(preferred_channel="email"))
    choose(phone, path, offered(phone, path)[2])
    assert rows.send(engine, outbox, at=AT + timedelta(hours=1)).sent == 1
    invited = [unfolded(file) for file in sorted(outbox.glob("*.eml"), key=lambda file: int(file.name.split(".")[0]))]
    uids = [re.search(r"^UID:(\S+)", text, re.M)[1] for text in invited]  # type: ignore[index]
    assert uids[0] == uids[1]
    assert [re.search(r"^SEQUENCE:(\d+)", text, re.M)[1] for text in invited] == ["0", "1"]  # type: ignore[index]
    assert "DTSTART;TZID=Europe/Paris:20261210T090000" in invited[1]


def unfolded(file: Path) -> str:
    (part,) = [
        p
        for p in message_from_bytes(file.read_bytes(), policy=policy.default).walk()
        if p.get_content_type() == "text/calendar"
    ]
    return str(part.get_content()).replace("\r\n ", "").replace("\n ", "").replace("\r", "")


def test_the_referent_reads_it_in_the_morning_and_has_nothing_to_do(
    engine: Engine, phone: httpx.Client, path: str
) -> None:
    choose(phone, path, offered(phone, path)[0])
    assert all_of(engine, s.questions) == []
    with reading(engine) as connection:
        calendar, tuesday = doubs().calendar, date(2026, 11, 24)
        (referent,) = connection.scalars(select(s.referents.c.id))
        (morning,) = read_mornings(
            connection, territory="doubs", today=tuesday, referents=[referent], calendar=calendar
        ).values()
    text = for_referent(morning, today=tuesday, calendar=calendar).text
    assert "Inès E. a choisi un autre moment que mar. 8 déc. 10\u202fh" in text


def test_of_several_people_at_once_one_has_the_hour_and_the_others_are_told(
    engine: Engine, address: str, outbox: Path
) -> None:
    """Until one is left, on each database: never two in one hour, never an error, other hours for who came after."""
    waiting = several_people(engine, outbox, 5)
    while len(waiting) > 1:
        told = all_at_once(address, waiting)
        assert sorted(each.status_code for each in told) == [303] + [422] * (len(waiting) - 1)
        for each in told:
            if each.status_code == 422:
                assert "Ce moment vient d’être pris." in each.text and len(SLOT.findall(each.text)) == 3
        waiting = [path for path, each in zip(waiting, told, strict=True) if each.status_code == 422]
    with reading(engine) as connection:
        standing = connection.execute(select(s.appointments).where(s.appointments.c.status == "planned")).mappings()
        spans = sorted((row["starts_at"], row["ends_at"]) for row in standing)
        assert len(spans) == 5 and all(one[1] <= other[0] for one, other in pairwise(spans))
        assert passes.broken_invariants(connection, territory="doubs", now=AT) == []


def all_at_once(address: str, paths: list[str]) -> list[httpx.Response]:
    """Each of these people has read the same free hour, and they ask for it at the same instant."""
    together = Barrier(len(paths))
    with httpx.Client(base_url=address, trust_env=False) as phone:
        slot = min(set.intersection(*(set(offered(phone, path)) for path in paths)))
        proofs = {path: proof_in(phone.get(f"{path}/autre-moment").text, "choisir") for path in paths}

        def post(path: str) -> httpx.Response:
            together.wait(20)
            return phone.post(f"{path}/choisir", data={"proof": proofs[path], "creneau": slot})

        with ThreadPoolExecutor(len(paths)) as pool:
            return list(pool.map(post, paths))


@pytest.mark.parametrize(
    "creneau", ["", "20261208T0900", "20261399T0900Z", "20261208T0905Z", "20261202T0300Z", "x" * 99]
)
def test_an_hour_that_was_not_offered_is_refused(engine: Engine, phone: httpx.Client, path: str, creneau: str) -> None:
    refused = choose(phone, path, creneau)
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert [row["status"] for row in all_of(engine, s.appointments)] == ["planned"]


THEIRS = {"territory": "doubs", "person_id": select(s.persons.c.id).scalar_subquery()}
PAUSED = insert(s.pauses).values(first_day=date(2026, 11, 1), reason="congé", decided_by="x", **THEIRS)
NOTHING_OFFERED = {
    "moved twice already": update(s.appointments).values(moves=2),
    "a session": update(s.appointments).values(kind="collective"),
    "with nobody": update(s.appointments).values(referent_id=None),
    "leaves before": update(s.cases).values(left_on=date(2026, 11, 30)),
    "a track without rhythm": update(s.cases).values(track="elsewhere"),
    "paused until further notice": PAUSED,
}


@pytest.mark.parametrize("fact", NOTHING_OFFERED.values(), ids=NOTHING_OFFERED)
def test_where_nothing_can_be_chosen_a_wish_still_can(
    sqlite_engine: Engine, tmp_path: Path, outbox: Path, clock: Clock, fact: Any
) -> None:
    path = sent_link(sqlite_engine, outbox)
    change(sqlite_engine, fact)
    with (
        served(sqlite_engine, tmp_path, clock=clock) as address,
        httpx.Client(base_url=address, trust_env=False) as phone,
    ):
        assert offered(phone, path) == []
        assert answer(phone, path, "autre-moment", moment="2-matin").status_code == 303


def test_while_a_night_places_nobody_chooses(engine: Engine, phone: httpx.Client, path: str) -> None:
    """It has read the agendas already: an hour taken under it would be given twice."""
    slot = offered(phone, path)[0]
    lease = {"territory": "doubs", "name": "night", "holder": "run:1"}
    with transaction(engine) as connection:
        assert passes.take_lease(connection, **lease, now=AT, minutes=5)
    refused = choose(phone, path, slot)
    assert refused.status_code == 422 and "votre rendez-vous reste prévu" in refused.text
    with transaction(engine) as connection:
        passes.release_lease(connection, **lease)
    assert choose(phone, path, slot).status_code == 303
    with reading(engine) as connection:
        assert connection.execute(select(s.leases)).all() == []
