"""Overview: a developer's first page, and the palette that leads anywhere. Owns no table.

Publishes nothing. Needs the rooms whose work it sums up: integrations, publication, sandboxes, statistics, activations.
"""
