"""A form sent twice records one thing. The three that do not yet are marked; each needs a key of its own form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import WatchingClient
from tests.factories import World
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.evaluations.models import EvaluationRequest

SignIn = Callable[[Person], WatchingClient]
TWICE = pytest.mark.xfail(
    strict=True, reason="two clicks make two rows: the form carries nothing that tells them apart"
)


@TWICE
def test_a_request_by_letter_sent_twice_is_one_request(world: World, sign_in: SignIn, session: Session) -> None:
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    typed = {
        "city": "Twice", "country_code": "CH", "population": "1000", "name": "Mayor", "email": "mayor@example.org",
        "letter_from": "mayor",
    }  # fmt: skip
    for _click in range(2):
        browser.send("/evaluations/new", typed)
    assert session.scalar(select(func.count(EvaluationRequest.id))) == 1


@TWICE
def test_a_new_ballot_sent_twice_is_one_draft(world: World, sign_in: SignIn, session: Session) -> None:
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    for _click in range(2):
        browser.send("/ballots/new", {"type": "guidance", "title": "Twice", "decision_text": "Decide once."})
    assert session.scalar(select(func.count(Ballot.id))) == 1
