"""What a job, a command or the web needs to work: settings, database, mail transport. Carries no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from u4ssc_gov.core.db import Database

if TYPE_CHECKING:
    from pathlib import Path

    from u4ssc_gov.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running platform, without a request and without a time."""

    settings: Settings
    database: Database

    @property
    def files_dir(self) -> Path:
        """Where uploaded files lie, by content hash."""
        return self.settings.data_dir / "files"


def make_runtime(settings: Settings) -> Runtime:
    """Open the database named by the settings."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Runtime(settings, Database(settings.database_url, session_info(settings)))


def session_info(settings: Settings) -> dict[str, Any]:
    """What of the settings travels on every session."""
    return {
        "base_url": settings.base_url,
        "secretariat_email": settings.secretariat_email,
        "files_dir": settings.data_dir / "files",
        "is_demo": settings.is_demo,
        "ledger_key_file": settings.ledger_key,
        "ledger_origin": settings.ledger_origin,
    }
