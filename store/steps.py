"""Writes what comes next for each person, only where it changed; reads where each referent works."""

from sqlalchemy import Connection, bindparam, select, update

from store import schema as s
from store.page import Desk, Page, of
from tracks.actions import CloseCase


def next_steps(connection: Connection, page: Page) -> None:
    """One statement for all the cases of the page whose next step is not what it was."""
    closing = {action.case for action in of(page, CloseCase)}
    changed = [
        {"case": id_, "step": page.steps.get(id_)}
        for id_, case in page.cases.items()
        if id_ not in closing and page.steps.get(id_) != case.next_step
    ]
    if changed:
        statement = update(s.cases).where(s.cases.c.id == bindparam("case")).values(next_step=bindparam("step"))
        connection.execute(statement, changed)


def read_desks(connection: Connection, territory: str) -> dict[int, Desk]:
    """The referents of the territory, by id."""
    r = s.referents.c
    found = connection.execute(select(r.id, r.site, r.email).where(r.territory == territory))
    return {row.id: Desk(site=row.site, email=row.email) for row in found}
