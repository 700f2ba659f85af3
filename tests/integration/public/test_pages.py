"""Public pages: what visitors may know, and no link that leads nowhere."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.clock import T0
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import MeetingKind

PAGES = ("/", "/about", "/published", "/accessibility", "/privacy", "/tor")


@pytest.fixture
def house(world):
    world.partners()
    world.objective("b")
    world.deliverable(stage=Stage.PUBLISHED, title="A published guide", published_on=date(2026, 11, 9))
    world.deliverable(title="A confidential draft")
    world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), world.person("Co-Chair one", email="chair@example.org"))
    world.tenure(
        world.office(OfficeKind.CO_CHAIR, seats=2), world.person("Former chair"),
        starts_on=date(2024, 1, 1), seat=2,
    )  # fmt: skip
    for days, title, cancelled in ((200, "Annual meeting 2027", None), (210, "Cancelled meeting", T0)):
        starts = T0 + timedelta(days=days)
        world.session.add(
            Meeting(
                kind=MeetingKind.ANNUAL, title=title, starts_at=starts, ends_at=starts + timedelta(days=1),
                scheduled_at=T0, cancelled_at=cancelled, place="Geneva",
            )
        )  # fmt: skip
    world.commit()
    return world


def test_the_start_page_shows_the_records(house, client):
    page = client.get("/").text
    assert "shared by 16 UN bodies" in page
    assert "A published guide" in page
    assert "Annual meeting 2027" in page
    assert "Jun 2027" in page
    assert "Co-Chair one" in page
    for hidden in ("A confidential draft", "Cancelled meeting", "Former chair", "chair@example.org"):
        assert hidden not in page


def test_numbers_of_the_platform_and_of_the_time_before_are_not_added(house, client):
    for at in range(3):
        house.deliverable(stage=Stage.PUBLISHED, source=f"Source {at}")
        house.deliverable(source=f"Source {at}")  # how it ended is not known
    house.commit()
    figures = re.sub(r"<[^>]+>", " ", client.get("/").text)
    assert re.search(r"\b1\s+deliverable in the making", figures)
    assert re.search(r"\b1\s+deliverable published\s+3 more are known from before this platform", figures)


def test_an_empty_house_has_a_start_page(client):
    page = client.get("/").text
    assert "Nothing has been published yet" in page
    assert "No public event is planned" in page


@pytest.mark.parametrize("url", PAGES)
def test_no_public_page_shows_what_is_confidential(house, client, url):
    page = client.get(url)
    assert page.status_code == 200
    assert "A confidential draft" not in page.text
    assert "chair@example.org" not in page.text
    assert "Set-Cookie" not in page.headers


def test_every_link_of_the_public_pages_leads_somewhere(house, client):
    links = {"/"}
    for url in PAGES:
        links |= set(re.findall(r'href="(/[^"#]*)', client.get(url).text))
    for link in sorted(link for link in links if not link.startswith("/static")):
        assert client.get(link).status_code in (200, 303), link


def test_every_link_of_the_shell_leads_somewhere(house, sign_in):
    with house.session.begin():
        officer = house.officer()
    browser = sign_in(officer)
    links = set(re.findall(r'href="(/[^"#]*)', browser.get("/home").text))
    for link in sorted(link for link in links if not link.startswith("/static")):
        assert browser.get(link).status_code == 200, link


@pytest.mark.parametrize("number", [1, 60])
def test_fixed_statements(world, client, count_statements, number):
    for _ in range(number):
        world.deliverable(stage=Stage.PUBLISHED, published_on=date(2026, 11, 9))
    world.partners()
    world.commit()
    for url, expected in (("/", 6), ("/about", 3), ("/published", 2), ("/privacy", 0)):
        with count_statements() as seen:
            client.get(url)
        assert len(seen) == expected, url


def test_published_deliverables_are_paged(world, client):
    for number in range(30):
        world.deliverable(stage=Stage.PUBLISHED, title=f"Guide {number:02}", published_on=date(2026, 1, 1 + number))
    world.commit()
    first, second = client.get("/published").text, client.get("/published?page=2").text
    assert "Guide 29" in first
    assert "Guide 29" not in second
    assert "Guide 00" in second


def test_the_style_guide_is_for_the_demonstration(app, client, monkeypatch):
    assert client.get("/styleguide").status_code == 200
    settings = app.extensions["u4ssc_runtime"].settings
    monkeypatch.setattr(type(settings), "is_demo", property(lambda _self: False))
    assert client.get("/styleguide").status_code == 404
