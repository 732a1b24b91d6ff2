"""What people answered since a referent's last morning message: read, whatever became of it since."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from store import schema as s
from tracks.vocabulary import AnswerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """`starts_at`: of the appointment it is about. `note`: the person's own words."""

    kind: AnswerKind
    first_name: str
    last_name: str
    starts_at: datetime | None
    note: str | None


def read_received(
    connection: Connection, *, territory: str, since: datetime, referents: Collection[int]
) -> defaultdict[int, list[Received]]:
    """referent → the answers given at `since` or later (aware) by the people they follow, oldest first."""
    n, c, p, a = s.answers.c, s.cases.c, s.persons.c, s.appointments.c
    rows = connection.execute(
        select(c.referent_id, n.kind, n.note, p.first_name, p.last_name, a.starts_at)
        .select_from(s.answers)
        .join(s.cases, c.id == n.case_id)
        .join(s.persons, p.id == n.person_id)
        .outerjoin(s.appointments, a.id == n.appointment_id)
        .where(n.territory == territory, n.given_at >= since, c.referent_id.in_(referents))
        .order_by(n.given_at, n.id)
    )
    found: defaultdict[int, list[Received]] = defaultdict(list)
    for row in rows:
        answer = Received(
            kind=AnswerKind(row.kind),
            first_name=row.first_name,
            last_name=row.last_name,
            starts_at=row.starts_at,
            note=row.note,
        )
        found[row.referent_id].append(answer)
    return found
