"""Mails that tell everybody at once that something happened to a ballot: one template, one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors
from u4ssc_gov.board.electors import MandateHolder
from u4ssc_gov.board.messages.common import Letter, everybody, facts, fit, queue_all, secretariat
from u4ssc_gov.board.models import Ballot, Candidate, Challenge, Elector, Vote
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

Words = Callable[[], str]


def ballot_withdrawn(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """There is nothing to vote on any more, and why."""
    _tell(
        session, ballot, "withdrawn",
        heading=lambda: _("Withdrawn: %(title)s", title=ballot.title),
        sentence=lambda: _("This ballot is withdrawn. Nothing is decided and there is nothing left to vote."),
        after=lambda: _("Positions already recorded stay on the record and have no effect."),
        reason=ballot.withdrawn_reason, now=now,
    )  # fmt: skip


def ballot_extended(session: Session, ballot: Ballot, reason: str, *, now: datetime) -> None:
    """The closing has moved further on."""
    _tell(
        session, ballot, "extended",
        heading=lambda: _("More time to vote: %(title)s", title=ballot.title),
        sentence=lambda: _("The Secretariat extended this ballot, once and before it closed."),
        after=lambda: _("Votes already recorded stand and can be changed until the new closing."),
        reason=reason, with_closing=True, now=now,
    )  # fmt: skip


def silence_broken(session: Session, ballot: Ballot, elector: Elector, vote: Vote, *, now: datetime) -> None:
    """Objection notice to all at once: who, why, what would lift it, and until when the partners consult."""
    acronym = elector.acronym
    asks = vote.position is Position.ASK_VOTE

    def sentence() -> str:
        if asks:
            return _("%(partner)s asks for a vote. The silence is broken; the text is not adopted.", partner=acronym)
        return _("%(partner)s objects. The silence is broken; the text is not adopted.", partner=acronym)

    _tell(
        session, ballot, f"suspended:{vote.receipt}",
        heading=lambda: _("Silence broken: %(title)s", title=ballot.title),
        sentence=sentence,
        after=lambda: _(
            "The partners consult until the time above. If the objection is lifted before, the silence goes on with a "
            "new closing time; if it stands, the text is not adopted by silence."
        ),
        reason=vote.comment, cure=vote.cure, with_closing=True, closing_is_consultation=True, now=now,
    )  # fmt: skip


def silence_resumed(session: Session, ballot: Ballot, elector: Elector, lifted: Position, *, now: datetime) -> None:
    """The last objection is lifted, or the last request for a vote withdrawn; the silence goes on."""

    def sentence() -> str:
        if lifted is Position.ASK_VOTE:
            return _(
                "%(partner)s withdrew its request for a vote. The text is adopted at the time below unless a partner "
                "objects.",
                partner=elector.acronym,
            )
        return _(
            "%(partner)s lifted its objection. The text is adopted at the time below unless a partner objects.",
            partner=elector.acronym,
        )

    _tell(
        session, ballot, f"resumed:{now.isoformat()}",
        heading=lambda: _("Silence goes on: %(title)s", title=ballot.title),
        sentence=sentence,
        after=lambda: _("Nothing needs to be done by those who agree."),
        with_closing=True, now=now,
    )  # fmt: skip


def ballot_superseded(session: Session, ballot: Ballot, reason: str, *, now: datetime) -> None:
    """A meeting has decided the question."""
    _tell(
        session, ballot, "superseded",
        heading=lambda: _("Decided elsewhere: %(title)s", title=ballot.title),
        sentence=lambda: _("A meeting has decided this question. The ballot ends without an outcome of its own."),
        after=lambda: _("Positions already recorded stay on the record and have no effect."),
        reason=reason, now=now,
    )  # fmt: skip


def ballot_referred(session: Session, ballot: Ballot, reason: str, *, now: datetime) -> None:
    """The question goes to the annual meeting."""
    _tell(
        session, ballot, "referred",
        heading=lambda: _("Referred to the annual meeting: %(title)s", title=ballot.title),
        sentence=lambda: _("The Board did not decide this electronically. It goes to the next annual meeting."),
        after=lambda: _("Nothing is decided until then."),
        reason=reason, now=now,
    )  # fmt: skip


def ballot_annulled(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """The procedure failed; two agencies annulled the ballot."""
    _tell(
        session, ballot, "annulled",
        heading=lambda: _("Annulled: %(title)s", title=ballot.title),
        sentence=lambda: _("Officers of two Secretariat agencies annulled this ballot. It decides nothing."),
        after=lambda: _("Nothing is deleted: the record and its proof stay. The question may be put again."),
        reason=ballot.annulment_reason, now=now,
    )  # fmt: skip


def candidate_withdrawn(session: Session, ballot: Ballot, candidate: Candidate, reason: str, *, now: datetime) -> None:
    """A candidate does not stand any more."""
    name = candidate.name
    _tell(
        session, ballot, f"candidate:{candidate.number}",
        heading=lambda: _("A candidate withdrew: %(title)s", title=ballot.title),
        sentence=lambda: _("%(name)s does not stand any more. The name is struck out of every position.", name=name),
        after=lambda: _("What you answered about others stands. You can change it until the ballot closes."),
        reason=reason, with_closing=True, now=now,
    )  # fmt: skip


def secrecy_asked(session: Session, ballot: Ballot, acronym: str, wanted: int, *, now: datetime) -> None:
    """A partner asks for a secret ballot; told to all, so that another may join."""
    _tell(
        session, ballot, f"secrecy:{acronym}",
        heading=lambda: _("A secret ballot is asked for: %(title)s", title=ballot.title),
        sentence=lambda: ngettext(
            "%(partner)s asks for a secret ballot. When %(num)s partner asks, this ballot ends.",
            "%(partner)s asks for a secret ballot. When %(num)s partners ask, this ballot ends.",
            wanted,
            partner=acronym,
        ),
        after=lambda: _("A secret ballot is held outside this platform, which shows every position after closing."),
        with_closing=True, now=now,
    )  # fmt: skip


def challenge_raised(session: Session, ballot: Ballot, challenge: Challenge, *, now: datetime) -> None:
    """A partner contests the procedure of a certified decision."""
    _tell(
        session, ballot, f"challenge:{challenge.id}",
        heading=lambda: _("Challenged: %(title)s", title=ballot.title),
        sentence=lambda: _("%(partner)s contests how this decision came about.", partner=challenge.acronym),
        after=lambda: _("The Secretariat answers with a reason. The decision stands meanwhile."),
        reason=challenge.grounds, now=now,
    )  # fmt: skip


def challenge_decided(session: Session, ballot: Ballot, challenge: Challenge, *, now: datetime) -> None:
    """The Secretariat answered a challenge."""

    def sentence() -> str:
        if challenge.upheld:
            return _("The challenge of %(partner)s is upheld: the ballot is to be annulled.", partner=challenge.acronym)
        return _("The challenge of %(partner)s is not upheld: the decision stands.", partner=challenge.acronym)

    _tell(
        session, ballot, f"challenge:{challenge.id}:decided",
        heading=lambda: _("Challenge answered: %(title)s", title=ballot.title),
        sentence=sentence,
        after=lambda: _("The page of the ballot keeps the challenge and its answer."),
        reason=challenge.answer, now=now,
    )  # fmt: skip


def annulment_asked(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """To the Secretariat alone: a second agency has to confirm."""
    _tell(
        session, ballot, f"annulment:{now.isoformat()}",
        heading=lambda: _("Annulment asked for: %(title)s", title=ballot.title),
        sentence=lambda: _("%(agency)s asks that this ballot be annulled.", agency=ballot.annulment_asked_for),
        after=lambda: _("An officer of another Secretariat agency confirms it on the page of the ballot."),
        reason=ballot.annulment_reason, to=secretariat(session), now=now,
    )  # fmt: skip


def editorial_proposed(session: Session, ballot: Ballot, elector: Elector, text: str, *, now: datetime) -> None:
    """To the objecting partner: its objection could be met by a correction of wording."""
    _tell(
        session, ballot, f"editorial:{elector.acronym}:{now.isoformat()}",
        heading=lambda: _("Correction offered to %(partner)s: %(title)s", partner=elector.acronym, title=ballot.title),
        sentence=lambda: _("The Secretariat would treat this objection as a matter of wording and correct it so:"),
        after=lambda: _("Only %(partner)s can agree: by lifting its objection on the page.", partner=elector.acronym),
        reason=text, to=electors.list_holders(session, now, partner_ids=[elector.partner_id]), with_closing=True,
        closing_is_consultation=True, now=now,
    )  # fmt: skip


def _tell(
    session: Session,
    ballot: Ballot,
    what: str,
    *,
    heading: Words,
    sentence: Words,
    after: Words,
    reason: str = "",
    cure: str = "",
    with_closing: bool = False,
    closing_is_consultation: bool = False,
    to: Sequence[MandateHolder] | None = None,
    now: datetime,
) -> None:
    """One mail for each person who could vote, and the Secretariat, under a key that says what happened."""
    people = everybody(session, electors.list_seats(session, ballot.id), now) if to is None else to
    context = {
        **facts(session, ballot),
        "heading": heading,
        "sentence": sentence,
        "after": after,
        "reason": reason,
        "cure": cure,
        "with_closing": with_closing,
        "closing_is_consultation": closing_is_consultation,
    }

    def subject() -> str:
        return fit(f"{ballot.code}: {heading()}")

    letters = [Letter(holder, subject, context, f"ballot:{ballot.id}:{what}") for holder in people]
    queue_all(session, "board/ballot_news", letters, now=now)
