"""Join the initiative: a form that is also an e-mail to the Secretariat (¶29). Open to everybody."""

from __future__ import annotations

from urllib.parse import quote

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.accounts.rules import network_of
from u4ssc_gov.core import i18n
from u4ssc_gov.core.countries import country_name
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.queries import published_statement
from u4ssc_gov.participants import rules, services
from u4ssc_gov.participants.forms import JoinForm
from u4ssc_gov.participants.routes.blueprint import bp
from u4ssc_gov.participants.rules import KIND_HINTS, KIND_NAMES, ParticipantKind

_OFFERED = 8


@bp.get("/join")
@web.access("public")
def join() -> ResponseReturnValue:
    """What taking part means, and the form; or write an e-mail instead."""
    return _form_page(_offered(JoinForm()))


@bp.post("/join")
@web.access("public")
def send_join() -> ResponseReturnValue:
    """Check what was typed, go back to change it, or send it: nothing is kept before it is sent."""
    form = _offered(JoinForm(request.form))
    action = request.form.get("action", "check")
    if action == "change":
        return _form_page(form)
    if not form.validate():
        return _form_page(form), 422
    if action != "send":
        return _check_page(form)
    with web.attempt(form) as done:
        services.ask_to_join(
            web.session(),
            form.facts(),
            has_consented=form.consent.data,
            form_key=form.form_key.data or "",
            network=network_of(request.remote_addr or ""),
            locale=i18n.current().code,
            actor=web.actor(),
            now=web.now(),
        )
    if done:
        return redirect(url_for(".join_sent"), 303)
    return _form_page(form), 422


@bp.get("/join/sent")
@web.access("public")
def join_sent() -> ResponseReturnValue:
    """What happens next: the same for everybody, so that it tells nothing about who asked before."""
    return render_template("participants/sent.html", days=rules.ANSWER_DAYS)


def mail_address(secretariat: str) -> str:
    """The same request as an e-mail: its subject and the points to write on are filled in."""
    subject = _("Request to take part in U4SSC")
    points = (
        _("Kind of body (see the page “Join the initiative”):"),
        _("Organisation:"),
        _("Country:"),
        _("Name:"),
        _("Why I want to take part and what I bring:"),
        _("The Secretariat may keep and use these data to answer my request: yes"),
    )
    return f"mailto:{secretariat}?subject={quote(subject)}&body={quote(chr(10).join(points))}"


def _offered(form: JoinForm) -> JoinForm:
    """Only published work may be named to visitors (¶38)."""
    newest = web.session().scalars(published_statement().limit(_OFFERED)).all()
    return form.offer([(row.code, row.title) for row in newest])


def _form_page(form: JoinForm) -> str:
    return render_template(
        "participants/join.html",
        form=form,
        hints={kind.value: str(KIND_HINTS[kind]) for kind in ParticipantKind},
        mailto=mail_address(web.runtime().settings.secretariat_email),
        days=rules.ANSWER_DAYS,
        longest=rules.MOTIVE_MAXIMUM,
    )


def _check_page(form: JoinForm) -> str:
    facts = form.facts()
    answers = [
        (_("Kind of body"), str(KIND_NAMES[ParticipantKind(facts.kind)])),
        (_("Organisation"), facts.organisation or _("none")),
        (_("Country or area"), country_name(facts.country_code)),
        (_("Your name"), facts.full_name),
        (_("E-mail"), facts.email),
        (_("Why and what you bring"), facts.motive),
        (
            _("Published work that interests you"),
            "; ".join(title for _code, title in facts.interests) or _("none named"),
        ),
    ]
    return render_template("participants/check.html", form=form, facts=facts, answers=answers)
