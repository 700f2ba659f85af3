"""Taking part: acceptance of the Terms of Reference, organisations of participants, requests to join.

What was accepted and what was written to those who ask are append-only on both engines, as in 0002. Participants known
already get an organisation each, and the code of their country where its name is on the list.
"""

import sqlalchemy as sa
from alembic import op
from babel import Locale

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("terms_acceptance", "join_message")
KIND = sa.Enum(
    "national_organisation",
    "local_organisation",
    "international_organisation",
    "city",
    "ngo",
    "private_sector",
    "academia",
    "independent_expert",
    name="participantkind",
    native_enum=False,
    length=40,
)


def upgrade() -> None:
    _accepting()
    _organisations()
    _requests()
    _refuse_changes()


def _accepting() -> None:
    with op.batch_alter_table("terms_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sha256", sa.String(length=64), server_default="", nullable=False))
    op.execute(
        "UPDATE terms_document SET sha256 = (SELECT sha256 FROM stored_file WHERE stored_file.id = "
        "terms_document.file_id)"
    )
    op.create_table(
        "terms_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("undertakings", sa.String(length=80), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_terms_acceptance_person_id")),
        sa.ForeignKeyConstraint(["document_id"], ["terms_document.id"], name=op.f("fk_terms_acceptance_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_acceptance")),
        sa.UniqueConstraint("person_id", "document_id", name=op.f("uq_terms_acceptance_person_id_document_id")),
    )
    op.create_index(op.f("ix_terms_acceptance_sha256"), "terms_acceptance", ["sha256"], unique=False)


def _organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name_key", "country_code", name=op.f("uq_organisation_name_key_country_code")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("country_code", sa.String(length=2), server_default="", nullable=False))
        batch_op.create_foreign_key(op.f("fk_participant_organisation_id"), "organisation", ["organisation_id"], ["id"])
        batch_op.create_index(op.f("ix_participant_organisation_id"), ["organisation_id"], unique=False)
    _carry_over()
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_column("country")


def _carry_over() -> None:
    """Participants known already: the code of their country, and one organisation for each name and country."""
    connection = op.get_bind()
    names = {str(name).casefold(): str(code) for code, name in Locale.parse("en").territories.items() if len(code) == 2}
    text = "SELECT id, organisation, country, kind, created_at FROM participant ORDER BY id"
    made: dict[tuple[str, str], int] = {}
    for row in connection.execute(sa.text(text)).all():
        code = names.get(row.country.casefold(), "")
        key = (row.organisation.casefold(), code)
        if row.organisation and row.kind != "independent_expert" and key not in made:
            made[key] = len(made) + 1
            connection.execute(
                sa.text(
                    "INSERT INTO organisation (name, name_key, country_code, kind, created_at) "
                    "VALUES (:name, :name_key, :code, :kind, :at)"
                ),
                {"name": row.organisation, "name_key": key[0], "code": code, "kind": row.kind, "at": row.created_at},
            )
        connection.execute(
            sa.text("UPDATE participant SET country_code = :code, organisation_id = :organisation WHERE id = :id"),
            {"code": code, "organisation": made.get(key), "id": row.id},
        )


def _requests() -> None:
    op.create_table(
        "join_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_join_counter")),
    )
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Enum("form", "email", name="joinsource", native_enum=False, length=40), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("questioned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_join_request_recorded_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_join_request_decided_by_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_join_request_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_join_request_reference")),
        sa.UniqueConstraint("form_key", name=op.f("uq_join_request_form_key")),
    )
    op.create_index(op.f("ix_join_request_email"), "join_request", ["email"], unique=False)
    undecided = sa.text("decided_at IS NULL")
    op.create_index(
        "uq_join_request_open_email",
        "join_request",
        ["email"],
        unique=True,
        sqlite_where=undecided,
        postgresql_where=undecided,
    )
    op.create_table(
        "join_interest",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["join_request.id"], name=op.f("fk_join_interest_request_id")),
        sa.PrimaryKeyConstraint("request_id", "code", name=op.f("pk_join_interest")),
    )
    op.create_table(
        "join_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("question", "acceptance", "reason", name="messagekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["join_request.id"], name=op.f("fk_join_message_request_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_join_message_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_message")),
    )
    op.create_index(op.f("ix_join_message_request_id"), "join_message", ["request_id"], unique=False)


def _refuse_changes() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            head = f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            if sqlite:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
            else:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION u4_refuse()")


def downgrade() -> None:
    # Triggers and indexes go with their tables; the function they call belongs to 0002.
    for table in ("join_message", "join_interest", "join_request", "join_counter"):
        op.drop_table(table)
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country", sa.String(length=80), server_default="", nullable=False))
    op.execute("UPDATE participant SET country = country_code")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_participant_organisation_id"))
        batch_op.drop_constraint(op.f("fk_participant_organisation_id"), type_="foreignkey")
        batch_op.drop_column("country_code")
        batch_op.drop_column("organisation_id")
    op.drop_table("organisation")
    op.drop_table("terms_acceptance")
    with op.batch_alter_table("terms_document", schema=None) as batch_op:
        batch_op.drop_column("sha256")
