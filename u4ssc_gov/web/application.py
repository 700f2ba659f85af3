"""Flask and Jinja without the questions that have one answer here, but are asked dozens of times a page.

No view is a coroutine, no template has globals of its own, and the key that signs cookies does not change. What a page
shows is the same with plain Flask; only the way there is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer
from jinja2.runtime import Context, Macro

_PLAIN = frozenset({FunctionType, MethodType, BuiltinMethodType, type(lru_cache(repr))})


class PageContext(Context):
    """A template's context that calls our functions and macros directly."""

    def call(
        self,
        wanted: Callable[..., Any],
        /,
        *arguments: Any,
        _loop_vars: dict[str, Any] | None = None,
        _block_vars: dict[str, Any] | None = None,
        **named: Any,
    ) -> Any:
        """What Jinja's own method does; the two private names carry variables for functions that ask for a context."""
        kind = type(wanted)
        if kind is Macro:
            return wanted(self.eval_ctx, *arguments, **named)
        if kind in _PLAIN and not hasattr(wanted, "jinja_pass_arg"):
            return wanted(*arguments, **named)
        return super().call(wanted, *arguments, _loop_vars=_loop_vars, _block_vars=_block_vars, **named)


class PageEnvironment(Environment):
    """Jinja with our context. All templates share one dictionary of globals, which is filled before the first page."""

    context_class = PageContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: those of the environment, unless somebody hands in more."""
        return super().make_globals(d) if d else self.globals


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, with the signer made once for each key."""

    def __init__(self) -> None:
        """Start without a signer."""
        self._made: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer for the application's key."""
        key = app.config["SECRET_KEY"]
        made = self._made
        if made[0] != key or made[1] is None:
            made = self._made = (key, super().get_signing_serializer(app))
        return made[1]


class Platform(Flask):
    """The application object."""

    jinja_environment = PageEnvironment

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As Flask."""
        super().__init__(*arguments, **named)
        self.session_interface = CookieSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view and hook here is a plain function."""
        return func
