"""The words of a decision's dossier: acts, capacities, what became of an objection, entries of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from u4ssc_gov.board import wording
from u4ssc_gov.board.event_words import event_line, with_opening
from u4ssc_gov.board.models import Ballot, BallotEvent
from u4ssc_gov.board.rules import Capacity, Method, Position
from u4ssc_gov.core.i18n import gettext as _

# Acts that a record may tell: those that entered the ledger, and those that happened before the certificate. Later acts
# without an entry would change a record that was handed out.
TOLD = frozenset(
    {
        "scheduled", "opened", "extended", "suspended", "resumed", "editorial", "candidate_withdrawn", "closed",
        "outage", "certified", "took_effect", "consequence_blocked", "challenged", "challenge_decided", "annulled",
    }
)  # fmt: skip


class HistoryLine(NamedTuple):
    """One act, in words."""

    at: datetime
    words: str
    text: str
    by: str
    entry: int | None


def capacity_label(capacity: Capacity) -> str:
    """In which capacity a position was given."""
    return {
        Capacity.REPRESENTATIVE: _("Representative"),
        Capacity.ALTERNATE: _("Alternate"),
        Capacity.ON_RECORD: _("On record, from an e-mail"),
    }[capacity]


def disposition(later: Position | None, method: Method) -> str:
    """What became of an objection: it stood, or the partner answered otherwise before the closing."""
    if later is None:
        return _("Stood at the closing")
    return _("Lifted: %(position)s", position=wording.position_label(later, method))


def history(ballot: Ballot, events: Sequence[BallotEvent], *, named: bool, candidates: bool) -> tuple[HistoryLine, ...]:
    """The acts in order. ``named``: with reasons and who acted; ``candidates``: with the names of those who stood."""
    told = [event for event in events if event.kind in TOLD]
    told = with_opening(told, ballot.opens_at, ballot.certified_at or ballot.drafted_at)
    if not told:
        return _bare_history(ballot)
    found = []
    for event in told:
        line = event_line(event, ballot.method, words=named, names=True, officer=False)
        if line is None:
            continue
        hidden = event.kind == "candidate_withdrawn" and not candidates
        words = _("A candidate withdrew") if hidden else str(line.words)
        by = line.by if named else ""
        found.append(HistoryLine(event.at, words, line.text if named else "", by, event.ledger_seq))
    return tuple(found)


def _bare_history(ballot: Ballot) -> tuple[HistoryLine, ...]:
    """Of a ballot from before the platform kept its acts: the instants it has."""
    acts = ((ballot.opens_at, _("Opened")), (ballot.closes_at, _("Closed")), (ballot.certified_at, _("Certified")))
    return tuple(HistoryLine(at, words, "", "", None) for at, words in acts if at is not None)


def entry_label(kind: str, seat: str) -> str:
    """An entry of the ledger in words."""
    words = {
        "ballot.opened": _("Ballot opened"),
        "position.cast": _("Position of %(seat)s", seat=seat),
        "position.opened": _("Hidden position of %(seat)s opened", seat=seat),
        "candidate.withdrawn": _("Candidate withdrawn"),
        "ballot.extended": _("Closing moved"),
        "ballot.suspended": _("Silence broken by %(seat)s", seat=seat),
        "ballot.resumed": _("Silence resumed"),
        "ballot.closed": _("Ballot closed, outcome calculated"),
        "ballot.certified": _("Decision certified"),
        "challenge.raised": _("Procedure contested by %(seat)s", seat=seat),
        "challenge.decided": _("Challenge of %(seat)s answered", seat=seat),
        "ballot.annulled": _("Annulled"),
        "ballot.superseded": _("Superseded"),
        "ballot.referred": _("Referred to the annual meeting"),
        "ballot.withdrawn": _("Withdrawn"),
    }
    return words.get(kind, kind)
