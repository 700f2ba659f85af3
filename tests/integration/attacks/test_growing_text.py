"""Text that grows when it is normalised: 200 characters sent become 600 kept. No column may overflow (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import WatchingClient
from tests.factories import World
from u4ssc_gov.accounts.models import Person

SignIn = Callable[[Person], WatchingClient]
GROWING = "\U0001d160"  # one character that NFC writes as three


@pytest.mark.parametrize("count", [119, 199])
def test_no_form_overflows_a_column(world: World, sign_in: SignIn, client: WatchingClient, count: int) -> None:
    group = world.group()
    deliverable = world.deliverable(group)
    leader, officer, code = world.leader(group), world.officer(), deliverable.code
    world.commit()
    long, office = GROWING * count, sign_in(officer)
    sent = [
        office.send("/admin/people/invite", {"full_name": long, "email": "a@example.org", "organisation": long}),
        office.send("/ballots/new/guidance", {"title": long, "decision_text": long, "if_approved": long}),
        office.send(
            "/evaluations/new",
            {
                "city": long[:110], "country_code": "CH", "name": long, "role": long, "email": "c@example.org",
                "letter_from": "mayor",
            },
        ),
        sign_in(leader).send(
            f"/deliverables/{code}/e-meetings/new",
            {
                "title": long, "day": "2027-01-11", "start": "10:00", "end": "11:00", "time_zone": "Europe/Zurich",
                "agenda": f"{long[:60]} | {long[:60]}",
            },
        ),
        client.send("/sign-in", {"email": "İ" * 250, "password": "x" * 20}),
        client.send("/new-password", {"email": "İ" * 250}),
    ]  # fmt: skip
    assert {answer.status_code for answer in sent} <= {200, 303, 422}
