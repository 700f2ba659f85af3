"""Mail: queued in the same transaction as the change it tells of, sent later with retries (ADR 0004)."""
