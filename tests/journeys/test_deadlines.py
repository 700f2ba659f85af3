"""A right ends with its instant and nothing else: no job runs here, the page stays open, the clock passes by.

Each page is prepared long before the instant. Then the server is started again two seconds before it (one before, for
the tenure), and the test looks at the platform's own page until it says that the time is over.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, expect

from tests.journeys.conftest import LiveServer, with_and_without_scripts
from tests.journeys.pages import check_page, heading, said, sign_in
from u4ssc_gov.core.dates import geneva_midnight

pytestmark = pytest.mark.browser

COMMENT = "Typed a moment before the end."


def look_up(site: LiveServer, question: str, *values: object) -> Any:
    """One value of the platform's database, read from outside."""
    with closing(sqlite3.connect(f"file:{Path(site.folder) / 'u4ssc.sqlite3'}?mode=ro", uri=True)) as connection:
        row = connection.execute(question, values).fetchone()
    return row[0] if row else None


def set_clock(site: LiveServer, instant: datetime) -> None:
    """Start the platform again, on the same port and data, with its clock at an instant."""
    site.kill()
    site.extra["U4SSC_NOW"] = instant.isoformat()
    site.start()
    site.wait_ready()


def wait_until(page: Page, path: str, over: Callable[[APIResponse], bool]) -> None:
    """Read a page of the platform as the same person until the time is over; the page in the window stays as it is."""
    last = time.monotonic() + 30
    while not over(page.request.get(path)):
        assert time.monotonic() < last, f"{path} never changed"
        page.wait_for_timeout(100)


@with_and_without_scripts
def test_vote_one_second_after_closing(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    closes_at = datetime.fromisoformat(look_up(site, "SELECT closes_at FROM ballot WHERE code = 'B-26-10'")).replace(
        tzinfo=UTC
    )
    set_clock(site, closes_at - timedelta(minutes=10))
    page = visit(site, viewport, scripts=scripts)
    sign_in(page, "Representative of WMO")
    page.goto("/ballots/B-26-10")
    page.get_by_role("radio", name=re.compile("^Object")).check()
    page.get_by_label("Comment (optional)").fill(COMMENT)
    page.get_by_role("button", name="Continue to check").click()
    expect(heading(page)).to_have_text("Check WMO’s vote before you record it")

    set_clock(site, closes_at - timedelta(seconds=2))
    wait_until(page, "/ballots/B-26-10", lambda answer: "Continue to check" not in answer.text())
    page.get_by_role("button", name="Record WMO’s vote: Object").click()

    expect(heading(page)).to_have_text("This vote was not recorded")
    expect(said(page, re.compile("closed", re.IGNORECASE)).first).to_be_visible()
    expect(page.get_by_label("Your reason")).to_have_value(COMMENT)
    expect(page.get_by_role("button", name=re.compile("Record"))).to_have_count(0)
    check_page(page, expected={409, 422})
    page.goto("/ballots/B-26-10")
    expect(said(page, re.compile("^Closed|^Approved|^No quorum")).locator("visible=true").first).to_be_visible()
    expect(page.get_by_role("button", name="Continue to check")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("^Did not vote"))).to_contain_text("WMO")
    check_page(page)
    assert look_up(site, "SELECT count(*) FROM vote WHERE comment = ?", COMMENT) == 0
    assert look_up(site, "SELECT outcome_recorded_at FROM ballot WHERE code = 'B-26-10'") is None  # no job ran


def test_minutes_one_second_after_the_tenure(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]
) -> None:
    ends_on = date.fromisoformat(
        look_up(
            site,
            "SELECT max(ends_on) FROM tenure JOIN person ON person.id = tenure.person_id WHERE full_name = ?",
            "Leader, City Platforms",
        )
    )
    end = geneva_midnight(ends_on)
    set_clock(site, end - timedelta(minutes=10))
    page = visit(site, viewport)
    sign_in(page, "Leader, City Platforms")
    page.get_by_role("link", name=re.compile(r"^Write minutes\W+Write minutes of e-meeting 7")).first.click()
    page.get_by_role("button", name="Write minutes").click()
    expect(heading(page)).to_have_text("Minutes of e-meeting 7")
    editor = page.url

    set_clock(site, end - timedelta(seconds=1))
    wait_until(page, editor, lambda answer: answer.status == 403)
    box = page.get_by_label("What was said").locator("visible=true")
    box.fill(COMMENT)
    with page.expect_response("**/autosave") as saved:
        page.get_by_label("Add a person who was present").focus()
    assert saved.value.status == 403
    sentence = saved.value.json()["error"]
    expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(box).to_have_value(COMMENT)
    page.get_by_role("button", name="Save draft").locator("visible=true").last.click()
    expect(heading(page)).to_have_text("You do not have this right")
    expect(said(page, sentence)).to_be_visible()
    assert COMMENT in page.evaluate("JSON.stringify(localStorage)")
    check_page(page, expected={403})
    assert look_up(site, "SELECT count(*) FROM note WHERE said = ?", COMMENT) == 0
    page.go_back()
    kept = page.get_by_label("What was said").locator("visible=true")
    if kept.count() and kept.input_value() != COMMENT:
        page.get_by_role("button", name="Bring it back").click()
        expect(kept).to_have_value(COMMENT)
