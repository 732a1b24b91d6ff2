"""What a county's software reads: appointments, reviews, how things stand; ids and words of ours, never a name."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from desk import ids
from desk.web.api.doors import Caller, caller_for, route
from desk.web.api.shapes import Appointment, Appointments, Pass, Review, Reviews, Status
from store import api_rows, status
from tracks.vocabulary import DeskRole as R

FILES, REVIEWS = (R.REFERENT, R.COORDINATOR), (R.REFERENT, R.COORDINATOR, R.REVIEWER, R.DECIDER)
COUNTS = (R.COORDINATOR, R.AUDITOR, R.ADMINISTRATOR)
After = Annotated[int, Query(ge=0, lt=2**63, description="Le dernier numéro déjà lu ; 0 pour commencer.")]
Most = Annotated[int, Query(ge=1, le=api_rows.MOST)]


def add_routes(router: APIRouter) -> None:
    route(router, "GET", "/appointments", appointments, roles=FILES)
    route(router, "GET", "/reviews", reviews, roles=REVIEWS)
    route(router, "GET", "/status", standing, roles=COUNTS)


def appointments(
    caller: Annotated[Caller, Depends(caller_for(*FILES))], after: After = 0, limit: Most = 100
) -> Appointments:
    """Les rendez-vous des dossiers que ce jeton suit, par numéro croissant."""
    with caller.office.reading() as connection:
        rows = api_rows.appointments(connection, caller.scope, after=after, most=limit)
    found = [
        Appointment(
            appointment_id=ids.shown("a", row["id"]),
            case_id=ids.shown("c", row["case_id"]),
            beneficiary_ref=row["file_number"] + ("-CJT" if row["role"] == "CJT" else ""),
            track=row["track"],
            kind=row["kind"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            status="unknown" if row["status"] == "planned" and row["ends_at"] < caller.at else row["status"],
            qualification=row["qualification"],
            superseded_by=ids.shown("a", row["superseded_by"]) if row["superseded_by"] else None,
        )
        for row in rows
    ]
    return Appointments(appointments=found, next_after=rows[-1]["id"] if len(rows) == limit else None)


def reviews(caller: Annotated[Caller, Depends(caller_for(*REVIEWS))], after: After = 0, limit: Most = 100) -> Reviews:
    """Les revues que ce jeton travaille, par numéro croissant. Ni pièces ni raisons : elles se lisent au bureau."""
    with caller.office.reading() as connection:
        rows = api_rows.reviews(connection, caller.scope, after=after, most=limit)
    found = [
        Review(
            review_id=ids.shown("r", row["id"]),
            case_id=ids.shown("c", row["case_id"]) if row["case_id"] else None,
            **{name: row[name] for name in SHOWN},
        )
        for row in rows
    ]
    return Reviews(reviews=found, next_after=rows[-1]["id"] if len(rows) == limit else None)


SHOWN = ("track", "kind", "status", "opened_on", "deadline_on", "outcome", "policy_version")


def standing(caller: Annotated[Caller, Depends(caller_for(*COUNTS))]) -> Status:
    """Où en sont les nuits, les messages et les revues : des nombres seulement."""
    slug, on = caller.scope.territory, caller.act().on
    with caller.office.reading() as connection:
        passes = status.last_passes(connection, territory=slug)
        parked = status.parked(connection, territory=slug)
        overdue = status.overdue(connection, territory=slug, before=caller.at.astimezone(UTC)).count
        late = status.late_reviews(connection, territory=slug, on=on).count
    return Status(
        on=on,
        passes=[Pass(track=track, done_on=last.done_on, status=last.status) for track, last in sorted(passes.items())],
        messages_overdue=overdue,
        messages_held=parked["held"],
        messages_unknown=parked["unknown"],
        reviews_late=late,
    )
