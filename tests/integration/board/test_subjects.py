"""What a ballot is about: frozen with it, linked from it, and not changed while the Board decides (¶23, ¶24)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from tests.integration.board import makers
from tests.integration.board.makers import code_of
from u4ssc_gov.board import queries, rules, services
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core import files
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.plan import duties
from u4ssc_gov.plan import queries as plans
from u4ssc_gov.plan import services as plan_services
from u4ssc_gov.plan.rules import EntryDraft
from u4ssc_gov.workflows import outcomes

ENTRY = EntryDraft("Webinar on twins", "b", "ITU", "Two webinars\nin spring", "May")
FORM = {"title": "Late idea", "objective": "b", "expected_result": "A late guideline", "lead": "", "period": ""}


@pytest.fixture
def plan(world, session):
    world.objective("b")
    made = makers.draft_plan(world)
    plan_services.add_entry(session, made, ENTRY, actor=SYSTEM, now=world.now)
    return made


def _papers(world, ballot: Ballot) -> dict[str, str]:
    return {paper.title: paper.sha256 for paper in queries.list_papers(world.session, ballot.id)}


def _content(world, ballot: Ballot, title: str) -> bytes:
    paper = next(one for one in queries.list_papers(world.session, ballot.id) if one.title == title)
    stored = world.session.get_one(StoredFile, paper.file_id)
    content = files.read_bytes(world.session.info["files_dir"], stored.sha256)
    assert hashlib.sha256(content).hexdigest() == paper.sha256 == stored.sha256
    return content


def _frozen(world, ballot: Ballot) -> dict[str, object]:
    documents = queries.list_documents(world.session, ballot.id)
    return queries.frozen_text(ballot, documents, queries.list_candidates(world.session, ballot.id))


# ── frozen papers ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_revision_of_the_terms_freezes_the_uploaded_text(world):
    document = makers.proposed_terms(world)
    ballot = makers.open_one(world, days=30, **makers.terms_fields(world, document))
    assert _content(world, ballot, "Terms of Reference 2027") == makers.PDF
    frozen = _frozen(world, ballot)
    assert frozen["documents"] == [["Terms of Reference 2027", hashlib.sha256(makers.PDF).hexdigest()]]
    assert rules.digest_of(frozen) == ballot.text_sha256


def test_a_revision_without_its_text_is_not_opened(world, session):
    ballot = makers.make_draft(world, **makers.terms_fields(world))
    ballot.terms_document_id = None
    session.flush()
    assert code_of(makers.open_draft, world, ballot, days=30) == "board.ballot.no_terms"


def test_an_action_plan_freezes_its_entries(world, plan):
    ballot = makers.open_one(world, days=20, documents=(makers.paper(),), **makers.plan_fields(world, plan))
    assert list(_papers(world, ballot)) == ["Letter of nomination", "Action Plan 2027"]
    words = _content(world, ballot, "Action Plan 2027").decode()
    for part in ("A-27-01 Webinar on twins", "Two webinars in spring", "Led by: ITU", "Period: May", ballot.code):
        assert part in words
    assert rules.digest_of(_frozen(world, ballot)) == ballot.text_sha256


def test_a_voting_rule_freezes_all_its_parts(world):
    ballot = makers.open_one(world, days=20, **makers.rule_fields(world))
    (title,) = _papers(world, ballot)
    words = _content(world, ballot, title).decode()
    assert title == "Strategic guidance, Vote, version 2"
    assert "Least number of approvals: 7" in words
    assert "Time for challenges: 10 days after it is certified" in words


def test_the_next_round_freezes_the_plan_as_it_is_then(world, session, plan, clock):
    first = makers.open_one(world, days=20, **makers.plan_fields(world, plan))
    clock.move(days=21)
    services.record_outcome(session, first, now=world.now)
    again = services.draft_next_round(session, first, actor=SYSTEM, now=world.now)
    assert _papers(world, again) == {}
    makers.open_draft(world, again, days=20)
    assert again.code in _content(world, again, "Action Plan 2027").decode()


# ── a plan before the Board ──────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_added_to_a_plan_before_the_board(world, session, plan, clock):
    def add() -> str:
        return code_of(plan_services.add_entry, session, plan, ENTRY, actor=SYSTEM, now=world.now)

    draft = makers.make_draft(world, **makers.plan_fields(world, plan))
    plan_services.add_entry(session, plan, ENTRY, actor=SYSTEM, now=world.now)  # a draft holds nothing up
    ballot = makers.open_draft(world, draft, days=20)
    assert add() == "plan.before_board"
    clock.move(days=21)
    assert add() == "plan.before_board"  # closed, not certified: it may still be adopted
    outcomes.certify(session, ballot, actor=SYSTEM, now=world.now)  # nobody answered
    plan_services.add_entry(session, plan, ENTRY, actor=SYSTEM, now=world.now)


def test_a_withdrawn_ballot_gives_the_plan_back(world, session, plan):
    ballot = makers.open_one(world, days=20, **makers.plan_fields(world, plan))
    services.withdraw_ballot(session, ballot, reason="Entries are missing.", actor=SYSTEM, now=world.now)
    assert plans.find_ballot_over(session, plan.id) == ""
    plan_services.add_entry(session, plan, replace(ENTRY, title="Another"), actor=SYSTEM, now=world.now)


def test_the_pages_of_a_plan_before_the_board(world, session, plan, sign_in):
    officer = world.officer()
    group = world.group()
    world.deliverable(group)
    leader = world.leader(group)
    assert len(duties.duties(session, actor=world.actor(leader), now=world.now)) == 1
    ballot = makers.open_one(world, days=20, **makers.plan_fields(world, plan))
    assert duties.duties(session, actor=world.actor(leader), now=world.now) == []
    world.commit()
    browser = sign_in(officer)
    page = browser.get("/action-plan?year=2027").text
    assert "Before the Board." in page
    assert f"/ballots/{ballot.code}" in page
    assert "Add an entry" not in page
    assert browser.get("/action-plan/2027/entries/new").location == "/action-plan?year=2027"
    refused = browser.send("/action-plan/2027/entries/new", FORM)
    assert refused.status_code == 409
    assert f"is before the Board in ballot {ballot.code}" in refused.text
    assert f'href="/ballots/{ballot.code}"' in refused.text
    assert "A late guideline" in refused.text


# ── the page says what it is about ───────────────────────────────────────────────────────────────────────────────────


def test_the_page_links_what_it_is_about(world, plan, sign_in):
    officer = world.officer()
    deliverable = world.deliverable(title="Twins for all")
    found = {
        makers.open_one(world, days=20, **makers.plan_fields(world, plan)).code: "/action-plan?year=2027",
        makers.open_one(world, days=30, **makers.terms_fields(world)).code: "/tor",
        makers.open_silence(world, deliverable=deliverable).code: f"/deliverables/{deliverable.code}",
        makers.open_one(
            world, days=20, **makers.rule_fields(world)
        ).code: "/ballots/rules/guidance/vote?old=1&amp;new=2",
        makers.open_election(world).code: "/people",
    }
    world.commit()
    browser = sign_in(officer)
    for code, address in found.items():
        page = browser.get(f"/ballots/{code}").text
        said = page.partition("What this is about:")[2].partition("</p>")[0]
        assert f'href="{address}"' in said, code


def test_a_ballot_on_a_rule_shows_every_difference(world, sign_in):
    officer = world.officer()
    row = makers.proposed_rule(world, min_approvals=7, extension_days=3, challenge_days=20)
    ballot = makers.open_one(world, days=20, **makers.rule_fields(world, row))
    world.commit()
    page = sign_in(officer).get(f"/ballots/{ballot.code}").text
    said = page.partition("What the new rule would change")[2].partition("</table>")[0]
    for words in ("Least number of approvals", "Extension", "Time for challenges", "20 days after it is certified"):
        assert words in said
    assert "Reminders" not in said


def test_a_deliverable_is_no_link_for_those_who_may_not_open_it(world, sign_in):
    outsider = world.participant()
    deliverable = world.deliverable(title="Twins for all")
    ballot = makers.open_silence(world, deliverable=deliverable)
    world.commit()
    page = sign_in(outsider).get(f"/ballots/{ballot.code}").text
    assert "Twins for all" in page
    assert f"/deliverables/{deliverable.code}" not in page
