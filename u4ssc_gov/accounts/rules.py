"""Passwords, sessions and throttling in numbers (reliability E)."""

from datetime import timedelta

from u4ssc_gov.core.i18n import gettext as _

PASSWORD_MINIMUM = 12
PASSWORD_MAXIMUM = 128
SESSION_LIFETIME = timedelta(hours=24)  # a vote page must not time out under 20 hours (ux 9)
INVITATION_LIFETIME = timedelta(days=14)
NEW_PASSWORD_LIFETIME = timedelta(hours=2)
# Attempts counted per account and per network in this window; beyond it the answer is 429, never a locked account.
THROTTLE_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 8
ATTEMPTS_PER_NETWORK = 40
_TOO_EASY = ("u4ssc", "password", "123456", "qwerty", "smartcit")


def password_problem(password: str, email: str) -> str:
    """Why a password is refused, or an empty string. Any characters are allowed; length is what counts."""
    if len(password) < PASSWORD_MINIMUM:
        return _("Use at least %(count)s characters.", count=PASSWORD_MINIMUM)
    if len(password) > PASSWORD_MAXIMUM:
        return _("Use at most %(count)s characters.", count=PASSWORD_MAXIMUM)
    lowered = password.lower()
    if any(word in lowered for word in _TOO_EASY) or email.split("@", 1)[0].lower() in lowered:
        return _("Leave out your name, “U4SSC” and common words such as “password”.")
    if len(set(lowered)) < 5:
        return _("Use more different characters.")
    return ""
