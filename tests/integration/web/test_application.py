"""Our Flask and Jinja do what theirs do, by a shorter way."""

from functools import lru_cache

import pytest
from flask import Flask
from jinja2 import pass_context, pass_environment, pass_eval_context

from u4ssc_gov.web.application import PageContext, Platform


@pass_context
def _from_context(context, name):
    return context[name]


@pass_environment
def _from_environment(environment, name):
    return f"{type(environment).__name__.endswith('Environment')} {name}"


@pass_eval_context
def _from_eval_context(eval_ctx, name):
    return f"{eval_ctx.autoescape} {name}"


class _Asks:
    @pass_context
    def __call__(self, context, name):
        return context[name]


@lru_cache
def _cached(name):
    return f"<{name}>"


TEMPLATES = (
    "{{ plain('a') }}{{ plain(name='b') }}",
    "{{ cached('a') }}{{ cached('a')|safe }}",
    "{{ from_context('word') }} {{ from_environment('x') }} {{ from_eval_context('y') }} {{ asks('word') }}",
    "{% for item in [1, 2] %}{% set inner = item %}{{ from_context('item') }}{{ asks('item') }}{% endfor %}",
    "{% block b %}{% set word = 'inner' %}{{ from_context('word') }}{{ plain(word) }}{% endblock %}",
    "{% macro m(a, b='<') %}{{ a }}{{ b }}{{ kwargs }}{% endmacro %}{{ m('<i>') }}{{ m('x', b=1, c=2) }}",
    "{% macro m(a) %}{{ a }}[{{ caller(2) }}]{% endmacro %}{% call(n) m('q') %}{{ n }}{{ word }}{% endcall %}",
    "{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1, 2) }}{{ 'a,b'.split(',') }}{{ dict(a=1).items()|list }}",
    "{{ range(3)|list }}{{ cycler('a', 'b').next() }}{{ word.upper() }}{{ namespace(a=1).a }}",
)


def _rendered(app: Flask, source: str) -> str:
    app.jinja_env.globals.update(
        plain=lambda name: f"<{name}>",
        cached=_cached,
        from_context=_from_context,
        from_environment=_from_environment,
        from_eval_context=_from_eval_context,
        asks=_Asks(),
    )
    app.jinja_env.autoescape = True
    return app.jinja_env.from_string(source).render(word="<outer>", item=0)


@pytest.mark.parametrize("source", TEMPLATES)
def test_templates_say_what_they_say_under_plain_flask(source):
    assert _rendered(Platform("ours"), source) == _rendered(Flask("theirs"), source)


def test_a_macro_that_is_called_wrongly_is_still_refused():
    with pytest.raises(TypeError, match="no keyword argument"):
        _rendered(Platform("ours"), "{% macro m() %}{% endmacro %}{{ m(a=1) }}")


def test_what_one_template_is_given_does_not_reach_another():
    env = Platform("ours").jinja_env
    assert env.context_class is PageContext
    assert env.from_string("{{ extra }}", globals={"extra": 1}).render() == "1"
    assert env.from_string("{{ extra is defined }}").render(more=2) == "False"
    assert env.from_string("{{ more is defined }}").render() == "False"


def test_a_new_key_signs_the_next_cookie():
    app = Platform("ours")
    assert app.session_interface.get_signing_serializer(app) is None
    app.config["SECRET_KEY"] = "first"
    first = app.session_interface.get_signing_serializer(app)
    assert app.session_interface.get_signing_serializer(app) is first
    signed = first.dumps({"a": 1})
    app.config["SECRET_KEY"] = "second"
    assert app.session_interface.get_signing_serializer(app) is not first
    app.config["SECRET_KEY"] = "first"
    assert app.session_interface.get_signing_serializer(app).loads(signed) == {"a": 1}
