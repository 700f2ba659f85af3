"""People and how they sign in: invitation, password, server-side sessions that can be ended (ToR ¶37)."""
