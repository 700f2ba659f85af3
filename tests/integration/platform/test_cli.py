"""What an operator types, in a process of its own: exit codes, one sentence, a platform that comes up."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.clock import T0
from u4ssc_gov import cli
from u4ssc_gov.jobs import JOBS


@pytest.fixture
def command(settings, tmp_path, monkeypatch, capsys):
    """Run a command on this test's installation; returns exit code, output and complaints."""
    for name in [name for name in os.environ if name.startswith("U4SSC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("U4SSC_ENV", "test")
    monkeypatch.setenv("U4SSC_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("U4SSC_BASE_URL", "http://localhost")
    monkeypatch.setenv("U4SSC_NOW", T0.isoformat())  # commands and pages read one clock, whatever day it is
    monkeypatch.setattr(cli, "configure_logging", lambda **_: None)  # it would keep this test's streams

    def run(*arguments):
        try:
            code = cli.main(arguments)
        except SystemExit as ended:
            code = ended.code
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return run


def test_records_load_once(command):
    assert "partners: 16 new" in command("load-initiative")[1]
    assert "partners: 0 new" in command("load-initiative")[1]


def test_migrating_twice_is_no_error(command):
    assert command("migrate")[0] == 0
    code, out, _err = command("migrate")
    assert code == 0
    assert out.startswith("The database is at revision ")


def test_jobs(command):
    assert all(name in command("jobs", "list")[1] for name in JOBS)
    code, out, _err = command("jobs", "run", "accounts.tidy", "--now", "2027-01-01T00:00:00+01:00")
    assert (code, out.split(",")[0]) == (0, "accounts.tidy: 0 done")
    code, _out, err = command("jobs", "run", "nothing.such")
    assert code == 2
    assert "notifications.drain_outbox" in err
    assert command("jobs", "run", "accounts.tidy", "--now", "yesterday")[0] == 2


def test_the_first_officer(command, client):
    command("load-initiative")
    arguments = ("create-secretariat-user", "officer@example.org", "--name", "Officer", "--agency")
    code, _out, err = command(*arguments, "WMO")
    assert code == 2
    assert "ITU, UNECE, UN-Habitat" in err
    code, out, _err = command(*arguments, "UNECE")
    assert code == 0
    path = re.search(r"http://localhost(/invitation/\S+)", out).group(1)
    assert client.send(path, {"password": "twelve green bicycles"}).status_code == 303
    assert client.get("/admin").status_code == 200


def test_there_and_back(command, tmp_path):
    command("load-initiative")
    code, out, _err = command("backup", str(tmp_path / "copy"))
    assert code == 0
    assert out.startswith("Copied and checked: ")
    code, _out, err = command("backup", str(tmp_path / "copy"))
    assert code == 1
    assert "not empty" in err
    code, _out, err = command("restore", str(tmp_path / "copy"))
    assert code == 1
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("U4SSC_ENV", "staging", "U4SSC_ENV must be demo or production."),
        ("PORT", "eighty", "PORT must be a whole number"),
        ("U4SSC_NOW", "soon", "U4SSC_NOW must be an instant"),
        ("U4SSC_SMTP_URL", "smtp://mail.example.org", "unencrypted"),
        ("U4SSC_ENV", "production", "U4SSC_SECRET_KEY is needed in production."),
    ],
)
def test_a_wrong_setting_is_one_sentence(command, monkeypatch, setting, value, sentence):
    monkeypatch.setenv(setting, value)
    code, out, err = command("migrate")
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_the_demonstration_is_refused_in_production(command, monkeypatch):
    monkeypatch.setenv("U4SSC_ENV", "production")
    monkeypatch.setenv("U4SSC_SECRET_KEY", "0123456789" * 4)
    monkeypatch.setenv("U4SSC_BASE_URL", "https://u4ssc.example")
    monkeypatch.setenv("U4SSC_SMTP_URL", "smtps://mail.example.org")
    code, _out, err = command("load-demo")
    assert code == 2
    assert "refused in production" in err
    assert command("jobs", "run", "accounts.tidy", "--now", "2027-01-01")[0] == 2


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("load-demo", "--scale", "0"), ("jobs",), ("backup",)])
def test_a_wrong_command_is_explained(command, arguments):
    code, _out, err = command(*arguments)
    assert code == 2
    assert "usage: python -m u4ssc_gov" in err


@pytest.mark.slow
def test_up_serves_and_ctrl_c_stops_everything(settings, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("U4SSC_")}
    environment |= {
        "U4SSC_ENV": "test",
        "U4SSC_DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "PORT": str(port),
        "U4SSC_WORKERS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "u4ssc_gov", "up"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        lines = []
        assert process.stdout is not None
        while not any(line.startswith("Data are kept") for line in lines):
            line = process.stdout.readline()
            assert line, f"it ended: {lines}"
            lines.append(line.rstrip("\n"))
        assert f"U4SSC Governance is ready:  http://127.0.0.1:{port}" in lines
        assert len(lines) <= 15
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    pytest.fail("somebody still listens")
