"""Everybody in the demonstration accepts the Terms of Reference (¶48), in a copy that says that it is none."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.charter import services as charter
from u4ssc_gov.charter.models import Clause
from u4ssc_gov.charter.queries import find_in_force
from u4ssc_gov.charter.undertakings import KEYS
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.workflows import terms_upload

TITLE = "Terms of Reference, June 2019 (demonstration copy)"
_HEAD = (
    "Demonstration copy. This is not the official text, which the Secretariat uploads. It names the clauses of the\n"
    "Terms of Reference of June 2019 in the words of this platform.\n"
)


def upload(line: Timeline, officer: Person, now: datetime) -> None:
    """Put a copy in our own words on record; its lines carry no numbers, so that none passes for the official one."""
    clauses = line.session.execute(select(Clause.key, Clause.title).order_by(Clause.position)).all()
    text = _HEAD + "".join(f"\n¶ {key}: {title}" for key, title in clauses) + "\n"
    terms_upload.upload_terms(
        line.session,
        terms_upload.read_upload(text.encode(), "terms-of-reference-demonstration-copy.txt"),
        title=TITLE,
        agreed_on=date(2019, 6, 28),
        actor=line.actor(officer, now),
        now=now,
    )


def accept(line: Timeline, person: Person, now: datetime) -> None:
    """What a person does before they take part."""
    version = find_in_force(line.session)
    if version is not None:
        actor = line.actor(person, now)
        charter.accept_terms(line.session, document_id=version.id, ticked=KEYS, actor=actor, now=now)
