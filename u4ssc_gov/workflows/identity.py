"""Who is asking: the actor of a session token, from dated records at ``now``. One statement, nothing cached.

Nothing here is a role flag: when a mandate, a tenure or a membership ends, the next request no longer finds it, also
in a browser that has been open since before (¶34, promise P5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Account, Person, SignInSession
from u4ssc_gov.charter.models import TermsAcceptance, TermsDocument
from u4ssc_gov.charter.queries import in_force
from u4ssc_gov.core.actor import Actor, HeldMandate, HeldOffice, MandateCapacity, OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.db import UTCDateTime, fetch
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.deliverables.models import Contributor
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.partners.models import Mandate, Partner, SecretariatMembership
from u4ssc_gov.tenures.models import Office, Tenure


def find_actor(session: Session, token: str, *, now: datetime) -> Actor | None:
    """The actor behind a session token, or ``None`` when the session ended, expired or its account was disabled."""
    wanted = {"token": digest(token), "now": now, "today": geneva_date(now)}
    of = _group(fetch(session, _SIGNED_IN, wanted).all())
    for who in of.get("who", ()):
        return _actor(of, who.other_id, who.id, who.text, who.more, who.kind, who.zone)
    return None


def actor_for_person(session: Session, person: Person, *, now: datetime, account_id: int | None = None) -> Actor:
    """The actor a person would be at ``now``: for mails to them and for the demonstration year."""
    of = _group(session.execute(_FACTS, {"person": person.id, "today": geneva_date(now)}).all())
    return _actor(of, person.id, account_id, person.full_name, person.email, person.locale, person.time_zone)


def _actor(
    of: Mapping[str, Sequence[Row[Any]]],
    person_id: int,
    account_id: int | None,
    name: str,
    email: str,
    locale: str,
    time_zone: str,
) -> Actor:
    serves = any(kind in of for kind in ("mandate", "office", "secretariat"))
    version = next((f.kind for f in of.get("terms", ())), None)
    # A participant's rights wait for acceptance of the version in force, and stand still when a new one comes (¶48).
    kind = next((f.kind for f in of.get("participant", ())), "")
    accepted = version == _ACCEPTED
    takes_part = serves or (bool(kind) and accepted)
    return Actor(
        person_id=person_id,
        account_id=account_id,
        name=name,
        email=email,
        locale=locale,
        time_zone=time_zone,
        mandates=tuple(
            HeldMandate(f.id, f.other_id, f.text, f.more, MandateCapacity(f.kind)) for f in of.get("mandate", ())
        ),
        offices=tuple(
            HeldOffice(f.id, f.other_id, OfficeKind(f.kind), f.text, f.third_id, f.starts_on, f.ends_on)
            for f in of.get("office", ())
        ),
        secretariat_of=next((f.text for f in of.get("secretariat", ())), ""),
        participant_kind=kind if accepted else "",
        unaccepted_kind="" if accepted else kind,
        owes_acceptance=version is not None and not accepted and (serves or bool(kind)),
        # A chosen deliverable is open only to those who still take part in the initiative (¶38).
        contributes_to=frozenset(f.id for f in of.get("contributes", ()) if takes_part),
        focal_requests=frozenset(f.id for f in of.get("focal", ())),
    )


def _group(facts: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for fact in sorted(facts, key=lambda f: (f.what, f.position, f.id)):
        found.setdefault(fact.what, []).append(fact)
    return found


def _row(
    what: str,
    id_: Any,
    other: Any,
    text: Any,
    more: Any,
    kind: Any,
    position: Any,
    third: Any = None,
    starts: Any = None,
    ends: Any = None,
    zone: Any = None,
) -> Select[Any]:
    """One arm of the union: the same columns in each."""
    return select(
        _constant(what).label("what"),
        id_.label("id"),
        cast(other, Integer).label("other_id"),
        text.label("text"),
        more.label("more"),
        cast(kind, String).label("kind"),
        position.label("position"),
        cast(null() if third is None else third, Integer).label("third_id"),
        # Only the missing days are cast: SQLite would turn a cast day into the number of its year.
        (cast(null(), Date) if starts is None else starts).label("starts_on"),
        (cast(null(), Date) if ends is None else ends).label("ends_on"),
        (_NOTHING if zone is None else zone).label("zone"),
    )


def _current(starts: Any, ends: Any) -> Any:
    return and_(starts <= _TODAY, or_(ends.is_(None), ends > _TODAY))


def _constant(word: str) -> ColumnElement[str]:
    """A word of ours in the statement itself, so that what never changes is no parameter."""
    return literal_column(f"'{word}'", String)


_ACCEPTED = "accepted"
_PERSON = bindparam("person", type_=Integer)
_TODAY = bindparam("today", type_=Date)
_NOTHING, _NONE = _constant(""), literal_column("0", Integer)

# All statements are built once: composing them anew would cost more than running them, on every page.
_WHO = (
    select(Account.id, Account.person_id)
    .select_from(SignInSession)
    .join(Account, Account.id == SignInSession.account_id)
    .where(
        SignInSession.token_sha256 == bindparam("token", type_=String),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > bindparam("now", type_=UTCDateTime),
        Account.disabled_at.is_(None),
    )
    .cte("who")
)


def _acceptance_of(person: ColumnElement[int]) -> ColumnElement[str]:
    """Whether somebody has accepted a text, whichever upload they read it in (¶48)."""
    has = exists().where(TermsAcceptance.person_id == person, TermsAcceptance.sha256 == TermsDocument.sha256)
    return case((has, _constant(_ACCEPTED)), else_=_NOTHING)


def _facts_of(person: ColumnElement[int]) -> list[Select[Any]]:
    """One select for each kind of record that gives somebody a part to play."""
    return [
        _row(
            "mandate",
            Mandate.id,
            Partner.id,
            Partner.acronym,
            Partner.official_name,
            Mandate.capacity,
            Partner.position,
        )
        .join(Partner, Partner.id == Mandate.partner_id)
        .where(
            Mandate.person_id == person,
            _current(Mandate.starts_on, Mandate.ends_on),
            or_(Partner.left_on.is_(None), Partner.left_on > _TODAY),
        ),
        _row(
            "office",
            Tenure.id,
            Office.id,
            Office.title,
            _NOTHING,
            Office.kind,
            Office.position,
            Office.group_id,
            Tenure.starts_on,
            Tenure.ends_on,
        )
        .join(Office, Office.id == Tenure.office_id)
        .where(Tenure.person_id == person, Tenure.starts_on <= _TODAY, Tenure.ends_on > _TODAY),
        _row("secretariat", SecretariatMembership.id, Partner.id, Partner.acronym, _NOTHING, _NOTHING, Partner.position)
        .join(Partner, Partner.id == SecretariatMembership.partner_id)
        .where(
            SecretariatMembership.person_id == person,
            _current(SecretariatMembership.starts_on, SecretariatMembership.ends_on),
            Partner.is_secretariat_agency.is_(True),
        ),
        _row("participant", Participant.id, null(), _NOTHING, _NOTHING, Participant.kind, _NONE).where(
            Participant.person_id == person, _current(Participant.joined_on, Participant.left_on)
        ),
        _row("terms", TermsDocument.id, null(), _NOTHING, _NOTHING, _acceptance_of(person), _NONE).where(
            TermsDocument.id == in_force(TermsDocument.id).correlate(None).scalar_subquery()
        ),
        _row("contributes", Contributor.deliverable_id, null(), _NOTHING, _NOTHING, _NOTHING, _NONE).where(
            Contributor.person_id == person, Contributor.left_at.is_(None)
        ),
        _row("focal", EvaluationRequest.id, null(), _NOTHING, _NOTHING, _NOTHING, _NONE).where(
            EvaluationRequest.focal_point_id == person
        ),
    ]


_FACTS = union_all(*_facts_of(_PERSON))
_SIGNED_IN = union_all(
    _row("who", _WHO.c.id, Person.id, Person.full_name, Person.email, Person.locale, _NONE, zone=Person.time_zone).join(
        Person, Person.id == _WHO.c.person_id
    ),
    *_facts_of(select(_WHO.c.person_id).scalar_subquery()),
)
