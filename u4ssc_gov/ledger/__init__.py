"""The ledger: an append-only, tamper-evident log of the Board's decisions (docs/ledger-format.md, ADR 0012)."""
