"""The queue of reviews: read, assigned, decided. The machine writes only `draft` or `open`; people do the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from store.acts import Act, found, record
from store.schema import referents, review_evidence, reviews
from tracks.errors import JalonError
from tracks.vocabulary import OUTCOMES, Outcome, ReviewKind, ReviewStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`reasons` in the person's own words: whoever the file is about may read them (CRPA L.311-6)."""

    outcome: Outcome
    reasons: str


def with_evidence() -> Select[tuple[object, ...]]:
    """Every review with `evidence`, the number of its pieces."""
    pieces = (
        select(func.count())
        .select_from(review_evidence)
        .where(review_evidence.c.territory == reviews.c.territory, review_evidence.c.review_id == reviews.c.id)
        .scalar_subquery()
    )
    return select(reviews, pieces.label("evidence"))


def queue(connection: Connection, *, territory: str, which: Iterable[ColumnElement[bool]] = ()) -> list[RowMapping]:
    """The reviews of a territory: open before decided, people before the service's findings, soonest deadline first."""
    soonest = func.coalesce(reviews.c.deadline_on, reviews.c.opened_on)
    order = (reviews.c.outcome.is_not(None), reviews.c.kind == ReviewKind.SERVICE, soonest, reviews.c.id)
    statement = (
        with_evidence()
        .add_columns(referents.c.email.label("referent"))
        .outerjoin(referents, referents.c.id == reviews.c.referent_id)
        .where(reviews.c.territory == territory, *which)
        .order_by(*order)
    )
    return list(connection.execute(statement).mappings())


def is_open() -> ColumnElement[bool]:
    return reviews.c.outcome.is_(None)


def past_deadline(on: date) -> ColumnElement[bool]:
    """Open reviews whose deadline has passed on `on`."""
    return is_open() & (reviews.c.deadline_on < on)


def pieces(connection: Connection, *, review: int) -> list[RowMapping]:
    """The evidence of one review, in the order it was filed."""
    statement = select(review_evidence).where(review_evidence.c.review_id == review).order_by(review_evidence.c.id)
    return list(connection.execute(statement).mappings())


def assign(connection: Connection, act: Act, *, review: int, to: str) -> ReviewStatus:
    """Give a review to somebody; its new status. A compliance review moves by its procedure alone (R8).

    JalonError: decided already, or nobody named.
    """
    row = _open_review(connection, act, review)
    if not to.strip():
        raise JalonError("Assigner à qui ? Ajoutez --to suivi d'un nom.")
    status = ReviewStatus(row["status"])
    status = ReviewStatus.ASSIGNED if status is ReviewStatus.OPEN else status
    connection.execute(update(reviews).where(reviews.c.id == review).values(assigned_to=to.strip(), status=status))
    record(connection, act, kind="review_assigned", subject=f"r{review} {row['status']}>{status}")
    return status


def decide(connection: Connection, act: Act, *, review: int, decision: Decision) -> None:
    """A named person's decision, with its reasons, on a follow-up risk or a finding about the service.

    JalonError: already decided, an outcome of another kind, no reasons, or a compliance review (`store.procedure`).
    """
    row = _open_review(connection, act, review)
    if row["kind"] == ReviewKind.COMPLIANCE:
        raise JalonError(f"La revue r{review} suit sa procédure (R8) : elle ne se décide que par elle.")
    refuse_decision(ReviewKind(row["kind"]), decision)
    connection.execute(
        update(reviews)
        .where(reviews.c.id == review)
        .values(
            status=ReviewStatus.DECIDED,
            outcome=decision.outcome,
            reasons=decision.reasons.strip(),
            decided_by=act.by,
            decided_at=act.at,
        )
    )
    subject = f"r{review} {row['status']}>{ReviewStatus.DECIDED} {decision.outcome}"
    record(connection, act, kind="review_decided", subject=subject, policy_version=row["policy_version"])


def refuse_decision(kind: ReviewKind, decision: Decision) -> None:
    """JalonError: an outcome of another kind of review, or no reasons."""
    allowed = OUTCOMES[kind]
    if decision.outcome not in allowed:
        raise JalonError(f"« {decision.outcome} » ne va pas avec cette revue. Issues possibles : {', '.join(allowed)}.")
    if not decision.reasons.strip():
        raise JalonError("Une décision se motive, en droit et en fait : ajoutez --reasons (CRPA L.211-2, L.211-5).")


def _open_review(connection: Connection, act: Act, review: int) -> RowMapping:
    row = found(connection, act, table=reviews, id=review, what=f"Revue r{review}")
    refuse_decided(row)
    return row


def refuse_decided(row: RowMapping) -> None:
    """A decision is taken once. JalonError when it is."""
    if row["outcome"] is not None:
        raise JalonError(
            f"La revue r{row['id']} est déjà décidée ({row['outcome']}). Consultez : jalon review show r{row['id']}."
        )
