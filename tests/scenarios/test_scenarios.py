"""Every scenario is played; together they reach every rule, rung, precondition, question, finding and legal value."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config.reading import Mistakes, read_tables, read_toml
from config.settings import TERRITORIES
from tests.scenarios.playing import Played, play
from tests.scenarios.reading import Reglage, Scenario, Valeur, read_file
from tests.tracks.building import DOUBS, MODEL, policies_of
from tracks.actions import Action, Ask, CloseCase, CloseCheck, CloseQuestion, NotDone, OpenCheck, OpenReview, Write
from tracks.actions import ServiceLate as Late
from tracks.decide import RULES
from tracks.errors import PolicyError
from tracks.legal import LegalValues
from tracks.policy import Do
from tracks.tonight import Tonight
from tracks.vocabulary import (
    NotDoneReason,
    Precondition,
    QuestionKind,
    ReviewKind,
    ServiceCause,
    Template,
)

FILES = tuple(sorted([*Path(__file__).parent.glob("*.toml"), *Path(__file__).parent.glob("*/*.toml")]))
TRACKS = tuple(path.stem for path in sorted((DOUBS / "tracks").glob("*.toml")))
UNITS = {"jours": "days", "semaines": "weeks", "mois": "months", "heures": "hours", "pour cent": "percent"}
LAW = read_toml(MODEL / "legal.toml", LegalValues)
BY_PLACE = (NotDoneReason.NO_SLOT, ServiceCause.NO_SLOT)  # said when slots are chosen, over all that is due
BY_OTHERS = (NotDoneReason.WEEKLY_CAP, ServiceCause.OVERLOAD)  # said by dispatch, and by counting caseloads


def scenarios() -> Iterator[tuple[Path, Scenario]]:
    for path in FILES:
        for scenario in read_file(path).scenario:
            yield path, scenario


def settings() -> list[tuple[str, Reglage]]:
    """What the sentences of the sources became in the files, with the territory."""
    files = [(path, read_file(path)) for path in FILES]
    return [(path.parent.name, setting) for path, file in files for setting in file.reglage]


def values() -> list[Valeur]:
    return [value for path in FILES for value in read_file(path).valeur]


@cache
def all_played() -> tuple[tuple[Scenario, Played], ...]:
    return tuple((scenario, play(scenario)) for _, scenario in scenarios())


def expected_actions() -> Iterator[tuple[Scenario, Action]]:
    """Every action that a scenario expected and got."""
    for scenario, played in all_played():
        for _, action in played.matched:
            yield scenario, action


@pytest.mark.parametrize(
    "scenario", [pytest.param(scenario, id=f"{path.stem} : {scenario.titre}") for path, scenario in scenarios()]
)
def test_scenario(scenario: Scenario) -> None:
    played = play(scenario)
    done = "\n".join(f"  fait : {said}" for said in played.said)
    assert not played.wrong, "\n".join([scenario.titre, *played.wrong, done])


@pytest.mark.parametrize("value", [pytest.param(value, id=value.titre) for value in values()])
def test_legal_value(value: Valeur) -> None:
    legal = LAW.narrowed(value.ou)
    found = legal.at(value.cle, value.au)
    assert (found.value, found.unit) == (value.vaut, UNITS[value.unite])
    assert value.article in found.source
    with pytest.raises(PolicyError, match=value.cle):
        legal.at(value.cle, value.aucune_le)


@pytest.mark.parametrize(
    ("territory", "setting"), [pytest.param(t, setting, id=f"{t} : {setting.titre}") for t, setting in settings()]
)
def test_setting(territory: str, setting: Reglage) -> None:
    found: Any = read_tables(TERRITORIES / territory / setting.fichier)
    for step in setting.cle.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == setting.vaut


@pytest.mark.parametrize("name", sorted(path.name for path in TERRITORIES.iterdir() if path.is_dir()))
def test_every_territory_lives_its_source_sentence_by_sentence(name: str) -> None:
    lived = [scenario for path, scenario in scenarios() if path.parent.name == name]
    told = [setting for territory, setting in settings() if territory == name]
    assert {scenario.territoire for scenario in lived} == {name}
    assert {scenario.parcours for scenario in lived} == {
        path.stem for path in (TERRITORIES / name / "tracks").glob("*")
    }
    for said in (*lived, *told):
        assert "« " in said.article, f"{said.titre}: which sentence?"


def test_every_rule_is_lived_by_a_scenario() -> None:
    reached = set()
    for scenario, played in all_played():
        tonight = Tonight(played.case, played.policies, scenario.jour)
        expected = [action for _, action in played.matched]
        reached |= {rule for rule in RULES if any(action in expected for action in rule(tonight))}
    assert set(RULES) - reached == set()


def test_every_precondition_opens_a_check_in_a_scenario_and_closes_in_another() -> None:
    opened = {a.precondition for _, a in expected_actions() if isinstance(a, OpenCheck)}
    assert opened == set(Precondition)
    assert any(isinstance(a, CloseCheck) for _, a in expected_actions())


def test_every_question_is_asked_in_a_scenario_and_closed_in_another() -> None:
    asked = {a.kind for _, a in expected_actions() if isinstance(a, Ask)}
    assert asked == set(QuestionKind) - {QuestionKind.CONTACT}  # a failed message asks it, no rule: test_follow_up.py
    assert any(isinstance(a, CloseQuestion) for _, a in expected_actions())


def test_every_reason_not_to_act_is_given_in_a_scenario() -> None:
    given = {a.reason for _, a in expected_actions() if isinstance(a, NotDone)}
    given |= {NotDoneReason.TOO_LATE for _, a in expected_actions() if isinstance(a, Write) and a.too_late}
    assert given == set(NotDoneReason) - set(BY_PLACE) - set(BY_OTHERS)


def test_every_failing_of_the_service_is_found_in_a_scenario() -> None:
    found = {a.cause for _, a in expected_actions() if isinstance(a, Late)}
    assert found == set(ServiceCause) - set(BY_PLACE) - set(BY_OTHERS)


def test_both_reviews_and_the_end_of_the_follow_up_come_in_a_scenario() -> None:
    opened = {a.kind for _, a in expected_actions() if isinstance(a, OpenReview)}
    assert opened == {ReviewKind.COMPLIANCE, ReviewKind.FOLLOW_UP_RISK}
    assert any(isinstance(a, CloseCase) for _, a in expected_actions())


def is_step(action: Action, rung: Do) -> bool:
    """Whether `action` is what a rung of a ladder does."""
    match rung:
        case Do.ASK_REASON:
            return isinstance(action, Write) and action.template is Template.REASON_REQUEST
        case Do.INVITE_TO_REGULARISE:
            return isinstance(action, Write) and action.template is Template.INVITATION_TO_REGULARISE
        case Do.ASK_REFERENT_TO_QUALIFY:
            return isinstance(action, Ask) and action.kind is QuestionKind.QUALIFY and action.subject_id is not None
        case Do.CALL:
            return isinstance(action, Ask) and action.kind is QuestionKind.CALL
        case Do.VISIT:
            return isinstance(action, Ask) and action.kind is QuestionKind.VISIT
        case Do.TELL_COACH:
            return isinstance(action, Ask) and action.kind is QuestionKind.FOLLOW_UP


@pytest.mark.parametrize("track", TRACKS)
def test_every_rung_of_every_ladder_is_climbed_in_a_scenario(track: str) -> None:
    of_track = [a for s, a in expected_actions() if (s.territoire, s.parcours) == ("doubs", track)]
    for version in policies_of(track).track.version:
        missing = [rung.do for rung in version.ladder if not any(is_step(a, rung.do) for a in of_track)]
        assert missing == []


def test_every_legal_value_has_its_sentence() -> None:
    told = [LAW.narrowed(value.ou).at(value.cle, value.au) for value in values()]
    assert [entry for entry in LAW.value if entry not in told] == []


def test_no_two_scenarios_differ_only_by_their_name() -> None:
    lived = Counter(
        repr((played.case, scenario.jour, scenario.moratoire, scenario.alors, scenario.jamais, scenario.rien_d_autre))
        for scenario, played in all_played()
    )
    assert [what for what, times in lived.items() if times > 1] == []
    titles = Counter(scenario.titre for scenario, _ in all_played())
    assert [title for title, times in titles.items() if times > 1] == []


def test_a_scenario_says_what_it_lives() -> None:
    for _, scenario in scenarios():
        assert not scenario.titre[0].islower() and not scenario.titre.endswith("."), scenario.titre
        assert scenario.article.strip(), scenario.titre


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("jurs = 2026-11-23", "`scenario[0].jurs` : clé inconnue. Vouliez-vous dire `jour` ?"),
        ("rendez_vous = [{ le = 2026-11-20, statut = 'abscent' }]", "« abscent » est inconnu ; attendu : "),
        ("alors = [{ verification = 'convocation perdue' }]", "verification : « convocation perdue » est inconnu"),
        ("alors = [{ revue = 'manquement', rappel = 2 }]", "il faut une chose et une seule parmi "),
        ("jamais = ['sanction']", "« sanction » est inconnu ; attendu : "),
        ("", "rien n'est attendu : écrivez alors, jamais ou rien_d_autre"),
    ],
)
def test_a_slip_of_the_pen_is_named_with_its_file_and_its_key(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "rythme.toml"
    file.write_text(f"theme = 'x'\n[[scenario]]\ntitre = 'X'\narticle = 'R5'\njour = 2026-11-23\n{line}\n", "utf-8")
    with pytest.raises(Mistakes) as refused:
        read_file(file)
    assert "rythme.toml, `scenario[0]" in str(refused.value)
    assert message in str(refused.value)
