"""Placement against an independent checker that knows nothing of bits: wall clocks, pairs, and every quarter tried."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.caseloads import caseload
from bench.planner import check, earliest_fit, ours, unevenness
from tracks.actions import AppointmentDue, Because
from tracks.agenda import Agenda, Weekly
from tracks.calendar import Calendar
from tracks.place import Placement, place
from tracks.vocabulary import AppointmentKind, Channel

PARIS = ZoneInfo("Europe/Paris")
DOUBS = Calendar("25", "Europe/Paris")
BECAUSE = Because(rule="rhythm", sentence="", inputs={}, version="objectif_emploi@2026-01-01", reference="")
HOLIDAYS = {date(2026, 11, 1), date(2026, 11, 11), date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 29)}
MONDAY = date(2026, 11, 23)

WEEK = Agenda(
    referent=1,
    site="Planoise",
    working_days=frozenset({1, 2, 3, 4, 5}),
    day_starts=time(9),
    day_ends=time(17),
    break_starts=time(12),
    break_ends=time(13, 30),
)


def a_due(case: int, **changes: object) -> AppointmentDue:
    whole = AppointmentDue(
        case=case,
        because=BECAUSE,
        referent=1,
        first_day=MONDAY,
        last_day=MONDAY + timedelta(days=4),
        target=MONDAY + timedelta(days=1),
        minutes=45,
        kind=AppointmentKind.INDIVIDUAL,
        subject="Entretien de suivi",
        by_phone=False,
        number=0,
        urgent_since=MONDAY,
        channel=Channel.SMS,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def at(day: date, wall: str, minutes: int = 45) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time.fromisoformat(wall), tzinfo=PARIS).astimezone(UTC)
    return start, start + timedelta(minutes=minutes)


def local(placement: Placement) -> str:
    assert placement.starts_at is not None
    return f"{placement.starts_at.astimezone(PARIS):%d/%m %H:%M}"


def instant(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=PARIS).astimezone(UTC)


def faults_of(start: datetime, end: datetime, due: AppointmentDue, agenda: Agenda) -> list[str]:
    """What is wrong with a slot, read off the wall clock."""
    begins = start.astimezone(PARIS)
    day = begins.date()
    on_break = False
    if agenda.break_starts and agenda.break_ends:
        on_break = start < instant(day, agenda.break_ends) and instant(day, agenda.break_starts) < end
    checks = {
        "length": end - start != timedelta(minutes=due.minutes),
        "window": not due.first_day <= day <= due.last_day,
        "holiday": day in HOLIDAYS,
        "weekday": day.isoweekday() not in agenda.working_days,
        "leave": any(first <= day <= last for first, last in agenda.leaves),
        "hours": start < instant(day, agenda.day_starts) or instant(day, agenda.day_ends) < end,
        "break": on_break,
        "grid": begins.minute % 15 != 0 or begins.second != 0,
        "impossible": any(
            day.isoweekday() == never.weekday and start < instant(day, never.ends) and instant(day, never.starts) < end
            for never in due.impossible
        ),
        "busy": any(one < end and start < other for one, other in (*agenda.busy, *agenda.sessions)),
    }
    return [name for name, wrong in checks.items() if wrong]


def faults(placements: Iterable[Placement], agendas: Mapping[int, Agenda]) -> list[str]:
    """Everything wrong with a night, in O(n²) and on purpose."""
    found: list[str] = []
    held: dict[int, list[tuple[datetime, datetime]]] = {number: [] for number in agendas}
    nowhere = []
    for placement in placements:
        referent, start, end = placement.referent, placement.starts_at, placement.ends_at
        if start is None or end is None or referent is None:
            nowhere.append(placement.due)
            continue
        found += faults_of(start, end, placement.due, agendas[referent])
        found += ["overlap" for one, other in held[referent] if one < end and start < other]
        held[referent].append((start, end))
    for due in nowhere:
        if due.referent in agendas and due.referent is not None:
            agenda = replace(agendas[due.referent], busy=(*agendas[due.referent].busy, *held[due.referent]))
            found += ["a free slot was missed" for _ in free_slots(due, agenda)]
    return found


def free_slots(due: AppointmentDue, agenda: Agenda) -> list[datetime]:
    start, stop = instant(due.first_day, time(0)), instant(due.last_day + timedelta(days=1), time(0))
    quarters = [start + n * timedelta(minutes=15) for n in range((stop - start) // timedelta(minutes=15))]
    length = timedelta(minutes=due.minutes)
    return [quarter for quarter in quarters if not faults_of(quarter, quarter + length, due, agenda)]


# Windows over both clock changes, All Saints, Christmas, Easter.
SEASONS = (date(2026, 10, 22), date(2026, 11, 9), date(2026, 12, 21), date(2027, 3, 25))
quarter_hours = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def spans(draw: st.DrawFn, season: date) -> tuple[datetime, datetime]:
    start = datetime.combine(season, time(0), tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 10 * 1440)))
    return start, start + timedelta(minutes=draw(st.integers(1, 400)))


@st.composite
def weeks(draw: st.DrawFn, referent: int, season: date) -> Agenda:
    starts, pause, resume, ends = sorted(draw(st.lists(quarter_hours, min_size=4, max_size=4, unique=True)))
    leave = season + timedelta(days=draw(st.integers(0, 9)))
    rests = draw(st.booleans())
    return Agenda(
        referent=referent,
        site="",
        working_days=frozenset(draw(st.sets(st.integers(1, 7), min_size=2))),
        day_starts=starts,
        day_ends=ends,
        break_starts=pause if rests else None,
        break_ends=resume if rests else None,
        leaves=((leave, leave + timedelta(days=1)),) if draw(st.booleans()) else (),
        busy=tuple(draw(st.lists(spans(season), max_size=6))),
        sessions=tuple(draw(st.lists(spans(season), max_size=1))),
    )


@st.composite
def hours(draw: st.DrawFn) -> tuple[Weekly, ...]:
    if draw(st.booleans()):
        return ()
    starts, ends = sorted(draw(st.lists(quarter_hours, min_size=2, max_size=2, unique=True)))
    return tuple(Weekly(weekday, starts, ends) for weekday in draw(st.sets(st.integers(1, 7), max_size=4)))


@st.composite
def claims(draw: st.DrawFn, case: int, season: date) -> AppointmentDue:
    first = season + timedelta(days=draw(st.integers(0, 6)))
    return a_due(
        case,
        referent=draw(st.sampled_from([1, 1, 1, 2, 2, None, 9])),
        first_day=first,
        last_day=first + timedelta(days=draw(st.integers(0, 4))),
        target=first + timedelta(days=draw(st.integers(-3, 6))),
        minutes=draw(st.sampled_from([10, 30, 45, 50, 60, 180])),
        urgent_since=season - timedelta(days=draw(st.integers(0, 3))),
        impossible=draw(hours()),
        wished=draw(hours()),
    )


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[AppointmentDue], dict[int, Agenda]]:
    season = draw(st.sampled_from(SEASONS))
    dues = [draw(claims(case, season)) for case in range(draw(st.integers(0, 20)))]
    return dues, {number: draw(weeks(number, season)) for number in (1, 2)}


@settings(max_examples=200, deadline=None)
@given(nights(), st.randoms(use_true_random=False))
def test_no_night_double_books_leaves_the_hours_or_misses_a_free_slot(
    night: tuple[list[AppointmentDue], dict[int, Agenda]], shuffler: random.Random
) -> None:
    dues, agendas = night
    placements = place(dues, agendas, calendar=DOUBS)
    assert faults(placements, agendas) == []
    assert sorted(p.due.case for p in placements) == [due.case for due in dues]
    shuffled = list(dues)
    shuffler.shuffle(shuffled)
    backwards = dict(reversed(agendas.items()))
    assert place(shuffled, backwards, calendar=DOUBS) == placements


def test_the_checker_itself_sees_each_fault() -> None:
    """A checker that cannot fail proves nothing."""
    agenda = replace(WEEK, busy=(at(MONDAY, "10:00"),), leaves=((date(2026, 11, 24), date(2026, 11, 24)),))
    due = a_due(1, last_day=date(2026, 12, 31))

    def seen(day: date, wall: str, minutes: int = 45) -> list[str]:
        return faults_of(*at(day, wall, minutes), due, agenda)

    assert seen(MONDAY, "09:00") == []
    assert seen(MONDAY, "09:30") == ["busy"]
    assert seen(MONDAY, "11:30") == ["break"]
    assert seen(MONDAY, "16:30") == ["hours"]
    assert seen(MONDAY, "14:10") == ["grid"]
    assert seen(MONDAY, "14:00", 30) == ["length"]
    assert seen(date(2026, 11, 24), "14:00") == ["leave"]
    assert seen(date(2026, 12, 25), "14:00") == ["holiday"]
    assert seen(date(2026, 11, 28), "14:00") == ["weekday"]
    assert seen(date(2026, 11, 20), "14:00") == ["window"]
    never = replace(due, impossible=(Weekly(1, time(14), time(15)),))
    assert faults_of(*at(MONDAY, "14:45"), never, agenda) == ["impossible"]
    twice = Placement(due=due, referent=1, starts_at=at(MONDAY, "14:00")[0], ends_at=at(MONDAY, "14:00")[1])
    assert faults([twice, twice], {1: agenda}) == ["overlap"]
    nowhere = Placement(due=a_due(2), referent=1, starts_at=None, ends_at=None)
    assert "a free slot was missed" in faults([nowhere], {1: agenda})


def test_an_appointment_goes_to_the_first_free_start_of_the_day_nearest_its_target() -> None:
    agenda = replace(WEEK, busy=(at(date(2026, 11, 24), "09:00", 60),))
    assert [local(p) for p in place([a_due(1)], {1: agenda}, calendar=DOUBS)] == ["24/11 10:00"]


def test_of_two_days_as_near_the_later_gives_more_notice_and_a_loaded_day_is_left_alone() -> None:
    away = ((date(2026, 11, 24), date(2026, 11, 24)),)
    agenda = replace(WEEK, leaves=away)
    assert local(place([a_due(1)], {1: agenda}, calendar=DOUBS)[0]) == "25/11 09:00"
    loaded = replace(agenda, busy=(at(date(2026, 11, 25), "14:00", 60),))
    assert local(place([a_due(1)], {1: loaded}, calendar=DOUBS)[0]) == "23/11 09:00"


def test_a_crowd_with_one_target_is_spread_around_it() -> None:
    placed = [local(p)[:5] for p in place([a_due(n) for n in range(12)], {1: WEEK}, calendar=DOUBS)]
    assert {day: placed.count(day) for day in sorted(set(placed))} == {
        "23/11": 3,
        "24/11": 6,
        "25/11": 3,
    }


def test_the_longest_overdue_is_served_first_then_the_one_who_can_wait_least() -> None:
    one_slot = {"first_day": MONDAY, "last_day": MONDAY, "target": MONDAY}
    agenda = replace(WEEK, day_ends=time(9, 45), break_starts=None)
    dues = [
        a_due(1, **one_slot, urgent_since=date(2026, 11, 20)),
        a_due(2, **one_slot, urgent_since=date(2026, 11, 2)),
        a_due(3, **one_slot | {"last_day": date(2026, 11, 24)}, urgent_since=date(2026, 11, 2)),
    ]
    served = place(dues, {1: agenda}, calendar=DOUBS)
    assert [(p.due.case, p.starts_at is not None) for p in served] == [(2, True), (3, True), (1, False)]


def test_who_can_come_at_another_hour_gives_way_to_who_cannot() -> None:
    """Served first, the flexible one would have had the only hour of the other."""
    agenda = replace(WEEK, working_days=frozenset({1}), day_ends=time(10, 30), break_starts=None)
    window = {"first_day": MONDAY, "last_day": MONDAY, "target": MONDAY}
    flexible = a_due(1, **window, urgent_since=date(2026, 11, 2))
    only_at_nine = a_due(2, **window, impossible=(Weekly(1, time(9, 45), time(18)),))
    placed = {p.due.case: local(p) for p in place([flexible, only_at_nine], {1: agenda}, calendar=DOUBS)}
    assert placed == {1: "23/11 09:45", 2: "23/11 09:00"}


def test_nobody_gives_way_who_would_be_left_without_a_slot() -> None:
    agenda = replace(WEEK, working_days=frozenset({1}), day_ends=time(9, 45), break_starts=None)
    window = {"first_day": MONDAY, "last_day": MONDAY, "target": MONDAY}
    dues = [a_due(1, **window, urgent_since=date(2026, 11, 2)), a_due(2, **window)]
    served = place(dues, {1: agenda}, calendar=DOUBS)
    assert [(p.due.case, p.starts_at is not None) for p in served] == [(1, True), (2, False)]


def test_a_wished_hour_is_found_even_on_a_day_a_little_further_and_an_impossible_one_never_given() -> None:
    friday = (Weekly(5, time(14), time(17)),)
    assert local(place([a_due(1, wished=friday)], {1: WEEK}, calendar=DOUBS)[0]) == "27/11 14:00"
    tuesday = tuple(Weekly(weekday, time(0), time(23, 45)) for weekday in (1, 3, 4, 5))
    assert local(place([a_due(1, impossible=tuesday)], {1: WEEK}, calendar=DOUBS)[0]) == "24/11 09:00"
    never = tuple(Weekly(weekday, time(0), time(23, 45)) for weekday in range(1, 8))
    assert place([a_due(1, impossible=never)], {1: WEEK}, calendar=DOUBS)[0].starts_at is None


@pytest.mark.slow
def test_a_hundred_counties_leave_a_fifth_fewer_people_outside_their_window_and_evener_days() -> None:
    """At 90 % load, beside the earliest free slot, on the same caseloads; every answer is held to the checker above."""
    outside, uneven = Counter[str](), Counter[str]()
    for seed in range(100):
        county = caseload(seed, load=0.9, referents=3)
        placements = place(county.dues, county.agendas, calendar=DOUBS)
        wrong = faults([p for p in placements if p.starts_at], county.agendas)
        assert wrong == []
        for name, slots in (("ours", ours(county)), ("earliest", earliest_fit(county))):
            check(county, slots)
            outside[name] += sum(slot is None for slot in slots.values())
            uneven[name] += round(1000 * unevenness(county, slots))
    assert outside["earliest"] > 500
    assert outside["ours"] <= 0.8 * outside["earliest"]
    assert uneven["ours"] <= uneven["earliest"]


def test_nobody_is_placed_without_a_referent_or_an_agenda() -> None:
    placements = place([a_due(1, referent=None), a_due(2, referent=9)], {1: WEEK}, calendar=DOUBS)
    assert [(p.referent, p.starts_at, p.ends_at) for p in placements] == [(None, None, None), (9, None, None)]


def test_a_county_of_100_000_is_placed_without_an_overlap() -> None:
    dealt = random.Random(20261123)
    agendas = {
        n: replace(WEEK, referent=n, busy=tuple(at(MONDAY + timedelta(days=d), "10:00") for d in range(0, 28, 2)))
        for n in range(1500)
    }
    dues = [
        a_due(
            case,
            referent=dealt.randrange(1500),
            last_day=MONDAY + timedelta(days=dealt.randrange(4, 25)),
            target=MONDAY + timedelta(days=dealt.randrange(0, 20)),
        )
        for case in range(30_000)
    ]
    placements = place(dues, agendas, calendar=DOUBS)
    held: dict[int, list[tuple[datetime, datetime]]] = {n: list(agendas[n].busy) for n in agendas}
    for p in placements:
        if p.starts_at and p.ends_at and p.referent is not None:
            held[p.referent].append((p.starts_at, p.ends_at))
    assert sum(map(len, held.values())) > 40_000
    for spans_held in held.values():
        ordered = sorted(spans_held)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ordered))
