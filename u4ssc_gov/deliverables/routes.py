"""Pages of deliverables: find, follow, choose (¶21, ¶26, ¶27a, ¶38)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.formatting import day_text, time_tag, when_text, zone_of
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import pages, policy, queries
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.meetings import queries as meetings
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.workflows import joining

bp = Blueprint("deliverables", __name__)


@bp.get("/deliverables")
@web.access("signed_in")
def list_deliverables() -> ResponseReturnValue:
    """What the reader may see, filtered by stage, group, kind and "mine"; or what takes contributors."""
    groups = queries.list_groups(web.session(), geneva_date(web.now()))
    filters = pages.read_filters(request.args, groups)
    may_choose = policy.may_choose(web.actor())
    seeking = may_choose and request.args.get("view") == "seeking"
    listed = queries.seeking_statement(web.actor()) if seeking else queries.list_statement(web.actor(), filters)
    return render_template(
        "deliverables/seeking.html" if seeking else "deliverables/list.html",
        page=web.paginate(web.session(), listed),
        groups=groups,
        filters=filters,
        options=pages.filter_options(groups),
        view="seeking" if seeking else "mine" if filters.mine else "all",
        may_choose=may_choose,
        today=geneva_date(web.now()),
        **pages.WORDS,
    )


@bp.get("/deliverables.csv")
@web.access("signed_in")
def export_deliverables() -> ResponseReturnValue:
    """The filtered list as CSV, all of it."""
    groups = queries.list_groups(web.session(), geneva_date(web.now()))
    filters = pages.read_filters(request.args, groups)
    rows = queries.list_for_export(web.session(), web.actor(), filters)
    return csv_response("deliverables", pages.EXPORT_HEADER, pages.export_rows(rows, groups))


@bp.get("/deliverables/<code>")
@web.access("public")
def show_deliverable(code: str) -> ResponseReturnValue:
    """One deliverable; published ones are open to visitors."""
    deliverable = queries.get_deliverable(web.session(), code, web.actor())
    return render_template("deliverables/show.html", deliverable=deliverable, **_overview(deliverable))


def _overview(deliverable: Deliverable) -> dict[str, Any]:
    session, now = web.session(), web.now()
    today = geneva_date(now)
    groups = queries.list_groups(session, today, only=deliverable.group_id or 0)
    shares = queries.list_contributing(session, deliverable, today)
    rights = pages.rights(web.actor(), deliverable)
    changes = queries.list_stage_changes(session, deliverable)
    return {
        "group": groups.get(deliverable.group_id or 0),
        "objectives": queries.list_objectives(session, deliverable),
        "steps": tuple(pages.steps(deliverable, changes, now)),
        "ballots": pages.ballots_on(changes) if web.actor().is_signed_in else (),
        "bars": pages.contributor_bars(shares),
        "contributors": sum(share.people for share in shares),
        "late_days": pages.late_days(deliverable, today),
        "can": rights,
        **_meetings(deliverable),
        **pages.WORDS,
    }


def _meetings(deliverable: Deliverable) -> dict[str, Any]:
    """E-meetings for signed-in readers, the latest first, and the first one whose minutes its Leader owes."""
    session, actor, now = web.session(), web.actor(), web.now()
    if not actor.is_signed_in:
        return {"lines": [], "owed": None}
    code = deliverable.code
    coming = meetings.list_meetings(session, meetings.Filters(code=code), actor=actor, now=now, limit=5)
    past = meetings.list_meetings(session, meetings.Filters(when="past", code=code), actor=actor, now=now, limit=12)
    owed = next((line for line in reversed(past) if line.owes_minutes(now)), None)
    zone = zone_of(actor.time_zone)
    lines = [_line(line, code, zone, now) for line in (*reversed(coming), *past)]
    return {"lines": lines, "owed": owed if policy.may_lead(actor, deliverable) else None}


def _line(line: meetings.MeetingLine, code: str, zone: ZoneInfo, now: datetime) -> tuple[str, str, str, str, str]:
    """A meeting as the page shows it: address, title, when, the address of its minutes, or a word on where they are."""
    url = f"/deliverables/{code}/e-meetings/{line.number}" if line.number else f"/meetings/{line.id}"
    if line.is_date_only:
        when = day_text(line.starts_at.astimezone(zone).date(), now, weekday=True)
    else:
        when = time_tag(when_text(line.starts_at, zone, now, until=line.ends_at), line.starts_at)
    state = ""
    if line.cancelled_at:
        state = "cancelled"
    elif line.not_held_at:
        state = "not_held"
    elif line.filed_at:
        return url, line.label, when, f"/deliverables/{code}/minutes/{line.number}", state
    elif line.owes_minutes(now):
        state = "owed"
    elif line.ends_at > now:
        state = "planned"
    return url, line.label, when, "", state


@bp.get("/deliverables/<code>/contribute")
@web.access("signed_in")
def confirm_contribution(code: str) -> ResponseReturnValue:
    """What choosing this deliverable means, before it is recorded."""
    policy.check_may_choose(web.actor())
    deliverable = queries.get_open_deliverable(web.session(), code)
    if deliverable.id in web.actor().contributes_to:
        return redirect(url_for(".show_deliverable", code=deliverable.code), 303)
    groups = queries.list_groups(web.session(), geneva_date(web.now()), only=deliverable.group_id or 0)
    group = groups.get(deliverable.group_id or 0)
    return render_template("deliverables/contribute.html", deliverable=deliverable, group=group, **pages.WORDS)


@bp.post("/deliverables/<code>/contribute")
@web.access("signed_in")
def contribute(code: str) -> ResponseReturnValue:
    """Choose a deliverable (¶27a); a second click changes nothing."""
    deliverable = queries.get_open_deliverable(web.session(), code, lock=True)
    with web.attempt() as done:
        changed = joining.contribute(web.session(), deliverable, actor=web.actor(), now=web.now())
        if changed:
            flash(_("You contribute to %(code)s now. Its leaders and the Secretariat were told.", code=code), "success")
    if done.error is not None:
        raise done.error
    return redirect(url_for(".show_deliverable", code=code), 303)


@bp.post("/deliverables/<code>/leave")
@web.access("signed_in")
def leave(code: str) -> ResponseReturnValue:
    """Stop contributing; the work is closed to this person from then on (¶38)."""
    deliverable = queries.get_deliverable(web.session(), code, web.actor())
    with web.attempt() as done:
        joining.step_back(web.session(), deliverable, actor=web.actor(), now=web.now())
    if done.error is not None:
        raise done.error
    flash(_("You no longer contribute to %(code)s. Its leaders and the Secretariat were told.", code=code), "success")
    return redirect(url_for(".list_deliverables"), 303)
