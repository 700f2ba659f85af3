"""A page sent twice records one thing: the form carries a name of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import WatchingClient
from tests.factories import World
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.plan import services as plan
from u4ssc_gov.plan.models import PlanEntry

SignIn = Callable[[Person], WatchingClient]
CASES: dict[str, tuple[Any, dict[str, str]]] = {
    "/evaluations/new": (
        EvaluationRequest,
        {
            "city": "Twice",
            "country_code": "CH",
            "population": "1000",
            "name": "Mayor",
            "email": "mayor@example.org",
            "letter_from": "mayor",
        },
    ),
    "/ballots/new/guidance": (Ballot, {"title": "Twice", "decision_text": "Decide once."}),
    "/action-plan/2027/entries/new": (
        PlanEntry,
        {"deliverable_id": "", "title": "Twice", "objective": "b", "expected_result": "One line"},
    ),
}


@pytest.fixture
def browser(world: World, session: Session, sign_in: SignIn) -> WatchingClient:
    """A secretariat officer's browser; there is a draft plan."""
    officer = world.officer()
    world.objective("b")
    plan.open_plan(session, 2027, actor=SYSTEM, now=world.now)
    world.commit()
    return sign_in(officer)


@pytest.mark.parametrize("address", CASES)
def test_a_page_sent_twice_is_one_record(address: str, browser: WatchingClient, session: Session) -> None:
    model, typed = CASES[address]
    page = browser.get(address).get_data(as_text=True)
    found = re.search(r'name="form_key"[^>]*value="([^"]+)"', page)
    assert found is not None
    answers = [browser.send(address, {**typed, "form_key": found[1]}) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert session.scalar(select(func.count(model.id))) == 1


@pytest.mark.parametrize("address", CASES)
def test_two_pages_are_two_records(address: str, browser: WatchingClient, session: Session) -> None:
    model, typed = CASES[address]
    for _page in range(2):
        assert browser.send(address, typed).status_code == 303
    assert session.scalar(select(func.count(model.id))) == 2
