"""What the tests of running a ballot share."""

from datetime import timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.board import history, queries
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.dates import GENEVA

SECOND = timedelta(seconds=1)


def text(response):
    return response.get_data(as_text=True)


def ballot_now(session, code="B-26-01"):
    with Session(session.get_bind(), expire_on_commit=False) as own:
        return queries.find_ballot(own, code, actor=SYSTEM)


def state_now(session, clock, code="B-26-01"):
    return queries.state_of(ballot_now(session, code), clock.now())


def events(session, code="B-26-01"):
    with Session(session.get_bind()) as own:
        return [one.kind for one in history.list_events(own, queries.find_ballot(own, code, actor=SYSTEM).id)]


def local(instant):
    """A day and an hour as the fields of a page take them."""
    found = instant.astimezone(GENEVA)
    return found.date().isoformat(), found.strftime("%H:%M")


REASONS = [
    ("", "Give the reason"),
    (" \x00 ", "Give the reason"),
    ("\u200b", "Give the reason"),
    ("x" * 601, "Reason: use 600"),
]
