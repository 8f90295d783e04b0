"""The entry point that Chalice packages: the whole application is put together in `chalicelib.registry`."""

from chalicelib.registry import build_app
from chalicelib.start import ready

app = build_app()
ready()
