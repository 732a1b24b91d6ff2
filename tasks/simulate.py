"""Reads what a simulation starts from: the open cases, the agendas, the past of this county. Nothing is written."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from random import Random

from config.territory import Territory
from store.agendas import read_agendas, read_cannot_stand
from store.case_rows import Reading
from store.cases import read_pages
from store.engine import Database, reading
from store.habits import read_habits
from tracks.agenda import Agenda
from tracks.case import Case
from tracks.outlook import Outlook
from tracks.simulation import County, simulate
from tracks.tonight import NIGHT_HOUR

LARGE = 3_000  # people: below, a second process takes longer to start than it saves


def read_county(engine: Database, territory: Territory, *, on: date) -> County:
    """As it is on the morning of the local day `on`."""
    slug, calendar = territory.slug, territory.calendar
    now = calendar.local(on, NIGHT_HOUR)
    with reading(engine) as connection:
        doubtful = read_cannot_stand(connection, territory=slug, on=on, calendar=calendar)
        cases = [
            case
            for track in territory.tracks
            for page in read_pages(connection, Reading(slug, track, on, now, calendar, doubtful))
            for case in page
        ]
        return County(
            cases=tuple(cases),
            agendas=read_agendas(connection, territory=slug, from_day=on, calendar=calendar),
            policies={track: territory.policies(track) for track in territory.tracks},
            habits=read_habits(connection, territory=slug, on=on, calendar=calendar),
            calendar=calendar,
        )


def outlook(
    county: County,
    *,
    start: date,
    weeks: int,
    seed: int,
    parts: int | None = None,
    told: Callable[[int], None] = lambda week: None,
) -> Outlook:
    """The simulation of a whole caseload; a large one in as many processes as there are cores, each with its referents.

    A referent's agenda is in one part, and draws follow the case: the parts come to what the whole would.
    """
    count = parts or (1 if len(county.cases) < LARGE else os.cpu_count() or 1)
    if count == 1:
        return alone(county, start, weeks, seed, told)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(alone, part, start, weeks, seed) for part in shared(county, count)]
        found = []
        for number, one in enumerate(as_completed(running), start=1):
            found.append(one.result())
            told(weeks * number // len(running))
    return Outlook.joined(found)


def alone(
    county: County, start: date, weeks: int, seed: int, told: Callable[[int], None] = lambda week: None
) -> Outlook:
    """Without the collector of cycles: a simulation makes none, and holds millions of small values."""
    gc.disable()
    try:
        return simulate(county, start=start, weeks=weeks, seed=seed, told=told)
    finally:
        gc.enable()


def shared(county: County, count: int) -> list[County]:
    """The caseload in parts of about one size, each referent whole; those who have none are in the first."""
    followed = Counter(case.referent for case in county.cases if case.referent in county.agendas)
    sizes, home = [0] * count, dict.fromkeys((case.referent for case in county.cases), 0)
    for referent, people in followed.most_common():
        home[referent] = sizes.index(min(sizes))
        sizes[home[referent]] += people
    return [
        replace(
            county,
            cases=tuple(case for case in county.cases if home[case.referent] == part),
            agendas={id_: agenda for id_, agenda in county.agendas.items() if home.get(id_, 0) == part},
        )
        for part in range(count)
    ]


def resized(county: County, *, people: int, seed: int) -> County:
    """A caseload of that many people, drawn from the real one: whole copies of it, each with referents of its own, then
    a part of it. Nobody is in it twice with the same referent."""
    dice, size = Random(seed), len(county.cases)  # noqa: S311 (a simulation)  # nosec B311
    copies, rest = divmod(people, size)
    cases: list[Case] = []
    agendas: dict[int, Agenda] = {}
    for number in range(copies + bool(rest)):
        drawn = county.cases if number < copies else sorted(dice.sample(county.cases, rest), key=lambda case: case.id)
        step = number * (max(case.id for case in county.cases) + 1)
        own = {id_: id_ + number * (max(county.agendas, default=0) + 1) for id_ in county.agendas}
        cases += [copied(case, own, step) for case in drawn]
        agendas |= {own[id_]: replace(agenda, referent=own[id_]) for id_, agenda in county.agendas.items()}
    return replace(county, cases=tuple(cases), agendas=agendas)


def copied(case: Case, own: Mapping[int, int], step: int) -> Case:
    referent = own.get(case.referent, case.referent) if case.referent is not None else None
    return replace(case, id=case.id + step, referent=referent)
