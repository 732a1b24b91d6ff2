# ruff: noqa: E501 (a constraint keeps its line)
"""first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=140), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("territory", "chain", "seq", name=op.f("uq_journal_territory_chain_seq")),
    )
    op.create_table(
        "leases",
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("territory", "name", name=op.f("pk_leases")),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("file_number", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=3), nullable=False),
        sa.Column("civility", sa.String(length=20), nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_to_check", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("landline", sa.String(length=20), nullable=True),
        sa.Column("address", sa.String(length=250), nullable=True),
        sa.Column("postcode_city", sa.String(length=120), nullable=True),
        sa.Column("preferred_channel", sa.String(length=10), nullable=True),
        sa.Column("refused_channels", sa.String(length=40), server_default="", nullable=False),
        sa.Column("social_ref", sa.String(length=40), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("territory", "file_number", "role", name=op.f("uq_persons_territory_file_number_role")),
    )
    op.create_table(
        "referents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("body", sa.String(length=120), nullable=False),
        sa.Column("circuit", sa.String(length=1), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("working_days", sa.String(length=20), nullable=False),
        sa.Column("day_starts", sa.String(length=5), nullable=False),
        sa.Column("day_ends", sa.String(length=5), nullable=False),
        sa.Column("break_starts", sa.String(length=5), nullable=True),
        sa.Column("break_ends", sa.String(length=5), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referents")),
        sa.UniqueConstraint("territory", "email", name=op.f("uq_referents_territory_email")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("track", sa.String(length=64), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("journal_heads", sa.JSON(), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_track", "runs", ["territory", "track", "on_day"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("track", sa.String(length=64), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("exit_reason", sa.String(length=80), nullable=True),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("under_duties", sa.Boolean(), nullable=False),
        sa.Column("activity_kind", sa.String(length=20), nullable=True),
        sa.Column("activity_started_on", sa.Date(), nullable=True),
        sa.Column("activity_with", sa.String(length=120), nullable=True),
        sa.Column("next_step", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_cases_person_id")),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_cases_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "territory", "person_id", "track", "entered_on", name=op.f("uq_cases_territory_person_id_track_entered_on")
        ),
    )
    op.create_index("ix_cases_open", "cases", ["territory", "track", "left_on", "id"], unique=False)
    op.create_index("ix_cases_person", "cases", ["person_id"], unique=False)
    op.create_table(
        "contracts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("weekly_hours", sa.Integer(), nullable=True),
        sa.Column("reciprocity_offered", sa.Boolean(), nullable=True),
        sa.Column("reciprocity_accepted", sa.Boolean(), nullable=True),
        sa.Column("clauses", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_contracts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint(
            "territory", "person_id", "kind", "starts_on", name=op.f("uq_contracts_territory_person_id_kind_starts_on")
        ),
    )
    op.create_index("ix_contracts_person", "contracts", ["person_id"], unique=False)
    op.create_table(
        "leaves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_leaves_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
        sa.UniqueConstraint(
            "territory",
            "referent_id",
            "first_day",
            "last_day",
            name=op.f("uq_leaves_territory_referent_id_first_day_last_day"),
        ),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("delay_days", sa.Integer(), nullable=False),
        sa.Column("message_key", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_letters_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint(
            "territory", "person_id", "kind", "sent_on", name=op.f("uq_letters_territory_person_id_kind_sent_on")
        ),
    )
    op.create_index("ix_letters_person", "letters", ["person_id"], unique=False)
    op.create_table(
        "pauses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_pauses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
        sa.UniqueConstraint(
            "territory", "person_id", "first_day", name=op.f("uq_pauses_territory_person_id_first_day")
        ),
    )
    op.create_index("ix_pauses_person", "pauses", ["person_id"], unique=False)
    op.create_table(
        "prescribed_actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.String(length=160), nullable=False),
        sa.Column("prescribed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("proof_seen", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_prescribed_actions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescribed_actions")),
        sa.UniqueConstraint(
            "territory",
            "person_id",
            "label",
            "prescribed_on",
            name=op.f("uq_prescribed_actions_territory_person_id_label_prescribed_on"),
        ),
    )
    op.create_index("ix_prescribed_actions_person", "prescribed_actions", ["person_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_sessions_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("territory", "ref", name=op.f("uq_sessions_territory_ref")),
    )
    op.create_table(
        "appointments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("by_phone", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_by", sa.String(length=120), nullable=True),
        sa.Column("qualification", sa.String(length=14), nullable=True),
        sa.Column("qualified_by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("created_by", sa.String(length=140), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("notice_sent_on", sa.Date(), nullable=True),
        sa.Column("notice_channel", sa.String(length=10), nullable=True),
        sa.Column("notice_proof", sa.String(length=10), server_default="none", nullable=False),
        sa.Column("notice_by_jalon", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("superseded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "qualification IS NULL OR qualified_by IS NOT NULL", name=op.f("ck_appointments_qualified_by_someone")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_appointments_case_id")),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_appointments_referent_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_appointments_session_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["appointments.id"], name=op.f("fk_appointments_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("territory", "key", name=op.f("uq_appointments_territory_key")),
    )
    op.create_index("ix_appointments_case", "appointments", ["case_id", "starts_at"], unique=False)
    op.create_index("ix_appointments_planned", "appointments", ["territory", "status", "starts_at"], unique=False)
    op.create_index("ix_appointments_referent", "appointments", ["territory", "referent_id", "starts_at"], unique=False)
    op.create_table(
        "breaches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clause", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("qualification", sa.String(length=14), nullable=True),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_breaches_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
        sa.UniqueConstraint("territory", "key", name=op.f("uq_breaches_territory_key")),
    )
    op.create_index("ix_breaches_case", "breaches", ["case_id"], unique=False)
    op.create_table(
        "checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("precondition", sa.String(length=30), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_checks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_case", "checks", ["case_id"], unique=False)
    op.create_index(
        "uq_checks_open",
        "checks",
        ["territory", "case_id", "precondition"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("coordinator_from", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(length=140), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questions_case_id")),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_questions_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("territory", "key", name=op.f("uq_questions_territory_key")),
    )
    op.create_index("ix_questions_case", "questions", ["case_id"], unique=False)
    op.create_index("ix_questions_open", "questions", ["territory", "closed_on", "referent_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("track", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.Column("legal_reference", sa.Text(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("assigned_to", sa.String(length=120), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind = 'service' OR case_id IS NOT NULL", name=op.f("ck_reviews_about_a_case")),
        sa.CheckConstraint(
            "status NOT IN ('decided','notified','appeal_open','closed') OR decided_by IS NOT NULL",
            name=op.f("ck_reviews_ended_by_someone"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL AND decided_by IS NULL AND decided_at IS NULL) OR (outcome IS NOT NULL AND decided_at IS NOT NULL AND decided_by IS NOT NULL AND length(trim(decided_by)) > 0 AND reasons IS NOT NULL AND length(trim(reasons)) > 0)",
            name=op.f("ck_reviews_decided_by_someone"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id")),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_reviews_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_case", "reviews", ["case_id"], unique=False)
    op.create_index(
        "uq_reviews_open",
        "reviews",
        ["territory", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signals_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("territory", "key", name=op.f("uq_signals_territory_key")),
    )
    op.create_index("ix_signals_case", "signals", ["case_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recipient_kind", sa.String(length=12), nullable=False),
        sa.Column("recipient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("failure", sa.String(length=10), nullable=True),
        sa.Column("not_sent_because", sa.String(length=40), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_messages_appointment_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("territory", "key", name=op.f("uq_messages_territory_key")),
    )
    op.create_index("ix_messages_appointment", "messages", ["appointment_id"], unique=False)
    op.create_index("ix_messages_case", "messages", ["case_id"], unique=False)
    op.create_index("ix_messages_due", "messages", ["territory", "status", "due_at"], unique=False)
    op.create_table(
        "review_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_review_evidence_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_evidence")),
        sa.UniqueConstraint(
            "territory",
            "review_id",
            "kind",
            "subject_id",
            name=op.f("uq_review_evidence_territory_review_id_kind_subject_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table("review_evidence")
    op.drop_index("ix_messages_due", table_name="messages")
    op.drop_index("ix_messages_case", table_name="messages")
    op.drop_index("ix_messages_appointment", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_signals_case", table_name="signals")
    op.drop_table("signals")
    op.drop_index(
        "uq_reviews_open",
        table_name="reviews",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_index("ix_reviews_case", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("ix_questions_open", table_name="questions")
    op.drop_index("ix_questions_case", table_name="questions")
    op.drop_table("questions")
    op.drop_index(
        "uq_checks_open",
        table_name="checks",
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.drop_index("ix_checks_case", table_name="checks")
    op.drop_table("checks")
    op.drop_index("ix_breaches_case", table_name="breaches")
    op.drop_table("breaches")
    op.drop_index("ix_appointments_referent", table_name="appointments")
    op.drop_index("ix_appointments_planned", table_name="appointments")
    op.drop_index("ix_appointments_case", table_name="appointments")
    op.drop_table("appointments")
    op.drop_table("sessions")
    op.drop_index("ix_prescribed_actions_person", table_name="prescribed_actions")
    op.drop_table("prescribed_actions")
    op.drop_index("ix_pauses_person", table_name="pauses")
    op.drop_table("pauses")
    op.drop_index("ix_letters_person", table_name="letters")
    op.drop_table("letters")
    op.drop_table("leaves")
    op.drop_index("ix_contracts_person", table_name="contracts")
    op.drop_table("contracts")
    op.drop_index("ix_cases_person", table_name="cases")
    op.drop_index("ix_cases_open", table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_runs_track", table_name="runs")
    op.drop_table("runs")
    op.drop_table("referents")
    op.drop_table("persons")
    op.drop_table("leases")
    op.drop_table("journal")
