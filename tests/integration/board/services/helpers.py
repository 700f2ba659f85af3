"""What the tests of these services share."""

from datetime import timedelta

SECOND = timedelta(seconds=1)


TICK = timedelta(microseconds=1)
