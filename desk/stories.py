"""A few cases of a night, each told by the one reason that it shows; numbers, never names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from config.territory import Territory
from desk.explain import Reason, case_seen, reasons_of
from store.history import read_history
from store.nights import telling_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`sign`: what it shows, in the code's words (« appointment », « check:no_contract », « review:compliance »)."""

    sign: str
    case: int
    reason: Reason


def stories(connection: Connection, territory: Territory, *, on: date, runs: Sequence[int]) -> list[Story]:
    """One story a sign, a case told once."""
    told: dict[int, Story] = {}
    for sign, case in telling_cases(connection, territory=territory.slug, on=on, runs=runs).items():
        history = read_history(connection, territory=territory.slug, case=case)
        found = case_seen(connection, territory, history, on)
        reasons = reasons_of(found, territory.policies(found.track), on) if found else []
        shown = next((reason for reason in reasons if reason.sign == sign), None)
        if shown is not None and case not in told:
            told[case] = Story(sign=sign, case=case, reason=shown)
    return list(told.values())
