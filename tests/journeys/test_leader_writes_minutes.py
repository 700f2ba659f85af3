"""A Leader writes and files the minutes of an e-meeting, as README.md leads a newcomer to do (¶26e)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import LiveServer, with_and_without_scripts
from tests.journeys.pages import check_page, heading, said, sign_in

pytestmark = pytest.mark.browser

DECISION = "Open interfaces come first; the two other ways go to an annex."
ACTION = "Draft two pages on cities without a data team"
OWNER = "Participant, technical university"
DUTY = re.compile(r"^Write minutes\W+Write minutes of e-meeting 7")


def item(page: Page, title: str) -> Locator:
    """One item of the agenda in the editor, opened."""
    found = page.get_by_role("group").filter(has=page.get_by_text(title))
    if not found.get_by_label("What was said").is_visible():
        found.get_by_text(title).click()
    return found


def mark_attendance(page: Page) -> None:
    people = page.get_by_role("main").get_by_role("listitem").get_by_role("group")
    for number, person in enumerate(people.all()):
        answer = {0: "Apologies", 1: "Absent"}.get(number, "Present")
        person.get_by_label(answer, exact=True).check()


def write_items(page: Page) -> None:
    said_of = {
        "1. Opening and agenda": "The agenda was agreed as circulated.",
        "2. Matters arising": "Two actions were reported done.",
        "3. Draft chapters": "The team compared **three ways**:\n\n- open interfaces\n- a *shared* core",
        "4. Case studies received": "Four case studies were received.",
    }
    for title, text in said_of.items():
        item(page, title).get_by_label("What was said").fill(text)
    item(page, "5. Any other business").get_by_label("Not discussed").check()


def open_editor(page: Page) -> None:
    """From Home to the editor, by the duty."""
    sign_in(page, "Leader, City Platforms")
    check_page(page)
    page.get_by_role("link", name=DUTY).click()
    expect(heading(page)).to_have_text("E-meeting 7")
    check_page(page)
    page.get_by_role("button", name="Write minutes").click()
    expect(heading(page)).to_have_text("Minutes of e-meeting 7")
    check_page(page)


def add_outcomes(page: Page) -> None:
    item(page, "3. Draft chapters").get_by_role("button", name="Decision under item 3").click()
    page.get_by_label("Decision", exact=True).fill(DECISION)
    item(page, "3. Draft chapters").get_by_role("button", name="Action under item 3").click()
    expect(page.get_by_label("Decision", exact=True)).to_have_value(DECISION)
    page.get_by_label("Action", exact=True).fill(ACTION)
    page.get_by_label("Owner").fill(OWNER)
    page.get_by_label("Due day").fill("2026-12-18")


def file_minutes(page: Page) -> str:
    page.get_by_role("button", name="Check and file").click()
    expect(heading(page)).to_have_text("Check the minutes of e-meeting 7")
    expect(said(page, DECISION).first).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="File the minutes").click()
    expect(heading(page)).to_have_text("Minutes of e-meeting 7")
    return page.url


def check_filed(page: Page) -> None:
    """What the finished minutes say, to whoever may read them."""
    main = page.get_by_role("main")
    expect(said(page, DECISION).first).to_be_visible()
    expect(main.get_by_role("row", name=ACTION)).to_contain_text(OWNER)
    expect(main.get_by_role("row", name=ACTION)).to_contain_text("18 Dec")
    expect(main.get_by_role("strong").get_by_text("three ways")).to_be_visible()
    expect(main.get_by_role("listitem").filter(has_text="a shared core")).to_be_visible()
    expect(main.get_by_text("Not discussed").first).to_be_visible()
    check_page(page)


def check_readers(
    visit: Callable[..., Page], site: LiveServer, viewport: tuple[int, int], url: str, *, scripts: bool
) -> None:
    """Who works on the deliverable reads them; to others there is no such page."""
    reader = visit(site, viewport, scripts=scripts)
    sign_in(reader, "Participant, technical university")
    reader.goto(url)
    check_filed(reader)
    stranger = visit(site, viewport, scripts=scripts)
    sign_in(stranger, "Focal point of Brenvik")
    answer = stranger.goto(url)
    assert answer is not None
    assert answer.status == 404
    expect(heading(stranger)).to_have_text("There is no such page")
    check_page(stranger, expected={404})


@with_and_without_scripts
def test_minutes_from_duty_to_readers(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    page = visit(site, viewport, scripts=scripts)
    open_editor(page)
    mark_attendance(page)
    if scripts:
        with page.expect_response("**/autosave") as saved:
            write_items(page)
        assert saved.value.status == 200
        expect(page.get_by_role("status").filter(has_text=re.compile(r"Draft saved \d\d:\d\d"))).to_be_visible()
    else:
        write_items(page)
    page.get_by_role("button", name="Save draft").locator("visible=true").last.click()
    expect(said(page, "5 of 5 items noted")).to_be_visible()
    check_page(page)
    add_outcomes(page)
    check_page(page)
    url = file_minutes(page)
    check_filed(page)
    page.get_by_role("link", name="U4SSC Governance").or_(page.get_by_role("link", name="U4SSC", exact=True)).click()
    expect(page).to_have_url(re.compile(r"/home$"))
    expect(page.get_by_role("link", name=DUTY)).to_have_count(0)
    check_page(page)
    check_readers(visit, site, viewport, url, scripts=scripts)


def test_text_survives_a_reload(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]) -> None:
    """Text that was never sent comes back on the same device, and only when its writer asks for it."""
    page = visit(site, viewport)
    open_editor(page)
    text = "Typed, not sent."
    page.route("**/autosave", lambda route: route.abort())
    box = item(page, "1. Opening and agenda").get_by_label("What was said")
    box.fill(text)
    page.get_by_label("Add a person who was present").focus()  # leaving the box starts an autosave, which fails here
    expect(page.get_by_role("status").filter(has_text="Not saved yet")).to_be_visible()
    page.wait_for_function("text => JSON.stringify(localStorage).includes(text)", arg=text)
    page.reload()
    expect(item(page, "1. Opening and agenda").get_by_label("What was said")).to_have_value("")
    page.get_by_role("button", name="Bring it back").click()
    expect(item(page, "1. Opening and agenda").get_by_label("What was said")).to_have_value(text)
    check_page(page)
