"""The Terms of Reference as records: clause ledger, objectives, the uploaded text, and what the house settles itself."""
