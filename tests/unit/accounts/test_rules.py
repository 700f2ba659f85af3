"""Passwords, devices and networks in rules."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.accounts import rules


@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("", True),
        ("short pass", True),
        ("eleven char", True),
        ("twelve chars", False),
        ("correct horse battery", False),
        ("aaaaaaaaaaaaaaaaaaaa", True),
        ("abcabcabcabcabc", True),
        ("my password is long", True),
        ("U4SSC forever and ever", True),
        ("marta likes long walks", True),
        ("пароль из многих слов", False),
        ("🚲🌳🏙️🌊🔥🪁🎈🧭🪵🌻🍏🧊", False),
        ("x" * 126 + "yz", True),
        ("abcdefghij" * 13, True),
    ],
)
def test_a_password_is_long_and_not_obvious(password, refused):
    assert bool(rules.password_problem(password, "marta@example.org")) is refused


@given(st.text(min_size=rules.PASSWORD_MINIMUM, max_size=rules.PASSWORD_MAXIMUM))
def test_only_sameness_and_known_words_refuse_a_long_password(password):
    lowered = password.lower()
    obvious = any(word in lowered for word in ("u4ssc", "password", "123456", "qwerty", "smartcit", "zz-nobody"))
    assert bool(rules.password_problem(password, "zz-nobody@example.org")) is (obvious or len(set(lowered)) < 5)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.0", ""),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_coarsely(agent, device):
    assert rules.describe_device(agent) == device


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_network_is_what_one_household_shares(address, network):
    assert rules.network_of(address) == network


def test_every_demo_role_says_what_to_try():
    assert len(rules.DEMO_ROLES) == 9
    assert all(str(sentence).endswith(".") for sentence in rules.DEMO_ROLES.values())


def test_pauses_grow_and_have_an_end():
    first = rules.ATTEMPTS_FROM_EVERYWHERE
    pauses = [rules.pause_after(failures) for failures in range(first + 200)]
    assert pauses == sorted(pauses)
    assert pauses[first - 1] == timedelta(0)
    assert (pauses[first], pauses[first + 5]) == (rules.FIRST_PAUSE, 2 * rules.FIRST_PAUSE)
    assert rules.pause_after(10**9) == rules.LONGEST_PAUSE
