"""People and tenures: who serves when, renewals, the directory of partners and participants (¶18 to ¶20, ¶34)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.desk.queries import find_renewal_ballot
from u4ssc_gov.participants import queries as participant_queries
from u4ssc_gov.participants.rules import KIND_NAMES as PARTICIPANT_KINDS
from u4ssc_gov.partners import policy as partner_policy
from u4ssc_gov.partners import queries as partner_queries
from u4ssc_gov.partners.rules import PartnerState
from u4ssc_gov.tenures import policy, queries, register, rules, services, timeline
from u4ssc_gov.tenures.forms import DecisionForm, RenewalForm
from u4ssc_gov.tenures.register import Filters
from u4ssc_gov.tenures.renewing import get_tenure_page
from u4ssc_gov.tenures.rules import Route
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.web.paging import PAGE_SIZE

bp = Blueprint("tenures", __name__)
BALLOT_ENDPOINT = "board.new_ballot"  # linked only when the Board's room offers it
_ID = "int(max=2147483647)"


@bp.get("/people")
@web.access("signed_in")
def list_tenures() -> ResponseReturnValue:
    """Who serves when: timeline, table, or the directory."""
    filters = Filters.read(request.args)
    if filters.view == "directory":
        return render_template("tenures/directory.html", views=_views(filters, i18n.current().code), **_directory())
    page = _seat_page(filters)
    return render_template(f"tenures/{filters.view}.html", views=_views(filters, i18n.current().code), **page)


@bp.get("/people/tenures.csv")
@web.access("secretariat")
def export_tenures() -> ResponseReturnValue:
    """The table as CSV, with the filters of the address."""
    filters, today = Filters.read(request.args), geneva_date(web.now())
    acronyms = partner_queries.acronyms(web.session())
    seats = register.select_seats(queries.list_seats(web.session(), today=today), filters, today, acronyms)
    lines = [line for seat in seats for line in register.lines_of(seat, today, acronyms)]
    return csv_response(f"tenures-{today}", register.export_header(), map(register.export_row, lines))


@bp.get("/people/partners/<acronym>")
@web.access("signed_in")
def show_partner(acronym: str) -> ResponseReturnValue:
    """A partner: who speaks for it, and what is known of it."""
    page = partner_queries.get_partner_page(web.session(), acronym, reader=web.actor(), now=web.now())
    may_name = page.state is not PartnerState.LEFT and partner_policy.may_name(web.actor(), page.partner.id)
    may_manage = partner_policy.may_manage(web.actor())
    return render_template("tenures/partner.html", page=page, may_name=may_name, may_manage=may_manage)


@bp.get(f"/people/<{_ID}:tenure_id>/renew")
@web.access("secretariat")
def show_renewal(tenure_id: int) -> ResponseReturnValue:
    """The filled renewal panel: new tenure, route, record in office."""
    return _renewal_page(tenure_id, RenewalForm())


@bp.post(f"/people/<{_ID}:tenure_id>/renew")
@web.access("secretariat")
def request_renewal(tenure_id: int) -> ResponseReturnValue:
    """Record that another year is asked for."""
    form = RenewalForm(request.form)
    if form.validate():
        with web.attempt(form) as done:
            tenure = queries.lock_tenure(web.session(), tenure_id)
            note = form.note.data or ""
            services.request_renewal(web.session(), tenure, actor=web.actor(), now=web.now(), note=note)
        if done:
            flash(_("The renewal is asked for. What follows stands under “What happens”."), "success")
            return redirect(url_for(".show_renewal", tenure_id=tenure_id), 303)
    return _renewal_page(tenure_id, form), 422


@bp.post(f"/people/<{_ID}:tenure_id>/renew/check")
@web.access("secretariat")
def check_decision(tenure_id: int) -> ResponseReturnValue:
    """What is about to be recorded about a consultation; nothing is recorded yet."""
    form = DecisionForm(request.form)
    page = get_tenure_page(web.session(), tenure_id)
    if not form.validate() or not page.term.is_renewal_open:
        return _renewal_page(tenure_id, RenewalForm(), form), 422
    if "change" in request.form:
        return _renewal_page(tenure_id, RenewalForm(), form)
    starts_on, ends_on = rules.next_term(page.term.ends_on)
    period = timeline.period_text(starts_on, ends_on, web.now())
    return render_template("tenures/check_decision.html", page=page, form=form, next_period=period)


@bp.post(f"/people/<{_ID}:tenure_id>/renew/decide")
@web.access("secretariat")
def decide_renewal(tenure_id: int) -> ResponseReturnValue:
    """Record the appointment that followed a consultation, or that there was none."""
    form = DecisionForm(request.form)
    if form.validate():
        is_appointed = form.decision.data == "appointed"
        with web.attempt(form) as done:
            services.decide_renewal(
                web.session(), tenure_id, is_appointed=is_appointed, basis=form.basis.data or "",
                actor=web.actor(), now=web.now(),
            )  # fmt: skip
        if done:
            said = _("The appointment is recorded.") if is_appointed else _("It is recorded that nobody was appointed.")
            flash(said, "success")
            return redirect(url_for(".show_renewal", tenure_id=tenure_id), 303)
    return _renewal_page(tenure_id, RenewalForm(), form), 422


def _seat_page(filters: Filters) -> dict[str, Any]:
    """What the timeline and the table show: three statements."""
    now = web.now()
    window = timeline.window_around(geneva_date(now))
    today, acronyms = window.today, partner_queries.acronyms(web.session())
    since = window.starts_on if filters.view == "timeline" else today
    everything = queries.list_seats(web.session(), today=today, since=since)
    chosen = register.select_seats(everything, filters, today, acronyms)
    page = _cut(chosen)
    due = [seat for seat in chosen if timeline.is_renewal_due(seat, today)]
    first_due = min(due, key=lambda seat: seat.holder(today).ends_on, default=None)  # type: ignore[union-attr]
    figures, may_renew = timeline.Figures.of(everything, today), policy.may_renew(web.actor())
    bodies = [(b, b) for b in register.organisations(everything, today, acronyms)]
    shown: dict[str, Any] = {
        "filters": filters,
        "figures": figures,
        "first_due": first_due,
        "roles": _roles(i18n.current().code),
        "bodies": [("", _("All organisations")), *bodies],
        "window": window,
        "page": page,
        "may_renew": may_renew,
        "consulted": [seat for seat in chosen if timeline.vacancy_route(seat, today)[1]],
        # All that the head and the bar of filters show, for ``remembered``.
        "head_key": (figures, filters, today, may_renew),
        "bar_key": (filters, figures.ending, len(figures.vacant), tuple(bodies)),
    }
    if filters.view == "table":
        return {**shown, "lines": [line for s in page.items for line in register.lines_of(s, today, acronyms)]}
    return {**shown, "rows": [timeline.view_of(seat, window, now, acronyms) for seat in page.items]}


def _cut(seats: list[queries.Seat]) -> web.Page[queries.Seat]:
    """One page of a list that is in memory already."""
    number = min(web.page_number(), max(1, -(-len(seats) // PAGE_SIZE)))
    return web.Page(seats[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, len(seats))


def _directory() -> dict[str, Any]:
    """Partners with their focal points and one page of participants: four statements."""
    session, now = web.session(), web.now()
    kinds = participant_queries.count_by_kind(session, now=now)
    total = sum(kinds.values())
    number = min(web.page_number(), max(1, -(-total // PAGE_SIZE)))
    people = participant_queries.list_participants(session, now=now, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return {
        "partners": partner_queries.list_partner_lines(session, now=now),
        "page": web.Page(people, number, total),
        "kinds": PARTICIPANT_KINDS,
    }


@lru_cache(maxsize=8)
def _roles(_language: str) -> list[tuple[str, str]]:
    return [("", _("All roles")), *((kind.value, str(name)) for kind, name in timeline.ROLE_NAMES.items())]


@lru_cache(maxsize=64)
def _views(filters: Filters, _language: str) -> list[dict[str, Any]]:
    names = {"timeline": _("Timeline"), "table": _("Table"), "directory": _("Directory")}
    return [
        {
            "label": names[view],
            "url": url_for(".list_tenures", **filters.arguments(view=view)),
            "current": view == filters.view,
        }
        for view in register.VIEWS
    ]


def _renewal_page(tenure_id: int, form: RenewalForm, decision: DecisionForm | None = None) -> str:
    page = get_tenure_page(web.session(), tenure_id)
    today = geneva_date(web.now())
    starts_on, ends_on = rules.next_term(page.term.ends_on)
    ballot_url, ballot = None, ""
    is_board = rules.route_for(page.kind) is Route.BOARD_DECISION
    if is_board and page.term.is_renewal_open and BALLOT_ENDPOINT in current_app.view_functions:
        ballot_url = url_for(BALLOT_ENDPOINT, renewal=page.term.renewal_id)  # its words are made there
    if is_board and page.term.renewal_id is not None:
        ballot = find_renewal_ballot(web.session(), page.term.renewal_id)
    heading = timeline.renew_text if page.term.renewal_id is None else timeline.renewal_text
    return render_template(
        "tenures/renewal.html",
        page=page,
        heading=heading(page.term.name, page.title),
        is_running=starts_on <= today,
        form=form,
        decision=decision or DecisionForm(),
        failed=decision if decision is not None and decision.errors else form,
        ballot=ballot,
        state=page.term.state(today),
        is_board=is_board,
        next_period=timeline.period_text(starts_on, ends_on, web.now()),
        period=timeline.period_text(page.term.starts_on, page.term.ends_on, web.now()),
        days_left=timeline.days_left_text((page.term.ends_on - today).days - 1),
        starts_on=starts_on,
        ballot_url=ballot_url,
    )
