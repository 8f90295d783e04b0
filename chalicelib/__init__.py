"""The application: one room per domain, a `kit` that knows no domain word, and `registry` that puts them together."""

VERSION = "0.1.0"
