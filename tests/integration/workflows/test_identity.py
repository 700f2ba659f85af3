"""Who may do what comes from dated records, to the instant, in a browser that has been open since before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.accounts.models import Account, SignInSession
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity, OfficeKind
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.workflows.identity import find_actor

LAST = date(2026, 12, 14)  # the first Geneva day out of office
MIDNIGHT = geneva_midnight(LAST)
MOMENT = timedelta(microseconds=1)


def test_an_office_ends_at_its_instant(world, clock):
    group = world.group()
    person = world.leader(group, starts_on=date(2025, 12, 14), ends_on=LAST)
    clock.set(MIDNIGHT - MOMENT)
    assert world.actor(person).led_groups == {group.id}
    clock.set(MIDNIGHT)
    assert world.actor(person).led_groups == frozenset()
    assert world.actor(person).offices == ()


def test_an_office_begins_at_its_instant(world, clock):
    person = world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=LAST)
    clock.set(MIDNIGHT - MOMENT)
    assert not world.actor(person).is_co_chair
    clock.set(MIDNIGHT)
    assert world.actor(person).is_co_chair
    assert world.actor(person).is_chair


def test_a_mandate_ends_at_its_instant_and_with_the_partner(world, clock):
    person = world.mandate("WMO", ends_on=LAST)
    clock.set(MIDNIGHT - MOMENT)
    held = world.actor(person).mandates
    assert [(m.acronym, m.capacity) for m in held] == [("WMO", MandateCapacity.REPRESENTATIVE)]
    clock.set(MIDNIGHT)
    assert not world.actor(person).is_board
    other = world.mandate("FAO")
    assert world.actor(other).is_board
    world.partner("FAO").left_on = LAST
    assert not world.actor(other).is_board


def test_the_secretariat_is_a_membership_of_a_secretariat_agency(world, clock):
    officer = world.officer("UNECE", ends_on=LAST)
    assert world.actor(officer).secretariat_of == "UNECE"
    clock.set(MIDNIGHT)
    assert not world.actor(officer).is_secretariat
    clock.set(MIDNIGHT - MOMENT)
    world.partner("UNECE").is_secretariat_agency = False
    assert not world.actor(officer).is_secretariat


def test_somebody_who_left_the_initiative_keeps_no_confidential_work(world, session):
    deliverable = world.deliverable()
    person = world.participant(deliverable)
    assert world.actor(person).contributes_to == {deliverable.id}
    session.query(Participant).filter_by(person_id=person.id).one().left_on = date(2026, 11, 1)
    assert world.actor(person).contributes_to == frozenset()
    assert not world.actor(person).participant_kind


def test_a_person_without_records_has_no_rights(world):
    actor = world.actor(world.person())
    assert actor.is_signed_in
    rights = [actor.is_board, actor.is_secretariat, actor.is_chair, actor.is_leader, actor.sees_confidential]
    assert not any(rights)
    assert actor.acting_for == ""


@pytest.mark.parametrize("how", ["ended", "expired", "disabled", "unknown"])
def test_a_session_that_is_over_names_nobody(world, session, clock, how):
    person = world.person()
    accounts.add_account(session, person, actor=SYSTEM, now=clock.now())
    account = session.query(Account).one()
    session.refresh(account, ["person"])
    row, token = accounts.open_session(session, account, device="x", now=clock.now())
    assert find_actor(session, token, now=clock.now()).person_id == person.id
    if how == "ended":
        row.ended_at = clock.now()
    elif how == "expired":
        clock.set(row.expires_at)
    elif how == "disabled":
        account.disabled_at = clock.now()
    else:
        token += "x"
    session.flush()
    assert find_actor(session, token, now=clock.now()) is None


def test_a_session_is_kept_only_as_a_hash(world, session, clock):
    person = world.person()
    accounts.add_account(session, person, actor=SYSTEM, now=clock.now())
    account = session.query(Account).one()
    session.refresh(account, ["person"])
    _row, token = accounts.open_session(session, account, device="x", now=clock.now())
    assert token not in {row.token_sha256 for row in session.query(SignInSession)}


def test_the_actor_costs_one_statement(world, session, clock, count_statements):
    person = world.mandate("WMO")
    world.leader(world.group(), person=person)
    accounts.add_account(session, person, actor=SYSTEM, now=clock.now())
    account = session.query(Account).one()
    session.refresh(account, ["person"])
    _row, token = accounts.open_session(session, account, device="x", now=clock.now())
    world.commit()
    with count_statements() as seen:
        actor = find_actor(session, token, now=clock.now())
    assert len(seen) == 1
    assert actor.is_board
    assert actor.is_leader
    assert actor.offices[0].ends_on > datetime(2026, 11, 23, tzinfo=UTC).date()
