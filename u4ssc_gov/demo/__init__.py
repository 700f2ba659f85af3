"""The demonstration year: invented people with role names, made by the real services with the clock moved.

Refused in production. On top of the real records; every page says that it is a demonstration. A scale above one adds
years of history before it, for benchmarks.
"""
