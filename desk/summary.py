"""What a night did, in one table that a coordinator reads in ten seconds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from desk import words

if TYPE_CHECKING:
    from store.nights import Tally
    from tasks.night import NightResult

SHOWN: dict[str, str] = {
    "appointment": "Rendez-vous créés",
    "reminder": "Rappels",
    "reason_request": "Motif d'une absence demandé",
    "outcome_request": "« Que s'est-il passé ? »",
    "check": "Vérifications ouvertes",
    "review": "Revues ouvertes",
    "service_alert": "Constats du service",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One track's night: `written` counts rows by kind, `not_done` cases by reason."""

    title: str
    cases: int
    written: Mapping[str, int]
    not_done: Mapping[str, int]

    @classmethod
    def of(cls, title: str, result: "NightResult | Tally") -> "Night":
        return cls(title=title, cases=result.cases, written=result.written, not_done=result.not_done)


def night_table(nights: Sequence[Night]) -> Table:
    """A row a figure, a column a track, and the sum of them."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("")
    for night in nights:
        longest = max(len(word) for word in night.title.split())
        table.add_column(night.title, justify="right", width=longest, vertical="bottom")
    table.add_column("Ensemble", justify="right", style="bold", vertical="bottom", no_wrap=True)
    table.add_row("Dossiers lus", *across([night.cases for night in nights]), end_section=True)
    for kind, title in SHOWN.items():
        table.add_row(title, *across([night.written.get(kind, 0) for night in nights]))
    table.add_section()
    table.add_row("Pas fait, et pourquoi", style="bold")
    for reason in reasons(nights):
        figures = across([night.not_done.get(reason, 0) for night in nights])
        table.add_row(words.said(words.NOT_DONE, reason), *figures)
    return table


def across(figures: Sequence[int]) -> list[str]:
    return [str(figure) if figure else "·" for figure in (*figures, sum(figures))]


def reasons(nights: Sequence[Night]) -> list[str]:
    """Every reason of these nights, the most frequent first."""
    total: Counter[str] = Counter()
    for night in nights:
        total.update(night.not_done)
    return [reason for reason, count in total.most_common() if count]
