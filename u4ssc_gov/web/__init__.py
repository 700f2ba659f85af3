"""The edge kit: what every page shares. Knows Flask; knows no room except who is signed in."""

from u4ssc_gov.web.access import access
from u4ssc_gov.web.attempt import add_error, attempt
from u4ssc_gov.web.paging import Page, page_number, paginate
from u4ssc_gov.web.request import actor, instant, now, runtime, session, session_for_reading

__all__ = [
    "Page",
    "access",
    "actor",
    "add_error",
    "attempt",
    "instant",
    "now",
    "page_number",
    "paginate",
    "runtime",
    "session",
    "session_for_reading",
]
