"""retention"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("archived_on", sa.Date(), nullable=True))
    op.add_column("persons", sa.Column("erased_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("persons", "erased_on")
    op.drop_column("persons", "archived_on")
