"""Role by action: who may do what with a ballot."""

from datetime import date

import pytest

from u4ssc_gov.board import policy
from u4ssc_gov.board.rules import BallotState
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
# prepare, vote for partner 7, see drafts, live positions, positions after closing, comments, a receipt of partner 7
TABLE = {
    "visitor": (0, 0, 0, 0, 0, 0, 0),
    "participant": (0, 0, 0, 0, 1, 0, 0),
    "leader": (0, 0, 0, 0, 1, 0, 0),
    "chair": (0, 0, 0, 1, 1, 1, 0),
    "board": (0, 1, 0, 1, 1, 1, 1),
    "secretariat": (1, 0, 1, 1, 1, 1, 1),
    "system": (1, 0, 1, 1, 1, 1, 0),
}


@pytest.mark.parametrize("role", TABLE)
def test_who_may(role):
    actor = ROLES[role]
    found = (
        policy.may_prepare(actor),
        policy.may_vote(actor, 7),
        policy.may_see_drafts(actor),
        policy.may_see_positions(actor, BallotState.OPEN),
        policy.may_see_positions(actor, BallotState.CLOSED),
        policy.may_see_comments(actor),
        policy.may_see_receipt(actor, 7),
    )
    assert tuple(map(int, found)) == TABLE[role]


def test_a_mandate_is_for_its_own_partner_only():
    assert not policy.may_vote(ROLES["board"], 8)
    assert not policy.may_see_receipt(ROLES["board"], 8)


def test_a_withdrawn_ballot_shows_its_positions_to_insiders_only():
    assert not policy.may_see_positions(ROLES["participant"], BallotState.WITHDRAWN)
    assert policy.may_see_positions(ROLES["board"], BallotState.WITHDRAWN)
