"""Who may keep the register and who may ask for renewals, as a table."""

from datetime import date

import pytest

from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, Actor, HeldMandate, HeldOffice, MandateCapacity, OfficeKind
from u4ssc_gov.participants import policy as participant_policy
from u4ssc_gov.partners import policy as partner_policy
from u4ssc_gov.tenures import policy


def _office(kind):
    return Actor(person_id=2, offices=(HeldOffice(1, 1, kind, "x", None, date(2026, 1, 1), date(2027, 1, 1)),))


OFFICER = Actor(person_id=1, secretariat_of="UNECE")
BOARD = Actor(person_id=3, mandates=(HeldMandate(1, 1, "WMO", "WMO", MandateCapacity.REPRESENTATIVE),))
EVERYBODY = [
    (ANONYMOUS, False, False),
    (SYSTEM, True, False),
    (OFFICER, True, True),
    (_office(OfficeKind.CO_CHAIR), False, False),
    (_office(OfficeKind.VICE_CHAIR), False, False),
    (_office(OfficeKind.IP_LEADER), False, False),
    (_office(OfficeKind.LEADER), False, False),
    (BOARD, False, False),
    (Actor(person_id=4, participant_kind="academia"), False, False),
]


@pytest.mark.parametrize(("actor", "may_manage", "may_renew"), EVERYBODY)
def test_only_the_secretariat_writes(actor, may_manage, may_renew):
    assert policy.may_manage(actor) is may_manage
    assert policy.may_renew(actor) is may_renew
    assert partner_policy.may_manage(actor) is may_manage
    assert participant_policy.may_manage(actor) is may_manage
