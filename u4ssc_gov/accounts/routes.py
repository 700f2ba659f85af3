"""Pages for signing in and out, for one's own account, and for letting people in."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from u4ssc_gov import web
from u4ssc_gov.accounts import forms, queries, rules, services
from u4ssc_gov.accounts.models import AccessLink, Account, SignInSession
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.web import devices, identity

bp = Blueprint("accounts", __name__)
_LONGEST_TARGET = 2000
_INVITATIONS_SHOWN = 50


@bp.route("/sign-in", methods=["GET", "POST"])
@web.access("public")
def show_sign_in() -> ResponseReturnValue:
    """The form and, in the demonstration, one person per role. Who is signed in already goes on."""
    if request.method == "POST":
        return _sign_in()
    target = safe_target(request.args.get("then", ""))
    if web.actor().is_signed_in:
        return redirect(target or _home(), 303)
    return _sign_in_page(forms.SignInForm(data={"then": target}))


@bp.post("/sign-in/demo")
@web.access("public")
def sign_in_demo() -> ResponseReturnValue:
    """Sign in as one of the demonstration's persons; there is no such page elsewhere."""
    wanted = request.form.get("account_id", "")
    offered = queries.list_demo_accounts(web.session()) if web.runtime().settings.is_demo else ()
    account = next((one for one in offered if str(one.id) == wanted), None)
    if account is None:
        raise NotFound(_("There is no such person to try the platform as."), "accounts.demo.unknown")
    with web.attempt():
        opened = services.open_session(web.session(), account, device=_device(), now=web.now())
    return _enter(*opened, then=request.form.get("then", ""))


@bp.post("/sign-out")
@web.access("public")
def sign_out() -> ResponseReturnValue:
    """End this session's row and empty the cookie; the browser drops what it kept of our pages."""
    if web.actor().is_signed_in:
        with web.attempt():
            for row in _own_sessions():
                if row.token_sha256 == digest(identity.current_token()):
                    services.end_session(web.session(), row, actor=web.actor(), now=web.now())
    identity.forget()
    response = redirect("/", 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.route("/account", methods=["GET", "POST"])
@web.access("signed_in")
def show_account() -> ResponseReturnValue:
    """One's language and time zone, and the browsers one is signed in with."""
    actor = web.actor()
    demo = web.runtime().settings.is_demo
    form = forms.ProfileForm(request.form, locale=actor.locale, time_zone=actor.time_zone)
    form.offer(demo=demo, present_zone=actor.time_zone)
    if request.method == "GET":
        return _account_page(form)
    if form.validate():
        with web.attempt(form) as done:
            person = queries.get_person(web.session(), actor.person_id or 0)
            services.update_profile(
                web.session(),
                person,
                locale=form.locale.data,
                time_zone=form.time_zone.data,
                actor=actor,
                now=web.now(),
            )
        if done:
            flash(_("Your profile is saved."), "success")
            return redirect(url_for(".show_account"), 303)
    return _account_page(form), 422


@bp.post("/account/sessions/<int:session_id>/end")
@web.access("signed_in")
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign another browser of one's own out."""
    row = queries.find_session(web.session(), web.actor().account_id or 0, session_id)
    if row is None:
        raise NotFound(_("That browser is signed out already."), "accounts.session.unknown")
    with web.attempt():
        services.end_session(web.session(), row, actor=web.actor(), now=web.now())
    flash(_("That browser is signed out."), "success")
    return redirect(url_for(".show_account"), 303)


@bp.post("/account/sessions/end-all")
@web.access("signed_in")
def end_all_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    with web.attempt():
        services.end_all_sessions(web.session(), web.actor().account_id or 0, actor=web.actor(), now=web.now())
    identity.forget()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for(".show_sign_in"), 303)


@bp.route("/account/password", methods=["GET", "POST"])
@web.access("signed_in")
def change_password() -> ResponseReturnValue:
    """Choose another password. Every other browser is signed out, this one stays."""
    form = forms.ChangePasswordForm(request.form)
    if request.method == "GET":
        return render_template("accounts/change_password.html", form=form, minimum=rules.PASSWORD_MINIMUM)
    if form.validate():
        changed, account = False, queries.get_account(web.session(), web.actor().account_id or 0)
        with web.attempt(form) as done:
            changed = services.change_password(
                web.session(),
                account,
                form.current.data or "",
                form.password.data or "",
                actor=web.actor(),
                now=web.now(),
            )
        if done and changed:
            return _enter_again(account, _("Your password is changed and every other browser is signed out."))
        if done:
            form.current.errors = [_("This is not your present password.")]
    return render_template("accounts/change_password.html", form=form, minimum=rules.PASSWORD_MINIMUM), 422


@bp.route("/invitation/<secret>", methods=["GET", "POST"])
@web.access("public")
def accept_invitation(secret: str) -> ResponseReturnValue:
    """Choose the first password. Opening the link uses nothing up; mail scanners open links."""
    return _choose_password("invitation", secret)


@bp.route("/new-password/<secret>", methods=["GET", "POST"])
@web.access("public")
def choose_new_password(secret: str) -> ResponseReturnValue:
    """Choose a new password through the link that was mailed."""
    return _choose_password("new_password", secret)


@bp.route("/new-password", methods=["GET", "POST"])
@web.access("public")
def ask_new_password() -> ResponseReturnValue:
    """Ask for a link. The answer is the same whether or not the address is known."""
    form = forms.AskPasswordForm(request.form)
    if request.method == "GET":
        return render_template("accounts/ask_password.html", form=form)
    if form.validate():
        with web.attempt(form) as done:
            services.ask_new_password(web.session(), form.email.data or "", network=_network(), now=web.now())
        if done:
            return render_template("accounts/password_asked.html", hours=rules.NEW_PASSWORD_LIFETIME.seconds // 3600)
    return render_template("accounts/ask_password.html", form=form), 422


@bp.route("/admin/people/invite", methods=["GET", "POST"])
@web.access("secretariat")
def invite_person() -> ResponseReturnValue:
    """Let a person in: record, account and invitation in one go."""
    form = forms.InviteForm(request.form)
    if request.method == "GET":
        return _invite_page(form)
    if form.validate():
        with web.attempt(form) as done:
            services.invite_person(
                web.session(),
                full_name=form.full_name.data or "",
                email=form.email.data or "",
                organisation=form.organisation.data or "",
                actor=web.actor(),
                now=web.now(),
            )
        if done:
            flash(_("The invitation to %(name)s is on its way.", name=form.full_name.data), "success")
            return redirect(url_for(".invite_person"), 303)
    return _invite_page(form), 422


def safe_target(text: str) -> str:
    """A local address to go on to, or an empty string.

    It must be a path that starts with a single "/" and that one of our pages answers with GET; anything a browser
    could read as another site (``//``, backslashes, control characters, a scheme) is dropped (threat T19).
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > _LONGEST_TARGET:
        return ""
    if "\\" in text or not text.isprintable():
        return ""
    parts = urlsplit(text)
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or path.startswith("//") or "\\" in path or not path.isprintable():
        return ""
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, "GET")
    except HTTPException:  # no such page, or one that only moves on to another
        return ""
    if endpoint in ("static", "accounts.show_sign_in"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _home() -> str:
    return url_for("desk.show_home")


def _network() -> str:
    return rules.network_of(request.remote_addr or "")


def _device() -> str:
    return rules.describe_device(request.user_agent.string)


def _enter(row: SignInSession, token: str, *, then: str) -> ResponseReturnValue:
    """Give the browser its cookie and go on to where it wanted."""
    identity.remember(token, Actor(account_id=row.account_id))
    return redirect(safe_target(then) or _home(), 303)


def _enter_again(account: Account, sentence: str) -> ResponseReturnValue:
    """A fresh session for this browser after its password was set, which ended all others."""
    with web.attempt():
        row, token = services.open_session(web.session(), account, device=_device(), now=web.now())
    response = _known(_enter(row, token, then=""), account.person.email)
    flash(sentence, "success")
    return response


def _known(answer: ResponseReturnValue, email: str) -> ResponseReturnValue:
    """Remember that this browser has been signed in as this address; strangers' attempts cannot keep it out then."""
    response = make_response(answer)
    devices.remember(response, services.account_key(email))
    return response


def _sign_in() -> ResponseReturnValue:
    """Check the password. A failed attempt commits too, so that it is counted."""
    form = forms.SignInForm(request.form)
    opened = None
    if form.validate():
        with web.attempt(form):
            opened = services.sign_in(
                web.session(),
                form.email.data or "",
                form.password.data or "",
                network=_network(),
                device=_device(),
                known_browser=devices.known_as(services.account_key(form.email.data or "")),
                now=web.now(),
            )
        if opened is not None:
            return _known(_enter(*opened, then=form.then.data or ""), form.email.data or "")
        form.form_errors = [_("The e-mail or the password is not right. Check both, or ask for a new password.")]
    return _sign_in_page(form), 422


def _sign_in_page(form: forms.SignInForm) -> str:
    form.then.data = safe_target(form.then.data or "")
    people = list(queries.list_demo_accounts(web.session())) if web.runtime().settings.is_demo else []
    order = list(rules.DEMO_ROLES)
    people.sort(key=lambda one: order.index(one.demo_role) if one.demo_role in order else len(order))
    return render_template("accounts/sign_in.html", form=form, people=people, try_first=rules.DEMO_ROLES)


def _own_sessions() -> list[SignInSession]:
    return list(queries.list_open_sessions(web.session(), web.actor().account_id or 0, web.now()))


def _account_page(form: forms.ProfileForm) -> str:
    here = digest(identity.current_token())
    return render_template("accounts/account.html", form=form, sessions=_own_sessions(), here=here)


def _invite_page(form: forms.InviteForm) -> str:
    waiting = queries.list_open_invitations(web.session(), web.now(), limit=_INVITATIONS_SHOWN)
    days = rules.INVITATION_LIFETIME.days
    return render_template("accounts/invite.html", form=form, waiting=waiting, days=days)


def _choose_password(purpose: str, secret: str) -> ResponseReturnValue:
    link = queries.find_access_link(web.session(), purpose, digest(secret), web.now())
    form = forms.PasswordForm(request.form)
    if link is None:
        return _sent_twice(purpose, secret, form) or (render_template("accounts/link_ended.html", purpose=purpose), 410)
    account = queries.get_account(web.session(), link.account_id)
    if request.method == "POST" and form.validate() and _set_password(form, link, account):
        return _enter_again(account, _("Your password is set and you are signed in."))
    status = 200 if request.method == "GET" else 422
    page = render_template(
        "accounts/choose_password.html",
        form=form,
        purpose=purpose,
        person=account.person,
        minimum=rules.PASSWORD_MINIMUM,
    )
    return page, status


def _sent_twice(purpose: str, secret: str, form: forms.PasswordForm) -> ResponseReturnValue | None:
    """Where a second click on the form ends: as the first one does."""
    if request.method != "POST":
        return None
    account = services.repeat_link(web.session(), purpose, secret, form.password.data or "", now=web.now())
    return _enter_again(account, _("Your password is set and you are signed in.")) if account is not None else None


def _set_password(form: forms.PasswordForm, link: AccessLink, account: Account) -> bool:
    chooser = Actor(person_id=account.person_id, account_id=account.id, name=account.person.full_name)
    with web.attempt(form) as done:
        services.use_link(web.session(), link, form.password.data or "", actor=chooser, now=web.now())
    return done.done
