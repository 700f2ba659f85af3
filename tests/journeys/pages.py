"""What every page must keep, whoever reads it and however wide the window is."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from tests.journeys.examined import examined

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
SERIOUS = ("serious", "critical")
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": list(STANDARDS)},
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2; axe leaves it out unless asked
    "resultTypes": ["violations"],
    "preload": False,  # all we serve is in the page
}
_EXAMINE = """async ([looks, options]) => {
  const wanted = new Set(looks);
  const unseen = [...window.u4Looks].filter(([, look]) => wanted.delete(look)).map(([one]) => one);
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-unseen]" }] });
  unseen.forEach((one) => one.setAttribute("data-unseen", ""));
  const results = await axe.run(document, options);
  unseen.forEach((one) => one.removeAttribute("data-unseen"));
  return results.violations;
}"""


@dataclass
class Watch:
    """What went wrong behind a page since it was last checked."""

    base: str
    scripts: bool
    problems: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)  # answers from 400 on, which a journey may expect


_watches: WeakKeyDictionary[Page, Watch] = WeakKeyDictionary()


def watch(page: Page, base: str, *, scripts: bool = True) -> Page:
    """Note console errors, script errors, refused answers and requests that leave the platform."""
    kept = Watch(base, scripts)
    _watches[page] = kept

    def on_console(message: ConsoleMessage) -> None:
        # A refused answer is noted with its number by on_response.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            kept.problems.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 400:
            kept.refused.append((response.status, response.url))

    def on_request(request: Request) -> None:
        if not request.url.startswith((base, "data:", "about:", "blob:")):
            kept.problems.append(f"a request left the platform: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: kept.problems.append(f"script: {error}"))
    page.on("response", on_response)
    page.on("request", on_request)
    return page


def check_page(page: Page, *, expected: Collection[int] = ()) -> None:
    """Fail with everything that is wrong with the page as it stands. ``expected``: refusals the journey provoked."""
    found = problems_of(page, expected=expected)
    assert not found, f"{page.url} at {width_of(page)} px:\n" + "\n".join(found)


def width_of(page: Page) -> int:
    """The width of the window in CSS pixels."""
    return page.viewport_size["width"] if page.viewport_size else 0


def problems_of(page: Page, *, expected: Collection[int] = ()) -> list[str]:
    """What is wrong with the page as it stands; what is returned is not returned again."""
    kept = _watches[page]
    page.wait_for_load_state()
    found = kept.problems + [f"answered {status}: {url}" for status, url in kept.refused if status not in expected]
    kept.problems, kept.refused = [], []
    if kept.scripts:
        page.evaluate("scrollTo(0, 0)")  # from its top: what the fixed bar happens to cover is not the page's fault
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} h1")
    if not page.title().strip():
        found.append("no title")
    if kept.scripts:
        found += too_wide(page)
        found += _inaccessible(page)
    return found


def too_wide(page: Page) -> list[str]:
    """Wider than the window: a reader would have to push the page sideways (WCAG 1.4.10)."""
    wide = page.evaluate(
        """() => {
          const limit = window.innerWidth;
          if (document.scrollingElement.scrollWidth <= limit) return null;
          const out = [...document.querySelectorAll("body *")].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width && (box.right > limit + 1 || box.left < -1);
          });
          const name = (one) => one.outerHTML.slice(0, 110);
          return document.scrollingElement.scrollWidth + " px wide: " + out.slice(-3).map(name).join(" | ");
        }"""
    )
    return [f"overflow: {wide}"] if wide else []


def _inaccessible(page: Page) -> list[str]:
    """What axe finds where the page holds something new; contrast, which takes longest, on what looks new alone."""
    kinds, looks = examined.take(page)
    if not kinds and not looks:
        return []
    page.evaluate(AXE_SCRIPT)
    results: list[dict[str, Any]] = page.evaluate(_EXAMINE, [sorted(looks), AXE_OPTIONS])
    return [
        f"axe {one['id']} ({one['impact']}): {node['target']} {node['html'][:160]} – {_why(node)}"
        for one in results
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


def _why(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("failureSummary", "")).split())[:200]


# ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────────


def sign_in(page: Page, name: str) -> None:
    """As README.md says: the sign-in page offers one person for each role; press a name."""
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page).to_have_url(re.compile(r"/home$"))


def open_menu(page: Page, entry: str) -> None:
    """Follow an entry of the main menu, which a narrow window keeps behind a button."""
    menu = page.get_by_text("Menu", exact=True)
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name=re.compile(rf"^{re.escape(entry)}")).locator("visible=true").first.click()


def said(page: Page, text: str | re.Pattern[str]) -> Locator:
    """Text in the page's main part."""
    return page.get_by_role("main").get_by_text(text)


def heading(page: Page) -> Locator:
    """The one heading that names the page."""
    return page.get_by_role("heading", level=1)


def tab_to(page: Page, target: Locator, *, most: int = 120) -> None:
    """Press Tab until the control has the focus; fail when the keyboard does not lead there."""
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {target}")
