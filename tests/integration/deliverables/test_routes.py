"""Pages of deliverables: lists, filters, export, one deliverable, contributing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.deliverables.models import Contributor, DeliverableObjective, StageChange
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.notifications.models import OutboxMessage


def _many(world, group, number):
    for _ in range(number):
        work = world.deliverable(group, due_on=date(2027, 1, 1))
        world.session.add(StageChange(deliverable_id=work.id, stage=Stage.DRAFTING, at=world.now))
    world.session.flush()


@pytest.mark.parametrize("number", [1, 60])
def test_the_list_takes_the_same_statements_whatever_its_length(world, sign_in, count_statements, number):
    group = world.group()
    leader = world.leader(group)
    _many(world, group, number)
    world.commit()
    browser = sign_in(leader)
    for url in ("/deliverables", "/deliverables?mine=1", f"/deliverables?group={group.code}&stage=drafting"):
        with count_statements() as seen:
            assert browser.get(url).status_code == 200
        assert len(seen) == 4
    with count_statements() as seen:
        assert len(browser.get("/deliverables.csv").text.splitlines()) == number + 1
    assert len(seen) == 3


@pytest.mark.parametrize("number", [1, 40])
def test_the_page_takes_the_same_statements_whatever_it_holds(world, sign_in, count_statements, number):
    group = world.group()
    leader = world.leader(group)
    work = world.deliverable(group)
    letters = "abcdefghijklmno"
    for letter in letters[: min(number, 15)]:
        world.objective(letter)
        world.session.add(DeliverableObjective(deliverable_id=work.id, letter=letter))
    for at in range(number):
        world.participant(work)
        world.meeting(work, number=at + 1, ended_days_ago=at - number / 2 + 0.25)
        world.session.add(StageChange(deliverable_id=work.id, stage=Stage.DRAFTING, at=world.now))
    world.commit()
    browser = sign_in(leader)
    with count_statements() as seen:
        page = browser.get(f"/deliverables/{work.code}")
    assert page.status_code == 200
    assert len(seen) == 8


def test_work_from_before_the_platform_has_no_leader_of_today(world, sign_in, client):
    group = world.group()
    leader = world.leader(group)
    leader.full_name = "Leader of today"
    old = world.deliverable(group, stage=Stage.PUBLISHED, source="A report of 2019", title="Past work")
    reader = world.participant()
    world.commit()
    browser = sign_in(reader)
    for page in (browser.get("/deliverables").text, client.get(f"/deliverables/{old.code}").text):
        assert "Past work" in page
        assert leader.full_name not in page
    assert leader.full_name not in browser.get("/deliverables.csv").text


def test_only_work_that_somebody_leads_on_here_seeks_contributors(world, sign_in):
    group = world.group()
    world.leader(group)
    world.deliverable(group, title="Sought work")
    closed = [
        world.deliverable(group, title="Old work", source="A list of 2022"),
        world.deliverable(group, title="Before the Board", stage=Stage.BOARD_APPROVAL),
    ]
    reader = world.participant()
    world.commit()
    browser = sign_in(reader)
    for url in ("/deliverables?view=seeking", "/home"):
        page = browser.get(url).text
        assert "Sought work" in page
        assert not any(work.title in page for work in closed)
    for work in closed:
        address = f"/deliverables/{work.code}/contribute"
        assert browser.get(address).status_code == 404
        assert browser.send(address, {}).status_code == 404


def test_without_a_leader_the_page_says_who_is_told(world, sign_in):
    work, reader = world.deliverable(), world.participant()
    world.commit()
    page = sign_in(reader).get(f"/deliverables/{work.code}/contribute").text
    assert "the Secretariat gets a mail with your name" in page


def test_the_leader_is_offered_the_minutes_that_are_due(world, sign_in):
    group = world.group()
    leader = world.leader(group)
    work = world.deliverable(group, due_on=date(2026, 11, 22))
    world.meeting(work, number=7, ended_days_ago=3)
    reader = world.mandate("WMO")
    world.commit()
    page = sign_in(leader).get(f"/deliverables/{work.code}").text
    assert "Write minutes" in page
    assert "Schedule e-meeting" in page
    assert "1 day past its day" in page
    other = sign_in(reader).get(f"/deliverables/{work.code}").text
    assert "Write minutes" not in other
    assert "Schedule e-meeting" not in other


def test_a_record_from_before_the_platform_names_its_source(world, client):
    work = world.deliverable(
        stage=Stage.PUBLISHED, source="https://example.org/list", confidence="medium", note="Year not sure"
    )
    world.commit()
    page = client.get(f"/deliverables/{work.code}").text
    for text in ("https://example.org/list", "Probable", "Year not sure"):
        assert text in page


@pytest.mark.parametrize(
    "query",
    ["stage=nonsense", "kind=%00", "group=999999999999999999999", "page=-1", "page=99999999999", "mine=x", "view=x"],
)
def test_nonsense_in_the_address_is_ignored(world, sign_in, query):
    world.deliverable(stage=Stage.PUBLISHED, title="Known work")
    person = world.person()
    world.commit()
    page = sign_in(person).get(f"/deliverables?{query}")
    assert page.status_code == 200
    assert "Known work" in page.text


def test_filters_narrow_and_say_so_when_nothing_is_left(world, sign_in):
    world.deliverable(stage=Stage.PUBLISHED, title="Known work")
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    assert "Known work" in browser.get("/deliverables?stage=published").text
    page = browser.get("/deliverables?stage=drafting").text
    assert "Known work" not in page
    assert "Show all deliverables" in page


def test_the_export_defuses_formulas(world, sign_in):
    world.deliverable(stage=Stage.PUBLISHED, title="=HYPERLINK(0)")
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get("/deliverables.csv")
    assert "'=HYPERLINK(0)" in page.text
    assert page.mimetype == "text/csv"


def test_markup_in_a_title_is_text(world, sign_in):
    work = world.deliverable(title="<script>alert(1)</script>", scope="<img src=x onerror=1> **bold**")
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get(f"/deliverables/{work.code}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<strong>bold</strong>" in page


def test_a_participant_finds_chooses_and_leaves(world, sign_in, runtime):
    group = world.group()
    leader = world.leader(group)
    work = world.deliverable(group, title="Open work")
    person = world.participant()
    world.commit()
    browser = sign_in(person)
    assert browser.get(f"/deliverables/{work.code}").status_code == 404
    assert "Open work" in browser.get("/deliverables?view=seeking").text
    check = browser.get(f"/deliverables/{work.code}/contribute")
    assert "confidential" in check.text
    for _ in range(2):  # a double click
        answer = browser.send(f"/deliverables/{work.code}/contribute")
        assert (answer.status_code, answer.location) == (303, f"/deliverables/{work.code}")
    assert "Its leaders and the Secretariat were told" in browser.get(f"/deliverables/{work.code}").text
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(Contributor.id))) == 1
        assert session.scalars(select(OutboxMessage.to_address)).all() == [leader.email]
    assert browser.get(f"/deliverables/{work.code}/contribute").status_code == 303
    assert browser.send(f"/deliverables/{work.code}/leave").status_code == 303
    assert browser.get(f"/deliverables/{work.code}").status_code == 404


def test_contributing_is_refused_to_others(world, sign_in, client, runtime):
    work = world.deliverable()
    closed = world.deliverable(stage=Stage.PUBLISHED)
    somebody, participant = world.person(), world.participant()
    world.commit()
    url = f"/deliverables/{work.code}/contribute"
    assert client.send(url).status_code == 401  # a writer who is signed out is told so
    assert sign_in(somebody).get(url).status_code == 403
    assert sign_in(somebody).send(url).status_code == 403
    browser = sign_in(participant)
    assert browser.send(f"/deliverables/{closed.code}/contribute").status_code == 404
    assert browser.send("/deliverables/D-99-99/contribute").status_code == 404
    assert browser.post(url).status_code == 400  # without a token
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(Contributor.id))) == 0


def test_only_those_who_may_choose_see_what_seeks_contributors(world, sign_in):
    world.deliverable(title="A confidential title")
    somebody = world.person()
    world.commit()
    assert "A confidential title" not in sign_in(somebody).get("/deliverables?view=seeking").text


def test_contributors_are_counted_by_organisation(world, sign_in):
    group = world.group()
    leader = world.leader(group)
    work = world.deliverable(group)
    for _ in range(3):
        world.participant(work)
    guest = world.person(organisation="A ministry")
    world.session.add(Contributor(deliverable_id=work.id, person_id=guest.id, joined_at=world.now))
    gone = world.session.get(Person, guest.id)
    world.session.add(
        Contributor(
            deliverable_id=work.id, person_id=gone.id, joined_at=world.now - timedelta(days=9),
            left_at=world.now - timedelta(days=8),
        )
    )  # fmt: skip
    world.commit()
    page = sign_in(leader).get(f"/deliverables/{work.code}").text
    assert "A university" in page
    assert "A ministry" in page
    assert '<span class="sm muted num">4</span>' in page
