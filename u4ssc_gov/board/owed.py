"""Reads of what is owed about ballots and how the last year stands: for the desk, the ledger and the meetings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Date, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot, Candidate, Elector, Vote
from u4ssc_gov.board.queries import in_state, instants
from u4ssc_gov.board.rules import BREAKING, BallotOutcome, BallotType, Instants, Method
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.partners.models import Mandate, Partner


@dataclass(frozen=True, slots=True)
class OwedVote:
    """An open ballot in which a partner has not voted."""

    ballot_id: int
    code: str
    type: BallotType
    title: str
    opens_at: datetime | None
    closes_at: datetime | None  # an open ballot always has both
    partner_id: int
    acronym: str
    lifts: bool = False  # its objection has suspended a silence: it says whether it stands


# A silence asks nothing of those who agree, unless its rule wants to hear so.
_ASKS = or_(Ballot.method != Method.SILENCE, Ballot.rule["silence_acknowledged"].as_integer() > 0)
_HAS_VOTED = select(Vote.id).where(Vote.elector_id == Elector.id).exists()
_LAST = (
    select(Vote.position)
    .where(Vote.elector_id == Elector.id)
    .order_by(Vote.revision.desc())
    .limit(1)
    .correlate(Elector)
    .scalar_subquery()
)
_BREAKS = _LAST.in_(sorted(BREAKING))
_OWED = (
    select(
        Ballot.id,
        Ballot.code,
        Ballot.type,
        Ballot.title,
        Ballot.opens_at,
        Ballot.closes_at,
        Elector.partner_id,
        Elector.acronym,
        Ballot.suspended_at.is_not(None),
    )
    .join(Elector, Elector.ballot_id == Ballot.id)
    .where(
        Elector.partner_id.in_(bindparam("partners", expanding=True)),
        or_(and_(in_state("open"), _ASKS, ~_HAS_VOTED), and_(in_state("suspended"), _BREAKS)),
    )
    .order_by(Ballot.closes_at, Ballot.id, Elector.position)
)


def list_owed_votes(session: Session, partner_ids: Collection[int], now: datetime) -> list[OwedVote]:
    """Open ballots that ask these partners for an answer they have not given, the first to close first."""
    return [one for one in list_owed_answers(session, partner_ids, now) if not one.lifts]


def list_owed_answers(session: Session, partner_ids: Collection[int], now: datetime) -> list[OwedVote]:
    """The same and, with ``lifts``, the silences that an objection of these partners suspended (one statement).

    Until the consultation ends they can lift it; kept, it has ended the silence.
    """
    if not partner_ids:
        return []
    return [OwedVote(*row) for row in session.execute(_OWED, {"now": now, "partners": list(partner_ids)})]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ballot that may wait for the secretariat, with what its duties are derived from."""

    id: int
    code: str
    type: BallotType
    method: Method
    title: str
    drafted_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    suspended_at: datetime | None
    outcome: BallotOutcome | None
    certified_at: datetime | None
    challenged_at: datetime | None
    annulment_asked_at: datetime | None
    annulment_asked_for: str
    standing: int  # candidates of an election
    missing: int  # electors without an answer, where answers are asked for
    unspoken: int  # electors for whom nobody may vote today, before a scheduled opening

    @property
    def instants(self) -> Instants:
        """What its state is derived from; it has not ended without an outcome, or it would not wait."""
        return Instants(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            suspended_at=self.suspended_at,
            certified_at=self.certified_at,
            challenged_at=self.challenged_at,
        )


_MISSING = select(func.count(Elector.id)).where(Elector.ballot_id == Ballot.id, ~_HAS_VOTED).scalar_subquery()
_TODAY = bindparam("today", type_=Date)
_SPOKEN_FOR = (
    select(Mandate.id)
    .where(
        Mandate.partner_id == Elector.partner_id,
        Mandate.starts_on <= _TODAY,
        or_(Mandate.ends_on.is_(None), Mandate.ends_on > _TODAY),
    )
    .exists()
)
# Nobody can be named for a partner that has left (¶18).
_GONE = select(Partner.id).where(Partner.id == Elector.partner_id, Partner.left_on <= _TODAY).exists()
_UNSPOKEN = select(func.count(Elector.id)).where(Elector.ballot_id == Ballot.id, ~_SPOKEN_FOR, ~_GONE).scalar_subquery()
_STANDING = (
    select(func.count(Candidate.id))
    .where(Candidate.ballot_id == Ballot.id, Candidate.withdrawn_at.is_(None))
    .scalar_subquery()
)
_ALIVE = and_(Ballot.annulled_at.is_(None), in_state("closed"))
_WAITING = (
    select(
        Ballot.id,
        Ballot.code,
        Ballot.type,
        Ballot.method,
        Ballot.title,
        Ballot.drafted_at,
        Ballot.opens_at,
        Ballot.closes_at,
        Ballot.suspended_at,
        Ballot.outcome,
        Ballot.certified_at,
        Ballot.challenged_at,
        Ballot.annulment_asked_at,
        Ballot.annulment_asked_for,
        _STANDING,
        case((and_(in_state("closing"), _ASKS), _MISSING), else_=0),
        case((in_state("scheduled"), _UNSPOKEN), else_=0),
    )
    .where(
        or_(
            in_state("draft"),
            in_state("scheduled"),
            and_(in_state("closing"), _ASKS),
            in_state("suspended"),
            in_state("uncertified"),
            and_(_ALIVE, Ballot.challenged_at.is_not(None)),
            and_(or_(in_state("running"), in_state("scheduled"), _ALIVE), Ballot.annulment_asked_at.is_not(None)),
        )
    )
    .order_by(Ballot.closes_at, Ballot.id)
)


def list_waiting(session: Session, now: datetime) -> list[Waiting]:
    """Everything that may wait for the secretariat (one statement): drafts, scheduled ballots, those closing within
    seven days, broken silences, closed ones to certify, challenges to answer, annulments to confirm.
    """
    rows: list[Any] = list(session.execute(_WAITING, {**instants(now), "today": geneva_date(now)}))
    return [Waiting(*row) for row in rows]


_SINCE = bindparam("since", type_=UTCDateTime)
_UNCERTIFIED = func.sum(case((Ballot.certified_at.is_(None), 1), else_=0))
_CLOSED = (
    select(Ballot.type, func.count(), _UNCERTIFIED)
    .where(in_state("closed"), Ballot.closes_at > _SINCE)
    .group_by(Ballot.type)
    .order_by(Ballot.type)
)


def count_closed(session: Session, since: datetime, now: datetime) -> dict[BallotType, tuple[int, int]]:
    """By type: ballots closed after an instant, and how many of them are not certified (they have no number yet)."""
    rows = session.execute(_CLOSED, {"now": now, "since": since})
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


_RECORD = (
    select(Elector.partner_id, func.sum(case((_HAS_VOTED, 1), else_=0)), func.count())
    .join(Ballot, Ballot.id == Elector.ballot_id)
    .where(in_state("closed"), _ASKS, Ballot.closes_at > _SINCE)
    .where(Elector.partner_id.in_(bindparam("partners", expanding=True)))
    .group_by(Elector.partner_id)
    .order_by(Elector.partner_id)
)


def voting_record(
    session: Session, partner_ids: Collection[int], since: datetime, now: datetime
) -> dict[int, tuple[int, int]]:
    """By partner: in how many of the ballots closed after an instant it voted, and in how many it could."""
    if not partner_ids:
        return {}
    rows = session.execute(_RECORD, {"now": now, "since": since, "partners": list(partner_ids)})
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
