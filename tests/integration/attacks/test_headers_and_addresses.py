"""What no browser sends by itself: headers and query strings made to break the platform."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import WatchingClient
from tests.factories import World
from u4ssc_gov.accounts.models import Person

SignIn = Callable[[Person], WatchingClient]


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://[v1.x", "https://a]b"])
def test_an_origin_that_cannot_be_read_is_refused_as_another_site(client: WatchingClient, origin: str) -> None:
    answer = client.send("/request-evaluation", headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "nonsense",
    ["endpoint=x", "_scheme=javascript", "_anchor=x", "_method=POST", "_external=1", "_scheme=https&_external=1"],
)
def test_words_of_our_framework_in_an_address_are_plain_words(world: World, sign_in: SignIn, nonsense: str) -> None:
    group = world.group()
    for _number in range(26):
        world.deliverable(group)
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get(f"/deliverables?{nonsense}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "page=2" in text
    assert "javascript:" not in text


def test_the_way_to_the_next_page_keeps_every_filter(world: World, sign_in: SignIn) -> None:
    group = world.group()
    for _number in range(26):
        world.deliverable(group)
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    page = browser.get("/deliverables?q=a%26b%22%3E%C3%A9&stage=&q=c&page=1").get_data(as_text=True)
    assert "/deliverables?q=a%26b%22%3E%C3%A9&amp;q=c&amp;stage=&amp;page=2" in page
    assert browser.get("/deliverables?q=a%26b%22%3E%C3%A9&stage=&q=c&page=2").status_code == 200
