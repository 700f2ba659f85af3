"""Who may see and work the queue: one table, person by right."""

import pytest

from tests.clock import T0
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, Actor, HeldMandate, HeldOffice, MandateCapacity, OfficeKind
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.evaluations import policy


def _office(kind):
    return HeldOffice(1, 1, kind, kind.value, 7 if kind is OfficeKind.LEADER else None, T0.date(), T0.date())


PEOPLE = {
    "visitor": ANONYMOUS,
    "participant": Actor(person_id=1, participant_kind="academia"),
    "leader": Actor(person_id=2, offices=(_office(OfficeKind.LEADER),)),
    "focal point": Actor(person_id=3, focal_requests=frozenset({1})),
    "board": Actor(person_id=4, mandates=(HeldMandate(1, 1, "WMO", "WMO", MandateCapacity.ALTERNATE),)),
    "co-chair": Actor(person_id=5, offices=(_office(OfficeKind.CO_CHAIR),)),
    "vice-chair": Actor(person_id=6, offices=(_office(OfficeKind.VICE_CHAIR),)),
    "ip leader": Actor(person_id=7, offices=(_office(OfficeKind.IP_LEADER),)),
    "secretariat": Actor(person_id=8, secretariat_of="UNECE"),
    "platform": SYSTEM,
}
# see the queue, see the contact, read the letter, work the queue
TABLE = {
    "visitor": (False, False, False, False),
    "participant": (False, False, False, False),
    "leader": (False, False, False, False),
    "focal point": (False, False, False, False),
    "board": (True, False, False, False),
    "co-chair": (True, False, False, False),
    "vice-chair": (True, False, False, False),
    "ip leader": (True, True, False, False),
    "secretariat": (True, True, True, True),
    "platform": (True, True, True, True),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_rights(who):
    actor = PEOPLE[who]
    rights = (
        policy.may_see_queue(actor),
        policy.may_see_contact(actor),
        policy.may_read_letter(actor),
        policy.may_work_queue(actor),
    )
    assert rights == TABLE[who]
    for allowed, check in ((rights[0], policy.check_may_see_queue), (rights[3], policy.check_may_work_queue)):
        if allowed:
            check(actor)
        else:
            with pytest.raises(Forbidden):
                check(actor)
