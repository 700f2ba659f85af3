"""Two people vote for one agency: read, choose, check, record, receipt, change (¶24)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import VIEWPORTS, LiveServer, with_and_without_scripts
from tests.journeys.pages import check_page, heading, open_menu, said, sign_in, tab_to

pytestmark = pytest.mark.browser

TITLE = "Appoint the expert nominated by ECLAC as Co-Chair for 2027"
TO_VOTE = re.compile(rf"^Read and vote\W+{TITLE}")
COMMENT = "We ask for a yearly report."


def open_ballot(page: Page) -> None:
    """From Home to the ballot, by the duty."""
    sign_in(page, "Representative of WMO")
    check_page(page)
    page.get_by_role("link", name=TO_VOTE).click()
    expect(heading(page)).to_have_text(TITLE)
    check_page(page)


def choose(page: Page, position: str) -> None:
    page.get_by_role("radio", name=re.compile(rf"^{position}")).check()


def to_check(page: Page) -> None:
    page.get_by_role("button", name="Continue to check").click()


def check_refusals(page: Page, *, scripts: bool) -> None:
    """Nothing chosen, then an objection without a reason: the page says so at its head and keeps what was typed."""
    page.get_by_label("Comment (optional)").fill(COMMENT)
    to_check(page)
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("There is a problem")
    if scripts:
        expect(summary).to_be_focused()
    expect(page.get_by_label("Comment (optional)")).to_have_value(COMMENT)
    check_page(page, expected={422})
    summary.get_by_role("link").click()
    expect(page).to_have_url(re.compile("#position$"))
    choose(page, "Object")
    page.get_by_label("Comment (optional)").fill("")
    to_check(page)
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("link")).to_have_count(1)
    if scripts:
        expect(summary).to_be_focused()
    expect(page.get_by_role("radio", name=re.compile("^Object"))).to_be_checked()
    check_page(page, expected={422})
    summary.get_by_role("link").click()
    expect(page.get_by_label("Reason for the objection")).to_be_focused()


def record(page: Page, position: str, receipt: str) -> None:
    to_check(page)
    expect(heading(page)).to_have_text("Check WMO’s vote before you record it")
    check_page(page)
    page.get_by_role("button", name=f"Record WMO’s vote: {position}").click()
    expect(heading(page)).to_have_text(f"WMO’s vote is recorded: {position}")
    expect(said(page, receipt)).to_be_visible()
    check_page(page)


@with_and_without_scripts
def test_vote_and_change(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    page = visit(site, viewport, scripts=scripts)
    open_ballot(page)
    check_refusals(page, scripts=scripts)
    choose(page, "Approve")
    page.get_by_label("Reason for the objection").fill(COMMENT)
    record(page, "Approve", "B-26-07-WMO-1")
    expect(page.get_by_role("img", name=re.compile("^11 approve"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^11 approve")).locator("i.me")).to_have_class("y me")  # own cell
    page.goto("/home")
    expect(page.get_by_role("link", name=TO_VOTE)).to_have_count(0)
    other = visit(site, viewport, scripts=scripts)
    sign_in(other, "Alternate of WMO")
    check_page(other)
    open_menu(other, "Ballots")
    expect(heading(other)).to_have_text("Ballots")
    other.get_by_role("link", name=TITLE).first.click()
    expect(said(other, "Recorded by Representative of WMO")).to_be_visible()
    expect(other.get_by_role("link", name="Receipt B-26-07-WMO-1")).to_be_visible()
    check_page(other)
    other.get_by_role("link", name="Change WMO’s vote").click()
    expect(other.get_by_role("radio", name=re.compile("^Approve"))).to_be_checked()
    expect(other.get_by_label("Comment (optional)")).to_have_value(COMMENT)
    choose(other, "Abstain")
    record(other, "Abstain", "B-26-07-WMO-2")
    other.get_by_role("link", name=re.compile("^B-26-07$|^Back to the ballot$")).first.click()
    own = other.get_by_role("row", name=re.compile("^WMO"))
    expect(own).to_contain_text("Abstain")
    expect(own).to_contain_text("Was Approve until")
    expect(own).to_contain_text("Alternate of WMO")
    check_page(other)
    page.goto("/ballots/B-26-07/receipts/B-26-07-WMO-1")
    expect(said(page, "A later vote replaced this one")).to_be_visible()
    check_page(page)


def test_vote_by_keyboard_alone(site: LiveServer, visit: Callable[..., Page]) -> None:
    page = visit(site, VIEWPORTS["1440"])
    page.goto("/sign-in")
    tab_to(page, page.get_by_role("button", name="Sign in as Representative of WMO"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/home$"))
    tab_to(page, page.get_by_role("link", name="Skip to main content"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=TO_VOTE), most=15)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text(TITLE)
    approve = page.get_by_role("radio", name=re.compile("^Approve"))
    tab_to(page, approve)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Abstain"))).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(approve).to_be_checked()
    tab_to(page, page.get_by_label("Comment (optional)"))
    page.keyboard.type(COMMENT)
    tab_to(page, page.get_by_role("button", name="Continue to check"))
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Check WMO’s vote before you record it")
    tab_to(page, page.get_by_role("button", name="Record WMO’s vote: Approve"))
    page.keyboard.press("Space")
    expect(heading(page)).to_have_text("WMO’s vote is recorded: Approve")
    expect(said(page, "B-26-07-WMO-1")).to_be_visible()
    check_page(page)
