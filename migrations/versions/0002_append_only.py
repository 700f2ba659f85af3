"""History cannot be rewritten: append-only tables, and ballots frozen once they open (threats T03, T04).

The service layer has no use case that would do these things; the triggers are the second net, for bugs and for hands
on the database.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_record", "vote", "note_revision", "stage_change", "request_move", "request_answer", "elector")
FROZEN = ("type", "title", "decision_text", "if_approved", "if_not_approved", "rule", "text_sha256", "opens_at")

# Rows that stand still once their owner has reached a point: table, verbs, condition that refuses.
SETTLED = (
    ("ballot_document", "insert", "(SELECT opens_at FROM ballot WHERE id = NEW.ballot_id) IS NOT NULL"),
    ("ballot_document", "update", "(SELECT opens_at FROM ballot WHERE id = OLD.ballot_id) IS NOT NULL"),
    ("ballot_document", "delete", "(SELECT opens_at FROM ballot WHERE id = OLD.ballot_id) IS NOT NULL"),
    ("note", "update", "(SELECT filed_at FROM minutes WHERE id = OLD.minutes_id) IS NOT NULL"),
    ("note", "delete", "(SELECT filed_at FROM minutes WHERE id = OLD.minutes_id) IS NOT NULL"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER tr_{table}_no_{verb}" + ("" if sqlite else f" ON {table}"))
    op.execute("DROP TRIGGER tr_ballot_frozen" + ("" if sqlite else " ON ballot"))
    for table, verb, _condition in SETTLED:
        op.execute(f"DROP TRIGGER tr_{table}_settled_{verb}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION u4_{table}_settled_{verb}()")
    if not sqlite:
        op.execute("DROP FUNCTION u4_refuse()")
        op.execute("DROP FUNCTION u4_ballot_frozen()")


def _upgrade_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in FROZEN)
    op.execute(
        f"CREATE TRIGGER tr_ballot_frozen BEFORE UPDATE ON ballot WHEN OLD.opens_at IS NOT NULL AND ({changed}) "
        "BEGIN SELECT RAISE(ABORT, 'ballot is frozen'); END"
    )
    for table, verb, condition in SETTLED:
        op.execute(
            f"CREATE TRIGGER tr_{table}_settled_{verb} BEFORE {verb.upper()} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is settled'); END"
        )


def _upgrade_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION u4_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION u4_refuse()"
            )
    changed = " OR ".join(f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in FROZEN)
    op.execute(
        "CREATE FUNCTION u4_ballot_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF OLD.opens_at IS NOT NULL AND ({changed}) THEN "
        "RAISE EXCEPTION 'ballot is frozen'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER tr_ballot_frozen BEFORE UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION u4_ballot_frozen()"
    )
    for table, verb, condition in SETTLED:
        row = "OLD" if verb == "delete" else "NEW"
        op.execute(
            f"CREATE FUNCTION u4_{table}_settled_{verb}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {condition} THEN RAISE EXCEPTION '{table} is settled'; END IF; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER tr_{table}_settled_{verb} BEFORE {verb.upper()} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION u4_{table}_settled_{verb}()"
        )
