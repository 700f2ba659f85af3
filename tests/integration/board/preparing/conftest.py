"""The officer who prepares, and what is put to the Board."""

import pytest
from sqlalchemy import select

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Tenure


@pytest.fixture
def officer(world):
    world.partners()
    made = world.officer()
    world.commit()
    return made


@pytest.fixture
def browser(sign_in, officer):
    return sign_in(officer)


@pytest.fixture
def election(world, officer):
    """What an election is made from."""
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    people = [world.person(f"Candidate {number}") for number in (1, 2)]
    partners = [world.partner(acronym) for acronym in ("ITU", "FAO")]
    made = {"office": office.id, "people": [one.id for one in people], "partners": [one.id for one in partners]}
    world.commit()
    return made


@pytest.fixture
def renewal(world, officer):
    """Another year asked for a Co-Chair."""
    holder = world.co_chair()
    tenure = world.session.scalar(select(Tenure).where(Tenure.person_id == holder.id))
    asked = tenures.request_renewal(world.session, tenure, actor=world.actor(officer), now=world.now, note="")
    made = (asked.id, holder.full_name)
    world.commit()
    return made
