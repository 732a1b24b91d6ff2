"""A track drawn from its policy: every step with its delay and its article, in the picture and in the list."""

import re
from datetime import date
from xml.etree import ElementTree  # our own text

import pytest

from config.settings import TERRITORIES
from config.territory import load_territory
from desk.drawing import drawn
from desk.track_steps import lanes
from tracks.policy import EveryDays, TrackPolicy, Version

SVG = "{http://www.w3.org/2000/svg}"
SHIPPED = sorted(place.name for place in TERRITORIES.iterdir() if (place / "territory.toml").exists())


def pictures(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def emploi() -> tuple[TrackPolicy, Version]:
    track = load_territory(TERRITORIES / "doubs").tracks["objectif_emploi"]
    return track, track.at(date(2026, 11, 23))


@pytest.mark.parametrize("territory", SHIPPED)
def test_every_shipped_track_is_drawn_whole_and_told_whole(territory: str) -> None:
    tracks = load_territory(TERRITORIES / territory).tracks
    titles = {slug: track.title for slug, track in tracks.items()}
    names: list[str] = []
    for track in tracks.values():
        for version in track.version:
            html = drawn(track, version, titles)
            seen = pictures(html)
            assert len(seen) == len(lanes(version, titles)) >= 2
            for lane, picture in zip(lanes(version, titles), seen, strict=True):
                said = " ".join(node.text or "" for node in picture.iter(f"{SVG}text"))
                assert all(step.title in said and step.delay in said for step in lane.steps)
                assert len(list(picture.iter(f"{SVG}circle"))) == len(lane.steps)
                widths = [len(node.text or "") * int(node.get("font-size", "0")) for node in picture.iter(f"{SVG}text")]
                assert max(widths) * 0.55 < 340, "a line would leave the picture"
                labelled = [picture.get("aria-labelledby"), picture.get("aria-describedby")]
                assert [picture[0].get("id"), picture[1].get("id")] == labelled
                names += [name for name in labelled if name]
            assert html.count("<li>") == sum(len(lane.steps) for lane in lanes(version, titles))
            assert not re.search(r"style=|<script|<style|href=", html)  # the policy of the pages refuses them
    assert len(names) == len(set(names))


def test_the_delays_and_articles_are_those_of_the_file() -> None:
    track, version = emploi()
    html = drawn(track, version, {"suivi_emploi": "Suivi <b>"})
    for said in ("tous les 10 à 15 jours", "dans les 15 jours", "dans le mois de l’orientation", "7 et 2 jours avant"):
        assert said in html
    for article in ("C. trav. D.5411-14-1", "CASF L.262-37, R.262-68-1 ; CRPA L.123-1", "2 absences"):
        assert article in html
    assert "Suivi <b>" not in html and "Suivi &lt;b&gt;" in html
    assert version.rhythm
    slower = version.rhythm.model_copy(update={"every_days": EveryDays(min=40, target=45, max=50)})
    assert "tous les 40 à 50 jours" in drawn(track, version.model_copy(update={"rhythm": slower}), {})


def test_a_suspended_escalation_shows_in_the_drawing() -> None:
    track, version = emploi()
    assert "Suspendue" not in drawn(track, version, {})
    assert "Suspendue pour ce parcours" in drawn(track, version.model_copy(update={"escalation_enabled": False}), {})
