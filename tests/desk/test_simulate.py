"""`jalon simulate`: the real rules over the example county, weeks ahead; the database is as it was before."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from config.settings import TERRITORIES
from config.territory import load_territory
from store.engine import open_engine
from tasks.plan import plan
from tasks.simulate import outlook, read_county, resized, shared
from tests.desk.conftest import Example, Jalon
from tracks.case import Case
from tracks.habits import FAITH, USUAL, Happened, habits_of
from tracks.outlook import Outlook
from tracks.simulation import County, World, played, simulate
from tracks.tonight import NIGHT_HOUR
from tracks.vocabulary import AppointmentStatus, Channel, Qualification

START = date(2026, 11, 24)
EMPLOI = TERRITORIES / "doubs" / "tracks" / "objectif_emploi.toml"


@pytest.fixture(scope="module")
def doubs(example: Example) -> County:
    engine = open_engine(f"sqlite:///{example.home}/jalon.db")
    found = read_county(engine, load_territory(TERRITORIES / "doubs"), on=START)
    engine.dispose()
    return found


@dataclass(frozen=True)
class Played:
    world: World
    outlook: Outlook


@pytest.fixture(scope="module")
def six_weeks(doubs: County) -> Played:
    world = World(doubs, start=START, seed=7)
    return Played(world, played(world, weeks=6))


class Thorough(World):
    """Reads every case every night."""

    def is_read(self, case: Case, on: date) -> bool:
        return True


def test_the_first_night_is_the_one_that_the_county_would_have(example: Example) -> None:
    territory, on = load_territory(TERRITORIES / "doubs"), date(2026, 12, 14)
    first = next(iter(territory.tracks))
    now = territory.calendar.local(on, NIGHT_HOUR)
    engine = open_engine(f"sqlite:///{example.home}/jalon.db")
    real = plan(engine, territory, territory.policies(first), on=on, now=now)
    county = read_county(engine, territory, on=on)
    engine.dispose()
    fixed = {p.due.case: p.starts_at for page in real.pages for p in page.placements if p.starts_at}
    assert len(fixed) > 5
    world = World(county, start=on, seed=1)
    known = {a.id for case in county.cases for a in case.appointments}
    world.night(on)
    ours = {
        id_: appointment.starts_at
        for id_, case in world.cases.items()
        for appointment in case.appointments
        if appointment.id not in known and case.track == first
    }
    assert ours == fixed


def test_no_simulated_appointment_meets_another_or_leaves_the_hours(six_weeks: Played, doubs: County) -> None:
    world, known = six_weeks.world, {a.id for case in doubs.cases for a in case.appointments}
    held = defaultdict(list)
    for case in world.cases.values():
        for one in case.appointments:
            if one.id not in known and case.referent is not None:
                ends_at = one.starts_at + timedelta(minutes=world.lengths[one.id])
                held[case.referent].append((one.starts_at, ends_at))
                assert doubs.agendas[case.referent].works_on(one.day, doubs.calendar)
    assert sum(map(len, held.values())) > 500
    for spans in held.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(spans)))


def test_reading_what_may_be_due_or_everything_comes_to_the_same(six_weeks: Played, doubs: County) -> None:
    assert played(Thorough(doubs, start=START, seed=7), weeks=6) == six_weeks.outlook


def test_referents_in_several_processes_come_to_the_same(six_weeks: Played, doubs: County) -> None:
    parts = shared(doubs, 3)
    assert sorted(len(part.cases) for part in parts)[0] > 100
    assert outlook(doubs, start=START, weeks=6, seed=7, parts=3) == six_weeks.outlook


def test_a_seed_is_a_story(six_weeks: Played, doubs: County) -> None:
    assert simulate(doubs, start=START, weeks=2, seed=7) == simulate(doubs, start=START, weeks=2, seed=7)
    assert simulate(doubs, start=START, weeks=2, seed=7) != simulate(doubs, start=START, weeks=2, seed=8)


def test_the_draws_follow_what_this_county_has_known() -> None:
    told = [Happened(channel=Channel.SMS, notice=12, status=AppointmentStatus.SEEN, qualification=None)] * 300
    missed = [
        Happened(
            channel=Channel.LETTER,
            notice=3,
            status=AppointmentStatus.NOSHOW,
            qualification=Qualification.ADMISSIBLE,
        )
    ] * 100
    habits = habits_of([*told, *missed])
    seen, noshow = AppointmentStatus.SEEN, AppointmentStatus.NOSHOW
    overall = (300 + FAITH * USUAL[seen]) / (400 + FAITH)
    assert habits.overall[seen] == pytest.approx(overall)
    assert habits.shows(Channel.SMS, 10)[seen] == pytest.approx((300 + FAITH * overall) / (300 + FAITH))
    assert habits.shows(Channel.LETTER, 0)[noshow] > 0.85  # four fifths of its weight are this county's own
    assert habits.shows(Channel.EMAIL, 10) == habits.overall  # nothing known of it
    assert habits.qualified[Qualification.ADMISSIBLE] > 0.85
    assert sum(habits.shows(Channel.SMS, 10).values()) == pytest.approx(1)


def test_a_caseload_of_another_size_has_referents_of_its_own(doubs: County) -> None:
    more = resized(doubs, people=2 * len(doubs.cases) + 10, seed=3)
    assert len(more.cases) == len({case.id for case in more.cases}) == 2 * len(doubs.cases) + 10
    assert len(more.agendas) == 3 * len(doubs.agendas)
    assert {case.referent for case in more.cases if case.referent} <= more.agendas.keys()
    followed = defaultdict(int)
    for case in more.cases:
        followed[case.referent] += 1
    for case in doubs.cases:
        assert followed[case.referent] >= 1
    assert max(followed.values()) == max(
        sum(case.referent == referent for case in doubs.cases) for referent in {case.referent for case in doubs.cases}
    )


def test_two_sets_of_rules_side_by_side_and_nothing_written(
    jalon: Jalon, after_the_night: Path, tmp_path: Path
) -> None:
    tried = tmp_path / "objectif_emploi.toml"
    text = EMPLOI.read_text("utf-8")
    wanted = "every_days = { min = 25, target = 28, max = 35 }"
    now = next(line for line in text.splitlines() if line.startswith("every_days = "))
    tried.write_text(text.replace(now, wanted, 1), "utf-8")
    before = hashlib.sha256((after_the_night / "jalon.db").read_bytes()).hexdigest()
    said = jalon("simulate", "--weeks", 6, "--policy", tried, "--on", START, "--json")
    assert said.exit_code == 0, said.output
    today, other = map(json.loads, said.stdout.splitlines())
    assert (today["policy"], other["policy"]) == ("today", "tried")
    assert today["people_at_start"] == other["people_at_start"] > 500
    assert other["appointments"] < today["appointments"] * 0.9
    assert 0 < today["missed_share"] < 0.5 and today["reminders"] < today["messages"]
    assert hashlib.sha256((after_the_night / "jalon.db").read_bytes()).hexdigest() == before
    page = (after_the_night / "reports" / f"simulation-doubs-{START}.html").read_text("utf-8")
    assert page.count("<svg") == 5 and "Règles essayées" in page and "Öykü Demir" in page
    assert "<script" not in page and "src=" not in page and page.count("://") == page.count("http://www.w3.org/")


def test_a_file_that_is_no_track_of_here_is_refused_by_name(
    jalon: Jalon, after_the_night: Path, tmp_path: Path
) -> None:
    stranger = tmp_path / "autre.toml"
    stranger.write_text(EMPLOI.read_text("utf-8").replace('slug = "objectif_emploi"', 'slug = "autre"', 1), "utf-8")
    said = jalon("simulate", "--policy", stranger, "--on", START)
    assert said.exit_code == 1 and "autre.toml" in said.output and "objectif_emploi" in said.output
    assert not list((after_the_night / "reports").glob("simulation*"))
