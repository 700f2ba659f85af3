"""People who use a real server from outside: keep-alive connections, cookies, tokens, and what a page told them."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy.orm import Session

from u4ssc_gov.accounts import queries, services
from u4ssc_gov.core.actor import SYSTEM

PATIENCE = 15.0
Gone = (OSError, http.client.HTTPException)  # what a request raises when the server is not there


@dataclass
class Browser:
    """One person's keep-alive connection, cookie and CSRF token."""

    port: int
    cookie: str
    csrf: str
    seat: str = ""  # the partner whose seat they vote for
    connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def connect(self) -> None:
        """Open the connection, so that the first request costs no more than the others."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self.connection.connect()

    def fetch(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, location and body; raises one of ``Gone`` when the server is gone."""
        body = urlencode({**fields, "csrf_token": self.csrf}) if fields is not None else None
        sent = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", **headers}
        try:
            self.connect()
            assert self.connection is not None
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
            return response.status, response.headers.get("Location", ""), response.read()
        except Gone:
            self.close()
            raise

    def ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, **headers: str
    ) -> tuple[int, str, str]:
        """The same with the body as text."""
        status, location, body = self.fetch(method, path, fields, **headers)
        return status, location, body.decode()


def sign_in(session: Session, app: Flask, person_id: int, port: int, *, now: datetime) -> Browser:
    """Sign a person in without a page: the server-side session is real, so is the cookie."""
    account = queries.find_account_of(session, person_id)
    if account is None:
        account = services.add_account(session, queries.get_person(session, person_id), actor=SYSTEM, now=now)
        session.refresh(account, ["person"])
    _row, token = services.open_session(session, account, device="a test", now=now)
    from flask import session as cookie
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context(base_url=f"http://127.0.0.1:{port}"):
        csrf = generate_csrf()
        content = {**cookie, "_user_id": token, "_fresh": True}
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return Browser(port, f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}", csrf)


def revision_shown(page: str) -> int | None:
    """The revision a form of a ballot page would change."""
    shown = re.search(r'name="expected_revision"[^>]*value="(\d+)"', page)
    return int(shown[1]) if shown else None


def receipt_of(location: str) -> str:
    """The receipt that a confirmed vote is redirected to."""
    return location.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
