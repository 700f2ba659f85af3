"""Whom a mail about a ballot goes to, what every one of them says, and that each goes out once."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, rule_words, rules
from u4ssc_gov.board.electors import MandateHolder, Seat
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import Mail, queue_mails

SUBJECT_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """One person's copy. Values of the context that are functions speak the recipient's language."""

    holder: MandateHolder
    subject: Callable[[], str]
    context: Mapping[str, Any]
    key: str  # what it is about


def queue_all(
    session: Session, template: str, letters: Sequence[Letter], *, now: datetime, write_later: bool = False
) -> int:
    """Queue one act's letters, each person's once; tells how many are new. Those with one context are written once,
    or with ``write_later`` as they are sent.
    """
    spoken: dict[tuple[int, str], dict[str, Any]] = {}
    mails = []
    for letter in letters:
        holder = letter.holder
        to = Recipient(holder.name, holder.email, holder.locale or i18n.SOURCE_LOCALE, holder.time_zone)
        shared = (id(letter.context), to.locale)
        if shared not in spoken:
            with i18n.speaking(to.locale):
                spoken[shared] = spoken_values(letter.context)
        mails.append(Mail(to, letter.subject, spoken[shared], f"{letter.key}:person:{holder.person_id}"))
    return queue_mails(session, template, mails, now=now, write_later=write_later)


def facts(session: Session, ballot: Ballot) -> dict[str, Any]:
    """What every mail about a ballot knows that quotes its text."""
    return {**headline(session, ballot), "decision_text": ballot.decision_text}


def headline(session: Session, ballot: Ballot) -> dict[str, Any]:
    """What every mail about a ballot knows. It ends with the newest checkpoint: mailboxes are witnesses too."""
    return {
        "checkpoint": checkpoint_line(session),
        "method": ballot.method.value,
        "code": ballot.code,
        "title": ballot.title,
        "closes_at": ballot.closes_at,
        "path": f"/ballots/{ballot.code}",
    }


def rule_line(ballot: Ballot, partners: int) -> Callable[[], str]:
    return lambda: rule_words.rule_in_words(rules.rule_from_json(ballot.rule), partners)


def spoken_values(context: Mapping[str, Any]) -> dict[str, Any]:
    """Call the values that are functions: they speak the language of this moment."""
    return {name: value() if callable(value) else value for name, value in context.items()}


def fit(text: str) -> str:
    """At most 60 characters, cut at a word (ux 11)."""
    return textwrap.shorten(text, SUBJECT_LENGTH, placeholder="…")


def voters(
    session: Session, seats: Sequence[Seat], now: datetime
) -> list[tuple[Seat, MandateHolder, list[dict[str, str]]]]:
    """Each seat's mandate holders, with the names of the others who vote for the same partner."""
    by_partner: dict[int, list[MandateHolder]] = {}
    for holder in electors.list_holders(session, now, partner_ids=[seat.partner_id for seat in seats]):
        by_partner.setdefault(holder.partner_id, []).append(holder)
    found = []
    for seat in seats:
        for holder in by_partner.get(seat.partner_id, ()):
            others = [
                {"name": other.name, "capacity": other.capacity.value}
                for other in by_partner[seat.partner_id]
                if other.person_id != holder.person_id
            ]
            found.append((seat, holder, others))
    return found


def everybody(session: Session, seats: Sequence[Seat], now: datetime) -> list[MandateHolder]:
    """Every person once, whatever the number of partners they vote for, and the Secretariat."""
    people = {holder.person_id: holder for _seat, holder, _others in voters(session, seats, now)}
    return [*people.values(), *secretariat(session)]


def secretariat(session: Session) -> list[MandateHolder]:
    """The Secretariat's own address as a recipient (person 0), when the platform has one."""
    address = str(session.info.get("secretariat_email", ""))
    if not address:
        return []
    capacity = MandateCapacity.REPRESENTATIVE
    return [MandateHolder(0, 0, "U4SSC Secretariat", address, "", "Europe/Zurich", capacity)]


def checkpoint_line(session: Session) -> str:
    """The newest signed checkpoint of the ledger in one line, as ``u4verify compare`` reads it; empty while none."""
    note = ledger.newest_note(session)
    if note is None:
        return ""
    origin, size, root = note.split("\n")[:3]
    return f"Ledger checkpoint: {origin} {size} {root}"


def hides_positions(ballot: Ballot) -> bool:
    """Whether positions are shown only once the ballot has closed."""
    return rules.rule_from_json(ballot.rule).visibility is rules.Visibility.AT_CLOSE
