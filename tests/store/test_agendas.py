"""The referents' weeks as the database holds them: one territory, what still takes time, a few queries."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, update

from store.agendas import read_agendas, read_cannot_stand
from store.engine import transaction
from store.schema import appointments, cases, leaves, persons, referents, sessions
from tests.county import A_CASE, A_PERSON, A_REFERENT, add
from tracks.calendar import Calendar

DOUBS = Calendar("25", "Europe/Paris")
MONDAY = date(2026, 11, 23)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with transaction(engine) as connection:
        yield connection


def a_referent(connection: Connection, **changes: Any) -> int:
    return add(connection, referents, **A_REFERENT | changes)


def a_case(connection: Connection, referent: int, number: int = 1) -> int:
    person = add(connection, persons, **A_PERSON | {"file_number": str(number)})
    return add(connection, cases, person_id=person, referent_id=referent, **A_CASE)


def an_appointment(connection: Connection, case: int, referent: int | None, start: datetime, **changes: Any) -> int:
    row = {
        "case_id": case,
        "referent_id": referent,
        "kind": "individual",
        "subject": "Entretien de suivi",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=45),
        "place": "Besançon Planoise",
        "status": "planned",
        "created_by": "import",
        "known_on": MONDAY,
        "key": f"{referent}:{start.isoformat()}:{changes}",
    }
    return add(connection, appointments, **row | changes)


def monday_at(hour: int, minute: int = 0) -> datetime:
    return DOUBS.local(MONDAY, time(hour, minute))


def read(connection: Connection, territory: str = "doubs") -> dict[int, Any]:
    return read_agendas(connection, territory=territory, from_day=MONDAY, calendar=DOUBS)


def test_a_referent_is_read_whole(connection: Connection) -> None:
    referent = a_referent(connection)
    add(connection, leaves, referent_id=referent, first_day=date(2026, 11, 30), last_day=date(2026, 12, 4))
    add(connection, leaves, referent_id=referent, first_day=date(2026, 8, 3), last_day=date(2026, 11, 22))
    found = read(connection)[referent]
    assert (found.site, found.phone) == ("Besançon Planoise", "+33353011137")
    assert found.working_days == {1, 2, 4, 5}
    assert (found.day_starts, found.break_ends, found.day_ends) == (time(9), time(13, 30), time(17))
    assert found.leaves == ((date(2026, 11, 30), date(2026, 12, 4)),)


def test_a_referent_may_have_no_break(connection: Connection) -> None:
    referent = a_referent(connection, break_starts=None, break_ends=None)
    assert len(read(connection)[referent].free_on(MONDAY, 60, DOUBS)) == 29


def test_only_what_will_happen_takes_time(connection: Connection) -> None:
    referent = a_referent(connection)
    case = a_case(connection, referent)
    for hour, status in enumerate(("planned", "unknown", "excused", "revoked"), start=9):
        an_appointment(connection, case, referent, monday_at(hour), status=status)
    moved = an_appointment(connection, case, referent, monday_at(14))
    to = an_appointment(connection, case, referent, monday_at(15))
    connection.execute(update(appointments).where(appointments.c.id == moved).values(superseded_by=to))
    an_appointment(connection, case, referent, monday_at(9) - timedelta(days=3))
    an_appointment(connection, case, None, monday_at(16))
    assert {start for start, _ in read(connection)[referent].busy} == {monday_at(9), monday_at(10), monday_at(15)}


def test_a_session_takes_the_time_of_who_leads_it_until_its_last_day(connection: Connection) -> None:
    referent = a_referent(connection)
    a_session(connection, referent, "S1", monday_at(9) - timedelta(days=3), days=4)
    a_session(connection, referent, "S0", monday_at(9) - timedelta(days=3), days=1)
    assert [end for _, end in read(connection)[referent].sessions] == [monday_at(9) + timedelta(days=1)]


def a_session(connection: Connection, referent: int, ref: str, start: datetime, *, days: float) -> int:
    return add(
        connection,
        sessions,
        ref=ref,
        subject="Atelier CV",
        starts_at=start,
        ends_at=start + timedelta(days=days),
        place="Besançon Planoise",
        referent_id=referent,
    )


def test_a_territory_never_sees_another(connection: Connection) -> None:
    mine = a_referent(connection)
    case = a_case(connection, mine)
    an_appointment(connection, case, mine, monday_at(9))
    an_appointment(connection, case, mine, monday_at(9, 15))
    assert read(connection, "jura") == {}
    assert read_cannot_stand(connection, territory="jura", on=MONDAY, calendar=DOUBS) == frozenset()


def test_what_cannot_stand_is_read_from_today_on(connection: Connection) -> None:
    referent = a_referent(connection)
    case = a_case(connection, referent)
    wednesday = monday_at(10) + timedelta(days=2)
    not_worked = an_appointment(connection, case, referent, wednesday)
    confirmed = an_appointment(connection, case, referent, wednesday, confirmed_by="Noémie D.")
    twice = [an_appointment(connection, case, referent, monday_at(10, minute)) for minute in (0, 30)]
    a_session(connection, referent, "S1", monday_at(14), days=0.1)
    in_session = an_appointment(connection, case, referent, monday_at(14))
    stands = an_appointment(connection, case, referent, monday_at(11, 15))
    revoked = an_appointment(connection, case, referent, wednesday, status="revoked")
    last_week = an_appointment(connection, case, referent, wednesday - timedelta(days=7))
    found = read_cannot_stand(connection, territory="doubs", on=MONDAY, calendar=DOUBS)
    assert found == {not_worked, *twice, in_session}
    assert not {confirmed, stands, revoked, last_week} & found


def test_the_number_of_queries_does_not_grow_with_the_territory(engine: Engine, connection: Connection) -> None:
    counts = []
    for size in (1, 20):
        for number in range(size):
            referent = a_referent(connection, email=f"agent{size}.{number}@example.org")
            case = a_case(connection, referent, size * 100 + number)
            an_appointment(connection, case, referent, datetime(2026, 11, 24, 9, tzinfo=UTC))
        statements: list[str] = []
        listen = lambda *seen, into=statements: into.append(seen[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        read_cannot_stand(connection, territory="doubs", on=MONDAY, calendar=DOUBS)
        event.remove(engine, "before_cursor_execute", listen)
        counts.append(len(statements))
    assert counts == [4, 4]
