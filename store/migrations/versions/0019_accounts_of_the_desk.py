"""accounts of the desk"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("referent_id", KEY, nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("issuer", sa.String(length=250), nullable=True),
        sa.Column("subject", sa.String(length=250), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role != 'referent' OR referent_id IS NOT NULL", name=op.f("ck_accounts_a_referent_has_a_caseload")
        ),
        sa.ForeignKeyConstraint(["referent_id"], ["referents.id"], name=op.f("fk_accounts_referent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("territory", "email", name=op.f("uq_accounts_territory_email")),
        sa.UniqueConstraint("territory", "issuer", "subject", name=op.f("uq_accounts_territory_issuer_subject")),
        sa.UniqueConstraint("territory", "name", name=op.f("uq_accounts_territory_name")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("territory", "token_hash", name=op.f("uq_invitations_territory_token_hash")),
    )
    op.create_table(
        "reads",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_reads_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reads_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_reads_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reads")),
        sa.UniqueConstraint(
            "territory",
            "account_id",
            "case_id",
            "page",
            "at",
            name=op.f("uq_reads_territory_account_id_case_id_page_at"),
        ),
    )
    op.create_index("ix_reads_at", "reads", ["territory", "at"], unique=False)
    op.create_index("ix_reads_person", "reads", ["person_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("territory", sa.String(length=64), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("territory", "token_hash", name=op.f("uq_sign_ins_territory_token_hash")),
    )
    op.create_index("ix_sign_ins_account", "sign_ins", ["account_id"], unique=False)
    with op.batch_alter_table("declarations") as table:
        table.add_column(sa.Column("said_by", sa.String(length=120), nullable=True))
        table.alter_column("answer_id", existing_type=KEY, nullable=True)
        table.create_check_constraint(
            op.f("ck_declarations_said_by_someone"), "answer_id IS NOT NULL OR said_by IS NOT NULL"
        )


def downgrade() -> None:
    op.execute("DELETE FROM declarations WHERE answer_id IS NULL")
    with op.batch_alter_table("declarations") as table:
        table.drop_constraint(op.f("ck_declarations_said_by_someone"), type_="check")
        table.alter_column("answer_id", existing_type=KEY, nullable=False)
        table.drop_column("said_by")
    op.drop_index("ix_sign_ins_account", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index("ix_reads_person", table_name="reads")
    op.drop_index("ix_reads_at", table_name="reads")
    op.drop_table("reads")
    op.drop_table("invitations")
    op.drop_table("accounts")
