"""What every template can call: translation, times in the reader's zone, paragraph chips, assets."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from u4ssc_gov.core import formatting, i18n
from u4ssc_gov.core.text import initials, render_markdown
from u4ssc_gov.web import components, nav
from u4ssc_gov.web.request import actor, now, runtime
from u4ssc_gov.web.security import csp_nonce

_PARAGRAPH = re.compile(r"^(\d+)([a-z])?$")


def install(app: Flask) -> None:
    """Set Jinja up and add the globals."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)  # type: ignore[attr-defined]
    asset = _asset_finder(app)
    env.globals.update(
        _=components.translate,
        gettext=components.translate,
        ngettext=components.translate_plural,
        remembered=components.remembered,
        ui_icon=components.icon_maker(lambda: asset("icons.svg")),
        ui_clause=components.clause,
        sureness=components.sureness,
        paragraph_number=components.paragraph_number,
        when=when,
        day=day,
        ago=ago,
        clock_time=clock_time,
        number=formatting.number_text,
        file_size=formatting.size_text,
        paragraph=paragraph,
        paragraph_slug=paragraph_slug,
        initials=initials,
        asset=asset,
    )
    env.filters["markdown"] = markdown
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    language = i18n.current()
    settings = runtime().settings
    nav_key = nav.key()
    return {
        "actor": actor(),
        "nav": nav.groups(nav_key),
        "nav_key": nav_key,
        "now": now,
        "demo": settings.is_demo,
        "csp_nonce": csp_nonce(),
        "lang": language.formatting.language,
        "dir": language.direction,
        "secretariat_email": settings.secretariat_email,
    }


def _zone() -> Any:
    return formatting.zone_of(actor().time_zone)


def when(moment: datetime, until: datetime | None = None) -> Markup:
    """An instant (or a span) in the reader's zone and in UTC."""
    return formatting.time_tag(formatting.when_text(moment, _zone(), now(), until=until), moment)


def day(value: date | datetime, weekday: bool = False) -> str:
    """A calendar day; an instant is read in the reader's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(_zone()).date()
    return formatting.day_text(value, now(), weekday=weekday)


def ago(moment: datetime) -> Markup:
    """Relative time, with the exact instant for machines and on hover."""
    return formatting.time_tag(formatting.relative_text(moment, now()), moment)


def clock_time(moment: datetime) -> str:
    """Hours and minutes in the reader's zone, for "Draft saved 10:42"."""
    return moment.astimezone(_zone()).strftime("%H:%M")


def paragraph(key: str) -> str:
    """How a paragraph is written: "26e" becomes "¶26(e)"."""
    match = _PARAGRAPH.match(key)
    if match is None:
        return f"¶{key}"
    number, letter = match.groups()
    return f"¶{number}({letter})" if letter else f"¶{number}"


def paragraph_slug(key: str) -> str:
    """The anchor of a paragraph on the Terms of Reference page."""
    return "p" + re.split(r"[^0-9a-z]", key, maxsplit=1)[0]


@lru_cache(maxsize=256)
def markdown(value: str) -> Markup:
    """Markdown as safe HTML: the one place where HTML from text is trusted, because it was just sanitised."""
    return Markup(render_markdown(value))  # noqa: S704 - output of the sanitiser


def _asset_finder(app: Flask) -> Any:
    """Static files are addressed with a hash of their content, so that browsers may keep them for a year."""
    folder = Path(app.static_folder or "")
    known: dict[str, str] = {}

    def asset(path: str) -> str:
        if path not in known:
            content = (folder / path).read_bytes() if (folder / path).is_file() else b""
            version = hashlib.sha256(content).hexdigest()[:10]
            known[path] = f"{app.static_url_path}/{path}?v={version}"
        return known[path]

    return asset
