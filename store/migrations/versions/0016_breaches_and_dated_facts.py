"""breaches and dated facts"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "circuit_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("referent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("circuit", sa.String(length=1), nullable=False),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_circuit_history_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuit_history")),
        sa.UniqueConstraint(
            "territory", "referent_id", "since", name=op.f("uq_circuit_history_territory_referent_id_since")
        ),
    )
    op.create_table(
        "duty_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("under_duties", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_duty_history_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_history")),
        sa.UniqueConstraint("territory", "case_id", "since", name=op.f("uq_duty_history_territory_case_id_since")),
    )
    op.create_index("ix_duty_history_case", "duty_history", ["case_id"], unique=False)
    # What is true now is what is known: since the entry for duties, since ever for a circuit.
    op.execute(
        "INSERT INTO duty_history (territory, case_id, since, under_duties)"
        " SELECT territory, id, entered_on, under_duties FROM cases"
    )
    op.execute(
        "INSERT INTO circuit_history (territory, referent_id, since, circuit)"
        " SELECT territory, id, DATE '0001-01-01', circuit FROM referents"
        if op.get_bind().dialect.name == "postgresql"
        else "INSERT INTO circuit_history (territory, referent_id, since, circuit)"
        " SELECT territory, id, '0001-01-01', circuit FROM referents"
    )
    op.add_column("appointments", sa.Column("excused_on", sa.Date(), nullable=True))
    op.add_column("breaches", sa.Column("qualified_by", sa.String(length=120), nullable=True))
    op.execute("UPDATE breaches SET qualified_by = said_by WHERE qualification IS NOT NULL")
    op.add_column(
        "breaches", sa.Column("contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.add_column("breaches", sa.Column("text_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.add_column("breaches", sa.Column("circuit", sa.String(length=1), nullable=True))
    op.add_column("breaches", sa.Column("reason", sa.String(length=40), nullable=True))
    op.add_column("breaches", sa.Column("excused_on", sa.Date(), nullable=True))
    op.add_column("breaches", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.add_column("breaches", sa.Column("withdrawn_by", sa.String(length=120), nullable=True))


def downgrade() -> None:
    op.drop_column("breaches", "withdrawn_by")
    op.drop_column("breaches", "withdrawn_on")
    op.drop_column("breaches", "excused_on")
    op.drop_column("breaches", "reason")
    op.drop_column("breaches", "circuit")
    op.drop_column("breaches", "text_id")
    op.drop_column("breaches", "contract_id")
    op.drop_column("breaches", "qualified_by")
    op.drop_column("appointments", "excused_on")
    op.drop_index("ix_duty_history_case", table_name="duty_history")
    op.drop_table("duty_history")
    op.drop_table("circuit_history")
