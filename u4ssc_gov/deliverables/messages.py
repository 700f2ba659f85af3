"""Mail about deliverables: somebody chose one, or steps back (¶27a)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Contributor, Deliverable
from u4ssc_gov.deliverables.queries import Addressee
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import queue_mail


def contributor_joined(
    session: Session,
    deliverable: Deliverable,
    contributor: Contributor,
    *,
    name: str,
    to: Iterable[Addressee],
    now: datetime,
) -> None:
    """Tell each addressee once that ``name`` chose the deliverable."""

    def subject() -> str:
        return _("%(name)s contributes to %(code)s", name=name, code=deliverable.code)

    context = {"name": name, "joined_at": now}
    template = "deliverables/contributor_joined"
    _tell(session, deliverable, contributor, template, subject=subject, context=context, to=to, now=now)


def contributor_left(
    session: Session,
    deliverable: Deliverable,
    contributor: Contributor,
    *,
    name: str,
    to: Iterable[Addressee],
    now: datetime,
) -> None:
    """Tell each addressee once that ``name`` contributes no longer."""

    def subject() -> str:
        return _("%(name)s steps back from %(code)s", name=name, code=deliverable.code)

    context = {"name": name, "left_at": now}
    template = "deliverables/contributor_left"
    _tell(session, deliverable, contributor, template, subject=subject, context=context, to=to, now=now)


def _tell(
    session: Session,
    deliverable: Deliverable,
    contributor: Contributor,
    template: str,
    *,
    subject: Callable[[], str],
    context: dict[str, object],
    to: Iterable[Addressee],
    now: datetime,
) -> None:
    what = template.rpartition("_")[2]
    for person in to:
        queue_mail(
            session,
            template=template,
            to=Recipient(person.name, person.email, person.locale, person.time_zone),
            subject=subject,
            context={"code": deliverable.code, "title": deliverable.title, **context},
            dedupe_key=f"deliverable:{deliverable.id}:{what}:{contributor.id}:person:{person.person_id}",
            now=now,
        )
