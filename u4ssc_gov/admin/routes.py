"""The secretariat's pages about the platform itself: overview, mails, jobs, audit trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import u4ssc_gov
from u4ssc_gov import web
from u4ssc_gov.admin import policy, queries, services, words
from u4ssc_gov.core import formatting
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.notifications import queries as mails
from u4ssc_gov.notifications.models import DeliveryStatus
from u4ssc_gov.notifications.rules import frame_steps, without_secrets
from u4ssc_gov.notifications.writing import parts_of
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.web.security import page_policy

if TYPE_CHECKING:
    from datetime import datetime

bp = Blueprint("admin", __name__, url_prefix="/admin")
_RUNS_SHOWN = 25
_MOST_EXPORTED = 50_000
_LONGEST_FILTER = 100
# The mail as it is, and nothing that runs: its links open in a window of their own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@bp.get("")
@web.access("secretariat")
def show_overview() -> ResponseReturnValue:
    """Where everything is, and how the platform does."""
    settings = web.runtime().settings
    facts = queries.get_facts(web.session(), web.now())
    late = facts.last_run_at is None or facts.last_run_at < web.now() - timedelta(minutes=5)
    return render_template(
        "admin/overview.html",
        facts=facts,
        scheduler_late=late,
        settings=settings,
        version=u4ssc_gov.__version__,
        engine="SQLite" if web.runtime().database.is_sqlite else "PostgreSQL",
    )


@bp.get("/mail")
@web.access("public_in_demo")
def list_mail() -> ResponseReturnValue:
    """Mail that went out, wait or came back, newest first. Open to visitors in the demonstration alone."""
    _check_may_read_mail()
    wanted = request.args.get("status", "")
    status = DeliveryStatus(wanted) if wanted in set(DeliveryStatus) else None
    words = clean_line(request.args.get("q", ""))[:_LONGEST_FILTER]
    page = web.paginate(web.session(), mails.mail_list(status, words))
    return render_template(
        "admin/mail_list.html", page=page, status=status, statuses=tuple(DeliveryStatus), words=words, city=_city()
    )


@bp.get("/mail/<int:message_id>")
@web.access("public_in_demo")
def show_mail(message_id: int) -> ResponseReturnValue:
    """One mail as its reader sees it."""
    _check_may_read_mail()
    message = mails.get_mail(web.session(), message_id)
    text, _html = parts_of(message, web.session().info)
    page = render_template(
        "admin/mail.html",
        message=message,
        text=_shown(text),
        height=80 * frame_steps(text, columns=72),
        phone_steps=frame_steps(text, columns=32),
        sender=web.runtime().settings.mail_from,
        may_handle=policy.may_handle_mail(web.actor()),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = page_policy("frame-src 'self'")
    return response


@bp.get("/mail/<int:message_id>/body")
@web.access("public_in_demo")
def show_mail_body(message_id: int) -> ResponseReturnValue:
    """The HTML part alone, for the frame: no scripts, no forms, nothing from elsewhere."""
    _check_may_read_mail()
    message = mails.get_mail(web.session(), message_id)
    _text, html = parts_of(message, web.session().info)
    html = _shown(html).replace("<head>", '<head><base target="_blank">', 1)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    return response


@bp.post("/mail/<int:message_id>/retry")
@web.access("secretariat")
def retry_mail(message_id: int) -> ResponseReturnValue:
    """Send a mail that came back once more."""
    with web.attempt() as done:
        message = mails.get_mail(web.session(), message_id)
        services.retry_mail(web.session(), message, actor=web.actor(), now=web.now())
    flash(*((_("The mail is in the queue again."), "success") if done else (str(done.error), "error")))
    return redirect(url_for(".show_mail", message_id=message_id), 303)


@bp.post("/mail/<int:message_id>/settle")
@web.access("secretariat")
def settle_mail(message_id: int) -> ResponseReturnValue:
    """Note that its recipient was reached in another way."""
    with web.attempt() as done:
        message = mails.get_mail(web.session(), message_id)
        services.settle_mail(web.session(), message, actor=web.actor(), now=web.now())
    flash(*((_("Noted: the recipient was reached in another way."), "success") if done else (str(done.error), "error")))
    return redirect(url_for(".show_mail", message_id=message_id), 303)


@bp.get("/jobs")
@web.access("secretariat")
def list_jobs() -> ResponseReturnValue:
    """What runs by itself, when it last did and when it will next."""
    jobs = cast("Mapping[str, object]", current_app.extensions["u4ssc_jobs"])
    return render_template(
        "admin/jobs.html",
        jobs=jobs,
        leases=queries.list_leases(web.session()),
        last=queries.list_last_runs(web.session()),
        runs=queries.list_eventful_runs(web.session(), limit=_RUNS_SHOWN),
        city=_city(),
    )


@bp.get("/audit")
@web.access("secretariat")
def list_audit() -> ResponseReturnValue:
    """Who changed what and when."""
    wanted = _audit_filter()
    page = web.paginate(web.session(), queries.audit_list(wanted))
    return render_template(
        "admin/audit.html", page=page, wanted=wanted, export=_export_url(), city=_city(), words=words
    )


@bp.get("/audit.csv")
@web.access("secretariat")
def export_audit() -> ResponseReturnValue:
    """The same as a table, up to 50,000 rows."""
    rows = web.session().scalars(queries.audit_list(_audit_filter()).limit(_MOST_EXPORTED))
    header = ("at_utc", "actor", "capacity", "action", "subject", "subject_id", "details")
    return csv_response(
        "audit trail",
        header,
        (
            (
                _stamp(row.at),
                row.actor_name,
                row.capacity,
                row.action,
                row.subject_kind,
                row.subject_id,
                json.dumps(row.details, ensure_ascii=False, sort_keys=True) if row.details else "",
            )
            for row in rows
        ),
    )


def _check_may_read_mail() -> None:
    if not policy.may_read_mail(web.actor(), is_demo=web.runtime().settings.is_demo):
        raise Forbidden(_("The mails of the platform are open to the Secretariat."), "admin.mail.forbidden")


def _shown(text: str) -> str:
    """A one-time link is for its recipient alone; the demonstration shows it because it reaches nobody else."""
    return text if web.runtime().settings.is_demo else without_secrets(text)


def _audit_filter() -> queries.AuditFilter:
    """The filter in the address; what cannot be read is left out."""
    day: date | None
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = None
    if day is not None and not 2000 <= day.year < 2200:
        day = None
    return queries.AuditFilter(
        actor=clean_line(request.args.get("actor", ""))[:_LONGEST_FILTER],
        action=clean_line(request.args.get("action", ""))[:_LONGEST_FILTER],
        day=day,
    )


def _export_url() -> str:
    """The same filter as a CSV."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("actor", "action", "day") if request.args.get(name)}
    return url_for(".export_audit", **kept)


def _city() -> str:
    """The city whose time the lists show."""
    return formatting.city_of(formatting.zone_of(web.actor().time_zone))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
