"""Benchmarks: each prints a table beside its peer or its limit; nothing here is a test, because machines differ."""
