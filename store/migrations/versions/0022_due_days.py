"""the day on which a case is read next, and what touches it"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touched")),
    )
    op.create_table(
        "due_stamps",
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("track", sa.String(length=64), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "track", name=op.f("pk_due_stamps")),
    )
    op.add_column("cases", sa.Column("next_due_on", sa.Date(), server_default=sa.text("'0001-01-01'"), nullable=False))
    op.create_index("ix_cases_due", "cases", ["territory", "track", "next_due_on"], unique=False)


def downgrade() -> None:
    """The triggers write in a table that goes: they go first."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        ours = "SELECT proname FROM pg_proc WHERE starts_with(proname, 'jalon_touch_') AND pg_function_is_visible(oid)"
        for name in connection.scalars(sa.text(ours)).all():
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    else:
        ours = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'jalon\\_touch\\_%' ESCAPE '\\'"
        for name in connection.scalars(sa.text(ours)).all():
            op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_cases_due", table_name="cases")
    op.drop_column("cases", "next_due_on")
    op.drop_table("due_stamps")
    op.drop_table("touched")
