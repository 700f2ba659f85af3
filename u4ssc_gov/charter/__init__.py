"""The Terms of Reference as records: clause ledger, objectives, uploaded text, and what the house settles itself."""
