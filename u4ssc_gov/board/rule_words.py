"""A voting rule, its sums and its state, in plain sentences: what is needed, what there is, what is missing, when."""

from __future__ import annotations

from u4ssc_gov.board.rules import (
    Check,
    Method,
    PassBase,
    PeriodKind,
    Result,
    Tally,
    VotingRule,
    answers_needed,
    approvals_needed,
    pass_base,
    quorum_base,
)
from u4ssc_gov.board.wording import outcome_label, remembered
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext


@remembered
def rule_in_words(rule: VotingRule, electors: int) -> str:
    """The whole rule as one line: "16 partners; at least 9 must answer; more approve than object; …"."""
    parts = [ngettext("%(num)s partner", "%(num)s partners", electors)]
    if rule.method is Method.SILENCE:
        return "; ".join(parts + _silence_parts(rule))
    needed = answers_needed(rule, electors)
    parts.append(ngettext("at least %(num)s must answer", "at least %(num)s must answer", needed))
    if rule.method is Method.ELECTION:
        parts.append(_("a candidate needs the support of %(share)s", share=_share(rule)))
        parts.append(_("if several have it, those with the most support are elected"))
    else:
        parts.append(_threshold_in_words(rule))
    if rule.min_approvals > 0:
        parts.append(ngettext("at least %(num)s approves", "at least %(num)s approve", rule.min_approvals))
    parts += _ceilings(rule, electors)
    return "; ".join(parts)


def _silence_parts(rule: VotingRule) -> list[str]:
    parts = [
        ngettext(
            "adopted at the closing unless a partner objects or asks for a vote",
            "adopted at the closing unless %(num)s partners object or ask for a vote",
            rule.silence_break,
        )
    ]
    if rule.silence_acknowledged:
        parts.append(
            ngettext(
                "%(num)s partner must say that it has no objection",
                "%(num)s partners must say that they have no objection",
                rule.silence_acknowledged,
            )
        )
    return parts


def _ceilings(rule: VotingRule, electors: int) -> list[str]:
    bounds = [] if rule.max_objections is None else [rule.max_objections]
    if rule.max_objections_num is not None and rule.max_objections_den is not None:
        bounds.append(electors * rule.max_objections_num // rule.max_objections_den)
    if not bounds:
        return []
    most = min(bounds)
    return [_("none objects") if most == 0 else ngettext("at most %(num)s objects", "at most %(num)s object", most)]


def _share(rule: VotingRule) -> str:
    """ "more than 1/2 of those who approve or object" and its like."""
    fraction = f"{rule.pass_num}/{rule.pass_den}"
    base = {
        PassBase.YES_NO: _("those who approve or object"),
        PassBase.CAST: _("those who answer"),
        PassBase.SEATS_MINUS_RECUSED: _("all partners that have not recused themselves"),
        PassBase.ALL_SEATS: _("all partners"),
    }[rule.pass_base]
    if rule.pass_at_least:
        return _("at least %(fraction)s of %(base)s", fraction=fraction, base=base)
    return _("more than %(fraction)s of %(base)s", fraction=fraction, base=base)


def _threshold_in_words(rule: VotingRule) -> str:
    if _is_simple(rule):
        return _("more approve than object")
    return _("%(share)s approve", share=_share(rule))


def _is_simple(rule: VotingRule) -> bool:
    return rule.pass_base is PassBase.YES_NO and rule.pass_num * 2 == rule.pass_den and not rule.pass_at_least


@remembered
def check_in_words(check: Check, rule: VotingRule, counts: Tally) -> str:
    """One condition with its sum: "At least 9 of 16 partners answer (11)"."""
    if check.name == "quorum":
        return _quorum_check(check, rule, counts)
    if check.name == "threshold":
        return _threshold_check(rule, counts)
    if check.name == "posts":
        needed, there = check.needed, check.actual
        return ngettext(
            "%(num)s post is filled (%(there)s)", "%(num)s posts are filled (%(there)s)", needed, there=there
        )
    if check.name == "silence" and check.needed == 1:
        return _("No partner objects or asks for a vote (%(actual)s)", actual=check.actual)
    if check.name == "objections" and check.needed == 0:
        return _("No partner objects (%(actual)s)", actual=check.actual)
    return {
        "approvals": _("At least %(needed)s approve (%(actual)s)", needed=check.needed, actual=check.actual),
        "silence": _(
            "Fewer than %(needed)s object or ask for a vote (%(actual)s)", needed=check.needed, actual=check.actual
        ),
        "acknowledged": _(
            "At least %(needed)s have no objection (%(actual)s)", needed=check.needed, actual=check.actual
        ),
        "objections": _("At most %(needed)s object (%(actual)s)", needed=check.needed, actual=check.actual),
    }[check.name]


def _quorum_check(check: Check, rule: VotingRule, counts: Tally) -> str:
    base = quorum_base(rule, counts)
    words = _(
        "At least %(needed)s of %(electors)s partners answer (%(actual)s)",
        needed=check.needed,
        electors=base,
        actual=check.actual,
    )
    if base == counts.electors:
        return words
    return f"{words}; " + ngettext("%(num)s recused itself", "%(num)s recused themselves", counts.recuse)


def _threshold_check(rule: VotingRule, counts: Tally) -> str:
    if _is_simple(rule):
        return _("More approve than object (%(yes)s to %(no)s)", yes=counts.approve, no=counts.object)
    return _(
        "At least %(needed)s of %(base)s approve (%(yes)s)",
        needed=approvals_needed(rule, pass_base(rule, counts)),
        base=pass_base(rule, counts),
        yes=counts.approve,
    )


@remembered
def counts_in_words(counts: Tally, *, closed: bool, method: Method = Method.VOTE) -> str:
    """The tally as a line: "11 approve · 0 objections · 1 abstains · 4 to vote" (or "did not vote")."""
    return " · ".join([words for _cell, words in tally_items(counts, closed=closed, method=method)])


def tally_items(counts: Tally, *, closed: bool, method: Method = Method.VOTE) -> tuple[tuple[str, str], ...]:
    """The counts by answer, each with its cell of a strip. The first two are always said, others when there are any."""
    rest = _silence_items(counts) if method is Method.SILENCE else _vote_items(counts, method, closed=closed)
    return tuple((cell, words) for place, (cell, count, words) in enumerate(rest) if count or place in (0, 1))


def _silence_items(counts: Tally) -> list[tuple[str, int, str]]:
    return [
        (
            "y",
            counts.no_objection,
            ngettext("%(num)s has no objection", "%(num)s have no objection", counts.no_objection),
        ),
        ("x", counts.object, ngettext("%(num)s objection", "%(num)s objections", counts.object)),
        ("x", counts.ask_vote, ngettext("%(num)s asks for a vote", "%(num)s ask for a vote", counts.ask_vote)),
        ("r", counts.recuse, ngettext("%(num)s recused", "%(num)s recused", counts.recuse)),
        ("", counts.missing, ngettext("%(num)s silent", "%(num)s silent", counts.missing)),
    ]


def _vote_items(counts: Tally, method: Method, *, closed: bool) -> list[tuple[str, int, str]]:
    against = (
        ngettext("%(num)s against", "%(num)s against", counts.object)
        if method is Method.ELECTION
        else ngettext("%(num)s objection", "%(num)s objections", counts.object)
    )
    # Said even when there are none: who abstains and who is missing belong to every sum of a vote.
    last = (
        ngettext("%(num)s did not vote", "%(num)s did not vote", counts.missing)
        if closed
        else ngettext("%(num)s to vote", "%(num)s to vote", counts.missing)
    )
    return [
        ("y", counts.approve, ngettext("%(num)s approves", "%(num)s approve", counts.approve)),
        ("x", counts.object, against),
        ("o", counts.abstain or 1, ngettext("%(num)s abstains", "%(num)s abstain", counts.abstain)),
        ("r", counts.recuse, ngettext("%(num)s recused", "%(num)s recused", counts.recuse)),
        ("", counts.missing or 1, last),
    ]


@remembered
def turnout_in_words(electors: int, answered: int) -> str:
    """Who has answered while positions are hidden: "11 of 16 have answered · 5 to vote"."""
    return " · ".join(
        (
            _("%(answered)s of %(all)s have answered", answered=answered, all=electors),
            ngettext("%(num)s to vote", "%(num)s to vote", electors - answered),
        )
    )


def sum_in_words(rule: VotingRule, result: Result) -> str:
    """The whole calculation in one line, for the record: the outcome and each condition with its sum."""
    checks = [check_in_words(check, rule, result.tally) for check in result.checks]
    marked = [
        f"{words}: {_('met') if check.holds else _('not met')}"
        for check, words in zip(result.checks, checks, strict=True)
    ]
    counts = counts_in_words(result.tally, closed=True, method=rule.method)
    return f"{outcome_label(result.outcome, rule.method)}. {counts}. {'; '.join(marked)}."


@remembered
def missing_in_words(rule: VotingRule, result: Result) -> str:
    """The plain sentence while a ballot runs: what is still missing for it to pass, or that nothing is."""
    if rule.method is Method.SILENCE:
        return _silence_missing(rule, result.tally)
    counts = result.tally
    lacking = answers_needed(rule, quorum_base(rule, counts)) - counts.answered
    answers = ngettext("%(num)s more answer", "%(num)s more answers", max(lacking, 0))
    parts = [answers] if lacking > 0 else []
    if rule.method is Method.VOTE:
        short = max(approvals_needed(rule, pass_base(rule, counts)), rule.min_approvals) - counts.approve
        if short > 0:
            parts.append(ngettext("%(num)s more approval", "%(num)s more approvals", short))
        if any(check.name == "objections" and not check.holds for check in result.checks):
            parts.append(_("fewer objections"))
    if not parts:
        return _("Everything that is needed is there. It can still change until the closing.")
    if parts == [answers]:
        return ngettext("%(num)s more answer is needed.", "%(num)s more answers are needed.", lacking)
    return _("Needed to pass, as of now: %(parts)s.", parts=_(" and ").join(parts))


def _silence_missing(rule: VotingRule, counts: Tally) -> str:
    if counts.breaking >= rule.silence_break:
        return _("The silence is broken. The text is adopted only if the objection is lifted.")
    lacking = rule.silence_acknowledged - counts.no_objection
    if lacking > 0:
        return ngettext(
            "%(num)s more partner must say that it has no objection.",
            "%(num)s more partners must say that they have no objection.",
            lacking,
        )
    return _("Nobody objects. The text is adopted at the closing if that stays so.")


@remembered
def period_in_words(rule: VotingRule) -> str:
    """How long a ballot by this rule is open: "10 working days"."""
    if rule.period_kind is PeriodKind.WORKING:
        return ngettext("%(num)s working day", "%(num)s working days", rule.period_days)
    return ngettext("%(num)s day", "%(num)s days", rule.period_days)


@remembered
def early_close_in_words(rule: VotingRule) -> str:
    """When a ballot by this rule closes before its time; empty when it never does."""
    if not rule.early_close or rule.method is Method.SILENCE:
        return ""
    return _(
        "It closes early once every partner has answered itself; what the Secretariat recorded from an e-mail does not "
        "count for that."
    )


def unfilled_in_words(rule: VotingRule, result: Result, posts: int, *, struck: bool) -> str:
    """Of an election that filled some of its posts: what was needed, and what becomes of the others.

    ``struck``: a candidate withdrew; the base of the sum then is another one for each seat, and is not said.
    """
    filled = len(result.elected)
    said = [_("%(filled)s of %(posts)s posts were filled.", filled=filled, posts=posts)]
    if not struck:
        needed = max(approvals_needed(rule, pass_base(rule, result.tally)), rule.min_approvals)
        said.append(
            ngettext(
                "The support of at least %(num)s partner was needed.",
                "The support of at least %(num)s partners was needed.",
                needed,
            )
        )
    said.append(
        ngettext(
            "The other post stays vacant; the Secretariat asks the partners to nominate for a new election.",
            "The other %(num)s posts stay vacant; the Secretariat asks the partners to nominate for a new election.",
            posts - filled,
        )
    )
    return " ".join(said)
