"""The page of a simulation: what each set of rules comes to, its charts with their tables, in one file, no script."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sqlalchemy import Connection

from config.territory import Territory
from desk.night_page import render
from desk.picture import TONES, drawn
from desk.simulate import rows
from store.agendas import read_referents
from tracks import french
from tracks.outlook import middle
from tracks.simulation import ASSUMED

if TYPE_CHECKING:
    from tracks.outlook import Outlook

SHOWN = 40  # referents in the page, the fullest first: beyond, nobody reads a row each


def write_page(
    connection: Connection, territory: Territory, found: "Mapping[str, Outlook]", *, seed: int, to: Path
) -> Path:
    """Write the page in the file `to`; its path. Referents are named: it is for the staff."""
    names = read_referents(connection, territory=territory.slug)
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_suffix(".part")
    part.write_text(render("simulation.html", shown(territory, found, names, seed=seed)), encoding="utf-8")
    os.replace(part, to)
    return to


def shown(
    territory: Territory, found: "Mapping[str, Outlook]", names: Mapping[int, str], *, seed: int
) -> dict[str, Any]:
    one = next(iter(found.values()))
    mondays = [french.short_date(one.start + timedelta(weeks=number)) for number in range(one.length)]
    return {
        "territory": territory,
        "start": one.start,
        "weeks": one.length,
        "seed": seed,
        "policies": list(found),
        "rows": rows(found),
        "charts": [charted(chart, found, mondays) for chart in CHARTS],
        "loads": [loaded(name, outlook, names) for name, outlook in found.items()],
        "assumed": ASSUMED,
        "mondays": mondays,
    }


# Title, unit, and what is drawn of each week.
CHARTS: tuple[tuple[str, str, Any], ...] = (
    (
        "Heures de rendez-vous, semaine par semaine",
        "heures",
        lambda one: [round(minutes / 60) for minutes in one.by_week(lambda week: week.reserved)],
    ),
    ("Personnes sans créneau libre dans leur délai", "personnes", lambda one: one.waiting()),
    ("Messages aux personnes", "messages", lambda one: one.by_week(lambda week: week.messages)),
    ("Questions aux référents", "questions", lambda one: one.by_week(lambda week: week.questions)),
    ("Revues ouvertes", "revues", lambda one: one.by_week(lambda week: week.reviews)),
)


def charted(chart: tuple[str, str, Any], found: "Mapping[str, Outlook]", mondays: list[str]) -> dict[str, Any]:
    title, unit, figure = chart
    series = {name: figure(one) for name, one in found.items()}
    means = ", ".join(f"{name} : {french.number(sum(s) / len(s))} par semaine en moyenne" for name, s in series.items())
    label = f"Graphique : {title.lower()}. {means}. Les mêmes nombres sont dans le tableau qui suit."
    return {
        "title": title,
        "unit": unit,
        "picture": Markup(lines(series, unit, label)),  # noqa: S704 - drawn by us from counts  # nosec B704
        "table": [(monday, [values[n] for values in series.values()]) for n, monday in enumerate(mondays)],
    }


def lines(series: Mapping[str, list[int]], unit: str, label: str) -> str:
    """A line for each set of rules; told apart by its dashes too."""
    import altair as alt

    values = [{"week": n + 1, "n": n_, "rules": name} for name, found in series.items() for n, n_ in enumerate(found)]
    names = list(series)
    chart = (
        alt.Chart(alt.Data(values=values))  # type: ignore[no-untyped-call]
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("week:Q", title="Semaine", axis=alt.Axis(format="d", tickMinStep=1)).scale(nice=False),
            y=alt.Y("n:Q", title=unit, axis=ticks(series)).scale(zero=True),
            color=alt.Color("rules:N", title=None, legend=alt.Legend(orient="top", labelLimit=0)).scale(
                domain=names, range=list(TONES[: len(names)])
            ),
            strokeDash=alt.StrokeDash("rules:N", title=None).scale(domain=names, range=[[1, 0], [6, 4]][: len(names)]),
        )
        .properties(width=620, height=220)
    )
    return drawn(chart, label)


def ticks(series: Mapping[str, list[int]]) -> Any:
    """Whole figures: half a person is nobody."""
    import altair as alt

    most = max((value for found in series.values() for value in found), default=0)
    return alt.Axis(values=list(range(most + 1)), format="d") if most < 6 else alt.Axis(tickMinStep=1)


def loaded(name: str, one: "Outlook", names: Mapping[int, str]) -> dict[str, Any]:
    """Each referent's share of open time that is reserved, the fullest first."""
    known = {
        referent: sum(week.fixed for week in one.of(referent)) for referent, minutes in one.open.items() if any(minutes)
    }
    fullest = sorted((r for r, fixed in known.items() if fixed), key=lambda r: (-middle(one.shares(r)), r))
    return {
        "policy": name,
        "more": max(0, len(fullest) - SHOWN),
        "rows": [
            (
                names.get(referent, f"Référent tiré au sort n° {referent}"),
                middle(week.reserved / 60 for week in one.of(referent)),
                middle(minutes / 60 for minutes in one.open[referent]),
                middle(one.shares(referent)),
                max(one.shares(referent), default=0.0),
                max((len(week.waiting) for week in one.of(referent)), default=0),
            )
            for referent in fullest[:SHOWN]
        ],
    }
