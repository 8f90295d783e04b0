"""The application: one room per domain, a `kit` that knows no domain word, and `registry` that puts them together."""

from chalicelib.start import prepare

VERSION = "0.1.0"

prepare()  # every function imports this module first
