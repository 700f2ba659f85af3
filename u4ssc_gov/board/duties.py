"""What is owed about ballots, and how ¶23 and ¶24 stand (house idea 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import owed, rules, wording
from u4ssc_gov.board.owed import OwedVote, Waiting
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA, add_working_days
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind, by_urgency
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

YEAR = timedelta(days=365)
SETTLING_DAYS = 2  # house setting: working days in which a closed ballot is certified and a challenge answered


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """What the actor's partners owe: votes, and a word on an objection that suspended a silence. One statement.

    A silence asks nothing of those who agree. None for somebody without a mandate.
    """
    answers = owed.list_owed_answers(session, [mandate.partner_id for mandate in actor.mandates], now)
    several = len(actor.mandates) > 1
    return by_urgency([_answer_duty(answer, several=several) for answer in answers])


def lifting_duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """The second part alone: a Board member's home shows votes as cards."""
    return [duty for duty in duties(session, actor=actor, now=now) if duty.key.endswith(":lift")]


def _answer_duty(answer: OwedVote, *, several: bool) -> Duty:
    args = {"code": answer.code, "partner": answer.acronym} if several else {"code": answer.code}
    if answer.lifts:
        title = _("Say whether %(partner)s’s objection to %(code)s stands", partner=answer.acronym, code=answer.code)
        why, action = answer.title, _("Read and answer")
    else:
        title = _("Vote on %(code)s: %(title)s", code=answer.code, title=answer.title)
        why, action = _("%(partner)s has not voted", partner=answer.acronym), _("Read and vote")
    return Duty(
        key=f"ballot:{answer.ballot_id}:vote:{answer.partner_id}" + (":lift" if answer.lifts else ""),
        kind=DutyKind.BALLOT,
        holder=Holder(HolderKind.PARTNER, answer.partner_id),
        clauses=rules.clauses_of(answer.type),
        title=title,
        why=why,
        action=action,
        endpoint="board.show_ballot",
        args=args,
        due_at=answer.closes_at,
        since=answer.opens_at,
        icon="vote",
    )


# ── the Secretariat ──────────────────────────────────────────────────────────────────────────────────────────────────


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """What ballots ask of the Secretariat, from the draft to the annulment. One statement."""
    found = []
    for ballot in owed.list_waiting(session, now):
        for make in (_to_open, _to_name, _to_remind, _to_consult, _to_settle, _to_answer, _to_annul):
            duty = make(ballot, rules.ballot_state(ballot.instants, now))
            if duty is not None:
                found.append(duty)
    return by_urgency(found)


def _duty(ballot: Waiting, what: str, title: str, action: str, endpoint: str, **more: Any) -> Duty:
    args = {"code": ballot.code, **more.pop("args", {})}
    return Duty(
        key=f"ballot:{ballot.id}:{what}",
        kind=DutyKind.BALLOT,
        holder=Holder(HolderKind.SECRETARIAT),
        clauses=more.pop("clauses", ("24",)),
        title=title,
        why=more.pop("why", ballot.title),
        action=action,
        endpoint=endpoint,
        args=args,
        icon="vote",
        **more,
    )


def _to_open(ballot: Waiting, state: BallotState) -> Duty | None:
    """A draft waits to be opened; a scheduled ballot opens by itself."""
    if state is not BallotState.DRAFT:
        return None
    title = _("Open %(code)s: %(title)s", code=ballot.code, title=ballot.title)
    why = _("Draft of a ballot: %(type)s", type=wording.type_label(ballot.type))
    clauses = rules.clauses_of(ballot.type)
    return _duty(ballot, "draft", title, _("Check and open"), "board.check_opening", why=why, clauses=clauses)


def _to_name(ballot: Waiting, state: BallotState) -> Duty | None:
    """Before a scheduled opening: seats for which nobody may vote."""
    if state is not BallotState.SCHEDULED or not ballot.unspoken:
        return None
    title = ngettext(
        "%(num)s partner has nobody who may vote when %(code)s opens",
        "%(num)s partners have nobody who may vote when %(code)s opens",
        ballot.unspoken,
        code=ballot.code,
    )
    return _duty(
        ballot, "unspoken", title, _("Name somebody"), "partners.list_partners", clauses=("18", "24"),
        due_at=ballot.opens_at, since=ballot.drafted_at, args={"show": "unspoken"},
    )  # fmt: skip


def _to_remind(ballot: Waiting, state: BallotState) -> Duty | None:
    """Partners are missing in a ballot that closes within seven days."""
    if state is not BallotState.OPEN or not ballot.missing:
        return None
    title = ngettext(
        "%(num)s partner has not voted on %(code)s",
        "%(num)s partners have not voted on %(code)s",
        ballot.missing,
        code=ballot.code,
    )
    action = ngettext("Remind %(num)s", "Remind %(num)s", ballot.missing)
    return _duty(
        ballot, "missing", title, action, "board.show_ballot",
        due_at=ballot.closes_at, since=ballot.opens_at, args={"_anchor": "secretariat"},
    )  # fmt: skip


def _to_consult(ballot: Waiting, state: BallotState) -> Duty | None:
    """A silence is broken: the consultation ends, lifted or not."""
    if state is not BallotState.SUSPENDED:
        return None
    title = _("Consult on the objection to %(code)s", code=ballot.code)
    return _duty(
        ballot, "suspended", title, _("See the objection"), "board.show_ballot",
        due_at=ballot.closes_at, since=ballot.suspended_at, args={"_anchor": "secretariat"},
    )  # fmt: skip


def _to_settle(ballot: Waiting, state: BallotState) -> Duty | None:
    """A closed ballot waits: to be certified, or, when it decided nothing, for its next step."""
    if state is not BallotState.CLOSED or ballot.closes_at is None:
        return None
    due_at = settling_due(ballot.closes_at)
    if _decided_nothing(ballot):
        outcome = wording.outcome_label(ballot.outcome, ballot.method) if ballot.outcome else ""
        title = _("%(code)s decided nothing: put it again or refer it", code=ballot.code)
        return _duty(
            ballot, "undecided", title, _("Choose the next step"), "board.show_ballot", due_at=due_at,
            why=f"{outcome}: {ballot.title}", since=ballot.closes_at, args={"_anchor": "secretariat"},
        )  # fmt: skip
    title = _("Certify the outcome of %(code)s", code=ballot.code)
    return _duty(
        ballot, "certify", title, _("Check and certify"), "board.certify_ballot", due_at=due_at, since=ballot.closes_at
    )


def _decided_nothing(ballot: Waiting) -> bool:
    if ballot.outcome is BallotOutcome.NOT_APPROVED:
        return ballot.standing > 1
    return ballot.outcome in rules.OPEN_ENDED


def settling_due(closes_at: datetime) -> datetime:
    """Two working days later, at the same minute in Geneva: by when an outcome is certified (house setting)."""
    local = closes_at.astimezone(GENEVA)
    day = add_working_days(local.date(), SETTLING_DAYS)
    return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(UTC)


def _to_answer(ballot: Waiting, state: BallotState) -> Duty | None:
    """A challenge waits for its answer."""
    if ballot.challenged_at is None or state not in rules.ENDED:
        return None
    title = _("Answer the challenge of %(code)s", code=ballot.code)
    return _duty(
        ballot, "challenge", title, _("Read the challenge"), "board.show_ballot",
        due_at=settling_due(ballot.challenged_at), since=ballot.challenged_at, args={"_anchor": "secretariat"},
    )  # fmt: skip


def _to_annul(ballot: Waiting, _state: BallotState) -> Duty | None:
    """An annulment waits for an officer of another agency."""
    if ballot.annulment_asked_at is None:
        return None
    title = _("Confirm or leave the annulment of %(code)s", code=ballot.code)
    why = _("%(agency)s asked for it; another Secretariat agency confirms", agency=ballot.annulment_asked_for)
    return _duty(
        ballot, "annulment", title, _("Read the reason"), "board.confirm_annulment", why=why,
        since=ballot.annulment_asked_at,
    )  # fmt: skip


# ── the paragraphs ───────────────────────────────────────────────────────────────────────────────────────────────────


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """How ¶24, ¶23(c) and ¶23(d) stand over the last 12 months. One statement."""
    closed = owed.count_closed(session, now - YEAR, now)

    def certified(kind: BallotType) -> int:
        all_, open_ = closed.get(kind, (0, 0))
        return all_ - open_

    return [
        _electronic(sum(count for count, _open in closed.values()), sum(open_ for _count, open_ in closed.values())),
        _decided("23c", BallotType.TOR_REVISION, certified(BallotType.TOR_REVISION)),
        _decided("23d", BallotType.APPOINTMENT, certified(BallotType.APPOINTMENT)),
    ]


def _electronic(closed: int, uncertified: int) -> ClauseFinding:
    if not closed:
        state, sentence = ClauseState.STATED, _("No ballot closed in 12 months")
    elif uncertified:
        state = ClauseState.DUE
        sentence = ngettext(
            "%(num)s closed ballot waits to be certified", "%(num)s closed ballots wait to be certified", uncertified
        )
    else:
        state = ClauseState.MET
        sentence = ngettext(
            "%(num)s ballot closed in 12 months, certified with its number",
            "%(num)s ballots closed in 12 months, all certified with a number",
            closed,
        )
    facts = _("One vote for each partner, cast by its representative or alternate; the rule is printed on each ballot.")
    return _finding("24", state, sentence, facts, {"state": "closed"})


def _decided(clause: str, ballot_type: BallotType, count: int) -> ClauseFinding:
    if ballot_type is BallotType.APPOINTMENT:
        sentence = (
            ngettext(
                "%(num)s appointment decided by the Board in 12 months",
                "%(num)s appointments decided by the Board in 12 months",
                count,
            )
            if count
            else _("No appointment was decided by the Board in 12 months")
        )
    else:
        sentence = (
            ngettext(
                "%(num)s revision of the Terms of Reference decided by the Board in 12 months",
                "%(num)s revisions of the Terms of Reference decided by the Board in 12 months",
                count,
            )
            if count
            else _("No revision of the Terms of Reference was decided by the Board in 12 months")
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
