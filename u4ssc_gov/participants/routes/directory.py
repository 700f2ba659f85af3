"""Who takes part: the directory for signed-in people, and the page of an organisation (¶19)."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core.countries import codes, country_name
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.participants import policy, queries
from u4ssc_gov.participants.queries import DirectoryFilter, ParticipantLine
from u4ssc_gov.participants.routes.blueprint import bp
from u4ssc_gov.participants.rules import KIND_NAMES, ParticipantKind
from u4ssc_gov.web.exports import csv_response, xlsx_response
from u4ssc_gov.web.paging import PAGE_SIZE

_HEADER = ("name", "email", "kind", "organisation", "country", "joined_on")
_LONGEST_WORDS = 100


@bp.get("/participants")
@web.access("signed_in")
def list_directory() -> ResponseReturnValue:
    """Participants now, by kind, country and words of their name or organisation."""
    session, now, wanted = web.session(), web.now(), _filter()
    countries = queries.list_countries(session, now=now)
    return render_template(
        "participants/directory.html",
        page=_page(wanted),
        wanted=wanted,
        options=_options(countries),
        kinds=queries.count_by_kind(session, now=now),
        kind_names=KIND_NAMES,
        may_manage=policy.may_manage(web.actor()),
    )


@bp.get("/participants.csv")
@web.access("signed_in")
def export_directory_csv() -> ResponseReturnValue:
    """The filtered directory with addresses as CSV; for the Secretariat."""
    return csv_response("participants", _HEADER, _rows())


@bp.get("/participants.xlsx")
@web.access("signed_in")
def export_directory_xlsx() -> ResponseReturnValue:
    """The filtered directory with addresses as an Excel workbook; for the Secretariat."""
    return xlsx_response("participants", _HEADER, _rows(), now=web.now())


@bp.get("/participants/organisations/<int:organisation_id>")
@web.access("signed_in")
def show_organisation(organisation_id: int) -> ResponseReturnValue:
    """One organisation and who takes part from it."""
    found = queries.get_organisation(web.session(), organisation_id)
    return render_template(
        "participants/organisation.html",
        found=found,
        country=country_name(found.country_code),
        page=_page(DirectoryFilter(organisation=found.id)),
        kind_names=KIND_NAMES,
    )


def _page(wanted: DirectoryFilter) -> web.Page[ParticipantLine]:
    session, now = web.session(), web.now()
    total = queries.count_participants(session, now=now, wanted=wanted)
    number = min(web.page_number(), max(1, -(-total // PAGE_SIZE)))
    lines = queries.list_participants(
        session, now=now, wanted=wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
    )  # fmt: skip
    return web.Page(lines, number, total)


def _rows() -> list[tuple[object, ...]]:
    if not policy.may_manage(web.actor()):
        raise Forbidden(
            _("The Secretariat exports the directory; addresses are in it."), "participants.export.forbidden"
        )
    lines = queries.list_participants(web.session(), now=web.now(), wanted=_filter())
    return [
        (line.name, line.email, line.kind.value, line.organisation, line.country, line.joined_on) for line in lines
    ]  # fmt: skip


def _filter() -> DirectoryFilter:
    """What the address narrows the directory to; words that name nothing are ignored."""
    kind, country = request.args.get("kind", ""), request.args.get("country", "")
    return DirectoryFilter(
        kind=kind if kind in set(ParticipantKind) else "",
        country=country if country in codes() else "",
        words=clean_line(request.args.get("words", ""))[:_LONGEST_WORDS],
    )


def _options(countries: list[str]) -> dict[str, Any]:
    names = sorted(((code, country_name(code)) for code in countries), key=lambda pair: pair[1])
    return {
        "kind": [("", _("All kinds")), *((kind.value, str(KIND_NAMES[kind])) for kind in ParticipantKind)],
        "country": [("", _("All countries")), *names],
    }
