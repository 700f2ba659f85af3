"""Partners, mandates and secretariat officers through their services (¶18, ¶23, ¶30; threat T08)."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, MandateCapacity
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.partners import queries, services
from u4ssc_gov.partners.models import Mandate, Partner
from u4ssc_gov.workflows.identity import actor_for_person

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ACT = {"actor": SYSTEM, "now": T0}
REPRESENTATIVE, ALTERNATE = MandateCapacity.REPRESENTATIVE, MandateCapacity.ALTERNATE


def grant(session, partner, person, capacity=REPRESENTATIVE, starts_on=TODAY, ends_on=None, **act):
    return services.grant_mandate(
        session, partner, person, capacity=capacity, starts_on=starts_on, ends_on=ends_on, **{**ACT, **act}
    )


def test_a_partner_is_recorded_once(session, world):
    partner = services.add_partner(session, acronym=" ITU ", official_name="International", position=1, **ACT)
    assert partner.acronym == "ITU"
    with pytest.raises(Conflict):
        services.add_partner(session, acronym="ITU", official_name="Other", position=2, **ACT)
    with pytest.raises(Invalid):
        services.add_partner(session, acronym="\x00", official_name="Other", position=2, **ACT)
    assert session.scalars(select(AuditRecord.action)).all() == ["partners:partner:add"]


def test_only_the_secretariat_writes(session, world):
    person, partner = world.person(), world.partner("WMO")
    mandate = grant(session, partner, person)
    alternate = world.person()
    grant(session, partner, alternate, ALTERNATE)
    board = world.actor(person)
    for actor in (ANONYMOUS, world.actor(alternate), world.actor(world.mandate("FAO"))):
        with pytest.raises(Forbidden):
            grant(session, partner, world.person(), ALTERNATE, actor=actor)
        with pytest.raises(Forbidden):
            services.end_mandate(session, mandate, on=TODAY, actor=actor, now=T0)
        with pytest.raises(Forbidden):
            services.join_partner(
                session, acronym="X", official_name="X", joined_on=TODAY, reason="x", actor=actor, now=T0
            )
        with pytest.raises(Forbidden):
            services.leave_partner(session, partner, on=TODAY, reason="x", actor=actor, now=T0)
    for actor in (ANONYMOUS, board):
        with pytest.raises(Forbidden):
            services.add_partner(session, acronym="X", official_name="X", position=99, actor=actor, now=T0)
        with pytest.raises(Forbidden):
            services.add_secretariat_member(session, partner, person, starts_on=TODAY, actor=actor, now=T0)
    officer = world.actor(world.officer())
    assert grant(session, partner, world.person(), ALTERNATE, actor=officer).granted_by_id == officer.person_id
    own = grant(session, partner, world.person(), ALTERNATE, actor=board)  # the focal point names its alternates
    assert own.granted_by_id == board.person_id
    assert services.end_mandate(session, own, on=TODAY, actor=board, now=T0).ends_on == TODAY


def test_one_person_speaks_for_one_partner_at_a_time(session, world):
    person = world.person()
    first = grant(session, world.partner("WMO"), person)
    with pytest.raises(RuleViolation) as refused:
        grant(session, world.partner("FAO"), person, ALTERNATE)
    assert refused.value.code == "partners.mandate.other_partner"
    with pytest.raises(RuleViolation) as refused:
        grant(session, world.partner("WMO"), person, ALTERNATE)
    assert refused.value.code == "partners.mandate.known"
    services.end_mandate(session, first, on=TODAY + DAY, **ACT)
    with pytest.raises(RuleViolation):
        grant(session, world.partner("FAO"), person, starts_on=TODAY)
    assert grant(session, world.partner("FAO"), person, starts_on=TODAY + DAY).id


def test_a_partner_has_one_representative_and_any_number_of_alternates(session, world):
    partner = world.partner("WMO")
    grant(session, partner, world.person(), ends_on=TODAY + 30 * DAY)
    with pytest.raises(RuleViolation) as refused:
        grant(session, partner, world.person(), starts_on=TODAY - 400 * DAY)
    assert refused.value.code == "partners.mandate.second_representative"
    for _n in range(3):
        grant(session, partner, world.person(), ALTERNATE)
    assert grant(session, partner, world.person(), starts_on=TODAY + 30 * DAY).id
    assert len(queries.current_mandates(session, now=T0, partner_ids=[partner.id])[partner.id]) == 4


def test_who_left_has_no_mandates_and_periods_are_forward(session, world):
    partner = world.partner("WMO")
    with pytest.raises(Invalid) as wrong:
        grant(session, partner, world.person(), ends_on=TODAY)
    assert wrong.value.field == "ends_on"
    partner.left_on = TODAY
    with pytest.raises(RuleViolation) as refused:
        grant(session, partner, world.person())
    assert refused.value.code == "partners.mandate.left"


def test_a_mandate_ends_today_at_the_earliest_and_only_once(session, world):
    mandate = grant(session, world.partner("WMO"), world.person(), starts_on=TODAY - 9 * DAY)
    with pytest.raises(RuleViolation) as refused:
        services.end_mandate(session, mandate, on=TODAY - DAY, **ACT)
    assert refused.value.code == "partners.mandate.past_end"
    services.end_mandate(session, mandate, on=TODAY + DAY, **ACT)
    assert services.end_mandate(session, mandate, on=TODAY + DAY, **ACT) is mandate  # the same again
    for on in (TODAY + 2 * DAY, TODAY + 9 * DAY):
        with pytest.raises(RuleViolation):
            services.end_mandate(session, mandate, on=on, **ACT)


@pytest.mark.parametrize(("seconds", "votes"), [(-1, True), (0, False), (1, False)])
def test_the_right_to_vote_ends_at_geneva_midnight(session, world, seconds, votes):
    person = world.person()
    mandate = grant(session, world.partner("WMO"), person)
    services.end_mandate(session, mandate, on=TODAY + DAY, **ACT)
    now = geneva_midnight(TODAY + DAY) + timedelta(seconds=seconds)
    assert actor_for_person(session, person, now=now).is_board is votes


def test_secretariat_officers_belong_to_its_agencies(session, world):
    person = world.person()
    with pytest.raises(RuleViolation) as refused:
        services.add_secretariat_member(session, world.partner("WMO"), person, starts_on=TODAY, **ACT)
    assert refused.value.code == "partners.secretariat.not_agency"
    services.add_secretariat_member(session, world.partner("ITU"), person, starts_on=TODAY, **ACT)
    assert world.actor(person).secretariat_of == "ITU"
    with pytest.raises(RuleViolation) as refused:
        services.add_secretariat_member(session, world.partner("UNECE"), person, starts_on=TODAY + DAY, **ACT)
    assert refused.value.code == "partners.secretariat.known"


moves = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 1), st.sampled_from(MandateCapacity), st.integers(0, 40), st.integers(0, 40)
    ),
    min_size=1,
    max_size=12,
)


def test_no_random_grants_give_a_person_two_partners_or_a_partner_two_representatives(session, world):
    people = [world.person() for _n in range(4)]
    partners = world.partners(2)
    world.commit()

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(moves)
    def play(granted):
        session.rollback()
        for who, whose, capacity, starts, length in granted:
            ends_on = TODAY + (starts + length) * DAY if length else None
            try:
                grant(session, partners[whose], people[who], capacity, TODAY + starts * DAY, ends_on)
            except RuleViolation:
                continue
        rows = session.scalars(select(Mandate)).all()
        for offset in range(90):
            day = TODAY + offset * DAY
            held = [m for m in rows if m.starts_on <= day and (m.ends_on is None or day < m.ends_on)]
            assert len({m.person_id for m in held}) == len(held)
            voting = [m.partner_id for m in held if m.capacity is REPRESENTATIVE]
            assert len(set(voting)) == len(voting)
        session.rollback()

    play()


def test_partners_come_in_the_order_of_the_terms_and_only_while_they_are(session, world):
    world.partners()
    world.partner("CBD").left_on = TODAY
    world.partner("FAO").joined_on = TODAY + DAY
    shown = [partner.acronym for partner in queries.list_partners(session, now=T0)]
    assert shown[:3] == ["ITU", "UNECE", "UN-Women"]
    assert len(queries.acronyms(session)) == len(session.scalars(select(Partner.id)).all()) == 16
