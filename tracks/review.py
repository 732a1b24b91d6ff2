"""The review procedure (R8) as one table: which step leads from where to where, who may make it, what it requires.

Pure. The machine makes one step, `open`; every other one is a named person's. An adverse decision is one row of the
table, with every condition that the person's defence wants.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tracks.vocabulary import OUTCOMES, Outcome, ReviewKind, ReviewStatus


class Role(StrEnum):
    MACHINE = "machine"
    REFERENT = "referent"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    DECIDER = "decider"


class Step(StrEnum):
    """What somebody does to a review. The first group moves it, the second records a fact and leaves it where it is."""

    OPEN = "open"
    SUBMIT = "submit"
    EXAMINE = "examine"
    NOTIFY = "notify"
    PANEL = "panel"
    RECALL = "recall"
    DECIDE = "decide"
    NOTIFIED = "notified"
    APPEAL = "appeal"
    CLOSE = "close"
    WITHDRAW = "withdraw"

    RECEIPT = "receipt"
    WROTE = "wrote"
    ASKED_HEARING = "asked_hearing"
    ASKED_FILE = "asked_file"
    ASSISTED = "assisted"
    ANSWERED = "answered"
    HEARD = "heard"
    FILE_GIVEN = "file_given"
    COMPLIED = "complied"
    READ_SIGNS = "read_signs"
    CRITERIA = "criteria"
    TOLD = "told"
    OPINION = "opinion"
    APPEAL_ANSWERED = "appeal_answered"


class Need(StrEnum):
    """A condition of a step, by its name; `tracks.standing` says whether it is met, and what to do when it is not."""

    FACTS_HOLD = "facts_hold"
    UNDER_DUTIES = "under_duties"
    OUR_CIRCUIT = "our_circuit"
    NOT_SUSPENDED = "not_suspended"
    SIGNS_READ = "signs_read"
    REPRESENTATIVE_SERVED = "representative_served"
    RECEIPT_PROVED = "receipt_proved"
    DELAY_OVER = "delay_over"
    REPLIES_HANDLED = "replies_handled"
    OPTIONAL_PANEL = "optional_panel"
    ON_AGENDA = "on_agenda"
    SESSION_HELD = "session_held"
    QUORUM = "quorum"
    TOLD_OF_SESSION = "told_of_session"
    OPINION_GIVEN = "opinion_given"
    CRITERIA_EXAMINED = "criteria_examined"
    NOT_GRAVER = "not_graver"
    NOTHING_TO_NOTIFY = "nothing_to_notify"
    APPEAL_OVER = "appeal_over"
    APPEAL_ENDED = "appeal_ended"


class Kind(StrEnum):
    """Of a decision: what it does to the person."""

    FAVOURABLE = "favourable"
    ADVERSE = "adverse"


ADVERSE = (Outcome.WARNING, Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM)
OPEN_STATUSES = (
    ReviewStatus.DRAFT,
    ReviewStatus.SUBMITTED_BY_REFERENT,
    ReviewStatus.UNDER_REVIEW,
    ReviewStatus.OBSERVATIONS_OPEN,
    ReviewStatus.EP_PENDING,
)
ENDED_STATUSES = (ReviewStatus.DECIDED, ReviewStatus.NOTIFIED, ReviewStatus.APPEAL_OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `sources` empty: the review does not exist yet. `target` None: it stays where it is."""

    step: Step
    sources: tuple[ReviewStatus, ...]
    target: ReviewStatus | None
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    decision: Kind | None = None


STAFF = (Role.REFERENT, Role.COORDINATOR, Role.REVIEWER, Role.DECIDER)
INSTRUCTORS = (Role.COORDINATOR, Role.REVIEWER, Role.DECIDER)
OURS = (Need.UNDER_DUTIES, Need.OUR_CIRCUIT, Need.NOT_SUSPENDED)
HEARD_FIRST = (Need.RECEIPT_PROVED, Need.DELAY_OVER, Need.REPLIES_HANDLED)
AFTER_NOTICE = (ReviewStatus.OBSERVATIONS_OPEN, ReviewStatus.EP_PENDING)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(step=Step.OPEN, sources=(), target=ReviewStatus.DRAFT, roles=(Role.MACHINE,)),
    Transition(
        step=Step.SUBMIT,
        sources=(ReviewStatus.DRAFT,),
        target=ReviewStatus.SUBMITTED_BY_REFERENT,
        roles=STAFF,
        needs=(Need.FACTS_HOLD,),
    ),
    Transition(
        step=Step.EXAMINE,
        sources=(ReviewStatus.SUBMITTED_BY_REFERENT,),
        target=ReviewStatus.UNDER_REVIEW,
        roles=INSTRUCTORS,
        needs=(Need.FACTS_HOLD,),
    ),
    # Again, from further on: a graver measure, or a corrected notice, gives a whole new delay (E20).
    Transition(
        step=Step.NOTIFY,
        sources=(ReviewStatus.UNDER_REVIEW, *AFTER_NOTICE),
        target=ReviewStatus.OBSERVATIONS_OPEN,
        roles=INSTRUCTORS,
        needs=(Need.FACTS_HOLD, *OURS, Need.SIGNS_READ, Need.REPRESENTATIVE_SERVED),
    ),
    Transition(
        step=Step.PANEL,
        sources=AFTER_NOTICE,  # again, where a session had no quorum or the person was told too late
        target=ReviewStatus.EP_PENDING,
        roles=INSTRUCTORS,
        needs=(Need.FACTS_HOLD, *HEARD_FIRST, Need.SIGNS_READ),
    ),
    Transition(
        step=Step.RECALL,
        sources=(ReviewStatus.EP_PENDING,),
        target=ReviewStatus.OBSERVATIONS_OPEN,
        roles=INSTRUCTORS,
        needs=(Need.OPTIONAL_PANEL,),
    ),
    Transition(
        step=Step.DECIDE,
        sources=OPEN_STATUSES,
        target=ReviewStatus.DECIDED,
        roles=STAFF,
        decision=Kind.FAVOURABLE,
    ),
    Transition(
        step=Step.DECIDE,
        sources=AFTER_NOTICE,
        target=ReviewStatus.DECIDED,
        roles=(Role.DECIDER,),
        needs=(
            Need.FACTS_HOLD,
            *OURS,
            *HEARD_FIRST,
            Need.SIGNS_READ,
            Need.OPINION_GIVEN,
            Need.CRITERIA_EXAMINED,
            Need.NOT_GRAVER,
        ),
        decision=Kind.ADVERSE,
    ),
    # Before a decision the procedure is dropped, « sans suite »; after it, it is withdrawn (CRPA L.243-4).
    Transition(
        step=Step.WITHDRAW,
        sources=OPEN_STATUSES,
        target=ReviewStatus.CLOSED,
        roles=STAFF,
        decision=Kind.FAVOURABLE,
    ),
    Transition(step=Step.WITHDRAW, sources=ENDED_STATUSES, target=ReviewStatus.CLOSED, roles=(Role.DECIDER,)),
    Transition(step=Step.NOTIFIED, sources=(ReviewStatus.DECIDED,), target=ReviewStatus.NOTIFIED, roles=INSTRUCTORS),
    Transition(step=Step.APPEAL, sources=(ReviewStatus.NOTIFIED,), target=ReviewStatus.APPEAL_OPEN, roles=INSTRUCTORS),
    Transition(
        step=Step.CLOSE,
        sources=(ReviewStatus.DECIDED,),
        target=ReviewStatus.CLOSED,
        roles=INSTRUCTORS,
        needs=(Need.NOTHING_TO_NOTIFY,),
    ),
    Transition(
        step=Step.CLOSE,
        sources=(ReviewStatus.NOTIFIED,),
        target=ReviewStatus.CLOSED,
        roles=INSTRUCTORS,
        needs=(Need.APPEAL_OVER,),
    ),
    Transition(
        step=Step.CLOSE,
        sources=(ReviewStatus.APPEAL_OPEN,),
        target=ReviewStatus.CLOSED,
        roles=INSTRUCTORS,
        needs=(Need.APPEAL_ENDED,),
    ),
    # Facts: they move nothing by themselves, and the person's are taken in whatever the state of the review.
    *(
        Transition(step=step, sources=AFTER_NOTICE, target=None, roles=STAFF)
        for step in (Step.RECEIPT, Step.ANSWERED, Step.HEARD)
    ),
    *(
        Transition(step=step, sources=(*OPEN_STATUSES, *ENDED_STATUSES), target=None, roles=STAFF)
        for step in (
            Step.WROTE,
            Step.ASKED_HEARING,
            Step.ASKED_FILE,
            Step.ASSISTED,
            Step.FILE_GIVEN,
            Step.COMPLIED,
            Step.READ_SIGNS,
        )
    ),
    *(
        Transition(step=step, sources=AFTER_NOTICE, target=None, roles=INSTRUCTORS)
        for step in (Step.CRITERIA, Step.TOLD)
    ),
    Transition(
        step=Step.OPINION,
        sources=(ReviewStatus.EP_PENDING,),
        target=None,
        roles=INSTRUCTORS,
        needs=(Need.ON_AGENDA, Need.SESSION_HELD, Need.QUORUM, Need.TOLD_OF_SESSION, Need.REPLIES_HANDLED),
    ),
    Transition(step=Step.APPEAL_ANSWERED, sources=(ReviewStatus.APPEAL_OPEN,), target=None, roles=(Role.DECIDER,)),
)


def kind_of(outcome: Outcome | None) -> Kind | None:
    """None where the step decides nothing."""
    if outcome is None:
        return None
    return Kind.ADVERSE if outcome in ADVERSE else Kind.FAVOURABLE


def rows(step: Step, *, outcome: Outcome | None = None) -> tuple[Transition, ...]:
    """The rows of a step, one for each group of states that it may leave from."""
    kind = kind_of(outcome)
    return tuple(t for t in TRANSITIONS if t.step is step and (kind is None or t.decision in (None, kind)))


def row_from(step: Step, status: ReviewStatus | None, *, outcome: Outcome | None = None) -> Transition | None:
    """The row that a step takes from `status`; None where the table has none: the step is then impossible."""
    return next(
        (t for t in rows(step, outcome=outcome) if (status in t.sources if status else not t.sources)),
        None,
    )


def sources_of(step: Step, *, outcome: Outcome | None = None) -> tuple[ReviewStatus, ...]:
    return tuple(dict.fromkeys(status for t in rows(step, outcome=outcome) for status in t.sources))


def outcomes_of(found: Iterable[Transition]) -> tuple[Outcome, ...]:
    """What a set of rows may decide."""
    kinds = {t.decision for t in found}
    return tuple(outcome for outcome in OUTCOMES[ReviewKind.COMPLIANCE] if kind_of(outcome) in kinds)
