"""Nothing that names somebody outlives its period; what is open, disputed or only a fact stays, and the journal too."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, String, Table, delete, select, update

from config.settings import TERRITORIES
from config.territory import load_territory
from store import journal, retention
from store.acts import Act, record
from store.engine import reading, rewrite, transaction
from store.schema import (
    answers,
    appointments,
    breaches,
    cases,
    checks,
    declarations,
    letters,
    links,
    messages,
    metadata,
    pauses,
    persons,
    prescribed_actions,
    questions,
    referents,
    review_evidence,
    reviews,
    signals,
)
from store.schema import journal as journal_table
from store.schema.classified import CLASSES, Holds, holds
from tests.county import County, add
from tests.tracks.building import CALENDAR
from tracks.retention import Period, Retention, Stage

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
LAST = date(2026, 6, 30)  # the last contact: the case's end
NOON = datetime(2026, 6, 15, 10, tzinfo=UTC)
POLICY = load_territory(TERRITORIES / "doubs").retention
NAMING = (Holds.CONTACT, Holds.IDENTITY, Holds.NARRATIVE, Holds.STAFF)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_holds(table: Table) -> None:
    untold = [column.name for column in table.c if holds(column) is None]
    assert untold == [], f"say what these columns of {table.name} hold in store/schema/classified.py"
    known = {word for words in CLASSES.get(table.name, {}).values() for word in words.split()}
    assert known <= set(table.c.keys())


def test_each_column_is_said_once() -> None:
    for table, found in CLASSES.items():
        words = [word for said in found.values() for word in said.split()]
        assert len(words) == len(set(words)), table


def on(day: date) -> Retention:
    return Retention(POLICY, day)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2028, 6, 30), Stage.ACTIVE),  # the last day of the twenty-four months
        (date(2028, 7, 1), Stage.ARCHIVED),
        (date(2031, 6, 30), Stage.ARCHIVED),
        (date(2031, 7, 1), Stage.ERASED),
    ],
)
def test_the_stage_follows_the_calendar_from_the_last_contact(day: date, stage: Stage) -> None:
    assert on(day).stage(LAST) is stage


def test_a_leap_day_and_a_month_end_count_as_the_calendar_does() -> None:
    assert on(date(2026, 2, 28)).stage(date(2024, 2, 29)) is Stage.ACTIVE
    assert on(date(2026, 3, 1)).stage(date(2024, 2, 29)) is Stage.ARCHIVED
    assert on(date(2027, 2, 28)).before(Period.FILES) == date(2026, 8, 28)


@pytest.fixture
def lived(engine: Engine, county: County) -> County:
    """Everything that can be said of the county's one person: a row of every table that leads to them."""
    here: dict[str, Any] = {"territory": "doubs", "case_id": county.case}
    person: dict[str, Any] = {"territory": "doubs", "person_id": county.person}
    said = {"said_by": "x", "key": "k"}
    why = {"why": "x", "policy_version": "v"}
    with transaction(engine) as connection:
        connection.execute(update(cases).values(left_on=LAST, exit_reason="x", next_step="x", activity_with="x"))
        add(connection, pauses, **person, first_day=LAST, reason="x", decided_by="x")
        for n in (1, 2):
            action = {"label": f"x{n}", "prescribed_on": LAST, "due_on": LAST}
            add(connection, prescribed_actions, **person, **action)
        add(connection, letters, **person, kind="x", sent_on=LAST, channel="x", delay_days=15)
        add(
            connection, breaches, **here, clause="actions", happened_on=LAST, qualified_by="x", withdrawn_by="x", **said
        )
        add(connection, signals, **here, happened_on=LAST, source="person", kind="reply", **said)
        add(connection, questions, **here, kind="call", asked_on=LAST, closed_by="x", key="q", **why)
        add(connection, checks, **here, precondition="x", since=LAST, **why)
        slot = {"kind": "individual", "subject": "Point", "starts_at": NOON, "ends_at": NOON + timedelta(hours=1)}
        told = {"status": "seen", "status_by": "x", "qualified_by": "x", "confirmed_by": "x", "created_by": "x"}
        add(connection, appointments, **here, **slot, **told, place="CMS", known_on=LAST, key="a")
        message = {"recipient_kind": "beneficiary", "recipient_id": county.person, "channel": "sms", "body": "x"}
        dates = {"due_at": NOON, "useful_until": NOON, "planned_on": LAST, "status": "sent", "details": {}}
        written = add(connection, messages, **here, **message, **dates, template="reminder", key="m")
        link = add(connection, links, **person, case_id=county.case, message_id=written, token_hash="x", made_at=NOON)
        answer = {"link_id": link, "kind": "contact", "given_at": NOON, "key": "n"}
        said_so = add(connection, answers, **person, case_id=county.case, **answer)
        new = {"field": "mobile", "old_value": "x", "new_value": "x", "declared_on": LAST, "undone_by": "x"}
        add(connection, declarations, **person, answer_id=said_so, **new)
        decided = {"outcome": "no_action", "decided_by": "x", "decided_at": NOON, "reasons": "x", "assigned_to": "x"}
        about = {
            "track": "t",
            "kind": "compliance",
            "subject": "1",
            "opened_on": LAST,
            "status": "closed",
            "reason": "x",
        }
        rule = {"rule": "escalation", "inputs": {}, "policy_version": "v", "legal_reference": "x"}
        review = add(connection, reviews, **here, **about, **rule, **decided)
        add(connection, review_evidence, territory="doubs", review_id=review, kind="case", subject_id=1, note="x")
        record(connection, act(), kind="seen", subject=f"case:{county.case}")
    mark(engine)
    return county


def act(day: date = LAST) -> Act:
    return Act(territory="doubs", by="Ann Blanc", at=NOON, on=day)


def canary(table: Table, column: Any) -> str:
    word = f"CANARI{TABLES.index(table)}x{list(table.c).index(column)}"
    return word if column.type.length is None else word[: column.type.length]


def mark(engine: Engine) -> None:
    """A word of its own in every text that names somebody; the rest of the row as it is."""
    with transaction(engine) as connection:
        for table, column in naming():
            word = canary(table, column)
            first = connection.scalar(select(table.c.id).order_by(table.c.id).limit(1))
            connection.execute(update(table).where(table.c.id == first).values({column.name: word}))


def naming() -> list[tuple[Table, Any]]:
    about = [table for table in TABLES if retention.belonging(table, [1]) is not None]
    return [
        (table, column)
        for table in about
        for column in table.c
        if holds(column) in NAMING and isinstance(column.type, String)
    ]


def lived_in(engine: Engine) -> list[tuple[Table, Any]]:
    with reading(engine) as connection:
        return [(table, column) for table, column in naming() if connection.scalar(select(table.c.id).limit(1))]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_whatever_names_somebody_can_be_emptied(table: Table) -> None:
    assert set(retention.emptied(table, NAMING)) == {c.name for c in table.c if holds(c) in NAMING}


def everything(engine: Engine) -> str:
    with reading(engine) as connection:
        return "\n".join(repr(row) for table in TABLES for row in connection.execute(select(table)))


def carry_out(engine: Engine, day: date) -> retention.Plan:
    with transaction(engine) as connection:
        found = retention.plan(connection, territory="doubs", retention=on(day), calendar=CALENDAR)
        retention.apply(connection, act(day), found)
    rewrite(engine)
    return found


def test_after_the_last_period_no_text_names_the_person_nor_who_spoke_of_them(engine: Engine, lived: County) -> None:
    before = everything(engine)
    marked = lived_in(engine)
    assert len({table.name for table, _ in marked}) > 10
    assert [f"{t.name}.{c.name}" for t, c in marked if canary(t, c) not in before] == []
    carry_out(engine, date(2031, 7, 1))
    after = everything(engine)
    assert [f"{t.name}.{c.name}" for t, c in naming() if canary(t, c) in after] == []
    assert "'seen'" in after  # what is left is a fact about nobody


def test_after_erasure_the_bytes_of_the_database_hold_nothing_of_the_person(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with transaction(sqlite_engine) as connection:
        from tests.county import a_county

        a_county(connection)
        connection.execute(update(cases).values(left_on=LAST))
    mark_person = [(t, c) for t, c in naming() if t is persons]
    with transaction(sqlite_engine) as connection:
        connection.execute(update(persons).values({c.name: canary(t, c) for t, c in mark_person}))
    rewrite(sqlite_engine)
    words = [canary(t, c).encode() for t, c in mark_person]
    assert all(found_in(tmp_path, word) for word in words)  # the control: they are there to be found
    carry_out(sqlite_engine, date(2031, 7, 1))
    assert [word for word in words if found_in(tmp_path, word)] == []


def found_in(folder: Path, word: bytes) -> bool:
    return any(word in file.read_bytes() for file in folder.glob("jalon.db*"))


def test_the_ways_to_reach_a_person_go_first_and_the_file_is_archived(engine: Engine, lived: County) -> None:
    carry_out(engine, date(2028, 7, 1))
    with reading(engine) as connection:
        person = connection.execute(select(persons)).one()
    assert (person.email, person.mobile, person.address) == (None, None, None)
    assert person.last_name.startswith("CANARI")
    assert (person.archived_on, person.erased_on) == (date(2028, 7, 1), None)


def test_nothing_is_due_before_and_nothing_is_done_twice(engine: Engine, lived: County) -> None:
    assert carry_out(engine, date(2028, 6, 30)).people == ()
    assert len(carry_out(engine, date(2031, 7, 1)).people) == 1
    assert carry_out(engine, date(2031, 7, 2)).people == ()


def test_an_open_file_is_kept_whole_whatever_its_age(engine: Engine, lived: County) -> None:
    with transaction(engine) as connection:
        connection.execute(update(cases).values(left_on=None))
    before = everything(engine)
    found = carry_out(engine, date(2040, 1, 1))
    assert [due.kept_by for due in found.kept] == ["le dossier est ouvert"]
    assert canary(persons, persons.c.last_name) in before and canary(persons, persons.c.last_name) in everything(engine)


@pytest.mark.parametrize("status", ["notified", "appeal_open"])
def test_the_evidence_of_a_review_that_is_not_closed_is_kept(engine: Engine, lived: County, status: str) -> None:
    with transaction(engine) as connection:
        connection.execute(update(reviews).values(status=status))
    found = carry_out(engine, date(2040, 1, 1))
    assert [due.kept_by for due in found.kept] == ["une revue ou un recours n'est pas clos"]
    assert canary(review_evidence, review_evidence.c.note) in everything(engine)


def test_the_journal_stays_whole_says_who_erased_and_names_nobody(engine: Engine, lived: County) -> None:
    carry_out(engine, date(2031, 7, 1))
    with reading(engine) as connection:
        assert journal.verify(connection, territory="doubs").first_bad is None
        lines = connection.execute(select(journal_table).order_by(journal_table.c.seq)).all()
    assert [(line.kind, line.subject) for line in lines] == [
        ("seen", f"case:{lived.case}"),
        ("retention_no_contact", f"person:{lived.person}"),
        ("retention_archived", f"person:{lived.person}"),
        ("retention_erased", f"person:{lived.person}"),
        ("retention_erased", f"referents:{lived.referent}"),
    ]
    assert {line.actor for line in lines} == {journal.person("Ann Blanc")}
    assert "Blanc" not in repr(lines)


def test_a_referent_who_follows_nobody_any_more_is_forgotten(engine: Engine, lived: County) -> None:
    carry_out(engine, date(2028, 6, 30))
    with reading(engine) as connection:
        assert connection.execute(select(referents)).one().last_name == "Demir"
    carry_out(engine, date(2028, 7, 1))
    with reading(engine) as connection:
        assert "Demir" not in repr(connection.execute(select(referents)).all())


def test_the_morning_digests_lose_their_text_after_six_months(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        dates = {"due_at": NOON, "useful_until": NOON, "planned_on": LAST, "status": "sent", "details": {}}
        to = {"recipient_kind": "referent", "recipient_id": county.referent, "channel": "staff", "body": "CANARI B."}
        add(connection, messages, territory="doubs", **to, **dates, template="referent_digest", key="d")
    carry_out(engine, date(2026, 12, 15))
    assert "CANARI B." in everything(engine)
    carry_out(engine, date(2026, 12, 16))
    assert "CANARI B." not in everything(engine)


def test_another_county_is_not_touched(engine: Engine, lived: County) -> None:
    with transaction(engine) as connection:
        found = retention.plan(connection, territory="jura", retention=on(date(2040, 1, 1)), calendar=CALENDAR)
        retention.erase(connection, "jura", [lived.person], NAMING)
        connection.execute(delete(journal_table))
    assert (found.people, found.referents) == ((), ())
    assert canary(persons, persons.c.last_name) in everything(engine)
