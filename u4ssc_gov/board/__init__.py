"""The Partners Board decides electronically: ballots, electors, votes, outcomes (¶23, ¶24)."""
