"""Public pages of the ledger: what it is, its newest checkpoint, proofs, and what a verifier is told to trust."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.core.errors import Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import queries

bp = Blueprint("ledger", __name__, url_prefix="/ledger")
_LONGEST_NUMBER = 15


@bp.get("")
@web.access("public")
def show_ledger() -> ResponseReturnValue:
    """What the ledger is, how long it is, and how to check it without us."""
    session = web.session()
    return render_template(
        "ledger/ledger.html",
        head=queries.find_head(session),
        opening=queries.find_opening(session),
        checkpoint=queries.find_latest_checkpoint(session),
    )


@bp.get("/checkpoint")
@web.access("public")
def show_checkpoint() -> ResponseReturnValue:
    """The newest checkpoint, as it was signed."""
    found = queries.find_latest_checkpoint(web.session())
    if found is None:
        sentence = _("Nothing has been signed yet. Ask again in a minute.")
        return Response(f"{sentence}\n", status=404, mimetype="text/plain")
    return Response(found.note, mimetype="text/plain")


@bp.get("/consistency")
@web.access("public")
def show_consistency() -> ResponseReturnValue:
    """The proof that the log of one size begins with that of another: a list of hexadecimal hashes."""
    first, second = _size("from"), _size("to")
    try:
        proof = queries.consistency_proof(web.session(), first, second)
    except ValueError as error:
        message = _("Ask with two sizes of the ledger: from at least 1, to at least from, and no more than there are.")
        raise Invalid(message, "ledger.consistency.sizes") from error
    return jsonify([node.hex() for node in proof])


def _size(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise Invalid(_("%(name)s is a whole number: a size of the ledger.", name=name), "ledger.consistency.number")
    return int(text)


@bp.get("/trust.json")
@web.access("public")
def show_trust() -> ResponseReturnValue:
    """The trust file. Compare its key with the one that is published elsewhere before using it."""
    opening = queries.find_opening(web.session())
    if opening is None:
        raise NotFound(_("The ledger has no entry yet."), "ledger.empty")
    return jsonify(opening.trust)
