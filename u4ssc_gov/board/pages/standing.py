"""The plain sentence on top of a ballot: what is needed, what is there, what is missing, and when it is decided."""

from __future__ import annotations

from u4ssc_gov.board import rule_words
from u4ssc_gov.board.rules import BallotState, Method, Result, VotingRule, answers_needed
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext


def standing(
    state: BallotState, rule: VotingRule, result: Result | None, *, electors: int, answered: int | None
) -> str:
    """How a ballot stands, in a sentence or two; ``result`` is ``None`` while positions are not for this reader.

    ``answered`` is ``None`` for somebody who does not see who has answered. The closing stands beside it.
    """
    if state is BallotState.DRAFT:
        return _("A draft. Nobody but the Secretariat sees it.")
    if state is BallotState.SCHEDULED:
        return _("Nobody can answer before it opens. Text, rule and electors are frozen.")
    if state is BallotState.SUSPENDED:
        return _("The silence is broken and the partners consult. The text is not adopted while the objection stands.")
    if state is BallotState.OPEN:
        return _running(rule, result, electors, answered)
    return _ended(state)


def _running(rule: VotingRule, result: Result | None, electors: int, answered: int | None) -> str:
    if result is not None:
        return rule_words.missing_in_words(rule, result)
    if rule.method is Method.SILENCE:
        return _("The text is adopted at the closing unless a partner objects.")
    if answered is None:
        return _("The partners are voting. Positions are shown once the ballot has closed.")
    needed = answers_needed(rule, electors)
    counted = _("%(answered)s of %(all)s have answered", answered=answered, all=electors)
    bar = ngettext("%(num)s is needed", "%(num)s are needed", needed)
    return f"{counted}; {bar}. " + _("Positions are shown when the ballot closes.")


def _ended(state: BallotState) -> str:
    return {
        BallotState.CLOSED: _("The Secretariat certifies this outcome next; it takes effect then."),
        BallotState.CERTIFIED: _("The outcome is certified and stands. Its procedure may still be challenged."),
        BallotState.RECORDED: _("The outcome is certified and the time for challenges has passed."),
        BallotState.WITHDRAWN: _("Nothing is decided. Positions already recorded stay on the record without effect."),
        BallotState.SUPERSEDED: _("This ballot ended without an outcome of its own."),
        BallotState.REFERRED: _("Nothing is decided until the annual meeting."),
        BallotState.ANNULLED: _("This ballot decides nothing. Nothing is deleted: the record and its proof stay."),
    }.get(state, "")


def legend(
    rule: VotingRule, result: Result | None, *, electors: int, answered: int | None, closed: bool
) -> tuple[tuple[str, str], ...]:
    """The words under the grid, each with its cell: counts by answer, or who has answered while that is all."""
    if result is not None:
        return rule_words.tally_items(result.tally, closed=closed, method=rule.method)
    if answered is None:
        return ()
    return (
        ("a", ngettext("%(num)s has answered", "%(num)s have answered", answered)),
        ("", ngettext("%(num)s to answer", "%(num)s to answer", electors - answered)),
    )
