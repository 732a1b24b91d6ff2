# ruff: noqa: E501 (a constraint keeps its line)
"""living contract"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("amends_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("weekly_hours", sa.Integer(), nullable=True),
        sa.Column("hours_basis", sa.String(length=10), nullable=False),
        sa.Column("drafted_on", sa.Date(), nullable=False),
        sa.Column("drafted_by", sa.String(length=120), nullable=False),
        sa.Column("diagnosed_on", sa.Date(), nullable=True),
        sa.Column("diagnosed_by", sa.String(length=120), nullable=True),
        sa.Column("proposed_on", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.String(length=120), nullable=True),
        sa.Column("person_signed_on", sa.Date(), nullable=True),
        sa.Column("service_signed_on", sa.Date(), nullable=True),
        sa.Column("service_signed_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "status <> 'signed' OR (person_signed_on IS NOT NULL AND service_signed_on IS NOT NULL AND service_signed_by IS NOT NULL AND contract_id IS NOT NULL)",
            name=op.f("ck_contract_texts_signed_by_both"),
        ),
        sa.ForeignKeyConstraint(["amends_id"], ["contracts.id"], name=op.f("fk_contract_texts_amends_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contract_texts_case_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_contract_texts_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_texts")),
        sa.UniqueConstraint("territory", "case_id", "number", name=op.f("uq_contract_texts_territory_case_id_number")),
    )
    op.create_index("ix_contract_texts_contract", "contract_texts", ["contract_id"], unique=False)
    op.create_index(
        "uq_contract_texts_open",
        "contract_texts",
        ["territory", "case_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('draft','proposed')"),
        postgresql_where=sa.text("status IN ('draft','proposed')"),
    )
    op.create_table(
        "obstacles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("named_on", sa.Date(), nullable=False),
        sa.Column("named_by", sa.String(length=120), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_obstacles_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacles")),
        sa.UniqueConstraint(
            "territory", "case_id", "code", "named_on", name=op.f("uq_obstacles_territory_case_id_code_named_on")
        ),
    )
    op.create_index("ix_obstacles_case", "obstacles", ["case_id"], unique=False)
    op.create_table(
        "commitments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("text_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=10), nullable=False),
        sa.Column("clause", sa.String(length=20), nullable=True),
        sa.Column("what", sa.String(length=240), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("seen_by", sa.String(length=120), nullable=True),
        sa.Column("proof_seen", sa.Boolean(), nullable=True),
        sa.CheckConstraint("clause IS NULL OR party = 'person'", name=op.f("ck_commitments_duties_of_the_person")),
        sa.CheckConstraint("done_on IS NULL OR seen_by IS NOT NULL", name=op.f("ck_commitments_seen_by_someone")),
        sa.ForeignKeyConstraint(["text_id"], ["contract_texts.id"], name=op.f("fk_commitments_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("territory", "text_id", "rank", name=op.f("uq_commitments_territory_text_id_rank")),
    )
    op.create_table(
        "reciprocity_offers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("text_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("offered_by", sa.String(length=120), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["text_id"], ["contract_texts.id"], name=op.f("fk_reciprocity_offers_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reciprocity_offers")),
        sa.UniqueConstraint("territory", "text_id", name=op.f("uq_reciprocity_offers_territory_text_id")),
    )
    op.add_column("contracts", sa.Column("held_until", sa.Date(), nullable=True))
    op.add_column("contracts", sa.Column("created_by", sa.String(length=140), server_default="import", nullable=False))
    op.add_column("prescribed_actions", sa.Column("action", sa.String(length=64), nullable=True))
    op.add_column("prescribed_actions", sa.Column("obstacle", sa.String(length=64), nullable=True))
    op.add_column("prescribed_actions", sa.Column("prescribed_by", sa.String(length=120), nullable=True))
    op.add_column("prescribed_actions", sa.Column("seen_by", sa.String(length=120), nullable=True))


def downgrade() -> None:
    op.drop_column("prescribed_actions", "seen_by")
    op.drop_column("prescribed_actions", "prescribed_by")
    op.drop_column("prescribed_actions", "obstacle")
    op.drop_column("prescribed_actions", "action")
    op.drop_column("contracts", "created_by")
    op.drop_column("contracts", "held_until")
    op.drop_table("reciprocity_offers")
    op.drop_table("commitments")
    op.drop_index("ix_obstacles_case", table_name="obstacles")
    op.drop_table("obstacles")
    op.drop_index(
        "uq_contract_texts_open",
        table_name="contract_texts",
        sqlite_where=sa.text("status IN ('draft','proposed')"),
        postgresql_where=sa.text("status IN ('draft','proposed')"),
    )
    op.drop_index("ix_contract_texts_contract", table_name="contract_texts")
    op.drop_table("contract_texts")
