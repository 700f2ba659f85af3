"""Rules that join rooms: plain functions that call services; no SQL of their own, no HTTP."""
