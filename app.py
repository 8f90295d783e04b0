"""The entry point that Chalice packages. A finished package knows its addresses; elsewhere all rooms are imported."""

from chalicelib import serving
from chalicelib.start import ready

if serving.SERVED.exists():
    app = serving.packaged_app()
else:
    from chalicelib.registry import build_app

    app = build_app()

ready()
