"""The Board answers: from the mail in a minute, by keyboard, twice for one agency, in an election, in a silence."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import VIEWPORTS, LiveServer, with_and_without_scripts
from tests.journeys.pages import check_page, heading, open_menu, said, sign_in, tab_to

pytestmark = pytest.mark.browser

CODE = "B-26-10"
TITLE = "Add a data-space annex to the guidelines on city platforms"
TO_VOTE = re.compile(rf"^Read and vote\W+{TITLE}")
COMMENT = "We ask for a yearly report."
ELECTION = "B-26-07"
SILENCE = "B-26-09"


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
    expect(said(page, receipt).first).to_be_visible()
    check_page(page)


@with_and_without_scripts
def test_vote_and_change(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    page = visit(site, viewport, scripts=scripts)
    open_ballot(page)
    check_refusals(page, scripts=scripts)
    page.get_by_role("radio", name=re.compile("^Approve WMO supports the decision as written")).check()
    page.get_by_label("Reason for the objection").fill(COMMENT)
    record(page, "Approve", f"{CODE}-WMO-1")
    expect(page.get_by_role("img", name=re.compile("^7 approve"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^7 approve")).locator("i.me")).to_have_class("y me")  # own cell
    page.goto("/home")
    expect(page.get_by_role("link", name=TO_VOTE)).to_have_count(0)
    other = visit(site, viewport, scripts=scripts)
    sign_in(other, "Alternate of WMO")
    check_page(other)
    open_menu(other, "Ballots")
    expect(heading(other)).to_have_text("Ballots")
    check_page(other)
    other.get_by_role("link", name=TITLE).first.click()
    expect(said(other, "Recorded by Representative of WMO")).to_be_visible()
    expect(other.get_by_role("link", name=f"Receipt {CODE}-WMO-1")).to_be_visible()
    check_page(other)
    other.get_by_role("link", name="Change WMO’s vote").click()
    expect(other.get_by_role("radio", name=re.compile("^Approve WMO supports"))).to_be_checked()
    expect(other.get_by_label("Comment (optional)")).to_have_value(COMMENT)
    choose(other, "Abstain")
    record(other, "Abstain", f"{CODE}-WMO-2")
    other.get_by_role("link", name=re.compile(rf"^{CODE}$|^Back to the ballot$")).first.click()
    own = other.locator("#positions tbody tr").filter(has_text="WMO").first
    expect(own).to_contain_text("Abstain")
    expect(own).to_contain_text("Was Approve until")
    expect(own).to_contain_text("Alternate of WMO")
    check_page(other)
    page.goto(f"/ballots/{CODE}/receipts/{CODE}-WMO-1")
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
    tab_to(page, page.get_by_role("link", name=TO_VOTE), most=25)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text(TITLE)
    approve = page.get_by_role("radio", name=re.compile("^Approve WMO supports"))
    tab_to(page, approve)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Approve with comments"))).to_be_checked()
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
    expect(said(page, f"{CODE}-WMO-1").first).to_be_visible()
    check_page(page)


def link_in_the_mail(site: LiveServer) -> str:
    """The address behind the button of the mail that opened the ballot, as it went out to WMO's representative."""
    with closing(sqlite3.connect(f"file:{Path(site.folder) / 'u4ssc.sqlite3'}?mode=ro", uri=True)) as connection:
        (html,) = connection.execute(
            "SELECT html FROM outbox_message WHERE template = 'board/ballot_opened' AND html LIKE ?"
            " AND to_name = 'Representative of WMO'",
            (f"%{CODE}%",),
        ).fetchone()
    found = re.search(rf'<a href="([^"]+/ballots/{CODE})" style="display:inline-block', html)
    assert found is not None
    return urlsplit(found.group(1)).path  # the demonstration was loaded for another port


def test_a_board_member_votes_from_the_mail_in_under_a_minute(site: LiveServer, visit: Callable[..., Page]) -> None:
    """On a telephone, signed out, no scheduler running; a page is looked at by axe outside the time that counts."""
    address = link_in_the_mail(site)
    page = visit(site, VIEWPORTS["390"])
    spent = 0.0

    def timed(act: Callable[[], object]) -> None:
        nonlocal spent
        begun = time.monotonic()
        act()
        page.wait_for_load_state()
        spent += time.monotonic() - begun
        check_page(page)

    timed(lambda: page.goto(address))
    expect(heading(page)).to_have_text("Sign in")
    timed(lambda: page.get_by_role("button", name="Sign in as Representative of WMO").click())
    expect(page).to_have_url(re.compile(rf"/ballots/{CODE}$"))  # back where the mail pointed
    expect(heading(page)).to_have_text(TITLE)
    timed(lambda: page.get_by_role("link", name="Vote for WMO").locator("visible=true").click())
    page.get_by_role("radio", name=re.compile("^Approve WMO supports")).check()
    timed(lambda: to_check(page))
    timed(lambda: page.get_by_role("button", name="Record WMO’s vote: Approve").click())
    expect(heading(page)).to_have_text("WMO’s vote is recorded: Approve")
    expect(said(page, "Covered by a signed checkpoint within 60 seconds")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Read and vote"))).to_be_visible()  # the next open ballot
    with page.expect_download() as taken:
        page.get_by_role("link", name=f"Download {CODE}-WMO-1.u4receipt").click()
    assert taken.value.suggested_filename == f"{CODE}-WMO-1.u4receipt"
    assert spent < 60


@with_and_without_scripts
def test_elect_without_anybody_seeing_it(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    page = visit(site, viewport, scripts=scripts)
    sign_in(page, "Representative of WMO")
    page.goto(f"/ballots/{ELECTION}")
    expect(said(page, "11 of 16 have answered; 9 are needed.").locator("visible=true").first).to_be_visible()
    check_page(page)
    page.get_by_role("radio", name=re.compile("^Expert nominated by ECLAC")).check()
    to_check(page)
    expect(said(page, "Until the ballot closes nobody but WMO sees how it voted")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name=re.compile("^Record WMO’s vote: for Expert nominated by ECLAC")).click()
    expect(heading(page)).to_have_text(re.compile("^WMO’s vote is recorded: for Expert nominated by ECLAC"))
    check_page(page)
    office = visit(site, viewport, scripts=scripts)
    sign_in(office, "Secretariat officer, UNECE")
    office.goto(f"/ballots/{ELECTION}/receipts/{ELECTION}-WMO-1")
    expect(heading(office)).to_have_text("WMO has answered")
    check_page(office)
    office.goto(f"/ballots/{ELECTION}")
    expect(office.locator("#positions")).not_to_contain_text("Approve")
    check_page(office)


@with_and_without_scripts
def test_break_a_silence_and_lift_it(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    page = visit(site, viewport, scripts=scripts)
    sign_in(page, "Representative of WMO")
    page.goto(f"/ballots/{SILENCE}")
    expect(said(page, "Nothing needs to be done by those who agree.").first).to_be_visible()
    choose(page, "Object")
    page.get_by_label("Comment or reason").fill("Chapter 4 repeats ours.")
    to_check(page)
    expect(page.get_by_role("alert")).to_contain_text("Say what would lift WMO’s objection")
    expect(page.get_by_label("Reason for the objection")).to_have_value("Chapter 4 repeats ours.")
    check_page(page, expected={422})
    page.get_by_role("textbox", name="What would lift the objection").fill("Refer to our chapter.")
    to_check(page)
    expect(said(page, "The silence is broken at once")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Record WMO’s answer: Object").click()
    expect(heading(page)).to_have_text("WMO’s answer is recorded: Object")
    check_page(page)
    page.get_by_role("link", name="Lift WMO’s objection").click()
    expect(said(page, "WMO objects").first).to_be_visible()
    check_page(page)
    page.get_by_label("What was agreed").fill("The chapter is referred to.")
    page.get_by_role("button", name="Lift WMO’s objection").click()
    expect(heading(page)).to_have_text("Check before you lift WMO’s objection")
    check_page(page)
    page.get_by_role("button", name="Lift WMO’s objection").click()
    expect(heading(page)).to_have_text("WMO’s answer is recorded: No objection")
    page.goto(f"/ballots/{SILENCE}")
    expect(said(page, "WMO lifted its objection")).to_be_visible()
    check_page(page)
