"""The voting rules: read by everybody who is signed in, changed by the Secretariat, or put to the Board."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import queries, rule_parts, rule_sets, services
from u4ssc_gov.board.forms import rule_sets as rule_forms
from u4ssc_gov.board.models import Ballot, RuleSet
from u4ssc_gov.board.rules import DEFAULTS, BallotType, Method, default_rule, methods_of, problems_of
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.workflows import outcomes

VOTE = "/ballots/rules/guidance/vote"


@pytest.fixture
def officer(world):
    world.partners()
    made = world.officer()
    world.commit()
    return made


@pytest.fixture
def reader(sign_in, officer):
    return sign_in(officer)


def text(response):
    return response.get_data(as_text=True)


def count(session, model):
    with Session(session.get_bind()) as own:
        return own.scalar(select(func.count(model.id)))


def in_force(session, world, kind=BallotType.GUIDANCE, method=Method.VOTE):
    with Session(session.get_bind()) as own:
        return rule_sets.rule_in_force(own, kind, method, world.now)


def typed(reader, url=VOTE, **changes):
    """The numbers of the edit page as a browser would send them, with some changed."""
    page = text(reader.get(f"{url}/edit"))
    found = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or name[1] == "csrf_token" or ('type="radio"' in tag and "checked" not in tag):
            continue
        if 'type="checkbox"' in tag and "checked" not in tag:
            continue
        found[name[1]] = value[1] if value else ""
    merged = {**found, "reason": "More partners shall take part.", **changes}
    return {name: value for name, value in merged.items() if value is not None}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_every_rule_with_its_sums_and_who_may_change_it(world, sign_in):
    world.partners()
    person = world.participant()
    world.commit()
    page = text(sign_in(person).get("/ballots/rules"))
    assert "House setting, the Terms of Reference name no quorum" in page
    assert "with the sums for 16 partners" in page
    assert "The Secretariat may change a rule until the Board first decides on a rule" in page
    assert page.count("/ballots/rules/") == sum(len(methods) for methods in DEFAULTS.values())
    assert "16 partners; at least 9 must answer; at least 2/3 of all partners approve; at most 4 object" in page
    assert "Draft a new version" not in text(sign_in(person).get(VOTE))


def test_once_the_board_has_decided_only_the_board_changes_rules(world, sign_in, clock):
    people = makers.everybody(world)
    row = makers.proposed_rule(world, min_approvals=7)
    ballot = makers.open_one(world, days=5, **makers.rule_fields(world, row))
    makers.answer(world, ballot, people, "y" * 12)
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    world.commit()
    browser = sign_in(world.session.get(type(people["ITU"]), people["ITU"].id))
    page = text(browser.get("/ballots/rules"))
    assert "The Board has decided on a rule (U4SSC/BM/2026/01)." in page
    assert "at least 7 approve" in page
    one = text(browser.get(VOTE))
    assert "Only the Board" in one
    assert "Version 2" in one


def test_versions_side_by_side(world, reader, session):
    makers.proposed_rule(world, at_once=True, min_approvals=7)
    makers.proposed_rule(world, min_approvals=8)
    world.commit()
    page = text(reader.get(f"{VOTE}?old=1&new=2"))
    assert "Versions 1 and 2 side by side" in page
    assert re.search(r"Least number of approvals</th><td[^>]*>5</td><td[^>]*><b>7</b>", page)
    assert "Waits for the Board" in page
    assert "House default" in page
    assert "A change waits for the Board" in text(reader.get("/ballots/rules"))
    for query in ("old=1&new=9", "old=2&new=2", "old=x&new=y", "old=-1&new=1"):
        assert "side by side" not in text(reader.get(f"{VOTE}?{query}"))


@pytest.mark.parametrize("path", ["guidance/election", "appointment/vote", "coup/vote", "guidance/magic", "%00/vote"])
def test_no_such_rule(reader, path):
    assert reader.get(f"/ballots/rules/{path}").status_code == 404
    assert reader.get(f"/ballots/rules/{path}/edit").status_code == 404
    assert reader.send(f"/ballots/rules/{path}/save", {}).status_code == 404


@pytest.mark.parametrize("kind", list(BallotType))
def test_every_rule_has_its_page_and_its_form(reader, kind):
    for method in methods_of(kind):
        url = f"/ballots/rules/{kind.value}/{method.value}"
        assert reader.get(url).status_code == 200
        check = reader.send(f"{url}/edit", typed(reader, url))
        assert check.status_code == 200
        assert "Nothing: these are the numbers in force." in text(check)


def test_a_form_gives_back_the_rule_it_was_made_from():
    for methods in DEFAULTS.values():
        for rule in methods.values():
            form = rule_forms.make_form(rule.method, None, **rule_forms.values_of(rule))
            assert rule_forms.rule_from(form, rule) == rule
            assert all(words for _label, words in rule_parts.parts_of(rule))


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_secretariat_puts_a_rule_in_force_at_once(world, reader, session):
    sent = typed(reader, min_approvals="7", extension_days="0")
    check = reader.send(f"{VOTE}/edit", sent)
    assert check.status_code == 200
    assert "at least 7 approve" in text(check)
    assert re.search(r"Extension</th><td[^>]*>once, by 7 days at most</td><td[^>]*><b>never</b>", text(check))
    assert count(session, RuleSet) == 0
    assert reader.send(f"{VOTE}/save", {**sent, "how": "now"}).location == VOTE
    rule = in_force(session, world)
    assert (rule.min_approvals, rule.extension_days, rule.version) == (7, 0, 2)
    assert "Ballots that are open keep the rule" in text(reader.get(VOTE))
    assert reader.send(f"{VOTE}/save", {**sent, "how": "now"}).location == VOTE  # a double click
    assert count(session, RuleSet) == 1
    change = reader.send(f"{VOTE}/edit", {**sent, "change": "1"})
    assert 'value="7"' in text(change)


def test_putting_a_rule_to_the_board(world, reader, session):
    sent = typed(reader, min_approvals="8")
    for _click in range(2):
        answer = reader.send(f"{VOTE}/save", {**sent, "how": "board"})
        assert answer.location == "/ballots/B-26-01/edit"
    assert (count(session, RuleSet), count(session, Ballot)) == (1, 1)
    assert in_force(session, world).min_approvals == 5
    with Session(session.get_bind()) as own:
        ballot = queries.find_ballot(own, "B-26-01", actor=SYSTEM)
        assert (ballot.type, ballot.method) == (BallotType.RULE_SET, Method.VOTE)
        assert "at least 8 approve" in ballot.decision_text
    assert "Strategic guidance, Vote, version 2" in text(reader.get("/ballots/B-26-01/edit"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quorum_num": ""}, "Write a whole number."),
        ({"quorum_num": None}, "Write a whole number."),
        ({"quorum_num": "half"}, "Not a valid integer"),
        ({"quorum_den": "0"}, "Write a whole number from 1 to 100."),
        ({"quorum_num": "3", "quorum_den": "2"}, "Write a fraction"),
        ({"pass_num": "101"}, "Write a whole number from 0 to 100."),
        ({"pass_base": "moon"}, "Choose one of these."),
        ({"min_approvals": "-1"}, "Write a whole number from 0 to 100."),
        ({"max_objections_num": "1"}, "Write both numbers of the share, or none."),
        ({"minimum_hours": "71"}, "Write a whole number from 72 to 2160."),
        ({"period_days": "61"}, "Write a whole number from 1 to 60."),
        ({"challenge_days": "9" * 30}, "Write a whole number from 0 to 60."),
        ({"reminder_hours": "24, 72"}, "the largest first"),
        ({"reminder_hours": "one day"}, "the largest first"),
        ({"reminder_hours": "1,2,3,4,5,6"}, "the largest first"),
        ({"visibility": "secret"}, "Choose one of these."),
        ({"on_tie": ""}, "Choose one of these."),
        ({"reason": ""}, "Give the reason"),
        ({"reason": "x" * 601}, "use 600 characters at most"),
    ],
)
def test_a_rule_that_is_refused_comes_back(world, reader, session, changes, message):
    sent = typed(reader, **{"extension_days": "6", **changes})
    for url in (f"{VOTE}/edit", f"{VOTE}/save"):
        answer = reader.send(url, {**sent, "how": "now"})
        assert answer.status_code == 422
        assert message in text(answer)
        assert re.search(r'name="extension_days"[^>]*value="6"', text(answer))
    assert count(session, RuleSet) == 0


def test_a_rule_nobody_could_meet_is_not_offered(reader):
    check = text(reader.send(f"{VOTE}/edit", typed(reader, min_approvals="17")))
    assert "Nobody could meet this rule with 16 partners." in check
    assert "Put it in force at once" not in check


def test_a_rule_changed_meanwhile_comes_back_whole(world, reader, session):
    sent = typed(reader, min_approvals="7")
    makers.proposed_rule(world, at_once=True, min_approvals=6)
    world.commit()
    late = reader.send(f"{VOTE}/save", {**sent, "how": "now"})
    assert late.status_code == 409
    assert "Somebody else changed this rule" in text(late)
    assert re.search(r'name="min_approvals"[^>]*value="7"', text(late))
    assert in_force(session, world).min_approvals == 6
    fresh = re.search(r'name="seen"[^>]*value="(\d+)"', text(late))[1]
    assert reader.send(f"{VOTE}/save", {**sent, "seen": fresh, "how": "now"}).status_code == 303
    assert in_force(session, world).min_approvals == 7


def test_the_secretariat_alone_cannot_once_the_board_has_decided(world, reader, session):
    row = makers.proposed_rule(world, min_approvals=6)
    services.settle_rule_set(
        world.session, row, is_approved=True, basis="U4SSC/BM/2026/01", actor=SYSTEM, now=world.now
    )
    world.commit()
    sent = typed(reader, min_approvals="7")
    check = text(reader.send(f"{VOTE}/edit", sent))
    assert "Put it in force at once" not in check
    assert "Put it to the Board" in check
    refused = reader.send(f"{VOTE}/save", {**sent, "how": "now"})
    assert refused.status_code == 422
    assert "only the Board changes them" in text(refused)
    assert in_force(session, world).min_approvals == 6


def test_hours_as_they_are_typed():
    assert rule_forms.hours_of("168, 72; 24") == (168, 72, 24)
    assert rule_forms.hours_of("") == ()
    for wrong in ("24,72", "72,72", "0", "2161", "-1", "x", "1 2", "٢٤"):
        assert rule_forms.hours_of(wrong) is None


def test_what_the_form_takes_the_rules_take():
    rule = default_rule(BallotType.GUIDANCE, Method.VOTE)
    for name in rule_forms.FIELDS[Method.VOTE]:
        field = rule_forms.make_form(Method.VOTE, None)._fields[name]
        if isinstance(field, rule_forms.NumberField) and not name.endswith(("_num", "_den")):
            for value in (field.low, field.high):
                assert problems_of(replace(rule, **{name: value})) == [], name


@pytest.mark.parametrize("path", ["edit", "save"])
def test_changing_is_the_secretariats(world, sign_in, client, path):
    people = [world.mandate("WMO"), world.co_chair(), world.participant()]
    world.commit()
    for person in people:
        assert sign_in(person).send(f"{VOTE}/{path}", {"reason": "x"}).status_code == 403
        assert sign_in(person).get(VOTE).status_code == 200
    assert client.send(f"{VOTE}/{path}", {}).status_code == 401  # told, with what was typed
    assert "/sign-in" in client.get(VOTE).location


def test_a_fixed_number_of_statements(world, reader, count_statements):
    for number in range(9):
        makers.proposed_rule(world, at_once=True, min_approvals=number)
    world.commit()
    seen = []
    for path in ("/ballots/rules", VOTE, f"{VOTE}/edit"):
        with count_statements() as made:
            assert reader.get(path).status_code == 200
        seen.append(len(made))
    assert seen == [4, 5, 3]
