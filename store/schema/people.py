"""Who is accompanied, by whom, in which track, and since when."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, UniqueConstraint, text

from store.schema.columns import in_territory, metadata, ref, row_id

persons = Table(
    "persons",
    metadata,
    row_id(),
    in_territory(),
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
    Column("hours_impossible", String(400), nullable=False, server_default=""),  # as tracks.hours writes them
    Column("hours_wished", String(400), nullable=False, server_default=""),
    Column("easy_french", Boolean, nullable=False, server_default=text("false")),  # short sentences (FALC)
    Column("large_print", Boolean, nullable=False, server_default=text("false")),
    Column("social_ref", String(40)),  # the county's own social file (IODAS)
    Column("known_on", Date, nullable=False),
    Column("archived_on", Date),  # out of the active base: restricted access (R20)
    Column("erased_on", Date),  # nothing names them any more
    UniqueConstraint("territory", "file_number", "role"),
)

referents = Table(
    "referents",
    metadata,
    row_id(),
    in_territory(),
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
    row_id(),
    in_territory(),
    ref("referents"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", String(120)),
    UniqueConstraint("territory", "referent_id", "first_day", "last_day"),
)

cases = Table(
    "cases",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("track", String(64), nullable=False),
    Column("entered_on", Date, nullable=False),
    Column("notified_on", Date),  # of the orientation decision
    Column("left_on", Date),
    Column("exit_reason", String(80)),
    ref("referents", nullable=True),
    Column("under_duties", Boolean, nullable=False),
    Column("activity_kind", String(20)),  # emploi, formation
    Column("activity_started_on", Date),
    Column("activity_with", String(120)),
    Column("next_step", String(80)),  # written by the night, read by people
    Column("next_due_on", Date, nullable=False, server_default=text("'0001-01-01'")),  # the night that reads it next
    UniqueConstraint("territory", "person_id", "track", "entered_on"),
    Index("ix_cases_open", "territory", "track", "left_on", "id"),
    Index("ix_cases_person", "person_id"),
    Index("ix_cases_due", "territory", "track", "next_due_on"),
)

# What was true on a day, where the row above only says what is true now (R6.2, R6.11).
duty_history = Table(
    "duty_history",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("since", Date, nullable=False),
    Column("under_duties", Boolean, nullable=False),
    UniqueConstraint("territory", "case_id", "since"),
    Index("ix_duty_history_case", "case_id"),
)

circuit_history = Table(
    "circuit_history",
    metadata,
    row_id(),
    in_territory(),
    ref("referents"),
    Column("since", Date, nullable=False),
    Column("circuit", String(1), nullable=False),
    UniqueConstraint("territory", "referent_id", "since"),
)

pauses = Table(
    "pauses",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("reason", String(120), nullable=False),
    Column("decided_by", String(120), nullable=False),
    UniqueConstraint("territory", "person_id", "first_day"),
    Index("ix_pauses_person", "person_id"),
)
