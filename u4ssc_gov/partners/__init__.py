"""The UN bodies that are partners, who speaks for them on the Board, and the secretariat agencies (¶18, ¶23, ¶30)."""
