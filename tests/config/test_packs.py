"""Each shipped territory, walked: steps, messages, legal values, clocks; and no Python that knows one by name."""

import ast
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from config import rulebook
from config.layers import layers_of
from config.messages import expected
from config.reading import Mistakes
from config.settings import PROJECT, TERRITORIES
from config.territory import Territory, load_territory
from desk.rules import page
from tests.packs import whole_copy
from tracks.calendar import add_months
from tracks.legal import Key, Sourced
from tracks.vocabulary import Channel, Party

NAMES = tuple(sorted(path.name for path in TERRITORIES.iterdir() if path.is_dir()))
ROOMS = ("tracks", "config", "store", "tasks", "flows", "desk")
VAGUE = ("", "?", "à compléter")


@cache
def shipped(name: str) -> Territory:
    return load_territory(TERRITORIES / name)


def test_the_counties_of_the_sources_are_shipped() -> None:
    assert {"doubs", "isere", "pas_de_calais", "lot", "modele"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_track_is_entered_and_every_step_reached(name: str) -> None:
    tracks = shipped(name).tracks
    for track in tracks.values():
        for version in track.version:
            stages = {version.individual(first=first, months=n).subject for first in (True, False) for n in range(61)}
            assert stages == {stage.subject for stage in version.stages}, track.slug
            assert all(way_out.to in tracks and way_out.to != track.slug for way_out in version.exit)
            if version.review:
                assert version.threshold_rungs(), track.slug
    led_to = {way_out.to for track in tracks.values() for version in track.version for way_out in version.exit}
    follow_ups = {slug for slug, track in tracks.items() if any(v.follow_up for v in track.version)}
    assert follow_ups <= led_to  # nobody is oriented to a follow-up: a track leads to it


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_there(name: str) -> None:
    texts = shipped(name).messages.texts
    assert set(texts) == {place for _, place in expected()}
    assert {channel for _, channel in texts} == set(Channel)


def cited(model: object, where: str) -> list[str]:
    """The parts of a policy that do not say where they come from."""
    lines = [where] if isinstance(model, Sourced) and model.source.strip() in VAGUE else []
    for field in getattr(type(model), "model_fields", {}):
        value = getattr(model, field)
        for n, part in enumerate(value if isinstance(value, tuple) else (value,)):
            lines += cited(part, f"{where}.{field}[{n}]") if hasattr(type(part), "model_fields") else []
    return lines


@pytest.mark.parametrize("name", NAMES)
def test_every_value_says_where_it_comes_from(name: str) -> None:
    territory = shipped(name)
    for track in territory.tracks.values():
        assert track.source.strip() not in VAGUE
        assert cited(track, track.slug) == []
    for value in (*territory.law.value, *territory.retention.value):
        assert value.source.strip() not in VAGUE
        assert value.says.endswith(".")
    assert territory.legal.missing() == []
    assert cited(territory.programme, "actions.toml") == cited(territory.procedure, "revue.toml") == []


@pytest.mark.parametrize("name", NAMES)
def test_every_clock_is_explained(name: str) -> None:
    """Each delay of each track has its sentence in the published rules, and each date of the law its article."""
    text = page(shipped(name))
    for track in shipped(name).tracks.values():
        assert f"### {track.title}" in text
        for version in track.version:
            for rung in version.ladder:
                assert rulebook.SAYS[f"ladder.{rung.do}"] in text
    for key in (Key.CONTRACT, Key.ORIENTATION, Key.OBSERVATIONS, Key.JOINT_DIAGNOSTIC):
        assert shipped(name).legal.at(key, date(2026, 11, 23)).source in text


@pytest.mark.parametrize("name", NAMES)
def test_the_minimum_of_interviews_fits_in_the_month_of_the_law(name: str) -> None:
    """Kept at the target of the rhythm, the interviews wanted before a first contract are over when it is due."""
    start = date(2026, 2, 2)  # in the shortest of months
    for track in shipped(name).tracks.values():
        for version in track.version:
            if version.contract is None or version.rhythm is None or version.rhythm.before_contract is None:
                continue
            later = max(0, version.contract.interviews_before_signing - 1)
            days = version.rhythm.first_within_days + later * version.rhythm.before_contract.target
            assert days <= (add_months(start, version.contract.sign_within_months) - start).days, track.slug


@pytest.mark.parametrize("name", NAMES)
def test_both_parties_commit_and_the_catalogue_answers_every_obstacle(name: str) -> None:
    programme = shipped(name).programme
    assert {usual.party for usual in programme.usual} == set(Party)
    answered = {slug for action in programme.action for slug in action.against}
    assert {obstacle.slug for obstacle in programme.obstacle} == answered


def test_no_python_knows_a_territory_by_name() -> None:
    """A county is data: its name is in no branch of ours, and its folder is the setting's default at most."""
    found = []
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            tree = ast.parse(path.read_text("utf-8"))
            found += [
                f"{path.relative_to(PROJECT)}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.casefold() in NAMES
            ]
    assert [place for place in found if not place.startswith("config/settings.py")] == []


def test_what_a_county_writes_wins_over_its_model(tmp_path: Path) -> None:
    folder = tmp_path / "jura"
    for path in sorted((TERRITORIES / "doubs").rglob("*.toml")):
        target = folder / path.relative_to(TERRITORIES / "doubs")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text("utf-8"), "utf-8")
    (folder / "messages").mkdir()
    (folder / "messages" / "farewell.sms.txt").write_text("Bonne route {prenom}. {telephone}", "utf-8")
    (folder / "legal.toml").write_text(
        '[[value]]\nkey = "ep_reminder_days"\nvalue = 21\nunit = "days"\nvalid_from = 2025-06-01\n'
        'scope = "departement:25"\nsource = "Règlement"\nconfidence = "local_choice"\nsays = "Trois semaines."\n',
        "utf-8",
    )
    (folder / "columns.toml").write_text('[words.track]\n"OE" = "objectif_emploi"\n', "utf-8")
    own, doubs = load_territory(folder), shipped("doubs")
    assert own.legal.at("ep_reminder_days", date(2026, 1, 1)).value == 21
    assert own.legal.at("orientation_weeks", date(2026, 1, 1)) == doubs.legal.at("orientation_weeks", date(2026, 1, 1))
    assert own.columns.words.track["oe"] == "objectif_emploi" == own.columns.words.track["objectif emploi"]
    changed = {place for place, text in own.messages.texts.items() if text != doubs.messages.texts[place]}
    assert {template.value for template, _ in changed} == {"farewell"} and len(changed) == 1
    assert layers_of(whole_copy("doubs", tmp_path / "whole")).model is None


@pytest.mark.parametrize(("base", "said"), [("jupiter", "n'existe pas ici"), ("isere", "Un seul étage")])
def test_a_base_that_cannot_be_is_named(tmp_path: Path, base: str, said: str) -> None:
    file = whole_copy("doubs", tmp_path / "jura") / "territory.toml"
    file.write_text(f'base = "{base}"\n' + file.read_text("utf-8"), "utf-8")
    with pytest.raises(Mistakes, match=said):
        load_territory(file.parent)


def test_the_walk_reads_what_it_says() -> None:
    """A part without its source is found, wherever it lies."""
    track = shipped("doubs").tracks["objectif_emploi"]
    (version,) = track.version
    assert version.rhythm is not None
    bare = version.rhythm.model_copy(update={"source": " "})
    spoiled = track.model_copy(update={"version": (version.model_copy(update={"rhythm": bare}),)})
    assert cited(spoiled, "x") == ["x.version[0].rhythm[0]"]
