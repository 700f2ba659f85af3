"""Reads of the clause ledger, the objectives and the newest official text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from u4ssc_gov.charter.models import Clause, Objective, TermsDocument, TermsParagraph


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One row of the ledger."""

    key: str
    slug: str
    section: str
    title: str
    kind: str
    binds: str
    does: str


@dataclass(slots=True)
class OfficialText:
    """The newest uploaded text: its title, and its paragraphs by number (none for a PDF)."""

    title: str
    agreed_on: date | None
    paragraphs: dict[str, str] = field(default_factory=dict)


def list_objectives(session: Session) -> Sequence[Objective]:
    """The objectives of ¶22 in their order."""
    return session.scalars(select(Objective).order_by(Objective.letter)).all()


def load_charter(session: Session) -> tuple[list[ClauseLine], OfficialText | None]:
    """The ledger in its order and the newest official text, if one was uploaded: one statement for the whole page."""
    since = func.coalesce(TermsDocument.in_force_at, TermsDocument.uploaded_at)
    official = select(TermsDocument.id).where(TermsDocument.is_proposal.is_(False))
    newest = official.order_by(since.desc(), TermsDocument.id.desc()).limit(1)
    whole = union_all(
        _arm(
            "clause", Clause.position, Clause.key, Clause.title, Clause.does, Clause.slug, Clause.section, Clause.kind,
            Clause.binds,
        ),
        _arm("document", TermsDocument.id, literal(""), TermsDocument.title, literal(""), on=TermsDocument.agreed_on)
        .where(TermsDocument.id == newest.scalar_subquery()),
        _arm("paragraph", TermsParagraph.id, TermsParagraph.number, literal(""), TermsParagraph.text)
        .where(TermsParagraph.document_id == newest.scalar_subquery()),
    ).subquery()  # fmt: skip
    clauses: list[ClauseLine] = []
    text: OfficialText | None = None
    for row in session.execute(select(whole).order_by(whole.c.what, whole.c.place)):
        if row.what == "clause":
            clauses.append(ClauseLine(row.key, row.slug, row.section, row.title, row.kind, row.binds, row.body))
        elif row.what == "document":
            text = OfficialText(row.title, row.agreed_on)
        elif text is not None:
            text.paragraphs[row.key] = row.body
    return clauses, text


def _arm(
    what: str,
    place: Any,
    key: Any,
    title: Any,
    body: Any,
    slug: Any = "",
    section: Any = "",
    kind: Any = "",
    binds: Any = "",
    *,
    on: Any = None,
) -> Select[Any]:
    """One arm of the union: the same columns in each; the kinds of row sort as clause, document, paragraph."""
    texts = {"key": key, "title": title, "body": body, "slug": slug, "section": section, "kind": kind, "binds": binds}
    columns = [
        cast(literal(value) if isinstance(value, str) else value, Text).label(name) for name, value in texts.items()
    ]
    return select(
        literal(what).label("what"),
        place.label("place"),
        *columns,
        (cast(null(), Date) if on is None else on).label("agreed_on"),  # SQLite would cast a day to a number
    )
