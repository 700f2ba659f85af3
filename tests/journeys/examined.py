"""Which kinds of elements were examined in this run, so that each is examined once at each width.

Most of a page is like the one before, and axe takes most of the time of a visit. Workers of one run share what they
know through files: what one of them has taken on, the others leave to it.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Page

# An element's kind is what it is, in its surroundings. For its contrast counts what it looks like, too: its letters and
# every background behind them.
_KINDS = """() => {
  const all = [...document.querySelectorAll("*")];
  const ids = all.map((one) => one.id).filter(Boolean);
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  const told = ["role", "type", "style", "aria-current", "aria-pressed", "aria-selected", "aria-expanded"];
  const own = new Map(all.map((one) => [one, [
    one.tagName, one.className.baseVal ?? one.className, ...told.map((name) => one.getAttribute(name)),
    one.hasAttribute("aria-label"), one.textContent.trim() === "", one.hasAttribute("disabled"), one.checked,
    twice.has(one.id),
  ].join()]));
  const number = (text) => {
    let [first, second] = [0x811c9dc5, 5381];
    for (let at = 0; at < text.length; at++) {
      first = Math.imul(first ^ text.charCodeAt(at), 0x01000193);
      second = Math.imul(second, 33) ^ text.charCodeAt(at);
    }
    return (first >>> 0).toString(36) + "-" + (second >>> 0).toString(36);
  };
  const known = new Map();
  const short = (text) => known.get(text) ?? (known.set(text, number(text)), known.get(text));
  const around = (one) => one ? own.get(one) : "";
  const kind = new Map(all.map((one) =>
    [one, short([one.parentElement?.parentElement, one.parentElement, one].map(around).join(">"))]));
  const behind = new Map();
  const looks = new Map();
  for (const one of all) {
    const style = getComputedStyle(one);
    const ground = [style.backgroundColor, style.backgroundImage, style.opacity].join();
    const below = behind.get(one.parentElement) ?? "";
    behind.set(one, ground === "rgba(0, 0, 0, 0),none,1" ? below : short(below + ">" + ground));
    const letters = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!letters && !one.placeholder && !one.value) continue;
    const face = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.visibility, style.display];
    looks.set(one, short([kind.get(one), behind.get(one), ...face].join()));
  }
  window.u4Looks = looks;
  return [[...new Set(kind.values())], [...new Set(looks.values())]];
}"""


class Examined:
    """What was examined, by width and direction; kept in a folder when workers share it."""

    def __init__(self) -> None:
        """Nothing yet, and nobody to share it with."""
        self._folder: Path | None = None
        self._known: dict[str, set[str]] = {}
        self._read: dict[str, int] = {}

    def share(self, folder: Path) -> None:
        """Keep what is known in this folder, for the other workers of the run."""
        self._folder = folder

    def take(self, page: Page) -> tuple[set[str], set[str]]:
        """Take on what nobody has examined: the new kinds of elements, and the new looks of letters."""
        rtl = page.evaluate("document.documentElement.dir === 'rtl'")
        width = page.viewport_size["width"] if page.viewport_size else 0
        kinds, looks = page.evaluate(_KINDS)
        window = f"{width}{'-rtl' if rtl else ''}"
        return self._claim(f"{window}-kinds", kinds), self._claim(f"{window}-looks", looks)

    def _claim(self, name: str, kinds: list[str]) -> set[str]:
        known = self._known.setdefault(name, set())
        if self._folder is None:
            fresh = set(kinds) - known
            known |= fresh
            return fresh
        path = self._folder / name
        with FileLock(f"{path}.lock"), path.open("a+", encoding="ascii") as file:
            file.seek(self._read.get(name, 0))
            known |= set(file.read().split())
            fresh = set(kinds) - known
            file.write("".join(f"{kind}\n" for kind in sorted(fresh)))
            self._read[name] = file.tell()
        known |= fresh
        return fresh


examined = Examined()
