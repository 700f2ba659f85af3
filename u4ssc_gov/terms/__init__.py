"""The live Terms of Reference: every clause with what the records say about it now (ux 6.6)."""
