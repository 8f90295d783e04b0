"""Sandboxes from a shell or a CI pipeline, over the portal's JSON routes; nothing but the standard library."""
