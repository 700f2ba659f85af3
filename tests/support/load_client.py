"""People who use a real server from outside: keep-alive connections, cookies, tokens, and what a page told them.

The client speaks just as much HTTP as our server needs: two hundred of them share the machine with it, and what they
take is taken from what is measured.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy.orm import Session

from u4ssc_gov.accounts import queries, services
from u4ssc_gov.core.actor import SYSTEM

PATIENCE = 15.0
Gone = (OSError,)  # what a request raises when the server is not there
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)


@dataclass
class Browser:
    """One person's keep-alive connection, cookie and CSRF token."""

    port: int
    cookie: str
    csrf: str
    seat: str = ""  # the partner whose seat they vote for
    connection: socket.socket | None = None

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def connect(self) -> None:
        """Open the connection, so that the first request costs no more than the others."""
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fetch(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, location and body; raises one of ``Gone`` when the server is gone."""
        body = urlencode({**fields, "csrf_token": self.csrf}).encode() if fields is not None else b""
        sent = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie, "Content-Length": str(len(body)), **headers}
        if fields is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        try:
            self.connect()
            assert self.connection is not None
            self.connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
            return self._answer()
        except Gone:
            self.close()
            raise

    def _answer(self) -> tuple[int, str, bytes]:
        got = self._more(b"")
        while b"\r\n\r\n" not in got:
            got = self._more(got)
        head, _blank, body = got.partition(b"\r\n\r\n")
        length, location = _LENGTH.search(head), _LOCATION.search(head)
        assert length is not None, head
        while len(body) < int(length[1]):
            body = self._more(body)
        if b"\r\nConnection: close" in head:
            self.close()
        return int(head[9:12]), location[1].decode() if location else "", body

    def _more(self, got: bytes) -> bytes:
        assert self.connection is not None
        part = self.connection.recv(1 << 16)
        if not part:
            raise ConnectionResetError("the server hung up")
        return got + part

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
