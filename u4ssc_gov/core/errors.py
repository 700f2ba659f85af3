"""What can go wrong, said once.

``code`` is stable and dotted (``board.ballot.closed``): tests, the API and translations rely on it. ``message`` is a
translated sentence for people that says what happened and what to do next. Only ``web.errors`` turns these into
responses.
"""


class U4sscError(Exception):
    """Base of everything the platform refuses on purpose."""

    status = 400

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotFound(U4sscError):
    """No such thing, or none that this actor may know of (both look the same from outside)."""

    status = 404


class Forbidden(U4sscError):
    """The actor is known and lacks the right."""

    status = 403


class SignedOut(U4sscError):
    """The session has ended: whoever sent this must sign in before it is looked at."""

    status = 401


class RuleViolation(U4sscError):
    """A rule of the Terms of Reference or of the house forbids this now."""

    status = 409


class Invalid(U4sscError):
    """An input is wrong; ``field`` names it so that the form can say so beside it."""

    status = 422

    def __init__(self, message: str, code: str, field: str = "") -> None:
        super().__init__(message, code)
        self.field = field


class Conflict(U4sscError):
    """Somebody was first. ``latest`` may carry what they wrote, so that nothing is lost."""

    status = 409

    def __init__(self, message: str, code: str, latest: object = None) -> None:
        super().__init__(message, code)
        self.latest = latest


class TooMany(U4sscError):
    """Too many attempts; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, message: str, code: str, retry_after: int) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class Unavailable(U4sscError):
    """Nothing was recorded because the platform cannot record now."""

    status = 503
