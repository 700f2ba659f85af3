"""How positions become an outcome: whole numbers only, every comparison cross-multiplied (¶24).

``docs/ledger-format.md`` 7 says the same in prose; ``u4verify`` computes it with code of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from u4ssc_gov.board.rules.kinds import APPROVING, BallotOutcome, Method, PassBase, Position, QuorumBase
from u4ssc_gov.board.rules.rule_set import VotingRule


@dataclass(frozen=True, slots=True)
class Answer:
    """The position of one seat that counts; ``candidates`` are the ones it supports in an election."""

    position: Position
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the electors; ``missing`` have not answered."""

    electors: int
    approve: int = 0  # with and without comments
    abstain: int = 0
    object: int = 0
    recuse: int = 0
    no_objection: int = 0
    ask_vote: int = 0
    with_comments: int = 0  # of those who approve

    @property
    def answered(self) -> int:
        """Electors with an answer that counts for the quorum; recusing oneself is not one."""
        return self.approve + self.abstain + self.object + self.no_objection + self.ask_vote

    @property
    def missing(self) -> int:
        """Electors without a position."""
        return self.electors - self.answered - self.recuse

    @property
    def base(self) -> int:
        """Electors that did not recuse themselves."""
        return self.electors - self.recuse

    @property
    def breaking(self) -> int:
        """Positions that break a silence."""
        return self.object + self.ask_vote


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of the rule: what it needs, what there is, whether it holds now."""

    name: str  # quorum, threshold, approvals, objections, silence, acknowledged or posts
    needed: int
    actual: int
    holds: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome if the ballot closed with these positions, with each condition and its sum."""

    outcome: BallotOutcome
    tally: Tally
    checks: tuple[Check, ...]
    elected: tuple[int, ...] = ()
    supports: tuple[tuple[int, int], ...] = field(default=())  # (candidate, seats in favour), not withdrawn


def tally(electors: int, positions: Iterable[Position]) -> Tally:
    """Count the counted positions (one for each elector that answered)."""
    counts = Counter(positions)
    return Tally(
        electors,
        approve=sum(counts[position] for position in APPROVING),
        abstain=counts[Position.ABSTAIN],
        object=counts[Position.OBJECT],
        recuse=counts[Position.RECUSE],
        no_objection=counts[Position.NO_OBJECTION],
        ask_vote=counts[Position.ASK_VOTE],
        with_comments=counts[Position.APPROVE_WITH_COMMENTS],
    )


def answers_needed(rule: VotingRule, base: int) -> int:
    """The smallest whole number of answers greater than the quorum fraction of the base (16 gives 9)."""
    return base * rule.quorum_num // rule.quorum_den + 1


def quorum_base(rule: VotingRule, counts: Tally) -> int:
    """Of how many seats the quorum is a fraction."""
    return counts.electors if rule.quorum_base is QuorumBase.ALL_SEATS else counts.base


def pass_base(rule: VotingRule, counts: Tally) -> int:
    """Of how many answers or seats the threshold is a fraction."""
    return {
        PassBase.YES_NO: counts.approve + counts.object,
        PassBase.CAST: counts.approve + counts.object + counts.abstain,
        PassBase.SEATS_MINUS_RECUSED: counts.base,
        PassBase.ALL_SEATS: counts.electors,
    }[rule.pass_base]


def reaches(rule: VotingRule, approvals: int, base: int) -> bool:
    """Whether so many approvals pass the threshold. None never do, whatever the base: a tie of nothing is no pass."""
    scaled, bar = approvals * rule.pass_den, base * rule.pass_num
    return approvals > 0 and (scaled >= bar if rule.pass_at_least else scaled > bar)


def approvals_needed(rule: VotingRule, base: int) -> int:
    """The smallest number of approvals that passes the threshold of this base."""
    bar = base * rule.pass_num
    return max(1, -(-bar // rule.pass_den) if rule.pass_at_least else bar // rule.pass_den + 1)


def decide(
    rule: VotingRule,
    counts: Tally,
    answers: Sequence[Answer] = (),
    *,
    candidates: Sequence[int] = (),
    withdrawn: frozenset[int] = frozenset(),
    posts: int = 0,
) -> Result:
    """Apply the rule. ``answers``, ``candidates``, ``withdrawn`` and ``posts`` are for elections."""
    if rule.method is Method.SILENCE:
        return _silence(rule, counts)
    if rule.method is Method.ELECTION:
        standing = [candidate for candidate in candidates if candidate not in withdrawn]
        return _election(rule, counts, answers, standing, posts)
    return _vote(rule, counts)


def _silence(rule: VotingRule, counts: Tally) -> Result:
    checks = [Check("silence", rule.silence_break, counts.breaking, counts.breaking < rule.silence_break)]
    wanted = (
        rule.silence_acknowledged if counts.base else max(1, rule.silence_acknowledged)
    )  # nobody is left: no silence
    if wanted:
        checks.append(Check("acknowledged", wanted, counts.no_objection, counts.no_objection >= wanted))
    if not checks[0].holds:
        outcome = BallotOutcome.BROKEN_SILENCE
    elif not all(check.holds for check in checks):
        outcome = BallotOutcome.NO_QUORUM
    else:
        outcome = BallotOutcome.APPROVED
    return Result(outcome, counts, tuple(checks))


def _quorum(rule: VotingRule, counts: Tally) -> Check:
    base = quorum_base(rule, counts)
    needed = answers_needed(rule, base)
    holds = base > 0 and counts.base > 0 and counts.answered * rule.quorum_den > base * rule.quorum_num
    return Check("quorum", needed, counts.answered, holds)


def _objections(rule: VotingRule, counts: Tally) -> list[Check]:
    bounds = []
    if rule.max_objections is not None:
        bounds.append(rule.max_objections)
    if rule.max_objections_num is not None and rule.max_objections_den is not None:
        bounds.append(counts.electors * rule.max_objections_num // rule.max_objections_den)
    return [Check("objections", min(bounds), counts.object, counts.object <= min(bounds))] if bounds else []


def _vote(rule: VotingRule, counts: Tally) -> Result:
    base = pass_base(rule, counts)
    quorum = _quorum(rule, counts)
    threshold = Check("threshold", approvals_needed(rule, base), counts.approve, reaches(rule, counts.approve, base))
    approvals = Check("approvals", rule.min_approvals, counts.approve, counts.approve >= rule.min_approvals)
    others = [approvals, *_objections(rule, counts)]
    if not quorum.holds:
        outcome = BallotOutcome.NO_QUORUM
    elif threshold.holds and all(check.holds for check in others):
        outcome = BallotOutcome.APPROVED
    elif counts.approve == counts.object > 0 and all(check.holds for check in others):
        outcome = BallotOutcome.TIE
    else:
        outcome = BallotOutcome.NOT_APPROVED
    shown = [quorum, threshold, *(check for check in others if check.name != "approvals" or rule.min_approvals)]
    return Result(outcome, counts, tuple(shown))


def _election(
    rule: VotingRule, counts: Tally, answers: Sequence[Answer], standing: Sequence[int], posts: int
) -> Result:
    supported = [
        tuple(candidate for candidate in answer.candidates if candidate in standing)
        for answer in answers
        if answer.position in APPROVING
    ]
    yes = sum(1 for names in supported if names)
    supports = {candidate: sum(candidate in names for names in supported) for candidate in standing}
    # A seat that supported only candidates who withdrew abstains in the sums; the tally says what it cast.
    summed = Tally(counts.electors, yes, counts.abstain + len(supported) - yes, counts.object, counts.recuse)
    base = pass_base(rule, summed)
    eligible = {c: votes for c, votes in supports.items() if reaches(rule, votes, base) and votes >= rule.min_approvals}
    bounds = _objections(rule, summed)
    chosen, tied = _fill(eligible, posts)
    if not all(check.holds for check in bounds):
        chosen, tied = (), False
    quorum = _quorum(rule, summed)
    shown = [quorum, Check("posts", posts, len(chosen), len(chosen) == posts), *bounds]
    if not quorum.holds:
        outcome, chosen = BallotOutcome.NO_QUORUM, ()
    elif len(chosen) == posts:
        outcome = BallotOutcome.APPROVED
    elif tied:
        outcome = BallotOutcome.TIE
    else:
        outcome = BallotOutcome.PARTLY if chosen else BallotOutcome.NOT_APPROVED
    return Result(outcome, counts, tuple(shown), chosen, tuple(supports.items()))


def _fill(eligible: dict[int, int], posts: int) -> tuple[tuple[int, ...], bool]:
    """Fill the posts from the most supported down; equals that do not all fit leave the rest open."""
    chosen: list[int] = []
    for votes in sorted(set(eligible.values()), reverse=True):
        equals = [candidate for candidate, count in eligible.items() if count == votes]
        if len(chosen) + len(equals) > posts:
            return tuple(sorted(chosen)), len(chosen) < posts
        chosen += equals
    return tuple(sorted(chosen)), False


def can_pass(rule: VotingRule, electors: int, candidates: int = 1, posts: int = 1) -> bool:
    """Whether all these electors in favour would pass; a rule that nobody can meet is refused."""
    if rule.method is Method.SILENCE:
        return rule.silence_acknowledged <= electors > 0
    names = tuple(range(1, min(candidates, posts) + 1))
    answers = [Answer(Position.APPROVE, names)] * electors
    result = decide(rule, Tally(electors, electors), answers, candidates=names, posts=len(names))
    return result.outcome is BallotOutcome.APPROVED
