"""What happened to a partner: joined, left, somebody named or no longer named to vote for it. Append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

VERBS = ("update", "delete")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.create_table(
        "partner_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("joined", "left", "named", "ended", name="partnereventkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("mandate_id", sa.Integer(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_partner_event_by_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_partner_event_mandate_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_event")),
    )
    with op.batch_alter_table("partner_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_event_partner_id"), ["partner_id"], unique=False)
    for verb in VERBS:
        if _sqlite():
            op.execute(
                f"CREATE TRIGGER tr_partner_event_no_{verb} BEFORE {verb.upper()} ON partner_event "
                "BEGIN SELECT RAISE(ABORT, 'partner_event is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER tr_partner_event_no_{verb} BEFORE {verb.upper()} ON partner_event "
                "FOR EACH ROW EXECUTE FUNCTION u4_refuse()"
            )


def downgrade() -> None:
    for verb in VERBS:
        op.execute(f"DROP TRIGGER tr_partner_event_no_{verb}" + ("" if _sqlite() else " ON partner_event"))
    with op.batch_alter_table("partner_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_event_partner_id"))
    op.drop_table("partner_event")
