"""When a message is tried again, and how the mail server's address is read."""

from datetime import timedelta

import pytest

from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.notifications import rules
from u4ssc_gov.notifications.smtp import is_loopback, parse_smtp_url
from u4ssc_gov.settings import SettingsError


def test_the_table_of_delays():
    minutes = [rules.next_delay(attempts) for attempts in range(1, 7)]
    assert minutes == [timedelta(minutes=m) for m in (1, 5, 15, 60, 60, 60)]


def test_it_gives_up_at_72_hours_and_not_before():
    waited, attempts = timedelta(0), 1
    while (delay := rules.next_delay(attempts)) is not None:
        waited, attempts = waited + delay, attempts + 1
    assert timedelta(hours=71) < waited <= rules.GIVE_UP_AFTER
    assert rules.next_delay(attempts + 1) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "smtp", "", "")),
        ("smtp://localhost", ("localhost", 25, "smtp", "", "")),
        ("smtp://[::1]:2525", ("::1", 2525, "smtp", "", "")),
        ("smtps://mail.example.org", ("mail.example.org", 465, "smtps", "", "")),
        ("smtp+starttls://me:p%40ss%2F@mail.example.org", ("mail.example.org", 587, "smtp+starttls", "me", "p@ss/")),
    ],
)
def test_the_address_of_the_mail_server(url, expected):
    server = parse_smtp_url(url)
    assert (server.host, server.port, server.security, server.user, server.password) == expected
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.org",
        "smtp://user:secret@192.0.2.1:25",
        "smtp://127.0.0.1.example.org",
        "http://localhost",
        "mail.example.org:25",
        "smtps://",
        "smtps://host:99999",
        "smtps://host:port",
    ],
)
def test_what_would_send_in_the_clear_or_cannot_be_read_is_refused(url):
    with pytest.raises(SettingsError) as refusal:
        parse_smtp_url(url)
    assert "secret" not in str(refusal.value)


def test_loopback_is_this_machine_only():
    assert [is_loopback(host) for host in ("localhost", "127.0.0.9", "::1", "192.0.2.1", "localhost.example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_only_one_time_links_are_cut_short():
    secret = new_token()
    links = f'http://x/invitation/{secret} http://x/a/{secret}?b=1 <a href="http://x/{secret}">'
    text = f"{links} /{'a' * 42} /{'a' * 64} {secret}"
    short = rules.without_secrets(text)
    assert short.count(secret) == 1  # not at the end of a path, so it is no link
    assert short.count("/…") == 3


@pytest.mark.parametrize(("text", "columns", "steps"), [("", 72, 4), ("a\n\n\nb\n", 72, 4), ("word " * 400, 32, 16)])
def test_a_frame_is_never_too_small_and_never_endless(text, columns, steps):
    assert rules.frame_steps(text, columns=columns) == steps


def test_a_narrow_frame_is_taller():
    text = "\n\n".join(["A sentence of a mail that is as long as sentences are, and then a little longer."] * 4)
    assert rules.frame_steps(text, columns=32) > rules.frame_steps(text, columns=72)
