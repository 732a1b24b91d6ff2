"""One person's life without a store: the nights, the post, what people tell, the days on which nothing of ours ran.

Only facts with their dates are kept, as the store keeps them; the rules are asked by `night` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from tests.tracks.building import CALENDAR, an_invitation, at
from tests.tracks.recording import DAY, read_on, record
from tracks import keys
from tracks.actions import Action, AppointmentDue, Write
from tracks.case import Appointment, Case, Notice
from tracks.decide import decide
from tracks.tonight import NIGHT_HOUR, Policies
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    NoticeProof,
    Qualification,
    Template,
)

POSTED_FOR = 2 * DAY  # a registered letter, from the post to the person


class Post(StrEnum):
    """What becomes of what leaves."""

    ARRIVES = "arrives"
    SILENT = "silent"
    BOUNCES = "bounces"


PROOFS = {Post.ARRIVES: NoticeProof.DELIVERED, Post.SILENT: NoticeProof.NONE, Post.BOUNCES: NoticeProof.FAILED}


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A message written and not gone. `appointment`: the one that it announces, at the hour of its key."""

    key: str
    channel: Channel
    last_day: date
    appointment: int | None = None
    delay_days: int | None = None


class Life:
    def __init__(self, case: Case, policies: Policies, *, on: date) -> None:
        self.case, self.policies, self.on = case, policies, on
        self.post = Post.ARRIVES
        self.waiting: list[Parcel] = []
        self.unheard: list[Parcel] = []
        self.registered: dict[int, date] = {}  # invitation → the day of its receipt
        self.too_late: list[str] = []
        self.left: dict[str, date] = {}

    # --- Our machine ------------------------------------------------------------------------------------------------

    def decided(self) -> tuple[Action, ...]:
        """What the night of today says; nothing is kept of it."""
        return decide(read_on(self.case, self.on), self.policies, self.on)

    def night(self) -> tuple[Action, ...]:
        """The night of today and the sending of its morning; nothing for a case that is closed."""
        if self.closed:
            return ()
        self.case = read_on(self.case, self.on)
        actions = self.decided()
        known = {a.id for a in self.case.appointments}
        self.case = record(self.case, actions, self.on)
        self.waiting += [parcel_of(action) for action in actions if isinstance(action, Write) and not action.too_late]
        self.too_late += [action.key for action in actions if isinstance(action, Write) and action.too_late]
        channel = next((action.channel for action in actions if isinstance(action, AppointmentDue)), Channel.LETTER)
        for appointment in self.case.appointments:
            if appointment.id not in known:
                self.waiting.append(summons_of(appointment, channel))
        self.send()
        return actions

    @property
    def closed(self) -> bool:
        return self.case.left_on is not None and self.case.left_on <= self.on

    def send(self) -> None:
        """Everything that waits leaves, but what came too late: it is lost, and known to be."""
        if not CALENDAR.may_be_written_to(self.on):
            return
        for parcel in self.waiting:
            if self.on > parcel.last_day:
                self.too_late.append(parcel.key)
                self.case = replace(self.case, lost=self.case.lost | {parcel.key})
            else:
                self.left[parcel.key] = self.on
                self.leaves(parcel)
        self.waiting = []

    def leaves(self, parcel: Parcel) -> None:
        if parcel.delay_days is not None:
            number = len(self.case.invitations) + 1
            letter = an_invitation(id=number, sent_on=self.on, received_on=None, delay_days=parcel.delay_days)
            self.case = replace(self.case, invitations=(*self.case.invitations, letter))
            if self.post is Post.ARRIVES:
                self.registered[number] = self.on + POSTED_FOR
            return
        self.heard(parcel, self.post)
        if self.post is Post.SILENT:
            self.unheard.append(parcel)

    def heard(self, parcel: Parcel, fate: Post) -> None:
        """What the channel says of it; a letter handed to the post is posted, and no more is known."""
        proof = PROOFS[fate]
        if parcel.channel is Channel.LETTER and fate is not Post.BOUNCES:
            proof = NoticeProof.POSTED
        if fate is Post.BOUNCES:
            self.case = replace(self.case, lost=self.case.lost | {parcel.key})
        for a in self.case.appointments:
            if a.id == parcel.appointment and keys.convocation(a.id, a.starts_at) == parcel.key:
                self.change(a, notice=Notice(sent_on=self.left[parcel.key], channel=parcel.channel, proof=proof))

    def receipts(self, fate: Post) -> None:
        """The channel speaks of all that it had said nothing of; the post gives back its registered letters."""
        for parcel in self.unheard:
            self.heard(parcel, fate)
        self.unheard = []
        if fate is Post.ARRIVES:
            for letter in self.case.invitations:
                if letter.received_on is None:
                    self.registered.setdefault(letter.id, self.on)

    # --- Time -------------------------------------------------------------------------------------------------------

    def tomorrow(self) -> None:
        """The next day begins; the registered letters of that day are signed for."""
        self.on += DAY
        due = {number: day for number, day in self.registered.items() if day <= self.on}
        if due:
            received = (replace(i, received_on=i.received_on or due.get(i.id)) for i in self.case.invitations)
            self.case = replace(self.case, invitations=tuple(received))

    # --- People -----------------------------------------------------------------------------------------------------

    def change(self, appointment: Appointment, **values: object) -> None:
        changed = (replace(a, **values) if a.id == appointment.id else a for a in self.case.appointments)  # type: ignore[arg-type]
        found = tuple(sorted(changed, key=lambda a: (a.starts_at, a.id)))
        self.case = replace(self.case, appointments=found)

    def planned(self) -> list[Appointment]:
        now = CALENDAR.local(self.on, NIGHT_HOUR)
        return [a for a in self.case.appointments if a.status is AppointmentStatus.PLANNED and a.starts_at > now]

    def untold(self) -> list[Appointment]:
        """Those of the past of which nobody has said what happened."""
        open_ = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN)
        return [a for a in self.case.appointments if a.status in open_ and a.day < self.on]

    def missed(self, qualifications: Iterable[Qualification | None]) -> list[Appointment]:
        wanted = tuple(qualifications)
        noshow = AppointmentStatus.NOSHOW
        return [a for a in self.case.appointments if a.status is noshow and a.qualification in wanted]

    def book(self, day: date, *, kind: AppointmentKind = AppointmentKind.INDIVIDUAL) -> None:
        """By a person, at the desk; its summons waits for the next sending."""
        if self.case.channels:
            new = self.kept(day, kind=kind, notice=None)
            parcel = summons_of(new, self.case.channels[0])
            self.case = replace(self.case, sent={**self.case.sent, parcel.key: self.on})
            self.waiting.append(parcel)

    def kept(self, day: date, *, kind: AppointmentKind, notice: Notice | None) -> Appointment:
        number = 1 + sum(a.id < 1000 for a in self.case.appointments)
        new = Appointment(
            id=number,
            kind=kind,
            starts_at=at(day, 8 + number % 9),
            day=day,
            status=AppointmentStatus.PLANNED,
            notice=notice,
            known_on=self.on,
        )
        found = sorted((*self.case.appointments, new), key=lambda a: (a.starts_at, a.id))
        self.case = replace(self.case, appointments=tuple(found))
        return new

    def move(self, appointment: Appointment, day: date) -> None:
        """To another day; the person is told anew, and what told them of the first day proves nothing more."""
        starts_at = at(day, 8 + appointment.id % 9)
        self.change(appointment, day=day, starts_at=starts_at, notice=None, known_on=self.on)
        parcel = summons_of(replace(appointment, day=day, starts_at=starts_at), self.case.channels[0])
        if parcel.key not in self.case.sent:
            self.case = replace(self.case, sent={**self.case.sent, parcel.key: self.on})
            self.waiting.append(parcel)


def parcel_of(write: Write) -> Parcel:
    delay = write.details.get("delay_days")
    return Parcel(
        key=write.key,
        channel=write.channel,
        last_day=CALENDAR.day_of(write.useful_until),
        appointment=write.appointment_id if write.template is Template.CONVOCATION else None,
        delay_days=delay if isinstance(delay, int) else None,
    )


def summons_of(appointment: Appointment, channel: Channel) -> Parcel:
    return Parcel(
        key=keys.convocation(appointment.id, appointment.starts_at),
        channel=channel,
        last_day=appointment.day - DAY,
        appointment=appointment.id,
    )
