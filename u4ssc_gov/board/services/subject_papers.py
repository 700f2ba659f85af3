"""The paper of what a ballot is about: made or taken when the ballot opens, and frozen with its text (¶23, ¶24).

A revision of the Terms of Reference is decided on its uploaded text, an Action Plan on its entries, a voting rule on
all its parts. The ballot's words only name them; what was adopted is proven by the fingerprint of the paper.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import plan_texts, rule_parts, rules
from u4ssc_gov.board.models import Ballot, BallotDocument, RuleSet
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.documents.services import store_file


def attach_subject(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> None:
    """Put the paper of the ballot's subject behind the papers of the draft, as the subject stands at ``now``.

    Called under the ledger's lock while the ballot opens. A plan's row is locked here: nobody adds an entry meanwhile.
    Raises ``RuleViolation`` when there is nothing that could be adopted.
    """
    found = _find_paper(session, ballot, actor=actor, now=now)
    if found is None:
        return
    title, stored = found
    papers = session.query(BallotDocument).filter(BallotDocument.ballot_id == ballot.id).all()
    for paper in papers:
        if paper.of_subject:
            session.delete(paper)
    last = max((paper.position for paper in papers), default=0)
    session.add(
        BallotDocument(
            ballot_id=ballot.id,
            file_id=stored.id,
            title=title[:200],
            sha256=stored.sha256,
            position=last + 1,
            of_subject=True,
        )
    )
    session.flush()


def _find_paper(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> tuple[str, StoredFile] | None:
    with i18n.speaking(i18n.SOURCE_LOCALE):  # it stays on the record
        match ballot.type:
            case BallotType.TOR_REVISION:
                return _terms(session, ballot)
            case BallotType.ACTION_PLAN:
                title, text = plan_texts.written(session, ballot.plan_id, ballot.code, lock=True)
            case BallotType.RULE_SET if ballot.rule_set_id is not None:
                title, text = _rule(session.get_one(RuleSet, ballot.rule_set_id))
            case _:
                return None
    stored = store_file(session, content=text.encode(), file_name=f"{title}.txt", actor=actor, now=now)
    return title, stored


def _terms(session: Session, ballot: Ballot) -> tuple[str, StoredFile]:
    document = session.get(TermsDocument, ballot.terms_document_id) if ballot.terms_document_id is not None else None
    stored = session.get(StoredFile, document.file_id) if document is not None else None
    if document is None or stored is None:
        message = _("There is no uploaded text to approve. Choose the proposal under Subject, or upload it first.")
        raise RuleViolation(message, "board.ballot.no_terms")
    return document.title, stored


def _rule(row: RuleSet) -> tuple[str, str]:
    title = rule_parts.name_of(row.type, row.method, row.version)
    parts = rule_parts.parts_of(rules.rule_from_json(row.rule))
    return title, "\n".join([title, "", *(f"{name}: {words}" for name, words in parts), ""])
