"""Passwords, sessions and throttling in numbers (reliability E)."""

import ipaddress
from datetime import timedelta

from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

NAME_MAXIMUM = 200  # the columns' length
PASSWORD_MINIMUM = 12
PASSWORD_MAXIMUM = 128
SESSION_LIFETIME = timedelta(hours=24)  # a vote page must not time out under 20 hours (ux 9)
INVITATION_LIFETIME = timedelta(days=14)
NEW_PASSWORD_LIFETIME = timedelta(hours=2)
KEEP_ENDED = timedelta(days=30)  # ended sessions and links are kept this long for questions
# Failed attempts in this window; beyond it the answer is 429, never a locked account. Counted for an address from one
# network, so that a stranger elsewhere keeps nobody out; for a browser that came in before on its own; for a network.
THROTTLE_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 8
ATTEMPTS_PER_NETWORK = 40
# For an address from everywhere together, against guessing from many networks: beyond this many failures in a day each
# further one is followed by a pause, twice as long after every five. Known browsers are not asked to wait.
ATTEMPTS_WINDOW = timedelta(days=1)
ATTEMPTS_FROM_EVERYWHERE = 60
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
DEVICE_LIFETIME = timedelta(days=180)
SENT_TWICE = timedelta(minutes=1)  # the same form again within this time is a second click, not a second wish
NEW_PASSWORDS_PER_ACCOUNT = 3
NEW_PASSWORDS_PER_NETWORK = 20
# The demonstration's persons, by ``Account.demo_role``: what to try first, in the order they are offered.
DEMO_ROLES: dict[str, str] = {
    "leader": lazy("Write the minutes of the e-meeting that was just held."),
    "board_representative": lazy("Read the open ballot and record your agency’s vote."),
    "board_alternate": lazy("Vote for the same agency; the last vote of either of you counts."),
    "board_other": lazy("Vote for another agency and compare the two positions."),
    "secretariat": lazy("Prepare a ballot, renew a tenure, answer a city that waits."),
    "secretariat_second": lazy("Confirm an annulment that the other agency asked for; one agency alone cannot."),
    "co_chair": lazy("See what the Board decides next and whose term ends."),
    "participant": lazy("Follow the deliverables you chose and their e-meetings."),
    "focal_point": lazy("See where your city’s request for an evaluation stands."),
}
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


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def describe_device(user_agent: str) -> str:
    """ "Firefox, Windows" from what a browser says of itself; empty when it says nothing we know. Coarse on purpose."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)


def network_of(address: str) -> str:
    """What the throttle counts as one network: an IPv4 address, or the /64 of an IPv6 one (a household has one)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def pause_after(failures: int) -> timedelta:
    """How long after the last of so many failures from everywhere an unknown browser waits."""
    beyond = failures - ATTEMPTS_FROM_EVERYWHERE
    if beyond < 0:
        return timedelta(0)
    doublings = min(beyond // 5, 10)  # far beyond the longest pause already
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
