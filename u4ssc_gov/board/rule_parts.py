"""The parts of a voting rule, each with its name and in plain words, and two rules part by part (¶24)."""

from __future__ import annotations

from collections.abc import Callable

from u4ssc_gov.board import rule_words, wording
from u4ssc_gov.board.rules import Advice, BallotType, Method, PassBase, QuorumBase, Visibility, VotingRule
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

_VOTING = ("quorum", "threshold", "approvals", "objections", "no_quorum", "tie")
LINES: dict[Method, tuple[str, ...]] = {
    Method.VOTE: (*_VOTING, "early", "period", "minimum", "extension", "visibility", "reminders", "challenge"),
    Method.ELECTION: (
        *_VOTING, "secrecy", "early", "period", "minimum", "extension", "visibility", "reminders", "challenge",
    ),
    Method.SILENCE: (
        "silence", "acknowledged", "consultation", "period", "minimum", "extension", "visibility", "reminders",
        "challenge",
    ),
}  # fmt: skip
"""What a rule of each method consists of, in the order of the pages."""


def label(line: str) -> str:
    """The name of one part of a rule."""
    return {
        "quorum": _("Answers needed"),
        "threshold": _("Support needed"),
        "approvals": _("Least number of approvals"),
        "objections": _("Most objections"),
        "no_quorum": _("When too few answer"),
        "tie": _("When it is a tie"),
        "early": _("Closes early"),
        "period": _("Usually open for"),
        "minimum": _("Never less than"),
        "extension": _("Extension"),
        "visibility": _("Positions are shown"),
        "reminders": _("Reminders"),
        "challenge": _("Time for challenges"),
        "secrecy": _("A secret ballot instead"),
        "silence": _("Silence is broken by"),
        "acknowledged": _("Partners that must say something"),
        "consultation": _("Consultation on an objection"),
    }[line]


def words(rule: VotingRule, line: str) -> str:
    """One part of a rule in words."""
    return _WORDS[line](rule)


def _quorum(rule: VotingRule) -> str:
    base = (
        _("all partners")
        if rule.quorum_base is QuorumBase.ALL_SEATS
        else _("partners that have not recused themselves")
    )
    return _("more than %(fraction)s of %(base)s", fraction=f"{rule.quorum_num}/{rule.quorum_den}", base=base)


def base_words(base: PassBase) -> str:
    """Of which answers or seats a threshold is a fraction."""
    return {
        PassBase.YES_NO: _("those who approve or object"),
        PassBase.CAST: _("those who approve, object or abstain"),
        PassBase.SEATS_MINUS_RECUSED: _("partners that have not recused themselves"),
        PassBase.ALL_SEATS: _("all partners"),
    }[base]


def _threshold(rule: VotingRule) -> str:
    values = {"fraction": f"{rule.pass_num}/{rule.pass_den}", "base": base_words(rule.pass_base)}
    if rule.pass_at_least:
        return _("at least %(fraction)s of %(base)s", **values)
    return _("more than %(fraction)s of %(base)s", **values)


def _objections(rule: VotingRule) -> str:
    parts = []
    if rule.max_objections is not None:
        parts.append(ngettext("%(num)s partner", "%(num)s partners", rule.max_objections))
    if rule.max_objections_num is not None:
        parts.append(_("%(fraction)s of all partners", fraction=f"{rule.max_objections_num}/{rule.max_objections_den}"))
    return _(" and ").join(parts) or _("no limit")


def advice_words(advice: Advice) -> str:
    """What the rule advises when nothing was decided."""
    return {
        Advice.NEW_ROUND: _("put it again as a new round"),
        Advice.REFER: _("refer it to the annual meeting"),
        Advice.NOT_ADOPTED: _("certify it as not adopted"),
    }[advice]


def visibility_words(value: Visibility) -> str:
    """When the Board sees who answered what."""
    return {Visibility.LIVE: _("while the ballot is open"), Visibility.AT_CLOSE: _("once the ballot has closed")}[value]


def _days(number: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", number)


def _working_days(number: int) -> str:
    return ngettext("%(num)s working day", "%(num)s working days", number)


def _hours(number: int) -> str:
    return ngettext("%(num)s hour", "%(num)s hours", number)


def _reminders(rule: VotingRule) -> str:
    if not rule.reminder_hours:
        return _("none")
    steps = [_days(hours // 24) if hours % 24 == 0 and hours > 72 else _hours(hours) for hours in rule.reminder_hours]
    return _("%(steps)s before the closing", steps=", ".join(steps))


_WORDS: dict[str, Callable[[VotingRule], str]] = {
    "quorum": _quorum,
    "threshold": _threshold,
    "approvals": lambda rule: str(rule.min_approvals) if rule.min_approvals else _("none"),
    "objections": _objections,
    "no_quorum": lambda rule: advice_words(rule.on_no_quorum),
    "tie": lambda rule: advice_words(rule.on_tie),
    "early": lambda rule: _("once every partner has answered") if rule.early_close else _("never"),
    "period": rule_words.period_in_words,
    "minimum": lambda rule: _hours(rule.minimum_hours),
    "extension": lambda rule: (
        _("once, by %(days)s at most", days=_days(rule.extension_days)) if rule.extension_days else _("never")
    ),
    "visibility": lambda rule: visibility_words(rule.visibility),
    "reminders": _reminders,
    "challenge": lambda rule: (
        _("%(days)s after it is certified", days=_days(rule.challenge_days)) if rule.challenge_days else _("none")
    ),
    "secrecy": lambda rule: (
        ngettext("when %(num)s partner asks", "when %(num)s partners ask", rule.secrecy_seats)
        if rule.secrecy_seats
        else _("cannot be asked for")
    ),
    "silence": lambda rule: ngettext("%(num)s objection", "%(num)s objections", rule.silence_break),
    "acknowledged": lambda rule: str(rule.silence_acknowledged) if rule.silence_acknowledged else _("none"),
    "consultation": lambda rule: _working_days(rule.consultation_days),
}


def parts_of(rule: VotingRule) -> tuple[tuple[str, str], ...]:
    """Every part of a rule with its name."""
    return tuple((label(line), words(rule, line)) for line in LINES[rule.method])


def compare(old: VotingRule, new: VotingRule) -> tuple[tuple[str, str, str, bool], ...]:
    """Two versions part by part."""
    pairs = [(line, words(old, line), words(new, line)) for line in LINES[new.method]]
    return tuple((label(line), before, after, before != after) for line, before, after in pairs)


def name_of(kind: BallotType, method: Method, version: int) -> str:
    """A version of a rule by its name."""
    return _(
        "%(kind)s, %(method)s, version %(version)s",
        kind=wording.type_label(kind),
        method=wording.method_label(method),
        version=version,
    )
