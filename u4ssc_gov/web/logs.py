"""Structured logs: one JSON line a request with ids only, never text, addresses or query strings (threat T40)."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, g, request

from u4ssc_gov.core.clock import monotonic
from u4ssc_gov.web.request import actor
from u4ssc_gov.web.security import request_id

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Time each request and write one line when it is done."""

    @app.before_request
    def start() -> None:
        g.u4_started = monotonic()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint != "static":
            log.info("request", **_facts(response))
        return response


def _facts(response: Response) -> dict[str, Any]:
    return {
        "request_id": request_id(),
        "method": request.method,
        "endpoint": request.endpoint or "",
        "status": response.status_code,
        "person_id": actor().person_id,
        "ms": round((monotonic() - g.get("u4_started", monotonic())) * 1000),
    }
