"""One's own participation: what is on record, what one chose, and the way out (¶27a, ¶31)."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.core.countries import country_name
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.queries import Filters, list_statement
from u4ssc_gov.deliverables.rules import ACTIVE, STAGE_NAMES
from u4ssc_gov.participants import queries
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.participants.routes.blueprint import bp
from u4ssc_gov.participants.rules import KIND_NAMES
from u4ssc_gov.workflows import joining


@bp.get("/participants/me")
@web.access("signed_in")
def show_mine() -> ResponseReturnValue:
    """My participation."""
    session, actor = web.session(), web.actor()
    mine = _mine()
    chosen = [
        row for row in session.scalars(list_statement(actor, Filters(mine=True))) if row.id in actor.contributes_to
    ]
    return render_template(
        "participants/mine.html",
        mine=mine,
        kind=KIND_NAMES[mine.kind],
        country=country_name(mine.country_code),
        accepted=charter.find_last_accepted(session, mine.person_id),
        chosen=chosen,
        active=ACTIVE,
        stage_names=STAGE_NAMES,
    )


@bp.get("/participants/me/leave")
@web.access("signed_in")
def confirm_leaving() -> ResponseReturnValue:
    """What leaving means, before it is recorded."""
    return render_template("participants/leave.html", mine=_mine(), chosen=len(web.actor().contributes_to))


@bp.post("/participants/me/leave")
@web.access("signed_in")
def leave() -> ResponseReturnValue:
    """Leave the initiative from today on; leaders and Secretariat are told."""
    with web.attempt() as done:
        joining.leave_initiative(web.session(), actor=web.actor(), now=web.now())
    if done.error is not None:
        raise done.error
    flash(_("You take part no more. The Secretariat was told. You may ask to join again at any time."), "success")
    return redirect(url_for("desk.show_home"), 303)


def _mine() -> Participant:
    found = queries.find_participation(web.session(), web.actor().person_id or 0, geneva_date(web.now()))
    if found is None:
        raise NotFound(_("You are not registered as a participant now."), "participants.mine.none")
    return found
