"""Writes: people, accounts, sign-in sessions, one-time links (¶29, ¶37)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import NoReturn

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from u4ssc_gov.accounts import messages, policy, queries, rules
from u4ssc_gov.accounts.models import AccessLink, Account, Person, SignInAttempt, SignInSession
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.addresses import address_key, mail_address
from u4ssc_gov.core.errors import Forbidden, Invalid, TooMany
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.core.tokens import digest, new_token

# 19 MiB, two passes: the current recommendation for argon2id; about 50 ms a try.
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


# Checked when there is no such account, so that both answers take the same time (threat T18).
@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def add_person(
    session: Session,
    *,
    full_name: str,
    email: str,
    organisation: str = "",
    time_zone: str = "Europe/Zurich",
    actor: Actor,
    now: datetime,
) -> Person:
    """Record a person. Raises ``Invalid`` for a known or wrong address, and for a missing or too long name."""
    address = mail_address(email)
    if queries.find_person_by_email(session, address) is not None:
        raise Invalid(_("Somebody with this e-mail is already on record."), "accounts.person.known", "email")
    name, body = clean_line(full_name), clean_line(organisation)
    if not name:
        raise Invalid(_("Enter the person’s name."), "accounts.person.nameless", "full_name")
    for field, text in (("full_name", name), ("organisation", body)):
        if len(text) > rules.NAME_MAXIMUM:  # again: cleaning may make a text longer than what was typed
            message = _("Use at most %(count)s characters.", count=rules.NAME_MAXIMUM)
            raise Invalid(message, "accounts.person.long", field)
    person = Person(
        full_name=name,
        email=address,
        organisation=body,
        time_zone=time_zone,
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, "accounts:person:add", "person", person.id, actor=actor, now=now)
    return person


def add_account(session: Session, person: Person, *, actor: Actor, now: datetime, demo_role: str = "") -> Account:
    """Give a person an account without a password; an invitation lets them choose one."""
    account = Account(person_id=person.id, created_at=now, demo_role=demo_role)
    session.add(account)
    session.flush()
    record(session, "accounts:account:add", "account", account.id, actor=actor, now=now)
    return account


def issue_link(
    session: Session, account: Account, purpose: str, *, actor: Actor, now: datetime
) -> tuple[AccessLink, str]:
    """Make a one-time link and return it with its secret, which is kept nowhere else.

    Earlier links go on working until one is used or the password is set: who asks for one, and that may be a stranger,
    ends nothing.
    """
    lifetime = rules.INVITATION_LIFETIME if purpose == "invitation" else rules.NEW_PASSWORD_LIFETIME
    secret = new_token()
    link = AccessLink(
        account_id=account.id,
        purpose=purpose,
        token_sha256=digest(secret),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(link)
    session.flush()
    record(session, f"accounts:{purpose}:issue", "account", account.id, actor=actor, now=now)
    return link, secret


def _end_links(session: Session, account_id: int, *, now: datetime, purpose: str = "") -> None:
    """End the unused links of an account: all of them, or those of one purpose."""
    unused = update(AccessLink).where(AccessLink.account_id == account_id, AccessLink.used_at.is_(None))
    if purpose:
        unused = unused.where(AccessLink.purpose == purpose)
    session.execute(unused.values(used_at=now))


def use_link(session: Session, link: AccessLink, password: str, *, actor: Actor, now: datetime) -> Account:
    """Set the password through a one-time link: ends the link and every open session of the account."""
    account = queries.get_account(session, link.account_id)
    set_password(session, account, account.person, password, actor=actor, now=now)
    link.used_at = now
    return account


def repeat_link(session: Session, purpose: str, secret: str, password: str, *, now: datetime) -> Account | None:
    """The account whose password was set through this link a moment ago, when the same form comes a second time.

    ``None`` for another password, and later: the link has ended then.
    """
    link = queries.find_used_link(session, purpose, digest(secret), now - rules.SENT_TWICE)
    account = queries.get_account(session, link.account_id) if link is not None else None
    if account is None or account.disabled_at is not None or not account.password_hash:
        return None
    return account if _verify(account.password_hash, password) else None


def set_password(
    session: Session, account: Account, person: Person, password: str, *, actor: Actor, now: datetime
) -> None:
    """Choose a new password; sessions and one-time links end. Raises ``Invalid`` with the reason when too weak."""
    problem = rules.password_problem(password, person.email)
    if problem:
        raise Invalid(problem, "accounts.password.weak", "password")
    account.password_hash = _HASHER.hash(password)
    account.password_changed_at = now
    for opened in queries.list_open_sessions(session, account.id, now):
        opened.ended_at = now
    _end_links(session, account.id, now=now)
    record(session, "accounts:password:set", "account", account.id, actor=actor, now=now)


def sign_in(
    session: Session, email: str, password: str, *, network: str, device: str, known_browser: str = "", now: datetime
) -> tuple[SignInSession, str] | None:
    """Check the password and open a session, or ``None``. Same work whether or not the account exists.

    ``known_browser`` names a browser that has been signed in as this address before (empty for others). Raises
    ``TooMany`` beyond a throttle of ``rules``. The caller commits in every case, so that a failed attempt is counted.
    """
    keys = check_throttle(session, email, network, known_browser=known_browser, now=now)
    account = queries.find_account_by_email(session, email)
    usable = account is not None and bool(account.password_hash) and account.disabled_at is None
    known = account.password_hash if account is not None and usable else _nobody()
    matches = _verify(known, password) and usable
    for key in keys:
        session.add(SignInAttempt(key=key, at=now, succeeded=matches))
    if not matches or account is None:
        return None
    if _HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = _HASHER.hash(password)
    return open_session(session, account, device=device, now=now)


def check_throttle(
    session: Session, email: str, network: str, *, known_browser: str = "", now: datetime
) -> tuple[str, ...]:
    """The keys to count this attempt under. Raises ``TooMany`` when too many failed under one of them lately.

    A browser that came in before is counted on its own: what strangers try elsewhere never keeps it out (threat T18).
    """
    if known_browser:
        own = browser_key(email, known_browser)
        _refuse_too_many(session, ((own, rules.ATTEMPTS_PER_ACCOUNT),), now=now)
        return (own,)
    here, everywhere = pair_key(email, network), account_key(email)
    limits = ((here, rules.ATTEMPTS_PER_ACCOUNT), (network_key(network), rules.ATTEMPTS_PER_NETWORK))
    _refuse_too_many(session, limits, now=now)
    failures, last = queries.failures_from_everywhere(session, everywhere, now - rules.ATTEMPTS_WINDOW)
    if last is not None:
        wait = last + rules.pause_after(failures) - now
        if wait > timedelta(0):
            _refuse(-(-int(wait.total_seconds() * 1_000_000) // 1_000_000))
    return here, network_key(network), everywhere


def _refuse_too_many(session: Session, limits: tuple[tuple[str, int], ...], *, now: datetime) -> None:
    since = now - rules.THROTTLE_WINDOW
    for key, limit in limits:
        if queries.count_failed_attempts(session, key, since) >= limit:
            _refuse(rules.THROTTLE_WINDOW.seconds)


def _refuse(seconds: int) -> NoReturn:
    message = ngettext(
        "Too many attempts. Wait %(num)s minute, or ask for a new password.",
        "Too many attempts. Wait %(num)s minutes, or ask for a new password.",
        max(1, -(-seconds // 60)),
    )
    raise TooMany(message, "accounts.sign_in.throttled", seconds)


def open_session(session: Session, account: Account, *, device: str, now: datetime) -> tuple[SignInSession, str]:
    """Open a server-side session and return it with the cookie's secret."""
    token = new_token()
    opened = SignInSession(
        token_sha256=digest(token),
        account_id=account.id,
        created_at=now,
        expires_at=now + rules.SESSION_LIFETIME,
        device=clean_line(device)[:120],
    )
    session.add(opened)
    session.flush()
    actor = Actor(person_id=account.person_id, account_id=account.id, name=account.person.full_name)
    record(session, "accounts:session:open", "account", account.id, actor=actor, now=now)
    return opened, token


def end_session(session: Session, opened: SignInSession, *, actor: Actor, now: datetime) -> None:
    """End one session; its cookie is worthless from here on."""
    if opened.ended_at is None:
        opened.ended_at = now
        record(session, "accounts:session:end", "account", opened.account_id, actor=actor, now=now)


def end_all_sessions(session: Session, account_id: int, *, actor: Actor, now: datetime) -> int:
    """Sign out everywhere; returns how many sessions ended."""
    opened = queries.list_open_sessions(session, account_id, now)
    for one in opened:
        one.ended_at = now
    record(session, "accounts:session:end_all", "account", account_id, actor=actor, now=now, count=len(opened))
    return len(opened)


def change_password(session: Session, account: Account, current: str, new: str, *, actor: Actor, now: datetime) -> bool:
    """Change one's own password; ``False`` when the present one is wrong. Every session ends, also this one.

    Raises ``TooMany`` beyond the throttle of sign-in and ``Invalid`` when the new one is too weak. The caller commits
    in both cases, so that a failed try is counted.
    """
    own = "c" + account_key(account.person.email)  # apart from sign-in, which strangers can fail at
    _refuse_too_many(session, ((own, rules.ATTEMPTS_PER_ACCOUNT),), now=now)
    matches = bool(account.password_hash) and _verify(account.password_hash, current)
    session.add(SignInAttempt(key=own, at=now, succeeded=matches))
    if not matches:
        return False
    set_password(session, account, account.person, new, actor=actor, now=now)
    messages.password_changed(session, account, now=now)
    return True


def invite_person(
    session: Session, *, full_name: str, email: str, organisation: str, actor: Actor, now: datetime
) -> tuple[Account, str]:
    """Record a person, give them an account and send the invitation; send it anew when it was not taken up.

    Returns the account and the link's secret, for the one case that mail does not work yet (the command line). The same
    again within a minute sends nothing; the secret is empty then.

    Raises ``Forbidden`` for anybody but the secretariat, ``Invalid`` when the person can sign in already.
    """
    if not policy.may_invite(actor):
        raise Forbidden(_("Only the Secretariat invites people."), "accounts.invite.forbidden")
    account = _account_for(session, full_name, email, organisation, actor=actor, now=now)
    if account.password_hash or account.disabled_at is not None:
        raise Invalid(_("This person has an account already."), "accounts.invite.known", "email")
    if queries.has_invitation_since(session, account.id, now - rules.SENT_TWICE):
        return account, ""
    _end_links(session, account.id, now=now, purpose="invitation")  # sent anew, perhaps because it went astray
    return account, _invite(session, account, actor=actor, now=now)


def let_in(
    session: Session, *, full_name: str, email: str, organisation: str, actor: Actor, now: datetime
) -> tuple[Person, bool]:
    """The person of an address, recorded and invited where needed; and whether an invitation went out.

    For rooms that name people to something and have asked their own policy. ``full_name`` is read only when the address
    is unknown. Raises ``Invalid`` for a wrong address, and for a missing name.
    """
    account = _account_for(session, full_name, email, organisation, actor=actor, now=now)
    is_outside = not account.password_hash and account.disabled_at is None and not account.demo_role
    if is_outside and not queries.has_invitation_since(session, account.id, now - rules.SENT_TWICE):
        _invite(session, account, actor=actor, now=now)
    return account.person, is_outside


def _account_for(
    session: Session, full_name: str, email: str, organisation: str, *, actor: Actor, now: datetime
) -> Account:
    """The account of an address; person and account are made where there are none."""
    person = queries.find_person_by_email(session, email)
    if person is None:
        person = add_person(session, full_name=full_name, email=email, organisation=organisation, actor=actor, now=now)
    account = queries.find_account_of(session, person.id)
    if account is None:
        account = add_account(session, person, actor=actor, now=now)
        account.person = person
    return account


def _invite(session: Session, account: Account, *, actor: Actor, now: datetime) -> str:
    link, secret = issue_link(session, account, "invitation", actor=actor, now=now)
    messages.invitation(session, account, link, secret, invited_by=actor.name, now=now)
    return secret


def ask_new_password(session: Session, email: str, *, network: str, now: datetime) -> None:
    """Send a link to choose a new password, when there is such an account. From outside both cases look the same.

    Earlier links and invitations go on working. Raises ``TooMany`` when asked too often for this address or from this
    network, known or not: the links that were sent by then are in the owner's mail.
    """
    keys = (
        ("p" + account_key(email), rules.NEW_PASSWORDS_PER_ACCOUNT),
        ("p" + network_key(network), rules.NEW_PASSWORDS_PER_NETWORK),
    )
    try:
        _refuse_too_many(session, keys, now=now)
    except TooMany as error:
        message = _("Links were asked for several times. If this address is known here, those in its mail still work.")
        raise TooMany(message, "accounts.new_password.throttled", error.retry_after) from None
    for key, _limit in keys:
        session.add(SignInAttempt(key=key, at=now, succeeded=False))
    account = queries.find_account_by_email(session, email)
    if account is None or account.disabled_at is not None:
        messages.rehearse_new_password(session, now=now)  # the same work, so that both answers take the same time
        return
    asker = Actor(person_id=account.person_id, account_id=account.id, name=account.person.full_name)
    link, secret = issue_link(session, account, "new_password", actor=asker, now=now)
    messages.new_password(session, account, link, secret, now=now)


def update_profile(
    session: Session, person: Person, *, locale: str, time_zone: str, actor: Actor, now: datetime
) -> None:
    """Set a person's language and time zone."""
    person.locale, person.time_zone = locale, time_zone
    record(session, "accounts:profile:update", "person", person.id, actor=actor, now=now)


def forget_old_attempts(session: Session, *, now: datetime) -> int:
    """Delete attempts outside the longest window; they serve no purpose any more."""
    old = SignInAttempt.at < now - rules.ATTEMPTS_WINDOW
    return len(session.scalars(delete(SignInAttempt).where(old).returning(SignInAttempt.id)).all())


def account_key(email: str) -> str:
    """Throttle key of an account: a hash, so that the table holds no addresses."""
    return "a:" + digest(address_key(email))[:40]


def pair_key(email: str, network: str) -> str:
    """Throttle key of an account as tried from one network."""
    return "b:" + digest(f"{address_key(email)}\n{network}")[:40]


def browser_key(email: str, browser: str) -> str:
    """Throttle key of an account as tried from a browser that came in before."""
    return "d:" + digest(f"{address_key(email)}\n{browser}")[:40]


def network_key(network: str) -> str:
    """Throttle key of a network."""
    return "n:" + digest(network)[:40]


def forget_old_sessions(session: Session, *, now: datetime) -> int:
    """Delete sessions and one-time links that ended more than a month ago; the audit trail keeps that they were."""
    before = now - rules.KEEP_ENDED
    links = session.scalars(delete(AccessLink).where(AccessLink.expires_at < before).returning(AccessLink.id)).all()
    ended = delete(SignInSession).where(SignInSession.expires_at < before).returning(SignInSession.id)
    return len(links) + len(session.scalars(ended).all())


def _verify(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password[: rules.PASSWORD_MAXIMUM])
    except (Argon2Error, InvalidHashError):
        return False
