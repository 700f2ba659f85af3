"""Somebody who asks to join."""

from __future__ import annotations

from itertools import count

import pytest

from u4ssc_gov.core.actor import ANONYMOUS
from u4ssc_gov.participants import services
from u4ssc_gov.participants.rules import JoinFacts


@pytest.fixture
def ask(world):
    """Make a request through the service."""
    numbers = count(1)

    def make(**changes):
        number = next(numbers)
        facts = {
            "kind": "academia", "full_name": f"Expert {number}", "email": f"expert{number}@example.org",
            "organisation": "A university", "country_code": "KE", "motive": "I know cities.",
        }  # fmt: skip
        made = services.ask_to_join(
            world.session, JoinFacts(**{**facts, **changes}), has_consented=True, form_key="",
            network=f"network {number}", locale="en", actor=ANONYMOUS, now=world.now,
        )  # fmt: skip
        assert made is not None
        return made

    return make
