"""Writes what a page of cases was decided: each kind in one set-based statement, all in the caller's transaction.

Counts are of rows really written: a key that exists is skipped, so a second night of the same day writes nothing.
"""

from typing import Any

from sqlalchemy import Boolean, Connection, case, literal_column, update

from store import schema as s
from store.page import Page, Recording, note, of
from store.sets import insert_new, insert_or_reopen
from store.steps import next_steps
from store.summons import new_appointments, new_messages
from tracks.actions import (
    Ask,
    CloseCase,
    CloseCheck,
    CloseQuestion,
    OpenCheck,
    OpenReview,
    Write,
)
from tracks.vocabulary import (
    ReviewKind,
    ReviewStatus,
)

CLOSED_BY_A_NIGHT = literal_column("questions.closed_by LIKE 'run:%'", Boolean)


def record(connection: Connection, recording: Recording, page: Page) -> None:
    """Write the page's consequences and note them in `page.written` and `page.events`; nothing is sent here."""
    new_appointments(connection, recording, page)
    new_messages(connection, recording, page, of(page, Write))
    new_questions(connection, recording, page)
    close_questions(connection, recording, page)
    new_checks(connection, recording, page)
    close_checks(connection, recording, page)
    new_reviews(connection, recording, page)
    close_cases(connection, recording, page)
    next_steps(connection, recording, page)


def new_questions(connection: Connection, recording: Recording, page: Page) -> None:
    """What the night asks the referent, once; anew where a night had closed the question and nobody answered it."""
    rows = {
        ask.key: {
            "territory": recording.territory,
            "case_id": ask.case,
            "referent_id": page.cases[ask.case].referent,
            "kind": ask.kind.value,
            "subject_id": ask.subject_id,
            "asked_on": recording.on,
            "coordinator_from": ask.coordinator_from,
            "why": ask.because.why,
            "policy_version": ask.because.version,
            "key": ask.key,
        }
        for ask in of(page, Ask)
        if ask.key not in page.cases[ask.case].asked
    }
    q = s.questions.c
    again = ("referent_id", "asked_on", "coordinator_from", "why", "policy_version")
    blank = ("closed_on", "closed_by")
    for row in insert_or_reopen(
        connection, s.questions, list(rows.values()), q.id, q.kind, again=again, blank=blank, where=CLOSED_BY_A_NIGHT
    ):
        kind = "outcome_request" if row.kind == "outcome" else f"ask_{row.kind}"
        note(recording, page, kind, [row.id], word="question")


def close_questions(connection: Connection, recording: Recording, page: Page) -> None:
    closing = [action.key for action in of(page, CloseQuestion)]
    if closing:
        q = s.questions.c
        statement = (
            update(s.questions)
            .where(q.territory == recording.territory, q.key.in_(closing), q.closed_on.is_(None))
            .values(closed_on=recording.on, closed_by=f"run:{recording.run_id}")
            .returning(q.id)
        )
        note(recording, page, "question_closed", connection.scalars(statement).all(), word="question")


def new_checks(connection: Connection, recording: Recording, page: Page) -> None:
    rows = [
        {
            "territory": recording.territory,
            "case_id": check.case,
            "precondition": check.precondition.value,
            "since": recording.on,
            "why": check.because.why,
            "policy_version": check.because.version,
        }
        for check in of(page, OpenCheck)
        if check.precondition not in page.cases[check.case].checks
    ]
    note(recording, page, "check", [row.id for row in insert_new(connection, s.checks, rows)])


def close_checks(connection: Connection, recording: Recording, page: Page) -> None:
    """A check closes by itself when the fact it waits for arrives."""
    k = s.checks.c
    closing = of(page, CloseCheck)
    by_precondition: dict[str, list[int]] = {}
    for action in closing:
        by_precondition.setdefault(action.precondition.value, []).append(action.case)
    for precondition, cases in sorted(by_precondition.items()):
        statement = (
            update(s.checks)
            .where(
                k.territory == recording.territory,
                k.case_id.in_(cases),
                k.precondition == precondition,
                k.closed_on.is_(None),
            )
            .values(closed_on=recording.on)
            .returning(k.id)
        )
        note(recording, page, "check_closed", connection.scalars(statement).all(), word="check")


def new_reviews(connection: Connection, recording: Recording, page: Page) -> None:
    """Files for people: a compliance one is a draft given to the referent; the machine writes nothing later (R8)."""
    opened = {f"case:{action.case}": action for action in of(page, OpenReview)}
    rows = [
        review_row(recording, subject, action, page.cases[action.case].referent) for subject, action in opened.items()
    ]
    r = s.reviews.c
    inserted = insert_new(connection, s.reviews, rows, r.id, r.subject)
    note(recording, page, "review", [row.id for row in inserted])
    pieces = [
        {
            "territory": recording.territory,
            "review_id": row.id,
            "kind": piece.kind,
            "subject_id": piece.subject_id,
            "note": piece.note,
        }
        for row in inserted
        for piece in opened[row.subject].evidence
    ]
    insert_new(connection, s.review_evidence, pieces)


def review_row(recording: Recording, subject: str, action: OpenReview, referent: int | None) -> dict[str, Any]:
    draft = action.kind is ReviewKind.COMPLIANCE
    return {
        "territory": recording.territory,
        "case_id": action.case,
        "referent_id": referent,
        "track": recording.track,
        "kind": action.kind.value,
        "subject": subject,
        "opened_on": recording.on,
        "status": (ReviewStatus.DRAFT if draft else ReviewStatus.OPEN).value,
        "reason": action.because.why,
        "rule": action.because.rule,
        "inputs": action.because.plain_inputs(),
        "policy_version": action.because.version,
        "legal_reference": action.because.reference,
        "deadline_on": action.deadline_on,
        "assigned_to": recording.referents[referent].email if referent else None,
    }


def close_cases(connection: Connection, recording: Recording, page: Page) -> None:
    """The end of a follow-up: the case closes, and what was still asked about it with it."""
    closing = {action.case: action.reason for action in of(page, CloseCase)}
    if not closing:
        return
    c, q, k = s.cases.c, s.questions.c, s.checks.c
    statement = (
        update(s.cases)
        .where(c.territory == recording.territory, c.id.in_(closing), c.left_on.is_(None))
        .values(left_on=recording.on, exit_reason=case(closing, value=c.id), next_step=None)
        .returning(c.id)
    )
    closed = connection.scalars(statement).all()
    note(recording, page, "closure", closed, word="case")
    connection.execute(
        update(s.questions)
        .where(q.territory == recording.territory, q.case_id.in_(closed), q.closed_on.is_(None))
        .values(closed_on=recording.on, closed_by=f"run:{recording.run_id}")
    )
    connection.execute(
        update(s.checks)
        .where(k.territory == recording.territory, k.case_id.in_(closed), k.closed_on.is_(None))
        .values(closed_on=recording.on)
    )
