"""The contract, living: the texts being written, the versions signed, what each party took on, what was not kept."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.schema.columns import in_territory, metadata, ref, row_id
from store.types import Key

# A row is a version that somebody signed, and is never rewritten: an amendment is another row, and `held_until` says
# how long this one held.
contracts = Table(
    "contracts",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("kind", String(20), nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("weekly_hours", Integer),
    Column("reciprocity_offered", Boolean),
    Column("reciprocity_accepted", Boolean),
    Column("clauses", String(80), nullable=False),  # words of Clause, space-separated
    Column("held_until", Date),  # the last day it held, where another version or an early end came before `ends_on`
    Column("created_by", String(140), nullable=False, server_default="import"),  # import, person:<name>
    UniqueConstraint("territory", "person_id", "kind", "starts_on"),
    Index("ix_contracts_person", "person_id"),
)

contract_texts = Table(
    "contract_texts",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("number", Integer, nullable=False),  # n-th text of the case
    Column("kind", String(20), nullable=False),
    Column("status", String(10), nullable=False),  # words of TextStatus
    ref("contracts", name="amends_id", nullable=True),  # the version that this text amends
    ref("contracts", nullable=True),  # the version that it became, once both have signed
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("statement", Text),  # what the person says of their constraints, in their own words
    Column("weekly_hours", Integer),
    Column("hours_basis", String(10), nullable=False),  # words of HoursBasis; the ground is not kept
    Column("drafted_on", Date, nullable=False),
    Column("drafted_by", String(120), nullable=False),
    Column("diagnosed_on", Date),
    Column("diagnosed_by", String(120)),
    Column("proposed_on", Date),
    Column("proposed_by", String(120)),
    Column("person_signed_on", Date),
    Column("service_signed_on", Date),
    Column("service_signed_by", String(120)),
    UniqueConstraint("territory", "case_id", "number"),
    CheckConstraint(
        "status <> 'signed' OR (person_signed_on IS NOT NULL AND service_signed_on IS NOT NULL"
        " AND service_signed_by IS NOT NULL AND contract_id IS NOT NULL)",
        name="signed_by_both",
    ),
    Index(
        "uq_contract_texts_open",
        "territory",
        "case_id",
        unique=True,
        sqlite_where=text("status IN ('draft','proposed')"),
        postgresql_where=text("status IN ('draft','proposed')"),
    ),
    Index("ix_contract_texts_contract", "contract_id"),
)

commitments = Table(
    "commitments",
    metadata,
    row_id(),
    in_territory(),
    ref("contract_texts", name="text_id"),
    Column("rank", Integer, nullable=False),
    Column("party", String(10), nullable=False),  # words of Party
    Column("clause", String(20)),  # the duty that it writes, for the person alone
    Column("what", String(240), nullable=False),
    Column("due_on", Date),
    Column("done_on", Date),
    Column("seen_by", String(120)),  # who saw that it was done
    Column("proof_seen", Boolean),
    UniqueConstraint("territory", "text_id", "rank"),
    CheckConstraint("clause IS NULL OR party = 'person'", name="duties_of_the_person"),
    CheckConstraint("done_on IS NULL OR seen_by IS NOT NULL", name="seen_by_someone"),
)

# Offered at each first contract and renewal. There is no room for a reason: a refusal says nothing (R13).
reciprocity_offers = Table(
    "reciprocity_offers",
    metadata,
    row_id(),
    in_territory(),
    ref("contract_texts", name="text_id"),
    Column("offered_on", Date, nullable=False),
    Column("offered_by", String(120), nullable=False),
    Column("accepted", Boolean),
    UniqueConstraint("territory", "text_id"),
)

obstacles = Table(
    "obstacles",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("code", String(64), nullable=False),  # slug of the territory's programme, never a health detail
    Column("named_on", Date, nullable=False),
    Column("named_by", String(120), nullable=False),
    Column("lifted_on", Date),
    UniqueConstraint("territory", "case_id", "code", "named_on"),
    Index("ix_obstacles_case", "case_id"),
)

prescribed_actions = Table(
    "prescribed_actions",
    metadata,
    row_id(),
    in_territory(),
    ref("persons"),
    Column("label", String(160), nullable=False),
    Column("prescribed_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("done_on", Date),
    Column("proof_seen", Boolean),
    Column("action", String(64)),  # slug of the territory's programme, where it comes from there
    Column("obstacle", String(64)),  # against which it was prescribed
    Column("prescribed_by", String(120)),
    Column("seen_by", String(120)),
    UniqueConstraint("territory", "person_id", "label", "prescribed_on"),
    Index("ix_prescribed_actions_person", "person_id"),
)

breaches = Table(
    "breaches",
    metadata,
    row_id(),
    in_territory(),
    ref("cases"),
    Column("clause", String(20), nullable=False),  # words of Clause, or of Refusal
    Column("happened_on", Date, nullable=False),
    Column("qualification", String(14)),
    Column("qualified_by", String(120)),
    Column("said_by", String(120), nullable=False),
    Column("contract_id", Key),  # the version in force that day, kept as evidence
    Column("text_id", Key),  # the text that was proposed and not signed
    Column("circuit", String(1)),  # of the referent, when it was noted (R6.11)
    Column("reason", String(40)),  # what the person said of it: a code, never a health detail
    Column("excused_on", Date),
    Column("withdrawn_on", Date),
    Column("withdrawn_by", String(120)),
    Column("key", String(120), nullable=False),
    UniqueConstraint("territory", "key"),
    Index("ix_breaches_case", "case_id"),
)
