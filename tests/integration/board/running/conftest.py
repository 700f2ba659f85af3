"""The officer who runs a ballot, and ballots in the states it is run through."""

import pytest

from tests.integration.board import makers
from u4ssc_gov.board import services
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.workflows import outcomes


@pytest.fixture
def officer(world):
    return world.officer()


@pytest.fixture
def enter(world, sign_in, officer):
    """Commit what was made and return the officer's browser."""

    def make(person=None):
        world.commit()
        return sign_in(person or officer)

    return make


@pytest.fixture
def broken(world):
    """A silence that WMO's objection suspended."""
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, world.mandate("WMO"), "WMO")
    return ballot


@pytest.fixture
def closed(world, clock):
    """A vote that passed and closed."""
    people = makers.everybody(world)
    ballot = makers.open_one(world, if_approved="The guide is published.", if_not_approved="Nothing follows.")
    makers.answer(world, ballot, people, "y" * 10)
    clock.set(ballot.closes_at)
    return ballot


@pytest.fixture
def challenged(world, clock, closed):
    """A certified decision that WMO contests."""
    outcomes.certify(world.session, closed, actor=SYSTEM, now=world.now)
    voter = world.actor(world.mandate("WMO", alternate=True))
    partner = world.partner("WMO").id
    services.raise_challenge(
        world.session, closed, partner_id=partner, grounds="We got <i>no</i> mail.", actor=voter, now=world.now
    )
    return closed
