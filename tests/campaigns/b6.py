"""B6: lives in random order, 500 × 50 steps; every night of each read again from `domain.md`; eight bugs are seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.campaigns.promise import Promise
from tests.tracks.machine import Lives
from tracks.case import Case
from tracks.rules import escalation
from tracks.rules.facts import Fact, counted_facts
from tracks.tonight import Tonight
from tracks.vocabulary import Precondition

LIVES, STEPS = 500, 50
A_FEW, SHORT = 40, 30

Bug = Callable[[pytest.MonkeyPatch], None]


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    lives, steps = (A_FEW, SHORT) if small else (LIVES, STEPS)
    Lives.tally.clear()
    wrong = violation(seed, lives, steps)
    told = ", ".join(f"{Lives.tally[of]} {of}" for of in ("nights", "steps against", "reviews"))
    caught = {name: caught_at(bug, seed) for name, bug in list(BUGS.items())[: 5 if small else None]}
    found = "; ".join(f"{name}: " + (f"life {at}" if at else "NOT SEEN") for name, at in caught.items())
    return Promise(
        id="B6",
        promise="Whatever happens to a person in whatever order, no night does what domain.md forbids",
        figure=f"{lives} lives of {steps} steps ({told}), {wrong or 'no violation'}; seeded bugs seen ({found})",
        seed=seed,
        held=wrong is None and Lives.tally["steps against"] > 0,
        seeded_bug_caught=all(caught.values()),
    )


def violation(seed: int, lives: int, steps: int) -> str | None:
    """The first sentence of `domain.md` that a night of these lives breaks; None where none does."""
    chosen = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seeded(seed)(Lives), settings=chosen)  # type: ignore[no-untyped-call]
    except AssertionError as error:
        return str(error)
    return None


def caught_at(bug: Bug, seed: int) -> int | None:
    """The number of lives after which the bug was seen, of as many as the promise has."""
    before = Lives.tally["lives"]
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        seen = violation(seed, LIVES, STEPS)
    return Lives.tally["lives"] - before if seen else None


# --- The bugs: each a rule of ours as somebody in a hurry might write it --------------------------------------------


def forgiving(missing: Precondition) -> Bug:
    """The proof that is missing is asked for no more."""

    def facts(tonight: Tonight) -> list[Fact]:
        found = counted_facts(tonight)
        return [replace(fact, missing=tuple(m for m in fact.missing if m is not missing)) for fact in found]

    return lambda patch: patch.setattr(escalation, "counted_facts", facts)


def pause_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "paused_on", lambda case, day: None)


def seen_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Tonight, "counts_from", property(lambda tonight: tonight.window_from))


def threshold_of_one(patch: pytest.MonkeyPatch) -> None:
    """Each fact is counted twice."""
    patch.setattr(escalation, "days_of", lambda facts: [day for fact in facts for day in (fact.day, fact.day)])


def delay_ignored(patch: pytest.MonkeyPatch) -> None:
    def ends_at_once(tonight: Tonight, invitation: object, received_on: date) -> date:
        return received_on

    patch.setattr(escalation, "delay_ends", ends_at_once)


BUGS: dict[str, Bug] = {  # the first five are also looked for at the small size
    "an undelivered summons counts": forgiving(Precondition.NOTICE_UNDELIVERED),
    "an absence that nobody qualified counts": forgiving(Precondition.NOT_QUALIFIED),
    "a coming since is ignored": seen_ignored,
    "a pause is ignored": pause_ignored,
    "one absence is enough": threshold_of_one,
    "the notice period is ignored": forgiving(Precondition.NOTICE_SHORT),
    "no contract is needed": forgiving(Precondition.NO_CONTRACT),
    "the delay of the invitation is not waited for": delay_ignored,
}
