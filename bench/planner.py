"""`python -m bench.planner`: our placement beside the two others one would write, on the same caseloads in one run.

`earliest fit`: the first free slot of each window, the most urgent first. `CP-SAT`: Google's solver, given SECONDS for
each referent, told only to leave as few people as possible outside their window; it is shown where OR-Tools is there
(`pip install ortools`: no part of Jalon needs it). Everybody's answer is held to the same checker.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from statistics import mean, pstdev

from rich.console import Console
from rich.table import Table

from bench.caseloads import CALENDAR, DAYS, Caseload, caseload
from tracks.actions import AppointmentDue
from tracks.agenda import Agenda, Span, opening, starts_in, taken_by_day, weekly
from tracks.diary import Diary, lowest
from tracks.place import place, served_first

LOADS = (0.7, 0.8, 0.9, 1.0)
COUNTIES = 100
SECONDS = 5.0
Slots = dict[int, datetime | None]  # case → start
Way = Callable[[Caseload], Slots]


def ours(county: Caseload) -> Slots:
    return {placed.due.case: placed.starts_at for placed in place(county.dues, county.agendas, calendar=CALENDAR)}


def earliest_fit(county: Caseload) -> Slots:
    diaries = {number: Diary(agenda, CALENDAR) for number, agenda in county.agendas.items()}
    found: Slots = {}
    for due in sorted(county.dues, key=served_first):
        diary = diaries[due.referent or 0]
        found[due.case] = None
        for day in window(due):
            if starts := diary.starts(due, day, diary.free(day)):
                found[due.case] = diary.starts_at(diary.book(due, day, lowest(starts)))
                break
    return found


def cp_sat(county: Caseload) -> Slots:
    found: Slots = {}
    for number, agenda in county.agendas.items():
        found |= solved(agenda, [due for due in county.dues if due.referent == number])
    return found


def solved(agenda: Agenda, dues: list[AppointmentDue]) -> Slots:
    """One referent's claims as optional intervals that never overlap, on one line of minutes."""
    from ortools.sat.python import cp_model

    model, diary = cp_model.CpModel(), Diary(agenda, CALENDAR)
    chosen, starts = {}, {}
    for due in dues:
        minutes = [
            offset * 1440 + first
            for offset, day in enumerate(DAYS)
            if due.first_day <= day <= due.last_day
            for first in ones(diary.starts(due, day, diary.free(day)))
        ]
        if minutes:
            domain = cp_model.Domain.from_values(minutes)
            starts[due.case] = model.new_int_var_from_domain(domain, "")
            chosen[due.case] = model.new_bool_var("")
    intervals = [
        model.new_optional_fixed_size_interval_var(starts[due.case], due.minutes, chosen[due.case], "")
        for due in dues
        if due.case in starts
    ]
    model.add_no_overlap(intervals)
    model.maximize(sum(chosen.values()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return earliest_fit(Caseload({agenda.referent: agenda}, dues))  # nothing found in time
    found: Slots = {}
    for due in dues:
        at = solver.value(starts[due.case]) if due.case in starts and solver.value(chosen[due.case]) else None
        found[due.case] = None if at is None else instant(DAYS[at // 1440], at % 1440)
    return found


def instant(day: date, minute: int) -> datetime:
    return CALENDAR.local(day, datetime.min.time()) + timedelta(minutes=minute)


def ones(bits: int) -> list[int]:
    return [n for n in range(bits.bit_length()) if bits >> n & 1]


def window(due: AppointmentDue) -> list[date]:
    return [due.first_day + timedelta(days=n) for n in range((due.last_day - due.first_day).days + 1)]


def check(county: Caseload, slots: Slots) -> None:
    """AssertionError: an overlap, an hour that is not the referent's or not the person's, a day outside the window."""
    held: defaultdict[int, list[Span]] = defaultdict(list)
    for due in county.dues:
        if start := slots[due.case]:
            day = CALENDAR.day_of(start)
            first = (start - instant(day, 0)) // timedelta(minutes=1)
            agenda = county.agendas[due.referent or 0]
            free = opening(agenda, day, CALENDAR) & ~taken_by_day(agenda.busy, CALENDAR).get(day, 0)
            free &= ~weekly(due.impossible, day, CALENDAR)
            assert due.first_day <= day <= due.last_day
            assert starts_in(free, due.minutes) >> first & 1
            held[agenda.referent].append((start, start + timedelta(minutes=due.minutes)))
    for spans in held.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


def unevenness(county: Caseload, slots: Slots) -> float:
    """The standard deviation of the minutes booked a worked day, in the mean of the referents."""
    found = []
    for number, agenda in county.agendas.items():
        busy = taken_by_day(agenda.busy, CALENDAR)
        days = {day: opening(agenda, day, CALENDAR) for day in DAYS}
        booked = {day: (hours & busy.get(day, 0)).bit_count() for day, hours in days.items() if hours}
        for due in county.dues:
            start = slots[due.case]
            if due.referent == number and start:
                booked[CALENDAR.day_of(start)] += due.minutes
        found.append(pstdev(booked.values()))
    return mean(found)


@dataclass
class Tally:
    outside: int = 0
    seconds: float = 0.0
    uneven: float = 0.0


def measured(ways: Mapping[str, Way], *, load: float, counties: int) -> tuple[int, dict[str, Tally]]:
    """The same counties, one after the other, each planned by every way in turn."""
    tallies = {name: Tally() for name in ways}
    people = 0
    for seed in range(counties):
        county = caseload(seed, load=load)
        people += len(county.dues)
        for name, way in ways.items():
            began = time.process_time()
            slots = way(county)
            tallies[name].seconds += time.process_time() - began
            check(county, slots)
            tallies[name].outside += sum(slots[due.case] is None for due in county.dues)
            tallies[name].uneven += unevenness(county, slots) / counties
    return people, tallies


def main() -> None:
    counties = int(sys.argv[1]) if len(sys.argv) > 1 else COUNTIES
    ways: dict[str, Way] = {"earliest fit": earliest_fit, "Jalon": ours}
    if find_spec("ortools"):
        ways["CP-SAT"] = cp_sat
    table = Table("load", "people", "way", "outside their window", "than earliest fit", "minutes uneven", "CPU s")
    for load in LOADS:
        people, tallies = measured(ways, load=load, counties=counties)
        least = tallies["earliest fit"].outside
        for name, tally in tallies.items():
            fewer = f"{tally.outside / least - 1:+.0%}" if least else "·"
            figures = (str(tally.outside), fewer, f"{tally.uneven:.0f}", f"{tally.seconds:.1f}")
            table.add_row(f"{load:.0%}", str(people), name, *figures)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"{counties} counties of ten referents, windows of 2 to 21 days; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
