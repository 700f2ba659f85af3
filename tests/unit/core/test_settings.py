"""Settings: sensible in the demonstration, strict in production."""

from datetime import UTC, datetime

import pytest

from u4ssc_gov.settings import SettingsError, load_settings

PRODUCTION = {
    "U4SSC_ENV": "production",
    "U4SSC_SECRET_KEY": "k" * 40,
    "U4SSC_BASE_URL": "https://u4ssc.example",
    "U4SSC_SMTP_URL": "smtps://mail.example",
}


def test_the_demonstration_needs_nothing(tmp_path):
    settings = load_settings({"U4SSC_DATA_DIR": str(tmp_path)})
    assert settings.is_demo
    assert settings.port == 8000
    assert settings.database_url.startswith("sqlite:///")
    assert len(settings.secret_key) >= 32
    assert load_settings({"U4SSC_DATA_DIR": str(tmp_path)}).secret_key == settings.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_production_is_strict(tmp_path):
    base = {**PRODUCTION, "U4SSC_DATA_DIR": str(tmp_path)}
    assert load_settings(base).is_production
    for missing in ("U4SSC_SECRET_KEY", "U4SSC_SMTP_URL"):
        with pytest.raises(SettingsError, match=missing):
            load_settings({k: v for k, v in base.items() if k != missing})
    with pytest.raises(SettingsError, match="https"):
        load_settings({**base, "U4SSC_BASE_URL": "http://u4ssc.example"})
    with pytest.raises(SettingsError, match="U4SSC_NOW"):
        load_settings({**base, "U4SSC_NOW": "2026-11-23"})
    with pytest.raises(SettingsError, match="32"):
        load_settings({**base, "U4SSC_SECRET_KEY": "short"})


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "8.5"])
def test_a_wrong_port_is_named(tmp_path, port):
    with pytest.raises(SettingsError, match="PORT"):
        load_settings({"U4SSC_DATA_DIR": str(tmp_path), "PORT": port})


def test_hosts_follow_the_base_url(tmp_path):
    settings = load_settings({**PRODUCTION, "U4SSC_DATA_DIR": str(tmp_path)})
    assert "u4ssc.example" in settings.trusted_hosts
    given = load_settings(
        {**PRODUCTION, "U4SSC_DATA_DIR": str(tmp_path), "U4SSC_TRUSTED_HOSTS": "a.example, b.example"}
    )
    assert given.trusted_hosts == ("a.example", "b.example")


def test_a_chosen_now_is_an_instant(tmp_path):
    settings = load_settings({"U4SSC_DATA_DIR": str(tmp_path), "U4SSC_NOW": "2027-01-01T12:00:00+01:00"})
    assert settings.now == datetime(2027, 1, 1, 11, tzinfo=UTC)
    with pytest.raises(SettingsError, match="U4SSC_NOW"):
        load_settings({"U4SSC_DATA_DIR": str(tmp_path), "U4SSC_NOW": "tomorrow"})


def test_postgres_addresses_get_our_driver(tmp_path):
    settings = load_settings({"U4SSC_DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://u@h/db"})
    assert settings.database_url == "postgresql+psycopg://u@h/db"
