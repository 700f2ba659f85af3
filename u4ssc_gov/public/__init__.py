"""The public site: what anybody may know, generated from the records (¶36, ¶39, ¶47)."""
