"""Every entrance has a lock, and every lock is known."""

from flask import Flask
from werkzeug.routing import IntegerConverter

from u4ssc_gov import web
from u4ssc_gov.web.access import LEVELS, level_of

# Views that change something without a browser session: none. CSRF covers every unsafe route.


def test_every_view_has_an_access_mark(app):
    unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if level_of(app, rule.endpoint) not in LEVELS]
    assert unmarked == []


def test_a_view_without_a_mark_is_refused_before_it_runs(fresh_app):
    app = fresh_app
    ran = []
    app.add_url_rule("/unmarked", "unmarked", lambda: ran.append(1) or "ran")
    response = app.test_client().get("/unmarked")
    assert response.status_code == 403
    assert ran == []


def test_a_marked_view_runs(fresh_app):
    app = fresh_app
    app.add_url_rule("/marked", "marked", web.access("public")(lambda: "<h1>ran</h1>"))
    assert app.test_client().get("/marked").status_code == 200


def test_no_rule_writes_on_get(app):
    """A rule that accepts GET must not be reachable by an unsafe verb's name only: verbs are listed one by one."""
    for rule in app.url_map.iter_rules():
        assert not {"PUT", "DELETE", "PATCH"} & (rule.methods or set()), rule


def test_every_unsafe_route_refuses_a_missing_csrf_token(app: Flask):
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()):
            continue
        arguments = {name: _sample(converter) for name, converter in rule._converters.items()}
        url = rule.build(arguments)[1]  # type: ignore[index]
        response = app.test_client().post(url, data={"title": "x"})
        assert response.status_code in (302, 303, 400, 401, 404), (rule, response.status_code)
        if level_of(app, rule.endpoint) == "public":
            assert response.status_code == 400, rule


def _sample(converter) -> object:
    return 1 if isinstance(converter, IntegerConverter) else "x1"
