"""The annual Action Plan: what the initiative means to do in a year (¶20d, ¶23a, ¶25b)."""
