"""Offices, tenures and renewals through their services: seats never over-filled, a term never longer than a year."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, OfficeKind
from u4ssc_gov.core.dates import geneva_midnight, one_year_after
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.tenures import services
from u4ssc_gov.tenures.models import Office, Renewal, Tenure
from u4ssc_gov.tenures.rules import Capacity, EndReason, Route
from u4ssc_gov.workflows.appointments import apply_renewal
from u4ssc_gov.workflows.identity import actor_for_person

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ACT = {"actor": SYSTEM, "now": T0}


@pytest.fixture
def chairs(session, world):
    """The Co-Chairs' office with two seats."""
    return services.add_office(session, kind=OfficeKind.CO_CHAIR, code="co-chair", title="Co-Chair", seats=2, **ACT)


@pytest.fixture
def leaders(session, world):
    """A Leader's office with one seat."""
    group = world.group()
    return services.add_office(
        session, kind=OfficeKind.LEADER, code="leader", title="Leader", seats=1, group_id=group.id, **ACT
    )


@pytest.fixture
def officer(world):
    """A secretariat officer as an actor."""
    return world.actor(world.officer())


def lead(session, office, person, starts_on=TODAY, **more):
    values = {"route": Route.CONSULTATION, "basis": "Consultation 1", **ACT, **more}
    return services.start_tenure(session, office, person, starts_on=starts_on, **values)


def chair(session, world, office, person, starts_on=TODAY, **more):
    values = {"route": Route.BOARD_DECISION, "basis": "B-26-01", "nominated_by_id": world.partner("ITU").id, **ACT}
    return services.start_tenure(session, office, person, starts_on=starts_on, **{**values, **more})


def code_of(refused):
    return refused.value.code


# Offices


def test_an_office_is_recorded_once_and_audited(session, world, chairs):
    assert session.scalar(select(AuditRecord.action)) == "tenures:office:add"
    with pytest.raises(RuleViolation) as refused:
        services.add_office(session, kind=OfficeKind.CO_CHAIR, code="more", title="More", seats=1, **ACT)
    assert code_of(refused) == "tenures.office.seats"


@pytest.mark.parametrize(
    ("kind", "seats"), [(OfficeKind.CO_CHAIR, 3), (OfficeKind.VICE_CHAIR, 3), (OfficeKind.IP_LEADER, 2)]
)
def test_there_are_never_more_seats_than_the_terms_name(session, kind, seats):
    with pytest.raises(RuleViolation):
        services.add_office(session, kind=kind, code="x", title="X", seats=seats, **ACT)


def test_an_office_needs_a_seat_a_group_when_it_leads_one_and_a_code_of_its_own(session, world, leaders):
    with pytest.raises(Invalid) as refused:
        services.add_office(session, kind=OfficeKind.VICE_CHAIR, code="v", title="V", seats=0, **ACT)
    assert refused.value.field == "seats"
    with pytest.raises(Invalid) as refused:
        services.add_office(session, kind=OfficeKind.LEADER, code="l2", title="L", seats=1, **ACT)
    assert refused.value.field == "group_id"
    with pytest.raises(Conflict):
        services.add_office(
            session, kind=OfficeKind.LEADER, code="leader", title="L", seats=1, group_id=world.group().id, **ACT
        )


# Who


def test_only_the_secretariat_and_the_platform_write(session, world, leaders):
    person = world.person()
    world.mandate("WMO", person)
    for actor in (ANONYMOUS, world.actor(person), world.actor(world.co_chair())):
        with pytest.raises(Forbidden):
            lead(session, leaders, person, actor=actor)
        with pytest.raises(Forbidden):
            services.add_office(session, kind=OfficeKind.IP_LEADER, code="i", title="I", seats=1, actor=actor, now=T0)
    tenure = lead(session, leaders, person)
    for actor in (ANONYMOUS, world.actor(person)):
        with pytest.raises(Forbidden):
            services.end_tenure(session, tenure, on=TODAY, reason=EndReason.RESIGNED, actor=actor, now=T0)
        with pytest.raises(Forbidden):
            services.request_renewal(session, tenure, actor=actor, now=T0)
    with pytest.raises(Forbidden):
        services.request_renewal(session, tenure, **ACT)  # asked by name, never by the platform


# Starting


def test_a_tenure_lasts_one_year_and_names_its_act(session, world, chairs):
    tenure = chair(session, world, chairs, world.person(), date(2026, 12, 1))
    assert (tenure.ends_on, tenure.seat) == (date(2027, 12, 1), 1)
    assert session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()[-1] == "tenures:tenure:start"


def test_a_tenure_from_29_february_ends_on_1_march(session, world, leaders):
    tenure = lead(session, leaders, world.person(), date(2024, 2, 29))
    assert tenure.ends_on == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"route": Route.CONSULTATION}, "tenures.tenure.wrong_route"),
        ({"nominated_by_id": None}, "tenures.tenure.no_nomination"),
        ({"basis": " \x00 "}, "tenures.tenure.no_basis"),
        ({"starts_on": date(2027, 11, 25)}, "tenures.tenure.too_far_ahead"),
        ({"starts_on": date(9999, 12, 31)}, "tenures.tenure.too_far_ahead"),
        ({"capacity": Capacity.INTERIM}, "tenures.tenure.interim"),
    ],
)
def test_a_chair_is_not_started_without_what_the_terms_ask(session, world, chairs, change, code):
    with pytest.raises((RuleViolation, Invalid)) as refused:
        chair(session, world, chairs, world.person(), **change)
    assert code_of(refused) == code
    assert session.scalar(select(Tenure.id)) is None


def test_a_leader_is_not_appointed_by_ballot(session, world, leaders):
    with pytest.raises(RuleViolation) as refused:
        lead(session, leaders, world.person(), route=Route.BOARD_DECISION)
    assert code_of(refused) == "tenures.tenure.wrong_route"


def test_two_seats_take_two_people_and_not_a_third(session, world, chairs):
    assert [chair(session, world, chairs, world.person()).seat for _n in range(2)] == [1, 2]
    with pytest.raises(RuleViolation) as refused:
        chair(session, world, chairs, world.person())
    assert code_of(refused) == "tenures.tenure.no_seat"
    assert chair(session, world, chairs, world.person(), date(2027, 11, 23)).seat == 1


def test_one_person_does_not_take_both_seats(session, world, chairs):
    person = world.person()
    chair(session, world, chairs, person)
    with pytest.raises(RuleViolation) as refused:
        chair(session, world, chairs, person, date(2027, 3, 1))
    assert code_of(refused) == "tenures.tenure.same_person"


def test_a_holder_keeps_the_seat_they_had(session, world, chairs):
    first, second = world.person(), world.person()
    chair(session, world, chairs, first, date(2025, 11, 23))
    chair(session, world, chairs, second, date(2025, 11, 23))
    assert chair(session, world, chairs, second).seat == 2
    assert chair(session, world, chairs, first).seat == 1


def test_an_interim_completes_the_year_of_the_one_who_left(session, world, leaders):
    left = lead(session, leaders, world.person(), date(2026, 9, 1))
    services.end_tenure(session, left, on=TODAY, reason=EndReason.RESIGNED, **ACT)
    interim = lead(session, leaders, world.person(), predecessor_id=left.id, capacity=Capacity.INTERIM)
    assert interim.ends_on == date(2027, 9, 1)
    services.end_tenure(session, interim, on=TODAY + DAY, reason=EndReason.REMOVED, **ACT)
    next_one = lead(session, leaders, world.person(), TODAY + DAY, predecessor_id=interim.id, capacity=Capacity.INTERIM)
    assert next_one.ends_on == date(2027, 9, 1)  # never a year from its own start, never from the interim's


def test_a_predecessor_is_of_the_same_office_and_over(session, world, leaders, chairs):
    other = chair(session, world, chairs, world.person(), date(2025, 1, 1))
    with pytest.raises(RuleViolation) as refused:
        lead(session, leaders, world.person(), predecessor_id=other.id)
    assert code_of(refused) == "tenures.tenure.predecessor"


# Ending


def test_a_tenure_ends_early_with_a_reason_but_not_yesterday_and_never_later(session, world, leaders):
    tenure = lead(session, leaders, world.person(), date(2026, 9, 1))
    for on, reason, code in [
        (TODAY - DAY, EndReason.RESIGNED, "tenures.tenure.past_end"),
        (date(2027, 9, 1), EndReason.RESIGNED, "tenures.tenure.longer"),
        (date(2030, 1, 1), EndReason.REMOVED, "tenures.tenure.longer"),
        (TODAY, EndReason.TERM, "tenures.tenure.no_reason"),
    ]:
        with pytest.raises(RuleViolation) as refused:
            services.end_tenure(session, tenure, on=on, reason=reason, **ACT)
        assert code_of(refused) == code
    services.end_tenure(session, tenure, on=TODAY, reason=EndReason.RESIGNED, **ACT)
    with pytest.raises(RuleViolation) as refused:
        services.end_tenure(session, tenure, on=TODAY, reason=EndReason.RESIGNED, **ACT)
    assert code_of(refused) == "tenures.tenure.ended"


def test_a_withdrawn_appointment_leaves_its_seat_and_its_day_to_another(session, world, leaders):
    starts_on = date(2026, 12, 1)
    withdrawn = lead(session, leaders, world.person(), starts_on)
    services.end_tenure(session, withdrawn, on=starts_on, reason=EndReason.RESIGNED, **ACT)
    again = lead(session, leaders, world.person(), starts_on)
    assert (withdrawn.starts_on, withdrawn.ends_on) == (starts_on, starts_on)
    assert (again.seat, again.ends_on) == (1, one_year_after(starts_on))


steps = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-500, 366), st.booleans(), st.integers(0, 400)), min_size=1, max_size=12
)


@pytest.mark.parametrize("seats", [1, 2])
def test_on_no_day_are_there_more_holders_than_seats(session, world, seats):
    people = [world.person() for _n in range(4)]
    groups = iter([world.group() for _n in range(120)])
    world.commit()

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps)
    def play(moves):
        group = next(groups)
        office = services.add_office(
            session, kind=OfficeKind.LEADER, code=f"g{group.id}", title="Leader", seats=seats, group_id=group.id, **ACT
        )
        started = []
        for who, offset, ends, later in moves:
            try:
                if ends and started:
                    tenure = started[who % len(started)]
                    services.end_tenure(session, tenure, on=TODAY + later * DAY, reason=EndReason.RESIGNED, **ACT)
                else:
                    started.append(lead(session, office, people[who], TODAY + offset * DAY))
            except RuleViolation:
                continue
        _check_office(session, office)

    play()


def _check_office(session, office: Office) -> None:
    """The model: count holders day by day."""
    held: dict[date, list[int]] = {}
    for tenure in session.scalars(select(Tenure).where(Tenure.office_id == office.id)):
        assert tenure.ends_on <= one_year_after(tenure.starts_on)
        day = tenure.starts_on
        while day < tenure.ends_on:
            held.setdefault(day, []).append(tenure.person_id)
            day += DAY
    for people in held.values():
        assert len(people) <= office.seats
        assert len(people) == len(set(people))


# Authority


@pytest.mark.parametrize(("seconds", "holds"), [(-1, True), (0, False), (1, False)])
def test_authority_ends_at_geneva_midnight_with_nobodys_action(session, world, leaders, seconds, holds):
    person = world.person()
    tenure = lead(session, leaders, person, date(2025, 12, 9))
    instant = geneva_midnight(tenure.ends_on) + timedelta(seconds=seconds)
    actor = actor_for_person(session, person, now=instant)
    assert actor.is_leader is holds
    assert actor.leads_group(leaders.group_id) is holds


@pytest.mark.parametrize(("seconds", "holds"), [(-1, False), (0, True), (1, True)])
def test_authority_begins_at_geneva_midnight(session, world, chairs, seconds, holds):
    person = world.person()
    tenure = chair(session, world, chairs, person, date(2026, 12, 1))
    instant = geneva_midnight(tenure.starts_on) + timedelta(seconds=seconds)
    assert actor_for_person(session, person, now=instant).is_co_chair is holds


def test_authority_from_29_february_lasts_through_28_february(session, world, leaders):
    person = world.person()
    lead(session, leaders, person, date(2024, 2, 29))
    for day, holds in [(date(2025, 2, 28), True), (date(2025, 3, 1), False)]:
        assert actor_for_person(session, person, now=geneva_midnight(day)).is_leader is holds


# Renewals


def test_a_renewal_names_route_and_dates_and_is_asked_once(session, world, leaders, officer):
    tenure = lead(session, leaders, world.person(), date(2025, 12, 9))
    asked = services.request_renewal(session, tenure, actor=officer, now=T0, note=" good work\x00 ")
    assert (asked.route, asked.starts_on, asked.ends_on) == (
        Route.CONSULTATION, date(2026, 12, 9), date(2027, 12, 9),
    )  # fmt: skip
    assert (asked.note, asked.requested_by_id) == ("good work", officer.person_id)
    again = services.request_renewal(session, tenure, actor=officer, now=T0 + DAY)
    assert again.id == asked.id
    assert again.requested_at == T0
    actions = session.scalars(select(AuditRecord.action)).all()
    assert actions.count("tenures:renewal:request") == 1


def test_a_chairs_renewal_goes_to_the_board(session, world, chairs, officer):
    tenure = chair(session, world, chairs, world.person(), date(2026, 1, 1))
    assert services.request_renewal(session, tenure, actor=officer, now=T0).route is Route.BOARD_DECISION


def test_what_cannot_be_renewed(session, world, leaders, officer):
    person = world.person()
    ended = lead(session, leaders, person, date(2024, 1, 1))
    now = lead(session, leaders, person, date(2025, 12, 9))
    coming = lead(session, leaders, world.person(), date(2026, 12, 9))
    for tenure, code in [(ended, "ended"), (now, "successor"), (coming, "not_begun")]:
        with pytest.raises(RuleViolation) as refused:
            services.request_renewal(session, tenure, actor=officer, now=T0)
        assert code_of(refused) == f"tenures.renewal.{code}"


@pytest.mark.parametrize(("length", "fits"), [(600, True), (601, False)])
def test_a_note_is_no_longer_than_its_column(session, world, leaders, officer, length, fits):
    tenure = lead(session, leaders, world.person(), date(2025, 12, 9))
    if fits:
        assert len(services.request_renewal(session, tenure, actor=officer, now=T0, note="x" * length).note) == length
        return
    with pytest.raises(Invalid) as refused:
        services.request_renewal(session, tenure, actor=officer, now=T0, note="x" * length)
    assert refused.value.field == "note"


def test_ending_a_tenure_closes_its_renewal(session, world, leaders, officer):
    tenure = lead(session, leaders, world.person(), date(2025, 12, 9))
    asked = services.request_renewal(session, tenure, actor=officer, now=T0)
    services.end_tenure(session, tenure, on=TODAY, reason=EndReason.RESIGNED, **ACT)
    assert asked.closed_at == T0
    with pytest.raises(RuleViolation) as refused:
        services.complete_renewal(session, asked, basis="B-26-19", **ACT)
    assert code_of(refused) == "tenures.renewal.closed"


def renewal_of(session, world, chairs, officer) -> Renewal:
    tenure = chair(session, world, chairs, world.person(), date(2026, 1, 1))
    return services.request_renewal(session, tenure, actor=officer, now=T0)


def test_an_approved_renewal_starts_the_next_year_once(session, world, chairs, officer):
    renewal = renewal_of(session, world, chairs, officer)
    assert apply_renewal(session, renewal.id, is_approved=True, basis="B-26-19", **ACT) == ""
    tenure = session.get_one(Tenure, renewal.result_tenure_id)
    assert (tenure.starts_on, tenure.ends_on, tenure.seat) == (date(2027, 1, 1), date(2028, 1, 1), 1)
    assert (tenure.basis, tenure.predecessor_id) == ("B-26-19", renewal.tenure_id)
    assert tenure.nominated_by_id == world.partner("ITU").id
    before = len(session.scalars(select(Tenure)).all())
    assert apply_renewal(session, renewal.id, is_approved=True, basis="B-26-19", **ACT) == ""
    assert len(session.scalars(select(Tenure)).all()) == before
    assert (renewal.closed_at, renewal.result_tenure_id) == (T0, tenure.id)


def test_a_decision_after_the_end_starts_that_day_and_not_before(session, world, chairs, officer):
    renewal = renewal_of(session, world, chairs, officer)
    late = geneva_midnight(date(2027, 1, 6))
    assert apply_renewal(session, renewal.id, is_approved=True, basis="B-27-01", actor=SYSTEM, now=late) == ""
    tenure = session.get_one(Tenure, renewal.result_tenure_id)
    assert (tenure.starts_on, tenure.ends_on) == (date(2027, 1, 6), date(2028, 1, 6))


def test_a_refused_renewal_is_closed_and_nothing_starts(session, world, chairs, officer):
    renewal = renewal_of(session, world, chairs, officer)
    assert apply_renewal(session, renewal.id, is_approved=False, basis="B-26-19", **ACT) == ""
    assert apply_renewal(session, renewal.id, is_approved=False, basis="B-26-19", **ACT) == ""
    assert renewal.closed_at == T0
    actions = session.scalars(select(AuditRecord.action)).all()
    assert actions.count("tenures:renewal:close") == 1


def test_a_decision_that_came_too_late_never_blocks_the_ballot(session, world, chairs, officer):
    renewal = renewal_of(session, world, chairs, officer)
    for _n in range(2):  # meanwhile both seats of 2027 were filled otherwise
        chair(session, world, chairs, world.person(), date(2027, 1, 1))
    why = apply_renewal(session, renewal.id, is_approved=True, basis="B-26-19", **ACT)
    assert why == "No seat of Co-Chair is free during that time (¶20, ¶34)."  # what stood in the way
    assert renewal.closed_at == T0
    blocked = session.scalars(select(AuditRecord).where(AuditRecord.action == "tenures:renewal:block")).one()
    assert blocked.details["reason"] == "tenures.tenure.no_seat"
