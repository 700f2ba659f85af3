"""``make shots``: pictures of every page at 1440 and 390 pixels, as each person of the demonstration."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "shots"
CHROMIUM = os.environ.get("U4SSC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
WIDTHS = {"wide": 1440, "phone": 390}
# Which pages as whom; {…} is filled with the first link on the page named before the colon that matches.
PAGES: dict[str, tuple[str, ...]] = {
    "": (
        "/",
        "/about",
        "/published",
        "/kpis",
        "/sign-in",
        "/request-evaluation",
        "/tor",
        "/ledger",
        "/board-decisions",
        "@/board-decisions:/board-decisions/U4SSC/BM/\\d+/\\d+$",
        "/check",
        "/new-password",
        "/no-such-page",
    ),
    "leader": (
        "/home",
        "/deliverables",
        "@/deliverables:/deliverables/D-[^/]+$",
        "/meetings",
        "@/meetings:/deliverables/[^/]+/e-meetings/\\d+$",
        "/action-plan",
        "/people",
        "/account",
    ),
    "board_representative": (
        "/home",
        "/ballots",
        "@/ballots?state=open:/ballots/B-[^/]+$",
        "@/ballots?state=closed:/ballots/B-[^/]+$",
        "@/ballots?state=scheduled:/ballots/B-[^/]+$",
        "@/ballots?state=suspended:/ballots/B-[^/]+$",
        "/decisions",
        "@/decisions:/decisions/U4SSC/BM/\\d+/\\d+$",
        "/decisions/next-meeting",
        "/ballots/rules",
    ),
    "secretariat": (
        "/home",
        "/people",
        "/people?view=table",
        "/people?view=directory",
        "/people/partners",
        "/people/partners/WMO",
        "/people/partners/WMO/name",
        "@/people:/people/\\d+/renew$",
        "/evaluations",
        "/evaluations?view=table",
        "@/evaluations:/evaluations/E-[^/]+$",
        "/ballots/new",
        "@/ballots?state=draft:/ballots/B-[^/]+$",
        "/admin",
        "/admin/mail",
        "/admin/jobs",
        "/admin/audit",
        "/tor",
        "/styleguide",
    ),
    "participant": ("/home", "/participants", "/participants/me", "/tor/accept"),
    "focal_point": ("/home", "/my-request"),
    "co_chair": ("/home",),
}


def main(only: list[str]) -> int:
    """Start a platform of its own, walk through it, save the pictures."""
    OUT.mkdir(exist_ok=True)
    port = _free_port()
    with tempfile.TemporaryDirectory() as scratch:
        env = {**os.environ, "PORT": str(port), "U4SSC_DATA_DIR": scratch, "DATABASE_URL": "", "U4SSC_ENV": "demo"}
        platform = subprocess.Popen(
            [sys.executable, "-m", "u4ssc_gov", "up"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
        )
        try:
            _wait(port)
            with sync_playwright() as tool:
                browser = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for person, pages in PAGES.items():
                    if not only or person in only:
                        _walk(browser, f"http://127.0.0.1:{port}", person, pages)
        finally:
            platform.terminate()
            platform.wait(30)
    print(f"pictures are in {OUT.relative_to(ROOT)}/")
    return 0


def _walk(browser: Browser, base: str, person: str, pages: tuple[str, ...]) -> None:
    for name, width in WIDTHS.items():
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        if person:
            page.goto(f"{base}/sign-in")
            page.locator(f'[data-demo-role="{person}"] button').click()
            page.wait_for_url("**/home")
        for path in pages:
            address = _resolve(page, base, path)
            if address is None:
                print(f"no link for {path} as {person or 'visitor'}")
                continue
            page.goto(base + address)
            label = re.sub(r"[^a-z0-9]+", "-", f"{person or 'visitor'} {path}".lower()).strip("-")[:70]
            page.screenshot(path=OUT / f"{label}-{name}.png", full_page=True)
        context.close()


def _resolve(page: Page, base: str, path: str) -> str | None:
    if not path.startswith("@"):
        return path
    start, _, pattern = path[1:].partition(":")
    page.goto(base + start)
    links = page.locator("main a").evaluate_all("all => all.map(a => a.pathname)")
    return next((link for link in links if re.search(pattern, link)), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)  # the first start makes the demonstration
    raise SystemExit("the platform did not start")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
