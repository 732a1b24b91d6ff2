"""Reads what a simulation starts from: the open cases, the agendas, the past of this county. Nothing is written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random

from config.territory import Territory
from store.agendas import read_agendas, read_cannot_stand
from store.case_rows import Reading
from store.cases import read_pages
from store.engine import Database, reading
from store.habits import read_habits
from tracks.agenda import Agenda
from tracks.case import Case
from tracks.simulation import County
from tracks.tonight import NIGHT_HOUR


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
