"""What the pages of the Secretariat share: one act on one ballot, its row locked, what was typed kept when refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from u4ssc_gov import web
from u4ssc_gov.board import locks, queries
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.core.errors import Conflict, Forbidden

Do = Callable[[Ballot, datetime], object]


@bp.app_template_global("secretariat_panel")
def secretariat_panel(page: Any) -> running_pages.Panel:
    """What the Secretariat can do with the ballot of a page now."""
    return running_pages.build_panel(page, web.actor(), web.now())


def attempt_act(code: str, form: Form, do: Do) -> int:
    """Do it in one transaction; 303 when it is done, else the status of the page that says why not."""
    if request.method != "POST":
        return 200
    if not form.validate():
        return 422
    try:
        with web.attempt(form) as done:
            ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
            do(ballot, web.instant())
    except (Conflict, Forbidden) as error:
        web.session().rollback()
        form.form_errors = [*form.form_errors, error.message]
        return error.status
    return 303 if done else 422


def load(code: str) -> tuple[Ballot, BallotState]:
    """The ballot and its state now."""
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    return ballot, queries.state_of(ballot, web.now())


def back_to(code: str, anchor: str | None = None) -> ResponseReturnValue:
    """To the page of the ballot."""
    return redirect(url_for(".show_ballot", code=code, _anchor=anchor), 303)


def act_page(template: str, code: str, form: Form, status: int, **more: Any) -> ResponseReturnValue:
    """A page of the Secretariat about one ballot."""
    ballot, state = load(code)
    shown = {"ballot": ballot, "state": state, "form": form, "refused": "", **more}
    return render_template(f"board/{template}.html", **shown), status
