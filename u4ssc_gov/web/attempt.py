"""One use case, one transaction, opened here at the edge (ADR 0003)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import Form

from u4ssc_gov.core.errors import Conflict, Invalid, RuleViolation, U4sscError
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.web.request import session


@dataclass(slots=True)
class Attempt:
    """Truthy when the use case committed; otherwise ``error`` says why it did not."""

    done: bool = False
    error: U4sscError | None = None

    def __bool__(self) -> bool:
        return self.done


@contextmanager
def attempt(form: Form | None = None) -> Iterator[Attempt]:
    """Commit at the end of the block. A broken rule or a wrong input rolls back and becomes an error of the form.

    Without a form, the error is left on the returned object. ``Forbidden``, ``NotFound`` and ``Conflict`` pass
    through to their own pages; a race lost in the database becomes a ``Conflict``.
    """
    outcome = Attempt()
    opened = session()
    try:
        yield outcome
        opened.commit()
        outcome.done = True
    except (RuleViolation, Invalid) as error:
        opened.rollback()
        outcome.error = error
        if form is not None:
            add_error(form, error)
    except (IntegrityError, StaleDataError) as error:
        opened.rollback()
        message = _("Somebody changed this at the same moment. Nothing of yours was recorded; load the page again.")
        raise Conflict(message, "web.attempt.race") from error


def add_error(form: Form, error: U4sscError) -> None:
    """Put the error beside its field, or on top of the form when it belongs to none."""
    field: Any = form._fields.get(error.field) if isinstance(error, Invalid) and error.field else None
    if field is None:
        form.form_errors = [*form.form_errors, error.message]
    else:
        field.errors = [*field.errors, error.message]
