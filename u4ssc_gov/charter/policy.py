"""Who keeps the Terms of Reference on the platform."""

from u4ssc_gov.core.actor import Actor


def may_upload(actor: Actor) -> bool:
    """The Secretariat puts the official text beside our clause titles (¶30, ¶36)."""
    return actor.is_system or actor.is_secretariat


def may_accept(actor: Actor) -> bool:
    """Whoever takes part, in whatever role, accepts the version in force for themselves (¶48)."""
    takes_part = actor.is_secretariat or actor.is_board or bool(actor.offices)
    return actor.is_signed_in and (takes_part or bool(actor.participant_kind or actor.unaccepted_kind))
