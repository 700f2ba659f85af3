"""E-mail addresses, in the one form that is kept, compared and sent to."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line

LONGEST = 254
_LONGEST_LOCAL = 64  # octets before the @ (RFC 5321)


def mail_address(value: str, *, field: str = "email") -> str:
    """The address in lower case, its domain in ASCII (IDNA): what every mail server takes.

    Raises ``Invalid`` for what is no address, and for letters before the @ that our mail cannot carry.
    """
    try:
        checked = validate_email(clean_line(value), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise _wrong(field) from error
    address = (checked.ascii_email or "").lower()
    if not 0 < len(address) <= LONGEST or len(address.rpartition("@")[0]) > _LONGEST_LOCAL:
        raise _wrong(field)
    return address


def address_key(value: str) -> str:
    """What to look an address up by: as it is kept, or just in lower case when it is none."""
    try:
        return mail_address(value)
    except Invalid:
        return clean_line(value).lower()


def _wrong(field: str) -> Invalid:
    message = _("Enter an e-mail such as name@example.org, with plain letters before the @.")
    return Invalid(message, "core.address", field)
