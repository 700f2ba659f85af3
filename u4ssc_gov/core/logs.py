"""Structured logs: one JSON line an event, ids only, never text, addresses or query strings (threat T40)."""

from __future__ import annotations

import logging
import sys

import structlog


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
