"""What the tests of preparing a ballot share."""

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import queries
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core.actor import SYSTEM

NEW = "/ballots/new"


WORDS = {"title": "Endorse the guide", "decision_text": makers.DECISION, "if_approved": "", "if_not_approved": ""}


DATES = {"opens": "now", "closes_on": "2026-12-07", "closes_time": "17:00"}


def ballot_now(session, code="B-26-01"):
    """The ballot as it is on record; lets go of the database at once, on SQLite a writing session holds all of it."""
    with Session(session.get_bind(), expire_on_commit=False) as own:
        return queries.find_ballot(own, code, actor=SYSTEM)


def count(session, model=Ballot):
    with Session(session.get_bind()) as own:
        return own.scalar(select(func.count(model.id)))


def text(response):
    return response.get_data(as_text=True)


def save(browser, step, fields, code="B-26-01", version=None):
    """Send one page of a draft, with the version it shows unless another is given."""
    url = f"/ballots/{code}/edit/{step}"
    if version is None:
        version = re.search(r'name="version"[^>]*value="(\d+)"', text(browser.get(url)))[1]
    return browser.send(url, {"version": version, "then": "list", **fields})


def draft(browser, **changes):
    """A draft of guidance through its first page."""
    answer = browser.send(f"{NEW}/guidance", {**WORDS, **changes})
    assert answer.status_code == 303, text(answer)
    return answer
