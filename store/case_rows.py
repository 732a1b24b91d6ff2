"""The rows of one page of cases, each table read by one query and grouped by case."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from store import schema as s
from store.dated import changed_circuits, circuit_on
from store.summons import to_write_anew
from tracks import keys
from tracks.calendar import Calendar
from tracks.case import (
    Appointment,
    Breach,
    Contract,
    Invitation,
    Notice,
    OpenReview,
    Pause,
    PrescribedAction,
    Signal,
)
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Circuit,
    Clause,
    ContractKind,
    MessageStatus,
    NoticeProof,
    Precondition,
    Qualification,
    ReviewKind,
    SignalKind,
    SignalSource,
    Template,
)

Grouped = dict[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is the same for every page: where, when, and which planned appointments cannot stand."""

    territory: str
    track: str
    on: date
    now: datetime
    calendar: Calendar
    cannot_stand: frozenset[int] = frozenset()
    unicode_email: bool = False  # a channel of ours takes addresses with an accent before the @


@dataclass(slots=True)
class Rows:
    """The rows of one page, grouped by case or by person."""

    appointments: Grouped = field(default_factory=lambda: defaultdict(list))
    contracts: Grouped = field(default_factory=lambda: defaultdict(list))
    actions: Grouped = field(default_factory=lambda: defaultdict(list))
    invitations: Grouped = field(default_factory=lambda: defaultdict(list))
    pauses: Grouped = field(default_factory=lambda: defaultdict(list))
    breaches: Grouped = field(default_factory=lambda: defaultdict(list))
    signals: Grouped = field(default_factory=lambda: defaultdict(list))
    reviews: Grouped = field(default_factory=lambda: defaultdict(list))
    duties: Grouped = field(default_factory=lambda: defaultdict(list))
    decided: dict[int, date] = field(default_factory=dict)
    ahead: dict[int, date] = field(default_factory=dict)  # the first day after the night on which a row begins to count
    checks: dict[int, set[Precondition]] = field(default_factory=lambda: defaultdict(set))
    sent: dict[int, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    lost: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: dict[int, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    answered: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def later(self, case: int, day: date, on: date) -> bool:
        """Whether a row of that day does not count yet on `on`; if so, the day is kept."""
        if day <= on:
            return False
        self.ahead[case] = min(day, self.ahead.get(case, day))
        return True


def open_cases(reading: Reading) -> ColumnElement[bool]:
    """Cases of the track entered and not left on the day."""
    return and_(
        s.cases.c.territory == reading.territory,
        s.cases.c.track == reading.track,
        s.cases.c.entered_on <= reading.on,
        or_(s.cases.c.left_on.is_(None), s.cases.c.left_on > reading.on),
    )


def read_rows(connection: Connection, reading: Reading, among: ColumnElement[bool]) -> Rows:
    rows = Rows()
    read_appointments(connection, reading, among, rows)
    read_person_rows(connection, reading, among, rows)
    read_human_rows(connection, reading, among, rows)
    read_duties(connection, among, rows)
    read_own_rows(connection, among, rows)
    return rows


def by_case(table: Any, *columns: Any, among: ColumnElement[bool]) -> Select[Any]:
    return select(table.c.case_id, *columns).join(s.cases, s.cases.c.id == table.c.case_id).where(among)


def by_person(table: Any, *columns: Any, among: ColumnElement[bool]) -> Select[Any]:
    return select(s.cases.c.id, *columns).join(s.cases, s.cases.c.person_id == table.c.person_id).where(among)


def all_of(connection: Connection, statement: Select[Any]) -> Sequence[Row[Any]]:
    """All the rows at once: a page is bounded, and fetching them one by one costs twice as much."""
    return connection.execute(statement).all()


def read_appointments(connection: Connection, reading: Reading, among: ColumnElement[bool], rows: Rows) -> None:
    a = s.appointments.c
    columns = (
        a.id,
        a.kind,
        a.starts_at,
        a.status,
        a.qualification,
        a.known_on,
        a.notice_sent_on,
        a.notice_channel,
        a.notice_proof,
        a.by_phone,
        a.superseded_by,
        a.referent_id,
        s.referents.c.circuit,
    )
    theirs = by_case(s.appointments, *columns, among=among).outerjoin(s.referents, s.referents.c.id == a.referent_id)
    found = all_of(connection, theirs.order_by(a.case_id, a.starts_at, a.id))
    changed = changed_circuits(connection, territory=reading.territory)
    day_of, doubtful, now = reading.calendar.day_of, reading.cannot_stand, reading.now
    for (
        case,
        id_,
        kind,
        starts_at,
        status,
        qualification,
        known_on,
        sent_on,
        channel,
        proof,
        by_phone,
        superseded_by,
        referent,
        circuit,
    ) in found:
        read = STATUS[status]
        day = day_of(starts_at)
        rows.appointments[case].append(
            Appointment(
                id=id_,
                kind=KIND[kind],
                starts_at=starts_at,
                day=day,
                # A past `planned` reads `unknown`: nobody said what happened, so it is not an absence (R5).
                status=AppointmentStatus.UNKNOWN if read is AppointmentStatus.PLANNED and starts_at <= now else read,
                qualification=QUALIFICATION[qualification] if qualification else None,
                notice=notice_of(sent_on, channel, proof),
                known_on=known_on,
                stands=id_ not in doubtful,
                by_phone=by_phone,
                replaced=superseded_by is not None,
                circuit=CIRCUIT.get(circuit_on(changed[referent], day) if referent in changed else circuit),
            )
        )


# What is not known to have reached the person is never held against them.
NEVER_ARRIVED = (MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.TOO_LATE, MessageStatus.VOID)

# Looking a word up is an order of magnitude cheaper than calling its enum, and a night does it a million times.
STATUS = {member.value: member for member in AppointmentStatus}
KIND = {member.value: member for member in AppointmentKind}
CIRCUIT = {member.value: member for member in Circuit}
QUALIFICATION = {member.value: member for member in Qualification}


@cache
def notice_of(sent_on: date | None, channel: str | None, proof: str) -> Notice | None:
    if sent_on is None:
        return None
    return Notice(sent_on=sent_on, channel=Channel(channel) if channel else None, proof=NoticeProof(proof))


@cache
def clauses_of(words: str) -> frozenset[Clause]:
    return frozenset(Clause(word) for word in words.split())


def read_person_rows(connection: Connection, reading: Reading, among: ColumnElement[bool], rows: Rows) -> None:
    """What the county's exports say of the person: contracts, actions, letters, pauses."""
    c, p, le, pa = s.contracts.c, s.prescribed_actions.c, s.letters.c, s.pauses.c
    columns = (c.id, c.kind, c.signed_on, c.starts_on, c.ends_on, c.held_until, c.clauses)
    # Of two of one day, the version signed in Jalon is the last: it is the one that the person has in hand.
    order = (c.signed_on, c.created_by != "import", c.id)
    for case, id_, kind, signed_on, starts_on, ends_on, held_until, clauses in all_of(
        connection, by_person(s.contracts, *columns, among=among).order_by(*order)
    ):
        rows.contracts[case].append(
            Contract(
                id=id_,
                kind=ContractKind(kind),
                signed_on=signed_on,
                starts_on=starts_on,
                ends_on=ends_on,
                held_until=held_until,
                clauses=clauses_of(clauses),
            )
        )
    for case, id_, prescribed_on, due_on in all_of(
        connection,
        by_person(s.prescribed_actions, p.id, p.prescribed_on, p.due_on, among=among)
        .where(p.done_on.is_(None))
        .order_by(p.due_on, p.id),
    ):
        action = PrescribedAction(id=id_, prescribed_on=prescribed_on, due_on=due_on, done_on=None)
        rows.actions[case].append(action)
    for case, id_, sent_on, received_on, delay in all_of(
        connection,
        by_person(s.letters, le.id, le.sent_on, le.received_on, le.delay_days, among=among)
        .where(le.kind == Template.INVITATION_TO_REGULARISE.value)
        .order_by(le.sent_on, le.id),
    ):
        if rows.later(case, sent_on, reading.on):
            continue
        # A receipt that had not arrived on that day proves nothing on that day.
        known = received_on if received_on and not rows.later(case, received_on, reading.on) else None
        rows.invitations[case].append(Invitation(id=id_, sent_on=sent_on, received_on=known, delay_days=delay))
    for case, first_day, last_day in all_of(connection, by_person(s.pauses, pa.first_day, pa.last_day, among=among)):
        if not rows.later(case, first_day, reading.on):
            rows.pauses[case].append(Pause(first_day=first_day, last_day=last_day))


def read_human_rows(connection: Connection, reading: Reading, among: ColumnElement[bool], rows: Rows) -> None:
    """What people said in Jalon: breaches, signals, reviews."""
    b, g, r = s.breaches.c, s.signals.c, s.reviews.c
    columns = (b.id, b.clause, b.happened_on, b.qualification, b.excused_on, b.circuit)
    noted = by_case(s.breaches, *columns, among=among).where(b.withdrawn_on.is_(None), b.clause.in_(list(Clause)))
    for case, id_, clause, on, said, excused_on, circuit in all_of(connection, noted.order_by(b.happened_on, b.id)):
        if rows.later(case, on, reading.on):
            continue
        rows.breaches[case].append(
            Breach(
                id=id_,
                clause=Clause(clause),
                on=on,
                qualification=Qualification(said) if said else None,
                excused_on=excused_on,
                circuit=CIRCUIT.get(circuit),
            )
        )
    for case, id_, on, source, kind in all_of(
        connection,
        by_case(s.signals, g.id, g.happened_on, g.source, g.kind, among=among).order_by(g.happened_on, g.id),
    ):
        if rows.later(case, on, reading.on):
            continue
        rows.signals[case].append(Signal(id=id_, on=on, source=SignalSource(source), kind=SignalKind(kind)))
    theirs = s.cases.alias("theirs").c  # whatever the track: a person has one open file at most (R6.8)
    of_person = (
        select(s.cases.c.id, r.id, r.kind, r.opened_on, r.outcome, r.decided_at)
        .join(theirs.id.table, theirs.person_id == s.cases.c.person_id)
        .join(s.reviews, r.case_id == theirs.id)
        .where(among)
        .order_by(s.cases.c.id, r.id)
    )
    facts = facts_of_reviews(connection, reading, among)
    for case, id_, kind, opened_on, outcome, decided_at in all_of(connection, of_person):
        if outcome is None:
            held, explained = facts.get((case, id_), ((), ()))
            found = OpenReview(id=id_, kind=ReviewKind(kind), opened_on=opened_on, explained=explained, held=held)
            rows.reviews[case].append(found)
        elif decided_at:
            day = reading.calendar.day_of(decided_at)
            rows.decided[case] = max(day, rows.decided.get(case, day))


def facts_of_reviews(
    connection: Connection, reading: Reading, among: ColumnElement[bool]
) -> dict[tuple[int, int], tuple[tuple[date, ...], tuple[date | None, ...]]]:
    """(case, open review) → the days of its facts that still hold, the days on which the others were explained."""
    a, b, e, r = s.appointments.c, s.breaches.c, s.review_evidence.c, s.reviews.c
    rows = all_of(
        connection,
        by_case(
            s.reviews,
            r.id,
            a.starts_at,
            a.status,
            a.qualification,
            a.excused_on,
            b.happened_on,
            b.qualification,
            func.coalesce(b.excused_on, b.withdrawn_on),
            b.withdrawn_on,
            among=among,
        )
        .join(s.review_evidence, e.review_id == r.id)
        .outerjoin(s.appointments, and_(e.kind == "appointment", a.id == e.subject_id))
        .outerjoin(s.breaches, and_(e.kind == "breach", b.id == e.subject_id))
        .where(r.outcome.is_(None), r.kind == ReviewKind.COMPLIANCE, or_(a.id.is_not(None), b.id.is_not(None)))
        .order_by(r.id, e.id),
    )
    found: dict[tuple[int, int], tuple[list[date], list[date | None]]] = defaultdict(lambda: ([], []))
    for case, review, starts_at, status, qualified, excused_on, happened_on, said, explained_on, withdrawn_on in rows:
        held, explained = found[case, review]
        if starts_at is not None:
            holds = status == AppointmentStatus.NOSHOW and qualified != Qualification.ADMISSIBLE
            day, told = reading.calendar.day_of(starts_at), excused_on
        else:
            holds = withdrawn_on is None and said is not None and said != Qualification.ADMISSIBLE
            day, told = happened_on, explained_on
        if holds:
            held.append(day)
        else:
            explained.append(told)
    return {key: (tuple(held), tuple(explained)) for key, (held, explained) in found.items()}


def read_duties(connection: Connection, among: ColumnElement[bool], rows: Rows) -> None:
    """Since when each was, or was not, under rights and duties."""
    d = s.duty_history.c
    for case, since, under in all_of(
        connection, by_case(s.duty_history, d.since, d.under_duties, among=among).order_by(d.since)
    ):
        rows.duties[case].append((since, under))


def read_own_rows(connection: Connection, among: ColumnElement[bool], rows: Rows) -> None:
    """What earlier nights did: messages written, questions asked, checks open."""
    m, q, k = s.messages.c, s.questions.c, s.checks.c
    instead: list[tuple[int, str, date]] = []
    written = by_case(s.messages, m.key, m.planned_on, m.status, among=among).where(~to_write_anew())
    for case, key, planned_on, status in all_of(connection, written):
        rows.sent[case][key] = planned_on
        if status in NEVER_ARRIVED:
            rows.lost[case].add(key)
        elif (first := keys.original(key)) != key:
            instead.append((case, first, planned_on))
    for case, first, planned_on in instead:  # another channel took over: it is that one that counts, from its day
        rows.sent[case][first] = max(planned_on, rows.sent[case].get(first, planned_on))
        rows.lost[case].discard(first)
    for case, key, asked_on, closed_on, closed_by in all_of(
        connection, by_case(s.questions, q.key, q.asked_on, q.closed_on, q.closed_by, among=among)
    ):
        if closed_by and closed_by.startswith("run:"):
            continue  # nobody answered: a night closed it because it had no object, and may ask it anew
        rows.asked[case][key] = asked_on
        if closed_on is not None:
            rows.answered[case].add(key)
    for case, precondition in all_of(
        connection, by_case(s.checks, k.precondition, among=among).where(k.closed_on.is_(None))
    ):
        rows.checks[case].add(Precondition(precondition))
