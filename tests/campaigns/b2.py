"""B2: of 10,000 random histories, no step against a person counts an absence whose summons was not proved in time."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tests.campaigns.promise import Promise
from tests.tracks.building import MONDAY, a_case, an_appointment, an_invitation, policies_of
from tests.tracks.rights import about_absence
from tracks.actions import Action, Ask, OpenReview, Write
from tracks.case import Appointment, Case, Notice
from tracks.decide import decide
from tracks.vocabulary import (
    AppointmentStatus,
    Channel,
    NoticeProof,
    Qualification,
    QuestionKind,
    ReviewKind,
    Template,
)

HISTORIES = 10_000
A_FEW = 1_000
TRACKS = ("objectif_emploi", "objectif_competences", "objectif_remobilisation")
QUALIFIED = (Qualification.UNEXPLAINED, Qualification.INADMISSIBLE, Qualification.ADMISSIBLE, None)
SURE = Notice(sent_on=date(2026, 1, 1), channel=Channel.EMAIL, proof=NoticeProof.DELIVERED)


def prove(folder: Path, *, seed: int, small: bool = False) -> Promise:
    chosen = random.Random(seed)
    histories = [a_history(chosen) for _ in range(A_FEW if small else HISTORIES)]
    steps, wrong = counted(histories, histories)
    _, wrong_of_bug = counted(histories, [trusting(case) for case in histories])
    return Promise(
        id="B2",
        promise="No call, letter or review counts an absence whose summons failed, is unknown, late or missing",
        figure=f"{len(histories)} random histories, {steps} steps against a person, {wrong} count such an absence; "
        f"{wrong_of_bug} when the rules take every summons for proved",
        seed=seed,
        held=wrong == 0 < steps,
        seeded_bug_caught=wrong_of_bug > 0,
    )


def a_history(chosen: random.Random) -> Case:
    """Three to six appointments of the last six months, whatever became of each, its summons and its absence."""
    days = sorted(MONDAY - timedelta(days=chosen.randint(20, 170)) for _ in range(chosen.randint(3, 6)))
    past = [an_event(chosen, number, day) for number, day in enumerate(days, start=1)]
    coming = an_appointment(90, MONDAY + timedelta(days=4), "planned")
    invited = chosen.random() < 0.5
    letter = an_invitation(sent_on=MONDAY - timedelta(days=19), received_on=MONDAY - timedelta(days=18))
    return a_case(
        track=chosen.choice(TRACKS),
        appointments=(*past, coming),
        invitations=(letter,) if invited else (),
    )


def an_event(chosen: random.Random, number: int, day: date) -> Appointment:
    statuses = (AppointmentStatus.NOSHOW,) * 12 + (AppointmentStatus.SEEN, AppointmentStatus.EXCUSED)
    status = chosen.choice(statuses)
    missed = status is AppointmentStatus.NOSHOW
    qualification = chosen.choices(QUALIFIED, weights=(6, 4, 1, 1))[0] if missed else None
    return replace(an_appointment(number, day, status.value), qualification=qualification, notice=a_notice(chosen, day))


def a_notice(chosen: random.Random, day: date) -> Notice | None:
    if chosen.random() < 0.1:
        return None
    sent_on = day - timedelta(days=chosen.choice((0, 2, 4, 5, 7, 9, 10, 12, 14, 20)))
    channel = chosen.choice((Channel.SMS, Channel.EMAIL, Channel.LETTER, None))
    proof = chosen.choices(tuple(NoticeProof), weights=[6 if p is NoticeProof.DELIVERED else 1 for p in NoticeProof])[0]
    return Notice(sent_on=sent_on, channel=channel, proof=proof)


def trusting(case: Case) -> Case:
    """The seeded bug: the same history, in which every summons is taken for proved."""
    return replace(case, appointments=tuple(replace(a, notice=a.notice and SURE) for a in case.appointments))


def counted(truth: list[Case], seen: list[Case]) -> tuple[int, int]:
    """The steps against a person that the nights take of what they see, and how many count what is not proved."""
    steps = wrong = 0
    for case, believed in zip(truth, seen, strict=True):
        for action in decide(believed, policies_of(case.track), MONDAY):
            if is_against(action):
                steps += 1
                wrong += any(why.startswith("R6.3") for why in faults(case, action))
    return steps, wrong


def is_against(action: Action) -> bool:
    match action:
        case OpenReview(kind=kind):
            return kind is ReviewKind.COMPLIANCE
        case Ask(kind=kind):
            return kind in (QuestionKind.CALL, QuestionKind.VISIT)
        case Write(template=template):
            return template is Template.INVITATION_TO_REGULARISE
        case _:
            return False


def faults(case: Case, action: Action) -> Iterator[str]:
    """What `domain.md` says against each absence that the action counts, read from the true history."""
    version = policies_of(case.track).at(MONDAY)
    assert version.review is not None
    facts = action.because.inputs["facts"]
    assert isinstance(facts, tuple)
    for absence in case.appointments:
        if absence.id in facts:
            yield from about_absence(case, version, version.review, absence)
