"""Who keeps the Terms of Reference on the platform."""

from u4ssc_gov.core.actor import Actor


def may_upload(actor: Actor) -> bool:
    """The Secretariat puts the official text beside our clause titles (¶30, ¶36)."""
    return actor.is_system or actor.is_secretariat
