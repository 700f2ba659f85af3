"""The life of a ballot: its state at an instant, and what may follow what. There is no way back from closed to open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from u4ssc_gov.board.rules.deciding import Result
from u4ssc_gov.board.rules.kinds import OPEN_ENDED, BallotOutcome, BallotState
from u4ssc_gov.board.rules.rule_set import VotingRule, same_minute_on
from u4ssc_gov.core.dates import add_working_days, geneva_date

CLOSING_SOON = timedelta(days=7)
LAST_DAY = timedelta(hours=24)
MAXIMUM_OPEN = timedelta(days=90)  # house setting; the shortest time is the rule's own


@dataclass(frozen=True, slots=True)
class Instants:
    """What the state of a ballot is derived from; UTC instants. ``closes_at`` is the closing in force: an extension,
    a suspension (the end of the consultation), a resumption or an early close moves it, nothing else does."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    suspended_at: datetime | None = None
    certified_at: datetime | None = None
    challenges_until: datetime | None = None
    challenged_at: datetime | None = None  # of a challenge that nobody has decided
    withdrawn_at: datetime | None = None
    superseded_at: datetime | None = None
    referred_at: datetime | None = None
    annulled_at: datetime | None = None


def instants_of(row: Any) -> Instants:
    """The instants of a ballot or of a row with its columns."""
    return Instants(*(getattr(row, name) for name in Instants.__slots__))


def ballot_state(instants: Instants, now: datetime) -> BallotState:
    """The state at an instant. Open means ``opens_at <= now < closes_at``, to the microsecond, job or no job."""
    gone = _gone(instants)
    if gone is not None:
        return gone
    if instants.opens_at is None or instants.closes_at is None:
        return BallotState.DRAFT
    if now < instants.opens_at:
        return BallotState.SCHEDULED
    if now < instants.closes_at:
        return BallotState.SUSPENDED if instants.suspended_at is not None else BallotState.OPEN
    if instants.certified_at is None:
        return BallotState.CLOSED
    waits = instants.challenged_at is not None or (
        instants.challenges_until is not None and now < instants.challenges_until
    )
    return BallotState.CERTIFIED if waits else BallotState.RECORDED


def _gone(instants: Instants) -> BallotState | None:
    ways_out = (
        (instants.annulled_at, BallotState.ANNULLED),
        (instants.withdrawn_at, BallotState.WITHDRAWN),
        (instants.superseded_at, BallotState.SUPERSEDED),
        (instants.referred_at, BallotState.REFERRED),
    )
    return next((state for at, state in ways_out if at is not None), None)


def consultation_end(rule: VotingRule, suspended_at: datetime) -> datetime:
    """When the consultation on an objection ends: the same minute in Geneva, some working days later.

    A full minute, as mails state it, and never earlier than to the second: nobody loses time.
    """
    return _full_minute(
        same_minute_on(add_working_days(geneva_date(suspended_at), rule.consultation_days), suspended_at)
    )


def latest_extension(rule: VotingRule, closes_at: datetime) -> datetime:
    """The latest closing an extension may name: the same minute in Geneva, the rule's calendar days later."""
    return same_minute_on(geneva_date(closes_at) + timedelta(days=rule.extension_days), closes_at)


def resumed_closing(rule: VotingRule, suspended_at: datetime, closed_at: datetime, now: datetime) -> datetime:
    """The new closing when the last objection is lifted: the time that was left, at least the rule's shortest, and on
    to the next full minute.
    """
    return _full_minute(now + max(closed_at - suspended_at, timedelta(hours=rule.minimum_hours)))


def _full_minute(instant: datetime) -> datetime:
    """The instant itself on a full minute, else the next one."""
    begun = instant.replace(second=0, microsecond=0)
    return begun if begun == instant else begun + timedelta(minutes=1)


def leaves_open(result: Result) -> bool:
    """Whether an outcome decides nothing yet, so that a new round or the annual meeting may follow: a tie, no quorum, a
    broken silence, or several candidates of whom none has the support that is needed.
    """
    if result.outcome is BallotOutcome.NOT_APPROVED:
        return len(result.supports) > 1
    return result.outcome in OPEN_ENDED
