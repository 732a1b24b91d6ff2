"""What the page behind a link shows: the appointment as it stands now, whom to call, what was already answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from store.links import Link
from store.schema import answers, appointments, cases, referents
from tracks.vocabulary import AnswerKind, AppointmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The appointment of a link. `moved_to`: the start of the one that replaced it."""

    starts_at: datetime
    place: str
    by_phone: bool
    status: AppointmentStatus
    moved_to: datetime | None

    def is_ahead(self, at: datetime) -> bool:
        return self.status is AppointmentStatus.PLANNED and self.moved_to is None and at < self.starts_at

    def is_to_explain(self, at: datetime) -> bool:
        """Over, and nobody said that the person came or that it was called off."""
        unsaid = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN, AppointmentStatus.NOSHOW)
        return self.status in unsaid and self.moved_to is None and self.starts_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`referent`: first and last name. `said`: answers by this link or about its appointment, oldest first."""

    case_id: int
    track: str
    booked: Booked | None
    referent: tuple[str, str] | None
    phone: str | None
    said: tuple[AnswerKind, ...] = ()


def read_standing(connection: Connection, link: Link) -> Standing:
    """In two queries. A case that changed track took its appointments along: the answer goes where they are now."""
    a, c, r, later = appointments.c, cases.c, referents.c, appointments.alias("later")
    row = (
        connection.execute(
            select(c.id.label("case_id"), c.track, a.starts_at, a.place, a.by_phone, a.status)
            .add_columns(later.c.starts_at.label("moved_to"), r.first_name, r.last_name, r.phone)
            .select_from(cases)
            .outerjoin(appointments, a.id == link.appointment_id)
            .outerjoin(later, later.c.id == a.superseded_by)
            .outerjoin(referents, r.id == func.coalesce(later.c.referent_id, a.referent_id, c.referent_id))
            .where(c.id == func.coalesce(a.case_id, link.case_id))
        )
        .mappings()
        .one()
    )
    booked = None
    if row["starts_at"] is not None:
        booked = Booked(
            starts_at=row["starts_at"],
            place=row["place"],
            by_phone=row["by_phone"],
            status=AppointmentStatus(row["status"]),
            moved_to=row["moved_to"],
        )
    return Standing(
        case_id=row["case_id"],
        track=row["track"],
        booked=booked,
        referent=(row["first_name"], row["last_name"]) if row["first_name"] is not None else None,
        phone=row["phone"],
        said=_said(connection, link),
    )


def _said(connection: Connection, link: Link) -> tuple[AnswerKind, ...]:
    about = answers.c.link_id == link.id
    if link.appointment_id is not None:
        about |= answers.c.appointment_id == link.appointment_id
    found = connection.scalars(select(answers.c.kind).where(about).order_by(answers.c.given_at, answers.c.id))
    return tuple(AnswerKind(kind) for kind in found)
