"""Acceptance of the Terms of Reference: nobody takes part without it, and a new version asks again (¶48)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.clock import T0
from tests.integration.board.makers import open_one
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board.services.remarks import add_remark
from u4ssc_gov.charter import duties, services
from u4ssc_gov.charter.models import TermsAcceptance
from u4ssc_gov.charter.undertakings import KEYS
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.deliverables import queries as deliverables
from u4ssc_gov.deliverables import services as deliverable_services
from u4ssc_gov.terms.forms import AcceptForm

NEWER = "b" * 64


def accept(world, person, version, ticked=KEYS):
    return services.accept_terms(
        world.session, document_id=version.id, ticked=ticked, actor=world.actor(person), now=world.now
    )


def test_the_form_has_a_box_for_each_undertaking():
    assert tuple(field.name for field in AcceptForm() if field.name in KEYS) == KEYS


def test_nothing_works_before_acceptance_and_everything_after(world, session):
    version = world.terms()
    work = world.deliverable()
    person = world.participant(work, accepts=False)
    before = world.actor(person)
    assert (before.participant_kind, before.unaccepted_kind) == ("", "academia")
    assert before.owes_acceptance
    assert before.contributes_to == frozenset()
    assert [duty.clauses for duty in duties.duties(actor=before)] == [("48",)]
    other = world.deliverable()
    with pytest.raises(Forbidden) as refused:
        deliverable_services.join_deliverable(session, other, actor=before, now=world.now)
    assert refused.value.code == "deliverables.join.unaccepted"
    assert (
        session.scalar(
            select(func.count()).select_from(deliverables.list_statement(before, deliverables.Filters()).subquery())
        )
        == 0
    )
    world.mandate("WMO")
    ballot = open_one(world)
    with pytest.raises(Forbidden):
        add_remark(session, ballot, "I think so.", actor=before, now=world.now)

    accepted = accept(world, person, version)
    assert (accepted.sha256, accepted.accepted_at) == (version.sha256, world.now)
    assert accepted.undertakings.split() == list(KEYS)
    after = world.actor(person)
    assert after.participant_kind == "academia"
    assert not after.owes_acceptance
    assert after.contributes_to == {work.id}
    assert duties.duties(actor=after) == []
    assert deliverable_services.join_deliverable(session, other, actor=after, now=world.now) is not None
    assert add_remark(session, ballot, "I think so.", actor=after, now=world.now)
    assert accept(world, person, version).id == accepted.id  # a second click
    actions = session.scalars(select(AuditRecord.action)).all()
    assert actions.count("charter:terms:accept") == 1


def test_a_new_version_asks_everybody_again(world, clock):
    old = world.terms()
    work = world.deliverable()
    person = world.participant(work, accepts=False)
    voter, officer = world.mandate("WMO"), world.officer()
    for one in (person, voter, officer):
        accept(world, one, old)
    clock.move(seconds=1)
    new = world.terms("Terms of Reference 2027", NEWER)
    for one in (person, voter, officer):
        assert world.actor(one).owes_acceptance
    assert world.actor(person).contributes_to == frozenset()
    assert world.actor(voter).is_board  # what a mandate gives does not wait for a tick: the partner speaks (ADR 0015)
    assert world.actor(officer).is_secretariat
    with pytest.raises(RuleViolation) as refused:
        accept(world, person, old)
    assert refused.value.code == "charter.acceptance.stale"
    accept(world, person, new)
    assert world.actor(person).contributes_to == {work.id}


def test_the_same_text_uploaded_again_asks_nobody(world, clock):
    old = world.terms()
    person = world.participant(accepts=False)
    accept(world, person, old)
    clock.move(seconds=1)
    again = world.terms("The same text, better title", old.sha256)
    assert not world.actor(person).owes_acceptance
    assert accept(world, person, again).document_id == old.id


def test_a_proposal_is_no_version(world):
    old = world.terms()
    proposal = world.terms("A proposal", NEWER)
    proposal.is_proposal = True
    person = world.participant(accepts=False)
    with pytest.raises(RuleViolation):
        accept(world, person, proposal)
    accept(world, person, old)


def test_without_a_text_nobody_takes_part_and_nobody_is_asked(world):
    person = world.participant(accepts=False)
    actor = world.actor(person)
    assert (actor.participant_kind, actor.unaccepted_kind, actor.owes_acceptance) == ("", "academia", False)
    with pytest.raises(RuleViolation) as refused:
        services.accept_terms(world.session, document_id=1, ticked=KEYS, actor=actor, now=world.now)
    assert refused.value.code == "charter.acceptance.none"


@pytest.mark.parametrize("left_out", KEYS)
def test_each_undertaking_is_ticked(world, session, left_out):
    version = world.terms()
    person = world.participant(accepts=False)
    with pytest.raises(Invalid) as refused:
        accept(world, person, version, [key for key in KEYS if key != left_out])
    assert refused.value.field == left_out
    assert session.scalar(select(func.count()).select_from(TermsAcceptance)) == 0


def test_who_does_not_take_part_accepts_nothing(world):
    version = world.terms()
    with pytest.raises(Forbidden):
        accept(world, world.person(), version)


@pytest.mark.parametrize("verb", ["UPDATE terms_acceptance SET sha256 = ''", "DELETE FROM terms_acceptance"])
def test_what_was_accepted_stands(world, session, verb):
    accept(world, world.participant(accepts=False), world.terms())
    with pytest.raises(DatabaseError):
        session.execute(text(verb))


# ── the page ──


def test_the_first_sign_in_leads_to_the_page_and_from_there_home(world, sign_in, runtime):
    version = world.terms()
    work = world.deliverable(title="Confidential work")
    person = world.participant(work, accepts=False)
    world.commit()
    browser = sign_in(person)
    home = browser.get("/home")
    assert (home.status_code, home.location) == (303, "/tor/accept")
    page = browser.get("/tor/accept")
    assert "Before you take part" in page.text
    assert version.title in page.text
    assert f"/tor/text/{version.id}" in page.text
    assert page.text.count('type="checkbox"') == len(KEYS)
    assert "checked" not in page.text
    closed = browser.get(f"/deliverables/{work.code}")
    assert closed.status_code == 404
    assert "Read and accept the Terms of Reference" in closed.text
    assert browser.get("/").status_code == 200

    data = {"document_id": version.id, **dict.fromkeys(KEYS, "y")}
    answer = browser.send("/tor/accept", data)
    assert (answer.status_code, answer.location) == (303, "/home")
    assert "Confidential work" in browser.get("/home").text
    assert "You have accepted the Terms of Reference" in browser.get("/tor/accept").text


def test_an_undertaking_left_out_keeps_the_others(world, sign_in, session):
    version = world.terms()
    person = world.participant(accepts=False)
    world.commit()
    data = {"document_id": version.id, **{key: "y" for key in KEYS if key != "gain"}}
    answer = sign_in(person).send("/tor/accept", data)
    assert answer.status_code == 422
    assert "Tick this to take part." in answer.text
    assert len(re.findall(r"<input[^>]* checked", answer.text)) == len(KEYS) - 1
    assert session.scalar(select(func.count()).select_from(TermsAcceptance)) == 0


def test_a_page_open_while_a_new_version_came_shows_that_one_with_nothing_ticked(world, sign_in, session, clock):
    old = world.terms()
    person = world.participant(accepts=False)
    world.commit()
    browser = sign_in(person)
    browser.get("/tor/accept")
    clock.move(seconds=1)
    new = world.terms("Terms of Reference 2027", NEWER)
    world.commit()
    answer = browser.send("/tor/accept", {"document_id": old.id, **dict.fromkeys(KEYS, "y")})
    assert answer.status_code == 422
    assert "Another version is in force by now" in answer.text
    assert f'value="{new.id}"' in answer.text
    assert not re.findall(r"<input[^>]* checked", answer.text)
    assert session.scalar(select(func.count()).select_from(TermsAcceptance)) == 0


@pytest.mark.parametrize("document", ["", "0", "-1", "999999999999999999999", "1; DROP TABLE", "²"])
def test_hostile_versions_are_refused(world, sign_in, session, document):
    world.terms()
    person = world.participant(accepts=False)
    world.commit()
    answer = sign_in(person).send("/tor/accept", {"document_id": document, **dict.fromkeys(KEYS, "y")})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(TermsAcceptance)) == 0


def test_others_have_nothing_to_accept_and_visitors_sign_in(world, sign_in, client):
    version = world.terms()
    somebody = world.person()
    world.commit()
    browser = sign_in(somebody)
    assert browser.get("/tor/accept").status_code == 403
    assert browser.send("/tor/accept", {"document_id": version.id}).status_code == 403
    assert client.get("/tor/accept").status_code == 303


def test_the_secretariat_is_asked_on_its_desk_and_may_go_on_working(world, sign_in):
    world.terms()
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get("/home")
    assert page.status_code == 200
    assert "Accept the Terms of Reference in force" in page.text


def test_the_text_is_public_and_a_proposal_is_not(world, client, session):
    from u4ssc_gov.workflows import terms_upload

    actor = world.actor(world.officer())
    found = [
        terms_upload.upload_terms(
            session, terms_upload.read_upload(words, "tor.txt"), title="Text", agreed_on=None, is_proposal=proposal,
            actor=actor, now=T0 - timedelta(days=1),
        ).id
        for words, proposal in ((b"18. Partners", False), (b"18. More partners", True))
    ]  # fmt: skip
    world.commit()
    answer = client.get(f"/tor/text/{found[0]}")
    assert (answer.status_code, answer.data) == (200, b"18. Partners")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/tor/text/{found[1]}").status_code == 404
    assert client.get("/tor/text/2147483648").status_code == 404


def test_the_page_costs_the_same_with_many_versions(world, sign_in, count_statements, clock):
    person = world.participant(accepts=False)
    world.terms()
    world.commit()
    browser = sign_in(person)
    counts = []
    for _ in range(2):
        with count_statements() as seen:
            assert browser.get("/tor/accept").status_code == 200
        counts.append(len(seen))
        for number in range(200):
            clock.move(seconds=1)
            world.terms(f"Version {number}", f"{number:064}")
        world.commit()
        browser = sign_in(person)
    assert counts == [4, 4]
