"""Thematic groups and their deliverables, from proposal to publication (¶21, ¶22, ¶26, ¶27)."""
