"""``/healthz``: the process answers. ``/readyz``: the database answers and has the schema this code expects."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from u4ssc_gov.core.revisions import current_revision, head_revision
from u4ssc_gov.web.access import access
from u4ssc_gov.web.request import runtime

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access("public")
def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return {"status": "ok"}


@bp.get("/readyz")
@access("public")
def readyz() -> ResponseReturnValue:
    """The platform can serve people."""
    database = runtime().database
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        revision = current_revision(database)
    except SQLAlchemyError:
        return {"status": "unavailable", "database": "does not answer"}, 503
    if revision != head_revision():
        return {"status": "unavailable", "database": "needs migration"}, 503
    return {"status": "ok", "revision": revision}
