"""A8: nights that did not run, over a legal deadline too: nobody is escalated sooner, nor at all, because we were down.

Each history is lived twice with the same facts: by a Jalon that never stopped, and by one that was down for some days.
What people and partners did meanwhile is told when it is back, up to three days after its first night. Whether the
person comes depends on no message of ours.
"""

import copy
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from tests.campaigns.b6 import Bug, forgiving
from tests.campaigns.promise import Promise
from tests.tracks.building import CALENDAR, a_case, a_contract, an_absence, policies_of
from tests.tracks.life import Life, Parcel, Post
from tests.tracks.machine import compliance, is_against
from tests.tracks.recording import DAY, read_on
from tests.tracks.rights import about_absence, refusals
from tracks import keys
from tracks.actions import Action, AppointmentDue, Write
from tracks.case import Case
from tracks.rules import escalation, reminders
from tracks.tonight import NIGHT_HOUR
from tracks.vocabulary import AppointmentKind, AppointmentStatus, Precondition, Qualification, QuestionKind

HISTORIES, A_FEW = 10_000, 60
LASTS = 84  # days
EVERY = 12  # days between appointments, each booked at the one before
BEGINS = date(2026, 9, 1)
TRACKS = ("objectif_emploi", "objectif_emploi", "objectif_competences")
OUTCOMES = (*[AppointmentStatus.NOSHOW] * 9, AppointmentStatus.EXCUSED, AppointmentStatus.SEEN)
SAID = (*[Qualification.UNEXPLAINED] * 5, Qualification.INADMISSIBLE, Qualification.ADMISSIBLE)
POSTS = (*[Post.ARRIVES] * 8, Post.SILENT, Post.BOUNCES)


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """An appointment as it will turn out, the same in both lives. `said`: what the referent will call an absence."""

    booked_on: date
    day: date
    outcome: AppointmentStatus
    said: Qualification
    post: Post


class World:
    """What people, partners and the post do, whether we run or not."""

    def __init__(self, chosen: random.Random) -> None:
        self.track = chosen.choice(TRACKS)
        self.letter = chosen.choice(POSTS)
        self.told_after = chosen.randint(0, 3) * DAY  # once we are back
        self.referent_takes = chosen.randint(0, 4) * DAY
        days = [
            CALENDAR.next_working(BEGINS + (EVERY * n + chosen.randint(7, 10)) * DAY) for n in range(LASTS // EVERY)
        ]
        booked = [BEGINS, *days]
        self.meetings = {
            day: Meeting(
                booked_on=booked_on,
                day=day,
                outcome=chosen.choice(OUTCOMES),
                said=chosen.choice(SAID),
                post=chosen.choice(POSTS),
            )
            for booked_on, day in zip(booked, days, strict=False)
        }


class County(Life):
    """A life whose appointments are booked by people, so that both lives have the same ones."""

    def __init__(self, world: World) -> None:
        missed = an_absence(1, CALENDAR.next_working(BEGINS - 7 * DAY))
        contract = a_contract(signed_on=BEGINS - 60 * DAY, starts_on=BEGINS - 60 * DAY, ends_on=None)
        entered = BEGINS - 70 * DAY
        case = a_case(
            track=world.track,
            entered_on=entered,
            notified_on=entered,
            appointments=(missed,),
            contracts=(contract,),
            invitations=(),
        )
        super().__init__(case, policies_of(world.track), on=BEGINS)
        self.world = world

    def fork(self) -> "County":
        """Another life with the same past."""
        other = copy.copy(self)
        for name in ("waiting", "unheard", "registered", "too_late", "left"):
            setattr(other, name, copy.copy(getattr(self, name)))
        return other

    def decided(self) -> tuple[Action, ...]:
        return tuple(action for action in super().decided() if not isinstance(action, AppointmentDue))

    def leaves(self, parcel: Parcel) -> None:
        meeting = next((self.world.meetings[a.day] for a in self.case.appointments if a.id == parcel.appointment), None)
        self.post = self.world.letter if parcel.delay_days is not None else meeting.post if meeting else Post.ARRIVES
        super().leaves(parcel)

    def catch_up(self) -> None:
        """Everything that people have to tell us by today; on most days, what is new since yesterday."""
        known = {a.day for a in self.case.appointments}
        for meeting in self.world.meetings.values():
            if meeting.booked_on <= self.on and meeting.day not in known:
                if meeting.day > self.on:
                    self.book(meeting.day)
                else:
                    self.kept(meeting.day, kind=AppointmentKind.INDIVIDUAL, notice=None)
        for appointment in self.untold():
            self.change(appointment, status=self.world.meetings[appointment.day].outcome)
        for absence in self.missed([None]):
            asked_on = self.case.asked.get(keys.question(QuestionKind.QUALIFY, self.case.id, absence.id))
            if asked_on and asked_on + self.world.referent_takes <= self.on:
                self.change(absence, qualification=self.world.meetings[absence.day].said)

    def live(self, until: date, found: Counter[str], *, down_until: date = date.min) -> date | None:
        """Until that day or the first review, whose day is given; nothing of ours runs up to `down_until`."""
        told_after = self.world.told_after if down_until > date.min else 0 * DAY
        while self.on < until:
            if self.on > down_until:
                if self.on > down_until + told_after:
                    self.catch_up()
                before = self.case
                actions = self.night()
                found.update(faults(before, self, actions))
                if compliance(actions):
                    return self.on
            self.tomorrow()
        return None


def faults(before: Case, life: County, actions: tuple[Action, ...]) -> Iterator[str]:
    """What the night does with what is not proved, or writes when it is of no use any more."""
    version = policies_of(before.track).at(life.on)
    assert version.review is not None
    now = CALENDAR.local(life.on, NIGHT_HOUR)
    case = read_on(before, life.on)
    for action in actions:
        if is_against(action):
            facts = action.because.inputs["facts"]
            assert isinstance(facts, tuple)
            counted = [a for a in case.appointments if a.id in facts]
            if any(why for a in counted for why in about_absence(case, version, version.review, a)):
                yield "not proved"
        if isinstance(action, Write) and not action.too_late and action.useful_until <= now:
            yield "of no use"
    for review in compliance(actions):
        if refusals(case, version, life.on, review):
            yield "not proved"


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    histories = A_FEW if small else HISTORIES
    found = lived(seed, histories)
    wrong = sum(found[of] for of in WRONG)
    caught = {}
    for name, bug in BUGS.items():
        with pytest.MonkeyPatch.context() as patch:
            bug(patch)
            broken = lived(seed, A_FEW)
            caught[name] = sum(broken[of] for of in WRONG)
    said = "; ".join(f"{name}: {count}" for name, count in caught.items())
    return Promise(
        id="A8",
        promise="No night that did not run brings anybody nearer to a review, or sends what is of no use any more",
        figure=f"{histories} histories, down 1 to 30 days, {found['over a deadline']} over a legal deadline: "
        f"{found['twin']} reviews without it, {found['reviews']} with it, {found['later']} of them later, "
        f"{wrong} sooner, unproved or sent too late; {found['too late']} messages recorded as too late; "
        f"of {A_FEW} histories, seeded bugs seen ({said})",
        seed=seed,
        held=wrong == 0 < found["reviews"]
        and found["later"] > 0
        and found["over a deadline"] > 0
        and found["too late"] > 0,
        seeded_bug_caught=all(caught.values()),
    )


WRONG = ("sooner than the twin", "not proved", "of no use")


def lived(seed: int, histories: int) -> Counter[str]:
    chosen = random.Random(seed)
    found: Counter[str] = Counter()
    while found["compared"] < histories:
        going = County(World(chosen))
        first, days = BEGINS + chosen.randint(4, 48) * DAY, chosen.randint(1, 30)
        last, end = first + (days - 1) * DAY, BEGINS + LASTS * DAY
        if going.live(first, found):
            continue  # a review was open before the outage: nothing to compare
        found["compared"] += 1
        stopped, late = going.fork(), len(going.too_late)
        twin = going.live(end, found)
        review = stopped.live(end, found, down_until=last)
        ends = [i.received_on + (i.delay_days + 1) * DAY for i in going.case.invitations if i.received_on]
        found["over a deadline"] += any(first <= day <= last for day in ends)
        found["twin"] += twin is not None
        found["reviews"] += review is not None
        found["later"] += bool(review and twin and review > twin)
        found["sooner than the twin"] += review is not None and (twin is None or review < twin)
        found["too late"] += len(stopped.too_late) - late
    return found


# --- The bugs -------------------------------------------------------------------------------------------------------


def late_reminders_leave(patch: pytest.MonkeyPatch) -> None:
    """A reminder that nobody wrote in time is written like the others."""
    written = reminders.reminder
    patch.setattr(reminders, "reminder", lambda *told, late: replace(written(*told, late=late), too_late=False))


def letter_runs_from_its_writing(patch: pytest.MonkeyPatch) -> None:
    """The delay counts from the day the letter was sent, received or not."""
    patch.setattr(escalation, "delay_ends", lambda tonight, invitation, received_on: invitation.sent_on + 10 * DAY)


def unknown_outcomes_ignored(patch: pytest.MonkeyPatch) -> None:
    """The first night back does not wait to hear what happened meanwhile."""
    patch.setattr(escalation, "outcome_unknown", lambda tonight, proved: [])


BUGS: dict[str, Bug] = {
    "what nobody has told yet is not waited for": unknown_outcomes_ignored,
    "a summons that the outage made late counts": forgiving(Precondition.NOTICE_SHORT),
    "the delay runs from the sending": letter_runs_from_its_writing,
    "a reminder of no use any more leaves": late_reminders_leave,
}
