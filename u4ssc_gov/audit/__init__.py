"""Who changed what and when: one append-only row for every change, in the change's own transaction."""
