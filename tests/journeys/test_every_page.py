"""Every page a person can reach by links: it answers, keeps to the standards, and leads nowhere that is not there."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import VIEWPORTS, LiveServer
from tests.journeys.pages import problems_of, sign_in, too_wide

pytestmark = pytest.mark.browser

PEOPLE = {
    "visitor": "",
    "leader": "Leader, City Platforms",
    "board_representative": "Representative of WMO",
    "secretariat": "Secretariat officer, UNECE",
    "participant": "Participant, technical university",
    "focal_point": "Focal point of Brenvik",
    "co_chair": "Co-Chair, first seat",
}
MOST_PATTERNS = 60
EACH_PATTERN = 2  # addresses of one pattern that are asked for; the first is opened and checked
NAMES = re.compile(r"(?<=/)(?:[A-Z][\w-]*|\d+(?:\.ics)?)(?=/|$)")  # D-26-01, B-26-07-WMO-1, UN-Habitat, 17
VIEWS = ("view", "tab", "when", "kind")  # of these the value makes another page, of the others only their presence
NARROWEST = 320  # pixels, as /accessibility promises (WCAG 1.4.10)
TOKENS = re.compile(r'name="csrf_token" value="[^"]*"')
_shown: set[str] = set()


def pattern_of(address: str) -> str:
    """What addresses of one kind of page have in common."""
    parts = urlsplit(address)
    asked = sorted(f"{name}={value}" if name in VIEWS else name for name, value in parse_qsl(parts.query))
    return NAMES.sub("*", parts.path) + ("?" + "&".join(asked) if asked else "")


@dataclass
class Crawl:
    """One person's way through the platform."""

    page: Page
    base: str
    waiting: deque[tuple[str, str]] = field(default_factory=deque)  # address, page that led there
    known: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    fragments: dict[tuple[str, str], str] = field(default_factory=dict)  # (address, anchor) → page that led there
    anchors: dict[str, set[str]] = field(default_factory=dict)  # address → ids on its page
    problems: list[str] = field(default_factory=list)
    opened: int = 0

    def note(self, address: str, origin: str) -> None:
        """Queue an address of the platform once."""
        address, fragment = urldefrag(address)
        if not address.startswith(self.base):
            return
        if fragment:
            self.fragments.setdefault((address, fragment), origin)
        if address not in self.known:
            self.known.add(address)
            self.waiting.append((address, origin))

    def go(self) -> None:
        """Breadth first, so that what is near the start is seen first."""
        while self.waiting:
            address, origin = self.waiting.popleft()
            pattern = pattern_of(address)
            is_new = pattern not in self.asked
            if (is_new and len(self.asked) >= MOST_PATTERNS) or self.asked[pattern] >= EACH_PATTERN:
                continue
            self.asked[pattern] += 1
            self.ask(address, origin, look=is_new)
        for (address, fragment), origin in self.fragments.items():
            if address in self.anchors and fragment not in self.anchors[address]:
                self.problems.append(f"{origin}: #{fragment} is not on {address}")

    def ask(self, address: str, origin: str, *, look: bool) -> None:
        """See that a link leads somewhere; look at the page when it is the first of its kind."""
        answer = self.page.request.get(address)
        if answer.status >= 400:
            self.problems.append(f"dead link on {origin}: {address} answers {answer.status}")
            return
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if not is_page or "attachment" in answer.headers.get("content-disposition", ""):
            return
        self.anchors[address] = set(re.findall(r'\sid="([^"]+)"', answer.text()))
        narrowed_twice = len(parse_qsl(urlsplit(address).query)) > 1  # two filters at once show nothing new
        if look and not narrowed_twice and not self.is_known(answer.text(), address):
            self.look(address)

    def is_known(self, html: str, address: str) -> bool:
        """Whether somebody in this run was shown the very same main part; its links are followed all the same."""
        start, end = html.find("<main"), html.find("</main>")
        main = TOKENS.sub("", html[start:end])
        if start < 0 or main not in _shown:
            _shown.add(main)
            return False
        for link in re.findall(r'<a [^>]*href="([^"]+)"', html):
            self.note(urljoin(address, unescape(link)), address)
        return True

    def look(self, address: str) -> None:
        """Check a page at both widths and follow its links."""
        self.opened += 1
        for width, height in VIEWPORTS.values():
            self.page.set_viewport_size({"width": width, "height": height})
            if (width, height) == VIEWPORTS["1440"]:
                self.page.goto(address)
            found = problems_of(self.page)
            self.problems += [f"{urlsplit(address).path}?{urlsplit(address).query} at {width}: {one}" for one in found]
        self.page.set_viewport_size({"width": NARROWEST, "height": 640})
        self.problems += [f"{urlsplit(address).path} at {NARROWEST}: {one}" for one in too_wide(self.page)]
        links = self.page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
        for link in links:
            self.note(link, self.page.url)


@pytest.mark.parametrize("role", list(PEOPLE))
def test_every_page_reached(role: str, reading_site: LiveServer, visit: Callable[..., Page]) -> None:
    page = visit(reading_site, VIEWPORTS["1440"])
    crawl = Crawl(page, reading_site.base)
    if PEOPLE[role]:
        sign_in(page, PEOPLE[role])
        crawl.note(f"{reading_site.base}/home", "sign-in")
    crawl.note(f"{reading_site.base}/", "the start")
    crawl.go()
    assert not crawl.problems, "\n".join(crawl.problems)
    assert crawl.opened >= 8, "the crawl reached next to nothing"


def test_the_examination_finds_what_is_planted(reading_site: LiveServer, visit: Callable[..., Page]) -> None:
    page = visit(reading_site, VIEWPORTS["390"])
    page.goto("/")
    assert problems_of(page) == []
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          const [pale, mute] = [document.createElement("p"), document.createElement("button")];
          pale.textContent = "Hardly to be read";
          pale.style.color = "rgb(221, 222, 223)";
          pale.style.backgroundColor = "rgb(254, 255, 255)";
          mute.style.width = "41px";
          main.append(pale, mute);
        }"""
    )
    found = "\n".join(problems_of(page))
    assert "color-contrast" in found
    assert "button-name" in found
    assert problems_of(page) == [], "nothing is examined twice"


RIGHT_TO_LEFT = (
    ("board_representative", ("/home", "/ballots/B-26-07")),
    ("leader", ("/home", "/deliverables/D-26-01/minutes/7/edit")),
    ("secretariat", ("/home", "/people", "/people?view=table", "/evaluations", "/tor")),
)


@pytest.mark.parametrize(("role", "addresses"), RIGHT_TO_LEFT, ids=[role for role, _ in RIGHT_TO_LEFT])
def test_right_to_left(
    role: str, addresses: tuple[str, ...], site: LiveServer, visit: Callable[..., Page], viewport: tuple[int, int]
) -> None:
    page = visit(site, viewport)
    sign_in(page, PEOPLE[role])
    if role == "leader":  # the editor opens once somebody has started the minutes
        page.goto("/deliverables/D-26-01/e-meetings/7")
        page.get_by_role("button", name="Write minutes").click()
    page.goto("/account")
    page.get_by_label("Language").select_option(label="Pseudo (right to left)")
    page.get_by_role("button", name="Save your profile").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    found: list[str] = []
    for address in addresses:
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        found += [f"{address}: {one}" for one in problems_of(page)]
    assert not found, "\n".join(found)
