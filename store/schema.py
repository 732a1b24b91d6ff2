"""The tables. Every row belongs to a territory, in every unique key: counties never see each other.

Days are `Date` (local civil dates of the territory); instants are `Instant` (UTC). Words of a closed list are
stored as their text; the lists are in `tracks.vocabulary`.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.types import Instant, Key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


def _territory() -> Column[str]:
    return Column("territory", String(64), nullable=False)


def _ref(table: str, *, name: str | None = None, nullable: bool = False) -> Column[int]:
    column = name or f"{table.removesuffix('s')}_id"
    return Column(column, Key, ForeignKey(f"{table}.id"), nullable=nullable)


persons = Table(
    "persons",
    metadata,
    _id(),
    _territory(),
    Column("file_number", String(40), nullable=False),  # as the county wrote it
    Column("role", String(3), nullable=False),  # DEM or CJT
    Column("civility", String(20)),
    Column("first_name", String(120), nullable=False),
    Column("last_name", String(120), nullable=False),
    Column("birth_date", Date),
    Column("email", String(254)),
    Column("email_to_check", Boolean, nullable=False, server_default=text("false")),
    Column("mobile", String(20)),  # E.164
    Column("landline", String(20)),  # E.164
    Column("address", String(250)),
    Column("postcode_city", String(120)),
    Column("preferred_channel", String(10)),
    Column("refused_channels", String(40), nullable=False, server_default=""),  # words, space-separated
    Column("social_ref", String(40)),  # the county's own social file (IODAS)
    Column("known_on", Date, nullable=False),
    UniqueConstraint("territory", "file_number", "role"),
)

referents = Table(
    "referents",
    metadata,
    _id(),
    _territory(),
    Column("email", String(254), nullable=False),
    Column("first_name", String(120), nullable=False),
    Column("last_name", String(120), nullable=False),
    Column("role", String(80), nullable=False),  # slug of the territory's files
    Column("body", String(120), nullable=False),  # organisme
    Column("circuit", String(1), nullable=False),  # A: France Travail, B: the Département (F62)
    Column("site", String(120), nullable=False),
    Column("phone", String(20)),
    Column("capacity", Integer),
    Column("working_days", String(20), nullable=False),  # ISO weekdays, "1 2 4 5"
    Column("day_starts", String(5), nullable=False),  # local, HH:MM
    Column("day_ends", String(5), nullable=False),
    Column("break_starts", String(5)),
    Column("break_ends", String(5)),
    UniqueConstraint("territory", "email"),
)

leaves = Table(
    "leaves",
    metadata,
    _id(),
    _territory(),
    _ref("referents"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", String(120)),
    UniqueConstraint("territory", "referent_id", "first_day", "last_day"),
)

cases = Table(
    "cases",
    metadata,
    _id(),
    _territory(),
    _ref("persons"),
    Column("track", String(64), nullable=False),
    Column("entered_on", Date, nullable=False),
    Column("notified_on", Date),  # of the orientation decision
    Column("left_on", Date),
    Column("exit_reason", String(80)),
    _ref("referents", nullable=True),
    Column("under_duties", Boolean, nullable=False),
    Column("activity_kind", String(20)),  # emploi, formation
    Column("activity_started_on", Date),
    Column("activity_with", String(120)),
    Column("next_step", String(80)),  # written by the night, read by people
    UniqueConstraint("territory", "person_id", "track", "entered_on"),
    Index("ix_cases_open", "territory", "track", "left_on", "id"),
    Index("ix_cases_person", "person_id"),
)

contracts = Table(
    "contracts",
    metadata,
    _id(),
    _territory(),
    _ref("persons"),
    Column("kind", String(20), nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("weekly_hours", Integer),
    Column("reciprocity_offered", Boolean),
    Column("reciprocity_accepted", Boolean),
    Column("clauses", String(80), nullable=False),  # words of Clause, space-separated
    UniqueConstraint("territory", "person_id", "kind", "starts_on"),
    Index("ix_contracts_person", "person_id"),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _territory(),
    Column("ref", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    _ref("referents"),
    Column("seats", Integer),
    Column("minimum", Integer),
    UniqueConstraint("territory", "ref"),
)

appointments = Table(
    "appointments",
    metadata,
    _id(),
    _territory(),
    _ref("cases"),
    _ref("referents", nullable=True),
    Column("kind", String(12), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("place", String(120), nullable=False),
    Column("by_phone", Boolean, nullable=False, server_default=text("false")),
    _ref("sessions", nullable=True),
    Column("status", String(10), nullable=False),
    Column("status_by", String(120)),  # who said it in Jalon; an import leaves it, and never undoes what it covers
    Column("qualification", String(14)),
    Column("qualified_by", String(120)),
    Column("reason", String(40)),  # a code, never a health detail
    Column("created_by", String(140), nullable=False),  # import, run:<id>, person:<name>
    Column("known_on", Date, nullable=False),
    Column("notice_sent_on", Date),
    Column("notice_channel", String(10)),
    Column("notice_proof", String(10), nullable=False, server_default="none"),
    Column("notice_by_jalon", Boolean, nullable=False, server_default=text("false")),
    Column("confirmed_by", String(120)),  # somebody says that a doubtful one stands
    Column("superseded_by", Key, ForeignKey("appointments.id")),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    CheckConstraint("qualification IS NULL OR qualified_by IS NOT NULL", name="qualified_by_someone"),
    Index("ix_appointments_case", "case_id", "starts_at"),
    Index("ix_appointments_referent", "territory", "referent_id", "starts_at"),
    Index("ix_appointments_planned", "territory", "status", "starts_at"),
)

prescribed_actions = Table(
    "prescribed_actions",
    metadata,
    _id(),
    _territory(),
    _ref("persons"),
    Column("label", String(160), nullable=False),
    Column("prescribed_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("done_on", Date),
    Column("proof_seen", Boolean),
    UniqueConstraint("territory", "person_id", "label", "prescribed_on"),
    Index("ix_prescribed_actions_person", "person_id"),
)

breaches = Table(
    "breaches",
    metadata,
    _id(),
    _territory(),
    _ref("cases"),
    Column("clause", String(20), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("qualification", String(14)),
    Column("said_by", String(120), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_breaches_case", "case_id"),
)

letters = Table(
    "letters",
    metadata,
    _id(),
    _territory(),
    _ref("persons"),
    Column("kind", String(40), nullable=False),  # Template.INVITATION_TO_REGULARISE
    Column("sent_on", Date, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("received_on", Date),  # date certaine, or nothing
    Column("delay_days", Integer, nullable=False),
    Column("message_key", String(120)),  # of the outbox row, when Jalon wrote it
    UniqueConstraint("territory", "person_id", "kind", "sent_on"),
    Index("ix_letters_person", "person_id"),
)

pauses = Table(
    "pauses",
    metadata,
    _id(),
    _territory(),
    _ref("persons"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("reason", String(120), nullable=False),
    Column("decided_by", String(120), nullable=False),
    UniqueConstraint("territory", "person_id", "first_day"),
    Index("ix_pauses_person", "person_id"),
)

signals = Table(
    "signals",
    metadata,
    _id(),
    _territory(),
    _ref("cases"),
    Column("happened_on", Date, nullable=False),
    Column("source", String(20), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("said_by", String(120), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_signals_case", "case_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _territory(),
    _ref("cases", nullable=True),
    Column("recipient_kind", String(12), nullable=False),
    Column("recipient_id", Key, nullable=False),  # persons.id, referents.id, or rank of the coordinator
    Column("channel", String(10), nullable=False),
    Column("template", String(40), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("useful_until", Instant, nullable=False),
    Column("status", String(10), nullable=False),
    Column("failure", String(10)),
    Column("not_sent_because", String(40)),  # NotDoneReason, for void, too_late, held
    Column("sent_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("segments", Integer),
    Column("lease_until", Instant),
    Column("lease_by", String(40)),
    Column("body", Text),  # what left, kept with the message as evidence
    Column("body_hash", String(64)),
    Column("appointment_id", Key, ForeignKey("appointments.id")),
    Column("details", JSON, nullable=False),  # days, rung, milestone: what the template needs beside the rows
    Column("key", String(120), nullable=False),
    Column("planned_on", Date, nullable=False),
    Column("run_id", Key),
    UniqueConstraint("territory", "key"),
    Index("ix_messages_due", "territory", "status", "due_at"),
    Index("ix_messages_case", "case_id"),
    Index("ix_messages_appointment", "appointment_id"),
)

questions = Table(
    "questions",
    metadata,
    _id(),
    _territory(),
    _ref("cases"),
    _ref("referents", nullable=True),
    Column("kind", String(20), nullable=False),
    Column("subject_id", Key),  # appointment, action, contract… by kind
    Column("asked_on", Date, nullable=False),
    Column("coordinator_from", Date),  # the day from which the coordinator is told too
    Column("closed_on", Date),
    Column("closed_by", String(140)),
    Column("why", Text, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_questions_case", "case_id"),
    Index("ix_questions_open", "territory", "closed_on", "referent_id"),
)

checks = Table(
    "checks",
    metadata,
    _id(),
    _territory(),
    _ref("cases"),
    Column("precondition", String(30), nullable=False),
    Column("since", Date, nullable=False),
    Column("closed_on", Date),
    Column("why", Text, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Index(
        "uq_checks_open",
        "territory",
        "case_id",
        "precondition",
        unique=True,
        sqlite_where=text("closed_on IS NULL"),
        postgresql_where=text("closed_on IS NULL"),
    ),
    Index("ix_checks_case", "case_id"),
)

HUMAN_STATUSES = "'decided','notified','appeal_open','closed'"

reviews = Table(
    "reviews",
    metadata,
    _id(),
    _territory(),
    _ref("cases", nullable=True),
    _ref("referents", nullable=True),  # the service's own finding is about a referent's caseload
    Column("track", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(120), nullable=False),  # the case, or cause|referent|clock of a finding
    Column("opened_on", Date, nullable=False),
    Column("status", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule", String(60), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("legal_reference", Text, nullable=False),
    Column("deadline_on", Date),
    Column("assigned_to", String(120)),
    Column("outcome", String(40)),
    Column("reasons", Text),
    Column("decided_by", String(120)),
    Column("decided_at", Instant),
    # No machine decides: a decision has a named person, an instant and reasons, or is not a row (R1).
    CheckConstraint(
        "(outcome IS NULL AND decided_by IS NULL AND decided_at IS NULL)"
        " OR (outcome IS NOT NULL AND decided_at IS NOT NULL"
        " AND decided_by IS NOT NULL AND length(trim(decided_by)) > 0"  # a check that is NULL passes
        " AND reasons IS NOT NULL AND length(trim(reasons)) > 0)",
        name="decided_by_someone",
    ),
    CheckConstraint(f"status NOT IN ({HUMAN_STATUSES}) OR decided_by IS NOT NULL", name="ended_by_someone"),
    CheckConstraint("kind = 'service' OR case_id IS NOT NULL", name="about_a_case"),
    Index(
        "uq_reviews_open",
        "territory",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
    Index("ix_reviews_case", "case_id"),
)

review_evidence = Table(
    "review_evidence",
    metadata,
    _id(),
    _territory(),
    _ref("reviews"),
    Column("kind", String(40), nullable=False),  # appointment, contract, letter, signal, case…
    Column("subject_id", Key, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("territory", "review_id", "kind", "subject_id"),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _territory(),
    Column("track", String(64), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("scheduled_for", Instant),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("status", String(12), nullable=False),  # running, done, no_op, failed
    Column("counts", JSON),
    Column("journal_heads", JSON),
    Column("versions", JSON),
    Index("ix_runs_track", "territory", "track", "on_day"),
)

leases = Table(
    "leases",
    metadata,
    Column("territory", String(64), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    _id(),
    _territory(),
    Column("chain", String(80), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(140), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(160), nullable=False),  # ids and digests only, never a name
    Column("policy_version", String(80), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    UniqueConstraint("territory", "chain", "seq"),
)
