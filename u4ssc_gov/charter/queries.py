"""Reads of the clause ledger, the objectives and the newest official text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, Select, String, Text, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from u4ssc_gov.charter.models import Clause, Objective, TermsAcceptance, TermsDocument, TermsParagraph


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

    id: int
    title: str
    agreed_on: date | None
    paragraphs: dict[str, str] = field(default_factory=dict)


def list_objectives(session: Session) -> Sequence[Objective]:
    """The objectives of ¶22 in their order."""
    return session.scalars(select(Objective).order_by(Objective.letter)).all()


def load_charter(session: Session) -> tuple[list[ClauseLine], OfficialText | None]:
    """The ledger in its order and the newest official text, if one was uploaded: one statement for the whole page."""
    newest = in_force(TermsDocument.id)
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
            text = OfficialText(row.place, row.title, row.agreed_on)
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


# ── the version in force, and who accepted it (¶23c, ¶48) ──


def in_force(*columns: Any) -> Select[Any]:
    """Columns of the version in force: of the official texts the one that came into force last."""
    since = func.coalesce(TermsDocument.in_force_at, TermsDocument.uploaded_at)
    official = select(*columns).where(TermsDocument.is_proposal.is_(False))
    return official.order_by(since.desc(), TermsDocument.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """A version of the Terms of Reference. ``since`` is the instant from which it is in force here (UTC)."""

    id: int
    title: str
    agreed_on: date | None
    since: datetime
    sha256: str
    file_id: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a person accepted, and when (UTC)."""

    document_id: int
    title: str
    agreed_on: date | None
    accepted_at: datetime


_VERSION = (
    TermsDocument.id,
    TermsDocument.title,
    TermsDocument.agreed_on,
    func.coalesce(TermsDocument.in_force_at, TermsDocument.uploaded_at),
    TermsDocument.sha256,
    TermsDocument.file_id,
)
_IN_FORCE = in_force(*_VERSION)
_OFFICIAL = select(*_VERSION).where(
    TermsDocument.is_proposal.is_(False), TermsDocument.id == bindparam("document", type_=Integer)
)


def find_in_force(session: Session) -> TermsVersion | None:
    """The version in force; ``None`` while no official text is on record."""
    row = session.execute(_IN_FORCE).one_or_none()
    return None if row is None else TermsVersion(*row)


def find_version(session: Session, document_id: int) -> TermsVersion | None:
    """A version that is or was in force; proposals are none."""
    row = session.execute(_OFFICIAL, {"document": document_id}).one_or_none()
    return None if row is None else TermsVersion(*row)


_ACCEPTED = select(TermsAcceptance).where(
    TermsAcceptance.person_id == bindparam("person", type_=Integer),
    TermsAcceptance.sha256 == bindparam("sha256", type_=String),
)
_LAST_ACCEPTED = (
    select(TermsDocument.id, TermsDocument.title, TermsDocument.agreed_on, TermsAcceptance.accepted_at)
    .join(TermsAcceptance, TermsAcceptance.document_id == TermsDocument.id)
    .where(TermsAcceptance.person_id == bindparam("person", type_=Integer))
    .order_by(TermsAcceptance.accepted_at.desc(), TermsAcceptance.id.desc())
    .limit(1)
)


def find_acceptance(session: Session, person_id: int, sha256: str) -> TermsAcceptance | None:
    """A person's acceptance of a text, whichever upload it was read in."""
    return session.scalars(_ACCEPTED, {"person": person_id, "sha256": sha256}).first()


def find_last_accepted(session: Session, person_id: int) -> Accepted | None:
    """What a person accepted last."""
    row = session.execute(_LAST_ACCEPTED, {"person": person_id}).one_or_none()
    return None if row is None else Accepted(*row)
