"""The Secretariat renews a tenure and moves a city on; a city asks for an evaluation (¶10, ¶34)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.conftest import LiveServer, with_and_without_scripts
from tests.journeys.pages import check_page, heading, open_menu, said, sign_in, watch

pytestmark = pytest.mark.browser

ANSWER = "Your request is complete and has its place in line. We write again in ten days."
FIRST_TO_END = "Leader, Artificial Intelligence"


def test_renewal_is_asked(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]) -> None:
    page = visit(site, viewport)
    sign_in(page, "Secretariat officer, UNECE")
    check_page(page)
    open_menu(page, "People and tenures")
    expect(heading(page)).to_have_text("People and tenures")
    check_page(page)
    page.get_by_role("link", name=f"Renew {FIRST_TO_END}").locator("visible=true").first.click()
    expect(heading(page)).to_contain_text(f"Renew {FIRST_TO_END}")
    check_page(page)
    page.get_by_label("Note for the record (optional)").fill("The holder agreed to stay.")
    page.get_by_role("button", name="Ask for the renewal").click()
    expect(said(page, "Asked on 23 Nov by Secretariat officer, UNECE.")).to_be_visible()
    expect(said(page, "The holder agreed to stay.")).to_be_visible()
    check_page(page)
    open_menu(page, "People and tenures")
    asked = page.get_by_role("link", name=re.compile(rf"^Follow renewal\W+{FIRST_TO_END}")).locator("visible=true")
    expect(asked.first).to_be_visible()
    check_page(page)


def open_mail(page: Page, subject: str | re.Pattern[str]) -> None:
    """Find a mail on the page of the mails that went out, which the foot of every page leads to."""
    page.get_by_role("contentinfo").get_by_role("link", name="Mail that went out").click()
    expect(heading(page)).to_have_text("Mail that went out")
    check_page(page)
    page.get_by_role("link", name=subject).first.click()
    expect(heading(page)).not_to_have_text("Mail that went out")


def test_city_moves_on(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]) -> None:
    page = visit(site, viewport)
    sign_in(page, "Secretariat officer, UNECE")
    open_menu(page, "City evaluations")
    expect(heading(page)).to_have_text("City evaluations")
    check_page(page)
    page.get_by_role("link", name="Sabika Nord", exact=True).first.click()
    expect(heading(page)).to_have_text("Sabika Nord")
    check_page(page)
    page.get_by_role("link", name="Move to the line").click()
    check_page(page)
    page.get_by_label("Answer to the city").fill(ANSWER)
    page.get_by_role("button", name="Move to the line and send the answer").click()
    expect(heading(page)).to_have_text("Sabika Nord")
    expect(said(page, "Place 6 in line")).to_be_visible()
    expect(said(page, ANSWER)).to_be_visible()
    check_page(page)
    open_mail(page, re.compile("^E-26-12: your city evaluation is now"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(ANSWER).first).to_be_visible()
    expect(said(page, "focal.point.sabikanord@demo.u4ssc.example")).to_be_visible()
    check_page(page)


def fill_city(page: Page) -> None:
    page.get_by_role("link", name="Continue with").click()
    expect(heading(page)).to_have_text("Which city asks?")
    check_page(page)
    page.get_by_label("City").fill("Nova Ribeira")
    page.get_by_label("Country").select_option(label="Cabo Verde")
    page.get_by_label("inhabitants").fill("88 000")
    page.get_by_role("button", name="Save this part").click()


def fill_contact(page: Page) -> None:
    page.get_by_role("link", name="Continue with").click()
    expect(heading(page)).to_have_text("Whom do we answer?")
    check_page(page)
    page.get_by_role("textbox").nth(0).fill("Head of the digital office")
    page.get_by_role("textbox").nth(1).fill("digital.office@nova-ribeira.example")
    page.get_by_role("button", name="Save this part").click()


def come_back(visit: Callable[..., Page], site: LiveServer, viewport: tuple[int, int], scripts: bool) -> Page:
    """On another day, on another computer: by the link in the mail, which needs no account to be read here."""
    reader = visit(site, viewport, scripts=scripts)
    reader.goto("/")
    open_mail(reader, re.compile("Nova Ribeira|request for a city evaluation|come back", re.IGNORECASE))
    check_page(reader)
    with reader.expect_popup() as opened:
        reader.frame_locator("iframe").get_by_role("link", name=re.compile("request", re.IGNORECASE)).first.click()
    page = watch(opened.value, site.base, scripts=scripts)
    expect(heading(page)).to_have_text("Your request for a city evaluation")
    return page


@with_and_without_scripts
def test_city_asks(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool) -> None:
    page = visit(site, viewport, scripts=scripts)
    page.goto("/")
    check_page(page)
    page.get_by_role("main").get_by_role("link", name="Request a city evaluation").first.click()
    expect(heading(page)).to_have_text("Request a city evaluation")
    check_page(page)
    page.get_by_role("button", name="Start the request").click()
    expect(heading(page)).to_have_text("Your request for a city evaluation")
    check_page(page)
    fill_city(page)
    fill_contact(page)
    expect(said(page, "The link to come back was sent to digital.office@nova-ribeira.example.")).to_be_visible()
    check_page(page)

    page = come_back(visit, site, viewport, scripts)
    page.get_by_role("link", name="Government letter").click()
    expect(heading(page)).to_have_text("Does the government support the request?")
    check_page(page)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Save this part").click()
    page.get_by_role("link", name="Continue with").click()
    page.get_by_role("textbox").fill("55")
    check_page(page)
    page.get_by_role("button", name="Save this part").click()
    page.get_by_role("link", name="Support").click()
    page.get_by_label("Support needed").fill("A workshop for the offices that hold the data.")
    check_page(page)
    page.get_by_role("button", name="Save this part").click()
    page.get_by_role("link", name="Check the request").click()
    expect(said(page, "Nova Ribeira").first).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Send the request").click()
    expect(heading(page)).to_have_text("The request of Nova Ribeira is sent")
    reference = page.get_by_text(re.compile(r"^E-26-\d+$")).inner_text()
    check_page(page)
    page.get_by_role("link", name="Follow the request").click()
    check_page(page)

    officer = visit(site, viewport, scripts=scripts)
    sign_in(officer, "Secretariat officer, UNECE")
    open_menu(officer, "City evaluations")
    officer.get_by_role("link", name="Nova Ribeira").first.click()
    expect(said(officer, reference).locator("visible=true").first).to_be_visible()
    check_page(officer)


def next_step(page: Page, title: str) -> None:
    """Save the page of a draft and see the next one."""
    page.get_by_role("button", name="Save and continue").click()
    expect(heading(page)).to_have_text(title)
    check_page(page)


@with_and_without_scripts
def test_ballot_is_prepared_and_opened(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int], scripts: bool
) -> None:
    """One thing on each page, the check with the electors and the mail, the opening (¶23, ¶24)."""
    page = visit(site, viewport, scripts=scripts)
    sign_in(page, "Secretariat officer, UNECE")
    page.get_by_role("link", name="Prepare a ballot").click()
    expect(heading(page)).to_have_text("What is decided?")
    check_page(page)
    page.get_by_label("Strategic guidance").check()
    page.get_by_role("button", name="Continue").click()
    expect(heading(page)).to_have_text("What will the record say?")
    page.get_by_label("Title").fill("Ask cities for open data")
    page.get_by_label("Decision text").fill("The Partners Board asks cities to publish their data.")
    check_page(page)
    page.get_by_role("button", name="Save as a draft").click()
    expect(heading(page)).to_have_text("How does the Board decide?")
    check_page(page)
    page.get_by_role("radio").nth(1).check()
    next_step(page, "What will the record say?")
    page.get_by_label("If approved").fill("The Secretariat writes to the cities.")
    next_step(page, "What does the Board read?")
    paper: FilePayload = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear city,"}
    page.get_by_label("File of document 1").set_input_files([paper])
    page.get_by_label("Title of document 1").fill("The letter")
    next_step(page, "When does it open and close?")
    page.get_by_role("button", name="Save and see all steps").click()
    expect(said(page, "All that is needed is there.")).to_be_visible()
    check_page(page)
    page.get_by_role("link", name="Check and open").click()
    expect(heading(page)).to_contain_text("before you open it")
    expect(said(page, "16 partners; at least 9 must answer").first).to_be_visible()
    expect(said(page, re.compile("^Vote for ITU by"))).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Open the ballot").click()
    expect(heading(page)).to_have_text("Ask cities for open data")
    expect(said(page, "Remind 16 partners")).to_be_visible()
    check_page(page)


def test_outcome_is_certified(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]) -> None:
    """From the queue to the number of the decision (¶24)."""
    page = visit(site, viewport)
    sign_in(page, "Secretariat officer, UNECE")
    page.get_by_role("link", name=re.compile("^Certify the outcome of")).first.click()
    expect(heading(page)).to_contain_text("Certify the outcome of")
    number = said(page, re.compile(r"^U4SSC/BM/\d{4}/\d\d$")).inner_text()
    check_page(page)
    page.get_by_role("button", name="Certify: Approved").click()
    expect(said(page, number).first).to_be_visible()
    check_page(page)
    page.get_by_role("link", name="Ask for its annulment").click()
    check_page(page)


def test_running_ballots(site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]) -> None:
    """Extend one, record what a partner wrote, answer an objection with a correction (¶24)."""
    page = visit(site, viewport)
    sign_in(page, "Secretariat officer, UNECE")
    page.goto("/ballots?state=open")
    page.get_by_role("link", name=re.compile("Elect a Co-Chair for the second seat")).first.click()
    page.get_by_role("link", name="Extend it").click()
    check_page(page)
    page.get_by_label("Reason").fill("Two partners asked for more time.")
    page.get_by_role("button", name=re.compile("^Extend B-")).click()
    expect(said(page, "It was extended once, and cannot be extended again.")).to_be_visible()
    page.get_by_role("link", name="Record a position sent by e-mail").click()
    check_page(page)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()
    check_page(page)
    page.get_by_role("radio", name="Abstain").check()
    page.get_by_role("button", name="Continue to check").click()
    check_page(page)
    mail: FilePayload = {"name": "mail.txt", "mimeType": "text/plain", "buffer": b"We abstain."}
    page.get_by_label("The e-mail of the partner").set_input_files([mail])
    page.get_by_role("button", name=re.compile("^Record .* position: Abstain$")).click()
    expect(said(page, "position is on record")).to_be_visible()
    page.goto("/ballots?state=suspended")
    page.get_by_role("main").get_by_role("link", name=re.compile("Accept sponsors for webinars")).first.click()
    page.get_by_role("link", name="Offer a correction of the wording").click()
    page.get_by_role("textbox").fill("“sponsors” becomes “sponsors cleared by the Secretariat”.")
    check_page(page)
    page.get_by_role("button", name="Offer the correction").click()
    expect(said(page, "The correction is offered.")).to_be_visible()


def test_voting_rule_is_put_to_the_board(
    site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]
) -> None:
    """Read the rules, write a version, see what is different, draft the ballot (¶24)."""
    page = visit(site, viewport)
    sign_in(page, "Secretariat officer, UNECE")
    open_menu(page, "Voting rules")
    expect(heading(page)).to_have_text("Voting rules")
    check_page(page)
    page.get_by_role("link", name=re.compile(r"^Vote\W+A deliverable$")).click()
    check_page(page)
    page.get_by_role("link", name="Draft a new version").click()
    check_page(page)
    page.get_by_label("Least number of approvals").fill("7")
    page.get_by_label("Reason for the change").fill("More partners shall take part.")
    page.get_by_role("button", name="Continue to check").click()
    expect(said(page, "at least 7 approve").first).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Put it to the Board").click()
    expect(said(page, "the Board decides on the rule")).to_be_visible()
    check_page(page)
