"""Offices and one-year tenures: who serves when, by which act (¶20, ¶21, ¶34)."""
