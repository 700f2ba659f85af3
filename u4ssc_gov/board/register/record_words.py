"""What the PDF of a decision says, as data for its template: numbered paragraphs in the manner of a UN document."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_date

from u4ssc_gov.board import wording
from u4ssc_gov.board.register.dossiers import ChallengeLine, Dossier, ObjectionLine, Reader, RollLine
from u4ssc_gov.board.rules import BallotOutcome, Cause, Method, Visibility
from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy, ngettext

Paragraphs = list[dict[str, Any]]
MISSING_GLYPHS = (
    "Some characters of this text are not in the fonts of this file and appear as empty boxes. The exact text stands "
    "in text/decision.json of the signed record, and its SHA-256 is printed above."
)
_PASSED = (BallotOutcome.APPROVED, BallotOutcome.PARTLY)
_HEADS = {
    "rule": lazy("The rule and its sum"),
    "roll": lazy("Roll call"),
    "history": lazy("How it came about"),
    "proof": lazy("Record and proof"),
}


def data_of(dossier: Dossier, *, origin: str, base_url: str) -> dict[str, Any]:
    """Everything the template shows."""
    return {
        **_masthead(dossier),
        "opening": _opening(dossier),
        "decision": paragraphs(dossier.ballot.decision_text),
        "consequences": _consequences(dossier),
        **_papers(dossier),
        "heads": {name: str(words) for name, words in _HEADS.items()},
        **_rule(dossier),
        **_roll(dossier),
        "statements": [part for part in (_objections(dossier), _challenges(dossier)) if part["items"]],
        **_history(dossier),
        **_proof(dossier, origin=origin, base_url=base_url),
    }


# ── texts and instants ───────────────────────────────────────────────────────────────────────────────────────────────


def paragraphs(text: str) -> Paragraphs:
    """A text in its paragraphs, each with its direction."""
    return [directed(line) for line in text.split("\n") if line.strip()]


def directed(line: str) -> dict[str, Any]:
    """One line and whether it is written from right to left: its first letter with a direction decides."""
    directions = (unicodedata.bidirectional(character) for character in line)
    first = next((direction for direction in directions if direction in ("L", "R", "AL")), "L")
    return {"text": line, "rtl": first != "L"}


def day(moment: datetime) -> str:
    """A day in Geneva, always with its year: "23 November 2026"."""
    return str(format_date(moment.astimezone(GENEVA).date(), "d MMMM y", locale=i18n.current().formatting))


def instant(moment: datetime | None) -> str:
    """An instant: "23 November 2026, 10:00 Geneva (09:00 UTC)"."""
    if moment is None:
        return ""
    local, utc = moment.astimezone(GENEVA), moment.astimezone(UTC)
    both = f"{local:%H:%M} {_('Geneva')} ({utc:%H:%M} UTC)"
    return f"{day(moment)}, {both}"


def _short(moment: datetime) -> str:
    local, utc = moment.astimezone(GENEVA), moment.astimezone(UTC)
    short = format_date(local.date(), "d MMM y", locale=i18n.current().formatting)
    return f"{short}, {local:%H:%M} ({utc:%H:%M} UTC)"


# ── masthead and decision ────────────────────────────────────────────────────────────────────────────────────────────


def _masthead(dossier: Dossier) -> dict[str, Any]:
    ballot, number = dossier.ballot, dossier.ballot.decision_number or ""
    certified = ballot.certified_at or ballot.closes_at
    limited = dossier.reader is Reader.FULL
    distribution = [
        _("Distr.: Limited") if limited else _("Distr.: General"),
        *([_("Board, chairs and Secretariat")] if limited else []),
        day(certified) if certified else "",
        _("Ballot %(code)s", code=ballot.code),
    ]
    return {
        "subject": _("Decision %(number)s", number=number),
        "number": number,
        "code": ballot.code,
        "masthead": _("United for Smart Sustainable Cities"),
        "body": _("Partners Board"),
        "footer": _("Record of a decision"),
        "distribution": distribution,
        "agenda": _("Decisions taken electronically between meetings"),
        "title": directed(ballot.title),
        "annulled_head": _("Annulled"),
        "annulled": _annulled(ballot.annulled_at),
    }


def _annulled(at: datetime | None) -> str:
    if at is None:
        return ""
    return _(
        "Officers of two Secretariat agencies annulled this decision on %(when)s. It decides nothing.", when=instant(at)
    )


def _opening(dossier: Dossier) -> str:
    ballot, outcome = dossier.ballot, dossier.result.outcome
    closed = instant(ballot.closes_at)
    kind = wording.type_label(ballot.type)
    if ballot.method is Method.SILENCE and outcome is BallotOutcome.APPROVED:
        return _("Under the silence procedure that ended on %(when)s, the Partners Board adopted the following text "
                 "(%(kind)s; Terms of Reference, paragraph 24):", when=closed, kind=kind)  # fmt: skip
    if ballot.method is Method.ELECTION:
        return _("In the election that ended on %(when)s (%(kind)s; Terms of Reference, paragraphs 20, 23 and 24) the "
                 "Partners Board had before it the following text. Outcome: %(outcome)s.",
                 when=closed, kind=kind, outcome=_outcome(dossier))  # fmt: skip
    if outcome is BallotOutcome.APPROVED:
        return _("Voting electronically until %(when)s, the Partners Board approved the following text (%(kind)s; "
                 "Terms of Reference, paragraph 24):", when=closed, kind=kind)  # fmt: skip
    return _("The Partners Board did not adopt the following text, which was before it until %(when)s (%(kind)s; "
             "Terms of Reference, paragraph 24). Outcome: %(outcome)s.",
             when=closed, kind=kind, outcome=_outcome(dossier))  # fmt: skip


def _outcome(dossier: Dossier) -> str:
    return wording.outcome_label(dossier.result.outcome, dossier.ballot.method)


def _consequences(dossier: Dossier) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in dossier.corrections:
        lead = _("Correction of wording, agreed by %(partner)s on %(when)s; it belongs to the text above:",
                 partner=one.acronym, when=_short(one.at))  # fmt: skip
        found.append({"lead": lead, "text": paragraphs(one.text)})
    if dossier.elected:
        found.append({"lead": _("Elected:"), "text": paragraphs("; ".join(dossier.elected))})
    if dossier.unfilled:
        found.append({"lead": _("What became of the other posts:"), "text": paragraphs(dossier.unfilled)})
    if dossier.consequence:
        passed = dossier.result.outcome in _PASSED
        lead = _("What follows, as the text before the Board said:") if passed else _("What follows, as the text said:")
        found.append({"lead": lead, "text": paragraphs(dossier.consequence)})
    if dossier.blocked:
        lead = _("The platform could not carry this out by itself; the Secretariat does it.")
        found.append({"lead": lead, "text": paragraphs(dossier.blocked_why)})
    return found


def _papers(dossier: Dossier) -> dict[str, Any]:
    count = len(dossier.papers)
    lead = ngettext(
        "%(num)s document was before the Board, frozen with the text:",
        "%(num)s documents were before the Board, frozen with the text:",
        count,
    )
    rows = [[paper.title, paper.sha256] for paper in dossier.papers]
    return {"papers_lead": lead, "papers_head": [_("Document"), _("SHA-256")], "papers": rows}


# ── rule, roll call, statements ──────────────────────────────────────────────────────────────────────────────────────


def _rule(dossier: Dossier) -> dict[str, Any]:
    met = [[words, _("met") if holds else _("not met")] for holds, words in dossier.checks]
    rule = _("Rule (%(method)s, version %(version)s of the house setting; the Terms of Reference name no quorum and no "
             "majority): %(rule)s.", method=wording.method_label(dossier.ballot.method), version=dossier.rule.version,
             rule=dossier.rule_in_words)  # fmt: skip
    closing = _("Sum: %(tally)s. Outcome: %(outcome)s.", tally=dossier.tally, outcome=_outcome(dossier))
    lead = ngettext(
        "Candidates for %(num)s post, with the partners that supported each:",
        "Candidates for %(num)s posts, with the partners that supported each:",
        dossier.ballot.posts,
    )
    return {
        "rule": rule,
        "sum": closing,
        "checks_head": [_("Condition"), ""],
        "checks": met,
        "candidates_lead": lead,
        "candidates_head": [_("Candidate"), _("Support"), ""],
        "candidates": [
            [
                f"{one.number}. {one.name or _('Candidate %(number)s', number=one.number)}",
                "" if one.supports is None else str(one.supports),
                _("elected") if one.is_elected else (_("withdrew") if one.is_withdrawn else ""),
            ]
            for one in dossier.candidates
        ],
    }


def _roll(dossier: Dossier) -> dict[str, Any]:
    full = dossier.reader is Reader.FULL
    silent = _("Silent") if dossier.ballot.method is Method.SILENCE else _("No answer")
    lead = ngettext(
        "%(num)s partner had a vote, as the electorate stood at the opening, in the order of paragraph 18 of the Terms "
        "of Reference. The last position before the closing counts.",
        "%(num)s partners had a vote each, as the electorate stood at the opening, in the order of paragraph 18 of the "
        "Terms of Reference. The last position before the closing counts.",
        len(dossier.roll),
    )
    head = [_("Partner"), _("Position"), _("Recorded (Geneva)")]
    head += [_("By")] if full else []
    return {
        "roll_lead": lead,
        "roll_head": [*head, _("Entry")],
        "roll_widths": [0, 3, 0, 3, 0] if full else [0, 1, 0, 0],
        "roll": [_roll_row(line, silent, full=full) for line in dossier.roll],
    }


def _roll_row(line: RollLine, silent: str, *, full: bool) -> list[str]:
    if line.cast_at is None:
        return [line.acronym, silent, "", *([""] if full else []), ""]
    chosen = ", ".join(str(number) for number in line.candidates)
    position = f"{line.position}: {chosen}" if chosen else line.position
    if full and line.earlier:
        was = "; ".join(_("%(position)s until %(when)s", position=p, when=_short(at)) for p, at in line.earlier)
        position = f"{position} ({was})"
    by = [_by(line)] if full else []
    return [line.acronym, position, _short(line.cast_at), *by, "" if line.entry is None else str(line.entry)]


def _by(line: RollLine) -> str:
    """Who recorded it; the usual capacity goes without saying."""
    if not line.is_unusual:
        return line.person
    return f"{line.person} ({line.capacity})" if line.person else line.capacity


def _objections(dossier: Dossier) -> dict[str, Any]:
    comments = [] if dossier.reader is not Reader.FULL else [
        {"who": line.acronym, "what": line.position, "texts": [["", paragraphs(line.comment)]]}
        for line in dossier.roll
        if line.comment and line.acronym not in {one.acronym for one in dossier.objections}
    ]  # fmt: skip
    lead = (
        _("Objections and what became of them; comments that partners gave with their position.")
        if dossier.reader is Reader.FULL
        else _("Objections and what became of them. Their reasons are in the record of the Board.")
    )
    items = [_objection(line) for line in dossier.objections]
    return {"head": _("Objections and comments"), "lead": lead, "items": [*items, *comments]}


def _objection(line: ObjectionLine) -> dict[str, Any]:
    when = _short(line.lifted_at) if line.lifted_at else ""
    what = f"{line.position}, {_short(line.at)}. {line.disposition}{', ' + when if when else ''}."
    texts = [["", paragraphs(line.reason)], [_("What would lift it:"), paragraphs(line.cure)]]
    offered = _("Correction that was agreed:") if line.is_agreed else _("Correction that was offered:")
    texts.append([offered, paragraphs(line.correction)])
    return {"who": line.acronym, "what": what, "texts": [one for one in texts if one[1]]}


def _challenges(dossier: Dossier) -> dict[str, Any]:
    until = instant(dossier.ballot.challenges_until)
    lead = _("A partner may contest the procedure, not the substance, until %(when)s.", when=until)
    items = [_challenge_item(line) for line in dossier.challenges]
    return {"head": _("Challenges to the procedure"), "lead": lead, "items": items}


def _challenge_item(line: ChallengeLine) -> dict[str, Any]:
    result = _("waits for an answer")
    if line.decided_at is not None:
        result = _("upheld, %(when)s", when=_short(line.decided_at)) if line.upheld else _(
            "not upheld, %(when)s", when=_short(line.decided_at)
        )  # fmt: skip
    texts = [["", paragraphs(line.grounds)], [_("Answer:"), paragraphs(line.answer)]]
    what = f"{_short(line.raised_at)}: {result}."
    return {"who": line.acronym, "what": what, "texts": [one for one in texts if one[1]]}


# ── history and proof ────────────────────────────────────────────────────────────────────────────────────────────────


def _history(dossier: Dossier) -> dict[str, Any]:
    ballot = dossier.ballot
    cause = {Cause.TIME: _("at its time"), Cause.ALL_ANSWERED: _("when every partner had answered")}
    first = dossier.first_closing
    parts = [_("Open from %(when)s.", when=instant(ballot.opens_at))]
    if first is not None and first != ballot.closes_at:
        parts.append(_("The closing announced at the opening was %(when)s.", when=instant(first)))
    ended = cause.get(ballot.cause, "") if ballot.cause else ""
    parts.append(_("Closed on %(when)s %(cause)s.", when=instant(ballot.closes_at), cause=ended).replace(" .", "."))
    if dossier.certified_by:
        certified = _(
            "Certified on %(when)s by %(name)s.", when=instant(ballot.certified_at), name=dossier.certified_by
        )
    else:
        certified = _("Certified by the Secretariat on %(when)s.", when=instant(ballot.certified_at))
    parts.append(certified)
    if ballot.challenges_until is not None:
        parts.append(_("The procedure may be contested until %(when)s.", when=instant(ballot.challenges_until)))
    if dossier.previous:
        parts.append(
            _("This was round %(round)s; the round before was %(code)s.", round=ballot.round, code=dossier.previous)
        )
    return {
        "history_lead": " ".join(parts),
        "history_head": [_("Recorded (Geneva)"), _("Act"), _("Entry")],
        "history": [
            {
                "when": _short(line.at),
                "what": f"{line.words} ({line.by})" if line.by else line.words,
                "text": paragraphs(line.text),
                "entry": "" if line.entry is None else str(line.entry),
            }
            for line in dossier.history
        ],
    }


def _proof(dossier: Dossier, *, origin: str, base_url: str) -> dict[str, Any]:
    ballot = dossier.ballot
    rows = [[_("Text, SHA-256"), ballot.text_sha256]]
    said = [
        _("The text above is the one that was frozen when the ballot opened. Its SHA-256, below, is the fingerprint of "
          "text, rule, documents and candidates in their canonical form (RFC 8785).")
    ]  # fmt: skip
    if dossier.last_seq is None:
        said.append(_("This decision is older than the ledger; there is no signed record of it."))
    else:
        rows += [
            [_("Ledger"), origin],
            [_("Entries"), _runs([entry.seq for entry in dossier.entries])],
        ]
        said.append(
            _("Every step is an entry of a ledger that can only grow. The signed record (record.zip) of this decision "
              "holds the entries with their proofs; the separate program u4verify checks it offline and calculates the "
              "outcome again. It proves what was recorded, when and in which order, and that nothing was changed since "
              "the ledger was signed; it does not prove who sat at the keyboard. No independent witness has signed the "
              "ledger yet.")
        )  # fmt: skip
    said.append(
        _("Whether this file is the record of the decision: %(url)s, with the number at the top and the SHA-256 of "
          "this file.", url=f"{base_url.rstrip('/')}/check")
    )  # fmt: skip
    notes = []
    if dossier.rule.visibility is Visibility.AT_CLOSE:
        notes.append(
            _("Positions were hidden from everybody until the closing; those that were replaced before stay so.")
        )
    if dossier.reader is not Reader.FULL:
        words = _("This is the public record: partners only, without persons, comments and reasons.")
        notes.append(f"{words} {_('Whoever was elected to an office of the initiative is named.')}")
    return {"proof": said, "proof_head": [_("Fingerprint"), ""], "proof_rows": rows, "notes": notes}


def _runs(numbers: Sequence[int]) -> str:
    """Entry numbers, runs of them shortened: "12, 14–31"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
