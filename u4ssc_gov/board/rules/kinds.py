"""The words of a ballot: what is decided, by which method, what a partner answers, how it ends (¶23, ¶24)."""

from __future__ import annotations

from enum import StrEnum


class BallotType(StrEnum):
    """What is being decided."""

    APPOINTMENT = "appointment"
    DELIVERABLE = "deliverable"
    ACTION_PLAN = "action_plan"
    TOR_REVISION = "tor_revision"
    KPI_SET = "kpi_set"
    GUIDANCE = "guidance"
    RULE_SET = "rule_set"  # the voting rules themselves


class Method(StrEnum):
    """How the Board decides. A meeting decides outside the platform and is recorded."""

    VOTE = "vote"
    SILENCE = "silence"
    ELECTION = "election"


class Visibility(StrEnum):
    """When the Board, the chairs and the Secretariat see who answered what. Secret ballots are not held here."""

    LIVE = "live"
    AT_CLOSE = "at_close"


class Position(StrEnum):
    """What a partner answers. Not having answered is a state, not a position."""

    APPROVE = "approve"
    APPROVE_WITH_COMMENTS = "approve_with_comments"
    ABSTAIN = "abstain"
    OBJECT = "object"
    RECUSE = "recuse"
    NO_OBJECTION = "no_objection"
    ASK_VOTE = "ask_vote"


OFFERED: dict[Method, tuple[Position, ...]] = {
    Method.VOTE: (
        Position.APPROVE,
        Position.APPROVE_WITH_COMMENTS,
        Position.ABSTAIN,
        Position.OBJECT,
        Position.RECUSE,
    ),
    Method.SILENCE: (Position.NO_OBJECTION, Position.OBJECT, Position.ASK_VOTE, Position.RECUSE),
    Method.ELECTION: (Position.APPROVE, Position.ABSTAIN, Position.OBJECT, Position.RECUSE),
}
APPROVING = frozenset({Position.APPROVE, Position.APPROVE_WITH_COMMENTS})
BREAKING = frozenset({Position.OBJECT, Position.ASK_VOTE})  # these break a silence


class Capacity(StrEnum):
    """In which capacity a position was recorded for a seat."""

    REPRESENTATIVE = "representative"
    ALTERNATE = "alternate"
    ON_RECORD = "on_record"  # by the Secretariat, from an e-mail of the partner that is attached


class BallotState(StrEnum):
    """Derived from the ballot's instants and ``now``; never stored."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    SUSPENDED = "suspended"  # the silence is broken, the partners consult
    CLOSED = "closed"
    CERTIFIED = "certified"
    RECORDED = "recorded"  # certified, and the time for challenges has passed
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"  # by a new round or by a decision of a meeting
    REFERRED = "referred"  # to the next annual meeting
    ANNULLED = "annulled"


RUNNING = frozenset({BallotState.OPEN, BallotState.SUSPENDED})
ENDED = frozenset({BallotState.CLOSED, BallotState.CERTIFIED, BallotState.RECORDED})  # with an outcome
GONE = frozenset({BallotState.WITHDRAWN, BallotState.SUPERSEDED, BallotState.REFERRED, BallotState.ANNULLED})


class BallotOutcome(StrEnum):
    """How a closed ballot ended."""

    APPROVED = "approved"
    PARTLY = "partly"  # an election that filled some of its posts
    NOT_APPROVED = "not_approved"
    TIE = "tie"
    NO_QUORUM = "no_quorum"
    BROKEN_SILENCE = "broken_silence"


OPEN_ENDED = frozenset({BallotOutcome.TIE, BallotOutcome.NO_QUORUM, BallotOutcome.BROKEN_SILENCE})
"""Outcomes that decide nothing yet: a new round or the annual meeting may follow."""


class Cause(StrEnum):
    """Why a ballot closed."""

    TIME = "time"
    ALL_ANSWERED = "all_answered"


class Advice(StrEnum):
    """What the rule advises when nothing was decided. The Secretariat acts; nothing happens by itself."""

    NEW_ROUND = "new_round"
    REFER = "refer"
    NOT_ADOPTED = "not_adopted"


class PeriodKind(StrEnum):
    """How the days of a period are counted."""

    WORKING = "working"
    CALENDAR = "calendar"


class QuorumBase(StrEnum):
    """Of which seats the quorum is a fraction."""

    ALL_SEATS = "all_seats"
    SEATS_MINUS_RECUSED = "seats_minus_recused"


class PassBase(StrEnum):
    """Of which answers or seats the threshold is a fraction."""

    YES_NO = "yes_no"
    CAST = "cast"
    SEATS_MINUS_RECUSED = "seats_minus_recused"
    ALL_SEATS = "all_seats"
