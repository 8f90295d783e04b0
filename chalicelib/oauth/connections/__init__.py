"""Token families as a developer meets them: connections, their timeline, and those about to die of rest (ADR 0019)."""
