"""The page of a night: one HTML file that can be shown to a councillor; no name, no script, no request to anyone."""

import base64
import hashlib
import os
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup
from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from config.settings import Settings
from config.territory import Territory
from desk import words
from desk.explain import source_of
from desk.picture import appointments_by_day
from desk.stories import Story, stories
from store import nights
from store.nights import Tally
from tracks import french

ASKED = ("outcome_request", "ask_qualify", "ask_call", "ask_visit", "ask_follow_up", "ask_action")
ASKED_TOO = ("ask_renew_contract", "ask_track_change")
WRITTEN_TO_PEOPLE = ("convocation", "reason_request", "check_in", "farewell", "invitation_to_regularise")


def write_night_page(connection: Connection, territory: Territory, *, on: date, folder: Path) -> Path:
    """Write `nuit-<on>.html` in `folder` from what the passes of the day `on` wrote; its path.

    A territory that is not the one of every installation is named too: several share one folder.
    """
    whose = "" if territory.slug == Settings.model_fields["territory"].default else f"-{territory.slug}"
    path = folder / f"nuit{whose}-{on.isoformat()}.html"
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(render("night.html", facts(connection, territory, on=on)), encoding="utf-8")
    os.replace(part, path)
    return path


def render(name: str, shown: Mapping[str, Any]) -> str:
    """A page of ours with its style in it, and no script."""
    style = resource("night.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return template(name).render(shown, style=Markup(style), style_digest=digest)  # noqa: S704 - our own file  # nosec B704


@cache
def template(name: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"n": french.number, "part": french.percent, "jour": french.full_date}
    return environment.from_string(resource(name))


def resource(name: str) -> str:
    return (files("desk") / "templates" / name).read_text(encoding="utf-8")


def facts(connection: Connection, territory: Territory, *, on: date) -> dict[str, Any]:
    """All that the page says: counts, ids, reasons; never a name."""
    slug = territory.slug
    tallies = nights.tallies(connection, territory=slug, on=on)
    runs = [run for tally in tallies.values() for run in tally.runs]
    counts = nights.days_of_appointments(connection, territory=slug, runs=runs, calendar=territory.calendar)
    titles = {track: policy.title for track, policy in territory.tracks.items()}
    reviews = nights.opened_reviews(connection, territory=slug, on=on)
    return {
        "territory": territory,
        "on": on,
        "weekday": f"{french.weekday_date(on)} {on.year}",
        "nights": [track_row(titles[track], tally) for track, tally in tallies.items() if track in titles],
        "totals": totals(tallies),
        "not_done": not_done(tallies),
        "calendar": appointments_table(counts, titles),
        "picture": Markup(picture(counts, titles)),  # noqa: S704 - drawn by us from counts  # nosec B704
        "tracks": [titles[track] for track in titles if any(there == track for _, there in counts)],
        "stories": [
            told(story)
            for story in stories(connection, territory, on=on, runs=runs)
            if not story.sign.startswith("review:")  # these have a part of their own
        ],
        "reviews": [review_card(row) for row in reviews],
        "evidence": nights.evidence_of(connection, [row["id"] for row in reviews]),
        "findings": [
            {"cause": words.said(words.CAUSE, row["cause"]), "findings": row["findings"], "people": row["people"]}
            for row in nights.findings(connection, territory=slug)
        ],
        "versions": [
            f"{policy.title}, version du {french.full_date(policy.at(on).valid_from)}"
            for policy in territory.tracks.values()
            if policy.slug in tallies
        ],
        "runs": sorted(runs),
    }


def track_row(title: str, tally: Tally) -> dict[str, Any]:
    written = tally.written
    return {
        "title": title,
        "cases": tally.cases,
        "appointments": written["appointment"],
        "reminders": written["reminder"],
        "letters": sum(written[kind] for kind in WRITTEN_TO_PEOPLE),
        "questions": sum(written[kind] for kind in (*ASKED, *ASKED_TOO)),
        "checks": written["check"],
        "reviews": written["review"],
    }


def totals(tallies: Mapping[str, Tally]) -> dict[str, int]:
    rows = [track_row(track, tally) for track, tally in tallies.items()]
    names = ("cases", "appointments", "reminders", "letters", "questions", "checks", "reviews")
    return {name: sum(row[name] for row in rows) for name in names}


def not_done(tallies: Mapping[str, Tally]) -> list[tuple[str, int]]:
    """What could have been expected and was not done: reason and count, the most frequent first."""
    found: dict[str, int] = {}
    for tally in tallies.values():
        for reason, count in tally.not_done.items():
            found[reason] = found.get(reason, 0) + count
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(french.sentence(words.said(words.NOT_DONE, reason)), count) for reason, count in ordered if count]


def appointments_table(
    counts: Mapping[tuple[date, str], int], titles: Mapping[str, str]
) -> list[tuple[str, list[int], int]]:
    """The data of the picture: a row a day, a column a track, the sum."""
    tracks = [track for track in titles if any(there == track for _, there in counts)]
    rows = []
    for day in sorted({day for day, _ in counts}):
        figures = [counts.get((day, track), 0) for track in tracks]
        rows.append((french.short_date(day), figures, sum(figures)))
    return rows


def picture(counts: Mapping[tuple[date, str], int], titles: Mapping[str, str]) -> str:
    if not counts:
        return ""
    first, last = min(day for day, _ in counts), max(day for day, _ in counts)
    made = french.plural(sum(counts.values()), "rendez-vous", "rendez-vous")
    label = (
        f"Graphique : {made} entre le {french.long_date(first)} et le {french.long_date(last)}, "
        "par jour et par parcours. Les mêmes nombres sont dans le tableau qui suit."
    )
    return appointments_by_day(counts, titles, label=label)


def told(story: Story) -> dict[str, str]:
    because = story.reason.because
    return {
        "case": f"c{story.case}",
        "what": story.reason.what,
        "why": because.why,
        "source": source_of(because).strip("[]"),
    }


def review_card(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "case": f"c{row['case_id']}",
        "kind": words.said(words.REVIEW, row["kind"]),
        "status": words.said(words.REVIEW_STATUS, row["status"]),
        "reason": row["reason"],
        "reference": row["legal_reference"],
        "deadline": row["deadline_on"],
    }
