"""Pages of meetings and minutes: calendar, schedule, hold, write, check, file, read (¶26d, ¶26e, ¶30d)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core.errors import Forbidden, RuleViolation, U4sscError
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.meetings import forms, ical, policy, queries, rules, services, views
from u4ssc_gov.meetings.models import Minutes
from u4ssc_gov.meetings.queries import MeetingRecord
from u4ssc_gov.meetings.rules import MeetingState, MinutesDraft, MinutesStage
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.web.paging import PAGE_SIZE
from u4ssc_gov.web.security import DOWNLOAD_POLICY
from u4ssc_gov.web.templating import clock_time

bp = Blueprint("meetings", __name__)

_HIGHEST = 2_147_483_647  # of the database's integers; a larger number in an address is no page
_NUMBER = f"<int(max={_HIGHEST}):number>"
_MEETING = f"/deliverables/<code>/e-meetings/{_NUMBER}"
_MINUTES = f"/deliverables/<code>/minutes/{_NUMBER}"


@bp.get("/meetings")
@web.access("signed_in")
def list_meetings() -> ResponseReturnValue:
    """The calendar as a list by day, filtered by its address."""
    filters = views.read_filters(request.args)
    session, actor, now = web.session(), web.actor(), web.now()
    total = queries.count_meetings(session, filters, actor=actor, now=now)
    number = min(web.page_number(), max(1, -(-total // PAGE_SIZE)))
    offset = (number - 1) * PAGE_SIZE
    lines = queries.list_meetings(session, filters, actor=actor, now=now, limit=PAGE_SIZE, offset=offset)
    return render_template(
        "meetings/list.html",
        page=web.Page(lines, number, total),
        days=views.by_day(lines, actor),
        filters=filters,
        controls=views.list_controls(filters),
        at=now,
        words=views,
    )


@bp.get("/meetings.csv")
@web.access("signed_in")
def export_meetings() -> ResponseReturnValue:
    """The filtered list as CSV, all of it."""
    filters = views.read_filters(request.args)
    lines = queries.list_meetings(web.session(), filters, actor=web.actor(), now=web.now())
    return csv_response("meetings", views.export_header(), views.export_rows(lines, web.now()))


@bp.get(f"/meetings/<int(max={_HIGHEST}):meeting_id>")
@web.access("signed_in")
def show_plain_meeting(meeting_id: int) -> ResponseReturnValue:
    """A meeting of the whole initiative; an e-meeting is shown at its own address."""
    record = queries.get_plain_meeting(web.session(), meeting_id, actor=web.actor())
    if record.code and record.meeting.number is not None:
        return redirect(url_for(".show_meeting", code=record.code, number=record.meeting.number), 303)
    return _meeting_page(record, forms.ReasonForm())


# ── schedule and hold ───────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/deliverables/<code>/e-meetings/new", methods=["GET", "POST"])
@web.access("signed_in")
def new_meeting(code: str) -> ResponseReturnValue:
    """Schedule the deliverable's next e-meeting."""
    sending = request.method == "POST"
    deliverable = queries.get_deliverable(web.session(), code, actor=web.actor(), lock=sending)
    if not policy.may_run(web.actor(), deliverable.group_id):
        message = _("Leaders of the deliverable and the Secretariat schedule its e-meetings.")
        raise Forbidden(message, "meetings.schedule.forbidden")
    form = forms.MeetingForm(request.form if sending else None, time_zone=web.actor().time_zone)
    if sending and form.validate():
        with web.attempt(form) as done:
            made = services.schedule_meeting(
                web.session(), deliverable, form.plan(), actor=web.actor(), now=web.instant()
            )
        if done:
            flash(
                _("E-meeting %(number)s is scheduled. Its joining list gets an e-mail.", number=made.number), "success"
            )
            return redirect(url_for(".show_meeting", code=code, number=made.number), 303)
    zones = views.zone_options(form.time_zone.data if form.time_zone.data in rules.time_zones() else "Europe/Zurich")
    page = render_template("meetings/new.html", form=form, code=code, zones=zones, agenda_limit=rules.AGENDA_MAXIMUM)
    return page, 422 if sending else 200


@bp.get(_MEETING)
@web.access("signed_in")
def show_meeting(code: str, number: int) -> ResponseReturnValue:
    """One e-meeting: when, agenda, joining list, and where its minutes stand."""
    record = queries.get_meeting(web.session(), code, number, actor=web.actor())
    return _meeting_page(record, forms.ReasonForm())


def _meeting_page(record: MeetingRecord, form: forms.ReasonForm, failed: str = "") -> str:
    meeting = record.meeting
    may_run = record.deliverable_id is not None and policy.may_run(web.actor(), record.group_id) and not meeting.source
    state = record.state(web.now())
    took_place = state in (MeetingState.UNDER_WAY, MeetingState.HELD)
    return render_template(
        "meetings/meeting.html",
        record=record,
        meeting=meeting,
        form=form,
        failed=failed,
        agenda=queries.list_agenda(web.session(), meeting.id),
        people=queries.list_people(web.session(), meeting.id),
        state=state,
        steps=views.steps(record, web.actor(), web.now()),
        late=views.lateness(record, web.now()) if took_place and not meeting.source else "",
        may_run=may_run,
        may_join=policy.may_join(web.actor(), record.deliverable_id, record.group_id),
        may_write=may_run and took_place,
        words=views,
    )


@bp.get(f"{_MEETING}.ics")
@web.access("signed_in")
def meeting_calendar(code: str, number: int) -> ResponseReturnValue:
    """The e-meeting for the reader's own calendar."""
    record = queries.get_meeting(web.session(), code, number, actor=web.actor())
    base = web.runtime().settings.base_url
    may_join = policy.may_join(web.actor(), record.deliverable_id, record.group_id)
    content = ical.event_file(
        record.meeting,
        f"{record.code} {record.deliverable_title}: {views.name_of(record.meeting)}",
        queries.list_agenda(web.session(), record.meeting.id),
        url=base + url_for(".show_meeting", code=code, number=number),
        joining_url=record.meeting.joining_url if may_join else "",
        host=urlsplit(base).hostname or "u4ssc",
    )
    headers = {
        "Content-Disposition": f'attachment; filename="e-meeting-{number}.ics"',
        "Content-Security-Policy": DOWNLOAD_POLICY,
    }
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)


@bp.post(f"{_MEETING}/not-held")
@web.access("signed_in")
def mark_not_held(code: str, number: int) -> ResponseReturnValue:
    """Record that nobody met; no minutes are owed then."""
    form = forms.ReasonForm(request.form)
    if form.validate():
        with web.attempt(form) as done:
            record = queries.get_meeting(web.session(), code, number, actor=web.actor(), to_write=True)
            reason = form.reason.data or ""
            services.mark_not_held(web.session(), record.meeting, reason, actor=web.actor(), now=web.now())
        if done:
            return redirect(url_for(".show_meeting", code=code, number=number), 303)
    record = queries.get_meeting(web.session(), code, number, actor=web.actor())
    return _meeting_page(record, form, "not-held"), 422


@bp.post(f"{_MEETING}/cancel")
@web.access("signed_in")
def cancel_meeting(code: str, number: int) -> ResponseReturnValue:
    """Call an e-meeting off before it starts."""
    form = forms.ReasonForm(request.form)
    if form.validate():
        with web.attempt(form) as done:
            record = queries.get_meeting(web.session(), code, number, actor=web.actor(), to_write=True)
            reason = form.reason.data or ""
            services.cancel_meeting(web.session(), record.meeting, reason, actor=web.actor(), now=web.now())
        if done:
            return redirect(url_for(".show_meeting", code=code, number=number), 303)
    record = queries.get_meeting(web.session(), code, number, actor=web.actor())
    return _meeting_page(record, form, "cancel"), 422


# ── write minutes ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post(f"{_MEETING}/minutes")
@web.access("signed_in")
def start_minutes(code: str, number: int) -> ResponseReturnValue:
    """Open the draft; a second click opens the same one."""
    record = queries.get_meeting(web.session(), code, number, actor=web.actor(), to_write=True)
    with web.attempt() as done:
        services.start_minutes(web.session(), record.meeting, actor=web.actor(), now=web.now())
    if done.error is not None:
        flash(done.error.message, "error")
        return redirect(url_for(".show_meeting", code=code, number=number), 303)
    return redirect(url_for(".edit_minutes", code=code, number=number), 303)


def _writable(code: str, number: int) -> MeetingRecord:
    """The record for somebody who may write its minutes now; 404 for strangers, 403 for those who once might."""
    record = queries.get_meeting(web.session(), code, number, actor=web.actor(), to_write=True)
    services.check_may_write(web.actor(), record.group_id)
    return record


@bp.route(f"{_MINUTES}/edit", methods=["GET", "POST"])
@web.access("signed_in")
def edit_minutes(code: str, number: int) -> ResponseReturnValue:
    """The editor; its buttons save the whole form."""
    record = _writable(code, number)
    if record.minutes is None:
        return redirect(url_for(".show_meeting", code=code, number=number), 303)
    if request.method == "POST":
        return _save(record)
    if record.minutes.filed_at is not None:
        return redirect(url_for(".show_minutes", code=code, number=number), 303)
    return _editor(record)


def _save(record: MeetingRecord) -> ResponseReturnValue:
    draft = forms.read_draft(request.form, by_hand=True)
    report = services.SaveReport()
    code, number = record.code, record.meeting.number or 0
    with web.attempt() as done:
        report = services.save_minutes(web.session(), _draft_of(record), draft, actor=web.actor(), now=web.instant())
    if done.error is not None:
        return _editor(_writable(code, number), draft, done.error), 422
    if report.has_conflicts:
        return _conflict_page(record, report), 409
    if forms.pressed(request.form) == "file":
        return redirect(url_for(".check_minutes", code=code, number=number), 303)
    target, anchor = forms.target_of(request.form), None
    if report.added:
        anchor = f"out-{report.added[0]}-text"
    elif report.items:
        target, anchor = report.items[0], f"item-{report.items[0]}"
    place = url_for(".edit_minutes", code=code, number=number, saved=1, open=target or None, _anchor=anchor)
    return redirect(place, 303)


def _draft_of(record: MeetingRecord) -> Minutes:
    if record.minutes is None:
        message = _("Start the minutes from the page of the e-meeting.")
        raise RuleViolation(message, "meetings.minutes.not_started")
    return record.minutes


def _editor(record: MeetingRecord, draft: MinutesDraft | None = None, error: U4sscError | None = None) -> str:
    sheet = queries.load_sheet(web.session(), record.meeting, _draft_of(record))
    missing = rules.gaps(sheet)
    shown = sheet if draft is None else views.with_typed(sheet, draft)
    return render_template(
        "meetings/edit.html",
        record=record,
        meeting=record.meeting,
        minutes=record.minutes,
        sheet=shown,
        stored=sheet,
        gaps=missing,
        page_token=draft.page if draft else new_token()[:24],
        revisions={edit.item_id: edit.expected_revision for edit in draft.notes} if draft else {},
        seen={edit.outcome_id: edit.seen for edit in draft.outcomes} if draft else {},
        typed_new=_typed_new(draft),
        error=error,
        error_field=getattr(error, "field", ""),
        opened=views.open_item(sheet),
        steps=views.steps(record, web.actor(), web.now()),
        late=views.lateness(record, web.now()),
        limits=rules,
        words=views,
    )


def _typed_new(draft: MinutesDraft | None) -> tuple[str, str, str]:
    if draft is None:
        return "", "", ""
    name, organisation = draft.new_people[0] if draft.new_people else ("", "")
    return draft.new_items[0] if draft.new_items else "", name, organisation


def _conflict_page(record: MeetingRecord, report: services.SaveReport) -> str:
    return render_template(
        "meetings/conflict.html", record=record, report=report, page_token=new_token()[:24], words=views
    )


@bp.post(f"{_MINUTES}/autosave")
@web.access("signed_in")
def autosave_minutes(code: str, number: int) -> ResponseReturnValue:
    """What the script saves by itself; answers in JSON (docs/design-system.md, autosave protocol)."""
    minutes = _draft_of(_writable(code, number))
    draft = forms.read_draft(request.form, by_hand=False)
    report = services.SaveReport()
    with web.attempt() as done:
        report = services.save_minutes(web.session(), minutes, draft, actor=web.actor(), now=web.instant())
    if done.error is not None:
        return {"error": done.error.message}, 422
    if report.has_conflicts:
        message = _("Somebody else changed a text that you changed too. Both are kept.")
        return {"error": message, "resend": True}, 409
    return {"saved_at": clock_time(minutes.saved_at)}


# ── check, file, read ───────────────────────────────────────────────────────────────────────────────────────────────


@bp.get(f"{_MINUTES}/check")
@web.access("signed_in")
def check_minutes(code: str, number: int) -> ResponseReturnValue:
    """The draft as a document, and what it still lacks."""
    record = _writable(code, number)
    if record.stage is not MinutesStage.DRAFT:
        endpoint = ".show_minutes" if record.stage is MinutesStage.FILED else ".show_meeting"
        return redirect(url_for(endpoint, code=code, number=number), 303)
    return _check_page(record)


def _check_page(record: MeetingRecord, error: U4sscError | None = None) -> str:
    sheet = queries.load_sheet(web.session(), record.meeting, _draft_of(record))
    found = rules.gaps(sheet)
    return render_template(
        "meetings/check.html",
        record=record,
        meeting=record.meeting,
        sheet=sheet,
        gaps=found,
        blocked=any(gap.blocks for gap in found),
        error=error,
        today=views.today_of(web.actor(), web.now()),
        words=views,
    )


@bp.post(f"{_MINUTES}/file")
@web.access("signed_in")
def file_minutes(code: str, number: int) -> ResponseReturnValue:
    """File the minutes; from here on they cannot change."""
    minutes = _draft_of(_writable(code, number))
    with web.attempt() as done:
        services.file_minutes(web.session(), minutes, actor=web.actor(), now=web.instant())
    if done.error is not None:
        return _check_page(_writable(code, number), done.error), 422
    flash(_("The minutes are filed. The joining list gets an e-mail."), "success")
    return redirect(url_for(".show_minutes", code=code, number=number), 303)


@bp.get(_MINUTES)
@web.access("signed_in")
def show_minutes(code: str, number: int) -> ResponseReturnValue:
    """Filed minutes: decisions and actions first."""
    record = queries.get_minutes(web.session(), code, number, actor=web.actor(), to_write=False)
    return render_template(
        "meetings/minutes.html",
        record=record,
        meeting=record.meeting,
        minutes=record.minutes,
        sheet=queries.load_sheet(web.session(), record.meeting, _draft_of(record)),
        today=views.today_of(web.actor(), web.now()),
        words=views,
    )


@bp.post(f"{_MINUTES}/actions/<int:outcome_id>/done")
@web.access("signed_in")
def complete_action(code: str, number: int, outcome_id: int) -> ResponseReturnValue:
    """The owner of an action says that it is done."""
    record = queries.get_minutes(web.session(), code, number, actor=web.actor(), to_write=False)
    with web.attempt() as done:
        services.complete_action(web.session(), _draft_of(record), outcome_id, actor=web.actor(), now=web.now())
    if done.error is not None:
        raise done.error
    flash(_("The action is closed. Whoever reads these minutes sees that it is done."), "success")
    return redirect(url_for(".show_minutes", code=code, number=number, _anchor=f"action-{outcome_id}"), 303)
