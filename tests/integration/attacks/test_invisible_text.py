"""Text that nobody can see is no text: an objection, a decision or a city's name made of it is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import WatchingClient
from tests.factories import World
from tests.integration.board import makers
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.core.text import clean_line, clean_text

SignIn = Callable[[Person], WatchingClient]
INVISIBLE = ["\u200b\u200b", "\u200b \u00ad", "\u2060", "\u3164", "\u2800\n\u2800", "\u200e\u200f", "\u034f", "\ufe0f"]


@pytest.mark.parametrize("text", INVISIBLE)
def test_text_without_a_visible_character_is_empty(text: str) -> None:
    assert clean_text(text) == ""
    assert clean_line(text) == ""


@pytest.mark.parametrize(
    "text", ["\u0645\u06cc\u200c\u062e\u0648\u0627", "👩\u200d🌾", "a\u200bb", "-", ".", "\u0301a"]
)
def test_joiners_inside_of_words_stay(text: str) -> None:
    assert clean_text(text) == text


def test_an_objection_needs_a_reason_that_can_be_read(world: World, sign_in: SignIn, session: Session) -> None:
    ballot = makers.open_one(world)
    voter = world.mandate("WMO")
    partner = world.partner("WMO").id
    world.commit()
    digest, code = ballot.text_sha256, ballot.code
    session.close()
    answer = sign_in(voter).send(
        f"/ballots/{code}/vote",
        {
            "partner_id": partner,
            "text_sha256": digest,
            "expected_revision": 0,
            "position": "object",
            "comment": "\u200b",
        },
    )
    assert answer.status_code == 422
    assert session.scalar(select(func.count(Vote.id))) == 0


def test_a_ballot_has_a_title_that_can_be_read(world: World, sign_in: SignIn, session: Session) -> None:
    officer = world.officer()
    world.commit()
    typed = {"title": "\u200b", "decision_text": "\u2060"}
    assert sign_in(officer).send("/ballots/new/guidance", typed).status_code == 422
    assert session.scalar(select(func.count(Ballot.id))) == 0


def test_a_city_has_a_name_that_can_be_read(client: WatchingClient) -> None:
    draft = client.send("/request-evaluation").headers["Location"]
    typed = {"city": "\u200b\u200b", "country_code": "CH", "population": "1000"}
    assert client.send(f"{draft}/city", typed).status_code == 422
    typed = {"name": "\u3164", "email": "city@example.org", "role": ""}
    assert client.send(f"{draft}/contact", typed).status_code == 422


@pytest.mark.parametrize("name", ["\u200b", "\x00\x07", "\u202e"])
def test_a_person_has_a_name_that_can_be_read(world: World, sign_in: SignIn, session: Session, name: str) -> None:
    officer = world.officer()
    world.commit()
    typed = {"full_name": name, "email": "new@example.org", "organisation": ""}
    assert sign_in(officer).send("/admin/people/invite", typed).status_code == 422
    assert session.scalar(select(func.count(Person.id)).where(Person.email == "new@example.org")) == 0
