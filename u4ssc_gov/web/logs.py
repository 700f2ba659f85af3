"""Structured logs: one JSON line a request with ids only, never text, addresses or query strings (threat T40)."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from flask import Flask, Response, g, request

from u4ssc_gov.core.clock import monotonic
from u4ssc_gov.web.request import actor
from u4ssc_gov.web.security import request_id

log = structlog.get_logger(__name__)


def configure_logging(*, quiet: bool = False) -> None:
    """Send structured lines to standard error; ``quiet`` keeps only warnings, for the demonstration's terminal."""
    level = logging.WARNING if quiet else logging.INFO
    logging.basicConfig(stream=sys.stderr, level=level, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


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
