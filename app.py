"""The entry point that Chalice packages: the whole application is put together in `chalicelib.registry`."""

import gc

# Nothing that imports make is garbage, and looking for some takes a tenth of a cold start (bench/coldstart.py).
gc.disable()

from chalicelib.registry import build_app  # noqa: E402 - after the line above, on purpose

app = build_app()

gc.freeze()
gc.enable()
