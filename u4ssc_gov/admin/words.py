"""The audit trail in a reader's words: what an action did to what, and its details without marks of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

THINGS = {
    "account": lazy("Account"), "ballot": lazy("Ballot"), "candidate": lazy("Candidate"),
    "challenge": lazy("Challenge"), "contributor": lazy("Contributor"), "deliverable": lazy("Deliverable"),
    "draft": lazy("Draft of a request"), "entry": lazy("Entry of the plan"), "file": lazy("File"),
    "group": lazy("Thematic group"), "letter": lazy("Government letter"), "log": lazy("Ledger"), "mail": lazy("Mail"),
    "mandate": lazy("Mandate"), "meeting": lazy("E-meeting"), "minutes": lazy("Minutes"),
    "network": lazy("Network of a request"), "objection": lazy("Objection"), "office": lazy("Office"),
    "outcome": lazy("Outcome"), "participant": lazy("Participant"), "partner": lazy("Partner"),
    "password": lazy("Password"), "person": lazy("Person"), "plan": lazy("Action Plan"), "profile": lazy("Profile"),
    "records": lazy("Records of the initiative"), "remark": lazy("Remark"), "renewal": lazy("Renewal"),
    "request": lazy("City’s request"), "rule": lazy("Voting rule"), "secrecy": lazy("Secret ballot"),
    "secretariat": lazy("Officer of the Secretariat"), "section": lazy("Part of a request"),
    "session": lazy("Signing in"), "tenure": lazy("Tenure"), "terms": lazy("Terms of Reference"), "vote": lazy("Vote"),
    "action": lazy("Action"),
}  # fmt: skip
OF_A_ROOM = {"participants:request": lazy("Request to join")}  # what another room calls by the same name
VERBS = {
    "accept": lazy("accepted"), "add": lazy("added"), "adopt": lazy("adopted"), "annul": lazy("annulled"),
    "answer": lazy("answered"),
    "ask": lazy("asked for"), "ask_annulment": lazy("annulment asked for"), "block": lazy("could not take effect"),
    "cancel": lazy("cancelled"), "cast": lazy("recorded"), "certify": lazy("certified"),
    "classify": lazy("classified"), "close": lazy("closed"), "complete": lazy("completed"), "damaged": lazy("damaged"),
    "decide": lazy("decided"), "decline": lazy("declined"), "delete": lazy("deleted"), "draft": lazy("drafted"),
    "edit": lazy("edited"),
    "end": lazy("ended"), "end_all": lazy("ended everywhere"), "extend": lazy("extended"), "file": lazy("filed"),
    "forget": lazy("forgotten"), "grant": lazy("granted"), "join": lazy("joined"), "leave": lazy("left"),
    "load": lazy("loaded"), "move": lazy("moved"), "not_held": lazy("not held"), "open": lazy("opened"),
    "outage": lazy("outage noted"), "outcome": lazy("outcome noted"), "propose": lazy("proposed"),
    "question": lazy("question asked"),
    "raise": lazy("raised"), "record": lazy("recorded"), "refer": lazy("referred to the annual meeting"),
    "rejoin": lazy("joined again"),
    "remind": lazy("reminder sent"), "request": lazy("asked for"), "resume": lazy("resumed"),
    "retry": lazy("sent again"),
    "return": lazy("returned"), "round": lazy("next round"), "save": lazy("saved"), "schedule": lazy("scheduled"),
    "send": lazy("sent"), "set": lazy("set"), "settle": lazy("settled"), "start": lazy("begun"),
    "store": lazy("stored"), "supersede": lazy("superseded"), "suspend": lazy("suspended"), "update": lazy("changed"),
    "upload": lazy("uploaded"), "withdraw": lazy("withdrawn"),
}  # fmt: skip


def action_text(action: str) -> str:
    """ "Minutes: saved" for ``meetings:minutes:save``; words nobody has listed yet are shown without their marks."""
    place, _colon, verb = action.rpartition(":")
    thing = str(OF_A_ROOM[place]) if place in OF_A_ROOM else thing_text(place.partition(":")[2])
    return _("%(thing)s: %(verb)s", thing=thing, verb=str(VERBS.get(verb, verb.replace("_", " "))))


def thing_text(thing: str) -> str:
    """What a row is about, as a word."""
    return str(THINGS[thing]) if thing in THINGS else thing.replace("_", " ").capitalize()


def details_text(details: Mapping[str, Any]) -> list[str]:
    """Each detail as "name: value", lists without brackets and quotes."""
    return [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in details.items()]


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(details_text(value))
    if isinstance(value, list | tuple):
        return ", ".join([_value(one) for one in value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None else str(value).replace(":", " ") if _is_mark(value) else str(value)


def _is_mark(value: Any) -> bool:
    """ "closed:107" is a mark of ours; a time such as 10:42 or an address is not."""
    word, colon, number = str(value).partition(":")
    return bool(colon) and word.isalpha() and number.isdigit()
