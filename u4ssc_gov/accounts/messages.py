"""Mail about accounts: an invitation, a link for a new password, and the note that a password changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import AccessLink, Account, Person
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.notifications.rendering import Recipient, render_mail
from u4ssc_gov.notifications.services import queue_mail


def _to(person: Person) -> Recipient:
    return Recipient(person.full_name, person.email, person.locale or "en", person.time_zone)


def invitation(
    session: Session, account: Account, link: AccessLink, secret: str, *, invited_by: str, now: datetime
) -> None:
    """Ask somebody to choose a password and come in."""
    queue_mail(
        session,
        template="accounts/invitation",
        to=_to(account.person),
        subject=lambda: _("Choose a password to join the U4SSC platform"),
        context={"path": f"/invitation/{secret}", "until": link.expires_at, "invited_by": invited_by},
        dedupe_key=f"account:{account.id}:invitation:{link.id}",
        now=now,
    )


def new_password(session: Session, account: Account, link: AccessLink, secret: str, *, now: datetime) -> None:
    """Send the link with which a new password is chosen."""
    queue_mail(
        session,
        template="accounts/new_password",
        to=_to(account.person),
        subject=lambda: _("Choose a new password for the U4SSC platform"),
        context={"path": f"/new-password/{secret}", "until": link.expires_at},
        dedupe_key=f"account:{account.id}:new_password:{link.id}",
        now=now,
    )


def rehearse_new_password(session: Session, *, now: datetime) -> None:
    """Do the work of ``new_password`` for nobody: a stranger cannot tell by the clock whether an address is known."""
    render_mail(
        "accounts/new_password",
        {"path": f"/new-password/{new_token()}", "until": now},
        to=Recipient("", ""),
        subject="",
        now=now,
        info=session.info,
    )


def password_changed(session: Session, account: Account, *, now: datetime) -> None:
    """Tell the owner, so that a change by somebody else does not go unseen."""
    queue_mail(
        session,
        template="accounts/password_changed",
        to=_to(account.person),
        subject=lambda: _("Your password for the U4SSC platform was changed"),
        context={"at": now},
        dedupe_key=f"account:{account.id}:password_changed:{now.isoformat()}",
        now=now,
    )
