"""Who acts, and by which dated records (¶18 to ¶34). Built once per request by ``workflows.identity``; never stored.

There are no role flags: each right is the consequence of a mandate, a tenure or a membership that is current at
``now``. When the record ends, the right ends with it, in every open browser session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from u4ssc_gov.core.text import initials


class OfficeKind(StrEnum):
    """The offices of the initiative (¶20, ¶21)."""

    CO_CHAIR = "co_chair"
    VICE_CHAIR = "vice_chair"
    IP_LEADER = "ip_leader"
    LEADER = "leader"


class MandateCapacity(StrEnum):
    """In which capacity a person speaks for a partner on the Board."""

    REPRESENTATIVE = "representative"
    ALTERNATE = "alternate"


@dataclass(frozen=True, slots=True)
class HeldMandate:
    """A current Board mandate: this person votes for that partner."""

    mandate_id: int
    partner_id: int
    acronym: str
    partner_name: str
    capacity: MandateCapacity


@dataclass(frozen=True, slots=True)
class HeldOffice:
    """A current tenure. ``ends_on`` is the first Geneva day on which it no longer holds."""

    tenure_id: int
    office_id: int
    kind: OfficeKind
    title: str
    group_id: int | None
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the platform itself) with everything the records at ``now`` let them do."""

    person_id: int | None = None
    account_id: int | None = None
    name: str = ""
    email: str = ""
    locale: str = "en"
    time_zone: str = "Europe/Zurich"
    is_system: bool = False
    mandates: tuple[HeldMandate, ...] = ()
    offices: tuple[HeldOffice, ...] = ()
    secretariat_of: str = ""  # acronym of the agency whose secretariat officer this person is now (¶30)
    participant_kind: str = ""  # one of the seven kinds of ¶19, empty when not a participant now
    unaccepted_kind: str = ""  # of a participant whose rights wait for acceptance of the version in force (¶48)
    owes_acceptance: bool = False  # takes part in whatever role and has not accepted the version in force (¶48)
    contributes_to: frozenset[int] = field(default_factory=frozenset)  # deliverables chosen (¶27a)
    focal_requests: frozenset[int] = field(default_factory=frozenset)  # evaluation requests of own city

    @property
    def is_signed_in(self) -> bool:
        """A known person, not a visitor."""
        return self.person_id is not None

    @property
    def is_secretariat(self) -> bool:
        """Officer of one of the secretariat agencies (¶30)."""
        return bool(self.secretariat_of)

    @property
    def is_board(self) -> bool:
        """Speaks for at least one partner on the Board (¶23)."""
        return bool(self.mandates)

    @property
    def is_chair(self) -> bool:
        """Co-Chair or Vice-Chair in office (¶20)."""
        return any(o.kind in (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR) for o in self.offices)

    @property
    def is_co_chair(self) -> bool:
        """Co-Chair in office: may appoint leaders (¶21)."""
        return any(o.kind is OfficeKind.CO_CHAIR for o in self.offices)

    @property
    def is_leader(self) -> bool:
        """Leader of at least one thematic group now (¶21)."""
        return any(o.kind is OfficeKind.LEADER for o in self.offices)

    @property
    def is_ip_leader(self) -> bool:
        """Leader of the Implementation Programme now (¶20)."""
        return any(o.kind is OfficeKind.IP_LEADER for o in self.offices)

    @property
    def led_groups(self) -> frozenset[int]:
        """Thematic groups led now; a leader runs these and nobody else's (¶21, ¶26c)."""
        return frozenset(o.group_id for o in self.offices if o.kind is OfficeKind.LEADER and o.group_id is not None)

    @property
    def sees_confidential(self) -> bool:
        """Chairs, Board and secretariat see unfinished work of everybody (¶25a, ¶38)."""
        return self.is_system or self.is_secretariat or self.is_chair or self.is_board

    @property
    def acting_for(self) -> str:
        """The agency shown beside the name, or an empty string."""
        return self.mandates[0].acronym if self.mandates else self.secretariat_of

    @property
    def initials(self) -> str:
        """Up to two letters for the round mark beside the name."""
        return initials(self.name)

    def leads_group(self, group_id: int | None) -> bool:
        """Whether this person leads the given thematic group now."""
        return group_id is not None and group_id in self.led_groups

    def mandate_for(self, partner_id: int) -> HeldMandate | None:
        """The current mandate for a partner, if any."""
        return next((m for m in self.mandates if m.partner_id == partner_id), None)


SYSTEM = Actor(name="U4SSC Governance", is_system=True)
ANONYMOUS = Actor()
