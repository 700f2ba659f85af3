"""City evaluations: KPI sets, requests, the queue, and the answers every city is owed (¶4 to ¶11)."""
