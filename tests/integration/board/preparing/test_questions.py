"""The Secretariat begins a ballot: what is decided, and about what."""

import re

import pytest

from tests.integration.board import makers
from tests.integration.board.preparing.helpers import NEW, WORDS, ballot_now, count, draft, save, text
from u4ssc_gov.board import queries
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.rules import BallotState, BallotType, Method
from u4ssc_gov.deliverables.rules import Stage


def test_kinds_that_nobody_could_carry_out_are_shown_with_why_and_not_offered(browser, session):
    page = text(browser.get(NEW))
    assert [f'value="{kind.value}"' in page for kind in BallotType] == [
        kind is not BallotType.KPI_SET for kind in BallotType
    ]
    assert "is not on offer" in page
    assert "Indicator sets have no versions here yet" in page
    assert browser.send(NEW, {"type": "kpi_set"}).status_code == 422
    refused = browser.get(f"{NEW}/kpi_set")
    assert refused.status_code == 409
    assert "cannot be carried out" in text(refused)
    assert count(session) == 0


@pytest.mark.parametrize("kind", ["", "coup", "APPOINTMENT", "'", "\x00", "x" * 5000])
def test_no_kind(browser, kind):
    answer = browser.send(NEW, {"type": kind})
    assert answer.status_code == 422
    assert "Choose what is decided" in text(answer)


@pytest.mark.parametrize("kind", ["coup", "APPOINTMENT", "%00", "x" * 500])
def test_an_address_of_no_kind(browser, kind):
    assert browser.get(f"{NEW}/{kind}").status_code == 404


def test_a_kind_leads_to_its_question(browser):
    assert browser.send(NEW, {"type": "action_plan"}).location == f"{NEW}/action_plan"
    assert browser.get(f"{NEW}?type=guidance&title=A").location == f"{NEW}/guidance?title=A"
    assert browser.get(f"{NEW}?type=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("action_plan", "There is no draft of an Action Plan."),
        ("tor_revision", "No proposal was uploaded."),
        ("rule_set", "No version of a rule waits for the Board."),
        ("deliverable", "There is no deliverable in the making."),
    ],
)
def test_nothing_to_decide_on_says_where_to_begin(browser, session, kind, words):
    assert words in text(browser.get(f"{NEW}/{kind}"))
    assert browser.send(f"{NEW}/{kind}", {}).status_code == 422
    assert count(session) == 0


@pytest.mark.parametrize(
    ("stage", "title", "otherwise"),
    [
        (Stage.PROPOSED, "Approve the proposal “Guide”", "It stays a proposal."),
        (Stage.BOARD_APPROVAL, "Approve “Guide”", "The deliverable goes back to its leader."),
        (Stage.DRAFTING, "Decide on “Guide”", "The deliverable stays as it is."),
    ],
)
def test_a_deliverable_gives_the_draft_its_words(world, browser, session, stage, title, otherwise):
    subject = world.deliverable(stage=stage, title="Guide")
    world.deliverable(stage=Stage.PUBLISHED, title="Old news")
    key = subject.id
    world.commit()
    page = text(browser.get(f"{NEW}/deliverable"))
    assert "Old news" not in page
    assert f'value="{key}"' in page
    answer = browser.send(f"{NEW}/deliverable", {"deliverable_id": str(key)})
    assert answer.location == "/ballots/B-26-01/edit/method"
    ballot = ballot_now(session)
    assert (ballot.title, ballot.if_not_approved, ballot.deliverable_id) == (title, otherwise, key)
    assert ballot.method is Method.SILENCE  # the usual one
    assert queries.state_of(ballot, world.now) is BallotState.DRAFT


@pytest.mark.parametrize("wrong", ["", "0", "-1", "999999", "9" * 30, "x", "1 OR 1=1", "\u0661"])
def test_a_subject_that_is_not_on_offer(world, browser, session, wrong):
    world.deliverable(stage=Stage.PUBLISHED)
    world.deliverable()
    world.commit()
    answer = browser.send(f"{NEW}/deliverable", {"deliverable_id": wrong})
    assert answer.status_code == 422
    assert "Choose the deliverable." in text(answer)
    assert count(session) == 0


def test_other_subjects_give_their_words(world, browser, session):
    plan, terms, rule = makers.draft_plan(world), makers.proposed_terms(world), makers.proposed_rule(world)
    keys = {"action_plan": ("plan_id", plan.id), "tor_revision": ("terms_document_id", terms.id)}
    keys["rule_set"] = ("rule_set_id", rule.id)
    world.commit()
    for kind, (name, key) in keys.items():
        assert browser.send(f"{NEW}/{kind}", {name: str(key)}).status_code == 303
    titles = [ballot_now(session, f"B-26-0{number}").title for number in (1, 2, 3)]
    assert titles == [
        "Adopt the Action Plan 2027",
        "Revise the Terms of Reference: Terms of Reference 2027",
        "Change the voting rule: Strategic guidance, Vote",
    ]
    assert "at least 9 must answer" in ballot_now(session, "B-26-03").decision_text
    assert ballot_now(session, "B-26-01").plan_id == keys["action_plan"][1]
    assert "Action Plan 2027" in text(browser.get("/ballots/B-26-01/edit"))


def test_a_subject_can_be_changed(world, browser, session):
    first, second = world.deliverable(title="First"), world.deliverable(title="Second")
    ids = (first.id, second.id)
    world.commit()
    browser.send(f"{NEW}/deliverable", {"deliverable_id": str(ids[0])})
    assert save(browser, "subject", {"deliverable_id": str(ids[1])}).location == "/ballots/B-26-01/edit"
    assert ballot_now(session).deliverable_id == ids[1]
    assert save(browser, "subject", {"deliverable_id": ""}).status_code == 422


def test_hostile_words_are_shown_as_words(browser, session):
    draft(browser, title="<script>alert(1)</script> {{ 7*7 }}", decision_text="“\u202e” & <b>bold</b>")
    for path in ("edit", "edit/text", "check-opening"):
        page = text(browser.get(f"/ballots/B-26-01/{path}"))
        assert "<script>alert" not in page
        assert "<b>bold" not in page
        assert "49" not in re.sub(r"[0-9a-f]{8,}", "", page.partition("<h1")[2].partition("</main")[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Write the title of the ballot."),
        ({"title": None}, "Write the title of the ballot."),
        ({"title": " \u202e "}, "Write the title of the ballot."),
        ({"title": "x" * 201}, "Title: use 200 characters at most."),
        ({"decision_text": ""}, "Write the decision as it will be recorded."),
        ({"decision_text": "x" * 8001}, "Decision text: use 8,000 characters at most."),
        ({"if_approved": "x" * 601}, "If approved: use 600 characters at most."),
    ],
)
def test_words_that_are_refused_come_back(browser, session, changes, message):
    merged = {**WORDS, "if_not_approved": "This stays", **changes}
    sent = {key: value for key, value in merged.items() if value is not None}
    answer = browser.send(f"{NEW}/guidance", sent)
    assert answer.status_code == 422
    assert message in text(answer)
    assert "This stays" in text(answer)
    assert count(session) == 0
    draft(browser)
    answer = save(browser, "text", sent)
    assert (answer.status_code, message in text(answer), "This stays" in text(answer)) == (422, True, True)
    assert ballot_now(session).title == WORDS["title"]


def test_a_first_page_sent_twice_is_one_draft(browser, session):
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', text(browser.get(f"{NEW}/guidance")))[1]
    answers = [browser.send(f"{NEW}/guidance", {**WORDS, "form_key": key}) for _click in range(2)]
    assert [one.location for one in answers] == ["/ballots/B-26-01/edit/method"] * 2
    assert count(session) == 1


def test_every_page_of_every_kind(world, browser, session):
    kinds = {
        "deliverable": makers.silence_fields(world),
        "plan": makers.plan_fields(world),
        "terms": makers.terms_fields(world),
        "rule": makers.rule_fields(world),
        "election": makers.election_fields(world),
        "guidance": {},
    }
    made = [makers.make_draft(world, **fields) for fields in kinds.values()]
    pages = [(ballot.code, step) for ballot in made for step in drafts.steps_of(ballot)]
    world.commit()
    assert len(pages) == 26
    for code, step in pages:
        assert browser.get(f"/ballots/{code}/edit/{step}").status_code == 200
    for ballot in made:
        assert browser.get(f"/ballots/{ballot.code}/check-opening").status_code == 200
        assert browser.get(f"/ballots/{ballot.code}/edit").status_code == 200
