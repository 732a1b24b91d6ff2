"""A night asks the database a number of questions that depends on its pages, never on its people."""

from datetime import date, timedelta

from sqlalchemy import Engine, event

from bench.generate import TRACK, generate
from config.settings import TERRITORIES
from config.territory import load_territory
from store.engine import transaction
from store.schema import metadata
from tasks.night import night
from tracks.next_due import UNREAD

MONDAY = date(2026, 11, 23)
OF_EVERY_KIND = ("appointment", "convocation", "reminder", "outcome_request", "reason_request", "check", "review")


def statements(engine: Engine, *, on: date, cases: int, page_size: int) -> int:
    """How many statements one night sends to the driver, a bulk insert counting for one; beside those that set the days
    of the next reading: one a day, of which there are `UNREAD` at most."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    done = night(engine, load_territory(TERRITORIES / "doubs"), TRACK, on=on, apply=True, page_size=page_size)
    event.remove(engine, "before_cursor_execute", note)
    days = [statement for statement in seen if statement.startswith("UPDATE cases SET next_due_on")]
    assert len(days) <= 2 * UNREAD.days
    assert done.cases == cases if on == MONDAY else 0 < done.cases < cases
    if on == MONDAY:
        assert all(done.written[kind] > 0 for kind in OF_EVERY_KIND), "a night that does nothing proves nothing"
    return len(seen) - len(days)


def two_nights(engine: Engine, *, cases: int, page_size: int) -> tuple[int, int]:
    """The statements of a full night, then of the night after it, for a county of that size."""
    with transaction(engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    generate(engine, cases=cases, on=MONDAY, referents=10)
    return (
        statements(engine, on=MONDAY, cases=cases, page_size=page_size),
        statements(engine, on=MONDAY + timedelta(days=1), cases=cases, page_size=page_size),
    )


def test_ten_times_the_people_in_one_page_cost_no_query_more(engine: Engine) -> None:
    few = two_nights(engine, cases=50, page_size=1000)
    many = two_nights(engine, cases=500, page_size=1000)
    assert few == many


def test_a_page_more_costs_the_queries_of_a_page(engine: Engine) -> None:
    one, four = (two_nights(engine, cases=500, page_size=size) for size in (500, 125))
    for whole, paged in zip(one, four, strict=True):
        assert 2 * 10 < paged - whole < 3 * 35  # where a file opens, its cases are read again
