"""What the Secretariat can do with a ballot now, and the pages on which it does so: no Flask, no clock.

The panel stands on the page of the ballot. It says in one sentence what happens next, offers what is possible, and says
of what is not possible why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, queries, rule_words, rules, wording
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Capacity, Method, Result, VotingRule
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA, geneva_date
from u4ssc_gov.core.formatting import when_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

MAY_ANNUL = rules.RUNNING | rules.ENDED | {BallotState.SCHEDULED}


class Act(NamedTuple):
    """One thing that can be done: a link to its page, or a button of its own (``post``)."""

    label: str
    endpoint: str
    args: dict[str, Any] = {}  # noqa: RUF012 - never changed
    post: bool = False


@dataclass(slots=True)
class Panel:
    """What the panel shows: one sentence, one primary act, others beside it, quiet ones below, what is not possible."""

    sentence: str = ""
    primary: Act | None = None
    acts: list[Act] = field(default_factory=list)
    quiet: list[Act] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def build_panel(page: Any, actor: Actor, now: datetime) -> Panel:
    """The panel for the page of a ballot (``pages.BallotPage``). No statement."""
    panel = Panel()
    if page.state in _BUILDERS:
        _BUILDERS[page.state](panel, page, now)
    if page.state in MAY_ANNUL:
        _annulment(panel, page.ballot, actor)
    return panel


def _draft(panel: Panel, page: Any, _now: datetime) -> None:
    if page.ballot.closes_at is None:
        panel.sentence = _("It has no closing yet. The check page says what is missing.")
    else:
        panel.sentence = _("Check it, with the electors and the e-mail that goes out, then open it.")
    panel.primary = Act(_("Check and open"), "check_opening")
    panel.acts.append(Act(_("Edit the draft"), "edit_ballot"))
    panel.quiet.append(Act(_("Withdraw the draft"), "withdraw_ballot"))


def _scheduled(panel: Panel, page: Any, now: datetime) -> None:
    opens = when_text(page.ballot.opens_at, GENEVA, now)
    panel.sentence = _("It opens by itself %(opening)s, and the e-mails go out then.", opening=opens)
    panel.quiet.append(Act(_("Withdraw the ballot"), "withdraw_ballot"))


def _open(panel: Panel, page: Any, _now: datetime) -> None:
    missing = page.missing
    if page.ballot.method is Method.SILENCE:
        panel.sentence = _("Partners need not answer: it is adopted at the closing unless one objects.")
    elif missing:
        panel.sentence = ngettext(
            "%(num)s partner has not answered. Reminders go to it alone, once a day at most.",
            "%(num)s partners have not answered. Reminders go to them alone, once a day at most.",
            missing,
        )
    else:
        panel.sentence = _("Every partner has answered.")
    if missing:
        label = ngettext("Remind %(num)s partner", "Remind %(num)s partners", missing)
        panel.acts.append(Act(label, "remind_partners", post=True))
    panel.quiet.append(Act(_("Record a position sent by e-mail"), "choose_seat"))
    if why := extension_problem(page.ballot, page.state):
        panel.notes.append(why)
    else:
        panel.quiet.append(Act(_("Extend it"), "extend_ballot"))
    if page.ballot.method is Method.ELECTION:
        panel.quiet.append(Act(_("A candidate withdraws"), "withdraw_candidate"))
    panel.quiet.append(Act(_("A meeting has decided it"), "supersede_ballot"))
    panel.quiet.append(Act(_("Withdraw the ballot"), "withdraw_ballot"))


def _suspended(panel: Panel, page: Any, _now: datetime) -> None:
    panel.sentence = _("Until the consultation ends you can put the question anew.")
    if any(not one.asks_vote and not one.correction for one in page.around.objections):
        panel.sentence = _(
            "Until the consultation ends you can offer a correction of the wording or put the question anew."
        )
        panel.primary = Act(_("Offer a correction of the wording"), "offer_correction")
    panel.acts.append(_round_act(page))
    panel.quiet.append(Act(_("Refer it to the annual meeting"), "refer_ballot"))
    panel.quiet.append(Act(_("A meeting has decided it"), "supersede_ballot"))
    panel.quiet.append(Act(_("Withdraw the ballot"), "withdraw_ballot"))


def _round_act(page: Any) -> Act:
    following = page.around.following
    if following is not None:
        return Act(_("See the next round, %(code)s", code=following.code), "show_ballot", {"code": following.code})
    return Act(_("Put it to the Board again"), "next_round")


def _closed(panel: Panel, page: Any, _now: datetime) -> None:
    if page.ballot.outcome_recorded_at is None:
        panel.quiet.append(Act(_("Record and mail the outcome"), "record_outcome", post=True))
        panel.notes.append(_("The platform records and mails the outcome by itself within minutes of closing."))
    if page.result is not None and rules.leaves_open(page.result):
        outcome = wording.outcome_label(page.result.outcome, page.ballot.method)
        panel.sentence = _("It decided nothing: %(outcome)s. It needs a next step.", outcome=outcome.lower())
        panel.primary = _round_act(page)
        panel.acts.append(Act(_("Refer it to the annual meeting"), "refer_ballot"))
        panel.quiet.append(Act(_("Certify it as not adopted"), "certify_ballot"))
    else:
        panel.sentence = _(
            "It waits to be certified. From then on the outcome stands, has its number and takes effect."
        )
        panel.primary = Act(_("Check and certify"), "certify_ballot")
    panel.quiet.append(Act(_("Record an outage before the closing"), "record_outage"))
    panel.quiet.append(Act(_("A meeting has decided it"), "supersede_ballot"))


def _certified(panel: Panel, page: Any, now: datetime) -> None:
    waiting = [one for one in page.around.challenges if one.decided_at is None]
    for place, one in enumerate(waiting):
        act = Act(
            _("Answer %(partner)s’s challenge", partner=one.acronym), "answer_challenge", {"partner": one.acronym}
        )
        if place == 0:
            panel.primary = act
        else:
            panel.acts.append(act)
    until = page.ballot.challenges_until
    if waiting:
        panel.sentence = ngettext(
            "A challenge waits for its answer.", "%(num)s challenges wait for an answer.", len(waiting)
        )
    elif any(one.upheld for one in page.around.challenges):
        panel.sentence = _("A challenge was upheld: officers of two agencies annul the ballot together.")
    elif until is not None and now < until:
        panel.sentence = _("Partners can contest the procedure until %(until)s.", until=when_text(until, GENEVA, now))


def _recorded(panel: Panel, _page: Any, _now: datetime) -> None:
    panel.sentence = _("The decision is recorded. The time for challenges has passed.")


def _annulled(panel: Panel, page: Any, _now: datetime) -> None:
    panel.sentence = _("It was annulled and decides nothing.")
    panel.acts.append(_round_act(page))


_BUILDERS = {
    BallotState.DRAFT: _draft,
    BallotState.SCHEDULED: _scheduled,
    BallotState.OPEN: _open,
    BallotState.SUSPENDED: _suspended,
    BallotState.CLOSED: _closed,
    BallotState.CERTIFIED: _certified,
    BallotState.RECORDED: _recorded,
    BallotState.ANNULLED: _annulled,
}


def _annulment(panel: Panel, ballot: Any, actor: Actor) -> None:
    if ballot.annulment_asked_at is None:
        panel.quiet.append(Act(_("Ask for its annulment"), "ask_annulment"))
    elif ballot.annulment_asked_for == actor.secretariat_of:
        words = _("%(agency)s asked for the annulment. An officer of another Secretariat agency confirms it.",
                  agency=ballot.annulment_asked_for)  # fmt: skip
        panel.notes.append(words)
    else:
        if panel.primary is not None:
            panel.acts.insert(0, panel.primary)
        panel.sentence = _("%(agency)s asked that this ballot be annulled.", agency=ballot.annulment_asked_for)
        panel.primary = Act(_("Read the reason and confirm"), "confirm_annulment")


# ── why something cannot be done ─────────────────────────────────────────────────────────────────────────────────────


def extension_problem(ballot: Any, state: BallotState) -> str:
    """Why a ballot cannot be extended, or an empty string."""
    if state is not BallotState.OPEN:
        return _("Only an open ballot can be extended.")
    if ballot.extended_at is not None:
        return _("It was extended once, and cannot be extended again.")
    if rules.rule_from_json(ballot.rule).extension_days == 0:
        return _("Its rule allows no extension.")
    return ""


def latest_extension(ballot: Any) -> datetime | None:
    """The latest closing that an extension can set."""
    if ballot.closes_at is None:
        return None
    return rules.latest_extension(rules.rule_from_json(ballot.rule), ballot.closes_at)


def concern_problem(session: Session, ballot: Ballot, actor: Actor) -> str:
    """What a person is told whom the ballot is about."""
    if actor.person_id is not None and actor.person_id in queries.list_concerned(session, ballot):
        return _("You may not do this: the ballot is about you. Another officer of the Secretariat does it.")
    return ""


# ── the page of certification ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CertifyPage:
    """Everything that certifying would do, before it is done."""

    outcome: str
    is_good: bool
    counts: str
    checks: tuple[tuple[bool, str], ...]
    consequence: str
    number: str
    challenge_days: int
    leaves_open: bool
    elected: tuple[str, ...]
    late_start: date | None  # the first day of the tenure that the text names, when it has passed
    problem: str


def build_certify(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> CertifyPage:
    """Put the page together. At most five statements."""
    seats = electors.list_seats(session, ballot.id)
    result, rule = queries.result_of(ballot, seats), rules.rule_from_json(ballot.rule)
    good = result.outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY)
    names = {one.number: one.name for one in queries.list_candidates(session, ballot.id)} if result.elected else {}
    is_closed = queries.state_of(ballot, now) is BallotState.CLOSED
    problem = concern_problem(session, ballot, actor)
    if not is_closed:
        problem = _("%(code)s has not closed, or was ended another way.", code=ballot.code)
    return CertifyPage(
        outcome=wording.outcome_label(result.outcome, ballot.method),
        is_good=good,
        counts=rule_words.counts_in_words(result.tally, closed=True, method=ballot.method),
        checks=_checks(rule, result),
        consequence=ballot.if_approved if good else ballot.if_not_approved,
        number=next_number(session, now),
        challenge_days=rule.challenge_days,
        leaves_open=rules.leaves_open(result),
        late_start=_late_start(ballot, result, now),
        elected=tuple(names.get(number, "") for number in result.elected),
        problem=problem,
    )


def _late_start(ballot: Ballot, result: Result, now: datetime) -> date | None:
    """The tenure then starts on the day of the certificate (``workflows.outcomes``)."""
    if not result.elected or ballot.renewal_id is not None or ballot.starts_on is None:
        return None
    return ballot.starts_on if ballot.starts_on < geneva_date(now) else None


def _checks(rule: VotingRule, result: Result) -> tuple[tuple[bool, str], ...]:
    return tuple((one.holds, rule_words.check_in_words(one, rule, result.tally)) for one in result.checks)


def next_number(session: Session, now: datetime) -> str:
    """The number that the next decision would get if it were certified now; it takes no lock."""
    year = geneva_date(now).year
    numbers = session.scalars(select(Ballot.decision_number).where(Ballot.decision_year == year)).all()
    return rules.decision_number(year, max((int(n.rpartition("/")[2]) for n in numbers if n), default=0) + 1)


# ── on record of an e-mail ───────────────────────────────────────────────────────────────────────────────────────────


def seats_to_record(seats: Sequence[Seat]) -> list[Seat]:
    """Seats for which a position may be recorded: those that have not voted themselves."""
    return [seat for seat in seats if seat.vote is None or seat.vote.capacity is Capacity.ON_RECORD]


def position_hints(partner: str, method: Method) -> dict[str, str]:
    """What each answer of a method means, for the partner named."""
    return {
        "approve": _("%(partner)s supports the decision as written", partner=partner)
        if method is not Method.ELECTION
        else _("%(partner)s supports the candidates chosen below", partner=partner),
        "approve_with_comments": _("%(partner)s supports it and says something to it", partner=partner),
        "abstain": _("%(partner)s takes no side and does not stand in the way", partner=partner),
        "object": _("%(partner)s wants the decision stopped. A reason is required", partner=partner),
        "recuse": _("%(partner)s does not take part, and does not count", partner=partner),
        "no_objection": _("%(partner)s lets the text pass", partner=partner),
        "ask_vote": _("%(partner)s asks that the Board vote instead", partner=partner),
    }
