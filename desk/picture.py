"""The picture of a night: appointments by day and track, drawn here as SVG, in French, without a script."""

from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

# Four tones that stay apart in grey and for colour-blind eyes; each at 3:1 at least on white.
TONES = ("#12355b", "#c1440e", "#4d8b8b", "#7a5195")


def appointments_by_day(counts: Mapping[tuple[date, str], int], titles: Mapping[str, str], *, label: str) -> str:
    """An inline `<svg>` of stacked bars, one a day. `counts`: (day, track) → appointments; `label` says it in words."""
    import altair as alt

    first, last = min(day for day, _ in counts), max(day for day, _ in counts)
    tracks = [slug for slug in titles if any(track == slug for _, track in counts)]
    rows = [
        {"day": day.isoformat(), "track": titles[track], "count": count, "rank": tracks.index(track)}
        for (day, track), count in sorted(counts.items())
    ]
    scale = alt.Scale(domain=[titles[slug] for slug in tracks], range=list(TONES[: len(tracks)]))
    chart = (
        alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                "day:O", timeUnit="yearmonthdate", title=None, axis=alt.Axis(format="%-d %b", labelAngle=-45)
            ).scale(domain=_days(first, last)),
            y=alt.Y("count:Q", title="Rendez-vous fixés", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("track:N", title=None, scale=scale, legend=alt.Legend(orient="top", columns=2)),
            order=alt.Order("rank:Q"),
        )
        .properties(width=620, height=260)
    )
    return drawn(chart, label)


def drawn(chart: Any, label: str) -> str:
    """Any Altair chart as an inline `<svg>`, its figures and days in French; `label` says it in words."""
    import vl_convert

    plain = (
        chart.configure(font="sans-serif")
        .configure_axis(labelFontSize=13, titleFontSize=13)
        .configure_legend(labelFontSize=13)
        .configure_view(stroke=None)
    )
    svg = vl_convert.vegalite_to_svg(plain.to_dict(), format_locale="fr-FR", time_format_locale="fr-FR")
    return _described(svg, label)


def _days(first: date, last: date) -> list[dict[str, int]]:
    """Whole weeks, Monday to Friday: the axis of a single day is more than Vega can draw."""
    monday, friday = first - timedelta(days=first.weekday()), last + timedelta(days=(4 - last.weekday()) % 7)
    span = (monday + timedelta(days=offset) for offset in range((friday - monday).days + 1))
    return [{"year": day.year, "month": day.month, "date": day.day} for day in span if day.isoweekday() < 6]


def _described(svg: str, label: str) -> str:
    """One image with one description for who cannot see it; its parts are silent, and it shrinks with the page."""
    head, _, rest = svg.partition(">")
    head = " ".join(part for part in head.split(" ") if not part.startswith(("width=", "height=", "xmlns:xlink=")))
    silent = rest.replace(' role="graphics-object"', "").replace(' role="graphics-symbol"', "")
    return f'{head} role="img" aria-label="{escape(label, quote=True)}">{silent}'
