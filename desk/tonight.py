"""How `jalon messages tonight` shows what would leave, by which channel, at what price, and what holds it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from desk import words
from tracks import french
from tracks.vocabulary import Channel

if TYPE_CHECKING:
    from config.territory import Territory
    from tasks.tonight import Leaving

CENT = Decimal("0.01")


def as_dict(one: "Leaving") -> dict[str, Any]:
    """A message as JSON shows it: ids and words, no name and no text."""
    return {
        "message_id": None if one.id is None else f"m{one.id}",
        "case_id": None if one.case_id is None else f"c{one.case_id}",
        "template": one.template,
        "channel": one.channel,
        "due_at": one.due_at,
        "appointment_at": one.about,
        "segments": one.segments,
        "euros": None if one.euros is None else str(one.euros),
        "holds": one.holds,
    }


def table(found: Sequence["Leaving"]) -> Table:
    """A row a kind of message and channel: how many, SMS segments, price, and what is held."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("Message")
    shown.add_column("Par")
    for title in ("Partiraient", "Segments", "Coût", "Retenus"):
        shown.add_column(title, justify="right")
    groups: defaultdict[tuple[str, str], list[Leaving]] = defaultdict(list)
    for one in found:
        groups[words.said(words.TEMPLATE, one.template), words.said(words.CHANNEL, one.channel)].append(one)
    for (template, channel), group in sorted(groups.items()):
        free = [one for one in group if not one.holds]
        segments = sum(one.segments or 0 for one in free)
        held = len(group) - len(free)
        shown.add_row(template, channel, figure(len(free)), figure(segments), cost(free), figure(held))
    return shown


def line(one: "Leaving", territory: "Territory") -> str:
    clock = territory.calendar.wall_clock
    about = ""
    if one.about:
        start = clock(one.about)
        about = f", rendez-vous du {french.weekday_date(start.date())} à {french.clock(start.time())}"
    case = "" if one.case_id is None else f"c{one.case_id} : "
    size = f", {french.plural(one.segments, 'segment')}" if one.segments else ""
    price = f", {money(one.euros)}" if one.euros is not None else ""
    held = f" — retenu : {words.said(words.NOT_SENT | words.NOT_DONE, one.holds)}" if one.holds else ""
    named = f"{words.said(words.TEMPLATE, one.template)} par {words.said(words.CHANNEL, one.channel)}"
    return f"{french.clock(clock(one.due_at).time())}  {case}{named}{about}{size}{price}{held}"


def total(found: Sequence["Leaving"]) -> str:
    """How many would leave, at what price, how many would not."""
    free = [one for one in found if not one.holds]
    if not found:
        return "rien ne partirait"
    leaves = french.plural(len(free), "message partirait", "messages partiraient")
    unpriced = {one.channel for one in free if one.euros is None and one.channel is not Channel.STAFF}
    price = f", pour {cost(free)}" if any(one.euros is not None for one in free) else ""
    without = french.listed(words.said(words.CHANNEL, channel) for channel in sorted(unpriced))
    said = f" (sans prix dans JALON_CHANNELS : {without})" if unpriced else ""
    held = len(found) - len(free)
    kept = f" ; {french.plural(held, 'serait retenu', 'seraient retenus')}" if held else ""
    return f"{leaves}{price}{said}{kept}"


def cost(found: Sequence["Leaving"]) -> str:
    prices = [one.euros for one in found if one.euros is not None]
    return money(sum(prices, Decimal()).quantize(CENT)) if prices else "·"


def money(euros: Decimal) -> str:
    """« 1 234,50 € »; a single message's price keeps its tenths of a cent."""
    return f"{euros:,f} €".replace(",", "\u202f").replace(".", ",")


def figure(count: int) -> str:
    return str(count) if count else "·"
