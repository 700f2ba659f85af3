"""Mail templates: Jinja without Flask, in the recipient's language and zone, links from the settings' base URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from u4ssc_gov.core import formatting, i18n

# Blocks and conditions that stay empty leave their line breaks behind.
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to, and in which language and zone they read it."""

    name: str
    address: str
    locale: str = "en"
    time_zone: str = "Europe/Zurich"


def secretariat_of(session: Session) -> Recipient:
    """The Secretariat's own address (¶47), for notices that concern no one officer."""
    return Recipient(i18n.gettext("U4SSC Secretariat"), str(session.info.get("secretariat_email", "")))


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # templates do not change while the platform runs: no look at their files for each mail
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(i18n.gettext, i18n.plural_form, newstyle=True)  # type: ignore[attr-defined]
    return env


def render_mail(
    template: str,
    context: Mapping[str, Any],
    *,
    to: Recipient,
    subject: str,
    now: datetime,
    info: Mapping[str, Any],
    names_recipient: bool = True,
) -> tuple[str, str]:
    """Return the text and the HTML part. Templates get ``link(path)``, ``when(instant)`` and ``day(date)``, and
    ``recipient`` when the message is for nobody else.
    """
    zone = formatting.zone_of(to.time_zone)
    base = str(info.get("base_url", ""))
    values: dict[str, Any] = {
        **context,
        "subject": subject,
        "link": lambda path: base + path,
        "when": lambda moment: formatting.when_text(moment, zone, now),
        "day": lambda value: _day(value, now),
        "secretariat_email": info.get("secretariat_email", ""),
        "demo": bool(info.get("is_demo")),
        "lang": i18n.current().formatting.language,
        "dir": i18n.current().direction,
    }
    if names_recipient:
        values["recipient"] = to
    env = _environment()
    return (
        _BLANK_LINES.sub("\n\n", env.get_template(f"email/{template}.txt").render(values).strip()) + "\n",
        env.get_template(f"email/{template}.html").render(values),
    )


def _day(value: date, now: datetime) -> str:
    return formatting.day_text(value, now, weekday=True)
