"""The page of a county's files: each track drawn, its numbers and their sources, the law's, in one file, no script."""

from datetime import date
from pathlib import Path

from markupsafe import Markup

from config.territory import Territory
from desk.drawing import drawn, version_title
from desk.night_page import render
from desk.rules import VALUE_HEAD, legal_row, version_rows


def write_territory_page(territory: Territory, to: Path, *, on: date) -> Path:
    """Write the page in the file `to`, tracks as of the local day `on`; its path."""
    titles = {slug: track.title for slug, track in territory.tracks.items()}
    tracks = []
    for track in territory.tracks.values():
        version = track.in_force(on) or track.version[-1]
        picture = drawn(track, version, titles)
        tracks.append(
            {
                "track": track,
                "version": version_title(version),
                "picture": Markup(picture),  # noqa: S704 - drawn by us, its words escaped  # nosec B704
                "rows": list(version_rows(version)),
            }
        )
    shown = {
        "territory": territory,
        "tracks": tracks,
        "law": [legal_row(value) for value in territory.law.value],
        "law_head": VALUE_HEAD,
        "on": on,
    }
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(render("territory.html", shown), encoding="utf-8")
    return to
