"""Translation without a web framework, so that mails and sweeps speak the reader's language too (ADR 0006).

The current locale is a context variable: the web layer sets it per request, the notifier per recipient. Messages are
looked up with gettext; ``lazy`` defers the look-up for text made at import time (form labels).
"""

from __future__ import annotations

import gettext as _stdlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.support import LazyProxy

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
SOURCE_LOCALE = "en"
# A made-up locale that shows every string that escaped gettext and turns the page right to left.
PSEUDO_LOCALE = "en_XB"
_ACCENTS = str.maketrans("aeiouyAEIOUYncs", "åéîöüýÅÉÎÖÛÝñçš")


class PseudoTranslations(_stdlib.NullTranslations):
    """Marks and accents every message, leaving ``%(name)s`` placeholders alone."""

    def gettext(self, message: str) -> str:
        """Return the message, accented and bracketed."""
        parts = message.split("%(")
        out = [parts[0].translate(_ACCENTS)]
        for part in parts[1:]:
            name, _, rest = part.partition(")")
            out.append(f"%({name}){rest[:1]}{rest[1:].translate(_ACCENTS)}")
        return f"⟦{''.join(out)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the English plural form, accented and bracketed."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@dataclass(frozen=True, slots=True)
class Language:
    """One locale people can choose: its code, its own name, and the direction it is written in."""

    code: str
    name: str
    direction: str
    formatting: Locale
    translations: _stdlib.NullTranslations


@cache
def language(code: str) -> Language:
    """Return the language for ``code``; an unknown code gives English."""
    if code == PSEUDO_LOCALE:
        return Language(code, "Pseudo (right to left)", "rtl", Locale.parse("en_GB"), PseudoTranslations())
    if code not in available_codes():
        code = SOURCE_LOCALE
    # British conventions for dates in English: "26 Nov", as the United Nations writes them.
    formatting = Locale.parse("en_GB" if code == SOURCE_LOCALE else code)
    translations = _stdlib.translation("messages", str(CATALOGUES), [code], fallback=True)
    name = formatting.get_language_name(formatting.language) or code
    return Language(code, name.capitalize(), formatting.text_direction, formatting, translations)


@cache
def available_codes() -> tuple[str, ...]:
    """Codes with a catalogue in the package, English first."""
    found = sorted(path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/messages.mo"))
    return (SOURCE_LOCALE, *(code for code in found if code != SOURCE_LOCALE))


_current: ContextVar[Language | None] = ContextVar("u4ssc_language", default=None)


def current() -> Language:
    """The language of this request or mail."""
    return _current.get() or language(SOURCE_LOCALE)


def use(code: str) -> None:
    """Speak this language from here on in the current context (a request)."""
    _current.set(language(code))


@contextmanager
def speaking(code: str) -> Iterator[Language]:
    """Speak another language inside a block (one recipient's mail)."""
    token = _current.set(language(code))
    try:
        yield current()
    finally:
        _current.reset(token)


def gettext(message: str, /, **values: Any) -> str:
    """Translate, then fill in ``%(name)s`` placeholders."""
    text = current().translations.gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, /, **values: Any) -> str:
    """Translate with the language's own plural rule; ``num`` is also a placeholder."""
    return current().translations.ngettext(singular, plural, num) % {"num": num, **values}


def plural_form(singular: str, plural: str, num: int, /) -> str:
    """The translated form with its placeholders still in it: Jinja fills them in itself."""
    return current().translations.ngettext(singular, plural, num)


def lazy(message: str, /) -> str:
    """A string translated each time it is shown; typed ``str`` because that is how WTForms uses it."""
    proxy: Callable[..., Any] = LazyProxy
    return proxy(gettext, message, enable_cache=False)  # type: ignore[no-any-return]


_ = gettext
