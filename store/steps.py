"""What comes next for each person, and where each referent works."""

from sqlalchemy import Connection, bindparam, select, update

from store import schema as s
from store.page import Desk, Page, Recording, of
from tracks.actions import (
    Ask,
    CloseCase,
    OpenReview,
)
from tracks.calendar import Calendar
from tracks.vocabulary import (
    AppointmentStatus,
)


def next_steps(connection: Connection, recording: Recording, page: Page) -> None:
    """What comes next for each person, in one word and a day; written only where it changed."""
    closing = {action.case for action in of(page, CloseCase)}
    wanted = next_step_by_case(page, recording.calendar)
    changed = [
        {"case": id_, "step": wanted.get(id_)}
        for id_, case_ in page.cases.items()
        if id_ not in closing and wanted.get(id_) != case_.next_step
    ]
    if changed:
        statement = update(s.cases).where(s.cases.c.id == bindparam("case")).values(next_step=bindparam("step"))
        connection.execute(statement, changed)


def next_step_by_case(page: Page, calendar: Calendar) -> dict[int, str]:
    """Weakest first, so that the strongest word stays: a question, then an appointment, then a pause or a review."""
    steps: dict[int, str] = {}
    for ask in of(page, Ask):
        steps[ask.case] = f"question:{ask.kind.value}"
    for id_, case_ in page.cases.items():
        planned = [a for a in case_.appointments if a.status is AppointmentStatus.PLANNED]
        if planned:
            steps[id_] = f"appointment:{planned[0].day.isoformat()}"
    for placement in page.placements:
        if placement.starts_at is not None:
            steps[placement.due.case] = f"appointment:{calendar.day_of(placement.starts_at).isoformat()}"
    for review in of(page, OpenReview):
        steps[review.case] = "review"
    for id_, case_ in page.cases.items():
        if case_.reviews:
            steps[id_] = "review"
        if case_.pauses:
            steps[id_] = "pause"
    return steps


def read_desks(connection: Connection, territory: str) -> dict[int, Desk]:
    """The referents of the territory, by id."""
    r = s.referents.c
    found = connection.execute(select(r.id, r.site, r.email).where(r.territory == territory))
    return {row.id: Desk(site=row.site, email=row.email) for row in found}
