"""The Board decides: methods, rule sets, candidates, history, certification, challenges.

Tables are rebuilt on SQLite, which drops their triggers and trips over those that name them: all are taken away first
and put back after. History stays append-only; the frozen columns of a ballot now include its method and posts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ballot_event", "ballot_remark", "editorial_note")
OLD_FROZEN = ("type", "title", "decision_text", "if_approved", "if_not_approved", "rule", "text_sha256", "opens_at")
FROZEN = (*OLD_FROZEN, "method", "posts", "candidate_count", "round", "previous_id")
VERBS = ("insert", "update", "delete")
OPENED = "(SELECT opens_at FROM ballot WHERE id = {row}.ballot_id) IS NOT NULL"


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _drop_triggers() -> None:
    """Only SQLite loses or trips over triggers; PostgreSQL alters tables in place."""
    if not _sqlite():
        return
    op.execute("DROP TRIGGER tr_ballot_frozen")
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER tr_vote_no_{verb}")
    for verb in VERBS:
        op.execute(f"DROP TRIGGER tr_ballot_document_settled_{verb}")


def _make_triggers() -> None:
    if not _sqlite():
        return
    for verb in ("update", "delete"):
        _append_only("vote", verb)
    for verb in VERBS:
        condition = OPENED.format(row="NEW" if verb == "insert" else "OLD")
        op.execute(
            f"CREATE TRIGGER tr_ballot_document_settled_{verb} BEFORE {verb.upper()} ON ballot_document "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'ballot_document is settled'); END"
        )


def _append_only(table: str, verb: str) -> None:
    if _sqlite():
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION u4_refuse()"
        )


def _freeze(columns: tuple[str, ...]) -> None:
    if _sqlite():
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER tr_ballot_frozen BEFORE UPDATE ON ballot WHEN OLD.opens_at IS NOT NULL AND ({changed}) "
            "BEGIN SELECT RAISE(ABORT, 'ballot is frozen'); END"
        )
        return
    changed = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in columns)
    op.execute(
        "CREATE OR REPLACE FUNCTION u4_ballot_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF OLD.opens_at IS NOT NULL AND ({changed}) THEN "
        "RAISE EXCEPTION 'ballot is frozen'; END IF; RETURN NEW; END $$"
    )


def upgrade() -> None:
    _drop_triggers()
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "appointment",
                "deliverable",
                "action_plan",
                "tor_revision",
                "kpi_set",
                "guidance",
                "rule_set",
                name="ballottype",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum("vote", "silence", "election", name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.String(length=30), nullable=False),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["person.id"], name=op.f("fk_rule_set_drafted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("type", "method", "version", name=op.f("uq_rule_set_type_method_version")),
    )
    op.create_table(
        "ballot_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("seat", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_event_ballot_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ballot_event_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_event")),
    )
    with op.batch_alter_table("ballot_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballot_event_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "ballot_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_remark_ballot_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ballot_remark_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_remark")),
    )
    with op.batch_alter_table("ballot_remark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballot_remark_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("nominated_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_candidate_ballot_id")),
        sa.ForeignKeyConstraint(["nominated_by_id"], ["partner.id"], name=op.f("fk_candidate_nominated_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_candidate_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("ballot_id", "number", name=op.f("uq_candidate_ballot_id_number")),
        sa.UniqueConstraint("ballot_id", "person_id", name=op.f("uq_candidate_ballot_id_person_id")),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("acronym", sa.String(length=20), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("grounds", sa.String(length=2000), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_challenge_ballot_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_challenge_decided_by_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_challenge_partner_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["person.id"], name=op.f("fk_challenge_raised_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("ballot_id", "partner_id", name=op.f("uq_challenge_ballot_id_partner_id")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_ballot_id"), ["ballot_id"], unique=False)

    op.create_table(
        "editorial_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("vote_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_editorial_note_ballot_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_editorial_note_by_id")),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_editorial_note_vote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editorial_note")),
        sa.UniqueConstraint("vote_id", name=op.f("uq_editorial_note_vote_id")),
    )
    with op.batch_alter_table("editorial_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_editorial_note_ballot_id"), ["ballot_id"], unique=False)

    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "method",
                sa.Enum("vote", "silence", "election", name="method", native_enum=False, length=40),
                server_default="vote",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("round", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("previous_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("after_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("posts", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("candidate_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("struck", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("opens_planned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("opening_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_closing", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("referred_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("annulled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("annulment_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("annulment_asked_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("annulment_asked_for", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(sa.Column("annulment_reason", sa.String(length=600), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column(
                "cause", sa.Enum("time", "all_answered", name="cause", native_enum=False, length=40), nullable=True
            )
        )
        batch_op.add_column(sa.Column("elected", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("certified_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("decision_year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("decision_number", sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column("challenges_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("challenged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("opened_seq", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("closed_seq", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("office_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("terms_document_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rule_set_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_ballot_period"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_ballot_period"), "closes_at IS NULL OR opens_at IS NULL OR closes_at >= opens_at"
        )
        batch_op.create_check_constraint(batch_op.f("ck_ballot_round"), "round >= 1")
        batch_op.create_check_constraint(
            batch_op.f("ck_ballot_certified"), "certified_at IS NULL OR decision_number IS NOT NULL"
        )
        batch_op.create_unique_constraint(batch_op.f("uq_ballot_decision_number"), ["decision_number"])
        batch_op.create_foreign_key(
            batch_op.f("fk_ballot_terms_document_id"), "terms_document", ["terms_document_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_ballot_office_id"), "office", ["office_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_ballot_certified_by_id"), "person", ["certified_by_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_ballot_after_id"), "ballot", ["after_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_ballot_rule_set_id"), "rule_set", ["rule_set_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_ballot_annulment_asked_by_id"), "person", ["annulment_asked_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_ballot_previous_id"), "ballot", ["previous_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_ballot_plan_id"), "action_plan", ["plan_id"], ["id"])

    with op.batch_alter_table("terms_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_proposal", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("basis", sa.String(length=30), server_default="", nullable=False))

    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.add_column(sa.Column("candidates", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("cure", sa.String(length=2000), server_default="", nullable=False))
        batch_op.add_column(sa.Column("evidence_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ledger_seq", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("commitment", sa.String(length=64), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_vote_evidence"), "capacity <> 'on_record' OR evidence_id IS NOT NULL"
        )
        batch_op.create_unique_constraint(batch_op.f("uq_vote_ledger_seq"), ["ledger_seq"])
        batch_op.create_foreign_key(batch_op.f("fk_vote_evidence_id"), "stored_file", ["evidence_id"], ["id"])
    _make_triggers()
    _freeze(FROZEN)
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            _append_only(table, verb)
    op.execute("UPDATE ballot SET opening_told_at = opens_at WHERE opens_at IS NOT NULL")


def downgrade() -> None:
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER tr_{table}_no_{verb}" + ("" if _sqlite() else f" ON {table}"))
    _drop_triggers()
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_vote_evidence"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_vote_evidence_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_vote_ledger_seq"), type_="unique")
        batch_op.drop_column("commitment")
        batch_op.drop_column("ledger_seq")
        batch_op.drop_column("evidence_id")
        batch_op.drop_column("cure")
        batch_op.drop_column("candidates")

    with op.batch_alter_table("terms_document", schema=None) as batch_op:
        batch_op.drop_column("basis")
        batch_op.drop_column("rejected_at")
        batch_op.drop_column("in_force_at")
        batch_op.drop_column("is_proposal")

    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_ballot_period"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_ballot_period"), "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at"
        )
        batch_op.drop_constraint(batch_op.f("ck_ballot_round"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_ballot_certified"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_ballot_plan_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_previous_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_annulment_asked_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_rule_set_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_after_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_certified_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_office_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_ballot_terms_document_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_ballot_decision_number"), type_="unique")
        batch_op.drop_column("rule_set_id")
        batch_op.drop_column("terms_document_id")
        batch_op.drop_column("plan_id")
        batch_op.drop_column("starts_on")
        batch_op.drop_column("office_id")
        batch_op.drop_column("closed_seq")
        batch_op.drop_column("opened_seq")
        batch_op.drop_column("challenged_at")
        batch_op.drop_column("challenges_until")
        batch_op.drop_column("decision_number")
        batch_op.drop_column("decision_year")
        batch_op.drop_column("certified_by_id")
        batch_op.drop_column("certified_at")
        batch_op.drop_column("elected")
        batch_op.drop_column("cause")
        batch_op.drop_column("annulment_reason")
        batch_op.drop_column("annulment_asked_for")
        batch_op.drop_column("annulment_asked_by_id")
        batch_op.drop_column("annulment_asked_at")
        batch_op.drop_column("annulled_at")
        batch_op.drop_column("referred_at")
        batch_op.drop_column("superseded_at")
        batch_op.drop_column("suspended_closing")
        batch_op.drop_column("suspended_at")
        batch_op.drop_column("extended_at")
        batch_op.drop_column("opening_told_at")
        batch_op.drop_column("opens_planned_at")
        batch_op.drop_column("struck")
        batch_op.drop_column("candidate_count")
        batch_op.drop_column("posts")
        batch_op.drop_column("after_id")
        batch_op.drop_column("previous_id")
        batch_op.drop_column("round")
        batch_op.drop_column("method")

    with op.batch_alter_table("editorial_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_editorial_note_ballot_id"))

    op.drop_table("editorial_note")
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_challenge_ballot_id"))

    op.drop_table("challenge")
    op.drop_table("candidate")
    with op.batch_alter_table("ballot_remark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ballot_remark_ballot_id"))

    op.drop_table("ballot_remark")
    with op.batch_alter_table("ballot_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ballot_event_ballot_id"))

    op.drop_table("ballot_event")
    op.drop_table("rule_set")
    _make_triggers()
    _freeze(OLD_FROZEN)
