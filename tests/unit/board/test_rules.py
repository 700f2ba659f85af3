"""The rule as a setting, what is frozen, the words for it, and the life of a ballot to the microsecond (¶24)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u4ssc_gov.board import rule_words, rules, wording
from u4ssc_gov.board.rules import (
    BallotOutcome,
    BallotState,
    BallotType,
    Instants,
    Method,
    PassBase,
    PeriodKind,
    Position,
    Tally,
    Visibility,
    VotingRule,
)
from u4ssc_gov.core.dates import GENEVA

CLOSES = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
OPENS = CLOSES - timedelta(days=14)
UNTIL = CLOSES + timedelta(days=12)
TICK, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
EDGES = (-SECOND, -TICK, timedelta(0), TICK, SECOND)
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Zurich", "UTC")  # UTC+14, UTC-11

S = BallotState


# ── states ───────────────────────────────────────────────────────────────────────────────────────────────────────────

RUN = Instants(OPENS, CLOSES)
CERTIFIED = replace(RUN, certified_at=CLOSES + timedelta(days=2), challenges_until=UNTIL)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("instants", "edge", "before", "after"),
    [
        (RUN, OPENS, S.SCHEDULED, S.OPEN),
        (RUN, CLOSES, S.OPEN, S.CLOSED),
        (replace(RUN, suspended_at=OPENS + SECOND * 9), CLOSES, S.SUSPENDED, S.CLOSED),
        (CERTIFIED, UNTIL, S.CERTIFIED, S.RECORDED),
        (replace(CERTIFIED, challenged_at=UNTIL - SECOND), UNTIL, S.CERTIFIED, S.CERTIFIED),  # it waits for its answer
        (replace(CERTIFIED, challenges_until=None), UNTIL, S.RECORDED, S.RECORDED),
        (Instants(None, CLOSES), CLOSES, S.DRAFT, S.DRAFT),
        (Instants(None, None), CLOSES, S.DRAFT, S.DRAFT),
    ],
)
def test_the_state_changes_at_the_instant_and_nowhere_near_it(zone, instants, edge, before, after):
    for offset in EDGES:
        now = (edge + offset).astimezone(ZoneInfo(zone))
        assert rules.ballot_state(instants, now) is (before if offset < timedelta(0) else after)


@pytest.mark.parametrize(
    ("column", "state"),
    [
        ("withdrawn_at", S.WITHDRAWN),
        ("superseded_at", S.SUPERSEDED),
        ("referred_at", S.REFERRED),
        ("annulled_at", S.ANNULLED),
    ],
)
def test_what_has_gone_never_comes_back(column, state):
    for instants in (RUN, CERTIFIED, Instants(), replace(RUN, suspended_at=OPENS)):
        for now in (OPENS - SECOND, OPENS, CLOSES, UNTIL + timedelta(days=900)):
            assert rules.ballot_state(replace(instants, **{column: OPENS}), now) is state
    assert rules.ballot_state(replace(CERTIFIED, superseded_at=OPENS, annulled_at=UNTIL), UNTIL) is S.ANNULLED


@given(st.integers(-(10**6), 3 * 10**12))
@settings(max_examples=300)
def test_a_ballot_that_has_closed_stays_closed(micros):
    order = [S.SCHEDULED, S.OPEN, S.CLOSED, S.CERTIFIED, S.RECORDED]
    now = OPENS + timedelta(microseconds=micros)
    states = [order.index(rules.ballot_state(CERTIFIED, now + timedelta(hours=hours))) for hours in range(0, 900, 7)]
    assert states == sorted(states)


# ── when it closes by its rule ───────────────────────────────────────────────────────────────────────────────────────


def geneva(*numbers, fold=0):
    return datetime(*numbers, tzinfo=GENEVA, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("opens", "days", "kind", "closes"),
    [
        (geneva(2026, 11, 23, 10, 0), 10, "working", geneva(2026, 12, 7, 10, 0)),
        (geneva(2026, 11, 21, 10, 0), 10, "working", geneva(2026, 12, 4, 10, 0)),  # opened on a Saturday
        (geneva(2026, 10, 19, 10, 0), 10, "working", datetime(2026, 11, 2, 9, 0, tzinfo=UTC)),  # 25 October has 25 h
        (geneva(2027, 3, 22, 10, 0), 10, "working", datetime(2027, 4, 5, 8, 0, tzinfo=UTC)),  # 28 March has 23 h
        (geneva(2026, 10, 15, 2, 30), 10, "calendar", geneva(2026, 10, 25, 2, 30)),  # an hour that comes twice: first
        (geneva(2027, 3, 18, 2, 30), 10, "calendar", geneva(2027, 3, 28, 3, 30)),  # an hour that does not exist
        (geneva(2026, 10, 25, 2, 30, fold=1), 4, "calendar", geneva(2026, 10, 29, 2, 30)),
        (geneva(2027, 3, 26, 10, 0), 3, "calendar", geneva(2027, 3, 29, 11, 0)),  # 71 hours would be too few
        (geneva(2026, 11, 23, 10, 0), 1, "working", geneva(2026, 11, 26, 10, 0)),  # never below 72 hours
        (geneva(2026, 12, 31, 23, 59), 5, "calendar", geneva(2027, 1, 5, 23, 59)),
    ],
)
def test_the_usual_closing_is_the_same_minute_in_geneva_wherever_one_sits(opens, days, kind, closes):
    rule = VotingRule(period_days=days, period_kind=PeriodKind(kind))
    for zone in ZONES:
        assert rules.usual_closing(rule, opens.astimezone(ZoneInfo(zone))) == closes
    if kind == "working" and days > 3:  # a consultation is counted the same way
        assert rules.consultation_end(VotingRule(consultation_days=days), opens) == closes


@given(st.integers(0, 3 * 366 * 24 * 60), st.integers(1, 60), st.sampled_from(PeriodKind))
@settings(max_examples=1000)
def test_no_usual_closing_is_shorter_than_the_rule_or_longer_than_a_ballot_may_last(minutes, days, kind):
    opens = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    rule = VotingRule(period_days=days, period_kind=kind)
    closes = rules.usual_closing(rule, opens)
    assert timedelta(hours=rule.minimum_hours) <= closes - opens <= rules.MAXIMUM_OPEN
    before, after = opens.astimezone(GENEVA), closes.astimezone(GENEVA)
    if kind is PeriodKind.WORKING and days > 3:
        assert after.weekday() < 5
        days_between = [(before.date() + timedelta(days=n)).weekday() for n in range(1, (closes - opens).days + 2)]
        assert abs(sum(day < 5 for day in days_between) - days) <= 1
    if closes - opens > timedelta(hours=rule.minimum_hours):
        assert (after.hour, after.minute) == (before.hour, before.minute) or before.hour == 2


@pytest.mark.parametrize(
    ("was", "latest"),
    [
        (geneva(2026, 11, 27, 17, 0), geneva(2026, 12, 4, 17, 0)),
        (geneva(2026, 10, 20, 17, 0), geneva(2026, 10, 27, 17, 0)),  # 169 hours
        (geneva(2027, 3, 25, 23, 30), geneva(2027, 4, 1, 23, 30)),  # 167 hours
    ],
)
def test_an_extension_is_counted_in_days_of_geneva(was, latest):
    assert rules.latest_extension(VotingRule(extension_days=7), was) == latest


@pytest.mark.parametrize(("left", "gained"), [(timedelta(days=9), timedelta(days=9)), (SECOND, timedelta(hours=72))])
def test_a_silence_that_goes_on_has_the_time_that_was_left_and_at_least_three_days(left, gained):
    now = CLOSES + timedelta(days=2)
    assert rules.resumed_closing(VotingRule(), CLOSES - left, CLOSES, now) == now + gained


# ── the rule as a setting ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", BallotType)
def test_every_house_rule_survives_its_journey_through_the_database(kind):
    for method in rules.methods_of(kind):
        rule = rules.default_rule(kind, method)
        kept = rule.as_json()
        assert rules.rule_from_json(kept) == rule
        assert {type(value) for value in kept.values()} <= {str, int, bool, list, type(None)}
        assert set(kept) == {field.name for field in fields(VotingRule)}
        assert rule.method is method
        assert rule.minimum_hours >= 72


def test_a_rule_frozen_before_this_version_still_means_what_it_meant():
    old = {"quorum_num": 1, "quorum_den": 2, "pass_num": 1, "pass_den": 2, "min_approvals": 5, "max_objections": None}
    rule = rules.rule_from_json(old)
    assert (rule.method, rule.early_close, rule.quorum_base.value) == (Method.VOTE, False, "all_seats")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"quorum_num": 3}, ("quorum_num", "fraction")),
        ({"pass_den": 0}, ("pass_num", "fraction")),
        ({"pass_num": -1}, ("pass_num", "fraction")),
        ({"pass_num": 1, "pass_den": 101}, ("pass_num", "fraction")),
        ({"max_objections_num": 1}, ("max_objections_num", "fraction")),
        ({"max_objections_num": 5, "max_objections_den": 4}, ("max_objections_num", "fraction")),
        ({"max_objections": -1}, ("max_objections", "range")),
        ({"min_approvals": 101}, ("min_approvals", "range")),
        ({"silence_break": 0}, ("silence_break", "range")),
        ({"minimum_hours": 71}, ("minimum_hours", "range")),
        ({"period_days": 0}, ("period_days", "range")),
        ({"period_days": 61}, ("period_days", "range")),
        ({"consultation_days": 0}, ("consultation_days", "range")),
        ({"extension_days": -1}, ("extension_days", "range")),
        ({"challenge_days": 61}, ("challenge_days", "range")),
        ({"secrecy_seats": -1}, ("secrecy_seats", "range")),
        ({"reminder_hours": (24, 72)}, ("reminder_hours", "range")),
        ({"reminder_hours": (0,)}, ("reminder_hours", "range")),
        ({"reminder_hours": (6, 5, 4, 3, 2, 1)}, ("reminder_hours", "range")),
        ({"method": Method.SILENCE, "visibility": Visibility.AT_CLOSE}, ("visibility", "visibility")),
        ({"minimum_hours": 72, "period_days": 60, "reminder_hours": ()}, None),
        ({"max_objections_num": 0, "max_objections_den": 1, "pass_num": 1, "pass_den": 1}, None),
    ],
)
def test_what_makes_a_rule_unusable(change, problem):
    assert problem in rules.problems_of(VotingRule(**change)) or (problem is None)
    assert bool(rules.problems_of(VotingRule(**change))) == (problem is not None)


def test_there_is_no_secret_ballot_to_choose():
    """Two seats may end a ballot instead (edge case 16); a value for secrecy does not exist."""
    assert [value.value for value in Visibility] == ["live", "at_close"]
    with pytest.raises(ValueError, match="secret"):
        rules.rule_from_json({**VotingRule().as_json(), "visibility": "secret"})


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (VotingRule(), "16 partners; at least 9 must answer; more approve than object; at least 5 approve"),
        (
            rules.default_rule(BallotType.TOR_REVISION),
            "16 partners; at least 9 must answer; at least 2/3 of all partners approve; at most 4 object",
        ),
        (
            VotingRule(pass_num=2, pass_den=3, min_approvals=1, max_objections=0),
            "16 partners; at least 9 must answer; more than 2/3 of those who approve or object approve; "
            "at least 1 approves; none objects",
        ),
        (
            rules.default_rule(BallotType.DELIVERABLE),
            "16 partners; adopted at the closing unless a partner objects or asks for a vote",
        ),
        (
            VotingRule(method=Method.SILENCE, silence_break=2, silence_acknowledged=3),
            "16 partners; adopted at the closing unless 2 partners object or ask for a vote; "
            "3 partners must say that they have no objection",
        ),
        (
            rules.default_rule(BallotType.APPOINTMENT),
            "16 partners; at least 9 must answer; a candidate needs the support of more than 1/2 of those who "
            "approve or object; if several have it, those with the most support are elected; at least 5 approve",
        ),
    ],
)
def test_the_rule_in_words(rule, words):
    assert rule_words.rule_in_words(rule, 16) == words


def test_the_sum_is_printed():
    rule = rules.default_rule(BallotType.TOR_REVISION)
    result = rules.decide(rule, Tally(16, 10, 1, 0))
    assert [rule_words.check_in_words(check, rule, result.tally) for check in result.checks] == [
        "At least 9 of 16 partners answer (11)",
        "At least 11 of 16 approve (10)",
        "At most 4 object (0)",
    ]
    counted = "10 approve · 0 objections · 1 abstains"
    assert rule_words.counts_in_words(result.tally, closed=False) == f"{counted} · 5 to vote"
    assert rule_words.counts_in_words(result.tally, closed=True) == f"{counted} · 5 did not vote"
    assert rule_words.missing_in_words(rule, result) == "Needed to pass, as of now: 1 more approval."
    recused = rules.decide(VotingRule(), Tally(16, 7, 0, 0, 1))
    assert rule_words.check_in_words(recused.checks[0], VotingRule(), recused.tally) == (
        "At least 8 of 15 partners answer (7); 1 recused itself"
    )


@given(st.integers(0, 16), st.integers(0, 16), st.integers(0, 16))
@settings(max_examples=400)
def test_the_sentence_says_that_something_is_missing_exactly_when_it_would_not_pass(yes, no, abstained):
    if yes + no + abstained > 16:
        return
    for rule in (VotingRule(), rules.default_rule(BallotType.TOR_REVISION)):
        result = rules.decide(rule, Tally(16, yes, abstained, no))
        sentence = rule_words.missing_in_words(rule, result)
        is_missing = sentence.startswith("Needed") or sentence.endswith("needed.")
        assert is_missing == (result.outcome is not BallotOutcome.APPROVED)


def test_every_word_there_is_has_one():
    for kind in BallotType:
        assert "24" in rules.clauses_of(kind)
        assert wording.type_label(kind)
    for method in Method:
        assert len({wording.position_label(one, method) for one in rules.OFFERED[method]}) == len(rules.OFFERED[method])
        assert len({wording.outcome_label(one, method) for one in BallotOutcome}) == len(BallotOutcome)
    assert {wording.cell(one) for one in Position} == {"y", "x", "o", "r"}
    assert wording.cell(Position.OBJECT, hidden=True) == "a"
    for base in PassBase:
        assert rule_words.rule_in_words(VotingRule(pass_base=base, pass_num=3, pass_den=4), 16)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Short. Text.", "Short. Text."),
        (f"{'word ' * 10}ends here. The rest.", f"{'word ' * 10}ends here."),
        ("x" * 300, "x" * 240 + "…"),
        ("", ""),
    ],
)
def test_the_first_sentence(text, summary):
    assert wording.first_sentence(text) == summary


@pytest.mark.parametrize(
    ("state", "outcome", "left", "method", "tag"),
    [
        (S.OPEN, None, timedelta(hours=24) + TICK, Method.VOTE, ("Open", "b")),
        (S.OPEN, None, timedelta(hours=24), Method.VOTE, ("Closes within 24 hours", "a")),
        (S.SUSPENDED, None, TICK, Method.SILENCE, ("Suspended", "a")),
        (S.CLOSED, BallotOutcome.APPROVED, -TICK, Method.VOTE, ("Approved", "g")),
        (S.RECORDED, BallotOutcome.APPROVED, -TICK, Method.SILENCE, ("Adopted by silence", "g")),
        (S.CERTIFIED, BallotOutcome.PARTLY, -TICK, Method.ELECTION, ("Elected in part", "g")),
        (S.CLOSED, BallotOutcome.NOT_APPROVED, -TICK, Method.ELECTION, ("Nobody elected", "r")),
        (S.CLOSED, BallotOutcome.BROKEN_SILENCE, -TICK, Method.SILENCE, ("Silence broken", "r")),
        (S.CLOSED, None, -TICK, Method.VOTE, ("Closed", "")),
        (S.WITHDRAWN, None, TICK, Method.VOTE, ("Withdrawn", "")),
        (S.DRAFT, None, TICK, Method.VOTE, ("Draft", "")),
    ],
)
def test_the_tag_of_a_state(state, outcome, left, method, tag):
    assert wording.state_tag(state, outcome, CLOSES, CLOSES - left, method) == tag


# ── what is frozen, and the numbers ──────────────────────────────────────────────────────────────────────────────────


def frozen(**changes):
    facts = {
        "code": "B-26-01",
        "ballot_type": BallotType.APPOINTMENT,
        "title": "T",
        "decision_text": "D",
        "if_approved": "",
        "if_not_approved": "",
        "rule": VotingRule().as_json(),
        "documents": [("CV", "a" * 64)],
        "candidates": [(1, "A"), (2, "B")],
        "posts": 1,
    }
    return rules.frozen_text(**{**facts, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"code": "B-26-02"},
        {"title": "T "},
        {"decision_text": "d"},
        {"if_approved": "x"},
        {"if_not_approved": "x"},
        {"rule": VotingRule(min_approvals=6).as_json()},
        {"documents": []},
        {"documents": [("CV", "b" * 64)]},
        {"documents": [("Cv", "a" * 64)]},
        {"ballot_type": BallotType.GUIDANCE},
        {"candidates": [(1, "B"), (2, "A")]},
        {"candidates": [(1, "A")]},
        {"posts": 2},
    ],
)
def test_the_digest_covers_everything_that_is_voted_on(change):
    assert rules.digest_of(frozen()) == rules.digest_of(dict(reversed(frozen().items())))
    assert rules.digest_of(frozen()) != rules.digest_of(frozen(**change))


def test_numbers():
    assert rules.receipt_code("B-26-19", "UN-Women", 3) == "B-26-19-UN-Women-3"
    assert rules.decision_number(2026, 7) == "U4SSC/BM/2026/07"
    assert rules.decision_number(2026, 107) == "U4SSC/BM/2026/107"
    assert [rules.answers_needed(VotingRule(), seats) for seats in (16, 15, 17, 1, 2, 0)] == [9, 8, 9, 1, 2, 1]
