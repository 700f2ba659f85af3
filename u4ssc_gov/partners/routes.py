"""The register of partners: the list, joining and leaving, who votes for a partner (¶18, ¶23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField

from u4ssc_gov import web
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden, NotFound
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners import forms, policy, queries, rules, services
from u4ssc_gov.partners.models import Mandate, Partner
from u4ssc_gov.partners.queries import RegisterLine
from u4ssc_gov.partners.rules import PartnerState
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.workflows import membership

bp = Blueprint("partners", __name__)
_ID = "int(max=2147483647)"
SHOWN = ("", "unspoken", "coming", "left", "all")
HEADER = (
    "acronym", "official_name", "state", "joined_on", "left_on", "secretariat_agency", "representative", "alternates",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; anything unknown is read as today's partners."""

    show: str = ""
    text: str = ""

    @classmethod
    def read(cls) -> Filters:
        """Read the query string."""
        show = request.args.get("show", "")
        return cls(show if show in SHOWN else "", request.args.get("q", "").strip()[:100])

    def takes(self, line: RegisterLine) -> bool:
        """Whether a partner is in the list."""
        partner = line.partner
        if self.text and self.text.casefold() not in f"{partner.acronym} {partner.official_name}".casefold():
            return False
        if self.show == "unspoken":
            return line.state is PartnerState.PRESENT and not line.mandates
        return self.show == "all" or line.state.value == (self.show or PartnerState.PRESENT.value)

    @property
    def arguments(self) -> dict[str, str]:
        """The query string, without what is at its default."""
        return {name: value for name, value in (("show", self.show), ("q", self.text)) if value}


@bp.get("/people/partners")
@web.access("signed_in")
def list_partners() -> ResponseReturnValue:
    """Partners of today, or of any time, with who votes for them. Two statements."""
    filters = Filters.read()
    everything = queries.list_register(web.session(), now=web.now())
    return render_template(
        "partners/list.html",
        lines=[line for line in everything if filters.takes(line)],
        filters=filters,
        any_on_record=bool(everything),
        may_manage=policy.may_manage(web.actor()),
    )


@bp.get("/people/partners.csv")
@web.access("secretariat")
def export_partners() -> ResponseReturnValue:
    """The list as CSV, with the filters of the address."""
    filters = Filters.read()
    lines = [line for line in queries.list_register(web.session(), now=web.now()) if filters.takes(line)]
    return csv_response(f"partners-{geneva_date(web.now())}", HEADER, map(_exported, lines))


def _exported(line: RegisterLine) -> list[object]:
    partner = line.partner
    return [
        partner.acronym,
        partner.official_name,
        line.state.value,
        partner.joined_on,
        partner.left_on,
        "yes" if partner.is_secretariat_agency else "no",
        "; ".join(mandate.name for mandate in line.representatives),
        "; ".join(mandate.name for mandate in line.alternates),
    ]


@bp.route("/people/partners/new", methods=["GET", "POST"])
@web.access("secretariat")
def join_partner() -> ResponseReturnValue:
    """Record that a UN body becomes a partner, or becomes one again."""
    form = forms.JoinForm(request.form, joined_on=geneva_date(web.now()))
    if request.method == "GET":
        return render_template("partners/join.html", form=form)
    if form.validate():
        joined = None
        with web.attempt(form) as done:
            joined = membership.record_joining(
                web.session(), acronym=form.acronym.data or "", official_name=form.official_name.data or "",
                website=form.website.data or "", joined_on=_day(form.joined_on), reason=form.reason.data or "",
                actor=web.actor(), now=web.now(),
            )  # fmt: skip
        if done and joined is not None:
            flash(_("It is recorded. Name who votes for the new partner."), "success")
            return redirect(url_for("tenures.show_partner", acronym=joined.acronym), 303)
    return render_template("partners/join.html", form=form), 422


@bp.route("/people/partners/<acronym>/leave", methods=["GET", "POST"])
@web.access("secretariat")
def leave_partner(acronym: str) -> ResponseReturnValue:
    """Record that a partner leaves: what that ends and what it leaves alone stands on the page."""
    partner = queries.get_partner(web.session(), acronym)
    form = forms.LeaveForm(request.form, on=geneva_date(web.now()))
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            membership.record_leaving(
                web.session(),
                partner,
                on=_day(form.on),
                reason=form.reason.data or "",
                actor=web.actor(),
                now=web.now(),
            )
        if done:
            flash(_("It is recorded, and everybody who votes for %(partner)s is told.", partner=acronym), "success")
            return redirect(url_for("tenures.show_partner", acronym=acronym), 303)
    partner = queries.get_partner(web.session(), acronym)
    page = render_template(
        "partners/leave.html",
        partner=partner,
        form=form,
        ballots=membership.ballots_under_way(web.session(), partner, now=web.now()),
        mandates=queries.current_mandates(web.session(), now=web.now(), partner_ids=[partner.id]).get(partner.id, []),
    )
    return page, 200 if request.method == "GET" else 422


@bp.route("/people/partners/<acronym>/name", methods=["GET", "POST"])
@web.access("signed_in")
def name_speaker(acronym: str) -> ResponseReturnValue:
    """Name a representative or an alternate: the partner's own representative, or the Secretariat."""
    partner = _nameable(acronym)
    form = forms.NameForm(request.form, starts_on=geneva_date(web.now()))
    if request.method == "GET":
        return render_template("partners/name.html", partner=partner, form=form)
    if form.validate():
        named = None
        with web.attempt(form) as done:
            named = services.name_speaker(
                web.session(), partner, email=form.email.data or "", full_name=form.full_name.data or "",
                capacity=MandateCapacity(form.capacity.data), starts_on=_day(form.starts_on),
                ends_on=rules.first_day_after(form.ends_on.data), actor=web.actor(), now=web.now(),
            )  # fmt: skip
        if done and named is not None:
            _say_named(partner, *named)
            return redirect(url_for("tenures.show_partner", acronym=acronym), 303)
    return render_template("partners/name.html", partner=queries.get_partner(web.session(), acronym), form=form), 422


@bp.route(f"/people/partners/<acronym>/mandates/<{_ID}:mandate_id>/end", methods=["GET", "POST"])
@web.access("signed_in")
def end_mandate(acronym: str, mandate_id: int) -> ResponseReturnValue:
    """End a mandate: what that does stands on the page."""
    partner = _nameable(acronym)
    mandate, person = queries.get_mandate(web.session(), partner.id, mandate_id)
    form = forms.EndForm(request.form, on=max(geneva_date(web.now()), mandate.starts_on))
    if request.method == "GET":
        return _end_page(partner, mandate, person, form)
    if form.validate():
        with web.attempt(form) as done:
            services.end_mandate(
                web.session(),
                mandate,
                on=_day(form.on),
                reason=form.reason.data or "",
                actor=web.actor(),
                now=web.now(),
            )
        if done:
            return _ended(partner, person)
    partner = queries.get_partner(web.session(), acronym)
    return _end_page(partner, *queries.get_mandate(web.session(), partner.id, mandate_id), form), 422


def _day(field: DateField) -> date:
    """The day of a field that was validated."""
    return cast("date", field.data)


def _nameable(acronym: str) -> Partner:
    """The partner, for who may name its people; refused to everybody else."""
    partner = queries.find_partner(web.session(), acronym)
    if partner is None:
        raise NotFound(_("There is no partner of this name."), "partners.partner.unknown")
    if not policy.may_name(web.actor(), partner.id):
        message = _("Who votes for %(partner)s is named by its representative or by the Secretariat.", partner=acronym)
        raise Forbidden(message, "partners.mandate.forbidden")
    return partner


def _say_named(partner: Partner, mandate: Mandate, person: Person) -> None:
    flash(
        _(
            "%(name)s votes for %(partner)s from %(day)s. Everybody concerned is told.",
            name=person.full_name,
            partner=partner.acronym,
            day=day_text(mandate.starts_on, web.now()),
        ),
        "success",
    )


def _ended(partner: Partner, person: Person) -> ResponseReturnValue:
    message = _("The end of the mandate of %(name)s is recorded. Everybody concerned is told.", name=person.full_name)
    flash(message, "success")
    return redirect(url_for("tenures.show_partner", acronym=partner.acronym), 303)


def _end_page(partner: Partner, mandate: Mandate, person: Person, form: forms.EndForm) -> str:
    shown: dict[str, Any] = {
        "partner": partner,
        "mandate": mandate,
        "person": person,
        "form": form,
        "last_day": mandate.ends_on - timedelta(days=1) if mandate.ends_on else None,
        "is_over": mandate.ends_on is not None and mandate.ends_on <= max(geneva_date(web.now()), mandate.starts_on),
    }
    return render_template("partners/end.html", **shown)
