"""Messages that are written as they are sent keep their facts until then (ADR 0004)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("facts", sa.JSON(), nullable=True))


def downgrade() -> None:
    unwritten = op.get_bind().scalar(
        sa.text("SELECT count(*) FROM outbox_message WHERE facts IS NOT NULL AND status <> 'sent'")
    )
    if unwritten:
        raise RuntimeError(f"{unwritten} messages have not been written yet. Let the outbox send them first.")
    op.drop_column("outbox_message", "facts")
