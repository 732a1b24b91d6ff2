"""Writes what comes next for each person, only where it changed; reads where each referent works."""

from sqlalchemy import Connection, bindparam, select, update

from store import schema as s
from store.page import Desk, Page, Recording, of
from tracks.actions import CloseCase


def next_steps(connection: Connection, recording: Recording, page: Page) -> None:
    """One statement for all the cases of the page whose next step is not what it was."""
    closing = {action.case for action in of(page, CloseCase)}
    changed = [
        {"case": id_, "step": page.steps.get(id_)}
        for id_, case in page.cases.items()
        if id_ not in closing and page.steps.get(id_) != case.next_step
    ]
    if changed:
        c = s.cases.c
        this = update(s.cases).where(c.territory == recording.territory, c.id == bindparam("case"))
        connection.execute(this.values(next_step=bindparam("step")), changed)


def read_desks(connection: Connection, territory: str) -> dict[int, Desk]:
    """The referents of the territory, by id."""
    r = s.referents.c
    found = connection.execute(select(r.id, r.site, r.email).where(r.territory == territory))
    return {row.id: Desk(site=row.site, email=row.email) for row in found}
