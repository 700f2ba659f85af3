"""Home of the signed-in person."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core.duty import DutyKind
from u4ssc_gov.core.formatting import when_text, zone_of
from u4ssc_gov.deliverables import pages
from u4ssc_gov.desk import homes, sources
from u4ssc_gov.desk.rows import make_rows
from u4ssc_gov.web.paging import PAGE_SIZE

bp = Blueprint("desk", __name__)


@bp.get("/home")
@web.access("signed_in")
def show_home() -> ResponseReturnValue:
    """What needs this person, first; then what their roles let them follow."""
    session, actor, now = web.session(), web.actor(), web.now()
    if actor.is_secretariat:
        return _secretariat()
    if actor.unaccepted_kind and not (actor.offices or actor.is_board or actor.focal_requests):
        return redirect(url_for("terms.accept_terms"), 303)  # nothing here is open before (¶48)
    own = sources.own_duties(session, actor=actor, now=now)
    return render_template(
        "desk/home.html",
        home=homes.build_home(session, own, actor=actor, zone=zone_of(actor.time_zone), now=now),
        **pages.WORDS,
    )


def _secretariat() -> ResponseReturnValue:
    session, actor, now = web.session(), web.actor(), web.now()
    zone = zone_of(actor.time_zone)
    queue = sources.queue(session, actor=actor, now=now)
    kind = request.args.get("kind", "")
    kind = kind if kind in set(DutyKind) else ""
    chosen = [duty for duty in queue if not kind or duty.kind == kind]
    number = min(web.page_number(), max(1, -(-len(chosen) // PAGE_SIZE)))
    shown = chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_template(
        "desk/secretariat.html",
        page=web.Page(make_rows(shown, zone, now), number, len(chosen)),
        tiles=homes.health_tiles(session, queue, actor, now),
        views=homes.views_of(queue, kind),
        moment=when_text(now, zone, now),
        week=homes.week_ahead(session, actor, zone, now),
    )
