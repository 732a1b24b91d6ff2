"""What comes next for a person, in one word and a day: the column that tells nobody is forgotten."""

from collections.abc import Iterable
from datetime import date

from tracks.actions import Action, Ask, OpenReview
from tracks.calendar import add_months
from tracks.case import Case
from tracks.rules.follow_up import milestone_day, started_on
from tracks.tonight import Policies, Tonight


def next_step(
    case: Case, actions: Iterable[Action], placed_on: date | None, policies: Policies, on: date
) -> str | None:
    """The strongest of: a pause, a review, an appointment, a question, the next point of a follow-up; else None.

    `placed_on`: the local day of the appointment placed tonight, if one was.
    """
    return step_after(Tonight(case, policies, on), actions, placed_on)


def step_after(tonight: Tonight, actions: Iterable[Action], placed_on: date | None) -> str | None:
    """`next_step`, of a case already seen on its night."""
    case = tonight.case
    if case.paused_on(tonight.on):
        return "pause"
    if case.reviews or any(isinstance(action, OpenReview) for action in actions):
        return "review"
    days = [placed_on] if placed_on else [a.day for a in tonight.planned]
    if days:
        return f"appointment:{min(days).isoformat()}"
    asked = next((action.kind for action in actions if isinstance(action, Ask)), None)
    return f"question:{asked}" if asked else follow_up_step(tonight)


def follow_up_step(tonight: Tonight) -> str | None:
    """The next milestone of the months after a return to work, or their end."""
    policy = tonight.version.follow_up
    if policy is None:
        return None
    ahead = [day for m in policy.milestones if (day := milestone_day(tonight, m)) >= tonight.on]
    if ahead:
        return f"milestone:{min(ahead).isoformat()}"
    return f"end:{add_months(started_on(tonight), policy.months).isoformat()}"
