"""Who may know of which deliverable, decided in SQL (¶38): people by stages, as a table."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board.rules import Method, Position
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM, OfficeKind
from u4ssc_gov.deliverables.models import Contributor, Deliverable
from u4ssc_gov.deliverables.queries import visible_to
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.workflows import outcomes

UNPUBLISHED = [stage for stage in Stage if stage is not Stage.PUBLISHED]
SEES_ALL = ("system", "secretariat", "co-chair", "vice-chair", "board", "alternate")
SEES_OWN = ("own leader", "contributor")
SEES_PUBLISHED = (
    "visitor", "other leader", "ip leader", "other participant", "former leader", "former contributor",
    "former officer", "former board", "nobody special",
)  # fmt: skip


def _actor(world, who, group, work):
    past = {"starts_on": date(2020, 1, 1), "ends_on": date(2021, 1, 1)}
    make = {
        "visitor": lambda: None,
        "system": lambda: None,
        "secretariat": world.officer,
        "co-chair": world.co_chair,
        "vice-chair": lambda: world.tenure(world.office(OfficeKind.VICE_CHAIR, seats=2)),
        "ip leader": lambda: world.tenure(world.office(OfficeKind.IP_LEADER)),
        "board": lambda: world.mandate("WMO"),
        "alternate": lambda: world.mandate("WMO", alternate=True),
        "own leader": lambda: world.leader(group),
        "other leader": lambda: world.leader(world.group()),
        "contributor": lambda: world.participant(work),
        "other participant": lambda: world.participant(world.deliverable()),
        "former leader": lambda: world.leader(group, **past),
        "former contributor": lambda: _former(world, work),
        "former officer": lambda: world.officer(ends_on=date(2026, 11, 23)),
        "former board": lambda: world.mandate("WMO", **past),
        "nobody special": world.person,
    }[who]
    person = make()
    return {"visitor": ANONYMOUS, "system": SYSTEM}.get(who) or world.actor(person)


def _former(world, work):
    person = world.participant(work)
    row = world.session.scalars(select(Contributor).where(Contributor.person_id == person.id)).one()
    row.left_at = world.now
    world.session.flush()
    return person


@pytest.mark.parametrize("who", SEES_ALL + SEES_OWN + SEES_PUBLISHED)
def test_the_table(world, session, who):
    group = world.group()
    works = {stage: world.deliverable(group, stage=stage) for stage in Stage}
    chosen = works[Stage.DRAFTING]
    actor = _actor(world, who, group, chosen)
    mine = [work.id for work in works.values()]
    seen = set(session.scalars(select(Deliverable.id).where(visible_to(actor), Deliverable.id.in_(mine))))
    published = {works[Stage.PUBLISHED].id}
    expected = {
        "own leader": set(mine),
        "contributor": published | {chosen.id},
    }.get(who, set(mine) if who in SEES_ALL else published)
    assert seen == expected


@pytest.mark.parametrize("who", ["contributor", "own leader", "board", "secretariat"])
def test_those_who_see_it_open_its_page(world, sign_in, who):
    group = world.group()
    work = world.deliverable(group, title="A confidential title")
    person = _person(world, _actor(world, who, group, work).person_id)
    world.commit()
    page = sign_in(person).get(f"/deliverables/{work.code}")
    assert page.status_code == 200
    assert "A confidential title" in page.text


def _person(world, person_id):
    return world.session.get(Person, person_id)


@pytest.mark.parametrize("who", ["other leader", "other participant", "former contributor", "nobody special"])
def test_for_the_others_it_does_not_exist(world, sign_in, who):
    group = world.group()
    work = world.deliverable(group, title="A confidential title")
    person = _person(world, _actor(world, who, group, work).person_id)
    world.commit()
    browser = sign_in(person)
    assert browser.get(f"/deliverables/{work.code}").status_code == 404
    for url in ("/deliverables", "/deliverables.csv"):
        assert "A confidential title" not in browser.get(url).text


def test_visitors_open_published_work_only(world, client):
    hidden = world.deliverable()
    work = world.deliverable(stage=Stage.PUBLISHED, title="A public title")
    world.commit()
    assert "A public title" in client.get(f"/deliverables/{work.code}").text
    assert client.get(f"/deliverables/{hidden.code}").status_code == 404
    assert client.get("/deliverables/nonsense%00code").status_code == 404
    assert client.get("/deliverables").status_code == 303


def test_what_partners_wrote_with_their_votes_stays_on_the_ballot(world, clock, sign_in):
    """An objection of twenty letters once stood on the deliverable's page, for everybody who could read that."""
    people = makers.everybody(world)
    group = world.group()
    leader, deliverable = world.leader(group), world.deliverable(group, stage=Stage.BOARD_APPROVAL)
    fields = {**makers.silence_fields(world, deliverable), "method": Method.VOTE}
    ballot = makers.open_one(world, days=14, **fields)
    makers.answer(world, ballot, people, "y" * 8)
    for acronym in ("UN-Habitat", "UNEP", "WMO"):
        makers.cast(world, ballot, people[acronym], acronym, Position.OBJECT, comment="Canary", cure="Less")
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    world.commit()
    page = sign_in(leader).get(f"/deliverables/{deliverable.code}").get_data(as_text=True)
    assert "Canary" not in page
    assert f'href="/ballots/{ballot.code}"' in page
    assert "Canary" not in sign_in(leader).get(f"/ballots/{ballot.code}").get_data(as_text=True)
