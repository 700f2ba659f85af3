"""The smallest components of a page as functions: an icon or a paragraph chip stands on a page dozens of times, and a
remembered string costs a twentieth of a template macro. ``templates/macros/ui.html`` offers them under its own names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _

_ICON = Markup('<svg class="i{}"{}><use href="{}#i-{}"></use></svg>')
_HIDDEN = Markup(' aria-hidden="true"')
_LABELLED = Markup(' role="img" aria-label="{}"')
_CHIP = Markup('<a class="cl" href="/tor#p{}" title="{}"><bdi dir="ltr">¶{}</bdi></a>')
_MOST_FRAGMENTS = 1000
_fragments: dict[tuple[object, ...], Markup] = {}


def icon_maker(sprite: Callable[[], str]) -> Callable[..., Markup]:
    """The ``icon`` function over a sprite's address."""

    @lru_cache(maxsize=512)
    def icon(name: str, small: bool = False, flip: bool = False, label: str = "") -> Markup:
        classes = (" i-s" if small else "") + (" flip" if flip else "")
        return _ICON.format(classes, _LABELLED.format(label) if label else _HIDDEN, sprite(), name)

    return icon


def plain_key(key: object) -> str:
    """The paragraph of a key: a suffix that tells rows of one paragraph apart ("26e-2") is dropped."""
    return str(key).split("-", 1)[0].split(".", 1)[0].split("_", 1)[0]


def sureness(value: str) -> str:
    """How sure a record is that was taken from sources, in words; what is not known of it stays as it is."""
    words = {
        "seen": _("Read in the source"),
        "inferred": _("Concluded, not read"),
        "high": _("Well supported"),
        "medium": _("Probable"),
        "low": _("Doubtful"),
    }
    return words.get(value, value)


def paragraph_number(key: object) -> str:
    """How a paragraph is written: "26e" becomes "26(e)"."""
    plain = plain_key(key)
    return f"{plain[:-1]}({plain[-1]})" if len(plain) > 1 and not plain[-1].isdigit() else plain


def clause(key: object) -> Markup:
    """The chip that links to a paragraph on the Terms of Reference page."""
    return _clause(str(key), i18n.current().code)


@lru_cache(maxsize=1024)
def _clause(key: str, _language: str) -> Markup:
    number = paragraph_number(key)
    title = i18n.gettext("Terms of Reference, paragraph %(number)s", number=number)
    return _CHIP.format(plain_key(key), title, number)


def remembered(key: object, make: Callable[..., Markup], *arguments: Any) -> Markup:
    """A fragment that depends on nothing but its key and the language, made once."""
    full = (key, i18n.current().code)
    found = _fragments.get(full)
    if found is None:
        if len(_fragments) >= _MOST_FRAGMENTS:
            _fragments.clear()
        found = _fragments[full] = make(*arguments)
    return found


def translate(message: str, **values: Any) -> Markup:
    """``_`` of the templates: the message is markup, what is filled in is escaped; a literal per cent is doubled."""
    text, is_pattern = _message(message, i18n.current().code)
    return text % values if values or is_pattern else text


@lru_cache(maxsize=4096)
def _message(message: str, code: str) -> tuple[Markup, bool]:
    """A message in a language, and whether a per cent in it has to be read."""
    text = Markup(i18n.language(code).translations.gettext(message))  # noqa: S704 - our own message, not input
    return text, "%" in text


def translate_plural(singular: str, plural: str, num: int, **values: Any) -> Markup:
    """``ngettext`` of the templates."""
    text = Markup(i18n.plural_form(singular, plural, num))  # noqa: S704 - our own message, not input
    return text % {"num": num, **values}
