"""E-meetings, the annual meetings, and the minutes they owe (¶26d, ¶26e, ¶27d, ¶30d)."""
