"""What the writes of this room share: who may, what a reason is, and the line in history and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import policy, queries
from u4ssc_gov.board.models import Ballot, BallotEvent
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.core.text import clean_text
from u4ssc_gov.ledger import queries as ledger_queries
from u4ssc_gov.ledger import services as ledger

REASON_LENGTH = 600


def require_secretariat(actor: Actor) -> None:
    """Raise ``Forbidden`` for anybody but the Secretariat and the platform itself."""
    if not policy.may_prepare(actor):
        raise Forbidden(_("Only the Secretariat prepares and runs ballots."), "board.ballot.secretariat")


def require_unconcerned(session: Session, ballot: Ballot, actor: Actor) -> None:
    """Raise ``Forbidden`` for a person the ballot is about: they neither certify nor extend nor close it."""
    if actor.person_id is not None and actor.person_id in queries.list_concerned(session, ballot):
        message = _("This ballot is about you. Another officer of the Secretariat does this.")
        raise Forbidden(message, "board.ballot.concerned")


def require_draft(ballot: Ballot, now: datetime) -> None:
    """Raise ``RuleViolation`` once a ballot has opened or was given up."""
    if queries.state_of(ballot, now) is not BallotState.DRAFT:
        message = _("%(code)s is no longer a draft; its text cannot change.", code=ballot.code)
        raise RuleViolation(message, "board.ballot.not_draft")


def require_state(ballot: Ballot, allowed: frozenset[BallotState], message: str, code: str, *, now: datetime) -> None:
    """Raise ``RuleViolation`` with this message unless the ballot is in one of the states at ``now``."""
    if queries.state_of(ballot, now) not in allowed:
        raise RuleViolation(message, code)


def checked_text(value: str, field: str, limit: int, missing: str = "", *, room: str = "board.draft") -> str:
    """The text, refused when it is missing or too long. ``limit`` counts characters."""
    if missing and not value:
        raise Invalid(missing, f"{room}.{field}_missing", field)
    if len(value) > limit:
        message = ngettext("Use %(num)s character at most.", "Use %(num)s characters at most.", limit)
        raise Invalid(message, f"{room}.{field}_long", field)
    return value


def checked_reason(reason: str) -> str:
    """A reason that all partners will read."""
    missing = _("Give the reason; partners will read it.")
    return checked_text(clean_text(reason), "reason", REASON_LENGTH, missing)


def locked_instant(session: Session, now: datetime) -> datetime:
    """Lock the ledger (always after the ballot's row) and return the instant that checks and entries use."""
    ledger.lock(session)
    return ledger.settled(session, now)


def person_of(session: Session, actor: Actor, mandate: str | None = None) -> str | None:
    """The commitment that stands for a person in the ledger; ``None`` for the platform."""
    if actor.person_id is None:
        return None
    return ledger.commit_person(session, name=actor.name, email=actor.email, mandate=mandate)


def log_entry(
    session: Session, ballot: Ballot, kind: str, fields: Mapping[str, object], *, now: datetime
) -> int | None:
    """Append to the ledger; returns the number of the entry, ``None`` for a ballot that is older than the ledger."""
    entry = append_entry(session, ballot, kind, fields, now=now)
    return None if entry is None else entry.seq


def append_entry(
    session: Session, ballot: Ballot, kind: str, fields: Mapping[str, object], *, now: datetime
) -> ledger.Appended | None:
    """The same; returns the entry. Each names the one before it about this ballot: none can be left out unseen."""
    if ballot.opened_seq is None and kind != "ballot.opened":
        return None
    before = None if kind == "ballot.opened" else ledger_queries.find_last_of_ballot(session, ballot.id)
    chained = {"ballot": ballot.code, "prev_in_ballot": before, **fields}
    return ledger.append(session, kind, chained, now=now, ballot_id=ballot.id)


def note_event(
    session: Session,
    ballot: Ballot,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    seat: str = "",
    text: str = "",
    seq: int | None = None,
    **details: Any,
) -> BallotEvent:
    """Add a line to the ballot's history."""
    event = BallotEvent(
        ballot_id=ballot.id,
        at=now,
        kind=kind,
        by_id=actor.person_id,
        by_name=actor.name,
        seat=seat,
        text=text,
        details=details,
        ledger_seq=seq,
    )
    session.add(event)
    return event
