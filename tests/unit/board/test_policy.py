"""Role by action: who may do what with a ballot."""

from datetime import date

import pytest

from u4ssc_gov.board import policy
from u4ssc_gov.board.rules import ENDED, GONE, BallotState, Visibility
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, Actor, HeldMandate, HeldOffice, MandateCapacity, OfficeKind


def office(kind):
    return Actor(person_id=1, offices=(HeldOffice(1, 1, kind, "", 3, date(2026, 1, 1), date(2027, 1, 1)),))


ROLES = {
    "visitor": ANONYMOUS,
    "participant": Actor(person_id=1, participant_kind="academia"),
    "leader": office(OfficeKind.LEADER),
    "chair": office(OfficeKind.CO_CHAIR),
    "board": Actor(person_id=1, mandates=(HeldMandate(1, 7, "WMO", "", MandateCapacity.ALTERNATE),)),
    "secretariat": Actor(person_id=1, secretariat_of="UNECE"),
    "system": SYSTEM,
}
# prepare, vote for partner 7, see drafts, live positions, hidden ones, who has answered, positions after closing,
# comments, a receipt of partner 7, leave a remark, call an objection editorial
TABLE = {
    "visitor": "00000000000",
    "participant": "00000010010",
    "leader": "00000010010",
    "chair": "00010111011",
    "board": "01010111100",
    "secretariat": "10110111111",
    "system": "10110101001",
}


@pytest.mark.parametrize("role", TABLE)
def test_who_may(role):
    actor = ROLES[role]
    found = (
        policy.may_prepare(actor),
        policy.may_vote(actor, 7),
        policy.may_see_drafts(actor),
        policy.may_see_positions(actor, BallotState.OPEN),
        policy.may_see_positions(actor, BallotState.OPEN, Visibility.AT_CLOSE),
        policy.may_see_turnout(actor),
        policy.may_see_positions(actor, BallotState.CLOSED, Visibility.AT_CLOSE),
        policy.may_see_comments(actor),
        policy.may_see_receipt(actor, 7),
        policy.may_remark(actor),
        policy.may_classify(actor),
    )
    assert "".join(str(int(one)) for one in found) == TABLE[role]


def test_a_mandate_is_for_its_own_partner_only():
    assert not policy.may_vote(ROLES["board"], 8)
    assert not policy.may_see_receipt(ROLES["board"], 8)


@pytest.mark.parametrize("state", sorted(GONE))
def test_a_ballot_without_an_outcome_shows_its_positions_to_insiders_only_and_hidden_ones_to_nobody(state):
    assert not policy.may_see_positions(ROLES["participant"], state)
    assert policy.may_see_positions(ROLES["board"], state)
    assert not any(policy.may_see_positions(actor, state, Visibility.AT_CLOSE) for actor in ROLES.values())


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_outcome_shows_everybody_who_is_signed_in_how_it_came_about(state):
    assert policy.may_see_positions(ROLES["participant"], state, Visibility.AT_CLOSE)
    assert not policy.may_see_positions(ROLES["visitor"], state)
