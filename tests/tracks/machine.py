"""A person's life in random order, as a Hypothesis state machine; every night is read again from `domain.md`.

Nothing of the rules is asked but their actions: what forbids them is `rights.py` and the sentences of `violations`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.tracks.building import a_case, a_contract, policies_of
from tests.tracks.life import Life, Post
from tests.tracks.recording import DAY
from tests.tracks.rights import COUNTED, about_absence, refusals
from tracks.actions import Action, AppointmentDue, Ask, CloseCase, OpenCheck, OpenReview, Write
from tracks.case import Appointment, Breach, Case, Notice, Pause, Signal
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    NoticeProof,
    Qualification,
    QuestionKind,
    ReviewKind,
    SignalKind,
    SignalSource,
    Template,
)

TRACKS = ("objectif_emploi", "objectif_emploi", "objectif_competences", "objectif_remobilisation", "suivi_emploi")
CHANNELS = ((Channel.EMAIL, Channel.LETTER), (Channel.SMS, Channel.LETTER), (Channel.LETTER,), (Channel.SMS,), ())
QUALIFIED = (*[Qualification.UNEXPLAINED] * 5, Qualification.INADMISSIBLE, Qualification.ADMISSIBLE, None)
POSTS = st.sampled_from((*[Post.ARRIVES] * 5, Post.SILENT, Post.BOUNCES))
CIRCUITS = (*[Circuit.DEPARTEMENT] * 4, Circuit.FRANCE_TRAVAIL)
WHY = (Qualification.UNEXPLAINED, Qualification.INADMISSIBLE, None)
OUTCOMES = (None, *[AppointmentStatus.NOSHOW] * 3, AppointmentStatus.EXCUSED, AppointmentStatus.SEEN)
KINDS = st.sampled_from((*[AppointmentKind.INDIVIDUAL] * 3, AppointmentKind.COLLECTIVE))
ALL_CLAUSES = frozenset(Clause)
BEGINS = date(2026, 3, 2)


def some(condition: Callable[[Life], Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The rule applies to an open case of which `condition` says that there is something to do it with."""
    decorate: Callable[[Callable[..., None]], Callable[..., None]] = precondition(
        lambda machine: not machine.life.closed and bool(condition(machine.life))
    )
    return decorate


class Lives(RuleBasedStateMachine):
    """`tally` counts what the runs came across: a machine that never met a review would prove nothing."""

    tally: ClassVar[Counter[str]] = Counter()
    life: Life

    @initialize(
        track=st.sampled_from(TRACKS),
        channels=st.sampled_from((*[CHANNELS[0]] * 5, *CHANNELS)),
        under_duties=st.sampled_from((*[True] * 9, False)),
        signed=st.sampled_from((True, True, False)),
    )
    def enrol(self, track: str, channels: tuple[Channel, ...], under_duties: bool, signed: bool) -> None:
        self.follow(track, channels, under_duties, signed, on=BEGINS)

    def follow(self, track: str, channels: tuple[Channel, ...], under_duties: bool, signed: bool, *, on: date) -> None:
        orientation = on - 12 * DAY
        contract = a_contract(signed_on=orientation + 4 * DAY, starts_on=orientation + 4 * DAY, ends_on=None)
        case = a_case(
            track=track,
            entered_on=orientation,
            notified_on=orientation,
            activity_started_on=orientation if track == "suivi_emploi" else None,
            channels=channels,
            under_duties=under_duties,
            appointments=(),
            invitations=(),
            contracts=(contract,) if signed else (),
        )
        self.life = Life(case, policies_of(track), on=on)
        self.written: set[object] = set()
        self.tally["lives"] += 1

    @precondition(lambda machine: machine.life.closed)
    @rule()
    def relapse(self) -> None:
        """A case that is closed stays as it is, whatever nights come; the person begins anew."""
        for _ in range(3):
            self.life.tomorrow()
            assert self.life.night() == ()
        self.follow("objectif_emploi", CHANNELS[0], True, True, on=self.life.on)

    # --- The clock, and what stops it -------------------------------------------------------------------------------

    @some(lambda life: True)
    @rule(days=st.integers(1, 28), post=POSTS, outcome=st.sampled_from(OUTCOMES), why=st.sampled_from(WHY))
    def clock(self, days: int, post: Post, outcome: AppointmentStatus | None, why: Qualification | None) -> None:
        """Night after night; the outcome of each appointment is told the day after, or by nobody."""
        self.life.post = post
        for _ in range(days):
            self.life.tomorrow()
            while outcome and self.life.untold():
                self.told(outcome, why if outcome is AppointmentStatus.NOSHOW else None)
            self.night()

    @some(lambda life: life.case.appointments)
    @rule(days=st.integers(20, 40), why=st.sampled_from(WHY))
    def never_comes(self, days: int, why: Qualification | None) -> None:
        self.clock(days=days, post=Post.ARRIVES, outcome=AppointmentStatus.NOSHOW, why=why)

    @some(lambda life: True)
    @rule(days=st.integers(1, 25))
    def outage(self, days: int) -> None:
        """Nothing of ours runs: no night, no message; the days pass, the post and the people go on."""
        for _ in range(days):
            self.life.tomorrow()
        self.night()

    @some(lambda life: True)
    @rule()
    def crash(self) -> None:
        """The night dies before anything is kept; the next one finds the same things to do."""
        first = self.life.decided()
        assert first == self.life.decided()
        self.night()

    # --- Appointments -----------------------------------------------------------------------------------------------

    @some(lambda life: len(life.planned()) < 2)
    @rule(days=st.integers(2, 20), kind=KINDS)
    def plan(self, days: int, kind: AppointmentKind) -> None:
        self.life.book(self.life.on + days * DAY, kind=kind)

    @some(lambda life: len(life.planned()) < 2)
    @rule(days=st.integers(1, 12), told=st.integers(0, 3), proof=st.sampled_from(NoticeProof), kind=KINDS)
    def import_(self, days: int, told: int, proof: NoticeProof, kind: AppointmentKind) -> None:
        """An appointment of another tool, with what that tool says of its summons; the same file twice is one."""
        notice = Notice(sent_on=self.life.on - told * DAY, channel=Channel.EMAIL, proof=proof)
        self.life.kept(self.life.on + days * DAY, kind=kind, notice=notice)

    @some(lambda life: life.untold())
    @rule()
    def attend(self) -> None:
        self.told(AppointmentStatus.SEEN)

    @some(lambda life: life.untold())
    @rule(qualification=st.sampled_from(QUALIFIED))
    def miss(self, qualification: Qualification | None) -> None:
        self.told(AppointmentStatus.NOSHOW, qualification)

    @some(lambda life: life.untold())
    @rule(qualification=st.sampled_from(COUNTED))
    def miss_again(self, qualification: Qualification) -> None:
        self.told(AppointmentStatus.NOSHOW, qualification)

    def told(self, status: AppointmentStatus, qualification: Qualification | None = None) -> None:
        circuit = self.life.case.circuit
        self.life.change(self.life.untold()[0], status=status, qualification=qualification, circuit=circuit)

    @some(lambda life: life.missed([None]))
    @rule(qualification=st.sampled_from(COUNTED))
    def qualify(self, qualification: Qualification) -> None:
        self.life.change(self.life.missed([None])[0], qualification=qualification)

    @some(lambda life: life.missed([None, *COUNTED]))
    @rule(last=st.booleans())
    def excuse(self, last: bool) -> None:
        """Accepted after the event: the absence is one no more."""
        self.life.change(self.life.missed([None, *COUNTED])[-1 if last else 0], qualification=Qualification.ADMISSIBLE)

    @some(lambda life: life.planned())
    @rule(status=st.sampled_from((AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)))
    def call_off(self, status: AppointmentStatus) -> None:
        self.life.change(self.life.planned()[0], status=status)

    @some(lambda life: life.planned() and life.case.channels)
    @rule(days=st.integers(1, 8))
    def move(self, days: int) -> None:
        self.life.move(self.life.planned()[0], self.life.on + days * DAY)

    # --- Messages ---------------------------------------------------------------------------------------------------

    @some(lambda life: life.unheard or any(not i.received_on for i in life.case.invitations))
    @rule()
    def deliver(self) -> None:
        self.life.receipts(Post.ARRIVES)

    @some(lambda life: life.unheard)
    @rule()
    def bounce(self) -> None:
        self.life.receipts(Post.BOUNCES)

    @some(lambda life: True)
    @rule(kind=st.sampled_from(SignalKind))
    def answer(self, kind: SignalKind) -> None:
        case = self.life.case
        signal = Signal(id=len(case.signals) + 1, on=self.life.on, source=SignalSource.PERSON, kind=kind)
        self.life.case = replace(case, signals=(*case.signals, signal))

    @some(lambda life: life.case.asked.keys() - life.case.answered)
    @rule()
    def referent_answers(self) -> None:
        case = self.life.case
        self.life.case = replace(case, answered=case.answered | case.asked.keys())

    # --- The person's situation -------------------------------------------------------------------------------------

    @some(lambda life: not life.case.contracts)
    @rule()
    def sign(self) -> None:
        contract = a_contract(id=1, signed_on=self.life.on, starts_on=self.life.on, ends_on=None)
        self.life.case = replace(self.life.case, contracts=(contract,))

    @some(lambda life: life.case.contracts)
    @rule(clauses=st.sampled_from((ALL_CLAUSES, frozenset({Clause.INDIVIDUAL}), frozenset({Clause.ACTIONS}))))
    def revise(self, clauses: frozenset[Clause]) -> None:
        case, on = self.life.case, self.life.on
        if case.contracts[-1].signed_on < on:
            last = replace(case.contracts[-1], held_until=on - DAY)
            new = a_contract(id=len(case.contracts) + 1, signed_on=on, starts_on=on, ends_on=None, clauses=clauses)
            self.life.case = replace(case, contracts=(*case.contracts[:-1], last, new))

    @some(lambda life: not life.case.paused_on(life.on))
    @rule(days=st.integers(1, 8))
    def pause(self, days: int) -> None:
        pause = Pause(first_day=self.life.on, last_day=self.life.on + days * DAY)
        self.life.case = replace(self.life.case, pauses=(*self.life.case.pauses, pause))

    @some(lambda life: True)
    @rule(circuit=st.sampled_from(CIRCUITS), enabled=st.sampled_from((*[True] * 5, False)))
    def other_rules(self, circuit: Circuit, enabled: bool) -> None:
        """Another circuit, or the county's own switch (R25)."""
        self.life.case = replace(self.life.case, circuit=circuit)
        self.life.policies = replace(self.life.policies, escalation_enabled=enabled)

    @some(lambda life: life.case.contracts)
    @rule(qualification=st.sampled_from(COUNTED), clause=st.sampled_from(Clause))
    def breach(self, qualification: Qualification, clause: Clause) -> None:
        case = self.life.case
        new = Breach(id=500 + len(case.breaches), clause=clause, on=self.life.on, qualification=qualification)
        self.life.case = replace(case, breaches=(*case.breaches, new))

    @some(lambda life: life.case.reviews)
    @rule()
    def review_decided(self) -> None:
        self.life.case = replace(self.life.case, reviews=(), last_review_decided_on=self.life.on)

    # --- What is read again every night ------------------------------------------------------------------------------

    def night(self) -> None:
        if self.life.closed:
            return
        before, on = self.life.case, self.life.on
        actions = self.life.night()
        read = self.life.case  # its past `planned` read `unknown`
        seen = replace(before, appointments=tuple(a for a in read.appointments if a.known_on < on or known(before, a)))
        found = list(violations(seen, self.life, actions, on))
        for action in actions:
            if isinstance(action, Write):
                found += ["R17: written twice"] if said(seen, action) in self.written else []
                self.written.add(said(seen, action))
                self.tally["messages"] += 1
        self.tally["nights"] += 1
        self.tally["steps against"] += sum(is_against(action) for action in actions)
        self.tally["reviews"] += len(compliance(actions))
        assert not found, (on, found)


def known(case: Case, appointment: Appointment) -> bool:
    return any(a.id == appointment.id for a in case.appointments)


def said(case: Case, write: Write) -> object:
    """What a message is, but its key: a person is told one thing of one hour of one appointment once."""
    hours = [a.starts_at for a in case.appointments if a.id == write.appointment_id]
    once = write.template in (Template.CONVOCATION, Template.REMINDER, Template.REASON_REQUEST)
    return (write.template, write.appointment_id, *hours, write.details.get("days_before")) if once else write.key


def compliance(actions: tuple[Action, ...]) -> list[OpenReview]:
    return [a for a in actions if isinstance(a, OpenReview) and a.kind is ReviewKind.COMPLIANCE]


def is_against(action: Action) -> bool:
    """All that absences lead to once they are held against the person."""
    match action:
        case OpenReview(kind=kind):
            return kind is ReviewKind.COMPLIANCE
        case Ask(kind=kind):
            return kind in (QuestionKind.CALL, QuestionKind.VISIT)
        case Write(template=template):
            return template is Template.INVITATION_TO_REGULARISE
        case _:
            return False


def violations(case: Case, life: Life, actions: tuple[Action, ...], on: date) -> Iterator[str]:
    """What `domain.md` forbids of what the night of `on` does with `case`, as it was before that night."""
    version = policies_of(case.track).at(on)
    touched = [a for a in actions if isinstance(a, AppointmentDue | Write | Ask | OpenReview | OpenCheck | CloseCase)]
    if touched and any(pause.covers(on) for pause in case.pauses):
        yield "R6.10: something is done for a person in pause"
    if any(isinstance(a, CloseCase) for a in actions) and any(is_against(a) for a in actions):
        yield "R14: a case that closes is held against the person"
    for action in actions:
        if actions.count(action) > 1:
            yield "the same thing twice in one night"
        match action:
            case Write(key=key) if key in case.sent:
                yield "R17: a key written twice"
            case Write(channel=channel) if channel not in case.channels:
                yield "R17: a channel that does not reach the person"
            case Write(too_late=False, useful_until=until) if until.date() < on:
                yield "R17: written when it is of no use any more"
            case Ask(key=key) if key in case.answered:
                yield "asked again of somebody who has answered"
        if is_against(action):
            yield from about_step(case, life, action, on)
    for review in compliance(actions):
        yield from refusals(case, version, on, review)


def about_step(case: Case, life: Life, action: Action, on: date) -> Iterator[str]:
    """What forbids each step of the ladder, the review included."""
    version = policies_of(case.track).at(on)
    if version.review is None:
        yield "R14: a step against somebody who went back to work"
        return
    if not life.policies.escalation_enabled:
        yield "R25: the county had suspended every procedure"
    if not case.under_duties:
        yield "R6.2: not under rights and duties"
    facts = action.because.inputs["facts"]
    assert isinstance(facts, tuple)
    days = action.because.inputs["days"]
    assert isinstance(days, tuple)
    if len(set(days)) < version.review.absences:
        yield "R6.6: fewer days than the threshold"
    last_seen = max(
        (a.day for a in case.appointments if a.status is AppointmentStatus.SEEN and a.day < on), default=None
    )
    if last_seen and any(isinstance(day, date) and day <= last_seen for day in days):
        yield "R6.5: seen since"
    for absence in case.appointments:
        if absence.id in facts and absence.day in days:
            if absence.circuit is Circuit.FRANCE_TRAVAIL:
                yield "R6.11: the other circuit that day"
            yield from about_absence(case, version, version.review, absence)
