"""What a request brings is read before anything is locked, and is not lost when the request is refused."""

from __future__ import annotations

import io

import pytest

from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.partners.models import Partner

WROTE = "We agree, provided that the second table is corrected."
OURS = {"Referer": "http://localhost/ballots/B-26-01?from=mail"}


class Watched(io.RawIOBase):
    """A body whose sender is slow: while it is awaited, somebody else writes."""

    def __init__(self, content, meanwhile):
        super().__init__()
        self._content = io.BytesIO(content)
        self._meanwhile = meanwhile

    def readable(self):
        return True

    def seek(self, *args):
        return self._content.seek(*args)

    def tell(self):
        return self._content.tell()

    def readinto(self, buffer):
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return self._content.readinto(buffer)


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"]
)
def test_a_slow_sender_holds_up_nobody(world, sign_in, runtime, content_type):
    partner = world.partner("WMO")
    person = world.person("Slow")
    world.commit()
    browser = sign_in(person)
    written = []

    def meanwhile():
        with runtime.database.transaction() as session:
            session.get_one(Partner, partner.id).official_name = "Written meanwhile"
        written.append(True)

    body = Watched(b"csrf_token=abc", meanwhile)
    answer = browser.post("/account", input_stream=body, content_length=14, content_type=content_type)
    assert written
    assert answer.status_code in (400, 415, 422)


def test_too_large_a_body_is_refused_on_the_readers_own_page(world, sign_in):
    person = world.person("Somebody")
    world.commit()
    browser = sign_in(person)
    answer = browser.post("/account", data={"full_name": "x" * (22 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "Go to Home" in answer.text


@pytest.fixture
def signed_out(world, sign_in):
    """A browser whose session was ended elsewhere, with its page still open."""
    person = world.person("Voter")
    world.commit()
    browser = sign_in(person)
    account = accounts.queries.find_account_of(world.session, person.id)
    accounts.end_all_sessions(world.session, account.id, actor=SYSTEM, now=world.now)
    world.commit()
    return browser


def test_what_was_written_is_not_lost_with_the_session(signed_out):
    answer = signed_out.send("/ballots/B-26-01/vote", {"comment": WROTE, "password": "not this one"}, headers=OURS)
    assert answer.status_code == 401
    assert WROTE in answer.text
    assert "not this one" not in answer.text
    assert "/sign-in?then=/ballots/B-26-01?from%3Dmail" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Referer": "http://elsewhere.example/"},
        {"Referer": "http://[", "Origin": "http://localhost"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
    ],
    ids=["unknown", "elsewhere", "broken", "another site"],
)
def test_a_stranger_puts_no_words_on_our_page(signed_out, headers):
    answer = signed_out.send("/ballots/B-26-01/vote", {"comment": WROTE}, headers=headers)
    assert answer.status_code in (401, 403)
    assert WROTE not in answer.text


def test_a_refusal_shows_what_was_written(world, sign_in):
    person = world.person("Nobody's voter")
    world.commit()
    browser = sign_in(person)
    fields = {"comment": WROTE, "note": "  ", "kind": "word"}
    answer = browser.send("/admin/people/invite", fields, headers={**OURS, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert answer.text.count("<textarea") == 1
    assert WROTE in answer.text
