"""What is owed about ballots, and how ¶23 and ¶24 stand (house idea 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.board import owed, rules, wording
from u4ssc_gov.board.owed import OwedVote, Waiting
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind, by_urgency
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

YEAR = timedelta(days=365)


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """Votes that the actor's partners owe. One statement; none for somebody without a mandate."""
    votes = owed.list_owed_votes(session, [mandate.partner_id for mandate in actor.mandates], now)
    several = len(actor.mandates) > 1
    return by_urgency([_vote_duty(vote, several=several) for vote in votes])


def _vote_duty(vote: OwedVote, *, several: bool) -> Duty:
    title = _("Vote on %(code)s: %(title)s", code=vote.code, title=vote.title)
    args = {"code": vote.code, "partner": vote.acronym} if several else {"code": vote.code}
    return Duty(
        key=f"ballot:{vote.ballot_id}:vote:{vote.partner_id}",
        kind=DutyKind.BALLOT,
        holder=Holder(HolderKind.PARTNER, vote.partner_id),
        clauses=rules.clauses_of(vote.type),
        title=title,
        why=_("%(partner)s has not voted", partner=vote.acronym),
        action=_("Read and vote"),
        endpoint="board.show_ballot",
        args=args,
        due_at=vote.closes_at,
        since=vote.opens_at,
        icon="vote",
    )


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """Partners missing in ballots that close within seven days, and drafts that wait to be opened. One statement."""
    found = []
    for ballot in owed.list_waiting(session, now):
        if ballot.opens_at is None:
            found.append(_draft_duty(ballot))
        elif ballot.missing:
            found.append(_missing_duty(ballot, ballot.missing))
    return by_urgency(found)


def _missing_duty(ballot: Waiting, missing: int) -> Duty:
    return Duty(
        key=f"ballot:{ballot.id}:missing",
        kind=DutyKind.BALLOT,
        holder=Holder(HolderKind.SECRETARIAT),
        clauses=("24",),
        title=ngettext(
            "%(num)s partner has not voted on %(code)s",
            "%(num)s partners have not voted on %(code)s",
            missing,
            code=ballot.code,
        ),
        why=ballot.title,
        action=ngettext("Remind %(num)s", "Remind %(num)s", missing),
        endpoint="board.show_ballot",
        args={"code": ballot.code, "_anchor": "remind"},
        due_at=ballot.closes_at,
        since=ballot.opens_at,
        icon="vote",
    )


def _draft_duty(ballot: Waiting) -> Duty:
    return Duty(
        key=f"ballot:{ballot.id}:draft",
        kind=DutyKind.BALLOT,
        holder=Holder(HolderKind.SECRETARIAT),
        clauses=rules.clauses_of(ballot.type),
        title=_("Open %(code)s: %(title)s", code=ballot.code, title=ballot.title),
        why=_("Draft of a ballot: %(type)s", type=wording.type_label(ballot.type)),
        action=_("Check and open"),
        endpoint="board.check_opening",
        args={"code": ballot.code},
        icon="vote",
    )


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """How ¶24, ¶23(c) and ¶23(d) stand over the last 12 months. One statement."""
    closed = owed.count_closed(session, now - YEAR, now)
    return [
        _electronic(sum(count for count, _open in closed.values()), sum(open_ for _count, open_ in closed.values())),
        _decided("23c", BallotType.TOR_REVISION, closed.get(BallotType.TOR_REVISION, (0, 0))[0]),
        _decided("23d", BallotType.APPOINTMENT, closed.get(BallotType.APPOINTMENT, (0, 0))[0]),
    ]


def _electronic(closed: int, unrecorded: int) -> ClauseFinding:
    if not closed:
        state, sentence = ClauseState.STATED, _("No ballot closed in 12 months")
    elif unrecorded:
        state = ClauseState.DUE
        sentence = ngettext(
            "%(num)s closed ballot waits for its outcome to be recorded and mailed",
            "%(num)s closed ballots wait for their outcome to be recorded and mailed",
            unrecorded,
        )
    else:
        state = ClauseState.MET
        sentence = ngettext(
            "%(num)s ballot closed in 12 months, with a recorded outcome",
            "%(num)s ballots closed in 12 months, all with a recorded outcome",
            closed,
        )
    facts = _("One vote for each partner, cast by its representative or alternate; the rule is printed on each ballot.")
    return _finding("24", state, sentence, facts, {"state": "closed"})


def _decided(clause: str, ballot_type: BallotType, count: int) -> ClauseFinding:
    if ballot_type is BallotType.APPOINTMENT:
        sentence = (
            ngettext(
                "%(num)s appointment put to the Board in 12 months",
                "%(num)s appointments put to the Board in 12 months",
                count,
            )
            if count
            else _("No appointment was put to the Board in 12 months")
        )
    else:
        sentence = (
            ngettext(
                "%(num)s revision of the Terms of Reference put to the Board in 12 months",
                "%(num)s revisions of the Terms of Reference put to the Board in 12 months",
                count,
            )
            if count
            else _("No revision of the Terms of Reference was put to the Board in 12 months")
        )
    state = ClauseState.MET if count else ClauseState.STATED
    return _finding(clause, state, sentence, "", {"type": ballot_type.value})


def _finding(clause: str, state: ClauseState, sentence: str, facts: str, args: dict[str, str]) -> ClauseFinding:
    return ClauseFinding(
        clause=clause,
        state=state,
        sentence=sentence,
        facts=facts,
        endpoint="board.list_ballots",
        args=dict(args),
        link_label=_("See the ballots"),
    )
