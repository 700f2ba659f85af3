"""Home by role: duties first, the union for several roles, statements within the limit (¶ of every duty)."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.clock import T0
from tests.factories import LONG_AGO
from tests.integration.board.makers import open_one
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.deliverables.models import Contributor
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.rules import RequestStage
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.participants.rules import ParticipantKind
from u4ssc_gov.partners.models import SecretariatMembership
from u4ssc_gov.plan import services as plan

LIMIT = 12


def _h1(page):
    return " ".join(re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.S).group(1)).split())


def _request(world, person, stage=RequestStage.WAITING, number=1):
    world.session.add(
        EvaluationRequest(
            reference=f"E-26-{number:02}", city="Brenvik", country="Norland", focal_point_id=person.id, stage=stage,
            stage_since=T0 - timedelta(days=20), started_at=T0 - timedelta(days=40), asked_at=T0 - timedelta(days=30),
            last_answer_at=T0 - timedelta(days=3), last_answer="You are in line",
        )
    )  # fmt: skip
    world.session.flush()
    return person


def test_home_needs_a_signed_in_person(client):
    assert client.get("/home").status_code == 303


def test_a_leader(world, sign_in):
    group = world.group("City platforms")
    leader = world.leader(group, starts_on=date(2025, 12, 14))
    work = world.deliverable(group, title="Guidelines", due_on=date(2026, 12, 18))
    world.meeting(work, number=7, ended_days_ago=11)
    world.meeting(work, number=8, ended_days_ago=-3)
    plan.open_plan(world.session, 2027, actor=SYSTEM, now=T0)
    world.commit()
    page = sign_in(leader).get("/home")
    assert _h1(page) == "3 things need you, one of them is overdue"
    order = ["Overdue", "Write minutes of e-meeting 7", "Later", f"Finish {work.code}", f"Add {work.code} to the 2027"]
    places = [page.text.index(words) for words in order]
    assert places == sorted(places)
    assert "20 days left" in page.text
    assert "E-meeting 8" in page.text
    assert f'href="/deliverables/{work.code}/e-meetings/new"' in page.text
    assert page.text.count("btn-primary") == 1
    assert "Monday 23 November 2026" in page.text


def test_nothing_needs_a_newcomer(world, sign_in):
    person = world.person()
    world.commit()
    page = sign_in(person).get("/home")
    assert _h1(page) == "Nothing needs you today"
    assert "Look at the deliverables" in page.text


@pytest.mark.parametrize(("number", "title"), [(1, "1 ballot needs WMO’s vote"), (2, "2 ballots need WMO’s vote")])
def test_a_board_member(world, sign_in, number, title):
    person = world.mandate("WMO")
    for day in range(number):
        open_one(world, days=4 + day, title=f"Decide {day}")
    world.commit()
    page = sign_in(person).get("/home")
    assert _h1(page) == title
    assert "Decide 0" in page.text
    assert page.text.count("Read and vote") == number
    assert page.text.count("btn-primary") == 1
    assert "You vote for WMO in full" in page.text


def test_who_votes_for_two_partners(world, sign_in):
    person = world.mandate("FAO", world.mandate("WMO"), alternate=True)
    open_one(world)
    world.commit()
    page = sign_in(person).get("/home")
    assert _h1(page) == "1 ballot needs your votes"
    assert "Votes owed: FAO, WMO" in page.text


def test_the_secretariat(world, sign_in):
    group = world.group()
    world.leader(group, starts_on=date(2025, 12, 4))
    work = world.deliverable(group, title="Late work", due_on=date(2026, 11, 1))
    world.meeting(work, number=7, ended_days_ago=11)
    world.meeting(work, number=8, ended_days_ago=-3)
    world.deliverable(group, title="New idea", stage=Stage.PROPOSED)
    open_one(world)
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    page = browser.get("/home")
    assert _h1(page) == "Secretariat desk"
    for words in ("Late work is past its day", "Minutes of e-meeting 7", "New idea to the Board", "have not voted on"):
        assert words in page.text
    assert "This week" in page.text
    assert page.text.count("btn-primary") == 1
    only = browser.get("/home?kind=minutes").text
    assert "Minutes of e-meeting 7" in only
    assert "Late work is past its day" not in only
    assert browser.get("/home?kind=nonsense&page=99999").status_code == 200


def test_a_long_queue_is_paged(world, sign_in):
    group = world.group()
    for _ in range(40):
        world.deliverable(group, due_on=date(2026, 11, 1))
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    first, second = browser.get("/home"), browser.get("/home?page=2")
    assert "Page 1 of 2" in first.text
    assert "Page 2 of 2" in second.text


def test_a_participant(world, sign_in):
    chosen = world.deliverable(title="Chosen work")
    world.deliverable(title="Other work")
    world.deliverable(title="Published work", stage=Stage.PUBLISHED)
    world.meeting(chosen, number=4, ended_days_ago=-2)
    person = world.participant(chosen)
    world.commit()
    page = sign_in(person).get("/home").text
    assert "Deliverables you chose" in page
    assert "Chosen work" in page
    assert "E-meeting 4" in page
    seeking = page[page.index("Seeking contributors") :]
    assert "Other work" in seeking
    assert "Published work" not in page


def test_a_focal_point(world, sign_in):
    first = _request(world, world.person(), number=1)
    person = _request(world, world.person(), number=2)
    world.commit()
    browser = sign_in(person)
    page = browser.get("/home").text
    assert _h1(browser.get("/home")) == "The request of Brenvik: Waiting for resources"
    assert "Look at the deliverables" not in page
    assert 'href="/my-request"' in page
    assert "Brenvik" in page
    assert "Place 2 in line" in page
    assert "You are in line" in page
    assert "E-26-01" not in page
    assert "Place 1 in line" in sign_in(first).get("/home").text


def test_a_chair_follows_ballots_and_offices(world, sign_in):
    """What the sign-in page promises: what the Board decides next and whose term ends."""
    world.mandate("WMO")
    open_one(world, title="Decide this")
    person = world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=date(2026, 1, 1))
    other = world.leader(world.group("City platforms"), starts_on=date(2025, 12, 9))
    world.leader(world.group("Data spaces"), starts_on=date(2026, 11, 1))
    reader = world.participant()
    world.commit()
    page = sign_in(person).get("/home")
    assert _h1(page) == "Nothing needs you today"
    assert "Decide this" in page.text
    assert ">Voted<" not in page.text
    assert "Read and vote" not in page.text
    assert "Look at the deliverables" not in page.text
    ending = page.text[page.text.index("Offices that end next or stand empty") :]
    assert ending.index("Vacant") < ending.index(other.full_name) < ending.index(person.full_name)
    assert "Data spaces" not in ending
    assert "Offices that end next" not in sign_in(reader).get("/home").text


def test_several_roles_are_grouped(world, sign_in):
    group = world.group()
    person = world.leader(group)
    world.mandate("WMO", person)
    world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), person)
    work = world.deliverable(group, due_on=date(2026, 11, 1))
    world.meeting(work, ended_days_ago=11)
    open_one(world)
    world.commit()
    page = sign_in(person).get("/home")
    assert _h1(page) == "3 things need you, 2 of them are overdue"
    assert "As Leader" in page.text
    assert "Open ballots" in page.text
    assert page.text.count("Your tenure") == 2


def test_an_office_that_ended_a_second_ago_shows_nothing(world, sign_in, clock):
    group = world.group()
    person = world.leader(group, starts_on=date(2025, 11, 24), ends_on=date(2026, 11, 24))
    work = world.deliverable(group, due_on=date(2026, 11, 1))
    world.meeting(work, ended_days_ago=11)
    world.commit()
    browser = sign_in(person)
    clock.set(T0.replace(hour=22, minute=59, second=59))  # one second before midnight in Geneva
    assert "Write minutes" in browser.get("/home").text
    clock.move(seconds=1)
    assert "Write minutes" not in browser.get("/home").text


@pytest.mark.parametrize("role", ["leader", "board", "secretariat", "participant", "focal", "all", "officer and more"])
def test_statements_do_not_grow(world, sign_in, count_statements, role):
    group, other = world.group(), world.group()
    person, focal = world.person(), world.person()
    makers = {
        "leader": lambda: world.tenure(world.office(OfficeKind.LEADER, group=group), person),
        "board": lambda: world.mandate("WMO", person),
        "secretariat": lambda: None,
        "participant": lambda: None,
        "focal": lambda: None,
    }
    if role in ("all", "officer and more"):
        for make in makers.values():
            make()
        world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), person)
    else:
        makers[role]()
    if role in ("secretariat", "officer and more"):
        officer = world.officer()
        person = officer if role == "secretariat" else _as_officer(world, person)
    if role in ("participant", "all"):
        _as_participant(world, person, world.deliverable(other))
    owner = person if role in ("focal", "all") else focal
    plan.open_plan(world.session, 2027, actor=SYSTEM, now=T0)
    counts = []
    for number in (1, 12):
        _more(world, number, owner, group)
        world.commit()
        browser = sign_in(person)
        with count_statements() as seen:
            assert browser.get("/home").status_code == 200
        counts.append(len(seen))
        world.session.rollback()
    assert counts[0] == counts[1], counts
    assert counts[0] <= LIMIT, counts


def _as_officer(world, person):
    world.session.add(
        SecretariatMembership(
            partner_id=world.partner("ITU").id, person_id=person.id, starts_on=LONG_AGO, granted_at=world.now
        )
    )
    return person


def _as_participant(world, person, work):
    world.session.add(
        Participant(
            person_id=person.id, kind=ParticipantKind.NGO, organisation="X", joined_on=LONG_AGO, created_at=world.now
        )
    )
    world.session.add(Contributor(deliverable_id=work.id, person_id=person.id, joined_at=world.now))


_made = iter(range(1, 100_000))


def _more(world, number, owner, group):
    for _ in range(number):
        at = next(_made)
        work = world.deliverable(group, due_on=date(2026, 11, 1))
        world.meeting(work, number=1, ended_days_ago=11)
        world.meeting(work, number=2, ended_days_ago=-2)
        open_one(world, days=4, title=f"Decide {at}")
        world.participant(work)
        _request(world, owner, number=at)


def test_this_week_ends_on_sunday(world, sign_in):
    """T0 is a Monday: the Sunday evening that follows is in, the Monday after is not."""
    work = world.deliverable(world.group())
    world.meeting(work, number=8, ended_days_ago=-6.5)
    world.meeting(work, number=9, ended_days_ago=-6.99)
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get("/home").text
    week = page[page.index("This week") :]
    assert "E-meeting 8" in week
    assert "E-meeting 9" not in week
