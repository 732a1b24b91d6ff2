"""What a night did, in one table that a coordinator reads in ten seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from desk import words

if TYPE_CHECKING:
    from store.nights import Tally
    from tasks.night import NightResult

COLUMNS: dict[str, tuple[str, ...]] = {
    "Rendez-vous créés": ("appointment",),
    "Rappels": ("reminder",),
    "« Que s'est-il passé ? »": ("outcome_request",),
    "Vérifications": ("check",),
    "Revues ouvertes": ("review",),
    "Constats du service": ("service_alert",),
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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=len(nights) > 1, collapse_padding=True)
    table.add_column("Parcours", footer="Ensemble", overflow="fold", min_width=12)
    table.add_column("Dossiers", footer=str(sum(night.cases for night in nights)), justify="right")
    for head, kinds in COLUMNS.items():
        total = sum(counted(night.written, kinds) for night in nights)
        table.add_column(head, footer=str(total), justify="right", overflow="fold")
    table.add_column("Pas fait, et pourquoi", ratio=1, overflow="fold")
    for night in nights:
        figures = [str(counted(night.written, kinds)) for kinds in COLUMNS.values()]
        table.add_row(night.title, str(night.cases), *figures, "\n".join(reasons(night.not_done)) or "—")
    return table


def counted(written: Mapping[str, int], kinds: Sequence[str]) -> int:
    return sum(written.get(kind, 0) for kind in kinds)


def reasons(not_done: Mapping[str, int]) -> list[str]:
    """« rendez-vous déjà prévu : 139 », the most frequent first."""
    ordered = sorted(not_done.items(), key=lambda item: (-item[1], item[0]))
    return [f"{words.said(words.NOT_DONE, reason)} : {count}" for reason, count in ordered if count]
