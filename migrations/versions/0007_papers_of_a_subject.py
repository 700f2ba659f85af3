"""Papers that the platform makes of what a ballot is about: marked, so that the next round makes them anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ballot_document", sa.Column("of_subject", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("ballot_document", "of_subject")
