"""My participation: what is on record, stepping back from a deliverable, leaving the initiative (¶27a, ¶31)."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.deliverables.models import Contributor
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.workflows import joining


def told(session):
    rows = session.execute(select(OutboxMessage.template, OutboxMessage.to_address).order_by(OutboxMessage.id)).all()
    session.commit()  # holds no lock while the application writes
    return [(template, address) for template, address in rows]


def test_what_is_on_record(world, sign_in, count_statements):
    work = world.deliverable(title="Chosen work")
    person = world.participant(work)
    world.commit()
    browser = sign_in(person)
    with count_statements() as seen:
        page = browser.get("/participants/me")
    assert len(seen) <= 12
    for words in ("A university", "Academia", "Chosen work", "Terms of Reference, June 2019", "Step back"):
        assert words in page.text
    assert 'href="/participants/me" aria-current="page"' in page.text


def test_stepping_back_tells_leaders_and_secretariat_once(world, session, sign_in):
    group = world.group()
    leader, officer = world.leader(group), world.officer()
    work = world.deliverable(group)
    person = world.participant(work)
    world.commit()
    assert joining.step_back(session, work, actor=world.actor(person), now=T0)
    assert not joining.step_back(session, work, actor=world.actor(person), now=T0)
    session.commit()
    assert told(session) == [
        ("deliverables/contributor_left", leader.email),
        ("deliverables/contributor_left", officer.email),
    ]


def test_leaving_ends_everything_today(world, session, sign_in):
    works = [world.deliverable(), world.deliverable()]
    person = world.participant(works[0])
    session.add(Contributor(deliverable_id=works[1].id, person_id=person.id, joined_at=T0))
    officer = world.officer()
    world.commit()
    browser = sign_in(person)
    asked = browser.get("/participants/me/leave").text
    assert "You step back from 2 deliverables" in asked
    assert browser.send("/participants/me/leave").status_code == 303
    session.rollback()
    assert session.scalar(select(Participant.left_on)) == T0.date()
    assert session.scalar(select(func.count()).where(Contributor.left_at.is_(None))) == 0
    assert told(session) == [
        *[("deliverables/contributor_left", officer.email)] * 2,
        ("participants/left", "secretariat@u4ssc.example"),
    ]
    code = works[0].code
    session.commit()
    assert browser.get(f"/deliverables/{code}").status_code == 404
    assert browser.get("/participants/me").status_code == 404
    again = browser.send("/participants/me/leave")
    assert again.status_code == 409
    assert "participants:participant:leave" in session.scalars(select(AuditRecord.action)).all()


def test_who_has_not_accepted_may_leave(world, sign_in, session):
    world.terms()
    person = world.participant(accepts=False)
    world.commit()
    browser = sign_in(person)
    assert "Not accepted yet" in browser.get("/participants/me").text
    assert browser.send("/participants/me/leave").status_code == 303
    assert browser.get("/home").status_code == 200


def test_a_mandate_keeps_its_contributions(world, session):
    work = world.deliverable()
    person = world.participant(work)
    world.mandate("WMO", person)
    joining.leave_initiative(session, actor=world.actor(person), now=T0)
    assert world.actor(person).contributes_to == {work.id}


def test_others_have_no_such_page(world, sign_in, client):
    person = world.mandate("WMO")
    world.commit()
    assert sign_in(person).get("/participants/me").status_code == 404
    assert client.get("/participants/me").status_code == 303
