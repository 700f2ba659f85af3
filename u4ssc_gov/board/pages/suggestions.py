"""The words a draft starts from, made from its subject: what is decided, what follows, what follows otherwise.

The Secretariat changes them before anybody else sees them. What they promise is what ``workflows.outcomes`` does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from u4ssc_gov.board import rule_words, rules, wording
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import Stage


class Words(NamedTuple):
    """Title, decision text and the two consequences."""

    title: str
    decision_text: str
    if_approved: str = ""
    if_not_approved: str = ""


def filled(draft: BallotDraft, words: Words) -> BallotDraft:
    """The draft with these words where it has none of its own."""
    return replace(draft, **{name: getattr(draft, name) or value for name, value in words._asdict().items()})


def for_deliverable(found: Deliverable) -> Words:
    """By the stage it has reached (¶21b)."""
    title, code = found.title, found.code
    if found.stage is Stage.PROPOSED:
        return Words(
            _("Approve the proposal “%(title)s”", title=title),
            _("The Partners Board approves that work on the deliverable “%(title)s” (%(code)s) begins.",
              title=title, code=code),
            _("The deliverable is approved and enters the work of its group."),
            _("It stays a proposal."),
        )  # fmt: skip
    if found.stage is Stage.BOARD_APPROVAL:
        return Words(
            _("Approve “%(title)s”", title=title),
            _("The Partners Board approves the deliverable “%(title)s” (%(code)s) as submitted.",
              title=title, code=code),
            _("The decision is noted with the deliverable, and the Secretariat can publish it."),
            _("The deliverable goes back to its leader."),
        )  # fmt: skip
    return Words(
        _("Decide on “%(title)s”", title=title),
        _("The Partners Board approves the following for the deliverable “%(title)s” (%(code)s): ",
          title=title, code=code),
        _("The decision is noted with the deliverable."),
        _("The deliverable stays as it is."),
    )  # fmt: skip


def for_plan(year: int) -> Words:
    """Adoption of the Action Plan of a year (¶23a)."""
    return Words(
        _("Adopt the Action Plan %(year)s", year=year),
        _("The Partners Board adopts the annual Action Plan %(year)s as submitted by the Leaders.", year=year),
        _("The plan is in force and does not change any more."),
        _("The plan stays a draft."),
    )


def for_terms(title: str) -> Words:
    """A revision of the Terms of Reference (¶23c)."""
    return Words(
        _("Revise the Terms of Reference: %(title)s", title=title)[:200],
        _("The Partners Board approves the revised Terms of Reference “%(title)s” as attached.", title=title),
        _("The revised text is in force once the decision is certified."),
        _("The present text stays in force."),
    )


def for_rule(row: RuleSet, partners: int) -> Words:
    """A new version of a voting rule (¶24)."""
    rule = rules.rule_from_json(row.rule)
    names = {"kind": wording.type_label(row.type), "method": wording.method_label(row.method)}
    return Words(
        _("Change the voting rule: %(kind)s, %(method)s", **names),
        _("The Partners Board adopts this rule for the decision “%(kind)s” by the method “%(method)s”: %(rule)s.",
          rule=rule_words.rule_in_words(rule, partners), **names)
        + " "
        + _("A ballot is open for %(period)s.", period=rule_words.period_in_words(rule)),
        _("The rule holds for ballots that open after it is certified. From then on only the Board changes the rules."),
        _("The present rule stays in force."),
    )  # fmt: skip


def for_election(office: str, posts: int, starts_on: date, now: datetime) -> Words:
    """An election to one or several seats of an office (¶20, ¶23d)."""
    names = {"office": office, "day": day_text(starts_on, now), "year": starts_on.year}
    return Words(
        ngettext("Elect a %(office)s for %(year)s", "Fill %(num)s %(office)s seats for %(year)s", posts, **names),
        ngettext(
            "The Partners Board elects one %(office)s of U4SSC for a tenure of one year from %(day)s.",
            "The Partners Board fills %(num)s %(office)s seats of U4SSC for tenures of one year from %(day)s.",
            posts,
            **names,
        ),
        _("Whoever is elected serves for one year from that day."),
        _("The seat stays as it is, and the Secretariat asks the partners for nominations."),
    )


def for_renewal(name: str, office: str, period: str) -> Words:
    """Another year of somebody in office (¶34)."""
    return Words(
        _("Renew %(name)s as %(office)s", name=name, office=office)[:200],
        _("The Partners Board approves that %(name)s serves another year as %(office)s of U4SSC, %(period)s.",
          name=name, office=office, period=period),
        _("The next tenure of one year is on record once the decision is certified."),
        _("The tenure ends on its last day, and the seat needs another appointment."),
    )  # fmt: skip
