"""Experts who take part, from bodies of seven kinds or by themselves (¶19, ¶27)."""
