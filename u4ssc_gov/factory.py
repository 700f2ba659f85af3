"""Wires the application: settings, clock, edge kit, one blueprint a room. Nothing else."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import u4ssc_gov.models  # the metadata must be whole before the first query  # noqa: F401
from u4ssc_gov.core.clock import Clock, clock_starting_at
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.jobs import JOBS
from u4ssc_gov.settings import Settings, load_settings
from u4ssc_gov.web import body, errors, health, identity, logs, request, security, templating
from u4ssc_gov.web.access import check_access
from u4ssc_gov.web.application import Platform
from u4ssc_gov.web.routing import RowNumber

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "accounts",
    "desk",
    "public",
    "terms",
    "deliverables",
    "meetings",
    "board",
    "participants",
    "plan",
    "tenures",
    "partners",
    "evaluations",
    "ledger",
    "admin",
)


def create_app(settings: Settings | None = None, clock: Clock | None = None, runtime: Runtime | None = None) -> Flask:
    """Build the application. Tests hand in their own clock and runtime."""
    if runtime is None:
        runtime = make_runtime(settings or load_settings())
    static = ROOT / "u4ssc_gov" / "static"
    app = Platform("u4ssc_gov", template_folder=str(ROOT / "templates"), static_folder=str(static))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000  # addresses carry a content hash
    app.extensions["u4ssc_runtime"] = runtime
    app.extensions["u4ssc_clock"] = clock or clock_starting_at(runtime.settings.now)
    app.extensions["u4ssc_jobs"] = JOBS  # for the secretariat's page; the scheduler runs them in its own process
    app.url_map.converters["int"] = RowNumber
    if proxies := runtime.settings.proxies:  # else all readers would share the proxy's address, and its throttle
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    security.configure(app)
    logs.install(app)
    app.before_request(body.read_body)
    identity.install(app)
    app.before_request(body.refuse_unreadable)
    app.before_request(security.check_origin)
    app.before_request(check_access)
    CSRFProtect(app)
    app.after_request(security.add_headers)
    app.teardown_appcontext(request.close_session)
    errors.register(app)
    templating.install(app)
    app.register_blueprint(health.bp)
    for room in ROOMS:
        app.register_blueprint(import_module(f"u4ssc_gov.{room}.routes").bp)
    return app
