"""Mail about deliverables: somebody chose one, or steps back (¶27a)."""

from __future__ import annotations

from collections.abc import Iterable
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
    context = {"code": deliverable.code, "title": deliverable.title, "name": name, "joined_at": now}
    for person in to:
        queue_mail(
            session,
            template="deliverables/contributor_joined",
            to=Recipient(person.name, person.email, person.locale, person.time_zone),
            subject=lambda: _("%(name)s contributes to %(code)s", name=name, code=deliverable.code),
            context=context,
            dedupe_key=f"deliverable:{deliverable.id}:joined:{contributor.id}:person:{person.person_id}",
            now=now,
        )


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
    context = {"code": deliverable.code, "title": deliverable.title, "name": name, "left_at": now}
    for person in to:
        queue_mail(
            session,
            template="deliverables/contributor_left",
            to=Recipient(person.name, person.email, person.locale, person.time_zone),
            subject=lambda: _("%(name)s steps back from %(code)s", name=name, code=deliverable.code),
            context=context,
            dedupe_key=f"deliverable:{deliverable.id}:left:{contributor.id}:person:{person.person_id}",
            now=now,
        )
