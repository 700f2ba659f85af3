"""Where a form came from, what every response says to the browser, and hosts we do not answer for (reliability C.6)."""

import re

import pytest

from tests.integration.board import makers
from u4ssc_gov.web.security import DOWNLOAD_POLICY

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGE_POLICY = re.compile(
    r"default-src 'none'; script-src 'nonce-[\w-]{16,}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    r"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    re.ASCII,
)


# ── where a form came from ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "is_accepted"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),  # our own form, its origin hidden
        ({"Sec-Fetch-Site": "none"}, True),  # typed by the person, or sent again after a restart
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost:8080"}, False),
        ({"Origin": "localhost"}, False),
    ],
)
def test_a_form_of_another_site_is_refused(world, sign_in, headers, is_accepted):
    person = world.mandate("ITU")
    world.commit()
    browser = sign_in(person)
    response = browser.send("/sign-out", headers=headers)
    assert response.status_code == (303 if is_accepted else 403)
    assert ("sent from another site" in response.get_data(as_text=True)) is not is_accepted
    assert browser.get("/home").status_code == (303 if is_accepted else 200)


def test_a_form_over_plain_http_on_a_local_network_is_accepted_and_a_strangers_is_not(fresh_app):
    """There browsers send no Sec-Fetch-Site; the referrer policy lets them name the origin of our own forms."""
    fresh_app.config["TRUSTED_HOSTS"] = ["192.168.1.20"]
    base = "http://192.168.1.20:8000"
    browser = fresh_app.test_client()
    page = browser.get("/sign-in", base_url=base)
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
    sent = {"csrf_token": token, "email": "nobody@example.org", "password": "a wrong password"}
    statuses = {
        origin: browser.post("/sign-in", data=sent, base_url=base, headers={"Origin": origin}).status_code
        for origin in (base, "null", "http://192.168.1.21:8000")
    }
    assert statuses == {base: 422, "null": 403, "http://192.168.1.21:8000": 403}


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_reading_is_open_to_links_from_anywhere(client, method):
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert getattr(client, method)("/accessibility", headers=headers).status_code == 200


def test_the_right_origin_does_not_replace_the_token(world, sign_in):
    person = world.mandate("ITU")
    world.commit()
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert sign_in(person).post("/sign-out", headers=headers).status_code == 400


# ── what every response says ─────────────────────────────────────────────────────────────────────────────────────────


def check_headers(response, *, policy=PAGE_POLICY):
    """Each header once, with its value."""
    for name, value in FIXED.items():
        assert response.headers.getlist(name) == [value], name
    assert "camera=()" in response.headers["Permissions-Policy"]
    (found,) = response.headers.getlist("Content-Security-Policy")
    assert policy.fullmatch(found), found
    assert re.fullmatch(r"[0-9a-f]{12}", response.headers["X-Request-ID"])
    assert "Strict-Transport-Security" not in response.headers  # these tests speak plain HTTP


def test_headers_of_pages_and_refusals(client):
    for path, status in (("/accessibility", 200), ("/no-such-page", 404), ("/healthz", 200)):
        response = client.get(path)
        assert response.status_code == status
        check_headers(response)


def test_a_nonce_is_used_once_and_is_the_one_on_the_page(client):
    seen = set()
    for _ in range(3):
        response = client.get("/accessibility")
        nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])[1]
        assert set(re.findall(r'nonce="([^"]+)"', response.get_data(as_text=True))) == {nonce}
        seen.add(nonce)
    assert len(seen) == 3


def test_a_static_file_may_be_kept(client):
    page = client.get("/accessibility").get_data(as_text=True)
    address = re.search(r'href="(/static/css/u4\.css\?v=[0-9a-f]{10})"', page)[1]
    with client.get(address) as response:
        assert response.status_code == 200
        check_headers(response)
        assert "no-store" not in response.headers.get("Cache-Control", "")
        assert "Set-Cookie" not in response.headers


def test_a_download_runs_nothing_and_is_never_kept(world, sign_in):
    people = makers.everybody(world)
    makers.open_one(world, documents=(makers.paper(),))
    world.commit()
    response = sign_in(people["ITU"]).get("/ballots/B-26-01/documents/1")
    assert (response.status_code, response.data) == (200, makers.PDF)
    check_headers(response, policy=re.compile(re.escape(DOWNLOAD_POLICY)))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_what_a_person_sees_is_never_stored(world, sign_in):
    person = world.mandate("ITU")
    world.commit()
    browser = sign_in(person)
    for path in ("/home", "/ballots", "/ballots?format=csv", "/accessibility", "/no-such-page"):
        response = browser.get(path)
        assert response.headers.getlist("Cache-Control") == ["no-store"], path
        assert "Cookie" in response.headers["Vary"], path


# ── for whom we answer ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "10.0.0.1"])
@pytest.mark.parametrize("path", ["/accessibility", "/sign-in", "/no-such-page"])
def test_an_unknown_host_is_refused(client, host, path):
    response = client.get(path, headers={"Host": host})
    assert response.status_code == 400
    assert host not in response.get_data(as_text=True)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
