"""Figures and cards read from dated records."""

from datetime import date, timedelta

import pytest

from u4ssc_gov.core.actor import ANONYMOUS, OfficeKind
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.tenures import queries
from u4ssc_gov.tenures.models import Tenure
from u4ssc_gov.tenures.renewing import get_tenure_page
from u4ssc_gov.tenures.rules import TenureState


def test_health_counts_seats_in_one_statement(session, world, count_statements):
    chairs = world.office(OfficeKind.CO_CHAIR, seats=2)
    world.tenure(chairs, starts_on=date(2026, 1, 1))
    world.leader(world.group(), starts_on=date(2025, 12, 9))
    world.leader(world.group(), starts_on=date(2025, 12, 1))
    world.leader(world.group(), starts_on=date(2024, 1, 1))  # ended long ago
    world.commit()
    with count_statements() as seen:
        health = queries.tenure_health(session, now=world.now)
    assert len(seen) == 1
    assert (health.seats, health.filled, health.vacant, health.ending) == (5, 3, 2, 2)
    assert health.first_ending_on == date(2026, 11, 30)
    assert health.renewals_open == 0


def test_health_without_any_office(session, world):
    health = queries.tenure_health(session, now=world.now)
    assert (health.seats, health.filled, health.vacant, health.first_ending_on) == (0, 0, 0, None)


@pytest.mark.parametrize(("seconds", "filled"), [(-1, 1), (0, 0), (1, 0)])
def test_a_seat_is_vacant_from_geneva_midnight(session, world, seconds, filled):
    world.leader(world.group(), starts_on=date(2025, 12, 9))
    now = geneva_midnight(date(2026, 12, 9)) + timedelta(seconds=seconds)
    assert queries.tenure_health(session, now=now).filled == filled
    (seat,) = queries.list_seats(session, today=geneva_date(now))
    assert (seat.holder(geneva_date(now)) is not None) is bool(filled)
    assert seat.empty_since == (None if filled else date(2026, 12, 9))


def test_a_withdrawn_appointment_is_nobody(session, world):
    office = world.office(OfficeKind.LEADER, group=world.group())
    world.tenure(office, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 1))
    (seat,) = queries.list_seats(session, today=date(2026, 12, 1))
    assert (seat.terms, seat.empty_since) == ((), None)


def test_my_tenures_show_what_ends_first_and_whether_it_goes_on(session, world, count_statements):
    group = world.group()
    person = world.leader(group, starts_on=date(2025, 12, 9))
    world.leader(group, person=person, starts_on=date(2026, 12, 9))
    world.leader(world.group(), person=person, starts_on=date(2026, 6, 1))
    world.leader(world.group())  # somebody else's
    actor = world.actor(person)
    world.commit()
    with count_statements() as seen:
        mine = queries.my_tenures(session, actor, now=world.now)
    assert len(seen) == 1
    assert [(t.last_day, t.state, t.days_left, t.has_next_term) for t in mine] == [
        (date(2026, 12, 8), TenureState.ENDING, 15, True),
        (date(2027, 5, 31), TenureState.IN_OFFICE, 189, False),
        (date(2027, 12, 8), TenureState.SCHEDULED, 380, False),
    ]
    assert queries.my_tenures(session, ANONYMOUS, now=world.now) == []


def test_the_renewal_page_counts_the_tenures_served(session, world, count_statements):
    group = world.group()
    person = world.leader(group, starts_on=date(2024, 12, 9))
    world.leader(group, person=person, starts_on=date(2025, 12, 9))
    world.commit()
    second = session.query(Tenure).order_by(Tenure.id.desc()).first()
    with count_statements() as seen:
        page = get_tenure_page(session, second.id)
    assert len(seen) == 1
    assert (page.times_served, page.follower_name, page.asked_by) == (2, "", "")
