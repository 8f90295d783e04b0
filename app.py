"""The entry point that Chalice packages: the whole application is put together in `chalicelib.registry`."""

from chalicelib.registry import build_app

app = build_app()
