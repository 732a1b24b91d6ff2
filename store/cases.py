"""Reads the caseload of a track, page by page, into the frozen cases that `decide` takes.

A page is a range of case ids; each table is read once a page by one set-based query, whatever the page's size.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from store.case_rows import CIRCUIT, Reading, Rows, open_cases, read_rows
from tracks.agenda import Weekly
from tracks.case import (
    Case,
)
from tracks.hours import read_hours
from tracks.vocabulary import (
    Channel,
    Circuit,
)


def read_pages(connection: Connection, reading: Reading, *, size: int = 2000) -> Iterator[tuple[Case, ...]]:
    """Every open case of the track, in pages by ascending id (keyset), each page in about a dozen queries."""
    after = 0
    while page := read_page(connection, reading, after=after, size=size):
        yield page
        after = page[-1].id


def read_chosen(
    connection: Connection, reading: Reading, ids: Sequence[int], *, size: int = 2000
) -> Iterator[tuple[Case, ...]]:
    """Those of these cases that are open on the day, in pages, by ascending id."""
    for first in range(0, len(ids), size):
        chosen = s.cases.c.id.in_(ids[first : first + size])
        if heads := read_heads(connection, and_(open_cases(reading), chosen)):
            yield cases_of(connection, reading, heads, chosen)


def read_page(connection: Connection, reading: Reading, *, after: int, size: int) -> tuple[Case, ...]:
    heads = read_heads(connection, and_(open_cases(reading), s.cases.c.id > after), size=size)
    if not heads:
        return ()
    return cases_of(connection, reading, heads, s.cases.c.id.between(heads[0].id, heads[-1].id))


def read_again(connection: Connection, reading: Reading, ids: Sequence[int]) -> tuple[Case, ...]:
    """Those of these cases that are still open, as they are now. On PostgreSQL, nobody says anything more of their
    appointments before the transaction ends; SQLite has one writer anyway."""
    chosen = s.cases.c.id.in_(ids)
    a = s.appointments.c
    held = select(a.id).where(a.territory == reading.territory, a.case_id.in_(ids)).order_by(a.id)
    connection.execute(held.with_for_update()).all()
    return cases_of(connection, reading, read_heads(connection, and_(open_cases(reading), chosen)), chosen)


def read_heads(connection: Connection, which: ColumnElement[bool], *, size: int | None = None) -> Sequence[Row[Any]]:
    """The cases themselves, with what is read of their person and of their referent."""
    statement = (
        select(
            s.cases,
            s.referents.c.circuit,
            *[s.persons.c[name] for name in CONTACT],
        )
        .join(s.persons, s.persons.c.id == s.cases.c.person_id)
        .outerjoin(s.referents, s.referents.c.id == s.cases.c.referent_id)
        .where(which)
        .order_by(s.cases.c.id)
        .limit(size)
    )
    return connection.execute(statement).all()


def cases_of(
    connection: Connection, reading: Reading, heads: Sequence[Row[Any]], which: ColumnElement[bool]
) -> tuple[Case, ...]:
    rows = read_rows(connection, reading, and_(open_cases(reading), which))
    return tuple(case_of(head, rows, reading) for head in heads)


def read_case(connection: Connection, reading: Reading, case_id: int) -> Case | None:
    """One case as the night sees it; None when it is not open in this track on that day."""
    page = read_page(connection, reading, after=case_id - 1, size=1)
    return page[0] if page and page[0].id == case_id else None


CONTACT = (
    "email",
    "email_to_check",
    "mobile",
    "address",
    "postcode_city",
    "preferred_channel",
    "refused_channels",
    "hours_impossible",
    "hours_wished",
)


def case_of(head: Row[Any], rows: Rows, reading: Reading) -> Case:
    case = head.id
    return Case(
        id=case,
        track=head.track,
        entered_on=head.entered_on,
        person=head.person_id,
        left_on=head.left_on,
        notified_on=head.notified_on,
        under_duties=head.under_duties,
        circuit=CIRCUIT.get(head.circuit, Circuit.DEPARTEMENT),
        referent=head.referent_id,
        activity_started_on=head.activity_started_on,
        channels=channels_of(head, unicode_email=reading.unicode_email),
        refused=refused_of(head.refused_channels),
        impossible=hours_of(head.hours_impossible),
        wished=hours_of(head.hours_wished),
        appointments=tuple(rows.appointments.get(case, ())),
        contracts=tuple(rows.contracts.get(case, ())),
        actions=tuple(rows.actions.get(case, ())),
        breaches=tuple(rows.breaches.get(case, ())),
        invitations=tuple(rows.invitations.get(case, ())),
        pauses=tuple(rows.pauses.get(case, ())),
        signals=tuple(rows.signals.get(case, ())),
        reviews=tuple(rows.reviews.get(case, ())),
        checks=frozenset(rows.checks.get(case, ())),
        last_review_decided_on=rows.decided.get(case),
        sent=rows.sent.get(case, NOTHING),
        lost=frozenset(rows.lost.get(case, ())),
        asked=rows.asked.get(case, NOTHING),
        answered=frozenset(rows.answered.get(case, ())),
        next_step=head.next_step,
        next_due_on=head.next_due_on,
        ahead=rows.ahead.get(case),
        duties=tuple(rows.duties.get(case, ())),
    )


NOTHING: Mapping[str, date] = {}


@cache
def refused_of(words: str) -> tuple[Channel, ...]:
    return tuple(Channel(word) for word in words.split())


@cache
def hours_of(text: str) -> tuple[Weekly, ...]:
    return read_hours(text)


def channels_of(head: Row[Any], *, unicode_email: bool) -> tuple[Channel, ...]:
    """The channels that reach the person; an address with an accent before the @ waits until somebody checks it,
    unless a channel of ours takes it."""
    return in_order(
        sms=bool(head.mobile),
        email=bool(head.email) and (unicode_email or not head.email_to_check),
        letter=bool(head.address and head.postcode_city),
        refused=head.refused_channels,
        preferred=head.preferred_channel,
    )


@cache
def in_order(*, sms: bool, email: bool, letter: bool, refused: str, preferred: str | None) -> tuple[Channel, ...]:
    """The one they prefer first, then SMS, e-mail, letter; never a refused one."""
    reach = {Channel.SMS: sms, Channel.EMAIL: email, Channel.LETTER: letter}
    usual = [channel for channel, reached in reach.items() if reached and channel not in refused_of(refused)]
    return tuple(sorted(usual, key=lambda channel: channel != preferred))
