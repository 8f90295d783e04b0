"""The embedded AWS on this machine, the front before it, and `make run` that ties them together."""
