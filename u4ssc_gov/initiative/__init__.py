"""The initiative's real records, each with its source, loaded idempotently from the data files beside this module."""
