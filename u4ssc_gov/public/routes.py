"""Pages for everybody: start, about, published deliverables, accessibility, privacy (¶36, ¶39, ¶47)."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_skeleton
from flask import render_template
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import pages
from u4ssc_gov.deliverables import queries as deliverables
from u4ssc_gov.participants import queries as participants
from u4ssc_gov.participants.rules import KIND_NAMES
from u4ssc_gov.public import queries, register
from u4ssc_gov.public.blueprint import bp

__all__ = ["bp", "register"]
_NEWEST = 3


@bp.get("/")
@web.access("public")
def show_start() -> ResponseReturnValue:
    """Orient: what the initiative is, three doors, its numbers, its newest work, who decides."""
    session, today = web.session(), geneva_date(web.now())
    return render_template(
        "public/start.html",
        numbers=queries.count_numbers(session, today),
        newest=session.scalars(deliverables.published_statement().limit(_NEWEST)).all(),
        events=queries.list_events(session, web.now()),
        in_office=queries.list_in_office(session, today),
        partners=queries.list_partners(session, today),
        participants=_participants(),
        month_text=month_text,
        **pages.WORDS,
    )


def _participants() -> list[tuple[str, int]]:
    """How many experts take part, by kind of body; names are for signed-in people."""
    found = participants.count_by_kind(web.session(), now=web.now())
    return [(str(KIND_NAMES[kind]), count) for kind, count in found.items()]


def month_text(moment: datetime) -> str:
    """The month under the day of an event: "Jun 2027" (Geneva)."""
    return str(format_skeleton("yMMM", geneva_date(moment), locale=i18n.current().formatting))


@bp.get("/about")
@web.access("public")
def show_about() -> ResponseReturnValue:
    """What the initiative is, what it wants, who belongs to it (¶5, ¶6, ¶12 to ¶19, ¶28 to ¶33, ¶47)."""
    session, today = web.session(), geneva_date(web.now())
    return render_template(
        "public/about.html",
        objectives=charter.list_objectives(session),
        partners=queries.list_partners(session, today),
        in_office=queries.list_in_office(session, today),
    )


@bp.get("/published")
@web.access("public")
def list_published() -> ResponseReturnValue:
    """Published deliverables, newest first."""
    page = web.paginate(web.session(), deliverables.published_statement())
    return render_template("public/published.html", page=page, **pages.WORDS)


@bp.get("/accessibility")
@web.access("public")
def show_accessibility() -> ResponseReturnValue:
    """How accessible the platform is, and where to write."""
    return render_template("public/accessibility.html")


@bp.get("/privacy")
@web.access("public")
def show_privacy() -> ResponseReturnValue:
    """What is kept about people, what is public, and for how long."""
    return render_template("public/privacy.html")


@bp.get("/styleguide")
@web.access("public")
def show_styleguide() -> ResponseReturnValue:
    """Every component in every state; in the demonstration only."""
    if not web.runtime().settings.is_demo:
        raise NotFound(_("There is no such page."), "public.styleguide")
    return render_template("styleguide/styleguide.html")
