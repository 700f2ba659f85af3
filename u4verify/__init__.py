"""Checks decision records and receipts of the U4SSC ledger without the platform, a network or a database.

The format it reads is docs/ledger-format.md. It shares no line with the platform, so that an error there is not
repeated here; besides the standard library it needs `cryptography` (signatures) and `rfc8785` (canonical JSON).
"""
