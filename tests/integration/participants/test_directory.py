"""The directory of participants, for signed-in people; addresses leave with the Secretariat only (¶19, ¶37)."""

from __future__ import annotations

import pytest

from tests.clock import T0
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.participants import services
from u4ssc_gov.participants.rules import ParticipantKind


@pytest.fixture
def join(world):
    def make(name, kind=ParticipantKind.ACADEMIA, organisation="A university", country_code="KE"):
        person = world.person(name)
        return services.add_participant(
            world.session, person, kind=kind, organisation=organisation, country_code=country_code,
            joined_on=T0.date(), actor=SYSTEM, now=T0,
        )  # fmt: skip

    return make


def test_filters_narrow_the_directory(world, join, sign_in):
    join("Ana")
    join("Bo", ParticipantKind.CITY, "Åsgård city", "NO")
    reader = world.person()
    world.commit()
    browser = sign_in(reader)
    everybody = browser.get("/participants").text
    assert "Ana" in everybody
    assert "Norway" in everybody
    for query, inside, outside in (
        ("kind=city", "Bo", "Ana"),
        ("country=KE", "Ana", "Bo<"),
        ("words=university", "Ana", "Bo<"),
        ("words=bo", "Bo", "Ana"),
    ):
        page = browser.get(f"/participants?{query}").text
        assert inside in page
        assert outside not in page.split("<main")[1]
    assert "No participant fits" in browser.get("/participants?words=%25").text
    assert browser.get("/participants?kind=x&country=ZZ&words=%00&page=99999").status_code == 200


def test_an_organisation_has_its_page(world, join, sign_in):
    first, _second = join("Ana"), join("Bo")
    join("Che", organisation="Elsewhere")
    reader = world.person()
    world.commit()
    browser = sign_in(reader)
    page = browser.get(f"/participants/organisations/{first.organisation_id}").text
    assert "2 people take part from here" in page
    assert "Che" not in page
    assert browser.get("/participants/organisations/99").status_code == 404


def test_visitors_see_numbers_by_kind_and_no_names(world, join, client):
    join("Ana")
    join("Bo", ParticipantKind.CITY, "A city", "NO")
    world.commit()
    page = client.get("/").text
    assert "2 experts take part" in page
    assert "Ana" not in page
    assert client.get("/participants").status_code == 303


def test_addresses_leave_with_the_secretariat_only(world, join, sign_in):
    join("Ana")
    reader, officer = world.person(), world.officer()
    world.commit()
    for ending in ("csv", "xlsx"):
        assert sign_in(reader).get(f"/participants.{ending}").status_code == 403
        assert sign_in(officer).get(f"/participants.{ending}").status_code == 200
    assert "@example.org" in sign_in(officer).get("/participants.csv?kind=academia").text
    assert "@example.org" not in sign_in(reader).get("/participants").text


def test_statements_do_not_grow(world, join, sign_in, count_statements):
    reader = world.person()
    number, counts = join("First").organisation_id, []
    for many in (1, 200):
        for one in range(many):
            join(f"Person {many} {one}")
        world.commit()
        browser, found = sign_in(reader), []
        for path in ("/participants", f"/participants/organisations/{number}"):
            with count_statements() as seen:
                assert browser.get(path).status_code == 200
            found.append(len(seen))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12
