"""A track as a picture: one inline SVG a lane, milestone after milestone, and the same as lists for who cannot see it.

Neither script nor style: a page whose policy refuses both can hold it. See `drawn`.
"""

from collections.abc import Iterable, Mapping
from html import escape
from textwrap import wrap

from desk.track_steps import Lane, Step, lanes
from tracks import french
from tracks.policy import TrackPolicy, Version

WIDTH, LEFT, TOP = 340, 44, 84  # units of the drawing; a character is about 7 wide at 14
TONES = ("#12355b", "#14532d", "#7a4100", "#a01818")  # of the lanes, each at 7:1 at least on white
GREY = "#3f4a58"
Line = tuple[str, int, str, str]  # text, size, weight, colour


def drawn(track: TrackPolicy, version: Version, titles: Mapping[str, str]) -> str:
    """HTML: a figure of the drawings, then the same steps as ordered lists. `titles`: of all tracks, by slug."""
    found = lanes(version, titles)
    name = f"{track.slug}-{version.valid_from.isoformat()}"
    pictures = "".join(
        svg(lane, name=f"{name}-{n}", of=track.title, tone=TONES[n % len(TONES)]) for n, lane in enumerate(found)
    )
    same = "Les mêmes étapes en listes, avec leurs sources"
    lists = f'<details class="steps"><summary>{same}</summary>{"".join(map(listed, found))}</details>'
    return f'<figure class="track">{pictures}</figure>\n{lists}'


def svg(lane: Lane, *, name: str, of: str, tone: str) -> str:
    """One lane from top to bottom. `name`: unique in the page, for what names the picture."""
    y, last, parts = TOP, TOP, []
    for step in lane.steps:
        drawing, height = milestone(step, at=y, tone=tone)
        parts.append(drawing)
        last, y = y, y + height
    head = [(lane.title, 18, "700", tone), *((line, 13, "400", GREY) for line in wrap(lane.when, 48)[:2])]
    title, desc = escape(f"{lane.title}, {of}"), escape(f"{lane.when}. {' '.join(map(told, lane.steps))}")
    spine = f'<path d="M16 {TOP}V{last}" stroke="{tone}" stroke-width="4" fill="none"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
        f'aria-labelledby="{name}-t" aria-describedby="{name}-d" font-family="sans-serif">'
        f'<title id="{name}-t">{title}</title><desc id="{name}-d">{desc}</desc>'
        f"{text(head, x=4, y=20)}{spine}{''.join(parts)}</svg>"
    )


def milestone(step: Step, *, at: int, tone: str) -> tuple[str, int]:
    """A step whose dot is at height `at`, and how high it is."""
    lines: list[Line] = [
        *((line, 15, "700", "#17202b") for line in wrap(step.title, 38)),
        *((line, 14, "700", tone) for line in wrap(step.delay, 41)),
        *((line, 13, "400", "#17202b") for line in wrap(step.says, 45)),
        *((line, 12, "400", GREY) for line in wrap(shortened(step.source), 48)),
    ]
    dot = f'<circle cx="16" cy="{at}" r="8" fill="#fff" stroke="{tone}" stroke-width="4"/>'
    return dot + text(lines, x=LEFT, y=at + 5), 19 * len(lines) + 16


def shortened(source: str) -> str:
    """The picture has two lines for it; the list has it whole."""
    return source if len(source) <= 92 else source[:91].rsplit(" ", 1)[0] + "…"


def text(lines: Iterable[Line], *, x: int, y: int) -> str:
    return "".join(
        f'<text x="{x}" y="{y + 19 * n}" font-size="{size}" font-weight="{weight}" fill="{tone}">{escape(said)}</text>'
        for n, (said, size, weight, tone) in enumerate(lines)
    )


def listed(lane: Lane) -> str:
    steps = "".join(f"<li>{step_item(step)}</li>" for step in lane.steps)
    return f"<h3>{escape(lane.title)}</h3><p>{escape(lane.when)}.</p><ol>{steps}</ol>"


def step_item(step: Step) -> str:
    delay = f", {escape(step.delay)}" if step.delay else ""
    says = f" {escape(step.says)}" if step.says else ""
    source = f' <span class="source">Source : {escape(step.source.rstrip("."))}.</span>' if step.source else ""
    return f"<strong>{escape(step.title)}</strong>{delay}.{says}{source}"


def told(step: Step) -> str:
    """One sentence of the description, sources left to the list."""
    delay = f", {step.delay}" if step.delay else ""
    return f"{step.title}{delay}. {step.says}".strip()


def version_title(version: Version) -> str:
    until = f" au {french.full_date(version.valid_to)}" if version.valid_to else ""
    return f"Version du {french.full_date(version.valid_from)}{until}"
