"""Files: stored once under their own hash, named by rows that say who put them there and when (¶38 to ¶40)."""
