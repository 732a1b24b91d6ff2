"""docs/regles.md: a table rule → function → scenario → article, without an empty cell, from the files of the nights."""

from pathlib import Path

import pytest

from config.rulebook import CONDITIONS, RULES, SAYS, Entry
from config.settings import PROJECT, TERRITORIES
from config.territory import Territory, load_territory
from desk.rules import eleven_of, page, rules_of
from tests.desk.conftest import Jalon
from tests.scenarios.playing import Played
from tests.scenarios.reading import Scenario
from tests.scenarios.test_scenarios import all_played
from tracks import decide
from tracks.rules.preconditions import State, conditions
from tracks.tonight import Tonight

PAGE = PROJECT / "docs" / "regles.md"


@pytest.fixture(scope="module")
def doubs() -> Territory:
    return load_territory(TERRITORIES / "doubs")


def test_the_published_page_is_what_the_files_say(doubs: Territory) -> None:
    assert PAGE.read_text("utf-8") == page(doubs), "write it again: jalon rules --out docs/regles.md"


def test_no_cell_is_empty(doubs: Territory) -> None:
    cells = [line.strip("|\n").split("|") for line in page(doubs).splitlines() if line.startswith("|")]
    assert len(cells) > 100
    assert [line for line in cells if not all(cell.strip() for cell in line)] == []
    assert "None" not in page(doubs)


def test_every_rule_and_every_condition_of_the_night_is_published_once() -> None:
    assert [entry.function for entry in RULES] == list(rules_of())
    assert [entry.function for entry in CONDITIONS] == list(eleven_of())
    scenarios = [entry.scenario for entry in (*RULES, *CONDITIONS)]
    assert len(scenarios) == len(set(scenarios))


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.function)
def test_the_scenario_of_a_rule_is_one_in_which_it_acts(entry: Entry) -> None:
    scenario, played = lived(entry)
    rule = next(rule for rule in decide.RULES if rule.__name__ == entry.function)
    expected = [action for _, action in played.matched]
    assert any(action in expected for action in rule(Tonight(played.case, played.policies, scenario.jour)))


@pytest.mark.parametrize("entry", CONDITIONS, ids=lambda entry: entry.function)
def test_the_scenario_of_a_condition_is_one_in_which_it_stops_the_review(entry: Entry) -> None:
    scenario, played = lived(entry)
    found = {c.key: c.state for c in conditions(Tonight(played.case, played.policies, scenario.jour))}
    assert found[entry.function] in (State.MISSING, State.UNKNOWN)


def lived(entry: Entry) -> tuple[Scenario, Played]:
    return next((scenario, played) for scenario, played in all_played() if scenario.titre == entry.scenario)


def test_every_sentence_about_a_number_is_used() -> None:
    text = "".join(page(load_territory(folder)) for folder in TERRITORIES.iterdir() if folder.is_dir())
    assert [key for key, said in SAYS.items() if said not in text] == []


def test_it_is_one_command(jalon: Jalon, tmp_path: Path) -> None:
    assert jalon("rules", "--out", tmp_path / "regles.md").exit_code == 0
    assert (tmp_path / "regles.md").read_text("utf-8") == PAGE.read_text("utf-8")
