"""The sweep that empties the outbox."""

from __future__ import annotations

from datetime import datetime

from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport
from u4ssc_gov.notifications import delivery


def drain_outbox(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Send the messages that are due. Raises ``SettingsError`` when the mail server's URL is wrong."""
    return delivery.drain(runtime, delivery.transport_for(runtime), now=now)
