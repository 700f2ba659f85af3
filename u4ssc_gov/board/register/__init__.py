"""Decisions after certification: the register, and the record of each that proves itself."""
