"""When a message is tried again, when it is given up, and what of it is not kept."""

import re
from datetime import timedelta

# After the first, second and third failure; from the fourth on hourly, until three days have gone by.
_FIRST_DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_THEN = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)
# A sender that has not reported back by then was killed; its message is sent again, with the same Message-ID.
CLAIM = timedelta(minutes=15)
BATCH = 50  # one run sends at most this many, so that no claim of a run grows old
# The last part of a one-time link, as ``core.tokens.new_token`` makes it.
_SECRET = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def next_delay(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts, or ``None`` when the message is given up.

    Counted in attempts, not from the queueing, so that a platform that was off for a week still tries.
    """
    if attempts <= len(_FIRST_DELAYS):
        return _FIRST_DELAYS[max(attempts, 1) - 1]
    waited = sum(_FIRST_DELAYS, timedelta(0)) + _THEN * (attempts - len(_FIRST_DELAYS) - 1)
    return _THEN if waited + _THEN <= GIVE_UP_AFTER else None


def frame_steps(text: str, *, columns: int) -> int:
    """How tall a frame must be for the HTML part of this text, in steps of 80 pixels: about, and rather too tall.

    A frame cannot ask: what is in it runs no script and belongs to another origin.
    """
    rows = sum(max(1, -(-len(line) // columns)) for line in text.splitlines() if line.strip())
    return min(max(-(-(130 + 25 * rows) // 80), 4), 16)


def without_secrets(text: str) -> str:
    """The text of a mail with its one-time links cut short: nobody but the recipient may use them."""
    return _SECRET.sub("…", text)
