"""Settings: the only reader of the environment. Each is in ``.env.example`` and ``docs/operations.md``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MINIMUM_SECRET_LENGTH = 32
_LONGEST_ORIGIN = 120


class SettingsError(ValueError):
    """A setting is missing or contradicts another; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    environment: str  # "demo" or "production" ("test" in the suite)
    data_dir: Path
    database_url: str
    secret_key: str
    base_url: str
    trusted_hosts: tuple[str, ...]
    host: str
    port: int
    workers: int
    proxies: int  # reverse proxies in front that we believe about the reader's address
    smtp_url: str  # empty: mail stays in the outbox, shown on its page
    mail_from: str
    secretariat_email: str
    ledger_key: Path  # the file of the private key that signs the ledger's checkpoints
    ledger_origin: str  # the ledger's name for as long as it lives
    now: datetime | None

    @property
    def is_production(self) -> bool:
        """Real people, real records: demonstration helpers are refused."""
        return self.environment == "production"

    @property
    def is_demo(self) -> bool:
        """Invented people around today; every page says so."""
        return self.environment in ("demo", "test")

    @property
    def is_https(self) -> bool:
        """Whether readers reach the platform over TLS; decides cookie names and HSTS."""
        return self.base_url.startswith("https://")


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read the environment. Raises ``SettingsError`` with a sentence for the operator."""
    source: Mapping[str, str] = os.environ if env is None else env
    environment = source.get("U4SSC_ENV", "demo").strip() or "demo"
    if environment not in ("demo", "production", "test"):
        raise SettingsError("U4SSC_ENV must be demo or production.")
    data_dir = Path(source.get("U4SSC_DATA_DIR") or "var").expanduser().resolve()
    port = _whole_number(source, "PORT", 8000, 1, 65535)
    base_url = (source.get("U4SSC_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    hosts = tuple(h.strip() for h in source.get("U4SSC_TRUSTED_HOSTS", "").split(",") if h.strip())
    settings = Settings(
        environment=environment,
        data_dir=data_dir,
        database_url=_database_url(source.get("DATABASE_URL", ""), data_dir),
        secret_key=_secret_key(source.get("U4SSC_SECRET_KEY", ""), data_dir, environment),
        base_url=base_url,
        trusted_hosts=hosts or _hosts_of(base_url),
        host=source.get("U4SSC_HOST") or "127.0.0.1",
        port=port,
        workers=_whole_number(source, "U4SSC_WORKERS", 2, 1, 64),
        proxies=_whole_number(source, "U4SSC_PROXIES", 0, 0, 5),
        smtp_url=source.get("U4SSC_SMTP_URL", "").strip(),
        mail_from=source.get("U4SSC_MAIL_FROM") or "U4SSC Secretariat <secretariat@u4ssc.example>",
        secretariat_email=source.get("U4SSC_SECRETARIAT_EMAIL") or "secretariat@u4ssc.example",
        ledger_key=Path(source.get("U4SSC_LEDGER_KEY") or data_dir / "keys" / "ledger.key").expanduser().resolve(),
        ledger_origin=_ledger_origin(source.get("U4SSC_LEDGER_ORIGIN", "").strip(), base_url),
        now=_instant(source.get("U4SSC_NOW", "")),
    )
    _refuse_contradictions(settings)
    return settings


def _refuse_contradictions(settings: Settings) -> None:
    if not settings.is_production:
        return
    if settings.now is not None:
        raise SettingsError("U4SSC_NOW moves the clock and is refused in production. Unset it.")
    if not settings.is_https:
        raise SettingsError("U4SSC_BASE_URL must start with https:// in production.")
    if not settings.smtp_url:
        raise SettingsError("U4SSC_SMTP_URL is needed in production: ballots and duties go out by mail.")


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return f"sqlite:///{data_dir / 'u4ssc.sqlite3'}"
    for prefix in ("postgres://", "postgresql://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    return value


def _secret_key(value: str, data_dir: Path, environment: str) -> str:
    """The given key; outside production one that is made once and kept beside the data."""
    if value:
        if len(value) < MINIMUM_SECRET_LENGTH:
            raise SettingsError(f"U4SSC_SECRET_KEY must have at least {MINIMUM_SECRET_LENGTH} characters.")
        return value
    if environment == "production":
        raise SettingsError("U4SSC_SECRET_KEY is needed in production.")
    if environment == "test":
        return "test-only-" + "0" * MINIMUM_SECRET_LENGTH
    kept = data_dir / "secret_key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(MINIMUM_SECRET_LENGTH))
    return kept.read_text().strip()


def _hosts_of(base_url: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((_host_of(base_url), "127.0.0.1", "localhost")))


def _host_of(base_url: str) -> str:
    return base_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]


def _ledger_origin(value: str, base_url: str) -> str:
    origin = value or f"{_host_of(base_url)}/ledger/1"
    if any(c.isspace() or c == "+" or not c.isprintable() for c in origin) or len(origin) > _LONGEST_ORIGIN:
        raise SettingsError("U4SSC_LEDGER_ORIGIN is a name such as governance.example.org/ledger/1, without blanks.")
    return origin


def _whole_number(source: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = source.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def _instant(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingsError("U4SSC_NOW must be an instant such as 2026-11-23T09:00:00+00:00.") from error
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
